"""Custom feeds: what kept searches find, merged page by page; both databases."""

from collections.abc import Collection

import pytest

from feeds import custom, filter_making
from feeds.filter_making import FilterWish, KeywordWish
from feeds.paging import READS_PER_PAGE_MAX
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from outbox import blocking
from posts import search
from storage import full_text
from storage.records import Actor, CustomFeed, Page, RowId, Visibility
from tests.factories import insert, make_post
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, make_remote, say

SEARCHES = ("kittiwake -dog", "#tides", "kittiwake has:poll")


async def read(
    instance: Instance, owner: Actor, feed: CustomFeed, page: Page | None = None
) -> list[RowId]:
    found = await custom.read(instance, owner, feed, page or Page(limit=40))
    return [item.post.id for item in found.items]


async def test_b83_pages_of_merged_searches_have_no_gap_and_repeat_nothing(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B83: what one search or another finds, each once, newest first, down and up again."""
    await change(bob, is_indexable=True)
    texts = ["A kittiwake", "Low #tides", "A kittiwake at the #tides", "A kittiwake and a dog", "-"]
    said = [(await say(instance, bob, texts[at % 5] + f" {at}"), at % 5) for at in range(25)]
    meant = [post.id for post, kind in reversed(said) if kind in {0, 1, 2}]
    feed = await custom.create(instance, alice, " Sea  birds ", [*SEARCHES, "", SEARCHES[0]])
    assert (feed.title, feed.searches) == ("Sea birds", SEARCHES)
    assert await read(instance, alice, feed) == meant
    down, page = list[RowId](), Page(limit=4)
    while True:
        found = await custom.read(instance, alice, feed, page)
        down += [item.post.id for item in found.items]
        if found.next_max_id is None:
            break
        page = Page(limit=4, max_id=found.next_max_id)
    assert down == meant
    with counted(instance, monkeypatch) as statements:
        await read(instance, alice, feed, Page(limit=4))
    assert len(statements) <= 5 * len(SEARCHES) + 1, statements
    for limit in (1, 4, 15):
        upwards = await read(instance, alice, feed, Page(limit=limit, min_id=meant[-1]))
        assert upwards == meant[:-1][-limit:]


async def test_b83_nothing_is_left_out_where_a_search_looks_at_much_in_vain(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B83: each page looks at a bounded number, may be short or empty, and the next goes on."""
    shy, looked_at = await make_remote(instance, "shy"), list[int]()
    await change(bob, is_indexable=True)
    meant = list[RowId]()
    for at in range(24):
        if at in {2, 3, 11}:
            meant.append((await say(instance, bob, f"A kittiwake {at}")).id)
        elif at % 2:
            await insert(make_post(shy, content=f"<p>A kittiwake {at}</p>"))
        else:
            meant += [(await say(instance, bob, f"Low water {at}")).id] if at in {0, 14} else []
            await insert(make_post(shy, content=f"<p>Low water {at}</p>"))
    monkeypatch.setattr(search, "LOOKED_AT_MAX", 3)
    findable = full_text.findable

    async def counting(ids: Collection[int], viewer_id: int | None, **how: bool) -> list[RowId]:
        looked_at.append(len(ids))
        return await findable(ids, viewer_id, **how)

    monkeypatch.setattr(full_text, "findable", counting)
    feed = await custom.create(instance, alice, "Birds", ["kittiwake", "low water"])
    for limit in (1, 2, 4):
        down, page, pages = list[RowId](), Page(limit=limit), 0
        while True:
            looked_at.clear()
            found = await custom.read(instance, alice, feed, page)
            down += [item.post.id for item in found.items]
            assert sum(looked_at) <= 2 * 3 * READS_PER_PAGE_MAX
            if found.next_max_id is None:
                break
            page, pages = Page(limit=limit, max_id=found.next_max_id), pages + 1
            assert pages < 30
        assert down == meant[::-1]
        up, page, pages = list[RowId](), Page(limit=limit, min_id=RowId(1)), 0
        while up[:1] != meant[-1:]:
            found = await custom.read(instance, alice, feed, page)
            up = [*(item.post.id for item in found.items), *up]
            assert found.prev_min_id
            page, pages = Page(limit=limit, min_id=found.prev_min_id), pages + 1
            assert pages < 30
        assert up == meant[::-1]


async def test_b83_a_feed_shows_nobody_more_than_a_search_does(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B83, PV-17, PV-18: without consent, of whom one blocks, for others: never; but by hashtag."""
    ben, ann = await make_remote(instance, "ben"), await make_remote(instance, "ann")
    await befriend(instance, alice, ann)
    await change(bob, is_indexable=True)
    for visibility in Visibility:
        await insert(make_post(ben, visibility=visibility, hashtags=("tides",)))
    (tagged,) = await found_by(instance, alice, "#tides")
    followed = make_post(ann, visibility=Visibility.FOLLOWERS)
    await insert(followed)
    said = await say(instance, bob, "Hello, kittiwake")
    await say(instance, bob, "Hello to myself", visibility="direct")
    assert await found_by(instance, alice, "hello", "#tides") == {said.id, followed.id, tagged}
    assert await found_by(instance, alice, "hello -from:bob") == {followed.id}
    wish = FilterWish("Birds", ["home"], "hide", 0, [KeywordWish("kittiwake", is_whole_word=True)])
    await filter_making.create(instance, alice, wish)
    alice = await change(alice, version=alice.version + 1)
    assert await found_by(instance, alice, "hello", "#tides") == {followed.id, tagged}
    await blocking.block(instance, alice, ben.id)
    assert await found_by(instance, alice, "hello", "#tides") == {followed.id}


async def found_by(instance: Instance, owner: Actor, *searches: str) -> set[RowId]:
    feed = await custom.create(instance, owner, "Read once", searches)
    found = await read(instance, owner, feed)
    await custom.delete(instance, owner, feed.id)
    return set(found)


@pytest.mark.parametrize(
    ("searches", "reason"),
    [
        (["", "  "], "Write at least one search."),
        ([f"word{at}" for at in range(6)], "At most 5 searches in one feed."),
        (["birds", "", "fish before:yesterday"], "Line 3: Write a day as 2026-05-31"),
        (["-dog"], "Line 1: Say what to look for"),
        (["!?"], "Line 1: Say what to look for"),
        (["birds from:@nobody@far.test"], "Line 1: Nobody called nobody@far.test is known here"),
        (["birds order:relevance"], "Line 1: What is kept is read newest first"),
        (["birds", "x" * 401], "Line 2: Search for at most 400 letters."),
    ],
)
async def test_b83_a_line_that_cannot_be_searched_is_refused_with_its_reason(
    instance: Instance, alice: Actor, searches: list[str], reason: str
) -> None:
    feed = await custom.create(instance, alice, "Birds", ["birds from:me"])
    with pytest.raises(Invalid) as refused:
        await custom.create(instance, alice, "Birds", searches)
    assert refused.value.fields["searches"].startswith(reason)
    with pytest.raises(Invalid):
        await custom.change(instance, alice, feed.id, "Birds", searches)
    assert await custom.all_of(alice) == [feed]


async def test_b83_a_feed_is_its_owners_alone_and_they_are_counted(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custom, "FEEDS_MAX", 1)
    feed = await custom.create(instance, alice, "Birds", ["birds"])
    with pytest.raises(Invalid, match="You have 1 feeds"):
        await custom.create(instance, alice, "More", ["birds"])
    for act in (
        custom.get(bob, feed.id),
        custom.change(instance, bob, feed.id, "His", ["fish"]),
        custom.delete(instance, bob, feed.id),
    ):
        with pytest.raises(NotFound):
            await act
    changed = await custom.change(instance, alice, feed.id, "Fish", ["fish", "has:media"])
    assert await custom.all_of(alice) == [changed]
    assert changed.searches == ("fish", "has:media")
    await custom.delete(instance, alice, feed.id)
    assert await custom.all_of(alice) == []
