"""How far people have read their timelines, and their conversations of direct posts."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and pieces of these files

from collections.abc import Collection, Sequence
from typing import NamedTuple

from storage import store
from storage.records import Page, PrivateThread, RowId, TimelineMarker
from storage.rows import Rows
from storage.timelines import IS_FOR_SOME, IS_HELD_BACK

MARKERS = Rows("timeline_markers", TimelineMarker)
THREADS = Rows("private_threads", PrivateThread)

LOOKED_AT_MAX = 1000
"""So many of somebody's newest direct posts are looked through for conversations."""


async def of_actor(actor_id: int, timelines: Collection[str]) -> list[TimelineMarker]:
    """Return somebody's markers of these timelines."""
    return await MARKERS.few(
        "WHERE t.actor_id = ? AND t.timeline = ANY(?)", actor_id, list(timelines)
    )


async def save(marker: TimelineMarker) -> TimelineMarker:
    """Keep how far somebody has read; counts the change of one that is there."""
    sql = (
        f"INSERT INTO timeline_markers ({MARKERS.columns()}) VALUES ({MARKERS.marks}) "
        "ON CONFLICT (actor_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id, "
        "changes = timeline_markers.changes + 1, updated_at = excluded.updated_at "
        f"RETURNING {MARKERS.columns()}"
    )
    return MARKERS.records(await store.write(sql, *MARKERS.values(marker)))[0]


# ---------------------------------------------------------------- conversations


class Talk(NamedTuple):
    """A conversation of direct posts: its last post, and the last one that somebody else wrote."""

    uri: str
    last_id: RowId
    last_of_others_id: RowId


_DIRECT = (
    "SELECT t.id, t.actor_id, COALESCE(t.conversation, t.uri) AS conversation FROM posts t "
    "WHERE t.visibility = 'direct' AND t.deleted_at IS NULL AND t.id IN ("
    "SELECT id FROM (SELECT w.id AS id FROM posts w WHERE w.actor_id = ? "
    "AND w.visibility = 'direct' AND w.deleted_at IS NULL "
    f"AND NOT {IS_FOR_SOME.format('w.id')} ORDER BY w.id DESC LIMIT ?) AS written "
    "UNION SELECT id FROM (SELECT m.post_id AS id FROM mentions m CROSS JOIN posts n "
    "WHERE m.actor_id = ? AND m.is_silent IS NULL AND n.id = m.post_id "
    "AND n.visibility = 'direct' AND n.deleted_at IS NULL "
    f"AND NOT {IS_HELD_BACK.format('m', 'n')} ORDER BY m.post_id DESC LIMIT ?) AS named)"
)


async def talks(actor_id: int, page: Page, *, thread_id: int | None = None) -> list[Talk]:
    """Return a page of somebody's conversations by their last posts, or the one that is named.

    What was removed from the list is left out until somebody says something in it again.
    """
    bounds = (("<", page.max_id), (">", page.since_id), (">", page.min_id))
    used = [(sign, bound) for sign, bound in bounds if bound is not None]
    having = "".join(f" AND MAX(d.id) {sign} ?" for sign, _ in used)
    one = "" if thread_id is None else " AND h.id = ?"
    direction = "DESC" if page.min_id is None else "ASC"
    rows = await store.read(
        f"SELECT d.conversation, MAX(d.id), "
        "MAX(CASE WHEN d.actor_id = ? THEN 0 ELSE d.id END) "
        f"FROM ({_DIRECT}) AS d LEFT JOIN private_threads h ON h.actor_id = ? "
        f"AND h.uri = d.conversation WHERE 1 = 1{one} GROUP BY d.conversation "
        f"HAVING MAX(d.id) > COALESCE(MAX(h.hidden_id), 0){having} "
        f"ORDER BY MAX(d.id) {direction} LIMIT ?",
        actor_id,
        *(actor_id, LOOKED_AT_MAX, actor_id, LOOKED_AT_MAX, actor_id),
        *([] if thread_id is None else [thread_id]),
        *(bound for _, bound in used),
        page.limit,
    )
    found = [Talk(*row) for row in rows]
    return found if page.min_id is None else found[::-1]


async def held_back(owner_id: int, actor_ids: Collection[int]) -> dict[str, RowId]:
    """Return in which conversations something of these people is held back, and the last of it."""
    rows = await store.read(
        "SELECT COALESCE(p.conversation, p.uri), MAX(p.id) FROM notifications t "
        "JOIN posts p ON p.id = t.post_id AND p.visibility = 'direct' WHERE t.owner_id = ? "
        "AND t.actor_id = ANY(?) AND t.is_filtered = TRUE GROUP BY 1",
        *(owner_id, list(actor_ids)),
    )
    return {uri: RowId(last_id) for uri, last_id in rows}


async def threads(actor_id: int, uris: Collection[str]) -> list[PrivateThread]:
    """Return what somebody keeps of these conversations."""
    return await THREADS.select("WHERE t.actor_id = ? AND t.uri = ANY(?)", actor_id, list(uris))


async def begin(made: Sequence[PrivateThread]) -> None:
    """Keep conversations from now on; those that are kept stay as they are."""
    await THREADS.insert_many_if_new(made)


async def find_thread(actor_id: int, thread_id: int) -> PrivateThread | None:
    """Return one of somebody's conversations."""
    return await THREADS.find("t.id = ? AND t.actor_id = ?", thread_id, actor_id)


async def save_thread(thread: PrivateThread) -> None:
    """Write how far a conversation was read, and whether it is listed."""
    await THREADS.save(thread)


async def forget_of(actor_id: int) -> None:
    """Forget how far somebody has read anything."""
    await MARKERS.remove("actor_id = ?", actor_id)
    await THREADS.remove("actor_id = ?", actor_id)
