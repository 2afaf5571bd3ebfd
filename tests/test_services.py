"""The tests' own ground: real services answer, each test is alone with them, no network."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import aiohttp
import asyncpg
import pytest
import redis.asyncio

from tests import services
from tests.loopback import NetworkForbiddenError


async def test_postgres_is_real_and_empty(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    version = await connection.fetchval("SELECT version()")
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert version.startswith("PostgreSQL 18")
    assert tables == 0


async def test_a_database_can_be_copied_from_a_template(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE gulls (name text)")
    await connection.execute("INSERT INTO gulls VALUES ('kittiwake')")
    await connection.close()
    copy = services.create_database(template=postgres_url)
    connection = await asyncpg.connect(copy)
    names = await connection.fetch("SELECT name FROM gulls")
    # Dropped while a connection is open, as a failed test would leave it.
    services.drop_database(copy)
    connection.terminate()
    assert [row["name"] for row in names] == ["kittiwake"]


def test_the_server_is_started_once() -> None:
    assert services.postgres_server() == services.postgres_server()


def test_what_is_made_once_per_session_is_kept() -> None:
    first = services.once_per_session("test-once", lambda: "first")
    second = services.once_per_session("test-once", lambda: "second")
    assert first == second == "first"


def test_no_two_servers_are_given_the_same_port() -> None:
    ports = [services.free_port() for _ in range(20)]
    assert len(set(ports)) == 20
    assert set(ports) <= set(services.PORTS)


def test_a_killed_redis_starts_again_where_it_was() -> None:
    try:
        own = services.own_redis()
    except services.ServiceMissingError as missing:
        pytest.skip(str(missing))
    for _ in range(3):
        own.kill()
        assert not services.answers(own.port)
        own.start()
        assert services.answers(own.port)


@pytest.mark.parametrize("_run", [1, 2])
async def test_redis_is_empty_at_the_start_of_each_test(redis_url: str, _run: int) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("bird", "kittiwake")
        assert await client.get("bird") == b"kittiwake"


async def _by_our_client() -> object:
    async with aiohttp.ClientSession() as client:
        return await client.get("http://192.0.2.1/", timeout=aiohttp.ClientTimeout(1.0))


async def _by_asyncio_name() -> object:
    return await asyncio.open_connection("kittiwake.example", 80)


async def _by_asyncio_address() -> object:
    return await asyncio.open_connection("192.0.2.1", 80)


async def _by_datagram() -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        return datagrams.sendto(b"?", ("192.0.2.1", 53))


@pytest.mark.parametrize(
    "attempt", [_by_our_client, _by_asyncio_name, _by_asyncio_address, _by_datagram]
)
async def test_other_networks_are_out_of_reach(attempt: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(NetworkForbiddenError):
        await attempt()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.10.3", "::1", "localhost"])
async def test_loopback_is_within_reach(host: str) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), host, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(host, port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
