"""Home, public, hashtag, profile and the lists of what one likes and keeps: pages and their cut."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from feeds import home, paging, public
from feeds.items import FeedPage
from feeds.loading import dress, load, load_one
from instance.resources import Instance
from outbox import blocking, following, interacting, publishing
from storage import actors, posts
from storage.records import Actor, Page, Post
from tests.instances import FakeClock
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, hear, make_person, make_remote, say, settle

Reading = Callable[[Page], Awaitable[FeedPage]]


def _ids(page: FeedPage) -> list[int]:
    return [item.post.id for item in page.items]


async def _read_all(read: Reading, limit: int = 3) -> list[int]:
    """Everything, page after page, towards the older ones."""
    found: list[int] = []
    page = await read(Page(limit=limit))
    while True:
        found += _ids(page)
        if page.next_max_id is None:
            return found
        page = await read(Page(limit=limit, max_id=page.next_max_id))


async def _write(instance: Instance, author: Actor, count: int) -> list[Post]:
    made = [await say(instance, author, f"number {n}") for n in range(count)]
    await settle(instance)
    return made


# ---------------------------------------------------------------- pages


async def test_pages_neither_skip_nor_repeat_while_posts_arrive(
    instance: Instance, alice: Actor
) -> None:
    made = await _write(instance, alice, 7)
    wanted = [post.id for post in reversed(made)]
    found: list[int] = []
    page = await home.read(instance, alice, Page(limit=3))
    while True:
        found += _ids(page)
        if page.next_max_id is None:
            break
        await say(instance, alice, "arrives meanwhile")
        page = await home.read(instance, alice, Page(limit=3, max_id=page.next_max_id))
    assert found == wanted


async def test_newer_pages_are_read_upwards_without_a_gap(instance: Instance, alice: Actor) -> None:
    await _write(instance, alice, 2)
    page = await home.read(instance, alice, Page(limit=3))
    made = await _write(instance, alice, 7)
    found: list[int] = []
    for _ in range(4):
        page = await home.read(instance, alice, Page(limit=3, min_id=page.prev_min_id))
        if not page.items:
            break
        found = _ids(page) + found
    assert found == [post.id for post in reversed(made)]


async def test_the_last_page_says_so(instance: Instance, alice: Actor) -> None:
    await _write(instance, alice, 3)
    assert (await home.read(instance, alice, Page(limit=3))).next_max_id is None
    assert (await home.read(instance, alice, Page(limit=2))).next_max_id is not None
    empty = await home.read(instance, await make_person(instance, "new"), Page())
    assert empty == FeedPage()


async def test_since_id_bounds_a_page(instance: Instance, alice: Actor) -> None:
    made = await _write(instance, alice, 5)
    everything = await home.read(instance, alice, Page(limit=10))
    third = everything.items[2].order_id
    newest = await home.read(instance, alice, Page(limit=10, since_id=third))
    assert _ids(newest) == [made[4].id, made[3].id]


async def test_a_page_full_of_hidden_posts_is_filled_up(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol = await make_person(instance, "carol")
    for each in (bob, carol):
        await befriend(instance, alice, each)
    old = await _write(instance, carol, 3)
    await _write(instance, bob, 8)
    await blocking.mute(instance, alice, bob.id)
    page = await home.read(instance, alice, Page(limit=3))
    assert _ids(page) == [post.id for post in reversed(old)]
    upwards = await home.read(instance, alice, Page(limit=3, min_id=1))
    assert _ids(upwards) == [post.id for post in reversed(old)]


async def test_an_upward_page_reads_past_hidden_posts_and_keeps_the_nearest(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, alice, bob)
    shown = await _write(instance, alice, 1)
    await _write(instance, bob, 4)
    shown += await _write(instance, alice, 6)
    await blocking.mute(instance, alice, bob.id)
    page = await home.read(instance, alice, Page(limit=4, min_id=1))
    assert _ids(page) == [post.id for post in reversed(shown[:4])]
    page = await home.read(instance, alice, Page(limit=4, min_id=page.prev_min_id))
    assert _ids(page) == [post.id for post in reversed(shown[4:])]
    page = await home.read(instance, alice, Page(limit=4, min_id=page.prev_min_id))
    assert page == FeedPage()


async def test_filling_up_is_bounded_and_goes_on_from_there(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, alice, bob)
    old = await _write(instance, alice, 1)
    await _write(instance, bob, paging.READS_PER_PAGE_MAX * 2 + 3)
    await blocking.mute(instance, alice, bob.id)
    page = await home.read(instance, alice, Page(limit=1))
    assert page.items == ()
    assert page.next_max_id is not None
    following_page = await home.read(instance, alice, Page(limit=1, max_id=page.next_max_id))
    assert _ids(following_page) == [old[0].id]


# ---------------------------------------------------------------- what an item carries


async def test_an_item_carries_all_that_is_shown(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    parent = await say(instance, bob)
    post = await say(instance, alice, in_reply_to_id=parent.id)
    await interacting.like(instance, bob, post.id)
    await interacting.boost(instance, bob, post.id)
    await interacting.bookmark(instance, bob, post.id)
    await say(instance, bob, in_reply_to_id=post.id)
    item = await load_one(instance, post.id, bob)
    assert item is not None
    (full,) = await dress([item])
    assert full.author == await actors.get(alice.id)
    assert full.in_reply_to_author == await actors.get(bob.id)
    assert full.stamp == item.stamp
    assert (item.counts.likes, item.counts.boosts, item.counts.replies) == (1, 1, 1)
    assert item.flags.liked
    assert item.flags.boosted
    assert item.flags.bookmarked
    assert not item.flags.pinned
    stranger = await load_one(instance, post.id, None)
    assert stranger is not None
    assert not stranger.flags.liked


async def test_a_person_who_is_named_no_more_does_not_make_up_for_the_edit(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """An edit from elsewhere raises the post's version by one, and bob's, which is one, is gone."""
    await actors.save(bob)
    post = await say(instance, alice, "Hello @bob")
    before = await load_one(instance, post.id, alice)
    await posts.save(replace(post, mentions=()))
    after = await load_one(instance, post.id, alice)
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp


async def test_loading_leaves_out_what_the_viewer_may_not_see(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-22 and PV-4: whoever hands over ids still gets only visible posts."""
    hidden = await say(instance, bob, visibility="direct")
    shown = await say(instance, bob)
    assert [item.post.id for item in await load(instance, [hidden.id, shown.id], alice)] == [
        shown.id
    ]
    assert await load_one(instance, hidden.id, None) is None


