"""`kill -9` at random points: what was answered is kept, and arrives exactly once.

RELIABILITY FA-14 and FA-16: a server is killed between 0 and 50 ms after it answered a post, or
after its 202 at an inbox; after the restart everything is there once, on the other side too.
"""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import services
from tests.processes.peer import Peer
from tests.processes.people import Person, articles, eventually
from tests.processes.servers import Server

ROUNDS = 20
LATEST_KILL_S = 0.05
AFTER_RESTART_S = 20.0  # leases of 30 s are handed over at a restart of the same machine


@pytest.fixture(params=["sqlite", "postgres"])
def mortal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """The server that is killed, on either database."""
    url = services.create_database() if request.param == "postgres" else ""
    server = Server("mortal", "127.0.10.5", tmp_path / "mortal", url)
    server.start()
    yield server
    server.stop()
    if url:
        services.drop_database(url)


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


def test_fa14_posts_survive_a_kill_right_after_the_answer(
    mortal: Server, tmp_path: Path, person: Callable[[Server], Person]
) -> None:
    """FA-14: 20 posts, each followed by kill -9; each arrives at the other server exactly once."""
    stable = Server("stable", "127.0.10.6", tmp_path / "stable")
    stable.start()
    try:
        author = person(mortal).sign_up("author")
        reader = person(stable).sign_up("reader")
        reader.follow(author.handle)
        eventually(lambda: "Unfollow" in reader.read(f"/{author.handle}"), within_s=5)
        for number in range(ROUNDS):
            author.write(f"post number {number:02}")
            time.sleep(random.uniform(0, LATEST_KILL_S))
            mortal.kill()
            mortal.start()
        texts = [f"post number {number:02}" for number in range(ROUNDS)]

        def arrived() -> bool:
            page = _all_pages(reader, "/home")
            return all(text in page for text in texts)

        eventually(arrived, within_s=AFTER_RESTART_S + 30)
        there = articles(_all_pages(reader, "/home"))
        here = articles(_all_pages(author, "/home"))
        for text in texts:
            assert sum(text in article for article in there) == 1, f"{text} there"
            assert sum(text in article for article in here) == 1, f"{text} here"
    finally:
        stable.stop()


def test_fa16_activities_survive_a_kill_right_after_the_202(
    mortal: Server, person: Callable[[Server], Person]
) -> None:
    """FA-16: 20 Creates, kill -9 after each 202; each is in the follower's feed exactly once."""
    with Peer("127.0.10.7") as peer:
        reader = person(mortal).sign_up("reader")
        reader.follow(peer.handle)
        follow = eventually(
            lambda: next((a for a in peer.inbox if a["type"] == "Follow"), None), within_s=5
        )
        inbox = f"{mortal.url}/inbox"
        assert peer.send(inbox, peer.activity("Accept", object=follow)) == 202
        eventually(lambda: "Unfollow" in reader.read(f"/{peer.handle}"), within_s=5)
        for number in range(ROUNDS):
            assert peer.send(inbox, peer.note(f"note number {number:02}")) == 202
            time.sleep(random.uniform(0, LATEST_KILL_S))
            mortal.kill()
            mortal.start()
        texts = [f"note number {number:02}" for number in range(ROUNDS)]

        def arrived() -> bool:
            page = _all_pages(reader, "/home")
            return all(text in page for text in texts)

        eventually(arrived, within_s=AFTER_RESTART_S + 30)
        found = articles(_all_pages(reader, "/home"))
        for text in texts:
            assert sum(text in article for article in found) == 1, text
