"""Replies -> a tree, revisions -> versions, as the pages of one post show them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from markupsafe import Markup

from storage.records import Post, Revision, RowId
from webapp.pages import here, richtext, words
from webapp.pages.holes import hole
from webapp.pages.views import Head, Scene


@dataclass(frozen=True, slots=True)
class Branch:
    """A reply and the replies to it; `html` is its hole, '' where it was deleted."""

    html: Markup | Literal[""]
    author: str
    path: str
    children: tuple["Branch", ...] = ()


class Reply(Protocol):
    """A `Twig`, or a whole post."""

    @property
    def id(self) -> RowId: ...  # noqa: D102 - as in Twig
    @property
    def in_reply_to_id(self) -> RowId | None: ...  # noqa: D102 - as in Twig


def branch(head: Head | None, children: tuple[Branch, ...]) -> Branch:
    """Return a reply with those to it."""
    if head is None:
        return Branch("", "", "", children)
    return Branch(hole(f"p{head.id}"), head.author.name, head.path, children)


def branches(replies: Sequence[tuple[Reply, Head | None]]) -> tuple[Branch, ...]:
    """Return replies (oldest first) as a tree; what hangs loose stands at the top.

    A deleted reply keeps its place as long as somebody answered it.
    """
    ids = {reply.id for reply, _ in replies}
    top: list[Branch] = []
    below: dict[RowId, list[Branch]] = {}
    # From the youngest: whoever is answered is older, and comes when all answers are there.
    for reply, head in reversed(replies):
        children = tuple(reversed(below.get(reply.id, ())))
        if head is None and not children:
            continue
        parent = reply.in_reply_to_id
        is_below = parent is not None and parent in ids and parent < reply.id
        place = below.setdefault(parent, []) if is_below and parent is not None else top
        place.append(branch(head, children))
    return tuple(reversed(top))


@dataclass(frozen=True, slots=True)
class VersionView:
    """How a post read before a change."""

    content: Markup
    summary: Markup
    when: words.When


def version_view(revision: Revision, post: Post, scene: Scene) -> VersionView:
    """Return an earlier version of a post as shown."""
    emojis = here.post(post, scene.addresses).emojis
    return VersionView(
        content=richtext.shown(revision.content, emojis),
        summary=richtext.shown_line(revision.summary, emojis),
        when=words.when(revision.created_at, scene.now),
    )
