"""What the operator decided about other hosts, and what it did to their people here."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from storage import rulebooks, store
from storage.records import HostRule, Page, RowId, SeveredFollow
from storage.rows import RAISED, Rows, read_page

HOST_RULES = Rows("host_rules", HostRule, key="host")
SEVERED_FOLLOWS = Rows("severed_follows", SeveredFollow)
# Between two people the last time counts.
SEVERED_ANEW = (
    "ON CONFLICT (follower_id, followed_id) DO UPDATE SET uri = excluded.uri, "
    "state = excluded.state, created_at = excluded.created_at, "
    "severed_at = excluded.severed_at, blocker_id = excluded.blocker_id"
)


# ---------------------------------------------------------------- the rules


async def list_all(limit: int) -> list[HostRule]:
    """Return all rules, by host."""
    return await HOST_RULES.select("ORDER BY t.host LIMIT ?", limit)


async def find(host: str) -> HostRule | None:
    """Return the rule about exactly this host."""
    return await HOST_RULES.find("t.host = ?", host)


async def count() -> int:
    """Count the rules."""
    return int((await store.read("SELECT COUNT(*) FROM host_rules"))[0][0])


async def save(rules: Collection[HostRule]) -> None:
    """Insert these rules, or write those that are there; when each was first made stays."""
    names = ", ".join(HOST_RULES.names)
    written = [name for name in HOST_RULES.names if name not in {"host", "created_at"}]
    settings = ", ".join(f"{name} = excluded.{name}" for name in written)
    async with store.current().transaction():
        await store.write_many(
            f"INSERT INTO host_rules ({names}) VALUES ({HOST_RULES.marks}) "
            f"ON CONFLICT (host) DO UPDATE SET {settings}",
            [HOST_RULES.values(rule) for rule in rules],
        )
        await rulebooks.turn(rulebooks.HOSTS)


async def remove(hosts: Collection[str]) -> list[HostRule]:
    """Remove the rules about exactly these hosts, and return them."""
    async with store.current().transaction():
        removed = await HOST_RULES.remove("host = ANY(?)", list(hosts))
        await rulebooks.turn(rulebooks.HOSTS)
    return removed


# ---------------------------------------------------------------- whom they concern


class Subject(NamedTuple):
    """A remote actor as far as rules about hosts look at it; `limit` is what they made of it."""

    id: RowId
    uri: str
    host: str
    limit: str | None


async def list_subjects(after: int, limit: int) -> list[Subject]:
    """Return remote actors that are not deleted, by id, those after `after`."""
    rows = await store.read(
        "SELECT id, uri, host, host_limit FROM actors WHERE id > ? AND host IS NOT NULL "
        "AND deleted_at IS NULL ORDER BY id LIMIT ?",
        *(after, limit),
    )
    return [Subject(*row) for row in rows]


async def remove_pictures_of(actor_id: int) -> None:
    """Take the pictures off all posts of an actor."""
    await store.write(
        f"UPDATE posts SET attachments = '[]', emojis = '[]', {RAISED} "
        "WHERE actor_id = ? AND (attachments <> '[]' OR emojis <> '[]')",
        actor_id,
    )


# ---------------------------------------------------------------- follows that were ended


async def sever_follows(actor_id: int, at: datetime) -> None:
    """End all follows from and to an actor, and keep what is needed to begin them again."""
    await store.write(
        "INSERT INTO severed_follows (id, follower_id, followed_id, uri, state, created_at, "
        "severed_at) SELECT id, follower_id, followed_id, uri, state, created_at, ? FROM follows "
        f"WHERE follower_id = ? OR followed_id = ? {SEVERED_ANEW}",
        *(at, actor_id, actor_id),
    )
    await store.write(
        "DELETE FROM follows WHERE follower_id = ? OR followed_id = ?", actor_id, actor_id
    )


async def take_severed_follows(actor_id: int, limit: int) -> list[SeveredFollow]:
    """Remove up to so many severed follows from and to an actor, and return them.

    Without those that ended as somebody here wanted it so.
    """
    rows = await store.write(
        "DELETE FROM severed_follows WHERE id IN (SELECT id FROM severed_follows "
        "WHERE (follower_id = ? OR followed_id = ?) AND blocker_id IS NULL ORDER BY id LIMIT ?) "
        f"RETURNING {SEVERED_FOLLOWS.columns()}",
        *(actor_id, actor_id, limit),
    )
    return SEVERED_FOLLOWS.records(rows)


async def severed_follows_of(actor_id: int, page: Page) -> list[SeveredFollow]:
    """Return a page of the severed follows from and to somebody, the youngest first."""
    sql = (
        f"SELECT {SEVERED_FOLLOWS.columns('t')} FROM severed_follows t "
        "WHERE (t.follower_id = ? OR t.followed_id = ?)"
    )
    return SEVERED_FOLLOWS.records(await read_page(page, "t.id", sql, actor_id, actor_id))


class Loss(NamedTuple):
    """How many follows somebody here lost with a host: of followers, and of whom they follow."""

    actor_id: RowId
    followers: int
    following: int


async def losses(host: str, after: int, limit: int) -> list[Loss]:
    """Return who here lost follows with a host, those with ids above `after`."""
    rows = await store.read(
        "SELECT l.id, SUM(CASE WHEN s.followed_id = l.id THEN 1 ELSE 0 END), "
        "SUM(CASE WHEN s.follower_id = l.id THEN 1 ELSE 0 END) "
        "FROM actors a JOIN severed_follows s ON s.follower_id = a.id OR s.followed_id = a.id "
        "JOIN actors l ON l.id = CASE WHEN s.follower_id = a.id THEN s.followed_id "
        "ELSE s.follower_id END "
        "WHERE a.host = ? AND s.blocker_id IS NULL AND l.host IS NULL AND l.id > ? "
        "GROUP BY l.id ORDER BY l.id LIMIT ?",
        *(host, after, limit),
    )
    return [
        Loss(RowId(its_id), int(followers), int(following)) for its_id, followers, following in rows
    ]


class Ties(NamedTuple):
    """What people here have with some actors: follows both ways, how many people, posts kept."""

    follows: int
    people: int
    posts: int


async def ties_with(actor_ids: Collection[int]) -> Ties:
    """Count what would be hidden or ended with these actors; up to some thousand of them."""
    ids = list(actor_ids)
    rows = await store.read(
        "SELECT COUNT(*), COUNT(DISTINCT person) FROM ("
        "SELECT follower_id AS person FROM follows WHERE followed_id = ANY(?) "
        "UNION ALL SELECT followed_id AS person FROM follows WHERE follower_id = ANY(?)) AS ends",
        *(ids, ids),
    )
    sql = "SELECT COUNT(*) FROM posts WHERE actor_id = ANY(?) AND deleted_at IS NULL"
    posts = await store.read(sql, ids)
    return Ties(int(rows[0][0]), int(rows[0][1]), int(posts[0][0]))
