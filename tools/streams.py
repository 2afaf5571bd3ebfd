"""`python -m tools.streams`: thousands of people listen to a server, and somebody posts.

Fills an empty SQLite database with people who all follow one, starts a server, opens a WebSocket
for each of them, posts, and stops the server. Prints what that costs the server: memory a
connection, CPU, and how long it took until everybody had heard it, and until it had stopped.
"""

import argparse
import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from actors import identity
from instance.building import build, close
from instance.resources import Instance
from instance.settings import Settings, child_environment
from storage.records import AccessToken, Actor, ActorUri, Follow, FollowState, User
from storage.relations import FOLLOWS
from storage.rows import ACTORS
from storage.users import TOKENS, USERS
from tools.bench import machine
from users import tokens

ROOT: Final = Path(__file__).parents[1]
OPENED_AT_ONCE: Final = 100
LONG_S: Final = 120.0
STOP_TIMEOUT_S: Final = 20.0
LOOKED_AT_EVERY_S: Final = 2.0
SPARE_FILES: Final = 1000
UPDATE: Final = b'"event":"update"'
SCOPES: Final = frozenset({"read", "write"})


# ---------------------------------------------------------------- people


async def fill(folder: Path, people: int) -> list[str]:
    """Make an author and people who follow them; returns their tokens, the author's first."""
    instance = await build(replace(Settings(), domain="localhost", data_dir=folder))
    await instance.store.migrate()
    with instance.store.active():
        author = await identity.create_local(instance, "author")
        readers = [_reader(instance, author, number) for number in range(people)]
        async with instance.store.transaction():
            await ACTORS.insert_many_if_new(readers)
            users = [
                User(instance.ids.new(), each.id, "", instance.now()) for each in [author, *readers]
            ]
            await USERS.insert_many_if_new(users)
            given = [tokens.new_token() for _ in users]
            await TOKENS.insert_many_if_new(
                _token(instance, user, token) for user, token in zip(users, given, strict=True)
            )
            await FOLLOWS.insert_many_if_new(_follow(instance, each, author) for each in readers)
    await close(instance)
    return given


def _reader(instance: Instance, author: Actor, number: int) -> Actor:
    row_id = instance.ids.new()
    uri = ActorUri(f"http://localhost/actors/{row_id}")
    return replace(author, id=row_id, uri=uri, username=f"reader{number}", inbox_url=f"{uri}/inbox")


def _token(instance: Instance, user: User, token: str) -> AccessToken:
    now = instance.now()  # used just now: nobody writes that it is used
    hashed = tokens.hash_of(token)
    row_id = instance.ids.new()
    return AccessToken(row_id, user.id, hashed, SCOPES, "bench", now, last_used_at=now)


def _follow(instance: Instance, reader: Actor, author: Actor) -> Follow:
    row_id = instance.ids.new()
    uri = f"{reader.uri}/follows/{row_id}"
    state = FollowState.ACCEPTED
    return Follow(row_id, reader.id, author.id, state, uri, instance.now())


# ---------------------------------------------------------------- listeners


