"""Likes, boosts, bookmarks and pins as rows: who may, and at most one of a kind. Sends nothing."""

from dataclasses import dataclass

from instance.errors import Forbidden, Invalid
from instance.resources import Instance
from posts.visibility import WIDE, VisiblePost, check_boost
from storage import posts
from storage.records import Actor, Interaction, InteractionKind, Post, RowId

PINS_MAX = 5


@dataclass(frozen=True, slots=True)
class Recorded:
    """The interaction as it is stored now; `is_new` False: it was there before."""

    interaction: Interaction
    is_new: bool


async def check(kind: InteractionKind, actor: Actor, post: VisiblePost) -> None:
    """Raise `Forbidden` or `Invalid` when this actor may not do that to a post it sees."""
    if kind is InteractionKind.BOOST:
        check_boost(post, actor.id)
    elif kind is InteractionKind.PIN:
        await _check_pin(actor, post)


async def _check_pin(actor: Actor, post: VisiblePost) -> None:
    if post.actor_id != actor.id:
        raise Forbidden("Only your own posts can be pinned to your profile.")
    if post.visibility not in WIDE:
        raise Invalid("Only posts that everybody can see can be pinned.")
    pinned = await posts.pinned_of(actor.id)
    if len(pinned) >= PINS_MAX and all(each.id != post.id for each in pinned):
        raise Invalid(f"You have {PINS_MAX} pinned posts already. Unpin one first.")


async def add(
    instance: Instance,
    kind: InteractionKind,
    actor: Actor,
    post: Post,
    *,
    row: RowId,
    uri: str = "",
) -> Recorded:
    """Store an interaction under this row id; doing it again changes nothing."""
    return await keep(Interaction(row, kind, actor.id, post.id, uri, instance.now()))


async def keep(made: Interaction) -> Recorded:
    """Store an interaction; one of the same kind that is there stays as it is."""
    if await posts.insert_interaction(made):
        return Recorded(made, is_new=True)
    known = await posts.find_interaction(made.kind, made.actor_id, made.post_id)
    return Recorded(known or made, is_new=False)


async def take_back(kind: InteractionKind, actor: Actor, post_id: RowId) -> Interaction | None:
    """Remove an interaction and return it; None when there was none."""
    return await posts.remove_interaction(kind, actor.id, post_id)
