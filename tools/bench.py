"""`make bench`: what work costs, in CPU milliseconds per operation, inside one process.

Counted is the user and system time of this process with all its threads; what others would do
(signing what comes in, answering what goes out) is done before, or costs next to nothing. There are
no sockets: HTTP itself costs about 0.15 ms more with Hypercorn, TLS and a real connection 0.3 ms.
Figures are to be compared with others of the same machine, so nothing here fails a test.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path

import httpx2

from feeds import fanout
from instance.building import build, close, utc_now
from instance.resources import Instance
from instance.settings import LimitSettings, Settings
from tests.asgi import Answer, call
from tests.federation.peers import ACTIVITY, Forgery, signed
from tests.federation.world import S, World, make_world
from tests.instances import FakeClock, all_jobs, drain
from tests.internet import FakeInternet
from tests.usecases.social import befriend, make_person, make_remote, say
from users import login, setup
from webapp import security
from webapp.app import create_asgi

CREATES = 300
POSTS = 100
PAGES = 200
DOCUMENTS = 500
INBOXES = 500
HOSTS = 100
FOLLOWERS = 50


class RealClock(FakeClock):
    """The time of the machine, for those who expect a clock that can be moved."""

    def __call__(self) -> datetime:
        """Return the time."""
        return utc_now()


@dataclass
class Bench:
    """A server with people, and where the figures go."""

    world: World
    instance: Instance

    async def measure(self, name: str, times: int, work: Callable[[], Awaitable[object]]) -> None:
        """Run the work once; it does the operation `times` times."""
        begun, wall = time.process_time(), time.perf_counter()
        await work()
        cpu_ms = (time.process_time() - begun) * 1000 / times
        wall_ms = (time.perf_counter() - wall) * 1000 / times
        print(f"{name:<58} {cpu_ms:8.2f} ms CPU {wall_ms:8.2f} ms", flush=True)  # noqa: T201 - a report

    async def get(self, target: str, **headers: str) -> None:
        """Read a page or document; an error would be no figure."""
        sent = tuple((name.encode(), value.encode()) for name, value in headers.items())
        answer = await call(self.world.app, "GET", target.encode(), headers=sent)
        check(answer, HTTPStatus.OK)


def check(answer: Answer, wanted: HTTPStatus) -> None:
    """Stop at an error: how fast those are is not asked."""
    if answer.status != wanted:
        raise SystemExit(f"{answer.status} instead of {wanted}: {answer.body[:500]!r}")


async def inbox(bench: Bench) -> None:
    """Creates of one host: the answers 202, and until they are in the feeds."""
    world = bench.world
    person = world.honest

    def requests(number: int) -> list[tuple[dict[str, str], bytes]]:
        made = []
        for _ in range(number):
            body = json.dumps(
                person.create(person.note("Some words of usual length. " * 8))
            ).encode()
            made.append((signed(person, "POST", S, "/inbox", body, Forgery()), body))
        return made

    async def receive(sent: list[tuple[dict[str, str], bytes]]) -> None:
        for headers, body in sent:
            given = {"host": S, "content-type": ACTIVITY, **headers}
            answer = await world.call("POST", "/inbox", given, body)
            check(answer, HTTPStatus.ACCEPTED)

    async def one_by_one(sent: list[tuple[dict[str, str], bytes]]) -> None:
        for each in sent:
            await receive([each])
            await drain(bench.instance, JOBS)

    first, second = requests(CREATES), requests(CREATES)
    await bench.measure("inbox Create, answered 202", CREATES, lambda: receive(first))
    await bench.measure(
        "  and handled until it is in the feeds, all after the other",
        CREATES,
        lambda: drain(bench.instance, JOBS),
    )
    await bench.measure("inbox Create to visible, one by one", CREATES, lambda: one_by_one(second))


async def posting(bench: Bench) -> None:
    """Posts of somebody with local followers only."""
    world = bench.world

    async def write() -> None:
        for number in range(POSTS):
            await say(bench.instance, world.alice, f"Some words, number {number}. " * 4)
            await drain(bench.instance, JOBS)

    await bench.measure("post without remote followers, until in feeds", POSTS, write)


async def reading(bench: Bench) -> None:
    """Pages and documents."""
    token = await log_in(bench)
    name = security.session_cookie_name(bench.instance.settings)
    person = f"/actors/{bench.world.alice.id}"
    cookie = {"host": S, "accept": "text/html", "cookie": f"{name}={token}"}
    finger = f"/.well-known/webfinger?resource=acct:alice@{S}"

    async def repeat(target: str, times: int, headers: dict[str, str]) -> None:
        for _ in range(times):
            await bench.get(target, **headers)

    for title, target, times, headers in (
        ("home page, 20 posts", "/home", PAGES, cookie),
        ("WebFinger", finger, DOCUMENTS, {"host": S}),
        ("actor document", person, DOCUMENTS, {"host": S, "accept": ACTIVITY}),
    ):
        await repeat(target, 3, headers)
        await bench.measure(title, times, partial(repeat, target, times, headers))


async def log_in(bench: Bench) -> str:
    """Somebody who follows those who wrote, with a session."""
    password = "words for a bench"  # noqa: S105 - of a server that is gone in a minute
    _, carol = await setup.add_user(bench.instance, "carol", password)
    for followed in (bench.world.alice, await bench.world.actor(bench.world.honest)):
        await befriend(bench.instance, carol, followed)
        await fanout.backfill(bench.instance, carol.id, followed.id)
    _, _, token = await login.log_in(
        bench.instance, "carol", password, address="127.0.0.1", user_agent="bench"
    )
    return token


async def delivering(bench: Bench) -> None:
    """One post to many inboxes of a hundred hosts, which all answer at once."""
    for number in range(INBOXES):
        host = f"h{number % HOSTS}.test"
        inbox_url = f"https://{host}/users/{number}/inbox"
        follower = await make_remote(
            bench.instance, f"f{number}", host, shared_inbox_url=None, inbox_url=inbox_url
        )
        await befriend(bench.instance, follower, bench.world.bob)
        bench.world.internet.add(host, lambda _: httpx2.Response(202))
    await say(bench.instance, bench.world.bob, "to all of you")
    await bench.measure(
        f"delivery ({INBOXES} inboxes, {HOSTS} hosts)",
        INBOXES,
        lambda: drain(bench.instance, JOBS),
    )


async def run(folder: Path) -> None:
    """Open a server in an empty folder, fill it, measure, and close it."""
    internet = FakeInternet()
    limits = replace(LimitSettings(), exempt_networks=(ip_network("127.0.0.0/8"),))
    settings = Settings(domain=S, data_dir=folder, limits=limits)
    instance = await build(settings, now=utc_now, transport=internet)
    try:
        await instance.store.migrate()
        with instance.store.active():
            world = await make_world(instance, create_asgi(instance), internet, RealClock())
            for number in range(FOLLOWERS):
                person = await make_person(instance, f"local{number}")
                await befriend(instance, person, world.alice)
                await befriend(instance, person, await world.actor(world.honest))
            bench = Bench(world, instance)
            for part in (inbox, posting, reading, delivering):
                await part(bench)
    finally:
        await close(instance)


JOBS = all_jobs()

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as found:
        asyncio.run(run(Path(found)))
