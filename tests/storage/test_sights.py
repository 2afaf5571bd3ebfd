"""How a viewer meets posts and people: one query, the same answer from both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import actors, posts, sights
from storage.records import (
    BLOCKED_BY,
    BLOCKS,
    BOOSTED,
    FOLLOWS,
    LIKED,
    MUTES,
    InteractionKind,
    Mention,
    Visibility,
)
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_post,
    make_block,
    make_follow,
    make_interaction,
    make_mute,
    make_user,
)

pytestmark = pytest.mark.usefixtures("store")


async def test_counts_flags_and_standing() -> None:
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_actor()
    named = (Mention(alice.uri, alice.username, alice.id),)
    post = await insert_post(bob, visibility=Visibility.FOLLOWERS, mentions=named)
    await insert_post(carol, reply_to=post)
    await insert_post(carol, reply_to=post, visibility=Visibility.DIRECT)  # is not counted
    await insert(
        *(make_interaction(who, post, InteractionKind.LIKE) for who in (alice, carol)),
        make_interaction(alice, post, InteractionKind.BOOST),
        make_interaction(carol, post, InteractionKind.BOOKMARK),
        make_follow(alice, bob),
        make_block(carol, alice),
        make_block(alice, carol),
        make_mute(alice, carol, expires_at=START + timedelta(hours=1)),
    )
    found, people = await sights.look([post.id, 1], [carol.id, 1], alice.id, START)
    assert list(found) == [post.id]
    sight = found[post.id]
    assert (sight.replies, sight.likes, sight.boosts) == (1, 2, 1)
    assert (sight.done, sight.standing) == (LIKED | BOOSTED, FOLLOWS)
    assert (bool(sight.is_named), bool(sight.is_deleted)) == (True, False)
    assert list(people) == [carol.id]
    assert people[carol.id].standing == BLOCKS | BLOCKED_BY | MUTES
    later = START + timedelta(hours=2)
    _, people = await sights.look([], [carol.id], alice.id, later)
    assert people[carol.id].standing == BLOCKS | BLOCKED_BY
    stranger, _ = await sights.look([post.id], [], None, START)
    assert (stranger[post.id].done, stranger[post.id].standing) == (0, 0)
    assert stranger[post.id].counts == sight.counts
    assert await sights.look([], [], alice.id, START) == ({}, {})


async def test_the_stamp_changes_with_every_row_the_words_are_made_of() -> None:
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_actor()
    parent = await insert_post(carol)
    named = (Mention(bob.uri, bob.username, bob.id),)
    post = await insert_post(alice, reply_to=parent, mentions=named)
    stamps = [await _stamp(post.id)]
    for actor in (alice, bob, carol):
        await actors.save(actor)
        stamps.append(await _stamp(post.id))
    await actors.save(bob)
    stamps.append(await _stamp(post.id))
    # Who was changed most leaves: the change of the post weighs more (`POST_WEIGHT`).
    await posts.save(replace(post, mentions=()))
    stamps.append(await _stamp(post.id))
    await posts.bury(post.id, START)
    stamps.append(await _stamp(post.id))
    assert stamps == sorted(set(stamps))


async def _stamp(post_id: int) -> int:
    found, _ = await sights.look([post_id], [], None, START)
    return next(iter(found.values())).stamp


async def test_strangers_are_new_here_and_have_nothing_to_do_with_the_viewer() -> None:
    me = await insert_actor()
    people = [await insert_actor() for _ in range(8)]
    hidden = await insert_actor(is_discoverable=False)
    gone = await insert_actor(suspended_at=START)
    await insert(*(make_user(actor) for actor in (me, *people, hidden, gone)))
    await insert(
        make_follow(me, people[7]),
        make_follow(people[6], me),
        make_block(me, people[5]),
        make_block(people[4], me),
        make_mute(me, people[3]),
    )

    async def strangers(**more: int) -> list[int]:
        found = await sights.strangers(me.id, START, **{"among": 20, "limit": 2, **more})
        return [person.id for person in found]

    assert await strangers() == [people[2].id, people[1].id]
    assert await strangers(limit=9) == [people[2].id, people[1].id, people[0].id]
    assert await strangers(among=9) == [people[2].id, people[1].id]
    assert await strangers(among=4) == []
