"""Prepares databases: a small real one, written by the server itself, then copies of its rows.

Everybody is called the same in each of them: `alice` writes and has local followers only, `reader`
reads, follows people elsewhere and has remote followers.
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from instance.building import utc_now
from storage import ids
from tools.bench import remote
from tools.bench.client import LoadError, request
from tools.bench.remote import WORDS, Person
from tools.bench.rows import PostgresRows, Rows, SqliteRows, copy, series
from tools.bench.servers import DOMAIN, Server
from webapp import security

PASSWORD = "words for a bench"  # noqa: S105 - of a server that is gone in a minute
REMOTE_ACTORS = 1000
LOCAL_SHARE = 10
"""One post in so many is of alice."""
FEED_ENTRIES = 400
ENOUGH_TO_TELL = 10_000
FEEDS_MAX = 60
"""So many people have something in their feeds: enough for all that are looked at."""
POST_EVERY_MS = 20_000
SETTLE_TIMEOUT_S = 60.0
_ID_STEP = 1 << ids.COUNTER_BITS


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands in a database before the measuring begins."""

    name: str
    local_users: int = 2
    posts: int = 10_000
    follows: int = 100
    """So many people elsewhere everybody here follows."""
    followers: int = 1000
    """So many people elsewhere follow `reader`."""


@dataclass(frozen=True, slots=True)
class Known:
    """Rows of the small real database, by their ids; cookies of its people, a token of `reader`."""

    alice: int
    reader: int
    stranger: int
    remote_post: int
    local_post: int
    cookies: dict[str, str]
    token: str


async def seed(server: Server, people: Sequence[Person]) -> Known:
    """Let the server itself write one row of each kind; it is stopped afterwards."""
    server.command("migrate")
    users = {
        name: int(server.command("user", "add", name, "--password", PASSWORD)["actor_id"])
        for name in ("alice", "reader")
    }
    token = str(server.command("token", "add", "reader", "--scopes", "read write")["token"])
    try:
        await server.start()
        cookies = {name: await _log_in(server, name) for name in users}
        rows = await open_rows(server, is_read_only=True)
        first, now = people[0], utc_now()
        reader_uri = f"https://{DOMAIN}/actors/{users['reader']}"
        await _post(server, first, remote.follow(first, reader_uri), now)
        by = f"follower_id <> {users['reader']}"
        follow = await _settled(rows, f"SELECT follower_id FROM follows WHERE {by}")
        await server.client.send([_form(cookies["reader"], "/@alice/follow", do="do")], 303)
        by = f"follower_id = {users['reader']}"
        await _settled(rows, f"SELECT follower_id FROM follows WHERE {by}")
        # Somebody must want the post: an answer to it does.
        await server.client.send([compose(cookies["alice"], f"{WORDS * 3}first")], 303)
        local = await _settled(rows, "SELECT id FROM posts")
        create = remote.create(first, "first", now)
        create["object"]["inReplyTo"] = f"https://{DOMAIN}/posts/{local}"
        await _post(server, first, create, now)
        post = await _settled(rows, f"SELECT id FROM posts WHERE id <> {local}")
        await rows.close()
        await asyncio.sleep(1)
    except (TimeoutError, LoadError) as late:
        message = f"the first rows did not come: {late}\n{server.log()}"
        raise LoadError(message) from late
    finally:
        server.stop()
    return Known(users["alice"], users["reader"], follow, post, local, cookies, token)


def compose(cookie: str, text: str) -> bytes:
    """Return the request by which somebody posts."""
    return _form(cookie, "/compose", text=text, audience="public")


def _form(cookie: str, path: str, **fields: str) -> bytes:
    form = urlencode({**fields, "csrf": security.csrf_token(cookie)})
    kind = "application/x-www-form-urlencoded"
    headers = {"content-type": kind, "cookie": f"__Host-session={cookie}"}
    return request("POST", path, DOMAIN, headers, form.encode())


async def open_rows(server: Server, *, is_read_only: bool = False) -> Rows:
    """Connect to the database of a server."""
    if server.storage_url:
        return await PostgresRows.open(server.storage_url, is_read_only=is_read_only)
    path = server.folder / "data" / "kittiwake.sqlite3"
    return SqliteRows(path, is_read_only=is_read_only)


def copy_folder(source: Server, target: Server) -> None:
    """Give a server its own copy of the small real database (SQLite)."""
    shutil.copytree(source.folder / "data", target.folder / "data")


