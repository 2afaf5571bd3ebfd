"""GET an actor; the instance actor too, which anybody may read without a signature."""

from actors import local_keys
from actors.activitystreams import vocabulary_from_actor
from federation import serializing
from federation import vocabulary as v
from instance.errors import NotFound
from instance.resources import Instance
from storage import actors, served
from storage.kept import Written
from storage.records import Actor, ActorKind, RowId
from webapp import paging
from webapp.activitypub import negotiation
from webapp.asking import Answer, Asked

GONE = 410


async def show(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>: the document, the page for a browser, or a tombstone."""
    row_id = paging.row_id(actor_id)
    found = await served.actor(row_id) if row_id is not None else None
    if found is None or found.is_hidden:
        raise nobody()
    if found.is_deleted:
        return await _tombstone(asked, found.id)
    is_person = found.kind is not ActorKind.APPLICATION
    if is_person and not negotiation.wants_activity(asked.header("accept")):
        return negotiation.see_page(instance.addresses.profile_page(found.username))
    document = instance.kept.get(("actor", found.id, found.version, found.key_id))
    return negotiation.answer(asked, document or await _write(instance, found.id))


async def _write(instance: Instance, actor_id: RowId) -> Written:
    actor = await actors.get(actor_id)
    keys = await actors.keys_of(actor_id)
    shown = local_keys.shown(instance, actor.id, keys)
    claim = vocabulary_from_actor(actor, shown, instance.addresses)
    document = negotiation.write(serializing.actor_document(claim))
    instance.kept.keep(("actor", actor.id, actor.version, keys[0].id if keys else None), document)
    return document


async def _tombstone(asked: Asked, actor_id: RowId) -> Answer:
    actor = await actors.get(actor_id)
    tombstone = v.Tombstone(actor.uri, actor.kind.value, actor.deleted_at)
    document = negotiation.write(serializing.tombstone_document(tombstone))
    return negotiation.answer(asked, document, status=GONE)


def nobody() -> NotFound:
    """Return what is said of an address where no actor is."""
    return NotFound("There is nobody at this address.")


async def local_actor(actor_id: str) -> Actor:
    """The local actor with this id in its address, also a deleted one; raises `NotFound`."""
    row_id = paging.row_id(actor_id)
    actor = await actors.find(RowId(row_id)) if row_id is not None else None
    if actor is None or not actor.is_local:
        raise nobody()
    if actor.suspended_at is not None and actor.deleted_at is None:  # MO-3, or not let in yet
        raise nobody()
    return actor
