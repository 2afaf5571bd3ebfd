"""Faults of what comes in: bursts, the same thing three times, things in the wrong order."""

import asyncio
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from tests.faults.marks import at, new_mark, patiently
from tests.faults.stage import EVERY_ADDRESS, Stage
from tests.faults.table import BOTH, Seen, fault
from tests.processes.peer import Peer, signed_headers
from tests.processes.servers import Server

ACCEPTED, TOO_MANY = 202, 429
CONNECTIONS = 4
CONNECTIONS_IN_A_BURST = 50
WORKED_OFF_WITHIN_S = 120.0

_JOBS = "SELECT COUNT(*) FROM jobs WHERE kind = 'process_activity' AND state <> 'dead'"


def _wait_until_worked_off(stage: Stage, server: Server, within_s: float) -> float:
    begun = time.monotonic()
    patiently(lambda: stage.rows(server, _JOBS) == [(0,)], within_s=within_s, every_s=0.3)
    return time.monotonic() - begun


@fault("FA-36", promised="each three times in random order over 4 connections: as if once")
def everything_comes_three_times(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author, reader = stage.person(server, "author"), stage.person(server, "reader")
    peer = stage.peer()
    stage.befriend(server, reader, peer)
    posts = _uris_of_posts(stage, server, author.post, stage.size(3, 10))
    fans = [peer.actor_called(f"fan{number}") for number in range(stage.size(4, 20))]
    notes = [new_mark() for _ in range(stage.size(30, 600))]
    activities = [peer.note(mark) for mark in notes]
    for kind in ("Like", "Announce"):
        for fan in fans:
            activities += [peer.activity(kind, actor=fan, object=uri, to=[fan]) for uri in posts]
            for uri in posts:
                seen.ledger.accept(f"{kind} by {fan} of {uri}")
    for mark in notes:
        seen.ledger.accept(at(mark, "home"))

    statuses = _send_all(f"{server.url}/inbox", activities * 3)
    seen.check(f"{len(activities)} activities: {dict(statuses)}", set(statuses) == {ACCEPTED})
    seen.note(f"worked off in {_wait_until_worked_off(stage, server, WORKED_OFF_WITHIN_S):.0f} s")
    for mark, post_id in stage.marks(server):
        seen.ledger.see(at(mark, "home"), post_id)
    kinds = {"like": "Like", "boost": "Announce"}
    for row_id, kind, actor, post in stage.rows(
        server,
        "SELECT i.id, i.kind, a.uri, p.uri FROM interactions i "
        "JOIN actors a ON a.id = i.actor_id JOIN posts p ON p.id = i.post_id",
    ):
        seen.ledger.see(f"{kinds.get(kind, kind)} by {actor} of {post}", str(row_id))
    (told,) = stage.rows(server, "SELECT COUNT(*) FROM notifications WHERE kind <> 'follow'")
    wanted = 2 * len(fans) * len(posts)
    seen.check(f"{told[0]} notifications of {wanted}", told[0] == wanted)


def _uris_of_posts(
    stage: Stage, server: Server, post: Callable[[str], httpx.Response], number: int
) -> list[str]:
    for _ in range(number):
        assert post("Something to like").status_code < 400
    return [uri for (uri,) in stage.rows(server, "SELECT uri FROM posts WHERE is_local")]


def _send_all(inbox: str, activities: list[dict[str, Any]]) -> Counter[int]:
    """Send activities in random order over a few connections."""
    random.shuffle(activities)
    statuses: Counter[int] = Counter()

    def send(part: Sequence[dict[str, Any]]) -> None:
        with httpx.Client(timeout=30) as client:
            for activity in part:
                body = json.dumps(activity).encode()
                headers = signed_headers(activity["actor"], inbox, body)
                statuses[client.post(inbox, content=body, headers=headers).status_code] += 1

    threads = [
        threading.Thread(target=send, args=(activities[number::CONNECTIONS],))
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


# ---------------------------------------------------------------- the wrong order


@fault("FA-37", promised="Delete, Update, Create and Undo, Like: as if in order", quick=BOTH)
def everything_comes_in_the_wrong_order(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author, reader = stage.person(server, "author"), stage.person(server, "reader")
    peer = stage.peer()
    stage.befriend(server, reader, peer)
    (post,) = _uris_of_posts(stage, server, author.post, 1)
    author_uri = stage.actor_uri(author)
    orders = {
        "create update delete": ("delete update create", "update delete create", "delete create"),
        "like undo": ("undo like",),
        "boost unboost": ("unboost boost",),
    }
    for right, wrongs in orders.items():
        ended = _play(stage, server, Story(peer, post, author_uri), right)
        for wrong in wrongs:
            after = _play(stage, server, Story(peer, post, author_uri), wrong)
            seen.check(f"{wrong}: {after}" + (f", not {ended}" * (after != ended)), after == ended)


@dataclass
class Story:
    """What one remote person does: a note with its changes, a like, a boost, a follow."""

    peer: Peer
    post: str
    author: str

    def __post_init__(self) -> None:
        name = new_mark().replace("-", "")
        self.person = self.peer.actor_called(name)
        create = self.peer.note("first words", actor=self.person)
        create["object"]["to"] = create["to"] = [self.author, *create["to"]]
        create["object"]["tag"] = [{"type": "Mention", "href": self.author}]
        changed = {**create["object"], "content": "<p>second words</p>"}
        changed["updated"] = "2026-11-22T13:00:00Z"
        self.note: str = create["object"]["id"]
        like, boost = (self._act(kind, self.post) for kind in ("Like", "Announce"))
        self.acts = {
            "create": create,
            "update": self._act("Update", changed),
            "delete": self._act("Delete", {"id": self.note, "type": "Tombstone"}),
            "like": like,
            "undo": self._act("Undo", like),
            "boost": boost,
            "unboost": self._act("Undo", boost),
        }
        self.peer.documents[self.note] = {"@context": create["@context"], **changed}

    def _act(self, kind: str, what: object) -> dict[str, Any]:
        return self.peer.activity(kind, actor=self.person, object=what, to=[self.author])


def _play(stage: Stage, server: Server, story: Story, order: str) -> str:
    """Send the acts of a story in an order; return what the server believes afterwards."""
    words = order.split()
    if "delete" in words:
        del story.peer.documents[story.note]  # who asks for it is told that it is gone
    hello = story.peer.activity("Like", actor=story.person, object=story.note)
    assert story.peer.send(f"{server.url}/inbox", hello) == ACCEPTED  # they are known
    for word in words:
        assert story.peer.send(f"{server.url}/inbox", story.acts[word]) == ACCEPTED
    _wait_until_worked_off(stage, server, WORKED_OFF_WITHIN_S)
    texts = stage.rows(
        server,
        f"SELECT content FROM posts WHERE uri = '{story.note}' AND deleted_at IS NULL",  # noqa: S608 - our own
    )
    person = f"(SELECT id FROM actors WHERE uri = '{story.person}')"  # noqa: S608 - our own
    counts = [
        stage.rows(server, f"SELECT COUNT(*) FROM {what} = {person}")[0][0]  # noqa: S608 - our own
        for what in ("interactions WHERE actor_id", "follows WHERE follower_id")
    ]
    return f"{texts[0][0] if texts else 'no post'} {counts[0]} likes {counts[1]} follows"


# ---------------------------------------------------------------- bursts


@fault("FA-35", promised="5,000 in a second: each 202 or 429, none of the 202s lost", is_alone=True)
def a_burst(stage: Stage, seen: Seen) -> None:
    # Nobody is exempt from the limits, and each host comes from its own address.
    server = stage.server("alpha", LIMITS__EXEMPT_NETWORKS="")
    reader = stage.person(server, "reader")
    reader_uri = stage.actor_uri(reader)
    peer = stage.peer(EVERY_ADDRESS)
    number = stage.size(300, 5000)
    for word, hosts in (("one host", 1), ("500 hosts", stage.size(30, 500))):
        names = [f"127.{3 + hosts % 7}.{each // 250}.{each % 250 + 1}" for each in range(hosts)]
        burst = [_mention(peer, names[each % hosts], reader_uri) for each in range(number)]
        begun = time.monotonic()
        answers = asyncio.run(_send_burst(server, burst))
        sent_s = time.monotonic() - begun
        statuses = Counter(answers.values())
        for mark, status in answers.items():
            if status == ACCEPTED:
                seen.ledger.accept(at(mark, "home"))
        worked_s = _wait_until_worked_off(stage, server, WORKED_OFF_WITHIN_S)
        others = set(statuses) - {ACCEPTED, TOO_MANY}
        seen.check(f"{word}: {dict(statuses)} in {sent_s:.1f} s", not others)
        seen.note(f"worked off {worked_s:.0f} s later")
    for mark, post_id in stage.marks(server):
        seen.ledger.see(at(mark, "home"), post_id)


@dataclass(frozen=True)
class _Shot:
    """One request, ready to be sent from the address of its host."""

    mark: str
    address: str
    actor: str
    body: bytes


def _mention(peer: Peer, address: str, reader_uri: str) -> _Shot:
    mark = new_mark()
    actor = f"http://{address}:{peer.port}/actors/remo"
    tag = [{"type": "Mention", "href": reader_uri}]
    create = peer.note(mark, actor=actor, to=[reader_uri], cc=[], tag=tag)
    return _Shot(mark, address, actor, json.dumps(create).encode())


_Line: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _send_burst(server: Server, shots: Sequence[_Shot]) -> dict[str, int]:
    """Send everything as fast as it goes; returns the status of each mark, 0 for a cut line."""
    inbox = f"{server.url}/inbox"
    ready = [(shot, signed_headers(shot.actor, inbox, shot.body)) for shot in shots]
    answers: dict[str, int] = {}

    async def send(part: Sequence[tuple[_Shot, dict[str, str]]]) -> None:
        lines: dict[str, _Line] = {}
        for shot, headers in part:
            status = 0
            # A line that was kept may have ended meanwhile: then once more over a new one.
            for _ in range(2 if shot.address in lines else 1):
                if shot.address not in lines:
                    lines[shot.address] = await asyncio.open_connection(
                        server.address, server.port, local_addr=(shot.address, 0)
                    )
                status = await _shoot(*lines[shot.address], shot, headers)
                if status:
                    break
                del lines[shot.address]
            answers[shot.mark] = status
        for _, writer in lines.values():
            writer.close()

    parts = [ready[each::CONNECTIONS_IN_A_BURST] for each in range(CONNECTIONS_IN_A_BURST)]
    await asyncio.gather(*map(send, parts))
    return answers


async def _shoot(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    shot: _Shot,
    headers: dict[str, str],
) -> int:
    """Send one request; return the status, 0 if the line was cut."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    start = f"POST /inbox HTTP/1.1\r\n{head}Content-Length: {len(shot.body)}\r\n\r\n"
    try:
        writer.write(start.encode() + shot.body)
        return await _status(reader)
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.close()
        return 0


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0].strip()
    if length:
        await reader.readexactly(int(length))
    elif "transfer-encoding: chunked" in head:
        await reader.readuntil(b"0\r\n\r\n")
    return int(head.split(" ")[1])