async def fill(
    rows: Rows, shape: Shape, known: Known, people: Sequence[Person]
) -> dict[str, float]:
    """Make the small real database into one of this shape; return bytes on disk per row.

    Only of what there are enough of to tell: `post`, `feed_row`, `follow`, `user`.
    """
    start = ids.first_at(utc_now()) - (shape.posts + 300) * POST_EVERY_MS * _ID_STEP
    actors = start - _ID_STEP * 10_000_000
    await _add_remote_actors(rows, actors, known, people)
    sizes = [await rows.size_bytes()]
    locals_ = await _add_local_users(rows, actors - _ID_STEP * 10_000_000, known, shape)
    sizes.append(await rows.size_bytes())
    await _add_follows(rows, actors, known, shape, locals_)
    sizes.append(await rows.size_bytes())
    await _add_posts(rows, start, actors, known, shape)
    sizes.append(await rows.size_bytes())
    await _add_feeds(rows, actors, known, shape, locals_)
    sizes.append(await rows.size_bytes())
    await rows.close()
    counts = {
        "user": shape.local_users,
        "follow": shape.local_users * (1 + shape.follows) + shape.followers,
        "post": shape.posts,
        "feed_row": min(shape.local_users, FEEDS_MAX) * FEED_ENTRIES,
    }
    return {
        name: (after - before) / count
        for (name, count), before, after in zip(counts.items(), sizes, sizes[1:], strict=False)
        if count >= ENOUGH_TO_TELL
    }


# ---------------------------------------------------------------- the small real one


async def _log_in(server: Server, name: str) -> str:
    visitor = security.new_visitor()
    csrf = security.csrf_token(visitor)
    form = urlencode({"name": name, "password": PASSWORD, "csrf": csrf})
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "cookie": f"__Host-visitor={visitor}",
    }
    answer = await server.client.ask(request("POST", "/log-in", DOMAIN, headers, form.encode()))
    # Lower case is for names of headers; the value is read as it came.
    cookie = answer.head.partition(b"__Host-session=")[2].partition(b";")[0].decode()
    if not cookie:
        message = f"nobody could log in: {answer.status} {answer.body[:300]!r}"
        raise LoadError(message)
    return cookie


async def _post(server: Server, person: Person, activity: object, at: datetime) -> None:
    sent = remote.signed_post(person, DOMAIN, "/inbox", activity, at)
    await server.client.send([sent], 202)


async def _settled(rows: Rows, sql: str) -> int:
    """Wait until a query finds something."""
    async with asyncio.timeout(SETTLE_TIMEOUT_S):
        while not (found := await rows.fetch(sql)):
            await asyncio.sleep(0.05)
    return int(found[0][0])


# ---------------------------------------------------------------- bulk


def _remote_id(actors: int, number: str) -> str:
    return f"({actors} + {number})"


async def _add_remote_actors(
    rows: Rows, actors: int, known: Known, people: Sequence[Person]
) -> None:
    """REMOTE_ACTORS people, spread over the hosts; the first of each host has its key."""
    hosts = len(people)
    values = ", ".join(
        f"({k}, '{people[k % hosts].host}', {k // hosts})" for k in range(REMOTE_ACTORS)
    )
    source = f"SELECT column1 AS k, column2 AS host, column3 AS n FROM (VALUES {values}) v"
    # The first one is there: it signed. It is in nobody's way under another number.
    source += " WHERE column1 > 0"
    old, new = people[0], "'https://' || s.host || '/users/' || s.n"
    changes = {
        column: f"replace(t.{column}, '{old.uri}', {new})"
        for column in (
            *("uri", "inbox_url", "url", "outbox_url"),
            *("followers_url", "following_url", "featured_url"),
        )
    }
    changes |= {"id": _remote_id(actors, "s.k"), "host": "s.host"}
    changes["username"] = "'user' || s.n"
    await copy(rows, "actors", f"id = {known.stranger}", changes, source)
    keys = ", ".join(f"({k}, '{people[k].uri}', '{people[k].pem}')" for k in range(1, hosts))
    key_source = f"SELECT column1 AS k, column2 AS uri, column3 AS pem FROM (VALUES {keys}) v"
    key = _remote_id(actors, "s.k")
    await copy(
        rows,
        "actor_keys",
        f"actor_id = {known.stranger}",
        {"id": key, "actor_id": key, "uri": "s.uri || '#main-key'", "public_pem": "s.pem"},
        key_source,
    )
    # From here on the first one has the number 0 like the others have theirs.
    zero = _remote_id(actors, "0")
    for table, column in _REFERENCES:
        await rows.run(f"UPDATE {table} SET {column} = {zero} WHERE {column} = {known.stranger}")


_REFERENCES = (
    ("actors", "id"),
    ("actor_keys", "actor_id"),
    ("posts", "actor_id"),
    ("follows", "follower_id"),
    ("feed_entries", "author_id"),
    ("notifications", "actor_id"),
)


