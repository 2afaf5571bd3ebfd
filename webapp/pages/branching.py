"""Replies -> a tree, revisions -> versions, as the pages of one post show them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from storage.records import Post, Revision
from webapp.pages import words
from webapp.pages.views import PostView, Scene


@dataclass(frozen=True, slots=True)
class Branch:
    """A reply and the replies to it."""

    post: PostView
    children: list["Branch"] = field(default_factory=list)


def branches(replies: Sequence[tuple[Post, PostView]]) -> list[Branch]:
    """Return replies (oldest first) as a tree; what hangs loose stands at the top."""
    nodes = {post.id: Branch(view) for post, view in replies}
    top: list[Branch] = []
    for post, _ in replies:
        parent = post.in_reply_to_id
        is_below = parent is not None and parent in nodes and parent < post.id
        (nodes[parent].children if is_below and parent is not None else top).append(nodes[post.id])
    return top


@dataclass(frozen=True, slots=True)
class VersionView:
    """How a post read before a change."""

    content: Markup
    summary: str
    when: words.When


def version_view(revision: Revision, scene: Scene) -> VersionView:
    """Return an earlier version as shown."""
    content = Markup(revision.content)  # noqa: S704 - SafeHtml is cleaned markup by its type
    return VersionView(content, revision.summary, words.when(revision.created_at, scene.now))
