"""What comes before a post, and after it: several at once, drafts, times, old posts that go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feeds import notifications
from instance.errors import Conflict, Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import cleaning, drafting, interacting, publishing, scheduling
from posts import files
from posts.drafts import THREAD_MAX, Draft, PollDraft
from posts.policies import ON_REQUEST
from storage import cleanups, media, posts
from storage.records import Actor, Cleanup, NotificationKind, Page, Policy, Post, Visibility
from storage.rows import Rows
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.pictures import picture
from tests.usecases.social import befriend, delivered, say, settle


def thread(*texts: str, **more: Any) -> Draft:
    first, *others = texts
    return Draft(first, following=tuple(Draft(text) for text in others), **more)


async def said_by(author: Actor) -> list[Post]:
    """Oldest first."""
    return await Rows("posts", Post).select(
        "WHERE t.actor_id = ? AND t.deleted_at IS NULL ORDER BY t.id", author.id
    )


# ---------------------------------------------------------------- several at once


async def test_b39_a_thread_is_one_act_in_order(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """B39: each answers the one before, and others are sent them in this order."""
    await befriend(instance, ben, alice)
    file = await files.accept(instance, alice, picture(), description="Two fields")
    draft = thread("one", "two #tag", "three @bob", summary="note", language="de")
    last = replace(draft.following[1], media_ids=(file.id,))
    first = await publishing.publish(
        instance, alice, replace(draft, following=(draft.following[0], last))
    )
    said = await said_by(alice)
    assert [each.source for each in said] == ["one", "two #tag", "three @bob"]
    assert said[0].id == first.id
    assert [each.in_reply_to_id for each in said] == [None, said[0].id, said[1].id]
    assert {each.conversation for each in said} == {first.conversation}
    assert {(each.summary, each.language) for each in said} == {("note", "de")}
    assert [len(each.attachments) for each in said] == [0, 0, 1]
    sent = [each["object"]["id"] for each in await delivered(instance, internet)]
    assert sent == [each.uri for each in said]


async def test_b39_all_of_a_thread_or_nothing(instance: Instance, alice: Actor, bob: Actor) -> None:
    """B39: one that is wrong, and none is kept; it is said which one."""
    with pytest.raises(Invalid, match=r"^Post 2: This is 1 letter too long"):
        await publishing.publish(instance, alice, thread("fine", "x" * 501))
    with pytest.raises(Invalid, match="can be written at once"):
        await publishing.publish(instance, alice, thread(*["x"] * (THREAD_MAX + 1)))
    file = await files.accept(instance, alice, picture())
    twice = replace(thread("a", "b"), media_ids=(file.id,))
    twice = replace(twice, following=(Draft("b", media_ids=(file.id,)),))
    with pytest.raises(Invalid, match="another post"):
        await publishing.publish(instance, alice, twice)
    assert await said_by(alice) == []
    direct = await publishing.publish(
        instance, alice, thread("@bob psst", "and more", visibility="direct")
    )
    said = await said_by(alice)
    assert direct.id == said[0].id
    assert {each.actor_id for post in said for each in post.mentions} == {bob.id}
    assert {each.visibility for each in said} == {Visibility.DIRECT}


async def test_b39_nothing_follows_a_reply_that_waits(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B39: behind a reply that has to be let in first there is nothing to answer yet."""
    top = await say(instance, bob, policy=Policy(reply=ON_REQUEST))
    with pytest.raises(Forbidden, match="Post the first one alone"):
        await publishing.publish(instance, alice, thread("re", "more", in_reply_to_id=top.id))
    assert await said_by(alice) == []


# ---------------------------------------------------------------- drafts


