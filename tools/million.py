"""`python -m tools.million`: somebody with a million remote followers on 20,000 hosts posts.

Fills an empty SQLite database, by bulk SQL, and runs the jobs that plan the deliveries; nothing is
sent. Prints what it cost: CPU, memory, queries, deliveries.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own columns; values are bound

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import Process
from pathlib import Path

from actors import identity
from instance.building import build, close
from instance.resources import Instance
from instance.settings import Settings
from instance.worker import Worker
from outbox import delivery, publishing
from posts.drafts import Draft
from storage import actors, store
from storage.records import Actor
from storage.rows import ACTORS

PERSONAL_EVERY = 10_000
"""One follower in so many has no shared inbox."""
FILLED_AT_ONCE = 10_000


async def fill(instance: Instance, followed: Actor, *, followers: int, hosts: int) -> None:
    """Let so many people of so many other servers follow somebody; in the active store."""
    columns = ACTORS.names
    (row,) = await store.read(f"SELECT {ACTORS.columns()} FROM actors WHERE id = ?", followed.id)
    model = dict(zip(columns, row, strict=True))
    marks = ", ".join("?" * len(columns))
    first = instance.ids.at(instance.now()) - 2 * followers
    for start in range(0, followers, FILLED_AT_ONCE):
        numbers = range(start, min(start + FILLED_AT_ONCE, followers))
        people = list(_people(model, first, numbers, hosts))
        await store.write_many(
            f"INSERT INTO actors ({', '.join(columns)}) VALUES ({marks})",
            [list(person.values()) for person in people],
        )
        await store.write_many(
            "INSERT INTO follows (id, follower_id, followed_id, state, uri, created_at, is_local) "
            "VALUES (?, ?, ?, 'accepted', ?, 0, FALSE)",
            [
                [first + followers + number, first + number, followed.id, f"follow:{number}"]
                for number in numbers
            ],
        )


def _people(
    model: dict[str, object], first: int, numbers: range, hosts: int
) -> Iterator[dict[str, object]]:
    for number in numbers:
        host = f"host{number % hosts}.test"
        shared = None if number % PERSONAL_EVERY == 1 else f"https://{host}/inbox"
        yield model | {
            "id": first + number,
            "uri": f"https://{host}/users/{number}",
            "username": f"follower{number}",
            "host": host,
            "inbox_url": f"https://{host}/users/{number}/inbox",
            "shared_inbox_url": shared,
            "url": None,
        }


async def _prepare(folder: Path, followers: int, hosts: int) -> None:
    instance = await build(replace(Settings(), domain="alpha.test", data_dir=folder))
    await instance.store.migrate()
    with instance.store.active():
        author = await identity.create_local(instance, "author")
        await fill(instance, author, followers=followers, hosts=hosts)
    await close(instance)


async def _run(folder: Path) -> None:
    instance = await build(replace(Settings(), domain="alpha.test", data_dir=folder))
    with instance.store.active():
        author = await actors.find_by_handle("author", None)
        for line in await _measure(instance, author) if author is not None else ():
            sys.stdout.write(f"{line}\n")
    await close(instance)


async def _measure(instance: Instance, author: Actor) -> list[str]:
    lines = []
    for name in ("first post", "second post"):
        begin, memory = time.process_time(), _memory_kib()
        await publishing.publish(instance, author, Draft(text="Hello, all of you"))
        published = time.process_time()
        clock = time.perf_counter()
        await Worker(instance, {delivery.PLAN: delivery.plan}).drain()
        took = time.perf_counter() - clock
        planned = time.process_time()
        (row,) = await store.read("SELECT COUNT(*) FROM jobs WHERE kind = ?", delivery.DELIVER)
        lines.append(
            f"{name}: publish {(published - begin) * 1000:.1f} ms CPU; plan_delivery "
            f"{planned - published:.2f} s CPU, {took:.2f} s; "
            f"peak memory +{(_memory_kib() - memory) / 1024:.1f} MiB; {row[0]} deliveries queued"
        )
    return lines


def _memory_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, default=1_000_000)
    parser.add_argument("--hosts", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # A process of its own: what was needed to fill is not counted.
        preparing = Process(target=_prepared, args=(Path(folder), given.followers, given.hosts))
        preparing.start()
        preparing.join()
        asyncio.run(_run(Path(folder)))


def _prepared(folder: Path, followers: int, hosts: int) -> None:
    asyncio.run(_prepare(folder, followers, hosts))


if __name__ == "__main__":
    main()
