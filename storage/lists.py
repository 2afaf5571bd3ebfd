"""Lists of people, their members, and which hashtags are followed."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Sequence

from storage import store
from storage.records import Actor, FollowedHashtag, ListMember, Page, PersonList, RowId
from storage.rows import ACTORS, Rows, keyed, read_page

LISTS = Rows("lists", PersonList)
MEMBERS = Rows("list_members", ListMember)
HASHTAGS = Rows("followed_hashtags", FollowedHashtag)


# ---------------------------------------------------------------- lists


async def insert(made: PersonList) -> None:
    """Insert a list."""
    await LISTS.insert(made)


async def save(changed: PersonList) -> None:
    """Write title and policy of a list."""
    await LISTS.save(changed)


async def find(list_id: int) -> PersonList | None:
    """Return a list."""
    return await LISTS.find("t.id = ?", list_id)


async def find_locked(list_id: int) -> PersonList | None:
    """Return a list for who changes it in this transaction (`Rows.find_locked`)."""
    return await LISTS.find_locked("t.id = ?", list_id)


async def of_actor(actor_id: int, limit: int) -> list[PersonList]:
    """Return somebody's lists, oldest first."""
    return await LISTS.few("WHERE t.actor_id = ? ORDER BY t.id LIMIT ?", actor_id, limit)


async def of_actor_with(actor_id: int, member_id: int, limit: int) -> list[PersonList]:
    """Return those of somebody's lists that have this member."""
    return await LISTS.select(
        "WHERE t.actor_id = ? AND EXISTS (SELECT 1 FROM list_members m WHERE m.list_id = t.id "
        "AND m.actor_id = ?) ORDER BY t.id LIMIT ?",
        *(actor_id, member_id, limit),
    )


async def remove(list_id: int) -> None:
    """Remove a list with its members; its feed is another matter."""
    await LISTS.remove("id = ?", list_id)


async def insert_member(member: ListMember) -> bool:
    """Insert a member; False if it is one already."""
    return await MEMBERS.insert_if_new(member)


async def remove_member(list_id: int, actor_id: int) -> bool:
    """Remove a member; False if it was none."""
    return bool(await MEMBERS.remove("list_id = ? AND actor_id = ?", list_id, actor_id))


async def members(list_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """Return a page of the live members of a list, with the ids of the memberships."""
    sql = (
        f"SELECT m.id, {ACTORS.columns('a')} FROM list_members m CROSS JOIN actors a "
        "WHERE a.id = m.actor_id AND m.list_id = ? "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    )
    return list(keyed(await read_page(page, "m.id", sql, list_id), ACTORS))


async def count_members(list_id: int) -> int:
    """Count the members of a list."""
    sql = "SELECT COUNT(*) FROM list_members WHERE list_id = ?"
    return int((await store.read(sql, list_id))[0][0])


async def member_counts(list_ids: Sequence[int]) -> dict[RowId, int]:
    """Return how many members each of these lists has; those without any are missing."""
    found = await store.read(
        "SELECT list_id, COUNT(*) FROM list_members WHERE list_id = ANY(?) GROUP BY list_id",
        list(list_ids),
    )
    return {RowId(list_id): int(number) for list_id, number in found}


# ---------------------------------------------------------------- hashtags


async def insert_hashtag(followed: FollowedHashtag) -> bool:
    """Insert a followed hashtag; False if it is followed already."""
    return await HASHTAGS.insert_if_new(followed)


async def remove_hashtag(actor_id: int, name: str) -> bool:
    """Remove a followed hashtag; False if it was not followed."""
    return bool(await HASHTAGS.remove("actor_id = ? AND name = ?", actor_id, name))


async def hashtags_of(actor_id: int, page: Page) -> list[FollowedHashtag]:
    """Return a page of the hashtags somebody follows, the last followed first."""
    return await HASHTAGS.page(page, "t.actor_id = ?", actor_id)


async def followed_among(actor_id: int, names: list[str]) -> set[str]:
    """Return which of these hashtags somebody follows."""
    rows = await store.read(
        "SELECT name FROM followed_hashtags WHERE actor_id = ? AND name = ANY(?)", actor_id, names
    )
    return {name for (name,) in rows}


async def count_hashtags(actor_id: int) -> int:
    """Count the hashtags somebody follows."""
    sql = "SELECT COUNT(*) FROM followed_hashtags WHERE actor_id = ?"
    return int((await store.read(sql, actor_id))[0][0])


# ---------------------------------------------------------------- the end of an account


async def remove_all_of(actor_id: int) -> None:
    """Remove the lists and hashtags of an actor, and the actor from the lists of others."""
    mine = "(SELECT id FROM lists WHERE actor_id = ?)"
    await store.write(f"DELETE FROM feed_entries WHERE owner_id IN {mine}", actor_id)
    await store.write(f"DELETE FROM feed_floors WHERE feed_id IN {mine}", actor_id)
    await MEMBERS.remove("actor_id = ?", actor_id)
    await LISTS.remove("actor_id = ?", actor_id)
    await HASHTAGS.remove("actor_id = ?", actor_id)
