"""Every write of a post or an actor raises its version: what is cached of it is checked by that."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import storage
from storage import actors, posts, rows
from storage.records import Actor, ActorUri, Mention, Post
from tests.factories import (
    START,
    insert_actor,
    insert_post,
    insert_remote_actor,
    make_actor,
    make_key,
    make_post,
    make_remote_actor,
)

LATER = "https://far.test/notes/later"


async def bury(post: Post) -> None:
    await posts.bury(post.id, START)


async def bury_all(post: Post) -> None:
    await posts.bury_all_of(post.actor_id, START, limit=10)


async def adopt(post: Post) -> None:
    assert post.in_reply_to_uri == LATER
    parent = make_post(await insert_remote_actor(), uri=LATER)
    await posts.insert(parent)
    await posts.adopt_replies(parent)


async def resolve(post: Post) -> None:
    named = make_remote_actor(uri=post.mentions[0].uri)
    await actors.insert(named)
    await posts.resolve_mentions(named)


CHANGES_OF_POSTS: dict[str, Callable[[Post], Awaitable[None]]] = {
    "save": posts.save,
    "bury": bury,
    "bury_all_of": bury_all,
    "adopt_replies": adopt,
    "resolve_mentions": resolve,
}
CHANGES_OF_ACTORS: dict[str, Callable[[Actor], Awaitable[None]]] = {
    "save": actors.save,
    "remove_remote": lambda actor: actors.remove_remote(actor.id, START),
}
# How a function of these modules changes a row that is there.
WRITES = re.compile(r"UPDATE (posts|actors)|(POSTS|ACTORS)\.save\(|await _bury\(")


@pytest.mark.parametrize("name", CHANGES_OF_POSTS)
@pytest.mark.usefixtures("store")
async def test_every_change_of_a_post_raises_its_version(name: str) -> None:
    mention = Mention(uri=ActorUri("https://far.test/users/unseen"), handle="unseen@far.test")
    post = await insert_post(await insert_actor(), in_reply_to_uri=LATER, mentions=(mention,))
    assert (await posts.get(post.id)).version == 0
    for number in (1, 2):
        await CHANGES_OF_POSTS["save"](await posts.get(post.id))
        assert (await posts.get(post.id)).version == number
    await CHANGES_OF_POSTS[name](await posts.get(post.id))
    assert (await posts.get(post.id)).version == 3


@pytest.mark.parametrize("name", CHANGES_OF_ACTORS)
@pytest.mark.usefixtures("store")
async def test_every_change_of_an_actor_raises_its_version(name: str) -> None:
    actor = await insert_remote_actor()
    await actors.insert_key(make_key(actor))
    assert (await actors.get(actor.id)).version == 0
    await CHANGES_OF_ACTORS[name](actor)
    assert (await actors.get(actor.id)).version == 1
    # Also by who read the row before.
    await actors.save(replace(actor, name="Bea"))
    assert (await actors.get(actor.id)).version == 2


@pytest.mark.parametrize(
    ("module", "tested"), [(posts, CHANGES_OF_POSTS), (actors, CHANGES_OF_ACTORS)]
)
def test_every_function_that_changes_a_row_is_tested_here(
    module: ModuleType, tested: Mapping[str, object]
) -> None:
    functions = inspect.getmembers(module, inspect.iscoroutinefunction)
    changing = {name for name, each in functions if WRITES.search(inspect.getsource(each))}
    assert changing - {"_bury"} == set(tested)


def test_every_update_of_these_tables_raises_the_version() -> None:
    found = 0
    for path in Path(storage.__path__[0]).glob("*.py"):
        for statement in re.findall(
            r"UPDATE (?:posts|actors) SET.*?WHERE", path.read_text(), re.DOTALL
        ):
            found += 1
            assert "{RAISED}" in statement, path
    assert found >= 3
    assert rows.RAISED in rows.POSTS._update
    assert rows.RAISED in rows.ACTORS._update
    # A new post or actor begins at 0; nobody sets the number by hand.
    assert make_actor().version == 0
