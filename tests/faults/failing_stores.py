"""Faults of what keeps our data: the disk is full, the database locked, restarted, away; Redis."""

import contextlib
import os
import re
import resource
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import redis

from storage.store import SQLITE_FILE
from tests import services
from tests.faults.ledger import Ledger
from tests.faults.marks import SEE_OTHER, at, new_mark, patiently
from tests.faults.stage import Stage
from tests.faults.table import POSTGRES, SQLITE, Seen, fault
from tests.processes.people import Person
from tests.processes.servers import START_TIMEOUT_S, Server

UNAVAILABLE = 503
# No file of the server may grow beyond this, the log and the WAL included.
FULL_BYTES = 4096
RECOVERED_WITHIN_S = 10.0
LOCKED_S = 10.0
WAITS_AT_LEAST_S = 5.0
PAGES = ("/home", "/notifications", "/explore", "/.well-known/nodeinfo")


class Writers:
    """People who write without pause while something is wrong: who is refused tries again."""

    def __init__(self, authors: list[Person], ledger: Ledger) -> None:
        self.answers: Counter[int] = Counter()
        self.refused_after_s: list[float] = []
        self.without_retry_after = 0
        self.cut = 0
        self._ledger = ledger
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(each,)) for each in authors]

    def _write(self, author: Person) -> None:
        while not self._stopping.is_set():
            self._once(author)
            time.sleep(0.05)

    def _once(self, author: Person) -> None:
        mark, begun = new_mark(), time.monotonic()
        try:
            answer = author.post(f"{mark} is a word.")
        except httpx.TransportError:
            self.cut += 1
            return
        self.answers[answer.status_code] += 1
        if answer.status_code == SEE_OTHER:
            self._ledger.accept(at(mark, "home"))
        else:
            self.refused_after_s.append(time.monotonic() - begun)
            self.without_retry_after += "Retry-After" not in answer.headers

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join()

    def __str__(self) -> str:
        words = {SEE_OTHER: "accepted", UNAVAILABLE: "503"}
        said = [f"{number} {words.get(code, code)}" for code, number in self.answers.items()]
        return ", ".join([*said, f"{self.cut} cut"] if self.cut else said)

    def check(self, seen: Seen) -> None:
        """Nothing but yes and 503 with Retry-After was answered, and nobody was cut off."""
        others = set(self.answers) - {SEE_OTHER, UNAVAILABLE}
        seen.check(str(self), not others and not self.cut)
        if self.without_retry_after:
            seen.check(f"{self.without_retry_after} without Retry-After", holds=False)


def _count_kept(stage: Stage, server: Server, ledger: Ledger) -> None:
    for mark, post_id in stage.marks(server):
        ledger.see(at(mark, "home"), post_id)


def _recovered_within_s(author: Person) -> float:
    """How long it takes until somebody can write again."""
    begun = time.monotonic()

    def is_accepted() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return author.post(f"After it {time.monotonic()}").status_code == SEE_OTHER
        return False

    patiently(is_accepted, within_s=60)
    return time.monotonic() - begun


def _pages_read(reader: Person, *, for_s: float) -> Counter[int]:
    """Read pages for so long; return the answers."""
    answers: Counter[int] = Counter()
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        for path in PAGES:
            answers[reader.http.get(path).status_code] += 1
        time.sleep(0.1)
    return answers


@fault("FA-22", promised="disk full: writes 503, reads go on, resumes within 10 s, integrity ok")
def the_disk_is_full(stage: Stage, seen: Seen) -> None:
    server = stage.server("full")
    authors = [stage.person(server, f"author{number}") for number in range(3)]
    reader, peer = stage.person(server, "reader"), stage.peer()
    stage.follow(server, reader, peer)
    writers = Writers(authors, seen.ledger)
    cannot_write, can_write = _ways_to_fill_the_disk(stage, server)
    with writers.at_work():
        time.sleep(1)
        cannot_write()
        read = _pages_read(reader, for_s=stage.size(3, 30))
        inbox = peer.send(f"{server.url}/inbox", peer.note("refused"))
        can_write()
        took_s = _recovered_within_s(reader)
        time.sleep(1)
    writers.check(seen)
    seen.check(f"reads {dict(read)}", set(read) == {200})
    seen.check(f"inbox {inbox}", inbox == UNAVAILABLE)
    seen.check(f"resumed after {took_s:.1f} s", took_s <= RECOVERED_WITHIN_S)
    seen.check("some were refused", writers.answers[UNAVAILABLE])
    seen.check("ended in order", server.stop() == 0)
    _count_kept(stage, server, seen.ledger)
    if stage.database == "sqlite":
        integrity = stage.rows(server, "PRAGMA integrity_check")
        seen.check(f"integrity {integrity[0][0]}", integrity == [("ok",)])


def _ways_to_fill_the_disk(
    stage: Stage, server: Server
) -> tuple[Callable[[], None], Callable[[], None]]:
    """How to make writing impossible, and possible again; reading stays as it is.

    SQLite: no file may grow. PostgreSQL, whose disk is not ours: it takes no writes, as after a
    failover to a replica or when its operator has put it to read-only because the disk is full.
    """
    if stage.database == "sqlite":
        assert server.process is not None
        pid = server.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)

        def limit(soft: int) -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, before[1]))

        return lambda: limit(FULL_BYTES), lambda: limit(before[0])
    name = urlsplit(server.storage_url).path.removeprefix("/")

    def read_only(word: str) -> None:
        home = services.postgres_server()
        services.run_sql(
            home, f'ALTER DATABASE "{name}" SET default_transaction_read_only = {word}'
        )
        services.run_sql(
            home,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 - our own name
            f"WHERE datname = '{name}' AND application_name = 'kittiwake'",
        )

    return lambda: read_only("on"), lambda: read_only("off")


