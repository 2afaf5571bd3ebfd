"""What few posts have, out of a note and back: links, polls, times, places, previews. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from actors.links import web_link
from federation import origin
from federation import vocabulary as v
from posts.text import clean_html, clean_line, language_tag, plain_text
from posts.words import links_of
from storage.records import LinkCard, Poll, Post, PostDetails, SafeHtml, Wording

LINKS_MAX = 4
WORDINGS_MAX = 8
TITLE_LETTERS_MAX = 300
DESCRIPTION_LETTERS_MAX = 500
SUMMARY_LETTERS_MAX = 500

_EMPTY = PostDetails()


def details_of(note: v.Note) -> PostDetails | None:
    """The details of a remote post, cleaned and bounded; None when it has none."""
    event = note.happening
    found = PostDetails(
        preview=clean_html(note.preview) if note.preview else SafeHtml(""),
        links=_cards(note.links, note.id),
        wordings=_wordings(note),
        starts_at=event.starts_at if event else None,
        ends_at=event.ends_at if event else None,
        place=clean_line(event.place, TITLE_LETTERS_MAX) if event else "",
        place_url=web_link(event.place_url) if event and event.place_url else None,
    )
    return found if found != _EMPTY else None


def _cards(links: Iterable[v.LinkPreview], note_id: str) -> tuple[LinkCard, ...]:
    """FEP-8967: what an author says about a page is believed of pages of the author's own server.

    Else everybody could put words into the mouth of a newspaper.
    """
    found: dict[str, LinkCard] = {}
    for link in links:
        url = web_link(link.url)
        if url is None or len(found) == LINKS_MAX:
            continue
        if origin.same_origin(url, note_id):
            found[url] = LinkCard(
                url,
                clean_line(link.title, TITLE_LETTERS_MAX),
                clean_line(plain_text(link.description), DESCRIPTION_LETTERS_MAX),
                web_link(link.image) if link.image else None,
            )
        else:
            found[url] = LinkCard(url, "")
    return tuple(found.values())


def _wordings(note: v.Note) -> tuple[Wording, ...]:
    """All languages of a post that has several (E99); the others have none of this."""
    if len(note.content_by_language) < 2:  # noqa: PLR2004 - one language is the post itself
        return ()
    found: dict[str, Wording] = {}
    for given, content in note.content_by_language.items():
        language = language_tag(given)
        if language is not None and len(found) < WORDINGS_MAX:
            summary = note.summary_by_language.get(given) or note.summary or ""
            found[language] = Wording(
                language,
                clean_html(content),
                clean_line(plain_text(summary), SUMMARY_LETTERS_MAX),
                clean_line(note.name_by_language.get(given) or note.name, TITLE_LETTERS_MAX),
            )
    return tuple(found.values()) if len(found) > 1 else ()


def link_claims(post: Post) -> tuple[v.LinkPreview, ...]:
    """The link of a post of ours that is worth a preview, for other servers: its first."""
    links = map(web_link, links_of(post))
    url = next((found for found in links if found is not None), None)
    return (v.LinkPreview(url),) if url is not None else ()


def worded(post: Post, language: str) -> Post:
    """The post in one of its languages; itself where it has no such."""
    for each in post.details.wordings if post.details is not None else ():
        if each.language == language:
            return replace(
                post,
                content=each.content,
                summary=each.summary if post.summary else "",
                title=each.title if post.title else "",
                language=each.language,
            )
    return post


def is_over(poll: Poll, now: datetime) -> bool:
    """Whether a poll takes no more votes: its end says so, Update or not (consequence 12)."""
    return poll.is_closed or (poll.ends_at is not None and poll.ends_at <= now)
