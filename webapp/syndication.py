"""GET the feeds of people and hashtags for feed readers, in RSS and Atom (B130).

Public posts alone, without boosts, and of people without their answers. Anybody may ask, and caches
may keep them for five minutes; who asks again with what they have is told when nothing is new.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import quote

from actors.activitystreams import handle_of
from actors.markup import plain_text
from actors.text import fold_hashtag, is_hashtag
from feeds import public
from feeds.items import FeedItem, FullItem
from feeds.loading import dress
from instance.errors import NotFound
from instance.resources import Instance
from storage import site
from storage.kept import written
from storage.records import Actor, Page, Post, Visibility
from webapp.activitypub.negotiation import Caching
from webapp.activitypub.negotiation import answer as negotiated
from webapp.asking import Answer, Asked
from webapp.pages import finding
from webapp.pages.visit import PUBLIC
from webapp.routing import PlainHandler, plain
from webapp.syndication_rendering import ATOM_TYPE, RSS_TYPE, Entry, Feed, File, atom, rss

ENTRIES_MAX: Final = 20
# Boosts and posts that are not for everybody are passed over.
_READ: Final = 40
_TITLE_LETTERS: Final = 80
_CACHING = Caching("public, max-age=300", "Accept-Encoding")
# When a feed without entries was changed: always the same, so that it stays unchanged.
_NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)
_KINDS: dict[str, tuple[Callable[[Feed], bytes], str]] = {
    "rss": (rss, RSS_TYPE),
    "atom": (atom, ATOM_TYPE),
}


def _person(kind: str) -> PlainHandler:
    async def answer(instance: Instance, asked: Asked, handle: str) -> Answer:
        """GET /@<handle>.rss, .atom: of people here; those of others have their own."""
        who = await finding.known_actor(instance, handle)
        if not who.is_local:
            raise NotFound("There is nobody of this name here.")
        page = instance.addresses.profile_page(who.username)
        found = await public.profile(instance, who, Page(limit=_READ), None, with_replies=False)
        feed = Feed(
            title=f"{who.name or who.username} ({handle_of(who, instance.settings.handles_at)})",
            subtitle=plain_text(who.summary),
            own_url=f"{page}.{kind}",
            page_url=page,
            updated_at=who.created_at,
            entries=await _entries(instance, found.items),
            icon_url=who.avatar_url,
        )
        return _answer(asked, kind, feed, is_for_machines=who.is_indexable)

    return answer


def _hashtag(kind: str) -> PlainHandler:
    async def answer(instance: Instance, asked: Asked, name: str) -> Answer:
        """GET /tags/<name>.rss, .atom: what reached this server."""
        if not is_hashtag(name):
            raise NotFound("There is no such tag.")
        folded = fold_hashtag(name)
        page = instance.addresses.hashtag_page(quote(folded, safe=""))
        found = await public.hashtag(instance, folded, Page(limit=_READ), None)
        named = await site.read()
        feed = Feed(
            title=f"#{folded}",
            subtitle=f"Public posts with #{folded}, as far as {named.name} knows them",
            own_url=f"{page}.{kind}",
            page_url=page,
            updated_at=_NOTHING_YET,
            entries=await _entries(instance, found.items),
        )
        return _answer(asked, kind, feed, is_for_machines=False)

    return answer


def _answer(asked: Asked, kind: str, feed: Feed, *, is_for_machines: bool) -> Answer:
    write, media_type = _KINDS[kind]
    newest = max((entry.updated_at for entry in feed.entries), default=feed.updated_at)
    document = written(write(replace(feed, updated_at=newest)))
    found = negotiated(asked, document, _CACHING, kind=media_type, is_open=True)
    if is_for_machines:
        return found
    return Answer(found.status, [*found.headers, ("X-Robots-Tag", "noindex")], found.body)


async def _entries(instance: Instance, items: Sequence[FeedItem]) -> list[Entry]:
    open_to_all = [
        item for item in items if item.booster is None and item.post.visibility == Visibility.PUBLIC
    ]
    full = await dress(open_to_all[:ENTRIES_MAX])
    return [_entry(instance, item) for item in full]


def _entry(instance: Instance, item: FullItem) -> Entry:
    post, author = item.post, item.author
    here = instance.addresses.post_page(author.username, post.id)
    return Entry(
        id=post.uri,
        url=here if author.is_local else post.url or post.uri,
        title=_title(post),
        html=_html(post),
        published_at=post.created_at,
        updated_at=post.edited_at or post.created_at,
        author=f"{author.name or author.username} "
        f"({handle_of(author, instance.settings.handles_at)})",
        author_url=_page_of(instance, author),
        hashtags=post.hashtags,
        files=_files(post, author),
    )


def _title(post: Post) -> str:
    """Return one line: the title, the note above the post, or how it begins."""
    text = post.title or post.summary or plain_text(post.content)
    line = " ".join(text.split())
    if not line:
        return "A post without words"
    return line if len(line) <= _TITLE_LETTERS else f"{line[: _TITLE_LETTERS - 1].rstrip()}…"


def _html(post: Post) -> str:
    """Return the post; what its author put a note above stands below it."""
    if not post.summary:
        return str(post.content)
    return f"<p><strong>Content note: {escape(post.summary)}</strong></p><hr>{post.content}"


def _files(post: Post, author: Actor) -> tuple[File, ...]:
    """Return what hangs on a post of somebody here; nothing that a reader should be asked about."""
    if not author.is_local or post.is_sensitive or post.summary:
        return ()
    return tuple(File(one.url, one.media_type, one.description) for one in post.attachments)


def _page_of(instance: Instance, author: Actor) -> str:
    if author.is_local:
        return instance.addresses.profile_page(author.username)
    return author.url or author.uri


ROUTES: Final = (
    plain("GET", "/@<handle>.rss", _person("rss"), PUBLIC),
    plain("GET", "/@<handle>.atom", _person("atom"), PUBLIC),
    plain("GET", "/tags/<name>.rss", _hashtag("rss"), PUBLIC),
    plain("GET", "/tags/<name>.atom", _hashtag("atom"), PUBLIC),
)
