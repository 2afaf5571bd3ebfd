"""Feeds of sources that too many follow, feeds that sleep and wake, and what is trimmed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from feeds import fanout, hashtags, home, keeping, lists
from feeds import notifications as told
from inbox import reception
from instance.resources import Instance
from instance.settings import FeedSettings, Settings
from outbox import following, interacting, publishing
from storage import feeds, notifications, receipts, store, users
from storage.records import Actor, NotificationKind, Page, Post, ReceiptOutcome
from tests.factories import make_receipt, make_user
from tests.instances import FakeClock, Instances
from tests.usecases.queries import counted
from tests.usecases.social import befriend, hear, make_person, make_remote, say, settle

ALL = Page(limit=80)
KEPT = 40


@pytest.fixture
async def instance(instances: Instances) -> AsyncIterator[Instance]:
    """An instance where more than two followers are too many to push to."""
    given = FeedSettings(pulled_above_followers=2, entries_kept=KEPT, notifications_kept=KEPT)
    made = await instances.make("alpha", Settings(feeds=given))
    with made.store.active():
        yield made


@pytest.fixture
async def celebrity(instance: Instance, alice: Actor) -> Actor:
    """Somebody whom alice and three others follow, and who has said something: now pulled."""
    made = await make_person(instance, "celebrity")
    for follower in [alice, *[await make_person(instance, f"fan{n}") for n in range(3)]]:
        await befriend(instance, follower, made)
    await say(instance, made, "the first of all")
    await settle(instance)
    return made


async def _posts(instance: Instance, owner: Actor, page: Page = ALL) -> list[int]:
    return [item.post.id for item in (await home.read(instance, owner, page)).items]


async def _all_posts(instance: Instance, owner: Actor, limit: int = 7) -> list[int]:
    found: list[int] = []
    page = Page(limit=limit)
    while True:
        read = await home.read(instance, owner, page)
        found += [item.post.id for item in read.items]
        if read.next_max_id is None:
            return found
        page = Page(limit=limit, max_id=read.next_max_id)


async def _entries_of(post: Post) -> int:
    rows = await store.read("SELECT COUNT(*) FROM feed_entries WHERE post_id = ?", post.id)
    return int(rows[0][0])


async def _say(instance: Instance, author: Actor, clock: FakeClock, count: int) -> list[Post]:
    made = []
    for number in range(count):
        clock.advance(seconds=1)
        made.append(await say(instance, author, f"number {number}"))
    await settle(instance)
    return made


# ---------------------------------------------------------------- sources


async def test_a_celebrity_is_merged_and_not_pushed(
    instance: Instance, alice: Actor, bob: Actor, celebrity: Actor, clock: FakeClock
) -> None:
    await befriend(instance, alice, bob)
    clock.advance(minutes=1)
    pulled = await say(instance, celebrity, visibility="followers")
    pushed = await say(instance, bob)
    on = await say(instance, celebrity, in_reply_to_id=pulled.id)
    assert (await _posts(instance, alice))[:3] == [on.id, pushed.id, pulled.id]
    assert await _entries_of(pulled) == 2  # in the feed of the source, and the author's own
    assert (await _posts(instance, celebrity))[:2] == [on.id, pulled.id]
    assert await _posts(instance, bob) == [pushed.id]
    await publishing.delete(instance, celebrity, pulled.id)
    await following.unfollow(instance, alice, celebrity)
    assert await _posts(instance, alice) == [pushed.id]


async def test_an_answer_of_a_celebrity_is_for_those_who_follow_both(
    instance: Instance, alice: Actor, bob: Actor, celebrity: Actor
) -> None:
    await befriend(instance, alice, bob)
    parent = await say(instance, bob)
    to_bob = await say(instance, celebrity, in_reply_to_id=parent.id)
    stranger = await make_person(instance, "stranger")
    elsewhere = await say(instance, stranger)
    to_stranger = await say(instance, celebrity, in_reply_to_id=elsewhere.id)
    found = await _posts(instance, alice)
    assert to_bob.id in found
    assert to_stranger.id not in found


async def test_crossing_the_line_loses_and_repeats_nothing(
    instance: Instance, alice: Actor, celebrity: Actor, clock: FakeClock
) -> None:
    """Pushed, then pulled, then pushed again when far fewer follow."""
    before = len(await _posts(instance, alice))
    pulled = await _say(instance, celebrity, clock, 3)
    for name in ("fan0", "fan1", "fan2"):
        (row,) = await store.read("SELECT id FROM actors WHERE username = ?", name)
        await store.write("DELETE FROM follows WHERE follower_id = ?", row[0])
    await keeping.tidy(instance, {})
    pushed = await _say(instance, celebrity, clock, 3)
    assert await _entries_of(pushed[0]) == 2  # alice's, and the author's own
    found = await _posts(instance, alice)
    assert found[:6] == [post.id for post in reversed([*pulled, *pushed])]
    assert len(found) == before + 6 == len(set(found))


async def test_a_new_follower_of_a_celebrity_meets_each_post_once(
    instance: Instance, bob: Actor, celebrity: Actor, clock: FakeClock
) -> None:
    made = await _say(instance, celebrity, clock, 3)
    await following.follow(instance, bob, celebrity)
    found = await _posts(instance, bob)
    assert found[:3] == [post.id for post in reversed(made)]
    assert len(found) == 4 == len(set(found))


async def test_a_boost_by_a_celebrity_is_not_shown_beside_its_post(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    celebrity: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor one by somebody else beside the post of a celebrity; far away both are."""
    await befriend(instance, alice, bob)
    theirs, own = await say(instance, bob), await say(instance, celebrity)
    await interacting.boost(instance, celebrity, theirs.id)
    await interacting.boost(instance, bob, own.id)
    found = await _posts(instance, alice)
    assert (found.count(theirs.id), found.count(own.id)) == (1, 1)
    monkeypatch.setattr(feeds, "NEWEST_WITHOUT_REPEATS", 2)
    for _ in range(3):
        await say(instance, bob)
    dan = await make_person(instance, "dan")
    await befriend(instance, alice, dan)
    await interacting.boost(instance, dan, own.id)
    assert (await _posts(instance, alice))[0] == own.id
    stranger = await hear(instance, await make_remote(instance, "ben"))
    boost = await interacting.boost(instance, celebrity, stranger.id)
    assert boost.post_id == (await _posts(instance, alice))[0]
    await interacting.unboost(instance, celebrity, stranger.id)
    assert stranger.id not in await _posts(instance, alice)


