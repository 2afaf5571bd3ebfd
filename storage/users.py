"""Users who log in here, and what lets them in: sessions, tokens, one-time links, invites."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from storage import store
from storage.database import Row
from storage.records import (
    AccessToken,
    Actor,
    Invite,
    OneTimePurpose,
    OneTimeToken,
    Role,
    RowId,
    Session,
    User,
    UserState,
)
from storage.rows import ACTORS, FEW, Rows, keyed, pairs

Key = TypeVar("Key", Session, AccessToken)
"""What lets somebody in."""

USERS = Rows("users", User)
SESSIONS = Rows("sessions", Session)
TOKENS = Rows("access_tokens", AccessToken)
ONE_TIME = Rows("one_time_tokens", OneTimeToken)
INVITES = Rows("invites", Invite)

MODERATORS_MAX = 50

_USERS_WITH_ACTORS = (
    f"SELECT {USERS.columns('u')}, {ACTORS.columns('a')} "
    "FROM users u JOIN actors a ON a.id = u.actor_id"
)


# ---------------------------------------------------------------- users


async def insert(user: User) -> None:
    """Insert a user; Conflict if the e-mail address (in any case) has one already."""
    await USERS.insert(user)


async def save(user: User) -> None:
    """Write the whole row; Conflict if the e-mail address belongs to somebody else."""
    await USERS.save(user)


async def find(user_id: int) -> User | None:
    """Return a user."""
    return await USERS.find("t.id = ?", user_id)


async def find_locked(user_id: int) -> User | None:
    """Return a user for who changes it in this transaction (`Rows.find_locked`)."""
    return await USERS.find_locked("t.id = ?", user_id)


async def find_by_actor(actor_id: int) -> User | None:
    """Return the user who owns this actor."""
    return await USERS.find("t.actor_id = ?", actor_id)


async def roles_of(actor_ids: Collection[int]) -> dict[RowId, Role]:
    """Return what those among these actors who live here may do to the instance."""
    ask = store.glance if len(actor_ids) <= FEW else store.read
    rows = await ask("SELECT actor_id, role FROM users WHERE actor_id = ANY(?)", list(actor_ids))
    return {RowId(actor_id): Role(role) for actor_id, role in rows}


async def find_by_email(email: str) -> User | None:
    """Return the user with this e-mail address, in any case."""
    return await USERS.find("lower(t.email) = lower(?) AND t.email IS NOT NULL", email)


async def find_by_login(name_or_email: str) -> tuple[User, Actor] | None:
    """Return who logs in by this username or e-mail address, in any case."""
    is_email = "@" in name_or_email
    condition = (
        "lower(u.email) = lower(?) AND u.email IS NOT NULL"
        if is_email
        else "lower(a.username) = lower(?) AND a.host IS NULL"
    )
    rows = await store.read(f"{_USERS_WITH_ACTORS} WHERE {condition} LIMIT 1", name_or_email)
    found = _users_with_actors(rows)
    return found[0] if found else None


async def remove(user_id: int) -> None:
    """Remove a user with all sessions, tokens, links and invites."""
    await USERS.remove("id = ?", user_id)


async def list_pending() -> list[tuple[User, Actor]]:
    """Return those who wait for a moderator, oldest first."""
    sql = f"{_USERS_WITH_ACTORS} WHERE u.state = ? ORDER BY u.id"
    return _users_with_actors(await store.read(sql, UserState.PENDING))


async def list_moderators() -> list[User]:
    """Return the active users who run this server, `MODERATORS_MAX` at most."""
    roles = [Role.OWNER, Role.ADMIN, Role.MODERATOR]
    condition = "WHERE t.role = ANY(?) AND t.state = ? ORDER BY t.id LIMIT ?"
    return await USERS.select(condition, roles, UserState.ACTIVE, MODERATORS_MAX)


async def list_unconfirmed_since(before: datetime, limit: int) -> list[User]:
    """Return those who signed up before then and never opened the link, oldest first."""
    condition = "WHERE t.state = ? AND t.created_at < ? ORDER BY t.id LIMIT ?"
    return await USERS.select(condition, UserState.UNCONFIRMED, before, limit)


async def list_away(
    seen: tuple[datetime, datetime], told: datetime, after: int, limit: int
) -> list[User]:
    """Return who was here last in that time and got no digest since `told`, by their ids."""
    return await USERS.select(
        "WHERE t.id > ? AND t.last_seen_at >= ? AND t.last_seen_at < ? AND t.email IS NOT NULL "
        "AND t.state = ? AND (t.digest_at IS NULL OR t.digest_at < ?) ORDER BY t.id LIMIT ?",
        *(after, *seen, UserState.ACTIVE, told, limit),
    )


async def note_digest(user_id: int, at: datetime) -> None:
    """Note that somebody was mailed what they were told until then."""
    await store.write("UPDATE users SET digest_at = ? WHERE id = ?", at, user_id)


async def count_active_since(moment: datetime) -> int:
    """Count the users seen since that moment."""
    rows = await store.read("SELECT COUNT(*) FROM users WHERE last_seen_at >= ?", moment)
    return int(rows[0][0])


def _users_with_actors(rows: Iterable[Row]) -> list[tuple[User, Actor]]:
    return list(pairs(rows, USERS, ACTORS))


# ---------------------------------------------------------------- sessions


async def insert_session(session: Session) -> None:
    """Insert a session."""
    await SESSIONS.insert(session)


async def find_session(token_hash: str) -> Session | None:
    """Return the session of a cookie, by the hash of its token."""
    return await SESSIONS.find("t.token_hash = ?", token_hash)


async def find_session_owner(token_hash: str) -> tuple[Session, User, Actor] | None:
    """Return the session of a cookie with whose it is, in one query."""
    return await find_with_owner(SESSIONS, token_hash)


async def find_with_owner(kind: Rows[Key], token_hash: str) -> tuple[Key, User, Actor] | None:
    """Return the session or token with this hash, and whose it is, in one query."""
    names = f"{kind.columns('t')}, {USERS.columns('u')}, {ACTORS.columns('a')}"
    rows = await store.glance(
        f"SELECT {names} FROM {kind.table} t CROSS JOIN users u CROSS JOIN actors a "
        "WHERE t.token_hash = ? AND u.id = t.user_id AND a.id = u.actor_id",
        token_hash,
    )
    return _with_owner(kind, tuple(rows[0])) if rows else None


@lru_cache(maxsize=2048)
def _with_owner(kind: Rows[Any], row: Row) -> tuple[Any, User, Actor] | None:
    """Return the three records of a row: the same row reads the same, and comes with each look."""
    found = kind.from_row(row)
    owner = next(pairs([row[len(kind.names) :]], USERS, ACTORS), None)
    return (found, *owner) if found is not None and owner is not None else None


async def touch_session(session_id: int, at: datetime) -> None:
    """Note when a session was last used, and with it that its user was here."""
    async with store.current().transaction():
        await store.write("UPDATE sessions SET last_used_at = ? WHERE id = ?", at, session_id)
        await store.write(
            "UPDATE users SET last_seen_at = ? "
            "WHERE id = (SELECT user_id FROM sessions WHERE id = ?)",
            *(at, session_id),
        )


async def list_sessions(user_id: int) -> list[Session]:
    """Return the sessions of a user, last used first."""
    return await SESSIONS.select(
        "WHERE t.user_id = ? ORDER BY t.last_used_at DESC, t.id DESC", user_id
    )


async def remove_session(user_id: int, session_id: int) -> None:
    """End one session of this user."""
    await SESSIONS.remove("user_id = ? AND id = ?", user_id, session_id)


async def remove_sessions(user_id: int, *, except_id: RowId | None = None) -> None:
    """End all sessions of a user, or all but one."""
    await SESSIONS.remove("user_id = ? AND id <> ?", user_id, except_id or 0)


async def forget_sessions(unused_since: datetime) -> int:
    """Remove the sessions that nobody has used since then; return how many."""
    return await _forget("sessions", "last_used_at < ?", unused_since)


async def _forget(table: str, condition: str, moment: datetime) -> int:
    """Remove rows in slices, so that nobody waits long for the turn to write."""
    return await store.in_slices(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {condition} LIMIT ?) "
        "RETURNING id",
        moment,
    )


# ---------------------------------------------------------------- access tokens


async def insert_token(token: AccessToken) -> None:
    """Insert an access token."""
    await TOKENS.insert(token)


async def find_token(token_hash: str) -> AccessToken | None:
    """Return the access token with this hash."""
    return await TOKENS.find("t.token_hash = ?", token_hash)


async def list_tokens(user_id: int) -> list[AccessToken]:
    """Return the access tokens of a user, newest first."""
    return await TOKENS.select("WHERE t.user_id = ? ORDER BY t.id DESC", user_id)


async def remove_tokens(user_id: int) -> None:
    """Remove all access tokens of a user, and all that was begun and would let somebody in later.

    Codes of apps, first steps of a log-in, links to another password or another address.
    """
    await TOKENS.remove("user_id = ?", user_id)
    await store.write("DELETE FROM oauth_codes WHERE user_id = ? AND token_id IS NULL", user_id)
    await ONE_TIME.remove("user_id = ? AND purpose <> ?", user_id, OneTimePurpose.CONFIRM_EMAIL)


# ---------------------------------------------------------------- one-time links


async def insert_one_time(token: OneTimeToken) -> None:
    """Insert a one-time link."""
    await ONE_TIME.insert(token)


async def take_one_time(
    purpose: OneTimePurpose, token_hash: str, now: datetime
) -> OneTimeToken | None:
    """Remove a one-time link and return it; None if it is unknown or expired.

    Of two who come at once, one gets it.
    """
    condition = "purpose = ? AND token_hash = ? AND expires_at > ?"
    taken = await ONE_TIME.remove(condition, purpose, token_hash, now)
    return taken[0] if taken else None


async def find_one_time(
    purpose: OneTimePurpose, token_hash: str, now: datetime
) -> OneTimeToken | None:
    """Return a one-time link that is not expired, and leave it."""
    condition = "t.purpose = ? AND t.token_hash = ? AND t.expires_at > ?"
    return await ONE_TIME.find(condition, purpose, token_hash, now)


async def remove_one_time(purpose: OneTimePurpose) -> None:
    """Remove all one-time links for a purpose."""
    await ONE_TIME.remove("purpose = ?", purpose)


async def forget_one_time(expired_by: datetime) -> int:
    """Remove the one-time links that have expired by then; return how many."""
    return await _forget("one_time_tokens", "expires_at <= ?", expired_by)


# ---------------------------------------------------------------- invites


async def insert_invite(invite: Invite) -> None:
    """Insert an invite."""
    await INVITES.insert(invite)


async def find_invite(code: str) -> Invite | None:
    """Return the invite with this code, also a used or expired one."""
    return await INVITES.find("t.code = ?", code)


async def list_invites(user_id: int) -> list[Invite]:
    """Return the invites somebody made, newest first."""
    return await INVITES.select("WHERE t.user_id = ? ORDER BY t.id DESC", user_id)


async def use_invite(code: str, now: datetime) -> bool:
    """Count one more use; False if the invite is unknown, expired or used up."""
    used = await store.write(
        "UPDATE invites SET uses = uses + 1 WHERE code = ? AND uses < uses_max "
        "AND (expires_at IS NULL OR expires_at > ?) AND revoked_at IS NULL RETURNING id",
        *(code, now),
    )
    return bool(used)


async def revoke_invite(user_id: int, invite_id: int, at: datetime) -> bool:
    """Note that somebody took an invite back; False if it is not theirs."""
    done = await store.write(
        "UPDATE invites SET revoked_at = COALESCE(revoked_at, ?) "
        "WHERE id = ? AND user_id = ? RETURNING id",
        *(at, invite_id, user_id),
    )
    return bool(done)


async def joined_by(invite_ids: list[RowId], limit: int) -> dict[RowId, list[Actor]]:
    """Return who joined by these invites, the last first, at most `limit` in all."""
    rows = await store.read(
        f"SELECT u.invite_id, {ACTORS.columns('a')} FROM users u "
        "JOIN actors a ON a.id = u.actor_id WHERE u.invite_id = ANY(?) "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL ORDER BY u.id DESC LIMIT ?",
        *(invite_ids, limit),
    )
    found: dict[RowId, list[Actor]] = {}
    for invite_id, actor in keyed(rows, ACTORS):
        found.setdefault(invite_id, []).append(actor)
    return found
