"""One post, what stands around it, and what words find, as one viewer may see it."""

import pytest

from instance.errors import Gone, Invalid, NotFound
from instance.resources import Instance
from outbox import blocking, publishing
from posts import search, threads
from storage.records import Actor, FollowState, Page, Post, Visibility
from tests.instances import FakeClock
from tests.usecases.social import befriend, change, hear, make_person, make_remote, say, settle


async def _sees(instance: Instance, post: Post, viewer: Actor | None) -> bool:
    try:
        await threads.visible_post(instance, post.id, viewer)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
async def test_wide_posts_are_for_everybody(
    instance: Instance, alice: Actor, bob: Actor, visibility: str
) -> None:
    post = await say(instance, alice, visibility=visibility)
    for viewer in (None, alice, bob, await make_remote(instance, "ben")):
        assert await _sees(instance, post, viewer)


async def test_pv1_followers_only_is_for_followers(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-1, PV-4, PV-13: also for remote viewers; asking is not following."""
    post = await say(instance, alice, "Hello @named", visibility="followers")
    ben, asked = await make_remote(instance, "ben"), await make_remote(instance, "asked")
    await befriend(instance, bob, alice)
    await befriend(instance, ben, alice)
    await befriend(instance, asked, alice, state=FollowState.REQUESTED)
    await befriend(instance, alice, asked)  # the other way gives nothing
    for viewer in (alice, bob, ben):
        assert await _sees(instance, post, viewer)
    for outsider in (None, asked, await make_person(instance, "stranger")):
        assert not await _sees(instance, post, outsider)


async def test_pv2_direct_is_for_the_named(instance: Instance, alice: Actor, bob: Actor) -> None:
    """PV-2, PV-3."""
    carol = await make_person(instance, "carol")
    await befriend(instance, carol, alice)
    post = await say(instance, alice, "Psst @bob", visibility="direct")
    assert await _sees(instance, post, bob)
    for viewer in (None, carol):
        assert not await _sees(instance, post, viewer)


async def test_pv11_a_blocked_viewer_sees_nothing(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice, "Hello @bob")
    await blocking.block(instance, alice, bob.id)
    assert not await _sees(instance, post, bob)
    assert await _sees(instance, post, None)


async def test_what_is_not_there_and_what_is_gone(
    instance: Instance, alice: Actor, clock: FakeClock
) -> None:
    with pytest.raises(NotFound):
        await threads.visible_post(instance, instance.ids.new(), alice)
    post, other = await say(instance, alice), await say(instance, alice)
    await publishing.delete(instance, alice, post.id)
    with pytest.raises(Gone):
        await threads.visible_post(instance, post.id, None)
    await change(alice, suspended_at=clock())
    assert not await _sees(instance, other, None)


# ---------------------------------------------------------------- threads


async def test_a_thread_is_what_stands_above_and_below(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    root = await say(instance, alice)
    middle = await say(instance, bob, in_reply_to_id=root.id)
    post = await say(instance, alice, in_reply_to_id=middle.id)
    below = await say(instance, bob, in_reply_to_id=post.id)
    deeper = await say(instance, alice, in_reply_to_id=below.id)
    await say(instance, bob, in_reply_to_id=root.id)  # beside, not below
    seen = await threads.visible_post(instance, post.id, None)
    thread = await threads.thread(instance, seen, None)
    assert [each.id for each in thread.ancestors] == [root.id, middle.id]
    assert thread.post == post
    assert [each.id for each in thread.descendants] == [below.id, deeper.id]


async def test_pv3_a_thread_shows_each_viewer_what_they_may_see(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-3, PV-8."""
    post = await say(instance, alice)
    private = await say(instance, bob, visibility="direct", in_reply_to_id=post.id)
    open_ = await say(instance, bob, in_reply_to_id=post.id)
    seen = await threads.visible_post(instance, post.id, None)

    async def below(viewer: Actor | None) -> list[int]:
        return [each.id for each in (await threads.thread(instance, seen, viewer)).descendants]

    assert await below(None) == [open_.id]
    assert await below(await make_person(instance, "carol")) == [open_.id]
    assert await below(alice) == [private.id, open_.id]  # the answered author is addressed


async def test_blocked_and_muted_people_are_hidden_in_threads(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol = await make_person(instance, "carol")
    post = await say(instance, alice)
    for each in (bob, carol):
        await say(instance, each, in_reply_to_id=post.id)
    await blocking.block(instance, alice, bob.id)
    await blocking.mute(instance, alice, carol.id)
    seen = await threads.visible_post(instance, post.id, alice)
    assert (await threads.thread(instance, seen, alice)).descendants == ()
    assert len((await threads.thread(instance, seen, None)).descendants) == 2


async def test_rx11_and_rx21_long_threads_and_circles_end(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "ANCESTORS_MAX", 3)
    monkeypatch.setattr(threads, "DESCENDANTS_MAX", 2)
    made = [await say(instance, alice)]
    for _ in range(9):
        made.append(await say(instance, alice, in_reply_to_id=made[-1].id))
    seen = await threads.visible_post(instance, made[5].id, None)
    thread = await threads.thread(instance, seen, None)
    assert len(thread.ancestors) == 3
    assert len(thread.descendants) == 2


# ---------------------------------------------------------------- search


async def test_words_find_what_one_may_see(instance: Instance, alice: Actor, bob: Actor) -> None:
    """PV-17: nothing private of others; A194: of others what their authors let be found."""
    alice = await change(alice, is_indexable=True)
    open_ = await say(instance, alice, "A kittiwake on the cliff")
    closed = await say(instance, alice, "A kittiwake at home", visibility="followers")
    await hear(instance, await make_remote(instance, "ben"), "A kittiwake elsewhere")
    await settle(instance)

    async def found(text: str, viewer: Actor | None) -> list[int]:
        return [each.id for each in await search.find_posts(instance, text, viewer, Page())]

    assert await found("kittiwake", None) == [open_.id]
    assert await found("kittiwake", bob) == [open_.id]
    assert await found("  KITTIWAKE ", alice) == [closed.id, open_.id]
    assert await found("gull", alice) == []
    assert await found("  ", alice) == []
    await blocking.block(instance, bob, alice.id)
    assert await found("kittiwake", bob) == []


@pytest.mark.parametrize("text", ["%", "_", "\\", "'; drop table posts", "%%%%"])
async def test_op4_wildcards_are_letters(instance: Instance, alice: Actor, text: str) -> None:
    await say(instance, alice, "Nothing special")
    assert await search.find_posts(instance, text, alice, Page()) == []


async def test_op4_long_queries_are_refused(instance: Instance, alice: Actor) -> None:
    with pytest.raises(Invalid):
        await search.find_posts(instance, "x" * 100_000, alice, Page())


async def test_a_found_post_of_ones_feed_may_be_private(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, bob, alice)
    post = await say(instance, alice, "A kittiwake", visibility=Visibility.FOLLOWERS.value)
    await settle(instance)
    found = await search.find_posts(instance, "kittiwake", bob, Page())
    assert [each.id for each in found] == [post.id]
