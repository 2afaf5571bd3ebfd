"""Posts and people with their files as this server shows them: ours, and copies of others' (B65).

Pure. Whatever makes views of a post or of somebody takes them through here first, so that no page
has a browser load anything from another server.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from actors.links import web_link
from federation.addresses import Addresses, still_address
from posts.visibility import file_address
from storage.records import Actor, Attachment, Emoji, LinkCard, Post

_SHOWN_KINDS = frozenset({"image", "gifv", "video", "audio"})


def actor(given: Actor, addresses: Addresses) -> Actor:
    """Somebody, with picture, header and emoji as shown here."""
    if given.avatar_url is None and given.header_url is None and not given.emojis:
        return given
    return replace(
        given,
        avatar_url=_still(given.avatar_url, addresses),
        header_url=_still(given.header_url, addresses),
        emojis=_emojis(given.emojis, addresses),
    )


def post(given: Post, addresses: Addresses) -> Post:
    """A post, with everything on it that is a file as shown here."""
    has_files = given.attachments or given.emojis or given.reactions or given.details is not None
    if not has_files:
        return given
    shown = file_address(given.visibility, addresses)
    return replace(
        given,
        attachments=tuple(_attachment(each, shown) for each in given.attachments),
        emojis=_emojis(given.emojis, addresses),
        reactions=tuple(
            replace(each, emoji_url=_still(each.emoji_url, addresses)) for each in given.reactions
        ),
        details=given.details
        and replace(
            given.details, links=tuple(card(each, addresses) for each in given.details.links)
        ),
    )


def _attachment(given: Attachment, shown: Callable[[str], str]) -> Attachment:
    """A file that browsers show; others are links to where they are."""
    if given.kind not in _SHOWN_KINDS:
        return given
    link, preview = web_link(given.url), web_link(given.preview_url or "")
    return replace(
        given,
        url=shown(link) if link is not None else given.url,
        preview_url=shown(preview) if preview is not None else None,
    )


def card(given: LinkCard, addresses: Addresses) -> LinkCard:
    """Return a link with its picture as shown here."""
    return replace(given, image_url=_shown(given.image_url, addresses))


def _emojis(given: Iterable[Emoji], addresses: Addresses) -> tuple[Emoji, ...]:
    return tuple(replace(each, url=_still(each.url, addresses) or "") for each in given)


def _still(url: str | None, addresses: Addresses) -> str | None:
    """The same for what is small and everywhere: it moves only when it is pointed at (B66)."""
    shown = _shown(url, addresses)
    return still_address(shown) if shown is not None else None


def _shown(url: str | None, addresses: Addresses) -> str | None:
    """Where a file is shown; what is no web address is not shown (HX-4)."""
    link = web_link(url) if url else None
    return addresses.shown_file(link) if link is not None else None
