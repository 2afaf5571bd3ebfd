"""Streams of real server processes, on both HTTP servers: heard, and ended by another process."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import httpx
import pytest

from tests.processes.servers import Server

# Two seconds, and what a busy machine makes of them; it would never end by itself.
ENDS_WITHIN_S = 60.0


@pytest.fixture(scope="module", params=["hypercorn", "granian"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server, on either HTTP server."""
    extra = {"KITTIWAKE_SERVER": request.param}
    address = "127.0.12.1" if request.param == "hypercorn" else "127.0.12.2"
    made = Server(request.param, address, tmp_path_factory.mktemp(request.param), extra=extra)
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """A token of somebody who lives there."""
    server.command("user", "add", "alice", "--password", "a fine long password")
    return _token(server)


def _token(server: Server) -> str:
    made = server.command_json("token", "add", "alice", "--scopes", "read write follow push")
    return str(made["token"])


def _post(server: Server, token: str, words: str) -> str:
    answer = httpx.post(
        f"{server.url}/api/v1/statuses",
        data={"status": words},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def _heard(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    said: dict[str, Any] = await socket.receive_json(timeout=60)
    return said


def test_a_post_is_heard_over_a_socket_and_as_an_event(server: Server, token: str) -> None:
    """B118: both ways, on both servers; and no connection compresses by itself."""

    async def listen() -> None:
        events = f"{server.url}/api/v1/streaming/public"
        bearer = {"Authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"ws://{server.domain}/api/v1/streaming?stream=user&access_token={token}",
                compress=15,
            ) as socket,
            session.get(events, headers=bearer) as answer,
        ):
            assert socket.compress == 0  # it would cost 300 KB a connection
            assert await answer.content.readline() == b":)\n"
            post_id = await asyncio.to_thread(_post, server, token, "Here I am")
            said = await _heard(socket)
            assert (said["stream"], said["event"]) == (["user"], "update")
            assert json.loads(said["payload"])["id"] == post_id
            lines = [line async for line in _lines(answer)]
            assert lines[0] == "event: update"
            assert json.loads(lines[1].removeprefix("data: "))["id"] == post_id

    asyncio.run(asyncio.wait_for(listen(), 180))


def test_rx24_a_frame_of_ten_mebibytes_ends_its_own_stream_alone(
    server: Server, token: str
) -> None:
    """RX-24: no app has that much to say; what is no JSON is passed over."""

    async def flood() -> None:
        address = f"ws://{server.domain}/api/v1/streaming?stream=user&access_token={token}"
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(address) as socket:
                for _ in range(1000):
                    await socket.send_str("{" * 100)
                post_id = await asyncio.to_thread(_post, server, token, "Heard after the noise")
                assert json.loads((await _heard(socket))["payload"])["id"] == post_id
                with contextlib.suppress(ConnectionError):
                    await socket.send_str("a" * 10 * 2**20)
                ended = await socket.receive(timeout=60)
                assert ended.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
            async with session.ws_connect(address) as socket:
                post_id = await asyncio.to_thread(_post, server, token, "Still here")
                assert json.loads((await _heard(socket))["payload"])["id"] == post_id

    asyncio.run(asyncio.wait_for(flood(), 180))


async def _lines(answer: aiohttp.ClientResponse) -> Any:
    """The lines of the next event, without comments."""
    found = 0
    while found < 2:
        line = (await answer.content.readline()).decode().strip()
        if line and not line.startswith(":"):
            found += 1
            yield line


def test_a_stream_ends_when_another_process_ends_it(server: Server, token: str) -> None:
    """AU-20: soon, though nobody told this process."""

    async def listen() -> None:
        url = f"ws://{server.domain}/api/v1/streaming?stream=user"
        bearer = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(url, headers=bearer) as socket:
                # Who does not listen meanwhile answers a ping when nobody is there any more.
                end = asyncio.create_task(socket.receive())
                await asyncio.to_thread(server.command, "user", "suspend", "alice")
                message = await asyncio.wait_for(end, ENDS_WITHIN_S)
                assert message.type is aiohttp.WSMsgType.CLOSE, message
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(url, headers=bearer)
            assert refused.value.status in (401, 403)

    try:
        asyncio.run(asyncio.wait_for(listen(), 180))
    finally:
        server.command("user", "unsuspend", "alice")
