"""`KITTIWAKE_SERVER=granian`: pages, federation with a server on Hypercorn, stop, bounds."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.processes.people import Person, eventually
from tests.processes.servers import Server
from tests.services import free_port
from webapp import granian_server
from webapp.server import HEADER_BYTES_MAX, HEADER_TIMEOUT_S

GRANIAN = {"KITTIWAKE_SERVER": "granian"}
Windows = Callable[[Server], Person]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """One server on Granian, one on Hypercorn."""
    folder = tmp_path_factory.mktemp("granian")
    quick = Server("quick", "127.0.10.1", folder / "quick", extra=GRANIAN)
    usual = Server("usual", "127.0.10.2", folder / "usual")
    for server in (quick, usual):
        server.start()
    yield quick, usual
    assert [server.stop() for server in (quick, usual)] == [0, 0]


def test_pages_documents_and_heads_are_those_of_the_other_server(
    pair: tuple[Server, Server], person: Windows
) -> None:
    """What a server is asked before anybody lives there, answered alike by both."""
    for server in pair:
        person(server).sign_up("same")
    for method, path, accept in (
        ("GET", "/", "text/html"),
        ("HEAD", "/", "text/html"),
        ("GET", "/@same", "text/html"),
        ("GET", "/nothing/here", "text/html"),
        ("GET", "/%2e%2e/etc", "text/html"),
        ("GET", "/nodeinfo/2.1", "application/json"),
        ("GET", "/.well-known/webfinger?resource=acct:nobody@nowhere.test", "*/*"),
        ("POST", "/inbox", "*/*"),
        ("DELETE", "/inbox", "*/*"),
    ):
        answers = [
            httpx.request(method, f"{server.url}{path}", headers={"Accept": accept}, timeout=60)
            for server in pair
        ]
        assert len({answer.status_code for answer in answers}) == 1, path
        assert len({answer.headers.get("content-type") for answer in answers}) == 1, path
        policies = {answer.headers.get("content-security-policy") for answer in answers}
        assert len(policies) == 1, path
        assert "granian" not in answers[0].text


def test_people_on_both_follow_each_other_and_read_signed_posts(
    pair: tuple[Server, Server], person: Windows
) -> None:
    """WebFinger, actor, signed Follow, Accept and Create, in both directions."""
    here, there = (
        person(server).sign_up(name) for server, name in zip(pair, ("ada", "bea"), strict=True)
    )
    here.follow(there.handle)
    there.follow(here.handle)
    for one, other in ((here, there), (there, here)):
        assert_reads(one, other)


def assert_reads(one: Person, other: Person) -> None:
    eventually(lambda: "Unfollow" in one.read(f"/{other.handle}"))
    other.write(f"hello from {other.username}")
    eventually(lambda: f"hello from {other.username}" in "".join(one.home()))


async def test_long_headers_and_slow_ones_are_cut(pair: tuple[Server, Server]) -> None:
    """RX-19, RX-20: a head that is too large is refused; who is slow, silent or idle is cut."""
    quick = pair[0]
    headers = {"X-Long": "y" * (HEADER_BYTES_MAX + 1000)}
    answer = await asyncio.to_thread(httpx.get, quick.url, headers=headers, timeout=60)
    assert answer.status_code == 431

    async def until_cut(begun_with: bytes) -> None:
        reader, writer = await asyncio.open_connection(quick.address, quick.port)
        with contextlib.suppress(ConnectionError):
            writer.write(begun_with)
            await reader.read()
        writer.close()

    idle = b"GET /.well-known/nodeinfo HTTP/1.1\r\nHost: x\r\n\r\n"
    words = [b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"", idle] * 7
    async with asyncio.timeout(HEADER_TIMEOUT_S + 60):
        await asyncio.gather(*map(until_cut, words))


# ---------------------------------------------------------------- the server alone, in this process


async def _talk(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return answer


class Application:
    """Reads a whole body, waits if it is told to, and says how much it was."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.begun = asyncio.Event()
        self.cut: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        length = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.cut.append(scope["path"])
                return
            length += len(message.get("body", b""))
            if not message.get("more_body"):
                break
        self.begun.set()
        if scope["path"] == "/slow":
            await self.goes_on.wait()
        headers = [(b"content-length", b"5"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"%05d" % length})


async def _served(
    application: Application, act: Callable[[int], Any], *, read_timeout_s: int
) -> None:
    """Serve while `act` runs; then stop, and wait for the end."""
    stop, port = asyncio.Event(), free_port("127.0.0.1")

    async def acting() -> None:
        async with asyncio.timeout(90):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.02)
            try:
                await act(port)
            finally:
                stop.set()

    await asyncio.gather(_serve(application, port, stop, read_timeout_s), acting())


async def _serve(
    application: Application, port: int, stop: asyncio.Event, read_timeout_s: int = 60
) -> None:
    await granian_server.serve(
        application,
        ("127.0.0.1", port),
        until=stop.wait,
        header_bytes_max=HEADER_BYTES_MAX,
        header_timeout_s=60,
        read_timeout_s=read_timeout_s,
        graceful_timeout_s=60,
    )


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """RX-19: Granian has no bound of its own for a body; the application is told to give up."""
    application = Application()

    async def whole(port: int) -> None:
        head = b"POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        assert (await _talk(port, head)).endswith(b"00003")

    async def stalled(port: int) -> None:
        head = b"POST /stalled HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"
        assert b" 200 " not in await _talk(port, head)

    await _served(application, whole, read_timeout_s=60)
    await _served(application, stalled, read_timeout_s=1)
    assert application.cut == ["/stalled"]


async def test_what_was_begun_is_finished_at_a_stop() -> None:
    """SIGTERM: a request that is running gets its answer, and then the server ends."""
    application = Application()
    stop, port = asyncio.Event(), free_port("127.0.0.1")

    async def ask() -> bytes:
        async with asyncio.timeout(90):
            while True:
                try:
                    return await _talk(port, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)

    async def stop_it() -> None:
        await application.begun.wait()
        stop.set()
        await asyncio.sleep(0.2)
        application.goes_on.set()

    answer, _, _ = await asyncio.gather(ask(), stop_it(), _serve(application, port, stop))
    assert answer.endswith(b"00000")
