"""What the hottest routes ask: in one query who may see something and which version of it there is.

The documents themselves are kept by these versions (`kept.py`).
"""

from typing import NamedTuple

from storage import store
from storage.records import ActorKind, RowId, Visibility

_ACTOR = (
    "SELECT a.id, a.version, a.username, a.kind, a.deleted_at IS NOT NULL, "
    "a.suspended_at IS NOT NULL AND a.deleted_at IS NULL, "
    "(SELECT MAX(k.id) FROM actor_keys k WHERE k.actor_id = a.id) "
    "FROM actors a WHERE a.host IS NULL AND "
)


class ServedActor(NamedTuple):
    """A local actor. `is_hidden`: suspended or not let in yet, to others there is nobody (MO-3)."""

    id: RowId
    version: int
    username: str
    kind: ActorKind
    is_deleted: bool
    is_hidden: bool
    key_id: RowId | None


class ServedPost(NamedTuple):
    """A local post and who asks for it.

    `asker_pem`: the public key that was asked for, if we know it; `is_asker_blocked`: whether the
    author blocks its owner.
    """

    id: RowId
    version: int
    visibility: Visibility
    is_deleted: bool
    author: str
    author_version: int
    is_author_here: bool
    asker_pem: str | None
    is_asker_blocked: bool


async def actor(actor_id: int) -> ServedActor | None:
    """Return the local actor with this id, also a deleted one."""
    return await _actor("a.id = ?", actor_id)


async def actor_named(username: str) -> ServedActor | None:
    """Return the local actor with this username in any case, a deleted one if there is no other.

    Who has another name by now is found by the one of before.
    """
    order = "ORDER BY (CASE WHEN a.deleted_at IS NULL THEN 0 ELSE 1 END), a.id DESC LIMIT 1"
    former = "(SELECT h.actor_id FROM former_handles h WHERE lower(h.username) = lower(?))"
    found = await _actor(f"lower(a.username) = lower(?) {order}", username)
    return found or await _actor(f"a.id = {former}", username)


async def _actor(condition: str, value: int | str) -> ServedActor | None:
    for row in await store.glance(_ACTOR + condition, value):
        row_id, version, username, kind, is_deleted, is_hidden, key_id = row
        return ServedActor(
            row_id, version, username, ActorKind(kind), bool(is_deleted), bool(is_hidden), key_id
        )
    return None


async def post(post_id: int, asker_key: str | None) -> ServedPost | None:
    """Return the local post with this id, also a deleted one, for who claims to hold a key."""
    rows = await store.glance(
        "SELECT p.id, p.version, p.visibility, p.deleted_at IS NOT NULL, a.username, a.version, "
        "a.deleted_at IS NULL AND a.suspended_at IS NULL, k.public_pem, "
        "EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = a.id AND b.target_id = k.actor_id) "
        "FROM posts p JOIN actors a ON a.id = p.actor_id LEFT JOIN actor_keys k ON k.uri = ? "
        "WHERE p.id = ? AND p.is_local = TRUE",
        *(asker_key, post_id),
    )
    for row in rows:
        row_id, version, visibility, is_deleted, author, author_version, is_here, pem, blocked = row
        return ServedPost(
            *(row_id, version, Visibility(visibility), bool(is_deleted)),
            *(author, author_version, bool(is_here)),
            *(pem, bool(blocked)),
        )
    return None
