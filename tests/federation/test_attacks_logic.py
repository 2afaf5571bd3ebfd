"""ATTACKS group 9: races, repetitions and odd orders. Each line ends with the sentinel."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outbox import following
from posts.drafts import PollDraft
from storage import interactions, posts, relations
from storage.records import (
    Block,
    FollowState,
    InteractionKind,
    Page,
    ReceiptOutcome,
    Visibility,
)
from tests.federation.peers import PUBLIC
from tests.federation.world import World
from tests.usecases.social import befriend, change, hear, say


async def test_fl1_to_fl3_the_same_again_and_again(world: World) -> None:
    """FL-1, FL-2, FL-3, A87: counted once, told once."""
    post = await say(world.instance, world.alice, "popular")
    for _ in range(10):
        await world.post(world.mallory, world.mallory.activity("Like", object=post.uri))
        await world.post(
            world.mallory, world.mallory.activity("Announce", object=post.uri, to=[PUBLIC])
        )
        await world.post(world.mallory, world.mallory.activity("Follow", object=world.alice.uri))
    await world.settle()
    counts = (await interactions.counts([post.id]))[post.id]
    assert (counts.likes, counts.boosts) == (1, 1)
    assert len(await relations.followers(world.alice.id, Page(limit=80))) == 1
    assert sorted(each.kind for each in await world.told()) == ["boost", "follow", "like"]
    await world.sentinel()


@pytest.mark.parametrize("published", ["9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "soon"])
async def test_fl4_odd_dates_are_never_on_top(world: World, published: str) -> None:
    """FL-4, FL-20, E38: clamped to now; nothing stays pinned above what comes later."""
    odd = world.mallory.note("odd", published=published)
    await world.tell(world.mallory, world.mallory.create(odd))
    world.clock.advance(minutes=1)
    later = world.honest.note("later")
    await world.tell(world.honest, world.honest.create(later))
    found = await world.find(odd)
    assert found is not None
    assert found.created_at <= world.clock()
    assert (await world.home())[0].uri == later["id"]
    await world.sentinel()


async def test_fl5_delete_before_create(world: World) -> None:
    """FL-5, E109."""
    note = world.mallory.note("late")
    await world.tell(world.mallory, world.mallory.activity("Delete", object=note["id"]))
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    assert await world.find(note) is None
    await world.sentinel()


ODD_ACTIVITIES: tuple[dict[str, Any], ...] = (
    {"type": "View", "object": "https://a.test/notes/1"},
    {"type": "TentativeAccept", "object": "https://a.test/notes/1"},
    {"type": "Dislike", "object": "https://a.test/notes/1"},
    {"type": "EmojiReact", "object": "https://a.test/notes/1", "content": "x"},
    {"type": ["Travel", "https://x.test/Odd"], "object": "https://a.test/notes/1"},
    {"type": "Create", "object": {"type": "Chair", "id": "https://a.test/chairs/1"}},
    {"type": "Undo", "object": {"type": "Travel", "id": "https://a.test/t/1"}},
    {"type": "Undo", "object": "https://a.test/nothing"},
    {"type": "Accept", "object": "https://a.test/nothing"},
    {"type": "Like", "object": "https://a.test/nothing"},
    {"type": "Block", "object": "https://a.test/nothing"},
    {"type": "Add", "object": "https://a.test/1", "target": "https://a.test/2"},
    {"type": "Delete", "object": "https://a.test/users/nobody"},
    {"type": "Update", "object": "https://a.test/nothing"},
)


@pytest.mark.parametrize("odd", ODD_ACTIVITIES, ids=lambda each: str(each["type"]))
async def test_fl6_odd_activities_are_202_without_effect(world: World, odd: dict[str, Any]) -> None:
    """FL-6, A110, A111."""
    activity = world.mallory.activity("x", **odd)
    activity["type"] = odd["type"]
    assert await world.tell(world.mallory, activity) == 202
    receipt = await world.receipt(activity)
    assert receipt is not None
    assert receipt.outcome is not ReceiptOutcome.WAITING
    assert receipt.outcome is not ReceiptOutcome.FAILED
    assert receipt.reason
    await world.sentinel()


INCOMPLETE = ("Create", "Update", "Delete", "Follow", "Add", "Remove", "Like", "Block", "Undo")


@pytest.mark.parametrize("kind", INCOMPLETE)
async def test_a45_a46_activities_without_object_are_400(world: World, kind: str) -> None:
    answer = await world.post(world.mallory, world.mallory.activity(kind))
    assert answer.status == 400
    assert answer.body.strip()


async def test_fl7_twenty_votes_are_one_and_none_after_the_end(world: World) -> None:
    """FL-7, E132, A191: once a person; late votes and votes for nothing do not count."""
    poll = PollDraft(("yes", "no"), open_for=timedelta(hours=1))
    post = await say(world.instance, world.alice, "well?", poll=poll)

    async def vote(name: str) -> None:
        made = world.mallory.note("", name=name, content=None, inReplyTo=post.uri)
        made |= {"to": [world.alice.uri], "cc": []}
        assert await world.tell(world.mallory, world.mallory.create(made)) == 202
        assert await world.find(made) is None

    async def counted() -> list[int]:
        found = await world.find(post.uri)
        assert found is not None
        assert found.poll is not None
        return [option.votes for option in found.poll.options]

    for name in ["yes"] * 10 + ["no"] * 5 + ["maybe"] * 5:
        await vote(name)
    assert await counted() == [1, 0]
    world.clock.advance(hours=2)
    await world.settle()
    before = await counted()
    made = world.victor.note("", name="no", content=None, inReplyTo=post.uri)
    await world.tell(world.victor, world.victor.create({**made, "to": [world.alice.uri]}))
    assert await counted() == before
    await world.sentinel()


@pytest.mark.parametrize("name", ["as:Public", "Public", PUBLIC])
@pytest.mark.parametrize("form", [lambda name: name, lambda name: [name]])
async def test_fl8_names_of_public(world: World, name: str, form: Any) -> None:
    """FL-8, E65, A33, INTEROP 5."""
    note = world.mallory.note("to all", to=form(name), cc=[])
    await world.tell(world.mallory, world.mallory.create(note))
    found = await world.find(note)
    assert found is not None
    assert found.visibility is Visibility.PUBLIC


async def test_fl10_an_older_update_is_ignored(world: World) -> None:
    """FL-10, E105: only newer `updated` counts; old versions are kept."""
    note = world.mallory.note("first")
    await world.tell(world.mallory, world.mallory.create(note))
    for minute, text in ((10, "second"), (5, "older"), (None, "no date")):
        updated = None if minute is None else f"2026-11-22T12:{minute:02}:00Z"
        world.clock.advance(minutes=15)
        edit = {**note, "content": f"<p>{text}</p>"} | ({"updated": updated} if updated else {})
        await world.tell(world.mallory, world.mallory.activity("Update", object=edit))
    found = await world.find(note)
    assert found is not None
    assert found.content == "<p>second</p>"
    assert [each.content for each in await posts.list_revisions(found.id)] == ["<p>first</p>"]
    await world.sentinel()


async def test_fl10_an_update_from_the_future_is_clamped(world: World) -> None:
    note = world.mallory.note("first")
    await world.tell(world.mallory, world.mallory.create(note))
    world.clock.advance(minutes=1)
    edit = {**note, "content": "<p>second</p>", "updated": "9999-01-01T00:00:00Z"}
    await world.tell(world.mallory, world.mallory.activity("Update", object=edit))
    found = await world.find(note)
    assert found is not None
    assert found.edited_at == world.clock()
    world.clock.advance(minutes=1)
    again = {**edit, "content": "<p>third</p>", "updated": world.clock().isoformat()}
    await world.tell(world.mallory, world.mallory.activity("Update", object=again))
    newest = await world.find(note)
    assert newest is not None
    assert newest.content == "<p>third</p>"


async def test_e106_an_update_of_an_unknown_post_creates_nothing(world: World) -> None:
    """E106: fetched or ignored; believed is its origin alone."""
    note = world.mallory.note("never created", updated="2026-11-22T12:00:00Z")
    world.mallory.peer.documents.clear()
    await world.tell(world.mallory, world.mallory.activity("Update", object=note))
    assert await world.find(note) is None
    strange = world.neighbour.note("nobody follows the author")
    await world.tell(world.neighbour, world.neighbour.activity("Update", object=strange))
    assert await world.find(strange) is None


async def test_fa37_an_update_that_comes_before_its_create_counts(world: World) -> None:
    """FA-37: the Create brings older words; the post is shown when it comes, with the newer."""
    note = world.mallory.note("first", published="2026-11-22T11:00:00Z")
    edit = {**note, "content": "<p>newer</p>", "updated": "2026-11-22T12:00:00Z"}
    world.mallory.peer.put(edit)
    await world.tell(world.mallory, world.mallory.activity("Update", object=edit))
    assert await world.home() == []
    await world.tell(world.mallory, world.mallory.create(note))
    assert [post.content for post in await world.home()] == ["<p>newer</p>"]


async def test_fl12_an_account_with_many_posts_is_deleted_in_slices(world: World) -> None:
    mallory = await world.actor(world.mallory)
    for _ in range(450):
        await hear(world.instance, mallory)
    delete = world.mallory.activity("Delete", object=world.mallory.uri, to=[PUBLIC])
    assert await world.tell(world.mallory, delete) == 202
    assert (await world.actor(world.mallory)).deleted_at is not None
    assert await world.home() == []
    assert not await relations.has_local_followers(mallory.id)
    await world.sentinel()


@pytest.mark.parametrize("kind", ["Announce", "Like"])
@pytest.mark.parametrize("is_embedded", [True, False])
async def test_fl13_undo_before_the_act(world: World, kind: str, *, is_embedded: bool) -> None:
    """FL-13, E110."""
    post = await say(world.instance, world.alice, "late")
    act = world.mallory.activity(kind, object=post.uri, to=[PUBLIC])
    undone = act if is_embedded else act["id"]
    await world.tell(world.mallory, world.mallory.activity("Undo", object=undone))
    await world.tell(world.mallory, act)
    counts = (await interactions.counts([post.id]))[post.id]
    assert (counts.likes, counts.boosts) == (0, 0)
    assert await world.told() == []
    again = world.mallory.activity(kind, object=post.uri, to=[PUBLIC])
    await world.tell(world.mallory, again)
    counts = (await interactions.counts([post.id]))[post.id]
    assert counts.likes + counts.boosts == 1
    await world.sentinel()


async def test_fl14_a_follow_of_a_deleted_account_has_no_effect(world: World) -> None:
    gone = await change(world.bob, deleted_at=datetime(2026, 11, 1, tzinfo=UTC))
    await world.tell(world.mallory, world.mallory.activity("Follow", object=gone.uri))
    assert not await world.followed_by(world.mallory, gone)
    await world.sentinel()


async def test_fl15_a_block_ends_follows_both_ways(world: World) -> None:
    """FL-15, E125, A176, INTEROP 16: and its Undo really unblocks."""
    mallory = await world.actor(world.mallory)
    await befriend(world.instance, mallory, world.alice)
    note = world.mallory.note("before")
    await world.tell(world.mallory, world.mallory.create(note))
    block = world.mallory.activity("Block", object=world.alice.uri)
    await world.tell(world.mallory, block)
    assert await relations.find_follow(mallory.id, world.alice.id) is None
    assert await relations.find_follow(world.alice.id, mallory.id) is None
    assert await world.home() == []
    await world.tell(world.mallory, world.mallory.activity("Undo", object=block))
    assert not await relations.is_blocked_between(mallory.id, world.alice.id)
    await world.tell(world.mallory, world.mallory.activity("Follow", object=world.alice.uri))
    assert await world.followed_by(world.mallory, world.alice)
    await world.sentinel()


async def test_fl16_answers_twice_bare_and_unknown(world: World) -> None:
    """FL-16, E73, E122, E123, A85."""
    victor = await world.actor(world.victor)
    await relations.remove_follow(world.alice.id, victor.id)
    await following.follow(world.instance, world.alice, victor)
    asked = await relations.find_follow(world.alice.id, victor.id)
    assert asked is not None
    await world.tell(world.victor, world.victor.activity("Accept", object="https://v.test/odd"))
    assert asked == await relations.find_follow(world.alice.id, victor.id)
    altered = {
        "type": "Follow",
        "id": f"{world.alice.uri}/altered",
        "actor": world.alice.uri,
        "object": world.victor.uri,
    }
    for _ in range(2):
        await world.tell(world.victor, world.victor.activity("Accept", object=altered))
        found = await relations.find_follow(world.alice.id, victor.id)
        assert found is not None
        assert found.state is FollowState.ACCEPTED
    for _ in range(2):
        await world.tell(world.victor, world.victor.activity("Reject", object=asked.uri))
        assert await relations.find_follow(world.alice.id, victor.id) is None
    await world.tell(world.victor, world.victor.activity("Accept", object=altered))
    assert await relations.find_follow(world.alice.id, victor.id) is None
    await world.sentinel()


async def test_fl17_shared_and_personal_inbox_at_once(world: World) -> None:
    """FL-17, E111: one row, one notification."""
    tag = [{"type": "Mention", "href": world.alice.uri, "name": "@alice@alpha.test"}]
    note = world.mallory.note("twice", tag=tag)
    activity = world.mallory.create(note)
    personal = f"/actors/{world.alice.id}/inbox"
    answers = await asyncio.gather(
        *(
            world.post(world.mallory, activity, inbox=inbox)
            for inbox in ("/inbox", personal, "/inbox", personal)
        )
    )
    assert {each.status for each in answers} == {202}
    await world.settle()
    assert [post.uri for post in await world.home()].count(note["id"]) == 1
    assert len(await world.told()) == 1
    await world.sentinel()


async def test_fl19_forwarded_activities_need_their_own_signature(world: World) -> None:
    note = world.victor.note("forwarded")
    answer = await world.post(world.mallory, world.victor.create(note))
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_fl11_follows_and_unfollows_end_in_the_same_state(world: World) -> None:
    for number in range(12):
        follow = world.mallory.activity("Follow", object=world.alice.uri)
        await world.post(world.mallory, follow)
        if number < 11:
            await world.post(world.mallory, world.mallory.activity("Undo", object=follow))
    await world.settle()
    assert await world.followed_by(world.mallory, world.alice)
    await world.sentinel()


async def test_fl9_mentions_of_somebody_who_blocks_are_unwanted(world: World) -> None:
    """FL-9, A58, PV-11: nothing is stored or told."""
    stranger = world.mallory.peer.join("stranger", 5)
    await world.follow(world.bob, stranger)
    actor = await world.actor(stranger)
    await relations.remove_follow(world.bob.id, actor.id)
    await relations.insert_block(
        Block(world.instance.ids.new(), world.alice.id, actor.id, "", world.clock())
    )
    tag = [{"type": "Mention", "href": world.alice.uri, "name": "@alice@alpha.test"}]
    note = stranger.note("spam", tag=tag)
    assert await world.tell(stranger, stranger.create(note)) == 202
    assert await world.find(note) is None
    post = await say(world.instance, world.alice, "mine")
    for kind in ("Like", "Announce"):
        await world.tell(stranger, stranger.activity(kind, object=post.uri, to=[PUBLIC]))
    await world.tell(stranger, stranger.activity("Follow", object=world.alice.uri))
    counts = (await interactions.counts([post.id]))[post.id]
    assert (counts.likes, counts.boosts) == (0, 0)
    assert not await world.followed_by(stranger, world.alice)
    assert [each["type"] for each in stranger.peer.inbox] == ["Reject"]
    assert await world.told() == []
    await world.sentinel()


async def test_like_and_boost_of_a_deleted_post_have_no_effect(world: World) -> None:
    post = await say(world.instance, world.alice, "short-lived")
    await posts.bury(post.id, world.clock())
    mallory = await world.actor(world.mallory)
    await world.tell(world.mallory, world.mallory.activity("Like", object=post.uri))
    assert await interactions.find_interaction(InteractionKind.LIKE, mallory.id, post.id) is None
    await world.sentinel()


async def test_fl18_nothing_is_passed_on(world: World) -> None:
    """FL-18: what others send is never sent further, so nothing runs in circles."""
    note = world.mallory.note("around and around", cc=[world.alice.followers_url])
    await world.tell(world.mallory, world.mallory.create(note))
    announce = world.mallory.activity("Announce", object=world.victor.note()["id"], to=[PUBLIC])
    await world.tell(world.mallory, announce)
    assert not any(request.method == "POST" for request in world.internet.requests)
    await world.sentinel()
