"""Lists and followed hashtags: who is in them, what is read in them (B70, B97)."""

import pytest

from feeds import hashtags, home, lists
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from outbox import blocking, following, interacting
from storage import store
from storage.records import Actor, Page, PersonList, Post, RepliesPolicy
from tests.instances import FakeClock
from tests.usecases.social import befriend, hear, make_person, make_remote, say

ALL = Page(limit=50)


@pytest.fixture
async def birds(instance: Instance, alice: Actor, bob: Actor, clock: FakeClock) -> PersonList:
    """A list of alice with bob in it."""
    await befriend(instance, alice, bob)
    made = await lists.create(instance, alice, "  Birds \n people ")
    await lists.add(instance, alice, made.id, bob.id)
    clock.advance(minutes=1)
    return made


async def _read(instance: Instance, owner: Actor, made: PersonList) -> list[int]:
    return [item.post.id for item in (await lists.read(instance, owner, made.id, ALL)).items]


async def _home(instance: Instance, owner: Actor) -> list[int]:
    return [item.post.id for item in (await home.read(instance, owner, ALL)).items]


async def test_a_list_shows_what_its_members_say_and_boost(
    instance: Instance, alice: Actor, bob: Actor, birds: PersonList
) -> None:
    carol = await make_person(instance, "carol")
    await befriend(instance, alice, carol)
    said = await say(instance, bob)
    elsewhere = await say(instance, carol)
    closed = await say(instance, bob, visibility="followers")
    await say(instance, bob, "Psst @alice", visibility="direct")
    boosted = await hear(instance, await make_remote(instance, "ben"))
    await interacting.boost(instance, bob, boosted.id)
    assert await _read(instance, alice, birds) == [boosted.id, closed.id, said.id]
    assert elsewhere.id in await _home(instance, alice)


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (RepliesPolicy.NONE, {"owner", "self"}),
        (RepliesPolicy.LIST, {"owner", "self", "member"}),
        (RepliesPolicy.FOLLOWED, {"owner", "self", "member", "followed"}),
    ],
)
async def test_the_policy_of_a_list_says_which_answers_it_shows(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    birds: PersonList,
    policy: RepliesPolicy,
    shown: set[str],
) -> None:
    """Before and after it is changed: the list is made anew."""
    people = {"owner": alice, "self": bob}
    for name in ("member", "followed", "stranger"):
        people[name] = await make_person(instance, name)
    for name in ("member", "followed"):
        await befriend(instance, alice, people[name])
    await lists.add(instance, alice, birds.id, people["member"].id)

    async def answers() -> dict[int, str]:
        made: dict[int, str] = {}
        for name, person in people.items():
            parent = await say(instance, person, visibility="unlisted")
            made[(await say(instance, bob, in_reply_to_id=parent.id)).id] = name
        return made

    before = await answers()
    await lists.change(instance, alice, birds.id, replies_policy=policy)
    assert {before[each] for each in await _read(instance, alice, birds) if each in before} == shown
    after = await answers()
    assert {after[each] for each in await _read(instance, alice, birds) if each in after} == shown


async def test_members_come_with_their_latest_posts_and_leave_with_all(
    instance: Instance, alice: Actor, bob: Actor, birds: PersonList
) -> None:
    carol = await make_person(instance, "carol")
    post = await say(instance, carol)
    for _ in range(2):
        await lists.add(instance, alice, birds.id, carol.id)
    assert await _read(instance, alice, birds) == [post.id]
    found = await lists.members(instance, alice, birds.id, ALL)
    assert [person.id for _, person in found] == [carol.id, bob.id]
    assert await lists.all_with(instance, alice, carol.id) == [birds]
    await lists.remove(instance, alice, birds.id, carol.id)
    await lists.remove(instance, alice, birds.id, carol.id)
    assert await _read(instance, alice, birds) == []


@pytest.mark.parametrize("end", ["unfollow", "block"])
async def test_who_is_followed_no_more_is_in_no_list(
    instance: Instance, alice: Actor, bob: Actor, birds: PersonList, end: str
) -> None:
    await say(instance, bob)
    if end == "unfollow":
        await following.unfollow(instance, alice, bob)
    else:
        await blocking.block(instance, alice, bob.id)
    await say(instance, bob)
    assert await _read(instance, alice, birds) == []
    assert await lists.members(instance, alice, birds.id, ALL) == []


async def test_b71_of_those_one_does_not_follow_one_reads_what_is_for_all(
    instance: Instance, alice: Actor, birds: PersonList, clock: FakeClock
) -> None:
    """B71, PV-12, PV-18: nothing for followers, written before or after; nobody who blocks one."""
    carol, dora = await make_person(instance, "carol"), await make_remote(instance, "dora")
    before = await say(instance, carol)
    await say(instance, carol, visibility="followers")
    for each in (carol, dora):
        await lists.add(instance, alice, birds.id, each.id)
    clock.advance(minutes=1)
    after = await hear(instance, dora)
    hidden = await say(instance, carol, visibility="followers")
    sql = "SELECT COUNT(*) FROM feed_entries WHERE owner_id = ? AND post_id = ?"
    assert (await store.read(sql, birds.id, hidden.id))[0][0] == 0
    assert await _read(instance, alice, birds) == [after.id, before.id]
    assert await _home(instance, alice) == []
    await befriend(instance, alice, carol)
    shown = await say(instance, carol, visibility="followers")
    assert shown.id in await _read(instance, alice, birds)
    await blocking.block(instance, carol, alice.id)
    assert await _read(instance, alice, birds) == [after.id]
    with pytest.raises(NotFound):
        await lists.add(instance, alice, birds.id, carol.id)