async def _add_local_users(rows: Rows, base: int, known: Known, shape: Shape) -> str:
    """Return a query of the ids of everybody here but alice, in a column `id`."""
    more = shape.local_users - 2
    if more > 0:
        fresh = f"({base} + s.i)"
        old = f"/actors/{known.alice}"
        columns = ("uri", "inbox_url", "outbox_url", "followers_url", "following_url")
        changes = {
            name: f"replace(t.{name}, '{old}', '/actors/' || {fresh})"
            for name in (*columns, "featured_url")
        }
        changes |= {
            "id": fresh,
            "username": "'local' || s.i",
            "url": f"'https://{DOMAIN}/@local' || s.i",
        }
        await copy(rows, "actors", f"id = {known.alice}", changes, series(more))
        user = {"id": fresh, "actor_id": fresh, "email": "NULL"}
        await copy(rows, "users", f"actor_id = {known.alice}", user, series(more))
        key = {
            "id": fresh,
            "actor_id": fresh,
            "uri": f"replace(t.uri, '{old}', '/actors/' || {fresh})",
        }
        await copy(rows, "actor_keys", f"actor_id = {known.alice}", key, series(more))
    return (
        f"SELECT actor_id AS id, row_number() OVER (ORDER BY id) AS place FROM users"
        f" WHERE actor_id <> {known.alice}"
    )


async def _add_follows(rows: Rows, actors: int, known: Known, shape: Shape, locals_: str) -> None:
    """Everybody follows alice and people elsewhere; people elsewhere follow `reader`."""
    template = f"followed_id = {known.reader}"
    who = _remote_id(actors, "s.i")
    change = {"id": f"({actors} + 2000000 + s.i)", "follower_id": who}
    change["uri"] = "t.uri || '/' || s.i"
    await copy(
        rows,
        "follows",
        f"{template} AND follower_id = {actors}",
        change,
        f"SELECT i FROM ({series(shape.followers)}) x WHERE i > 0",
    )
    template = f"follower_id = {known.reader}"
    others = f"SELECT id, place FROM ({locals_}) x WHERE id <> {known.reader}"
    change = {
        "id": f"({actors} + 3000000 + s.place)",
        "follower_id": "s.id",
        "uri": "t.uri || '/alice/' || s.place",
    }
    await copy(rows, "follows", template, change, others)
    followed = f"({series(shape.follows)})"
    pairs = f"SELECT l.id, l.place, f.i FROM ({locals_}) l CROSS JOIN {followed} f"
    change = {
        "id": f"({actors} + 4000000 + s.place * 1000 + s.i)",
        "follower_id": "s.id",
        "followed_id": _remote_id(actors, "s.i"),
        "uri": "t.uri || '/' || s.place || '/' || s.i",
    }
    if shape.follows:
        await copy(rows, "follows", template, change, pairs)


async def _add_posts(rows: Rows, start: int, actors: int, known: Known, shape: Shape) -> None:
    """Posts of people elsewhere, and some of alice, in the order of their ids."""
    step = _ID_STEP * POST_EVERY_MS
    fresh = f"({start} + s.i * {step})"
    remote_uri = f"replace(t.uri, 'first', 'old-' || {fresh})"
    common = {
        "id": fresh,
        "created_at": f"({fresh} / {_ID_STEP} * 1000)",
        "content": "replace(t.content, 'first', 'number ' || s.i)",
    }
    await copy(
        rows,
        "posts",
        f"id = {known.remote_post}",
        common
        | {
            "uri": remote_uri,
            "url": remote_uri,
            "conversation": remote_uri,
            "actor_id": f"({actors} + (s.i * 7919) % {REMOTE_ACTORS})",
            "in_reply_to_uri": "NULL",
            "in_reply_to_id": "NULL",
            "in_reply_to_actor_id": "NULL",
            "mentions": "'[]'",
        },
        f"SELECT i FROM ({series(shape.posts)}) x WHERE i % {LOCAL_SHARE} > 0",
    )
    local = {
        name: f"replace(t.{name}, '{known.local_post}', CAST({fresh} AS text))"
        for name in ("uri", "url", "conversation")
    }
    source = f"SELECT i FROM ({series(shape.posts)}) x WHERE i % {LOCAL_SHARE} = 0"
    await copy(rows, "posts", f"id = {known.local_post}", common | local, source)


async def _add_feeds(rows: Rows, actors: int, known: Known, shape: Shape, locals_: str) -> None:
    """The newest posts of whom everybody follows, in everybody's feed."""
    above = actors + shape.follows
    authors = f"actor_id = {known.alice} OR (actor_id >= {actors} AND actor_id < {above})"
    newest = (
        f"SELECT id, actor_id FROM posts WHERE id NOT IN ({known.local_post}, {known.remote_post})"
        f" AND ({authors}) ORDER BY id DESC LIMIT {FEED_ENTRIES}"
    )
    pairs = (
        "SELECT l.id AS owner, l.place, p.id, p.actor_id"
        f" FROM ({newest}) p CROSS JOIN ({locals_}) l WHERE l.place <= {FEEDS_MAX}"
    )
    change = {
        "id": "(s.id + s.place)",
        "owner_id": "s.owner",
        "post_id": "s.id",
        "author_id": "s.actor_id",
    }
    await copy(rows, "feed_entries", f"post_id = {known.local_post}", change, pairs)
