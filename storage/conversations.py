"""Conversations that are looked for elsewhere: what was found of them, and who is told nothing."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from storage import store
from storage.records import Conversation, ConversationFind, FindState, MutedThread, Post
from storage.rows import Rows

CONVERSATIONS = Rows("conversations", Conversation)
FINDS = Rows("conversation_finds", ConversationFind)
MUTED = Rows("muted_threads", MutedThread)

# Found, but not here: what a page says is missing.
_MISSING = (
    "f.kind = 'post' AND f.state IN ('waiting', 'closed', 'silent', 'left') "
    "AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.uri = f.uri)"
)
IS_MUTED = (
    "EXISTS (SELECT 1 FROM muted_threads m JOIN posts r ON r.id = m.post_id "
    "WHERE m.actor_id = ? AND (r.id = t.id OR r.conversation = t.conversation))"
)
"""The condition that an actor is told nothing of the conversation of a `posts t` (A183)."""


class Standing(NamedTuple):
    """What is known of the conversation that a post began, and whether the viewer is told of it."""

    conversation: Conversation | None
    missing: int
    is_muted: bool


async def standing(post_id: int, viewer_id: int) -> Standing:
    """Return how it stands with the conversation of its first post, for one viewer; one query."""
    rows = await store.glance(
        f"SELECT CASE WHEN {IS_MUTED} THEN 1 ELSE 0 END, "
        f"(SELECT COUNT(*) FROM conversation_finds f WHERE f.conversation_id = c.id AND {_MISSING})"
        f", {CONVERSATIONS.columns('c')} "
        "FROM posts t LEFT JOIN conversations c ON c.uri = t.uri WHERE t.id = ?",
        *(viewer_id, post_id),
    )
    if not rows:
        return Standing(None, 0, is_muted=False)
    is_muted, missing, *row = rows[0]
    found = CONVERSATIONS.from_row(row) if row[0] is not None else None
    return Standing(found, missing if found else 0, is_muted=bool(is_muted))


async def find(conversation_id: int) -> Conversation | None:
    """Return a conversation."""
    return await CONVERSATIONS.find("t.id = ?", conversation_id)


async def find_locked(uri: str) -> Conversation | None:
    """Return the conversation of a first post, for who changes it in this transaction."""
    return await CONVERSATIONS.find_locked("t.uri = ?", uri)


async def insert(conversation: Conversation) -> bool:
    """Insert a conversation; False if there is one of this first post already."""
    return await CONVERSATIONS.insert_if_new(conversation)


async def save(conversation: Conversation) -> None:
    """Write what became of a conversation."""
    await CONVERSATIONS.save(conversation)


async def remove(conversation_id: int) -> None:
    """Forget a conversation and what was found of it."""
    await CONVERSATIONS.remove("id = ?", conversation_id)


async def forget(before: datetime) -> int:
    """Remove the conversations for which nobody has looked since then; return how many."""
    return await store.in_slices(
        "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE begun_at < ? "
        "LIMIT ?) RETURNING id",
        before,
    )


# ---------------------------------------------------------------- what was found


async def add_finds(finds: Iterable[ConversationFind]) -> None:
    """Keep what was found; an address that was found before stays as it is."""
    await FINDS.insert_many_if_new(finds)


async def finds_of(conversation_id: int) -> list[ConversationFind]:
    """Return all that was found of a conversation, the nearest first."""
    return await FINDS.select("WHERE t.conversation_id = ? ORDER BY t.depth, t.id", conversation_id)


async def settle(find_id: int, state: FindState) -> None:
    """Write what became of a find."""
    await store.write("UPDATE conversation_finds SET state = ? WHERE id = ?", state.value, find_id)


async def settle_waiting(conversation_id: int, state: FindState, *, host: str = "") -> None:
    """Write what became of all that waits, or of what waits of one host."""
    sql = "UPDATE conversation_finds SET state = ? WHERE conversation_id = ? AND state = 'waiting'"
    values: list[object] = [state.value, conversation_id]
    if host:
        sql, values = f"{sql} AND host = ?", [*values, host]
    await store.write(sql, *values)


async def forget_settled(conversation_id: int) -> None:
    """Remove what was read or is gone: what is missing is all that is asked for later."""
    await FINDS.remove("conversation_id = ? AND state IN ('read', 'gone')", conversation_id)


async def forget_finds(conversation_id: int) -> None:
    """Remove what was found, to begin anew."""
    await FINDS.remove("conversation_id = ?", conversation_id)


async def count_replies(post_id: int, limit: int) -> int:
    """Count the answers below a post that everybody may see, up to a limit."""
    rows = await store.read(
        "WITH RECURSIVE down (id) AS (SELECT id FROM posts WHERE in_reply_to_id = ? "
        "UNION SELECT p.id FROM posts p JOIN down ON p.in_reply_to_id = down.id), "
        "few AS (SELECT id FROM down LIMIT ?) SELECT COUNT(*) FROM posts t JOIN few "
        "ON few.id = t.id WHERE t.visibility IN ('public', 'unlisted') AND t.deleted_at IS NULL "
        "AND t.id <> ?",
        *(post_id, limit, post_id),
    )
    return int(rows[0][0])


# ---------------------------------------------------------------- who is told nothing


async def mute(muted: MutedThread) -> None:
    """Keep that somebody wants to be told nothing of a conversation."""
    await MUTED.insert_if_new(muted)


async def unmute(actor_id: int, post: Post) -> None:
    """Tell somebody again, wherever in the conversation it was muted."""
    await store.write(
        "DELETE FROM muted_threads WHERE actor_id = ? AND post_id IN (SELECT r.id "
        "FROM muted_threads m JOIN posts r ON r.id = m.post_id WHERE m.actor_id = ? "
        "AND (r.id = ? OR r.conversation = ?))",
        *(actor_id, actor_id, post.id, post.conversation),
    )
