"""Who follows, blocks and mutes whom."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from storage import lists, store
from storage.records import (
    Actor,
    Block,
    Follow,
    FollowState,
    Mute,
    Page,
    Relationship,
    RowId,
)
from storage.rows import ACTORS, Rows, keyed, read_page

FOLLOWS = Rows("follows", Follow)
BLOCKS = Rows("blocks", Block)
MUTES = Rows("mutes", Mute)

INBOXES_PER_QUERY = 1000
LOOKED_AT_MAX = 100

FOLLOWER_IS_HERE = (
    # Word for word as in the partial index (migration 0006), which a million remote followers are
    # not in. Rows of versions before it do not say where the follower lives.
    "f.state = 'accepted' AND f.is_local IS NOT FALSE AND (f.is_local = TRUE "
    "OR EXISTS (SELECT 1 FROM actors l WHERE l.id = f.follower_id AND l.host IS NULL))"
)
"""The condition of an accepted `follows f` whose follower lives here."""

_LIVE = "a.deleted_at IS NULL AND a.suspended_at IS NULL"


# ---------------------------------------------------------------- follows


async def find_follow(follower_id: int, followed_id: int) -> Follow | None:
    """Return the follow, or the request, of one actor for another."""
    return await FOLLOWS.find("t.follower_id = ? AND t.followed_id = ?", follower_id, followed_id)


async def find_follow_by_uri(uri: str) -> Follow | None:
    """Return the follow with this ActivityPub id; the youngest if ids were used twice."""
    return await FOLLOWS.find("t.uri = ? ORDER BY t.id DESC", uri)


async def save_follow(follow: Follow) -> None:
    """Insert a follow, or write state and uri of the one between these two."""
    names = ", ".join(FOLLOWS.names)
    await store.write(
        f"INSERT INTO follows ({names}, is_local) VALUES ({FOLLOWS.marks}, "
        "(SELECT host IS NULL FROM actors WHERE id = ?)) ON CONFLICT (follower_id, followed_id) "
        "DO UPDATE SET state = excluded.state, uri = excluded.uri, is_local = excluded.is_local",
        *(*FOLLOWS.values(follow), follow.follower_id),
    )


async def remove_follow(follower_id: int, followed_id: int) -> Follow | None:
    """Remove a follow or request and return it."""
    removed = await FOLLOWS.remove("follower_id = ? AND followed_id = ?", follower_id, followed_id)
    return removed[0] if removed else None


async def remove_followers_at(followed_id: int, inbox: str) -> None:
    """Remove the follows of whoever has this inbox for themselves; nothing for a shared one."""
    await store.write(
        "DELETE FROM follows WHERE followed_id = ? AND follower_id IN (SELECT a.id FROM actors a "
        "WHERE a.inbox_url = ? AND a.shared_inbox_url IS NULL AND a.host IS NOT NULL)",
        *(followed_id, inbox),
    )


async def followers(
    actor_id: int, page: Page, *, state: FollowState = FollowState.ACCEPTED
) -> list[tuple[RowId, Actor]]:
    """Return a page of who follows an actor, with the ids of the follows."""
    condition = f"a.id = r.follower_id AND r.followed_id = ? AND r.state = ? AND {_LIVE}"
    return await _others("follows", condition, page, actor_id, state)


async def local_followers(actor_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """Return a page of who lives here and follows an actor, or asks to; with ids of the follows."""
    condition = f"a.id = r.follower_id AND r.followed_id = ? AND a.host IS NULL AND {_LIVE}"
    return await _others("follows", condition, page, actor_id)


async def following(
    actor_id: int, page: Page, *, state: FollowState = FollowState.ACCEPTED
) -> list[tuple[RowId, Actor]]:
    """Return a page of whom an actor follows, with the ids of the follows."""
    condition = f"a.id = r.followed_id AND r.follower_id = ? AND r.state = ? AND {_LIVE}"
    return await _others("follows", condition, page, actor_id, state)


async def requests_to(actor_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """Return a page of who asks to follow an actor, with the ids of the requests."""
    return await followers(actor_id, page, state=FollowState.REQUESTED)


async def count_requests_to(actor_id: int) -> int:
    """Count who asks to follow an actor."""
    sql = "SELECT COUNT(*) FROM follows WHERE followed_id = ? AND state = 'requested'"
    return int((await store.read(sql, actor_id))[0][0])


async def _others(
    table: str, condition: str, page: Page, *values: object
) -> list[tuple[RowId, Actor]]:
    # CROSS JOIN keeps SQLite from beginning with all actors.
    sql = f"SELECT r.id, {ACTORS.columns('a')} FROM {table} r CROSS JOIN actors a WHERE {condition}"
    return list(keyed(await read_page(page, "r.id", sql, *values), ACTORS))


async def has_local_followers(actor_id: int) -> bool:
    """Whether anybody who lives here follows an actor, accepted."""
    sql = f"SELECT 1 FROM follows f WHERE f.followed_id = ? AND {FOLLOWER_IS_HERE} LIMIT 1"
    return bool(await store.glance(sql, actor_id))


async def follower_inboxes(actor_id: int) -> AsyncIterator[tuple[str, str]]:
    """Yield (inbox, host) of the remote accepted followers, shared inboxes instead of personal.

    Each inbox once. Remembers the shared ones alone, of which there is one a host.
    """
    seen: set[str] = set()
    last = 0
    while True:
        rows = await store.read(
            "SELECT f.id, a.shared_inbox_url, a.inbox_url, a.host "
            "FROM follows f CROSS JOIN actors a WHERE a.id = f.follower_id "
            "AND f.followed_id = ? AND f.state = 'accepted' AND f.id > ? "
            "AND a.host IS NOT NULL AND a.deleted_at IS NULL AND a.suspended_at IS NULL "
            "ORDER BY f.id LIMIT ?",
            *(actor_id, last, INBOXES_PER_QUERY),
        )
        for _, shared, own, host in rows:
            if shared in seen:
                continue
            if shared:
                seen.add(shared)
            yield shared or own, host
        if len(rows) < INBOXES_PER_QUERY:
            return
        last = rows[-1][0]


async def may_have_remote(
    actor_id: int, *, followers: bool, followed: bool, relays: bool = False
) -> bool:
    """Whether somebody of another server may be among these; looks at few, and is rather True."""
    parts = [
        f"SELECT * FROM (SELECT a.host FROM follows f CROSS JOIN actors a "
        f"WHERE f.{ours} = ? AND a.id = f.{theirs} LIMIT {LOOKED_AT_MAX}) AS {theirs}"
        for wanted, ours, theirs in (
            (followers, "followed_id", "follower_id"),
            (followed, "follower_id", "followed_id"),
        )
        if wanted
    ]
    if relays:
        parts.append(
            "SELECT * FROM (SELECT inbox_url AS host FROM relays WHERE state = 'accepted' LIMIT 1)"
            " AS relay"
        )
    if not parts:
        return False
    hosts = await store.glance(" UNION ALL ".join(parts), *[actor_id] * (followers + followed))
    return len(hosts) >= LOOKED_AT_MAX or any(host is not None for (host,) in hosts)


# ---------------------------------------------------------------- blocks


async def insert_block(block: Block) -> bool:
    """Insert a block; False if it is there already."""
    return await BLOCKS.insert_if_new(block)


async def remove_block(actor_id: int, target_id: int) -> Block | None:
    """Remove a block and return it."""
    removed = await BLOCKS.remove("actor_id = ? AND target_id = ?", actor_id, target_id)
    return removed[0] if removed else None


async def find_block(actor_id: int, target_id: int) -> Block | None:
    """Return the block of one actor against another."""
    return await BLOCKS.find("t.actor_id = ? AND t.target_id = ?", actor_id, target_id)


async def find_block_by_uri(uri: str) -> Block | None:
    """Return the block with this ActivityPub id."""
    return await BLOCKS.find("t.uri = ? ORDER BY t.id DESC", uri)


async def blocks_of(actor_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """Return a page of whom an actor blocks, with the ids of the blocks."""
    return await _others("blocks", "a.id = r.target_id AND r.actor_id = ?", page, actor_id)


async def local_blockers(actor_id: int, page: Page) -> list[Actor]:
    """Return a page of who lives here and blocks an actor."""
    condition = f"a.id = r.actor_id AND r.target_id = ? AND a.host IS NULL AND {_LIVE}"
    return [actor for _, actor in await _others("blocks", condition, page, actor_id)]


async def is_blocked_between(first_id: int, second_id: int) -> bool:
    """Whether one of the two blocks the other."""
    rows = await store.read(
        "SELECT 1 FROM blocks WHERE (actor_id = ? AND target_id = ?) "
        "OR (actor_id = ? AND target_id = ?) LIMIT 1",
        *(first_id, second_id, second_id, first_id),
    )
    return bool(rows)


async def is_not_to_be_told(owner_id: int, actor_id: int, now: datetime) -> bool:
    """Whether what an actor does is no news for somebody: blocked, or muted with its news."""
    rows = await store.read(
        "SELECT 1 FROM blocks WHERE (actor_id = ? AND target_id = ?) "
        "OR (actor_id = ? AND target_id = ?) "
        "UNION ALL SELECT 1 FROM host_blocks h CROSS JOIN actors a WHERE h.actor_id = ? "
        "AND a.id = ? AND a.host = h.host "
        "UNION ALL SELECT 1 FROM mutes WHERE actor_id = ? AND target_id = ? "
        "AND hides_notifications = TRUE AND (expires_at IS NULL OR expires_at > ?) LIMIT 1",
        *(owner_id, actor_id, actor_id, owner_id),
        *(owner_id, actor_id, owner_id, actor_id, now),
    )
    return bool(rows)


async def blocking_ids(actor_id: int) -> set[RowId]:
    """Return whom an actor blocks."""
    rows = await store.read("SELECT target_id FROM blocks WHERE actor_id = ?", actor_id)
    return {RowId(target_id) for (target_id,) in rows}


async def blocked_by_ids(actor_id: int) -> set[RowId]:
    """Return who blocks an actor."""
    rows = await store.read("SELECT actor_id FROM blocks WHERE target_id = ?", actor_id)
    return {RowId(blocker_id) for (blocker_id,) in rows}


# ---------------------------------------------------------------- mutes


async def save_mute(mute: Mute) -> None:
    """Insert a mute, or write the settings of the one between these two."""
    names = ", ".join(MUTES.names)
    await store.write(
        f"INSERT INTO mutes ({names}) VALUES ({MUTES.marks}) ON CONFLICT (actor_id, target_id) "
        "DO UPDATE SET hides_notifications = excluded.hides_notifications, "
        "expires_at = excluded.expires_at",
        *MUTES.values(mute),
    )


async def remove_mute(actor_id: int, target_id: int) -> bool:
    """Remove a mute; False if there was none."""
    return bool(await MUTES.remove("actor_id = ? AND target_id = ?", actor_id, target_id))


async def mutes_of(actor_id: int, page: Page, now: datetime) -> list[tuple[RowId, Actor]]:
    """Return a page of whom an actor mutes at that time, with the ids of the mutes."""
    is_on = "(r.expires_at IS NULL OR r.expires_at > ?)"
    condition = f"a.id = r.target_id AND r.actor_id = ? AND {is_on}"
    return await _others("mutes", condition, page, actor_id, now)


async def mutes_against(target_id: int, page: Page) -> list[Mute]:
    """Return a page of the mutes against an actor, also expired ones."""
    return await MUTES.page(page, "t.target_id = ?", target_id)


# ---------------------------------------------------------------- all of them


async def relationship(viewer_id: int, target_id: int, now: datetime) -> Relationship:
    """Return how a viewer stands to another actor."""
    return (await relationships(viewer_id, [target_id], now))[RowId(target_id)]


async def relationships(
    viewer_id: int, target_ids: Iterable[int], now: datetime
) -> dict[RowId, Relationship]:
    """Return how a viewer stands to each of the actors, in one query."""
    wanted = [RowId(target_id) for target_id in set(target_ids)]
    if not wanted:
        return {}
    rows = await store.glance(
        "SELECT 'to ' || state, followed_id FROM follows "
        "WHERE follower_id = ? AND followed_id = ANY(?) "
        "UNION ALL SELECT 'from ' || state, follower_id FROM follows "
        "WHERE followed_id = ? AND follower_id = ANY(?) "
        "UNION ALL SELECT 'blocks', target_id FROM blocks "
        "WHERE actor_id = ? AND target_id = ANY(?) "
        "UNION ALL SELECT 'blocked by', actor_id FROM blocks "
        "WHERE target_id = ? AND actor_id = ANY(?) "
        "UNION ALL SELECT 'blocks host', a.id FROM host_blocks h CROSS JOIN actors a "
        "WHERE h.actor_id = ? AND a.id = ANY(?) AND a.host = h.host "
        "UNION ALL SELECT 'mutes', target_id FROM mutes "
        "WHERE actor_id = ? AND target_id = ANY(?) AND (expires_at IS NULL OR expires_at > ?)",
        *(viewer_id, wanted) * 6,
        now,
    )
    found = {(what, target_id) for what, target_id in rows}
    return {
        target_id: Relationship(
            following=("to accepted", target_id) in found,
            requested=("to requested", target_id) in found,
            followed_by=("from accepted", target_id) in found,
            requested_by=("from requested", target_id) in found,
            blocking=("blocks", target_id) in found,
            blocked_by=("blocked by", target_id) in found,
            muting=("mutes", target_id) in found,
            blocking_host=("blocks host", target_id) in found,
        )
        for target_id in wanted
    }


_ENDS = (
    *(("follows", "follower_id"), ("follows", "followed_id")),
    *(("blocks", "actor_id"), ("blocks", "target_id")),
    *(("mutes", "actor_id"), ("mutes", "target_id")),
    *(("muted_threads", "actor_id"), ("list_members", "actor_id")),
    *(("reports", "actor_id"), ("reports", "target_id")),
    *(("severed_follows", "follower_id"), ("severed_follows", "followed_id")),
    *(("starter_pack_members", "actor_id"), ("starter_packs", "actor_id")),
    ("annual_reports", "actor_id"),
    *(("private_notes", "actor_id"), ("private_notes", "target_id")),
    *(("endorsements", "actor_id"), ("endorsements", "target_id")),
    *(("host_blocks", "actor_id"), ("featured_hashtags", "actor_id")),
    *(("notification_permissions", "owner_id"), ("notification_permissions", "actor_id")),
    *(("filters", "owner_id"), ("announcement_reads", "actor_id")),
    ("announcement_reactions", "actor_id"),
    *(("dismissed_suggestions", "actor_id"), ("dismissed_suggestions", "target_id")),
)


async def remove_slice_of(actor_id: int) -> bool:
    """Remove up to `store.SLICE_ROWS` follows, blocks, mutes, memberships and reports of an actor.

    Returns whether there may be more. With the last go the actor's lists and followed hashtags.
    """
    left = store.SLICE_ROWS
    for table, end in _ENDS:
        removed = await store.write(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {end} = ? LIMIT ?) "
            "RETURNING id",
            *(actor_id, left),
        )
        left -= len(removed)
        if left <= 0:
            return True
    await lists.remove_all_of(actor_id)
    await store.write("DELETE FROM notification_policies WHERE owner_id = ?", actor_id)
    return False
