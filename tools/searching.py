"""`python -m tools.searching`: how long a search takes among a million posts, on either database.

Fills an empty database by bulk SQL with posts of words as often as words are in languages (Zipf),
indexes them as the command `search index` does, and asks as somebody who follows a hundred people.
`--postgres URL` names an empty database; else it is SQLite in a folder of its own.
"""

# ruff: noqa: S608, S311  # pasted into SQL are names of our own columns; chance need not be secret

import argparse
import asyncio
import json
import os
import random  # noqa: TID251 - the same words each time
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from actors import identity
from commands.progress import Progress
from instance.building import build, close
from instance.resources import Instance
from instance.settings import Settings
from outbox import publishing
from posts import indexing, search
from posts.drafts import Draft
from storage import store
from storage.ids import COUNTER_BITS
from storage.records import Actor, Page, RowId
from storage.rows import POSTS
from tools.bench.machine import processor
from tools.million import fill

AUTHORS, FOLLOWED = 2000, 100
WORDS, WORDS_PER_POST = 50_000, 25
HASHTAGS, HASHTAG_EVERY = 500, 5
FILLED_AT_ONCE = 5000
ROUNDS = 40
_STEP_MS = 25_000


def queries(chance: random.Random) -> dict[str, str]:
    """What is asked, by what it is; another one each time."""
    rare, some = chance.randrange(20_000, WORDS), chance.randrange(200, 2000)
    return {
        "a rare word": f"w{rare}",
        "a word of every 100th post": f"w{some}",
        "the most common word": "w0",
        "two common words": f"w1 w{chance.randrange(2, 20)}",
        "a phrase of common words": f'"w0 w{chance.randrange(1, 5)}"',
        "a beginning": f"w{chance.randrange(100, 999)}*",
        "common, but not": f"w0 -w1 -w{some}",
        "from somebody": f"w0 from:follower{1 + 20 * chance.randrange(AUTHORS // 20)}@host1.test",
        "own": "w0 from:me",
        "library": "w3 in:library",
        "a hashtag": f"#t{chance.randrange(HASHTAGS)}",
        "a month": f"w{some} during:2026-0{chance.randrange(1, 9)}",
        "by relevance": f"w{some} order:relevance",
        "nothing": "nosuchword",
    }


async def prepare(instance: Instance, number: int, report: Progress) -> Actor:
    """Fill the database with people and posts; return who will ask."""
    viewer = await identity.create_local(instance, "alice")
    await fill(instance, viewer, followers=AUTHORS, hosts=20)
    rows = await store.read("SELECT id FROM actors WHERE host IS NOT NULL ORDER BY id")
    authors = [int(actor_id) for (actor_id,) in rows]
    await store.write("UPDATE actors SET is_indexable = TRUE WHERE id % 3 = 0")
    await store.write(
        "INSERT INTO follows (id, follower_id, followed_id, state, uri, created_at, is_local) "
        "SELECT id + 1000000, followed_id, follower_id, 'accepted', '', 0, TRUE FROM follows "
        "ORDER BY id LIMIT ?",
        FOLLOWED,
    )
    model = await publishing.publish(instance, viewer, Draft(text="The first post"))
    base = dict(zip(POSTS.names, POSTS.values(model), strict=True))
    columns, marks = ", ".join(POSTS.names), ", ".join("?" * len(POSTS.names))
    chance, done = random.Random(1), 0
    for rows_at_once in _slices(base, authors, viewer, number, chance):
        async with instance.store.transaction():
            await store.write_many(f"INSERT INTO posts ({columns}) VALUES ({marks})", rows_at_once)
        done += len(rows_at_once)
        report("writing posts", done, number)
    return viewer


