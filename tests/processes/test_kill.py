"""`kill -9` at random points: what was answered is kept, and arrives exactly once.

RELIABILITY FA-14 and FA-16: a server is killed between 0 and 50 ms after it answered a post, or
after its 202 at an inbox; after the restart everything is there once, on the other side too.
On SQLite the lock proves that the killed process is gone, and its jobs run again at once; on
PostgreSQL they wait for the end of their leases. Both stories on both databases run side by side,
because most of their time is waiting for starts and leases.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import services
from tests.processes.peer import Peer
from tests.processes.people import Person, articles, eventually
from tests.processes.servers import Server

ROUNDS = 20
LATEST_KILL_S = 0.05
LEASE_S = 30.0
# SQLite: what was held runs at once, and what failed for want of its peer again after 10 s.
ARRIVED_WITHIN_S = {"sqlite": 25.0, "postgres": LEASE_S + 20}
STORY_TIMEOUT_S = 240.0
DATABASES = ("sqlite", "postgres")
ADDRESSES = iter(f"127.0.10.{number}" for number in range(5, 250))


@contextlib.contextmanager
def _running(name: str, folder: Path, database: str = "sqlite") -> Iterator[Server]:
    url = services.create_database() if database == "postgres" else ""
    server = Server(name, next(ADDRESSES), folder / name, url)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        if url:
            services.drop_database(url)


@contextlib.contextmanager
def _signed_up(server: Server, name: str) -> Iterator[Person]:
    with contextlib.closing(Person(server.url)) as window:
        yield window.sign_up(name)


def _kill_soon_and_restart(server: Server) -> None:
    time.sleep(random.uniform(0, LATEST_KILL_S))
    server.kill()
    server.start()


def _all_pages(person: Person, path: str) -> str:
    """Every page of a feed, newest to oldest."""
    pages, here = [], path
    while here:
        pages.append(person.read(here))
        here = _older(pages[-1])
    return "".join(pages)


def _older(page: str) -> str:
    """Where "older posts" leads, empty at the end of a feed."""
    before, mark, _ = page.partition('" rel="next"')
    return before.rpartition('href="')[2].replace("&amp;", "&") if mark else ""


def _shown_once(person: Person, texts: list[str], *, within_s: float) -> int:
    """Wait for all of these in the home feed; return how many of them are there exactly once."""

    def arrived() -> bool:
        page = _all_pages(person, "/home")
        return all(text in page for text in texts)

    eventually(arrived, within_s=within_s)
    found = articles(_all_pages(person, "/home"))
    return [sum(text in article for article in found) for text in texts].count(1)


def _posts(database: str, folder: Path) -> tuple[int, int]:
    """20 posts, each followed by kill -9."""
    with (
        _running("mortal", folder, database) as mortal,
        _running("stable", folder) as stable,
        _signed_up(mortal, "author") as author,
        _signed_up(stable, "reader") as reader,
    ):
        reader.follow(author.handle)
        eventually(lambda: "Unfollow" in reader.read(f"/{author.handle}"), within_s=15)
        texts = [f"post number {number:02}" for number in range(ROUNDS)]
        for text in texts:
            author.write(text)
            _kill_soon_and_restart(mortal)
        there = _shown_once(reader, texts, within_s=ARRIVED_WITHIN_S[database])
        return there, _shown_once(author, texts, within_s=1)


def _activities(database: str, folder: Path) -> int:
    """20 Creates, kill -9 after each 202."""
    with (
        _running("mortal", folder, database) as mortal,
        Peer(next(ADDRESSES)) as peer,
        _signed_up(mortal, "reader") as reader,
    ):
        reader.follow(peer.handle)
        follow = eventually(
            lambda: next((a for a in peer.inbox if a["type"] == "Follow"), None), within_s=15
        )
        inbox = f"{mortal.url}/inbox"
        assert peer.send(inbox, peer.activity("Accept", object=follow)) == 202
        eventually(lambda: "Unfollow" in reader.read(f"/{peer.handle}"), within_s=15)
        texts = [f"note number {number:02}" for number in range(ROUNDS)]
        for text in texts:
            assert peer.send(inbox, peer.note(text)) == 202
            _kill_soon_and_restart(mortal)
        return _shown_once(reader, texts, within_s=ARRIVED_WITHIN_S[database])


Story = Callable[[str, Path], object]


@pytest.fixture(scope="module")
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[Story, str], "Future[object]"]]:
    """The stories of this module that were chosen to run: all begin at once."""
    names = {item.name for item in request.session.items}
    with ThreadPoolExecutor(max_workers=4) as threads:
        yield {
            (story, database): threads.submit(story, database, tmp_path_factory.mktemp("killed"))
            for story, test in STORIES.items()
            for database in DATABASES
            if f"{test.__name__}[{database}]" in names
        }


@pytest.mark.parametrize("database", DATABASES)
def test_fa14_posts_survive_a_kill_right_after_the_answer(
    told: dict[tuple[Story, str], "Future[object]"], database: str
) -> None:
    """FA-14: 20 posts, each followed by kill -9; each arrives at the other server exactly once."""
    assert told[_posts, database].result(timeout=STORY_TIMEOUT_S) == (ROUNDS, ROUNDS)


@pytest.mark.parametrize("database", DATABASES)
def test_fa16_activities_survive_a_kill_right_after_the_202(
    told: dict[tuple[Story, str], "Future[object]"], database: str
) -> None:
    """FA-16: 20 Creates, kill -9 after each 202; each is in the follower's feed exactly once."""
    assert told[_activities, database].result(timeout=STORY_TIMEOUT_S) == ROUNDS


STORIES = {
    _posts: test_fa14_posts_survive_a_kill_right_after_the_answer,
    _activities: test_fa16_activities_survive_a_kill_right_after_the_202,
}
