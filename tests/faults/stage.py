"""The stage of one fault: a folder, a database, and whoever plays a part; cleared at the end."""

import asyncio
import contextlib
import itertools
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg

from instance.resources import Instance
from instance.settings import Settings, StorageSettings, load
from serving import opened
from storage import actors
from storage.records import Actor, ActorKind, ActorUri, Follow, FollowState
from storage.relations import FOLLOWS
from storage.rows import ACTORS
from storage.store import SQLITE_FILE
from tests import services
from tests.faults.marks import PATTERN
from tests.instances import FakeClock, Instances
from tests.internet import FakeInternet
from tests.processes.gate import Gate
from tests.processes.peer import Peer
from tests.processes.people import Person, eventually
from tests.processes.servers import Server
from tests.storage.databases import new_database

# Of loopback; each server and peer has one of its own, as if it were a machine.
_numbers = itertools.count()
FIRST_NETWORK, HOSTS_PER_NETWORK = 20, 250
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - tests never leave loopback


def new_address() -> str:
    """An address of loopback that nobody else of this run has."""
    network, host = divmod(next(_numbers), HOSTS_PER_NETWORK)
    return f"127.0.{FIRST_NETWORK + network}.{host + 1}"


class Stage(contextlib.ExitStack):
    """Sets a fault up: `stage.server("alpha")`, `stage.peer()`, `stage.person(server, "ann")`."""

    def __init__(self, database: str, folder: Path, *, is_full: bool) -> None:
        super().__init__()
        self.database = database
        self.folder = folder
        self.is_full = is_full
        self._servers: list[Server] = []
        folder.mkdir(parents=True, exist_ok=True)

    def logs(self) -> str:
        """The end of what each server has logged."""
        return "\n".join(server.last_lines() for server in self._servers)

    def size(self, quick: int, full: int) -> int:
        """How many of something: few in `make test`, as many as promised in `make faults`."""
        return full if self.is_full else quick

    # ------------------------------------------------------------ real processes

    def database_url(self, folder: Path) -> str:
        """An empty, migrated database, dropped at the end; its URL is empty on SQLite."""
        url = new_database(self.database, folder)
        if url:
            self.callback(services.drop_database, url)
        return url

    def server(
        self, name: str, *, is_started: bool = True, storage_url: str = "", **extra: str
    ) -> Server:
        """A server in a process of its own; `extra` are its settings, without `KITTIWAKE_`."""
        folder = self.folder / name
        folder.mkdir()
        url = storage_url or self.database_url(folder / "data")
        settings = {f"KITTIWAKE_{key}": value for key, value in extra.items()}
        made = Server(name, new_address(), folder, url, settings)
        self._servers.append(made)
        self.callback(made.end)
        if is_started:
            made.start()
        return made

    def worker(self, server: Server) -> subprocess.Popen[bytes]:
        """A second process that runs the jobs of a server."""
        process = server.spawn("worker")
        self.callback(_end, process)
        return process

    def peer(self, address: str = "", **more: Any) -> Peer:
        """Another server, whose manners the fault chooses."""
        return self.enter_context(Peer(address or new_address(), **more))

    def gate(self, target: tuple[str, int]) -> Gate:
        """A network in front of somebody."""
        return self.enter_context(Gate(new_address(), target))

    def person(self, server: Server, username: str) -> Person:
        """Somebody who signs up at a server."""
        return self.enter_context(contextlib.closing(Person(server.url))).sign_up(username)

    def rows(self, server: Server, sql: str) -> list[tuple[Any, ...]]:
        """What stands in the tables of a server."""
        if server.storage_url:
            return asyncio.run(_postgres_rows(server.storage_url, sql))
        path = server.folder / "data" / SQLITE_FILE
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
            return database.execute(sql).fetchall()

    def marks(self, server: Server) -> list[tuple[str, str]]:
        """The marks in all posts that are kept: (mark, id of the post)."""
        found = self.rows(server, "SELECT content, id FROM posts WHERE deleted_at IS NULL")
        return [
            (mark, str(post_id)) for text, post_id in found for mark in re.findall(PATTERN, text)
        ]

    # ------------------------------------------------------------ followers

    def follow(self, server: Server, author: Person, peer: Peer, *usernames: str) -> None:
        """People of a peer follow somebody, and are accepted."""
        uri = self.actor_uri(author)
        names = usernames or (peer.username,)
        before = len(peer.inbox)
        for name in names:
            activity = peer.activity("Follow", actor=peer.actor_called(name), object=uri)
            status = peer.send(f"{server.url}/inbox", activity)
            assert status == 202, f"a Follow was answered {status}"
        eventually(lambda: len(peer.inbox) >= before + len(names), within_s=60)

    def befriend(self, server: Server, reader: Person, peer: Peer) -> None:
        """Somebody of ours follows somebody at the peer, who accepts."""
        reader.follow(peer.handle)

        def asked() -> object:
            return next((each for each in peer.inbox if each["type"] == "Follow"), None)

        accept = peer.activity("Accept", object=eventually(asked, within_s=60))
        status = peer.send(f"{server.url}/inbox", accept)
        assert status == 202, f"an Accept was answered {status}"
        eventually(lambda: "Unfollow" in reader.read(f"/{peer.handle}"), within_s=60)

    def actor_uri(self, person: Person) -> str:
        """The ActivityPub id of somebody who lives at one of our servers."""
        accept = {"Accept": "application/activity+json"}
        return str(person.http.get(f"/@{person.username}", headers=accept).json()["id"])

    def add_followers(
        self, server: Server, username: str, followers: Iterable[tuple[str, str]]
    ) -> None:
        """Write many followers into the tables: (host, name), each with an inbox of their own."""
        asyncio.run(_add_followers(server, username, list(followers)))

    # ------------------------------------------------------------ in this process

    @contextlib.asynccontextmanager
    async def instances(self, internet: FakeInternet | None = None) -> AsyncIterator[Instances]:
        """Where servers are made in this process: one clock that the fault moves, one internet."""
        template = self.folder / "template"
        await asyncio.to_thread(_put_template, template)
        made = Instances(
            self.folder, template / SQLITE_FILE, FakeClock(), internet or FakeInternet()
        )
        try:
            yield made
        finally:
            await made.close()

    async def instance(
        self, instances: Instances, name: str, settings: Settings | None = None
    ) -> Instance:
        """A server at `name`.test, with an empty database; its store is not active."""
        url = ""
        if self.database == "postgres":
            url = await asyncio.to_thread(self.database_url, self.folder / name)
        given = replace(settings or Settings(), storage=StorageSettings(url=url))
        return await instances.make(name, given)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