async def test_a_hashtag_that_too_many_follow_is_merged(
    instance: Instance, alice: Actor, bob: Actor, celebrity: Actor
) -> None:
    """A post with two reasons to be merged comes once."""
    for number in range(3):
        fan = await make_person(instance, f"tagged{number}")
        await hashtags.follow(instance, fan, "birds")
    await hashtags.follow(instance, alice, "birds")
    for author in (bob, celebrity):
        for _ in range(2):
            await say(instance, author, "#birds")
            await settle(instance)
    found = await _posts(instance, alice)
    assert len(found) == len(set(found)) == 5
    assert len(await store.read("SELECT hashtag FROM pulled_sources")) == 2


async def test_a_list_merges_the_celebrities_in_it(
    instance: Instance, alice: Actor, celebrity: Actor
) -> None:
    made = await lists.create(instance, alice, "Stars")
    await lists.add(instance, alice, made.id, celebrity.id)
    empty = await lists.create(instance, alice, "Others")
    post = await say(instance, celebrity)
    read = await lists.read(instance, alice, made.id, ALL)
    assert post.id in {item.post.id for item in read.items}
    assert (await lists.read(instance, alice, empty.id, ALL)).items == ()


# ---------------------------------------------------------------- trimming


async def test_a_trimmed_feed_is_read_on_below_its_floor(
    instance: Instance, alice: Actor, bob: Actor, celebrity: Actor, clock: FakeClock
) -> None:
    """No gap and no repeat, downwards and upwards."""
    await befriend(instance, alice, bob)
    wanted = await _posts(instance, alice)
    for number in range(KEPT):
        clock.advance(seconds=1)
        author = (bob, celebrity, bob)[number % 3]
        wanted.insert(0, (await say(instance, author, f"number {number}")).id)
        clock.advance(seconds=1)
        wanted.insert(0, (await say(instance, alice, f"own {number}")).id)
    await settle(instance)
    await keeping.tidy(instance, {})
    (row,) = await store.read("SELECT COUNT(*) FROM feed_entries WHERE owner_id = ?", alice.id)
    assert row[0] <= KEPT < len(wanted)
    assert await _all_posts(instance, alice) == wanted
    upwards: list[int] = []
    page = await home.read(instance, alice, Page(limit=7, min_id=1))
    while page.items:
        upwards = [item.post.id for item in page.items] + upwards
        page = await home.read(instance, alice, Page(limit=7, min_id=page.prev_min_id))
    assert upwards == wanted
    await keeping.tidy(instance, {})
    assert await _all_posts(instance, alice) == wanted


