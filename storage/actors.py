"""Actors, local and remote, and their keys."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from instance.errors import NotFound
from storage import store
from storage.records import (
    Actor,
    ActorCounts,
    ActorKey,
    ActorKind,
    FormerHandle,
    Page,
    RowId,
)
from storage.rows import ACTORS, Rows, pairs

KEYS = Rows("actor_keys", ActorKey)
FORMER_HANDLES = Rows("former_handles", FormerHandle)


_COUNTED_POST = "t.deleted_at IS NULL AND t.visibility <> 'direct'"


async def insert(actor: Actor) -> None:
    """Insert an actor; Conflict if its uri, or its handle among local ones, exists already."""
    await ACTORS.insert(actor)


async def save(actor: Actor) -> None:
    """Write the whole row."""
    await ACTORS.save(actor)


async def find(actor_id: int) -> Actor | None:
    """Return an actor, also a deleted one."""
    return await ACTORS.find("t.id = ?", actor_id)


async def get(actor_id: int) -> Actor:
    """Return an actor, also a deleted one, or raise NotFound."""
    actor = await find(actor_id)
    if actor is None:
        raise NotFound("There is nobody here.")
    return actor


async def get_locked(actor_id: int) -> Actor:
    """Return an actor for who changes it in this transaction (`Rows.find_locked`), or NotFound."""
    actor = await ACTORS.find_locked("t.id = ?", actor_id)
    if actor is None:
        raise NotFound("There is nobody here.")
    return actor


async def find_locked_by_uri(uri: str) -> Actor | None:
    """Return the actor with this id for who changes it in this transaction."""
    return await ACTORS.find_locked("t.uri = ?", uri)


async def by_ids(ids: Iterable[int]) -> dict[RowId, Actor]:
    """Return actors by id; the unknown are missing."""
    return {actor.id: actor for actor in await ACTORS.by_keys("id", ids)}


async def find_by_uri(uri: str) -> Actor | None:
    """Return the actor with this ActivityPub id."""
    return await ACTORS.find("t.uri = ?", uri)


async def by_uris(uris: Iterable[str]) -> dict[str, Actor]:
    """Return actors by ActivityPub id; the unknown are missing."""
    return {actor.uri: actor for actor in await ACTORS.by_keys("uri", uris)}


async def find_by_handle(username: str, host: str | None) -> Actor | None:
    """Return the actor with this handle, whatever its case; `host` is None for local ones.

    A host may have given a name anew: the youngest that is not deleted comes first. A local one is
    found by a name of before, too.
    """
    here = "t.host IS NULL" if host is None else "t.host = ?"
    order = "ORDER BY (CASE WHEN t.deleted_at IS NULL THEN 0 ELSE 1 END), t.id DESC"
    values = [username] if host is None else [username, host.lower()]
    found = await ACTORS.find(f"lower(t.username) = lower(?) AND {here} {order}", *values)
    return await find_by_former_handle(username) if found is None and host is None else found


async def find_by_url(url: str) -> Actor | None:
    """Return the actor with this profile page."""
    return await ACTORS.find("t.url = ? AND t.deleted_at IS NULL ORDER BY t.id DESC", url)


async def is_handle_taken(username: str) -> bool:
    """Whether a local actor has, or ever had, this username in any case."""
    sql = (
        "SELECT 1 FROM actors WHERE lower(username) = lower(?) AND host IS NULL "
        "UNION ALL SELECT 1 FROM former_handles WHERE lower(username) = lower(?)"
    )
    return bool(await store.read(sql, username, username))


async def find_by_former_handle(username: str) -> Actor | None:
    """Return the local actor that had this name before."""
    sql = "JOIN former_handles h ON h.actor_id = t.id WHERE lower(h.username) = lower(?)"
    found = await ACTORS.select(sql, username)
    return found[0] if found else None


async def insert_former_handle(handle: FormerHandle) -> None:
    """Keep a name for the actor that had it; Conflict if somebody else's is kept already."""
    await FORMER_HANDLES.insert(handle)


async def remove_former_handle(actor_id: int, username: str) -> bool:
    """Forget that an actor had this name; False if it never had."""
    condition = "actor_id = ? AND lower(username) = lower(?)"
    return bool(await FORMER_HANDLES.remove(condition, actor_id, username))


async def list_local(page: Page) -> list[Actor]:
    """Return a page of the actors that live here and are not deleted, newest first."""
    return await ACTORS.page(page, "t.host IS NULL AND t.deleted_at IS NULL")


async def find_oldest_local() -> Actor | None:
    """Return the first actor of this server, deleted or not."""
    return await ACTORS.find("t.host IS NULL ORDER BY t.id")


async def remove_instance_actor_if_alone(actor_id: int) -> bool:
    """Remove the instance actor of a server that nobody ever joined; else False."""
    people = await store.read("SELECT 1 FROM actors WHERE host IS NULL AND id <> ?", actor_id)
    strangers = await store.read("SELECT 1 FROM actors WHERE host IS NOT NULL LIMIT 1")
    actor = await get(actor_id)
    if people or strangers or actor.kind is not ActorKind.APPLICATION:
        return False
    await remove_never_seen(actor_id)
    return True