async def test_a_list_is_its_owners_alone(
    instance: Instance, alice: Actor, bob: Actor, birds: PersonList
) -> None:
    post = await say(instance, bob)
    for attempt in (
        lists.read(instance, bob, birds.id, ALL),
        lists.members(instance, bob, birds.id, ALL),
        lists.change(instance, bob, birds.id, title="Mine"),
        lists.add(instance, bob, birds.id, alice.id),
        lists.remove(instance, bob, birds.id, bob.id),
        lists.add_all(instance, bob, birds.id, []),
        lists.remove_all(instance, bob, birds.id, []),
        lists.delete(instance, bob, birds.id),
        lists.read(instance, alice, post.id, ALL),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await _read(instance, alice, birds) == [post.id]
    assert await lists.all_of(instance, bob) == []


async def test_a_list_is_renamed_and_deleted(
    instance: Instance, alice: Actor, bob: Actor, birds: PersonList
) -> None:
    assert birds.title == "Birds people"
    renamed = await lists.change(instance, alice, birds.id, title="Gulls")
    assert await lists.all_of(instance, alice) == [renamed]
    await say(instance, bob)
    await lists.delete(instance, alice, birds.id)
    assert await lists.all_of(instance, alice) == []
    with pytest.raises(NotFound):
        await lists.read(instance, alice, birds.id, ALL)


@pytest.mark.parametrize("title", ["", "  ", "x" * 256])
async def test_a_list_needs_a_short_title(instance: Instance, alice: Actor, title: str) -> None:
    with pytest.raises(Invalid) as raised:
        await lists.create(instance, alice, title)
    assert "title" in raised.value.fields


async def test_lists_members_and_hashtags_are_bounded(
    instance: Instance, alice: Actor, birds: PersonList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.keeping.LISTS_MAX", 1)
    monkeypatch.setattr(lists, "MEMBERS_MAX", 1)
    monkeypatch.setattr(hashtags, "FOLLOWED_MAX", 1)
    carol = await make_person(instance, "carol")
    await befriend(instance, alice, carol)
    await hashtags.follow(instance, alice, "one")
    for attempt in (
        lists.create(instance, alice, "Another"),
        lists.add(instance, alice, birds.id, carol.id),
        hashtags.follow(instance, alice, "two"),
    ):
        with pytest.raises(Invalid):
            await attempt


# ---------------------------------------------------------------- hashtags


async def test_a_followed_hashtag_brings_public_posts_of_anybody(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    before = await say(instance, bob, "Before #Birds")
    await hashtags.follow(instance, alice, "BIRDS")
    await hashtags.follow(instance, alice, "birds")
    clock.advance(minutes=1)
    post = await say(instance, bob, "Look #birds #sea")
    for narrow in ("unlisted", "followers", "direct"):
        await say(instance, bob, "Hidden #birds", visibility=narrow)
    await say(instance, bob, "Other #sea")
    await befriend(instance, alice, bob)
    both = await say(instance, bob, "Followed twice #birds")
    assert await _home(instance, alice) == [both.id, post.id, before.id]
    assert [each.name for each in await hashtags.followed(instance, alice, ALL)] == ["birds"]


async def test_unfollowing_a_hashtag_takes_out_what_stands_there_for_it_alone(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    for name in ("birds", "sea"):
        await hashtags.follow(instance, alice, name)
    carol = await make_person(instance, "carol")
    await befriend(instance, alice, carol)
    own = await say(instance, alice, "#birds")
    await say(instance, bob, "#birds")
    kept = [await say(instance, bob, "#birds #sea"), await say(instance, carol, "#birds")]
    for _ in range(2):
        await hashtags.unfollow(instance, alice, "Birds")
    await say(instance, bob, "later #birds")
    assert await _home(instance, alice) == [kept[1].id, kept[0].id, own.id]


async def test_unfollowing_somebody_leaves_what_a_hashtag_brings(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, alice, bob)
    await hashtags.follow(instance, alice, "birds")
    tagged: Post = await say(instance, bob, "#birds")
    await say(instance, bob, "plain")
    await following.unfollow(instance, alice, bob)
    assert await _home(instance, alice) == [tagged.id]
    await blocking.block(instance, alice, bob.id)
    assert await _home(instance, alice) == []


@pytest.mark.parametrize("name", ["", "two words", "12", "x" * 200, "a-b"])
async def test_what_is_no_hashtag_is_not_followed(
    instance: Instance, alice: Actor, name: str
) -> None:
    with pytest.raises(Invalid):
        await hashtags.follow(instance, alice, name)