async def test_read_notifications_go_after_a_while_and_too_many_at_once(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    kind = NotificationKind.LIKE
    for _ in range(3):
        post = await say(instance, alice)
        await told.tell(instance, kind, alice.id, bob.id, post.id)
    read, *_ = (await notifications.page(alice.id, ALL))[1:]
    await told.mark_read(instance, alice, read.id)
    clock.advance(days=instance.settings.feeds.notifications_kept_days + 1)
    await keeping.tidy(instance, {})
    left = await notifications.page(alice.id, ALL)
    assert [each.id > read.id for each in left] == [True]
    for _ in range(KEPT + 5):
        clock.advance(seconds=1)
        post = await say(instance, alice)
        await told.tell(instance, kind, alice.id, bob.id, post.id)
    newest = await notifications.page(alice.id, Page(limit=KEPT))
    await keeping.tidy(instance, {})
    assert await notifications.page(alice.id, ALL) == newest


async def test_what_waits_for_a_job_that_was_buried_is_settled(
    instance: Instance, clock: FakeClock
) -> None:
    old = make_receipt(received_at=clock() - timedelta(days=9))
    young = make_receipt(received_at=clock() - timedelta(days=6))
    for receipt in (old, young):
        await receipts.record_if_new(receipt)
    await reception.forget_documents(instance, {})
    found = [await receipts.find(each.id) for each in (old, young)]
    outcomes = [each.outcome for each in found if each is not None]
    assert outcomes == [ReceiptOutcome.FAILED, ReceiptOutcome.WAITING]


# ---------------------------------------------------------------- away and back


async def test_who_is_away_is_pushed_nothing_and_misses_nothing(
    instance: Instance, alice: Actor, bob: Actor, celebrity: Actor, clock: FakeClock
) -> None:
    await users.insert(make_user(alice, created_at=clock()))
    await befriend(instance, alice, bob)
    made = await lists.create(instance, alice, "Birds")
    await lists.add(instance, alice, made.id, bob.id)
    wanted = [post.id for post in await _say(instance, bob, clock, 2)]
    clock.advance(days=instance.settings.feeds.asleep_after_days + 1)
    await keeping.tidy(instance, {})
    for author in (bob, celebrity, bob):
        wanted += [post.id for post in await _say(instance, author, clock, 1)]
    answer = await say(instance, bob, in_reply_to_id=wanted[-2])
    direct = await say(instance, bob, "Psst @alice", visibility="direct")
    boosted = await hear(instance, await make_remote(instance, "ben"))
    await interacting.boost(instance, bob, boosted.id)
    await following.follow(instance, alice, await make_person(instance, "carol"))
    wanted = [boosted.id, direct.id, answer.id, *reversed(wanted)]
    for feed_id in (alice.id, made.id):
        sql = "SELECT COUNT(*) FROM feed_entries WHERE owner_id = ?"
        assert (await store.read(sql, feed_id))[0][0] == 0
    for _ in range(2):  # asleep, and while it wakes
        found = await _posts(instance, alice)
        assert found[: len(wanted)] == wanted
    clock.advance(minutes=1)
    await settle(instance)
    found = await _posts(instance, alice)
    assert found[: len(wanted)] == wanted
    assert not await feeds.is_asleep(alice.id)
    later = await say(instance, bob)
    assert (await _posts(instance, alice))[0] == later.id
    await keeping.tidy(instance, {})
    assert not await feeds.is_asleep(alice.id)  # who reads was seen
    read = await lists.read(instance, alice, made.id, ALL)
    assert read.items[0].post.id == later.id
    assert not await feeds.is_asleep(made.id)


async def test_a_feed_that_woke_keeps_its_newest_entries(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Filling may run twice, and below what it kept the feed goes on."""
    monkeypatch.setattr(keeping, "FILLED_MAX", 10)
    await befriend(instance, alice, bob)
    wanted = [post.id for post in reversed(await _say(instance, bob, clock, 20))]
    await feeds.empty(alice.id, feeds.ASLEEP)
    clock.advance(minutes=1)
    await _posts(instance, alice)
    clock.advance(minutes=1)
    for _ in range(2):
        await keeping.fill(instance, {"feed_id": alice.id})
    (row,) = await store.read("SELECT COUNT(*) FROM feed_entries WHERE owner_id = ?", alice.id)
    assert 8 <= row[0] <= 20
    assert await _all_posts(instance, alice) == wanted
    await keeping.fill(instance, {"feed_id": "nonsense"})


# ---------------------------------------------------------------- cost


async def test_the_cost_of_a_post_does_not_depend_on_the_number_of_its_readers(
    instances: Instances, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BUDGETS: whatever the number of local users; the same statements for 2 and for 50."""
    made = await instances.make("beta")
    with made.store.active():
        author, numbers = await make_person(made, "author"), []
        for count in (2, 50):
            for number in range(count):
                await befriend(made, await make_person(made, f"f{count}x{number}"), author)
            with counted(made, monkeypatch) as statements:
                await say(made, author)
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]
        assert await made.queue.counts() == await made.queue.counts()
        rows = await store.read("SELECT COUNT(*) FROM jobs WHERE kind = ?", fanout.FAN_OUT)
        assert rows[0][0] == 0
