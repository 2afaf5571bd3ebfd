"""Feeds and keyset pages."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from storage import actors, feed_pages, feeds, timelines
from storage.records import Actor, FeedEntry, InteractionKind, Page, Post, RowId, Visibility
from storage.store import Store
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_post,
    insert_remote_actor,
    make_entry,
    make_interaction,
)

pytestmark = pytest.mark.usefixtures("store")

ALL = Page(limit=50)
PUBLIC, UNLISTED, LOCAL, FOLLOWERS, DIRECT = Visibility


async def home(owner_id: RowId, page: Page) -> list[FeedEntry]:
    """A page of a home feed, as the entries that were put into it."""
    found = await feed_pages.read(feeds.home_of(owner_id), page)
    return [FeedEntry(line.id, owner_id, *line[1:]) for line in found.lines]


# ---------------------------------------------------------------- pages


async def feed_of(count: int) -> tuple[Actor, list[FeedEntry]]:
    """A home feed of so many entries, oldest first."""
    owner = await insert_actor()
    author = await insert_actor()
    entries = [make_entry(owner, await insert_post(author)) for _ in range(count)]
    await timelines.insert_entries(entries)
    return owner, entries


def ids(*posts: Post) -> list[RowId]:
    return [post.id for post in posts]


async def test_a_page_is_the_newest_below_max_and_above_since() -> None:
    owner, entries = await feed_of(6)
    places = [entry.id for entry in entries]
    for page, expected in (
        (Page(limit=3), [5, 4, 3]),
        (Page(limit=3, max_id=places[3]), [2, 1, 0]),
        (Page(limit=2, since_id=places[1]), [5, 4]),
        (Page(limit=9, since_id=places[1], max_id=places[4]), [3, 2]),
        (Page(limit=2, min_id=places[1]), [3, 2]),  # just above, newest first
        (Page(limit=9, min_id=places[1], max_id=places[4]), [3, 2]),
        (Page(limit=2, max_id=places[0]), []),
        (Page(limit=2, min_id=places[5]), []),
        (Page(limit=2, max_id=10**40), [5, 4]),
    ):
        found = await home(owner.id, page)
        assert found == [entries[number] for number in expected], page


async def test_pages_never_skip_or_repeat_while_posts_arrive() -> None:
    """Issue 2, section 7: read down in pages of three, while a post arrives before each."""
    owner, entries = await feed_of(10)
    author = await insert_actor()
    seen: list[FeedEntry] = []
    page = Page(limit=3)
    while rows := await home(owner.id, page):
        seen += rows
        page = Page(limit=3, max_id=rows[-1].id)
        await timelines.insert_entries([make_entry(owner, await insert_post(author))])
    assert seen == entries[::-1]
    newer: list[FeedEntry] = []
    page = Page(limit=3, min_id=seen[0].id)
    while rows := await home(owner.id, page):
        newer = rows + newer
        page = Page(limit=3, min_id=rows[0].id)
    assert newer + seen == await home(owner.id, ALL)
    assert len(newer) == 4


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    limit=some.integers(1, 7),
    arrivals=some.lists(some.integers(0, 3), min_size=1, max_size=8),
    is_upwards=some.booleans(),
)
async def test_any_walk_through_pages_meets_each_row_once(
    *, limit: int, arrivals: list[int], is_upwards: bool
) -> None:
    owner, before = await feed_of(5)
    author = await insert_actor()
    seen: list[RowId] = []
    page = Page(limit=limit, min_id=0 if is_upwards else None)
    for arriving in arrivals + [0] * 30:
        rows = await home(owner.id, page)
        assert rows == sorted(rows, key=lambda row: row.id, reverse=True)
        seen += [row.id for row in (reversed(rows) if is_upwards else rows)]
        if rows and is_upwards:
            page = Page(limit=limit, min_id=rows[0].id)
        elif rows:
            page = Page(limit=limit, max_id=rows[-1].id)
        new = [make_entry(owner, await insert_post(author)) for _ in range(arriving)]
        await timelines.insert_entries(new)
    assert len(seen) == len(set(seen))
    assert set(seen) >= {entry.id for entry in before}
    if is_upwards:
        everything = await home(owner.id, ALL)
        assert seen == [entry.id for entry in reversed(everything)]


# ---------------------------------------------------------------- home


async def test_an_entry_is_there_once_for_each_who_brought_it() -> None:
    owner, author, booster = [await insert_actor() for _ in range(3)]
    post = await insert_post(author)
    written, boosted = make_entry(owner, post), make_entry(owner, post, booster=booster)
    await timelines.insert_entries([written, boosted])
    await timelines.insert_entries(
        [make_entry(owner, post), make_entry(owner, post, booster=booster)]
    )
    assert await home(owner.id, ALL) == [boosted, written]
    await timelines.insert_entries([])


async def test_entries_go_with_the_post_the_boost_or_the_author() -> None:
    owner, author, booster = [await insert_actor() for _ in range(3)]
    first, second = await insert_post(author), await insert_post(author)
    other = await insert_post(owner)
    a, b, c, d = (
        make_entry(owner, first),
        make_entry(owner, second, booster=booster),
        make_entry(owner, second),
        make_entry(owner, other),
    )
    await timelines.insert_entries([a, b, c, d])
    await timelines.remove_boost(booster.id, second.id)
    assert await home(owner.id, ALL) == [d, c, a]
    await timelines.insert_entries([b])
    await timelines.remove_author(owner.id, booster.id)
    assert await home(owner.id, ALL) == [d, c, a]
    await timelines.remove_author(owner.id, author.id)
    assert await home(owner.id, ALL) == [d]


async def test_a_feed_is_its_owners_alone() -> None:
    owner, other = await insert_actor(), await insert_actor()
    post = await insert_post(other)
    await timelines.insert_entries([make_entry(other, post)])
    await timelines.remove_author(owner.id, other.id)
    assert await home(owner.id, ALL) == []
    assert len(await home(other.id, ALL)) == 1


# ---------------------------------------------------------------- public feeds


async def test_the_public_feed_has_public_posts_that_begin_something() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    first = await insert_post(alice)
    remote = await insert_post(bob)
    on = await insert_post(alice, reply_to=first)  # goes on with her own
    await insert_post(alice, reply_to=remote)
    await insert_post(bob, in_reply_to_uri="https://unknown.test/1")
    for visibility in (UNLISTED, FOLLOWERS, DIRECT):
        await insert_post(alice, visibility=visibility)
    await insert_post(alice, deleted_at=START)
    assert await timelines.public(ALL) == ids(on, remote, first)
    assert await timelines.public(ALL, timelines.Which(local_only=True)) == ids(on, first)
    assert await timelines.public(
        Page(limit=1, max_id=on.id), timelines.Which(local_only=True)
    ) == ids(first)


@pytest.mark.parametrize("field", ["deleted_at", "suspended_at"])
async def test_public_feeds_leave_out_actors_that_are_gone(field: str) -> None:
    alice = await insert_actor()
    await insert_post(alice, hashtags=("birds",))
    gone: dict[str, Any] = {field: START}
    await actors.save(replace(alice, **gone))
    assert await timelines.public(ALL) == []
    assert await timelines.hashtag("birds", ALL) == []


async def test_a_hashtag_has_public_posts_also_replies() -> None:
    alice = await insert_actor()
    first = await insert_post(alice, hashtags=("birds", "sea"))
    reply = await insert_post(await insert_actor(), reply_to=first, hashtags=("birds",))
    for visibility in (UNLISTED, FOLLOWERS, DIRECT):
        await insert_post(alice, visibility=visibility, hashtags=("birds",))
    await insert_post(alice, hashtags=("birdsong",))
    assert await timelines.hashtag("birds", ALL) == ids(reply, first)
    assert await timelines.hashtag("sea", ALL) == ids(first)
    assert await timelines.hashtag("birds", Page(limit=1, min_id=0)) == ids(first)


# ---------------------------------------------------------------- one actor


async def test_an_actors_posts_by_visibility_and_kind() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    theirs = await insert_post(bob)
    made = [await insert_post(alice, visibility=visibility) for visibility in Visibility]
    on = await insert_post(alice, reply_to=made[0])
    answer = await insert_post(alice, reply_to=theirs)
    await insert_post(alice, deleted_at=START)

    async def of(*visibilities: Visibility, with_replies: bool) -> list[Post]:
        return await timelines.of_actor(
            alice.id, ALL, visibilities=visibilities, with_replies=with_replies
        )

    assert await of(PUBLIC, with_replies=False) == [on, made[0]]
    assert await of(PUBLIC, UNLISTED, with_replies=True) == [answer, on, made[1], made[0]]
    assert await of(*Visibility, with_replies=False) == [on, *made[::-1]]
    assert await of(with_replies=True) == []


async def test_boosts_are_of_posts_anybody_may_see() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    gone = await insert_remote_actor(suspended_at=START)
    made = [await insert_post(bob, visibility=visibility) for visibility in Visibility]
    deleted, suspended = await insert_post(bob, deleted_at=START), await insert_post(gone)
    boosts = [
        make_interaction(alice, post, InteractionKind.BOOST) for post in (*made, deleted, suspended)
    ]
    await insert(*boosts, make_interaction(alice, made[0]))
    kinds = (PUBLIC, UNLISTED)
    found = await timelines.profile(alice.id, ALL, visibilities=kinds, with_replies=False)
    assert found == [(boosts[1].id, made[1].id, True), (boosts[0].id, made[0].id, True)]


async def test_a_profile_merges_posts_and_boosts() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    rows: list[tuple[RowId, RowId, bool]] = []
    for number in range(8):
        if number % 2:
            post = await insert_post(bob)
            boost = make_interaction(alice, post, InteractionKind.BOOST)
            await insert(boost)
            rows.append((boost.id, post.id, True))
        else:
            post = await insert_post(alice)
            rows.append((post.id, post.id, False))
    rows.reverse()

    async def read(page: Page) -> list[tuple[RowId, RowId, bool]]:
        return await timelines.profile(alice.id, page, visibilities=[PUBLIC], with_replies=False)

    assert await read(ALL) == rows
    assert await read(Page(limit=3)) == rows[:3]
    assert await read(Page(limit=3, max_id=rows[2][0])) == rows[3:6]
    assert await read(Page(limit=3, min_id=rows[6][0])) == rows[3:6]
    assert await read(Page(limit=3, since_id=rows[1][0])) == rows[:1]


# ---------------------------------------------------------------- cost


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_feeds_are_read_by_index(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """BUDGETS, growth: no feed sorts or scans a table."""
    plans: list[str] = []
    read = store.read

    async def explain(sql: str, *values: Any) -> Any:
        rows = await read(f"EXPLAIN QUERY PLAN {sql}", *values)
        plans.extend(f"{row[3]} | {sql}" for row in rows)
        return await read(sql, *values)

    monkeypatch.setattr(store, "read", explain)
    page = Page(limit=20, max_id=2**62)
    await timelines.public(page, timelines.Which(local_only=True))
    await timelines.hashtag("birds", page)
    await timelines.of_actor(1, page, visibilities=[PUBLIC], with_replies=True)
    bad = [plan for plan in plans if plan.startswith("SCAN") or "TEMP B-TREE" in plan]
    assert [plan for plan in bad if "json_each" not in plan.split("|")[0]] == []
    assert plans