async def _count_queries(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, read: Callable[[], Awaitable[Any]]
) -> int:
    with counted(instance, monkeypatch) as queries:
        await read()
    return len(queries)


@pytest.mark.parametrize("feed", ["home", "profile", "bookmarks", "federated"])
async def test_a_page_costs_the_same_number_of_queries_for_20_and_40(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    monkeypatch: pytest.MonkeyPatch,
    feed: str,
) -> None:
    await befriend(instance, alice, bob)
    parent = await say(instance, alice)
    for number in range(63):
        answers = {"in_reply_to_id": parent.id} if number % 3 == 0 else {}
        post = await say(instance, bob, f"@alice #tag {number}", **answers)
        await interacting.bookmark(instance, alice, post.id)
        await interacting.like(instance, alice, post.id)
    await settle(instance)

    async def read(limit: int) -> None:
        page = Page(limit=limit)
        feeds: dict[str, Callable[[], Awaitable[FeedPage]]] = {
            "home": lambda: home.read(instance, alice, page),
            "profile": lambda: public.profile(instance, bob, page, alice, with_replies=True),
            "bookmarks": lambda: public.bookmarks(instance, alice, page),
            "federated": lambda: public.federated(instance, page, alice),
        }
        assert len((await feeds[feed]()).items) == limit

    await read(20)  # the reader's filters are then known
    few = await _count_queries(instance, monkeypatch, lambda: read(20))
    many = await _count_queries(instance, monkeypatch, lambda: read(40))
    assert few == many
    assert 0 < few <= 20


# ---------------------------------------------------------------- home


