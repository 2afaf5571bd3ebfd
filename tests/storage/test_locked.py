"""Rows that are read to be written whole: nobody overwrites what somebody else wrote meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from storage import actors, posts, users
from storage.records import SafeHtml
from storage.store import Store
from tests.factories import (
    START,
    insert_actor,
    insert_post,
    insert_remote_actor,
    insert_user,
    make_mention,
)

Change = Callable[[], Awaitable[None]]


async def one_meets_the_other(store: Store, one: Change, other: Change) -> None:
    """Run two changes in transactions of their own; the second begins while the first is open."""
    has_begun = asyncio.Event()

    async def first() -> None:
        async with store.transaction():
            await one()
            has_begun.set()
            await asyncio.sleep(0.1)

    async def second() -> None:
        await has_begun.wait()
        async with store.transaction():
            await other()

    await asyncio.gather(first(), second())


async def test_an_edit_does_not_bring_back_what_is_deleted_at_the_same_time(store: Store) -> None:
    post = await insert_post(await insert_actor())

    async def delete() -> None:
        await posts.bury(post.id, START)

    async def edit() -> None:
        found = await posts.find_locked(post.id)
        assert found is not None
        if found.deleted_at is None:
            await posts.save(replace(found, content=SafeHtml("<p>edited</p>")))

    await one_meets_the_other(store, delete, edit)
    after = await posts.get(post.id)
    assert (after.deleted_at, after.content) == (START, "")


async def test_preferences_do_not_bring_back_an_old_password(store: Store) -> None:
    user, _ = await insert_user()

    async def change(**changes: str) -> None:
        found = await users.find_locked(user.id)
        assert found is not None
        await users.save(replace(found, **changes))  # type: ignore[arg-type] # texts alone

    await one_meets_the_other(
        store, lambda: change(password_hash="new"), lambda: change(reason="other")
    )
    after = await users.find(user.id)
    assert after is not None
    assert (after.password_hash, after.reason) == ("new", "other")


async def test_two_changes_of_an_actor_are_both_kept(store: Store) -> None:
    actor = await insert_actor()

    async def name() -> None:
        await actors.save(replace(await actors.get_locked(actor.id), name="Ann"))

    async def suspend() -> None:
        found = await actors.find_locked_by_uri(actor.uri)
        assert found is not None
        await actors.save(replace(found, suspended_at=START))

    await one_meets_the_other(store, name, suspend)
    after = await actors.get(actor.id)
    assert (after.name, after.suspended_at) == ("Ann", START)


async def test_two_people_named_in_one_post_are_found_at_the_same_time(store: Store) -> None:
    ann, ben = await insert_remote_actor("ann"), await insert_remote_actor("ben")
    unknown = tuple(replace(make_mention(each), actor_id=None) for each in (ann, ben))
    post = await insert_post(await insert_actor(), mentions=unknown)
    await one_meets_the_other(
        store, lambda: posts.resolve_mentions(ann), lambda: posts.resolve_mentions(ben)
    )
    after = await posts.get(post.id)
    assert [mention.actor_id for mention in after.mentions] == [ann.id, ben.id]