async def remove_never_seen(actor_id: int) -> None:
    """Remove a local actor of whom nobody was ever told; Conflict when something refers to it."""
    async with store.current().transaction():
        await KEYS.remove("actor_id = ?", actor_id)
        await ACTORS.remove("id = ? AND host IS NULL", actor_id)


async def count_local_people() -> int:
    """Count the local actors of users who are here: not deleted, suspended or waiting."""
    sql = (
        "SELECT COUNT(*) FROM users JOIN actors ON actors.id = users.actor_id "
        "WHERE actors.deleted_at IS NULL AND actors.suspended_at IS NULL"
    )
    return int((await store.read(sql))[0][0])


async def counts(actor_id: int) -> ActorCounts:
    """Count the followers, the followed and the posts of an actor, as we know them."""
    found = await counts_many([actor_id])
    return found[RowId(actor_id)]


async def counts_many(
    ids: Iterable[int], *, posts_of: Collection[int] | None = None
) -> dict[RowId, ActorCounts]:
    """Count the followers, the followed and the posts of each actor, in one query.

    Counting posts looks at each of them: with `posts_of`, those of these alone are counted.
    """
    wanted = [RowId(actor_id) for actor_id in set(ids)]
    if not wanted:
        return {}
    rows = await store.read(
        "SELECT 'followers', followed_id, COUNT(*) FROM follows "
        "WHERE followed_id = ANY(?) AND state = 'accepted' GROUP BY followed_id "
        "UNION ALL SELECT 'following', follower_id, COUNT(*) FROM follows "
        "WHERE follower_id = ANY(?) AND state = 'accepted' GROUP BY follower_id "
        "UNION ALL SELECT 'posts', t.actor_id, COUNT(*) FROM posts t WHERE t.actor_id = ANY(?) "
        f"AND {_COUNTED_POST} GROUP BY t.actor_id "
        "UNION ALL SELECT 'last post', a.id, (SELECT t.id FROM posts t WHERE t.actor_id = a.id "
        f"AND {_COUNTED_POST} ORDER BY t.id DESC LIMIT 1) FROM actors a WHERE a.id = ANY(?)",
        *(wanted, wanted, wanted if posts_of is None else list(posts_of), wanted),
    )
    found = {(what, actor_id): number for what, actor_id, number in rows}
    return {
        actor_id: ActorCounts(
            followers=found.get(("followers", actor_id), 0),
            following=found.get(("following", actor_id), 0),
            posts=found.get(("posts", actor_id), 0),
            last_post_id=found.get(("last post", actor_id)),
        )
        for actor_id in wanted
    }


async def remove_remote(actor_id: int, at: datetime) -> None:
    """Leave a tombstone: the row keeps ids and handle, the profile and the keys are gone."""
    async with store.current().transaction():
        actor = await get_locked(actor_id)
        tombstone = Actor(
            id=actor.id,
            uri=actor.uri,
            username=actor.username,
            host=actor.host,
            kind=actor.kind,
            inbox_url=actor.inbox_url,
            created_at=actor.created_at,
            suspended_at=actor.suspended_at,
            deleted_at=actor.deleted_at or at,
        )
        await ACTORS.save(tombstone)
        await KEYS.remove("actor_id = ?", actor_id)


async def insert_key(key: ActorKey) -> None:
    """Insert a key; Conflict if its `uri` exists already."""
    await KEYS.insert(key)


async def keys_of(actor_id: int) -> list[ActorKey]:
    """Return the keys of an actor, newest first."""
    return await KEYS.select("WHERE t.actor_id = ? ORDER BY t.id DESC", actor_id)


async def find_key(uri: str) -> ActorKey | None:
    """Return the key with this `keyId`."""
    return await KEYS.find("t.uri = ?", uri)


async def find_key_and_owner(uri: str) -> tuple[ActorKey, Actor] | None:
    """Return the key with this `keyId` and whose it is."""
    rows = await store.glance(
        f"SELECT {KEYS.columns('k')}, {ACTORS.columns('a')} FROM actor_keys k "
        "JOIN actors a ON a.id = k.actor_id WHERE k.uri = ?",
        uri,
    )
    return next(pairs(rows, KEYS, ACTORS), None)


async def replace_keys(actor_id: int, keys: Sequence[ActorKey]) -> None:
    """Replace all keys of an actor."""
    async with store.current().transaction():
        await KEYS.remove("actor_id = ?", actor_id)
        for key in keys:
            await KEYS.insert(key)


async def without_proof_key(limit: int) -> list[RowId]:
    """Return local actors that have no key for documents (`Addresses.proof_key`) yet."""
    rows = await store.read(
        "SELECT a.id FROM actors a WHERE a.host IS NULL AND a.deleted_at IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM actor_keys k WHERE k.actor_id = a.id AND k.uri = a.uri || '#ed25519-key') "
        "ORDER BY a.id LIMIT ?",
        limit,
    )
    return [RowId(actor_id) for (actor_id,) in rows]


async def forget_former_keys(before: datetime) -> None:
    """Remove the keys of local actors that were replaced by others before then."""
    await KEYS.remove(
        "private_pem IS NOT NULL AND created_at < ? AND uri LIKE '%#main-key-%'", before
    )
