"""Two web and two worker processes of one server, on PostgreSQL and Redis, behind one address.

Issue 3, section 6; FA-39, FA-29: one web and one worker process are killed under load, then Redis
goes away, comes back empty and is flushed. Nothing that was accepted is lost or done twice, an
event that one process publishes reaches the others, and apps hear it over their streams.
"""

import asyncio
import contextlib
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import redis as redis_client

from storage.events import JOBS_DUE, MISSED, Event, subscribed
from storage.redis_events import RedisEvents
from storage.redis_link import RedisLink
from tests import services
from tests.processes.answering import late
from tests.processes.gate import Gate
from tests.processes.loop_thread import LoopThread
from tests.processes.peer import Peer
from tests.processes.people import Person, articles, eventually
from tests.processes.servers import Server
from tests.services import OwnRedis, own_redis
from tests.storage.databases import new_database

LEASE_S = 30.0
POLL_S = 60.0  # to notice it, on a machine that has other things to do too
PEER_ANSWERS_AFTER_S = 0.1
PHASE = 8  # so many posts, and as many notes
PAUSE_S = 0.15
PASSWORD = "a fine long password"
# Bounds of what would never end; heard they are at once, and cut after two seconds.
STREAMS_S = 240.0
CUT_WITHIN_S = 60.0
AGAIN_AFTER_S = 5.0


class Balancer(Gate):
    """A proxy before several web processes: each connection goes to the next one that is there."""

    def __init__(self, address: str) -> None:
        super().__init__(address, ("", 0))
        self.targets: list[tuple[str, int]] = []
        self._turn = itertools.count()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turn)
        for number in range(len(self.targets)):
            target = self.targets[(first + number) % len(self.targets)]
            with contextlib.suppress(OSError):
                _, probe = await asyncio.open_connection(*target)
                probe.close()
                self.target = target
                break
        await super()._connected(reader, writer)


@dataclass
class Town:
    """The processes of one server, and what stands around them."""

    balancer: Balancer
    webs: list[Server]
    workers: list[Server]
    redis: OwnRedis
    peer: Peer

    @property
    def url(self) -> str:
        return f"http://{self.balancer.domain}"


@dataclass
class Ledger:
    """What was accepted; who was not answered may or may not have been heard."""

    posts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unanswered: int = 0
    refused: list[int] = field(default_factory=list)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    url = new_database("postgres", tmp_path)
    redis = own_redis()
    with Balancer("127.0.20.1") as balancer, Peer("127.0.20.9") as peer:
        shared = {"KITTIWAKE_DOMAIN": balancer.domain, "KITTIWAKE_CACHE__URL": redis.url}
        webs, workers = (
            [
                Server(f"{kind}{number}", f"127.0.20.{number + 2}", tmp_path / kind, url, shared)
                for number in range(2)
            ]
            for kind in ("web", "worker")
        )
        try:
            for worker in workers:
                worker.process = worker.spawn("worker")
            with ThreadPoolExecutor(len(webs)) as threads:
                list(threads.map(lambda web: web.start("--web"), webs))
            balancer.targets = [(web.address, web.port) for web in webs]
            yield Town(balancer, webs, workers, redis, peer)
        finally:
            codes = [_ended(server) for server in (*webs, *workers)]
            services.drop_database(url)
    # One of each was killed; the others stopped in an orderly way.
    assert sorted(codes) == [-9, -9, 0, 0]


def _ended(server: Server) -> int:
    return server.stop() if server.process is not None else 0


