"""How much goes on here: posts, log-ins and sign-ups of a time, and which servers are known."""

from datetime import datetime
from typing import NamedTuple

from storage import store
from storage.ids import first_at


class Activity(NamedTuple):
    """What happened here in a time: posts written, people who logged in, people who joined."""

    posts: int
    log_ins: int
    sign_ups: int


async def between(since: datetime, until: datetime) -> Activity:
    """Count what happened here in a time."""
    rows = await store.read(
        "SELECT (SELECT COUNT(*) FROM posts WHERE is_local = TRUE AND deleted_at IS NULL "
        "AND visibility IN ('public', 'unlisted', 'followers', 'direct') AND id >= ? AND id < ?), "
        "(SELECT COUNT(DISTINCT user_id) FROM sign_ins WHERE created_at >= ? AND created_at < ?), "
        "(SELECT COUNT(*) FROM users WHERE created_at >= ? AND created_at < ?)",
        *(first_at(since), first_at(until), since, until, since, until),
    )
    posts, log_ins, sign_ups = rows[0]
    return Activity(int(posts), int(log_ins), int(sign_ups))


async def known_hosts(limit: int) -> list[str]:
    """Return the names of the servers that we know, by name."""
    rows = await store.read("SELECT name FROM hosts ORDER BY name LIMIT ?", limit)
    return [name for (name,) in rows]


async def count_known_hosts() -> int:
    """Count the servers that we know."""
    return int((await store.read("SELECT COUNT(*) FROM hosts"))[0][0])
