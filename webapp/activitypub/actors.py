"""GET an actor; the instance actor too, which anybody may read without a signature."""

from actors.activitystreams import vocabulary_from_actor
from federation import serializing
from federation import vocabulary as v
from instance.errors import NotFound
from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorKind, RowId
from users import registration
from webapp import paging
from webapp.activitypub import negotiation
from webapp.activitypub.negotiation import write
from webapp.asking import Answer, Asked

GONE = 410


async def show(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>: the document, the page for a browser, or a tombstone."""
    actor = await local_actor(actor_id)
    if actor.deleted_at is not None:
        tombstone = v.Tombstone(actor.uri, actor.kind.value, actor.deleted_at)
        return negotiation.answer(
            asked, write(serializing.tombstone_document(tombstone)), status=GONE
        )
    is_person = actor.kind is not ActorKind.APPLICATION
    if is_person and not negotiation.wants_activity(asked.header("accept")):
        return negotiation.see_page(instance.addresses.profile_page(actor.username))
    keys = await actors.keys_of(actor.id)
    claim = vocabulary_from_actor(actor, keys[0] if keys else None, instance.addresses)
    return negotiation.answer(asked, write(serializing.actor_document(claim)))


async def local_actor(actor_id: str) -> Actor:
    """The local actor with this id in its address, also a deleted one; raises `NotFound`."""
    row_id = paging.row_id(actor_id)
    actor = await actors.find(RowId(row_id)) if row_id is not None else None
    if actor is None or not actor.is_local or await registration.is_waiting(actor):
        raise NotFound("There is nobody at this address.")
    return actor
