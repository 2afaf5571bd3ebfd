"""Replies -> a tree, revisions -> versions, as the pages of one post show them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from storage.records import Post, Revision
from webapp.pages import richtext, words
from webapp.pages.views import PostView, Scene


@dataclass(slots=True)
class Branch:
    """A reply, None where it was deleted, and the replies to it."""

    post: PostView | None
    children: list["Branch"] = field(default_factory=list)


def branches(replies: Sequence[tuple[Post, PostView | None]]) -> list[Branch]:
    """Return replies (oldest first) as a tree; what hangs loose stands at the top.

    A deleted reply keeps its place as long as somebody answered it.
    """
    nodes = {post.id: Branch(view) for post, view in replies}
    top: list[Branch] = []
    for post, _ in replies:
        parent = post.in_reply_to_id
        is_below = parent is not None and parent in nodes and parent < post.id
        (nodes[parent].children if is_below and parent is not None else top).append(nodes[post.id])
    for post, _ in reversed(replies):
        node = nodes[post.id]
        node.children = [each for each in node.children if each.post or each.children]
    return [each for each in top if each.post or each.children]


@dataclass(frozen=True, slots=True)
class VersionView:
    """How a post read before a change."""

    content: Markup
    summary: Markup
    when: words.When


def version_view(revision: Revision, post: Post, scene: Scene) -> VersionView:
    """Return an earlier version of a post as shown."""
    return VersionView(
        content=richtext.shown(revision.content, post.emojis),
        summary=richtext.shown_line(revision.summary, post.emojis),
        when=words.when(revision.created_at, scene.now),
    )
