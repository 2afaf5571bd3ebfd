"""The operations: what is sent, and how it shows that all that follows from it is done."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeAlias

from instance.building import utc_now
from tools.bench import machine, remote
from tools.bench.client import CONNECTIONS, LoadError, request
from tools.bench.prepare import Known, Shape, compose
from tools.bench.remote import WORDS
from tools.bench.rows import Rows
from tools.bench.servers import DOMAIN, OtherHosts, Server

DONE_TIMEOUT_S = 60.0
QUIET_S = 0.4
QUIET_CPU_S = 0.011
"""One tick of the clock that counts CPU time: what a server does that has nothing to do."""
QUIET_TIMEOUT_S = 20.0
SLOW_S = 0.1
_KIB = 1024
_OK, _SEE_OTHER, _ACCEPTED = 200, 303, 202


@dataclass
class World:
    """A running server with its database, and what the bench knows of it."""

    shape: Shape
    server: Server
    rows: Rows
    known: Known
    hosts: OtherHosts
    database_pid: int = 0
    """The process of PostgreSQL that all its others descend from; 0 with SQLite."""
    serial: "count[int]" = field(default_factory=count)


@dataclass(frozen=True, slots=True)
class Sample:
    """What one round of an operation cost, per operation."""

    cpu_ms: float
    database_ms: float
    written_kib: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Operation:
    """`times` a round; `is_quick` ones leave nothing to do when they are answered."""

    id: str
    times: int
    prepare: "Prepare"
    is_quick: bool = True


@dataclass(frozen=True, slots=True)
class Work:
    """Requests made before, what they are answered with, and a look whether all is done."""

    requests: Sequence[bytes]
    wanted: int
    connections: int = CONNECTIONS
    is_done: Callable[[], Awaitable[bool]] | None = None


Prepare: TypeAlias = Callable[[World, int], Awaitable[Work]]


async def measure(world: World, operation: Operation, times: int) -> Sample:
    """Run an operation so often and return what each cost, until the server is quiet again."""
    work = await operation.prepare(world, times)
    if not operation.is_quick:
        await world.rows.checkpoint()
    before, database_before = world.server.usage(), _database_s(world)
    logged = await world.rows.logged_bytes()
    begun = asyncio.get_running_loop().time()
    await world.server.client.send(work.requests, work.wanted, connections=work.connections)
    if work.is_done is not None:
        await _until(work.is_done, world, operation)
    seconds = asyncio.get_running_loop().time() - begun
    if not operation.is_quick:
        await quiet(world)
    after = world.server.usage()
    written = after.written_bytes - before.written_bytes
    written += await world.rows.logged_bytes() - logged
    if not operation.is_quick:
        written += await world.rows.checkpoint()
    return Sample(
        (after.cpu_s - before.cpu_s) * 1000 / times,
        (_database_s(world) - database_before) * 1000 / times,
        written / _KIB / times,
        seconds,
    )


async def all_at_once(world: World, operations: Sequence[Operation], share: int) -> int:
    """Do a share of all operations side by side; return how many that were."""
    times = [max(operation.times // share, 1) for operation in operations]
    works = [
        await operation.prepare(world, count)
        for operation, count in zip(operations, times, strict=True)
    ]
    client = world.server.client
    await asyncio.gather(
        *(client.send(work.requests, work.wanted, connections=work.connections) for work in works)
    )
    for operation, work in zip(operations, works, strict=True):
        if work.is_done is not None:
            await _until(work.is_done, world, operation)
    return sum(times)


async def _until(
    is_done: Callable[[], Awaitable[bool]], world: World, operation: Operation
) -> None:
    try:
        async with asyncio.timeout(DONE_TIMEOUT_S):
            while not await is_done():
                await asyncio.sleep(0.02)
    except TimeoutError as late:
        message = f"{operation.id}: not done after {DONE_TIMEOUT_S:.0f} s\n{world.server.log()}"
        raise LoadError(message) from late


async def quiet(world: World) -> None:
    """Wait until the server has used next to nothing for a moment, at most 20 s."""
    for _ in range(int(QUIET_TIMEOUT_S / QUIET_S)):
        before = machine.cpu_s(world.server.pid)
        await asyncio.sleep(QUIET_S)
        if machine.cpu_s(world.server.pid) - before <= QUIET_CPU_S:
            return


def _database_s(world: World) -> float:
    return machine.cpu_s(world.database_pid) if world.database_pid else 0.0


# ---------------------------------------------------------------- reading


def _plain(target: str) -> Prepare:
    async def prepare(_: World, times: int) -> Work:
        return Work([request("GET", target, DOMAIN)] * times, _OK)

    return prepare


def _signed(target: Callable[[Known], str]) -> Prepare:
    async def prepare(world: World, times: int) -> Work:
        path, now = target(world.known), utc_now()
        signed = [remote.signed_get(person, DOMAIN, path, now) for person in world.hosts.people]
        return Work([signed[number % len(signed)] for number in range(times)], _OK)

    return prepare


async def _home(world: World, times: int) -> Work:
    cookie = f"__Host-session={world.known.cookies['reader']}"
    asked = request("GET", "/home", DOMAIN, {"accept": "text/html", "cookie": cookie})
    return Work([asked] * times, _OK)


async def _public(_: World, times: int) -> Work:
    asked = request("GET", "/explore/everywhere", DOMAIN, {"accept": "text/html"})
    return Work([asked] * times, _OK)


async def _home_of_apps(world: World, times: int) -> Work:
    bearer = {"authorization": f"Bearer {world.known.token}"}
    asked = request("GET", "/api/v1/timelines/home", DOMAIN, bearer)
    return Work([asked] * times, _OK)


async def sizes_on_the_wire(world: World) -> dict[str, float]:
    """Return the bytes of a home page and of an activity, with their headers."""
    asked, sent = (await _home(world, 1)).requests[0], (await _inbox(world, 1)).requests[0]
    page = await world.server.client.ask(asked)
    return {"page": len(page.head) + len(page.body), "activity": len(sent)}


# ---------------------------------------------------------------- writing


async def _post(world: World, times: int) -> Work:
    """Posts of alice, one after the other, until they are in the feed of `reader`."""
    cookie = world.known.cookies["alice"]
    sent = [compose(cookie, f"{WORDS * 3}{next(world.serial)}") for _ in range(times)]
    return Work(sent, _SEE_OTHER, 1, await _in_feed(world, times))


async def _inbox(world: World, times: int) -> Work:
    """Creates of people on all hosts, until they are in the feed of `reader`."""
    now, people = utc_now(), world.hosts.people
    sent = []
    for number in range(times):
        person = people[number % len(people)]
        create = remote.create(person, f"new-{next(world.serial)}", now)
        sent.append(remote.signed_post(person, DOMAIN, "/inbox", create, now))
    return Work(sent, _ACCEPTED, is_done=await _in_feed(world, times))


async def _in_feed(world: World, times: int) -> Callable[[], Awaitable[bool]]:
    """Whether so many entries came into the feed of `reader` since now."""
    return await _entries(world, f"owner_id = {world.known.reader}", times)


async def _entries(world: World, which: str, times: int) -> Callable[[], Awaitable[bool]]:
    newest = f"SELECT coalesce(max(id), 0) FROM feed_entries WHERE {which}"
    mark = (await world.rows.fetch(newest))[0][0]
    newer = f"SELECT count(*) FROM feed_entries WHERE {which} AND id > {mark}"

    async def is_done() -> bool:
        return int((await world.rows.fetch(newer))[0][0]) >= times

    return is_done


async def _deliver(delay_s: float, world: World, times: int) -> Work:
    """One post of `reader`, until it is in all inboxes of the followers elsewhere."""
    world.hosts.tell(f"delay {delay_s}")
    world.hosts.tell("forget")
    sent = [compose(world.known.cookies["reader"], f"{WORDS * 3}{next(world.serial)}")]

    async def is_done() -> bool:
        return bool(world.hosts.tell("report")["posts"] >= times)

    return Work(sent, _SEE_OTHER, is_done=is_done)


async def _fan_out(world: World, times: int) -> Work:
    """Posts of alice, until they are in the feeds of all the local people, who all follow her."""
    cookie = world.known.cookies["alice"]
    sent = [compose(cookie, f"{WORDS * 3}{next(world.serial)}") for _ in range(times)]
    rows = times * (world.shape.local_users - 1)
    done = await _entries(world, f"author_id = {world.known.alice}", rows)
    return Work(sent, _SEE_OTHER, 1, done)


READING = (
    Operation("webfinger", 1000, _plain(f"/.well-known/webfinger?resource=acct:alice@{DOMAIN}")),
    Operation("nodeinfo", 1000, _plain("/nodeinfo/2.1")),
    Operation("actor", 600, _signed(lambda known: f"/actors/{known.alice}")),
    Operation("object", 600, _signed(lambda known: f"/posts/{known.local_post}")),
    Operation("public", 150, _public),
)
# Not in the long load: an app may call so often in five minutes and no oftener (A94).
READING_BY_APPS = (
    Operation("home_api", 150, _home_of_apps),
    Operation("public_api", 150, _plain("/api/v1/timelines/public")),
)
GROWING = (
    Operation("home", 150, _home),
    Operation("post", 100, _post, is_quick=False),
    Operation("inbox", 200, _inbox, is_quick=False),
)
DELIVERING = (
    Operation("delivery", 1000, partial(_deliver, 0.0), is_quick=False),
    Operation("slow_hosts", 1000, partial(_deliver, SLOW_S), is_quick=False),
)
FANNING_OUT = Operation("fan_out", 5, _fan_out, is_quick=False)