@contextlib.contextmanager
def _load(town: Town, ledger: Ledger, author: Person) -> Iterator[None]:
    """Let a person post and the peer send notes until the block ends."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_repeat, args=(stop, act))
        for act in (lambda n: _post(ledger, author, n), lambda n: _send(town, ledger, n))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()  # each request has its bound


def _repeat(stop: threading.Event, act: Callable[[int], None]) -> None:
    for number in itertools.count():
        if stop.is_set():
            return
        act(number)
        time.sleep(PAUSE_S)


def _post(ledger: Ledger, author: Person, number: int) -> None:
    text = f"post {number:04}."
    try:
        answer = author.post(text)
    except httpx.TransportError:
        ledger.unanswered += 1
        return
    if answer.status_code == 303:
        ledger.posts.append(text)
    else:
        ledger.refused.append(answer.status_code)


def _send(town: Town, ledger: Ledger, number: int) -> None:
    text = f"note {number:04}."
    try:
        status = town.peer.send(f"{town.url}/inbox", town.peer.note(text))
    except httpx.TransportError:
        ledger.unanswered += 1
        return
    if status == 202:
        ledger.notes.append(text)
    else:
        ledger.refused.append(status)


def _befriend(town: Town, author: Person, reader: Person) -> None:
    """The peer follows the author, and the reader follows the peer."""
    actor = author.http.get(f"/@{author.username}", headers={"Accept": "application/activity+json"})
    uri = actor.json()["id"]
    follow = town.peer.activity("Follow", object=uri)
    assert town.peer.send(f"{town.url}/inbox", follow) == 202
    reader.follow(town.peer.handle)
    asked = eventually(lambda: _of_kind(town.peer, "Follow"))
    assert town.peer.send(f"{town.url}/inbox", town.peer.activity("Accept", object=asked[0])) == 202
    eventually(lambda: _of_kind(town.peer, "Accept"))
    eventually(lambda: "Unfollow" in reader.read(f"/{town.peer.handle}"))


def _of_kind(peer: Peer, kind: str) -> list[dict[str, Any]]:
    return [activity for activity in list(peer.inbox) if activity["type"] == kind]


def _arrived(peer: Peer) -> dict[str, set[str]]:
    """The ids under which each post arrived at the peer, by its text."""
    found: dict[str, set[str]] = {}
    for activity in _of_kind(peer, "Create"):
        for text in re.findall(r"post \d{4}\.", activity["object"]["content"]):
            found.setdefault(text, set()).add(activity["object"]["id"])
    return found


def _shown(person: Person, path: str, word: str) -> Counter[str]:
    """How often each text is shown on all pages of a feed."""
    texts: Counter[str] = Counter()
    here = path
    while here:
        page = person.read(here)
        for article in articles(page):
            texts.update(set(re.findall(rf"{word} \d{{4}}\.", article)))
        before, mark, _ = page.partition('" rel="next"')
        here = before.rpartition('href="')[2].replace("&amp;", "&") if mark else ""
    return texts


def test_nothing_is_lost_or_doubled_when_processes_are_killed_and_redis_goes(town: Town) -> None:
    ledger = Ledger()
    with (
        contextlib.closing(Person(town.url)) as author,
        contextlib.closing(Person(town.url)) as reader,
    ):
        author.sign_up("author", PASSWORD)
        reader.sign_up("reader")
        _befriend(town, author, reader)
        _check_events(town, author)
        asyncio.run(asyncio.wait_for(_check_streams(town, author), STREAMS_S))
        town.peer.answers(late(PEER_ANSWERS_AFTER_S))  # so that who is killed is in the middle
        with _load(town, ledger, author):
            _go_on(ledger)
            town.webs[0].kill()
            town.workers[0].kill()
            killed_at = time.monotonic()
            _go_on(ledger)
            town.redis.kill()
            _go_on(ledger)
            town.redis.start()
            _go_on(ledger)
            with redis_client.Redis.from_url(town.redis.url) as client:
                client.flushall()
            _go_on(ledger)
        eventually(lambda: set(ledger.posts) <= set(_arrived(town.peer)))
        eventually(lambda: set(ledger.notes) <= set(_shown(reader, "/home", "note")))
        _check(town, ledger, author, reader)
        assert _resumed_s(town.peer, killed_at) < LEASE_S + POLL_S


def _go_on(ledger: Ledger) -> None:
    """Wait until more posts and notes have been accepted: the server is at work."""
    posts, notes = len(ledger.posts) + PHASE, len(ledger.notes) + PHASE
    eventually(lambda: len(ledger.posts) >= posts and len(ledger.notes) >= notes)


def _resumed_s(peer: Peer, killed_at: float) -> float:
    """How long after the kill the first attempt came to deliver what the dead worker may have held.

    The posts of one author to one host go in order: none comes before the one that it held.
    """
    after = [a.at for a in peer.attempts if a.activity["type"] == "Create" and a.at > killed_at]
    return min(after) - killed_at


def _check(town: Town, ledger: Ledger, author: Person, reader: Person) -> None:
    """Each accepted post and note is there once, at the peer and here; nothing was refused."""
    assert ledger.refused == []
    # One connection each was cut by the kill; their texts may be there or not.
    assert ledger.unanswered <= 4
    arrived = _arrived(town.peer)
    assert [text for text in ledger.posts if len(arrived[text]) != 1] == []
    for person, path, word, accepted in (
        (author, "/home", "post", ledger.posts),
        (reader, "/home", "note", ledger.notes),
    ):
        shown = _shown(person, path, word)
        assert [text for text in accepted if shown[text] != 1] == []
        assert len(shown) <= len(accepted) + ledger.unanswered


def _check_events(town: Town, author: Person) -> None:
    """What one web process publishes is heard by every other process, this one included."""
    channel = f"kittiwake:{town.balancer.domain}:events"
    with redis_client.Redis.from_url(town.redis.url) as client:

        def listeners() -> int:
            return sum(number for _, number in client.pubsub_numsub(channel))

        # Both workers listen for jobs, and now this process does.
        eventually(lambda: listeners() == 2)
        with LoopThread() as loop:
            assert loop.run(_heard(town.redis.url, channel, author)) == Event(JOBS_DUE)


async def _heard(redis_url: str, channel: str, author: Person) -> Event:
    """Post until an event of a web process comes; the first may be over before we listen."""
    link = RedisLink(redis_url)
    events = RedisEvents(link, channel)
    try:
        with subscribed(events, JOBS_DUE) as subscription:
            for number in itertools.count():
                await asyncio.to_thread(author.post, f"hint {number}")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        while (event := await subscription.next()) is MISSED:
                            pass  # a Redis that was slow to answer
                        return event
        raise AssertionError
    finally:
        await events.close()
        await link.close()


async def _check_streams(town: Town, author: Person) -> None:
    """B118, AU-20: an app at either process hears a post, and its token ends at both.

    What the author does is done by one of the processes, whichever it is: the other hears of it.
    """
    token = await asyncio.to_thread(_token, author)
    query = {"access_token": token}
    at = [f"//{web.address}:{web.port}/api/v1/streaming" for web in town.webs]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws:{at[0]}", params={**query, "stream": "user"}) as socket,
        session.get(f"http:{at[1]}/user", params=query) as events,
    ):
        assert await events.content.readline() == b":)\n"
        assert "Heard in both" in await _heard_in_both(author, socket, events)
        ends = asyncio.gather(_end(socket), events.content.read())
        await asyncio.to_thread(author.submit, "/settings/sign-in", "sign-in/app")
        assert (await asyncio.wait_for(ends, CUT_WITHIN_S))[0] is aiohttp.WSMsgType.CLOSE


async def _end(socket: aiohttp.ClientWebSocketResponse) -> aiohttp.WSMsgType:
    """Hear a socket out; answers what it ended with."""
    while (said := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
        pass  # of the same posts
    return said.type


async def _heard_in_both(
    author: Person, socket: aiohttp.ClientWebSocketResponse, events: aiohttp.ClientResponse
) -> str:
    """Post until both have heard the same; an event is a hint, and may be over before we listen."""
    by_socket, by_events, is_heard = set[str](), set[str](), asyncio.Event()

    def heard(payload: str, by: set[str]) -> None:
        by.add(payload)
        if by_socket & by_events:
            is_heard.set()

    async def hear_socket() -> None:
        while True:
            heard((await socket.receive_json())["payload"], by_socket)

    async def hear_events() -> None:
        async for line in events.content:
            if line.startswith(b"data: "):
                heard(line.removeprefix(b"data: ").decode().strip(), by_events)

    async with asyncio.TaskGroup() as group:
        ears = [group.create_task(hear()) for hear in (hear_socket, hear_events)]
        for number in itertools.count():
            await asyncio.to_thread(author.post, f"Heard in both processes {number}")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_AFTER_S):
                    await is_heard.wait()
                break
        for ear in ears:
            ear.cancel()
    return (by_socket & by_events).pop()


def _token(author: Person) -> str:
    """A token for a program of one's own, as the page shows it once."""
    said = {"label": "Ears", "may_read": "on", "password": PASSWORD}
    page = author.submit("/settings/sign-in", "sign-in/token", **said).text
    found = re.search(r"<pre>(\S+)</pre>", page)
    assert found
    return found[1]
