"""Who put which emoji under a post (B76), as far as its viewer may see the post."""

from collections.abc import Sequence
from dataclasses import dataclass

from instance.resources import Instance
from posts.threads import visible_post
from storage import reactions
from storage.records import Actor, Page, ReactionCount, RowId

SHOWN_MAX = 80


@dataclass(frozen=True, slots=True)
class Reacted:
    """An emoji under a post, with the last people who put it there."""

    count: ReactionCount
    people: Sequence[Actor]


async def read(
    instance: Instance, post_id: RowId, viewer: Actor | None, name: str = ""
) -> list[Reacted]:
    """The emoji of a post, or the one of this name; raises `NotFound` (PV-3)."""
    post = await visible_post(instance, post_id, viewer)
    rows = await reactions.page(post.id, Page(limit=SHOWN_MAX))
    return [
        Reacted(count, [actor for row, actor in rows if row.content == count.content])
        for count in post.reactions
        if not name or count.content.strip(":") == name.strip(":")
    ]