async def test_pv18_muted_and_blocking_people_are_not_in_the_home_feed(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol = await make_person(instance, "carol")
    for each in (bob, carol):
        await following.follow(instance, alice, each)
    post = await say(instance, bob)
    await settle(instance)
    await interacting.boost(instance, carol, post.id)
    await settle(instance)
    await blocking.mute(instance, alice, bob.id)
    assert _ids(await home.read(instance, alice, Page())) == []


async def test_mo2_posts_of_the_suspended_and_deleted_are_hidden(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    await following.follow(instance, alice, bob)
    await _write(instance, bob, 1)
    await change(bob, suspended_at=clock())
    assert _ids(await home.read(instance, alice, Page())) == []
    assert _ids(await public.federated(instance, Page(), alice)) == []


async def test_a_post_that_is_gone_leaves_no_hole(instance: Instance, alice: Actor) -> None:
    made = await _write(instance, alice, 3)
    await publishing.delete(instance, alice, made[1].id)
    assert _ids(await home.read(instance, alice, Page())) == [made[2].id, made[0].id]


# ---------------------------------------------------------------- public feeds


async def test_local_and_federated_hold_public_posts_alone(
    instance: Instance, alice: Actor
) -> None:
    """PV-17."""
    ben = await make_remote(instance, "ben")
    here = await say(instance, alice, "Hello #Tag")
    for narrow in ("unlisted", "followers", "direct"):
        await say(instance, alice, "Hidden #tag", visibility=narrow)
    there = await hear(instance, ben)
    for viewer in (None, alice):
        assert _ids(await public.local(instance, Page(), viewer)) == [here.id]
        assert _ids(await public.federated(instance, Page(), viewer)) == [there.id, here.id]
        assert _ids(await public.hashtag(instance, "tag", Page(), viewer)) == [here.id]
        assert _ids(await public.hashtag(instance, "other", Page(), viewer)) == []


async def test_public_feeds_are_paged_and_filtered(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    kept = await _write(instance, alice, 4)
    await _write(instance, bob, 4)
    viewer = await make_person(instance, "carol")
    await blocking.block(instance, viewer, bob.id)

    async def read(page: Page) -> FeedPage:
        return await public.local(instance, page, viewer)

    assert await _read_all(read) == [post.id for post in reversed(kept)]


# ---------------------------------------------------------------- profile


async def test_a_profile_shows_what_the_viewer_may_see(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-1, PV-2, PV-4, PV-13."""
    open_, quiet, closed = [
        await say(instance, alice, visibility=each) for each in ("public", "unlisted", "followers")
    ]
    await say(instance, alice, "Psst @bob", visibility="direct")

    async def seen_by(viewer: Actor | None) -> list[int]:
        page = await public.profile(instance, alice, Page(), viewer, with_replies=True)
        return _ids(page)

    wide = [quiet.id, open_.id]
    assert await seen_by(None) == wide
    assert await seen_by(bob) == wide
    await befriend(instance, bob, alice)
    assert await seen_by(bob) == [closed.id, *wide]
    assert await seen_by(alice) == [closed.id, *wide]


async def test_a_profile_shows_boosts_and_replies_on_wish(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    parent = await say(instance, bob)
    reply = await say(instance, alice, in_reply_to_id=parent.id)
    await interacting.boost(instance, alice, parent.id)
    page = await public.profile(instance, alice, Page(), None, with_replies=False)
    (item,) = page.items
    assert item.booster is not None
    assert (item.post.id, item.booster.id) == (parent.id, alice.id)
    page = await public.profile(instance, alice, Page(), None, with_replies=True)
    assert _ids(page) == [parent.id, reply.id]


async def test_a_muted_persons_own_profile_is_shown_and_a_blocked_ones_not(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, bob)
    await blocking.mute(instance, alice, bob.id)
    read = await public.profile(instance, bob, Page(), alice, with_replies=True)
    assert _ids(read) == [post.id]
    await blocking.block(instance, bob, alice.id)
    read = await public.profile(instance, bob, Page(), alice, with_replies=True)
    assert _ids(read) == []


async def test_pv7_a_boost_of_a_followers_only_post_is_shown_to_followers_alone(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice, visibility="followers")
    await interacting.boost(instance, alice, post.id)
    read = await public.profile(instance, alice, Page(), bob, with_replies=True)
    assert _ids(read) == []


# ---------------------------------------------------------------- likes and bookmarks


async def test_lists_are_sorted_by_when_it_was_done(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    made = await _write(instance, bob, 5)
    for index in (2, 0, 4, 1, 3):
        await interacting.like(instance, alice, made[index].id)
        await interacting.bookmark(instance, alice, made[index].id)
    wanted = [made[index].id for index in (3, 1, 4, 0, 2)]
    assert await _read_all(lambda page: public.favourites(instance, alice, page), 2) == wanted
    assert await _read_all(lambda page: public.bookmarks(instance, alice, page), 2) == wanted


async def test_pv4_a_kept_post_that_became_hidden_is_hidden(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await following.follow(instance, alice, bob)
    post = await say(instance, bob, visibility="followers")
    await interacting.bookmark(instance, alice, post.id)
    await following.unfollow(instance, alice, bob)
    assert _ids(await public.bookmarks(instance, alice, Page())) == []


async def test_pins_are_shown_to_everybody_the_latest_first(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B23."""
    made = await _write(instance, alice, 2)
    for post in made:
        await interacting.pin(instance, alice, post.id)
    for viewer in (None, bob, alice):
        shown = await public.pinned(instance, alice, viewer)
        assert [item.post.id for item in shown] == [made[1].id, made[0].id]
    assert (await public.pinned(instance, alice, alice))[0].flags.pinned