async def test_b44_a_draft_keeps_everything_until_it_is_posted(
    instance: Instance, clock: FakeClock, alice: Actor, bob: Actor
) -> None:
    """B44: text, note, audience, poll, what it answers, files, which wait as long as it does."""
    top = await say(instance, bob, "top")
    file = await files.accept(instance, alice, picture())
    draft = thread(
        "not yet",
        "and this",
        summary="note",
        visibility="followers",
        in_reply_to_id=top.id,
        poll=PollDraft(["a", "b"], open_for=timedelta(hours=6)),
    )
    draft = replace(draft, media_ids=(file.id,))
    kept = await drafting.keep(instance, alice, draft)
    clock.advance(days=3)
    await files.tidy(instance, {})
    [found] = await drafting.all_of(alice, Page())
    again = drafting.draft_of(found.draft)
    assert (again.text, again.summary, again.visibility) == ("not yet", "note", "followers")
    assert again.poll is not None
    assert again.poll.open_for == timedelta(hours=6)
    assert again.following[0].text == "and this"
    await files.describe(instance, alice, file.id, description="two fields", focal_point=None)
    with pytest.raises(NotFound):
        await drafting.find(bob, kept.id)
    with pytest.raises(NotFound):
        await drafting.discard(instance, bob, kept.id)
    with pytest.raises(Conflict):
        await drafting.publish(instance, bob, Draft("mine?"), kept.id)
    post = await drafting.publish(instance, alice, again, kept.id)
    assert (post.in_reply_to_id, post.attachments[0].description) == (top.id, "two fields")
    assert await drafting.all_of(alice, Page()) == []
    with pytest.raises(Conflict):
        await drafting.publish(instance, alice, again, kept.id)
    assert len(await said_by(alice)) == 2


