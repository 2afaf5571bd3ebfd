"""Polls of local people: written, voted in, told to others, and over."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feeds import notifications
from instance.errors import Conflict, Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import publishing, voting
from posts.drafts import Draft, PollDraft
from storage import posts, receipts
from storage.records import (
    Actor,
    NotificationKind,
    Page,
    Poll,
    PollOption,
    Post,
    Visibility,
)
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import (
    befriend,
    hear,
    make_person,
    say,
    settle,
)

ASKED = PollDraft(("Tea", "Coffee", "Water"), open_for=timedelta(hours=1))
_OPTION = PollOption("", 0)
QUESTION = Draft("What do you drink?", poll=ASKED)


async def _poll(post: Post) -> Poll:
    found = await posts.get(post.id)
    assert found.poll is not None
    return found.poll


async def _votes(post: Post) -> list[int]:
    return [option.votes for option in (await _poll(post)).options]


async def _told(instance: Instance, owner: Actor) -> list[NotificationKind]:
    page = await notifications.read(instance, owner, Page())
    return [item.notification.kind for item in page.items]


def _sent(internet: FakeInternet, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(request.content) for request in internet.sent_to("beta.test")]
    return [each for each in found if each["type"] == kind]


# ---------------------------------------------------------------- writing


async def test_a99_a_poll_goes_out_as_a_question(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A99, A191, A204 (FEP-9967)."""
    await befriend(instance, ben, alice)
    await publishing.publish(instance, alice, QUESTION)
    await settle(instance)
    (create,) = _sent(internet, "Create")
    question = create["object"]
    assert question["type"] == "Question"
    assert [each["name"] for each in question["oneOf"]] == ["Tea", "Coffee", "Water"]
    assert [each["replies"]["totalItems"] for each in question["oneOf"]] == [0, 0, 0]
    assert question["votersCount"] == 0
    assert question["endTime"]
    assert "anyOf" not in question
    assert "closed" not in question


@pytest.mark.parametrize(
    "poll",
    [
        PollDraft(("Only one",)),
        PollDraft(("Tea", "Tea")),
        PollDraft(tuple("abcdefghi")),
        PollDraft(("Tea", "x" * 101)),
        PollDraft(("Tea", "Coffee"), open_for=timedelta(seconds=1)),
        PollDraft(("Tea", "Coffee"), open_for=timedelta(days=31)),
    ],
)
async def test_polls_against_the_rules_are_refused(
    instance: Instance, alice: Actor, poll: PollDraft
) -> None:
    with pytest.raises(Invalid) as refused:
        await publishing.publish(instance, alice, Draft("What?", poll=poll))
    assert set(refused.value.fields) == {"poll"}


# ---------------------------------------------------------------- voting here


async def test_a_vote_is_counted_once(instance: Instance, alice: Actor, bob: Actor) -> None:
    """A191."""
    post = await publishing.publish(instance, alice, QUESTION)
    await voting.vote(instance, bob, post.id, {1})
    assert await _votes(post) == [0, 1, 0]
    assert (await _poll(post)).voters == 1
    for choices in ({1}, {0}):
        with pytest.raises(Conflict):
            await voting.vote(instance, bob, post.id, choices)
    assert await _votes(post) == [0, 1, 0]