def _put_template(folder: Path) -> None:
    """Put an empty, migrated SQLite file into a folder."""
    new_database("sqlite", folder)


async def _postgres_rows(url: str, sql: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def _add_followers(server: Server, username: str, who: Sequence[tuple[str, str]]) -> None:
    async with opened(load(server.environment, None)) as instance:
        author = await actors.find_by_handle(username, None)
        assert author is not None
        people = [_stranger(instance, host, name) for host, name in who]
        follows = [
            Follow(
                id=instance.ids.new(),
                follower_id=person.id,
                followed_id=author.id,
                state=FollowState.ACCEPTED,
                uri=f"{person.uri}/follows/1",
                created_at=instance.now(),
            )
            for person in people
        ]
        async with instance.store.transaction():
            await ACTORS.insert_many_if_new(people)
            await FOLLOWS.insert_many_if_new(follows)


def _stranger(instance: Instance, host: str, name: str) -> Actor:
    uri = f"http://{host}/actors/{name}"
    return Actor(
        id=instance.ids.new(),
        uri=ActorUri(uri),
        username=name,
        host=host,
        kind=ActorKind.PERSON,
        inbox_url=f"{uri}/inbox",
        followers_url=f"{uri}/followers",
        created_at=instance.now(),
        fetched_at=instance.now(),
    )