async def test_b44_drafts_are_changed_thrown_away_and_bounded(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B44: a draft that is kept again is one; what is thrown away takes its files along."""
    file = await files.accept(instance, alice, picture())
    first = await drafting.keep(instance, alice, Draft("one", media_ids=(file.id,)))
    second = await drafting.keep(instance, alice, Draft("two", media_ids=(file.id,)), first.id)
    assert [each.id for each in await drafting.all_of(alice, Page())] == [second.id]
    await drafting.discard(instance, alice, second.id)
    assert await media.find(file.id) is None
    with pytest.raises(Conflict):
        await drafting.keep(instance, alice, Draft("three"), second.id)
    with pytest.raises(Invalid):
        await drafting.keep(instance, alice, Draft("x" * (drafting.BYTES_MAX + 1)))
    monkeypatch.setattr(drafting, "DRAFTS_MAX", 1)
    await drafting.keep(instance, alice, Draft("four"))
    with pytest.raises(Invalid):
        await drafting.keep(instance, alice, Draft("five"))


# ---------------------------------------------------------------- later


async def test_b43_what_waits_is_changed_and_what_cannot_be_posted_comes_back(
    instance: Instance, clock: FakeClock, alice: Actor, bob: Actor
) -> None:
    """B43: its writer is told, and has it as a draft with its files, and the reason."""
    top = await say(instance, bob, "top")
    file = await files.accept(instance, alice, picture())
    due_at = instance.now() + timedelta(hours=1)
    draft = replace(thread("re", "more"), in_reply_to_id=top.id, media_ids=(file.id,))
    kept = await drafting.keep(instance, alice, draft)
    waiting = await scheduling.schedule(instance, alice, draft, due_at, instead_of=kept.id)
    assert await drafting.all_of(alice, Page()) == []
    changed = replace(draft, text="re, and better")
    later = due_at + timedelta(hours=1)
    waiting = await scheduling.schedule(instance, alice, changed, later, instead_of=waiting.id)
    assert [each.id for each in await scheduling.all_of(alice, Page())] == [waiting.id]
    await publishing.delete(instance, bob, top.id)
    for _ in range(2):  # a job may run twice
        clock.advance(hours=3)
        await scheduling.publish(instance, {"scheduled_id": waiting.id})
    assert await scheduling.all_of(alice, Page()) == []
    [back] = await drafting.all_of(alice, Page())
    assert drafting.draft_of(back.draft).text == "re, and better"
    assert back.reason
    told = await notifications.read(instance, alice, Page())
    assert [each.notification.kind for each in told.items] == [NotificationKind.UNSENT]
    again = replace(changed, in_reply_to_id=None)
    assert (await drafting.publish(instance, alice, again, back.id)).attachments


# ---------------------------------------------------------------- old posts that go


async def test_b55_old_posts_go_but_for_those_that_are_kept(
    instance: Instance, clock: FakeClock, alice: Actor, bob: Actor
) -> None:
    """B55: pinned, with files, favourited or saved by oneself, polls, direct, liked, boosted."""
    file = await files.accept(instance, alice, picture())
    poll = PollDraft(["a", "b"])
    made = {
        "plain": await say(instance, alice, "plain"),
        "pinned": await say(instance, alice, "pinned"),
        "file": await say(instance, alice, "file", media_ids=(file.id,)),
        "poll": await say(instance, alice, "poll", poll=poll),
        "direct": await say(instance, alice, "@bob direct", visibility="direct"),
        "liked": await say(instance, alice, "liked"),
        "saved": await say(instance, alice, "saved"),
        "loved": await say(instance, alice, "loved"),
        "boosted": await say(instance, alice, "boosted"),
    }
    await interacting.pin(instance, alice, made["pinned"].id)
    await interacting.like(instance, alice, made["liked"].id)
    await interacting.bookmark(instance, alice, made["saved"].id)
    await interacting.like(instance, bob, made["loved"].id)
    await interacting.boost(instance, bob, made["boosted"].id)
    theirs = await say(instance, bob, "mine stays")
    clock.advance(days=8)
    await say(instance, alice, "new")
    everything = Cleanup(
        id=instance.ids.new(),
        actor_id=alice.id,
        due_at=instance.now(),
        is_on=True,
        after_days=7,
        keeps_files=True,
        keeps_polls=True,
        likes_min=1,
        boosts_min=1,
    )
    await cleaning.choose(instance, alice, everything)
    await cleaning.clean(instance, {})
    left = [each.source for each in await said_by(alice)]
    assert left == [
        "pinned",
        "file",
        "poll",
        "@bob direct",
        "liked",
        "saved",
        "loved",
        "boosted",
        "new",
    ]
    nothing = replace(
        everything,
        keeps_pinned=False,
        keeps_files=False,
        keeps_polls=False,
        keeps_direct=False,
        keeps_liked=False,
        keeps_saved=False,
        likes_min=2,
        boosts_min=None,
    )
    await cleaning.choose(instance, alice, nothing)
    await cleaning.clean(instance, {})
    assert [each.source for each in await said_by(alice)] == ["new"]
    assert (await posts.get(theirs.id)).deleted_at is None


async def test_b55_gently_and_told_to_others(
    instance: Instance,
    clock: FakeClock,
    alice: Actor,
    ben: Actor,
    internet: FakeInternet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B55: a few in each run, the oldest first; followers elsewhere are sent each Delete."""
    monkeypatch.setattr(cleaning, "PER_PERSON_MAX", 2)
    await befriend(instance, ben, alice)
    for number in range(3):
        await say(instance, alice, f"post {number}")
    await settle(instance)
    clock.advance(days=15)
    chosen = await cleaning.chosen(instance, alice)
    await cleaning.clean(instance, {})
    assert len(await said_by(alice)) == 3  # nobody asked for it
    await cleaning.choose(instance, alice, replace(chosen, is_on=True))
    await cleaning.clean(instance, {})
    assert [each.source for each in await said_by(alice)] == ["post 2"]
    await cleaning.clean(instance, {})
    assert len(await said_by(alice)) == 1  # not before ten minutes
    clock.advance(minutes=10)
    await cleaning.clean(instance, {})
    assert await said_by(alice) == []
    sent = [each["type"] for each in await delivered(instance, internet)]
    assert sent == ["Delete"] * 3
    row = await cleanups.find(alice.id)
    assert row is not None
    assert row.due_at == instance.now() + cleaning.NEXT_LOOK
    for wrong in (
        replace(chosen, after_days=3),
        replace(chosen, likes_min=0),
        replace(chosen, boosts_min=-1),
    ):
        with pytest.raises(Invalid):
            await cleaning.choose(instance, alice, wrong)