class Listener(asyncio.Protocol):
    """A WebSocket without a library: thousands of them cost this side little."""

    def __init__(self, token: str, stream: str) -> None:
        self._token = token
        self._stream = stream
        self._seen = b""
        self.opened = asyncio.get_running_loop().create_future()
        self.heard = 0
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self.transport = transport
        query = urllib.parse.urlencode({"stream": self._stream, "access_token": self._token})
        request = (
            f"GET /api/v1/streaming?{query} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(request.encode())

    def data_received(self, data: bytes) -> None:
        """Count the posts."""
        self._seen = self._seen[-len(UPDATE) :] + data
        self.heard += self._seen.count(UPDATE)
        if not self.opened.done():
            is_open = data.startswith(b"HTTP/1.1 101")
            self.opened.set_result(None) if is_open else self.opened.set_exception(
                ConnectionError(data[:300].decode(errors="replace"))
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so where the handshake waits."""
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("closed"))


async def listen(port: int, given: list[str], stream: str) -> list[Listener]:
    """Open a stream for each token."""
    loop, found = asyncio.get_running_loop(), []
    for start in range(0, len(given), OPENED_AT_ONCE):
        part = [Listener(token, stream) for token in given[start : start + OPENED_AT_ONCE]]
        await asyncio.gather(
            *(loop.create_connection(lambda one=one: one, "127.0.0.1", port) for one in part)  # type: ignore[misc]  # a lambda with a default
        )
        await asyncio.gather(*(one.opened for one in part))
        found += part
    return found


# ---------------------------------------------------------------- the measurement


async def measure(
    server: subprocess.Popen[bytes], port: int, given: list[str], stream: str
) -> dict[str, Any]:
    """Open, post twice, stop the server while all of them listen, and say what each cost."""
    pid, author, readers = server.pid, given[0], given[1:]
    load_average = os.getloadavg()[0]
    before, began = machine.usage(pid), time.perf_counter()
    found = await listen(port, readers, stream)
    opening_s, opened = time.perf_counter() - began, machine.usage(pid)
    await asyncio.sleep(2 * LOOKED_AT_EVERY_S)
    idle = machine.cpu_s(pid)
    await asyncio.sleep(5 * LOOKED_AT_EVERY_S)
    share = (machine.cpu_s(pid) - idle) / (5 * LOOKED_AT_EVERY_S)
    posts = [await _heard(pid, port, author, found, number) for number in (1, 2)]
    afterwards = machine.usage(pid)
    return {
        "processor": machine.processor(),
        "load_average": round(load_average, 2),
        "stream": stream,
        "connections": len(found),
        "opening_s": round(opening_s, 2),
        "opening_cpu_ms": round((opened.cpu_s - before.cpu_s) * 1000 / len(found), 3),
        "each_kib": round((opened.memory_bytes - before.memory_bytes) / len(found) / 1024, 1),
        "idle_share": round(share, 4),
        "posts": posts,
        "memory_mib": {
            "before": round(before.memory_mib),
            "opened": round(opened.memory_mib),
            "afterwards": round(afterwards.memory_mib),
        },
        "stopping_s": await _stopped(server),
    }


async def _heard(
    pid: int, port: int, author: str, found: list[Listener], number: int
) -> dict[str, float]:
    """Post, and wait until everybody has heard as many posts as this one's number."""
    cpu, began = machine.cpu_s(pid), time.perf_counter()
    await asyncio.to_thread(_post, port, author, f"Hello, all of you, {number}")
    answered = time.perf_counter() - began
    async with asyncio.timeout(LONG_S):
        while sum(one.heard >= number for one in found) < len(found):  # noqa: ASYNC110 - a look now and then costs less than a word from each
            await asyncio.sleep(0.02)
    took, used = time.perf_counter() - began, machine.cpu_s(pid) - cpu
    return {
        "answered_ms": round(answered * 1000, 1),
        "heard_s": round(took, 2),
        "cpu_us_each": round(used * 1e6 / len(found), 1),
    }


async def _stopped(server: subprocess.Popen[bytes]) -> float | None:
    """How long an orderly stop took; None when it was not over in time."""
    began = time.perf_counter()
    server.terminate()
    try:
        await asyncio.to_thread(server.wait, STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return None
    return round(time.perf_counter() - began, 2)


def lines(results: dict[str, Any]) -> Iterator[str]:
    """Write what was measured as text."""
    memory, number = results["memory_mib"], results["connections"]
    yield (
        f"{number} WebSockets on `{results['stream']}` opened in {results['opening_s']:.1f} s, "
        f"{results['opening_cpu_ms']:.2f} ms CPU each; memory {memory['before']} -> "
        f"{memory['opened']} MiB, {results['each_kib']:.1f} KiB each"
    )
    yield f"idle: {results['idle_share'] * 100:.1f} % of a core"
    for place, post in enumerate(results["posts"], start=1):
        yield (
            f"post {place}: answered in {post['answered_ms']:.0f} ms, heard by all {number} in "
            f"{post['heard_s']:.2f} s, {post['cpu_us_each']:.0f} µs CPU of the server each"
        )
    yield f"memory afterwards {memory['afterwards']} MiB"
    stopping = results["stopping_s"]
    yield f"stopped after {stopping} s" if stopping else f"did not stop within {STOP_TIMEOUT_S} s"


def _post(port: int, token: str, words: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/statuses",
        data=urllib.parse.urlencode({"status": words}).encode(),
        headers={"Authorization": f"Bearer {token}", "Host": "localhost"},
    )
    with urllib.request.urlopen(request, timeout=LONG_S) as answer:  # noqa: S310 - as above
        json.load(answer)


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--stream", default="user", help="user, public, public:local …")
    parser.add_argument("--server", default="hypercorn", help="hypercorn or granian")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    given = parser.parse_args()
    wanted = given.people + SPARE_FILES
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        results = _run(Path(folder), port, given)
    sys.stdout.write("\n".join([*lines(results), ""]))
    if given.json is not None:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _run(folder: Path, port: int, given: argparse.Namespace) -> dict[str, Any]:
    made = asyncio.run(fill(folder, given.people))
    environment = child_environment(
        {
            "KITTIWAKE_DOMAIN": "localhost",
            "KITTIWAKE_LISTEN": f"127.0.0.1:{port}",
            "KITTIWAKE_DATA_DIR": str(folder),
            "KITTIWAKE_SERVER": given.server,
            "KITTIWAKE_FEDERATION__PLAIN_HTTP": "true",
        }
    )
    server = subprocess.Popen([sys.executable, "main.py", "serve"], cwd=ROOT, env=environment)
    try:
        _wait(port)
        measured = asyncio.run(measure(server, port, made, given.stream))
    finally:
        server.kill()
        server.wait()
    return {"server": given.server, **measured}


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    main()