async def test_several_answers_where_that_is_allowed(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    both = replace(QUESTION, poll=replace(ASKED, is_multiple=True))
    post = await publishing.publish(instance, alice, both)
    await voting.vote(instance, bob, post.id, {0, 2})
    assert await _votes(post) == [1, 0, 1]
    assert (await _poll(post)).voters == 1


async def test_who_may_not_vote(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    """E132: closed polls; and a poll one may not see is not there."""
    post = await publishing.publish(instance, alice, QUESTION)
    for choices in ({0, 1}, set(), {3}):
        with pytest.raises(Invalid):
            await voting.vote(instance, bob, post.id, choices)
    with pytest.raises(Forbidden):
        await voting.vote(instance, alice, post.id, {0})
    with pytest.raises(NotFound):
        await voting.vote(instance, bob, (await say(instance, alice)).id, {0})
    private = replace(QUESTION, visibility=Visibility.FOLLOWERS.value)
    hidden = await publishing.publish(instance, alice, private)
    with pytest.raises(NotFound):
        await voting.vote(instance, bob, hidden.id, {0})
    clock.advance(hours=1)
    with pytest.raises(Conflict):
        await voting.vote(instance, bob, post.id, {0})
    assert await _votes(post) == [0, 0, 0]


async def test_e107_other_answers_are_another_poll(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """E107: but other words around the same answers are not."""
    post = await publishing.publish(instance, alice, QUESTION)
    await voting.vote(instance, bob, post.id, {1})
    before = await _poll(post)
    kept = replace(ASKED, open_for=None)
    await publishing.edit(instance, alice, post.id, Draft("What do you like?", poll=kept))
    assert await _poll(post) == before
    other = replace(kept, options=("Tea", "Milk"))
    await publishing.edit(instance, alice, post.id, Draft("What do you like?", poll=other))
    assert await _votes(post) == [0, 0]
    await voting.vote(instance, bob, post.id, {1})
    assert await _votes(post) == [0, 1]
    await publishing.edit(instance, alice, post.id, Draft("No more questions"))
    assert (await posts.get(post.id)).poll is None


# ---------------------------------------------------------------- votes elsewhere


async def test_e132_a_vote_goes_to_the_author_as_a_note_with_a_name(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """E132 and consequence 12: no text, to the author alone, its Create has another id."""
    asked = await hear(instance, ben)
    poll = Poll((), is_multiple=True, ends_at=clock() + timedelta(hours=1), voters=7)
    options = tuple(replace(_OPTION, text=text, votes=3) for text in ("Tea", "Coffee"))
    await posts.save(replace(asked, kind="Question", poll=replace(poll, options=options)))
    await voting.vote(instance, alice, asked.id, {0, 1})
    await settle(instance)
    creates = _sent(internet, "Create")
    assert [each["object"]["name"] for each in creates] == ["Tea", "Coffee"]
    for create in creates:
        note = create["object"]
        assert note["type"] == "Note"
        assert note["inReplyTo"] == asked.uri
        assert note["to"] == create["to"] == [ben.uri]
        assert note["cc"] == []
        assert "content" not in note
        assert note["id"] != create["id"]
    assert await _votes(asked) == [4, 4]
    assert (await _poll(asked)).voters == 8


async def test_a_poll_is_told_of_once_a_minute_and_at_its_end(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """A191, E133: counts go out in one Update for many votes, without a newer `updated`."""
    await befriend(instance, ben, alice)
    post = await publishing.publish(instance, alice, QUESTION)
    for number in range(3):
        voter = await make_person(instance, f"voter{number}")
        await voting.vote(instance, voter, post.id, {number % 2})
    await settle(instance)
    assert _sent(internet, "Update") == []
    clock.advance(minutes=1)
    await settle(instance)
    (update,) = _sent(internet, "Update")
    question = update["object"]
    assert [each["replies"]["totalItems"] for each in question["oneOf"]] == [2, 1, 0]
    assert question["votersCount"] == 3
    assert "updated" not in question
    clock.advance(hours=1)
    await settle(instance)
    *_, last = _sent(internet, "Update")
    assert last["object"]["closed"] == question["endTime"]
    assert len(_sent(internet, "Update")) == 2


async def test_how_it_stands_is_secret_until_the_end(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    ben: Actor,
    internet: FakeInternet,
    clock: FakeClock,
) -> None:
    await befriend(instance, ben, alice)
    secret = replace(QUESTION, poll=replace(ASKED, hides_totals=True))
    post = await publishing.publish(instance, alice, secret)
    await voting.vote(instance, bob, post.id, {0})
    clock.advance(minutes=2)
    await settle(instance)
    (create,) = _sent(internet, "Create")
    assert all("totalItems" not in each["replies"] for each in create["object"]["oneOf"])
    assert _sent(internet, "Update") == []
    clock.advance(hours=1)
    await settle(instance)
    (update,) = _sent(internet, "Update")
    assert [each["replies"]["totalItems"] for each in update["object"]["oneOf"]] == [1, 0, 0]


async def test_consequence_12_the_end_is_told_to_author_and_voters(
    instance: Instance, alice: Actor, bob: Actor, ben: Actor, clock: FakeClock
) -> None:
    """Consequence 12: by time alone, whether an Update came or not."""
    ours = await publishing.publish(instance, alice, QUESTION)
    theirs = await hear(instance, ben)
    options = tuple(replace(_OPTION, text=text) for text in ("Tea", "Coffee"))
    end = clock() + timedelta(minutes=30)
    poll = Poll(options, is_multiple=False, ends_at=end, voters=None)
    await posts.save(replace(theirs, kind="Question", poll=poll))
    for post in (ours, theirs):
        await voting.vote(instance, bob, post.id, {0})
    assert await _told(instance, bob) == []
    clock.advance(hours=1)
    for _ in range(2):
        await settle(instance)
    assert await _told(instance, bob) == [NotificationKind.POLL] * 2
    assert await _told(instance, alice) == [NotificationKind.POLL]


async def test_pv_20_a_deleted_poll_leaves_no_words(
    instance: Instance, alice: Actor, bob: Actor, ben: Actor, clock: FakeClock
) -> None:
    """PV-20: also how it stood was sent with its words."""
    await befriend(instance, ben, alice)
    post = await publishing.publish(instance, alice, QUESTION)
    await voting.vote(instance, bob, post.id, {0})
    clock.advance(minutes=2)
    await settle(instance)
    await publishing.delete(instance, alice, post.id)
    left = await receipts.ACTIVITIES.select("WHERE t.post_id = ?", post.id)
    assert [each.kind for each in left] == ["Delete"]
