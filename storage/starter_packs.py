"""Starter packs: people whom somebody recommends together (the client API's collections)."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection

from storage import store
from storage.records import Actor, MembershipState, RowId, StarterPack, StarterPackMember
from storage.rows import ACTORS, Rows, pairs

PACKS = Rows("starter_packs", StarterPack)
MEMBERS = Rows("starter_pack_members", StarterPackMember)

_IS_SHOWN = "a.deleted_at IS NULL AND a.suspended_at IS NULL"


async def insert(pack: StarterPack) -> None:
    """Insert a pack."""
    await PACKS.insert(pack)


async def save(pack: StarterPack) -> None:
    """Write the whole row."""
    await PACKS.save(pack)


async def find(pack_id: int) -> StarterPack | None:
    """Return a pack."""
    return await PACKS.find("t.id = ?", pack_id)


async def by_ids(ids: Collection[int]) -> list[StarterPack]:
    """Return these packs."""
    return await PACKS.by_keys("id", ids)


async def find_locked(pack_id: int) -> StarterPack | None:
    """Return a pack for who changes it or its members in this transaction."""
    return await PACKS.find_locked("t.id = ?", pack_id)


async def remove(pack_id: int) -> None:
    """Remove a pack with its members."""
    await PACKS.remove("id = ?", pack_id)


async def of_actor(actor_id: int, *, hidden: bool, limit: int, offset: int) -> list[StarterPack]:
    """Return somebody's packs, newest first; `hidden`: those too that only their owner finds."""
    only = "" if hidden else "AND t.is_discoverable"
    return await PACKS.select(
        f"WHERE t.actor_id = ? {only} ORDER BY t.id DESC LIMIT ? OFFSET ?",
        *(actor_id, limit, offset),
    )


async def with_member(actor_id: int, *, hidden: bool, limit: int, offset: int) -> list[StarterPack]:
    """Return the packs that show an actor, the newest first; `hidden` as in `of_actor`."""
    only = "" if hidden else "AND t.is_discoverable"
    return await PACKS.select(
        "JOIN starter_pack_members m ON m.pack_id = t.id JOIN actors a ON a.id = t.actor_id "
        f"WHERE m.actor_id = ? AND m.state = ? {only} AND {_IS_SHOWN} "
        "ORDER BY t.id DESC LIMIT ? OFFSET ?",
        *(actor_id, MembershipState.ACCEPTED, limit, offset),
    )


async def count_of(actor_id: int) -> int:
    """Count somebody's packs."""
    sql = "SELECT COUNT(*) FROM starter_packs WHERE actor_id = ?"
    return int((await store.read(sql, actor_id))[0][0])


# ---------------------------------------------------------------- members


async def insert_member(member: StarterPackMember) -> bool:
    """Insert a member; False if there is a row of this actor in the pack, whatever its state."""
    return await MEMBERS.insert_if_new(member)


async def find_member(pack_id: int, member_id: int) -> StarterPackMember | None:
    """Return a member of a pack by the id of its row."""
    return await MEMBERS.find("t.pack_id = ? AND t.id = ?", pack_id, member_id)


async def find_actor(pack_id: int, actor_id: int) -> StarterPackMember | None:
    """Return how an actor stands in a pack."""
    return await MEMBERS.find("t.pack_id = ? AND t.actor_id = ?", pack_id, actor_id)


async def save_member(member: StarterPackMember) -> None:
    """Write the whole row."""
    await MEMBERS.save(member)


async def remove_member(member_id: int) -> None:
    """Remove a row of a member."""
    await MEMBERS.remove("id = ?", member_id)


async def members(pack_ids: Collection[RowId]) -> list[tuple[StarterPackMember, Actor]]:
    """Return who is shown in packs, oldest rows first; who is hidden or left is missing."""
    rows = await store.read(
        f"SELECT {MEMBERS.columns('m')}, {ACTORS.columns('a')} FROM starter_pack_members m "
        f"JOIN actors a ON a.id = m.actor_id WHERE m.pack_id = ANY(?) AND m.state = ? "
        f"AND {_IS_SHOWN} ORDER BY m.id",
        *(list(pack_ids), MembershipState.ACCEPTED),
    )
    return list(pairs(rows, MEMBERS, ACTORS))