def _slices(
    base: dict[str, object], authors: list[int], viewer: Actor, number: int, chance: random.Random
) -> Iterator[list[list[object]]]:
    words = [f"w{rank}" for rank in range(WORDS)]
    weights = list(accumulate(1 / (rank + 2) for rank in range(WORDS)))
    newest = int(str(base["id"]))
    for start in range(0, number, FILLED_AT_ONCE):
        rows = []
        for at in range(start, min(start + FILLED_AT_ONCE, number)):
            row_id = newest - ((number - at) * _STEP_MS << COUNTER_BITS)
            text = " ".join(chance.choices(words, cum_weights=weights, k=WORDS_PER_POST))
            tag = f"t{chance.randrange(HASHTAGS)}" if at % HASHTAG_EVERY == 0 else ""
            author = viewer.id if at % 5000 == 0 else chance.choice(authors)
            changed = {
                "id": RowId(row_id),
                "uri": f"https://host1.test/posts/{at}",
                "actor_id": author,
                "is_local": author == viewer.id,
                "content": f"<p>{text} #{tag}</p>" if tag else f"<p>{text}</p>",
                "source": "",
                "hashtags": f'["{tag}"]' if tag else "[]",
                "language": "en",
            }
            rows.append(list((base | changed).values()))
        yield rows


async def measure(instance: Instance, viewer: Actor) -> dict[str, dict[str, float]]:
    """Ask each query several times; the first round, which warms what is cold, counts too."""
    chance, took = random.Random(2), dict[str, list[float]]()
    found: dict[str, int] = {}
    for _ in range(ROUNDS):
        for name, text in queries(chance).items():
            began = time.perf_counter()
            result = await search.find_posts(instance, text, viewer, Page(limit=20))
            took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
            found[name] = max(found.get(name, 0), len(result))
    return {name: _spread(sorted(times)) | {"found": found[name]} for name, times in took.items()}


def _spread(times: list[float]) -> dict[str, float]:
    chosen = {"p50_ms": len(times) // 2, "p95_ms": int(len(times) * 0.95), "worst_ms": -1}
    return {name: round(times[place], 2) for name, place in chosen.items()}


def lines(results: dict[str, Any]) -> Iterator[str]:
    """Write what was measured as a table."""
    yield (
        f"{results['database']}: {results['posts']:,} posts indexed in {results['seconds']:.0f} s, "
        f"{results['index_us']:.0f} µs CPU and {results['index_bytes']:.0f} bytes each"
    )
    yield f"{'':28} {'p50 ms':>8} {'p95 ms':>8} {'worst':>8}  found"
    for name, row in results["rows"].items():
        times = f"{row['p50_ms']:8.1f} {row['p95_ms']:8.1f} {row['worst_ms']:8.1f}"
        yield f"{name:28} {times}  {row['found']}"
    yield f"peak memory {results['memory_mib']:.0f} MiB"


async def _sizes(instance: Instance) -> int:
    if instance.store.dialect == "postgres":
        sql = "SELECT pg_total_relation_size('post_words')"
        return int((await store.read(sql))[0][0])
    pages = int((await store.read("PRAGMA page_count"))[0][0])
    size = int((await store.read("PRAGMA page_size"))[0][0])
    return pages * size


async def run(folder: Path, url: str, number: int) -> dict[str, Any]:
    """Prepare, index, ask."""
    settings = replace(Settings(), domain="alpha.test", data_dir=folder)
    settings = replace(settings, storage=replace(settings.storage, url=url))
    load_average = round(os.getloadavg()[0], 2)
    instance = await build(settings)
    progress = Progress()
    await instance.store.migrate()
    with instance.store.active():
        viewer = await prepare(instance, number, progress)
        before, began, cpu = await _sizes(instance), time.perf_counter(), time.process_time()
        done = await indexing.index_all(instance, progress)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        grown = await _sizes(instance) - before
        if instance.store.dialect == "postgres":
            await store.write("VACUUM ANALYZE")  # as autovacuum does
        results = {
            "database": "PostgreSQL" if instance.store.dialect == "postgres" else "SQLite",
            "processor": processor(),
            "load_average": load_average,
            "posts": done,
            "words": WORDS_PER_POST,
            "seconds": round(seconds, 1),
            "index_us": round(used / done * 1e6, 1),
            "index_bytes": round(grown / done),
            "rows": await measure(instance, viewer),
            "memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        progress.end()
    await close(instance)
    return results


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--postgres", default="", metavar="URL")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(Path(folder), given.postgres, given.posts))
    sys.stdout.write("\n".join([*lines(results), ""]))
    if given.json is not None:
        given.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