@fault(
    "FA-27",
    promised="database locked 10 s: writes wait, no 5xx before 5 s, reads go on",
    databases=SQLITE,
)
def another_program_locks_the_database(stage: Stage, seen: Seen) -> None:
    server = stage.server("locked")
    authors = [stage.person(server, f"author{number}") for number in range(3)]
    reader = stage.person(server, "reader")
    writers = Writers(authors, seen.ledger)
    path = server.folder / "data" / SQLITE_FILE
    with writers.at_work():
        time.sleep(0.5)
        with _locked(path):
            read = _pages_read(reader, for_s=LOCKED_S)
        took_s = _recovered_within_s(reader)
    writers.check(seen)
    soonest_s = min(writers.refused_after_s, default=WAITS_AT_LEAST_S)
    seen.check(f"soonest refusal after {soonest_s:.1f} s", soonest_s >= WAITS_AT_LEAST_S - 0.1)
    seen.check(f"reads {dict(read)}", set(read) == {200})
    seen.check(f"resumed after {took_s:.1f} s", took_s <= RECOVERED_WITHIN_S)
    _count_kept(stage, server, seen.ledger)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@fault(
    "FA-28",
    promised="PostgreSQL restarted, crashed, away, pool exhausted: 503, then fine, 0 lost",
    databases=POSTGRES,
)
def postgresql_goes_away(stage: Stage, seen: Seen) -> None:
    own = services.own_postgres()
    address, port = urlsplit(own.url).hostname or "", urlsplit(own.url).port or 0
    gate = stage.gate((address, port))
    url = own.url.replace(f"{address}:{port}", gate.domain)
    # Two connections for a dozen people: each of them waits for one, too.
    server = stage.server("away", storage_url=url, STORAGE__POOL_CONNECTIONS_MAX="2")
    authors = [stage.person(server, f"author{number}") for number in range(9)]
    reader = stage.person(server, "reader")
    writers = Writers(authors, seen.ledger)
    recovered_s = {}
    with writers.at_work():
        time.sleep(2)
        own.restart()
        recovered_s["restart"] = _recovered_within_s(reader)
        own.restart(is_crash=True)
        recovered_s["crash"] = _recovered_within_s(reader)
        gate.shut()
        time.sleep(stage.size(3, 30))
        gate.open()
        recovered_s["away"] = _recovered_within_s(reader)
        time.sleep(1)
    writers.check(seen)
    for word, took_s in recovered_s.items():
        seen.check(f"{word}: fine after {took_s:.1f} s", took_s <= RECOVERED_WITHIN_S)
    for mark, post_id in stage.marks(server):
        seen.ledger.see(at(mark, "home"), post_id)


@fault("FA-29", promised="Redis flushed, hung, away: pages, posts and inbox go on")
def redis_goes_away(stage: Stage, seen: Seen) -> None:
    own = services.own_redis()
    # Nobody is exempt, so that limits are counted, which is what Redis does for everybody.
    server = stage.server("cached", CACHE__URL=own.url, LIMITS__EXEMPT_NETWORKS="")
    author, reader = stage.person(server, "author"), stage.person(server, "reader")
    peer = stage.peer()
    stage.befriend(server, reader, peer)

    def receive() -> int:
        return peer.send(f"{server.url}/inbox", peer.note("Hello"))

    def use(word: str) -> None:
        """Write and read for a while; count what was refused, and the longest wait."""
        refused, slowest_s = Counter[int](), 0.0
        for _ in range(stage.size(3, 10)):
            for act in (lambda: _post_kept(author, seen.ledger), receive, *_reading(reader)):
                begun = time.monotonic()
                status = act()
                slowest_s = max(slowest_s, time.monotonic() - begun)
                if status >= httpx.codes.BAD_REQUEST:
                    refused[status] += 1
        seen.check(
            f"{word}: refused {dict(refused) or 'none'}, slowest {slowest_s:.2f} s", not refused
        )

    use("well")
    with redis.Redis.from_url(own.url) as client:
        client.flushall()
    use("flushed")
    os.kill(own.pid, signal.SIGSTOP)
    use("stopped")
    os.kill(own.pid, signal.SIGCONT)
    own.kill()
    use("gone")
    own.start()
    use("back")
    _count_kept(stage, server, seen.ledger)


def _post_kept(author: Person, ledger: Ledger) -> int:
    mark = new_mark()
    status = author.post(f"{mark} is a word.").status_code
    if status == SEE_OTHER:
        ledger.accept(at(mark, "home"))
    return status


def _reading(reader: Person) -> list[Callable[[], int]]:
    return [lambda path=path: reader.http.get(path).status_code for path in PAGES]  # type: ignore[misc]  # a default


@fault(
    "FA-38",
    promised="a second server on one SQLite file refuses to start and says why",
    databases=SQLITE,
    quick=SQLITE,
)
def two_servers_on_one_file(stage: Stage, seen: Seen) -> None:
    first = stage.server("first")
    second = stage.server("second", is_started=False, DATA_DIR=str(first.folder / "data"))
    code = second.spawn("serve").wait(timeout=START_TIMEOUT_S)
    said = re.findall(r"Another server[^.]*", second.log.read_text())
    seen.check(f"the second ended with {code}: {said[:1]}", code == 1 and said)
    author = stage.person(first, "author")
    _post_kept(author, seen.ledger)
    _count_kept(stage, first, seen.ledger)
