"""Writes the words of posts into the search index: many at once, some moments after the posts.

The database notes what is to be done (`storage/full_text.py`). Fetches and sends nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta

from instance.resources import Instance
from posts import words
from storage import full_text, uses
from storage.ids import moment_of
from storage.records import Post, Visibility

# A slice holds the one turn to write of SQLite for some milliseconds.
SLICE_POSTS = 50
# A run of the job takes on so many; what is more waits for the next run, beside everything else.
SLICES_PER_RUN = 200
SLICES_BEFORE_SEARCH = 4
# For the command, which somebody waits for.
LARGE_SLICE_POSTS = 200
NOTED_POSTS = 5000


async def index(instance: Instance, payload: dict[str, object]) -> None:
    """Job `index_posts`, once a minute. Run twice it finds nothing more to do."""
    del payload
    await _index(instance, SLICES_PER_RUN)


async def catch_up(instance: Instance) -> None:
    """Index the posts of the last moments, before a search for them; a bounded number."""
    if await full_text.has_unindexed():
        await _index(instance, SLICES_BEFORE_SEARCH)


async def index_all(instance: Instance, report: Callable[[str, int, int], None]) -> int:
    """Index whatever is not indexed yet; return how many posts. Killed, it goes on where it was."""
    total, done = await full_text.count_unindexed(), 0
    while found := await _index_slice(instance, LARGE_SLICE_POSTS):
        done += found
        report("indexing posts", min(done, total), total)
    return done


async def note_all(report: Callable[[str, int, int], None]) -> None:
    """Note all posts for being indexed anew, as after a change of what a word is."""
    after: int | None = 0
    while after is not None:
        report("noting posts", 0, 0)
        after = await full_text.note_all(after, NOTED_POSTS)


async def _index(instance: Instance, slices: int) -> None:
    for _ in range(slices):
        if await _index_slice(instance, SLICE_POSTS) < SLICE_POSTS:
            return
        await asyncio.sleep(0)


async def _index_slice(instance: Instance, limit: int) -> int:
    """Index some posts; return how many were taken on."""
    async with instance.store.transaction():
        taken = await full_text.take_unindexed(limit)
        await full_text.write([words.entry_of(post) for post in taken.posts])
        await _count_hashtags(instance, taken.posts)
    return taken.number


async def _count_hashtags(instance: Instance, posts: Iterable[Post]) -> None:
    """B97, B99: how often hashtags were used on the days of these posts, counted anew."""
    oldest = instance.now() - timedelta(days=uses.DAYS_COUNTED)
    touched: dict[int, set[str]] = defaultdict(set)
    for post in posts:
        moment = moment_of(post.id)
        if post.hashtags and post.visibility is Visibility.PUBLIC and moment > oldest:
            touched[uses.day_of(moment)].update(post.hashtags)
    for day, names in sorted(touched.items()):
        await uses.count_hashtags(day, sorted(names))
