"""News of starter packs: who is put into one here is told, and that it is called otherwise (B105).

Both happen below this rung, which tells people: so they come here as jobs, which may run twice.
"""

from feeds import notifications
from instance.resources import Instance
from storage import starter_packs
from storage.records import MembershipState, NotificationDetails, NotificationKind, RowId


async def tell_packed(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tell_packed`: tell somebody that they are in a pack."""
    async with instance.store.transaction():
        found = await starter_packs.find_actor(_id(payload, "pack_id"), _id(payload, "actor_id"))
        if found is not None and found.state is MembershipState.ACCEPTED:
            await _tell(instance, NotificationKind.IN_PACK, found.pack_id, [found.actor_id])


async def tell_pack_changed(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tell_pack_changed`: tell those who are in a pack that it is called otherwise."""
    pack_id = _id(payload, "pack_id")
    async with instance.store.transaction():
        people = [actor.id for _, actor in await starter_packs.members([pack_id])]
        await _tell(instance, NotificationKind.PACK_CHANGED, pack_id, people)


async def _tell(
    instance: Instance, kind: NotificationKind, pack_id: RowId, people: list[RowId]
) -> None:
    pack = await starter_packs.find(pack_id)
    if pack is None:
        return
    details = NotificationDetails(collection_id=pack.id, text=pack.name)
    for each in people:
        await notifications.tell(instance, kind, each, pack.actor_id, details=details)


def _id(payload: dict[str, object], name: str) -> RowId:
    return RowId(int(str(payload[name])))
