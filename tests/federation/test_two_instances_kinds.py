"""Polls and reactions between alpha and beta, two instances of ours, both ways."""

from datetime import timedelta

import pytest

from instance.errors import Conflict
from outbox import reacting, voting
from posts.drafts import PollDraft
from storage import reactions
from storage.records import NotificationKind, Post
from tests.federation.test_two_instances import PAGE, Side, follow
from tests.federation.test_two_instances import sides as sides
from tests.instances import FakeClock

POLL = PollDraft(("Tea", "Coffee"), open_for=timedelta(hours=1))


async def _copy(side: Side, post: Post) -> Post:
    found = await side.post(post.uri)
    assert found is not None
    return found


async def _votes(side: Side, post: Post) -> tuple[list[int], int | None]:
    poll = (await _copy(side, post)).poll
    assert poll is not None
    return [option.votes for option in poll.options], poll.voters


async def test_a191_a_poll_from_question_to_end(sides: tuple[Side, Side], clock: FakeClock) -> None:
    """A99, A191, E132, E133, consequence 12: both know how it stands, and when it is over."""
    one, other = sides
    await follow(other, one)
    post = await one.say("What do you drink?", poll=POLL)
    async with other.acting() as instance:
        await voting.vote(instance, other.person, (await _copy(other, post)).id, {1})
    assert await _votes(one, post) == await _votes(other, post) == ([0, 1], 1)
    async with other.acting() as instance:
        copy = await _copy(other, post)
        with pytest.raises(Conflict):
            await voting.vote(instance, other.person, copy.id, {0})
    assert await _votes(one, post) == ([0, 1], 1)
    clock.advance(minutes=2)
    async with one.acting():
        pass
    assert await _votes(other, post) == ([0, 1], 1)
    clock.advance(hours=1)
    async with one.acting():
        pass
    for side in sides:
        assert NotificationKind.POLL in {each.kind for each in await side.told()}
        copy = await _copy(side, post)
        assert copy.poll is not None
        assert copy.poll.is_closed


async def test_a185_a_reaction_there_and_back(sides: tuple[Side, Side]) -> None:
    """A109, A185, E131."""
    one, other = sides
    await follow(other, one)
    post = await one.say("React to me")
    copy = await _copy(other, post)
    async with other.acting() as instance:
        await reacting.react(instance, other.person, copy.id, "🎉")
    for side in sides:
        found = await _copy(side, post)
        assert [(each.content, each.number) for each in found.reactions] == [("🎉", 1)]
    assert NotificationKind.REACTION in {each.kind for each in await one.told()}
    async with other.acting() as instance:
        await reacting.unreact(instance, other.person, copy.id)
    assert (await _copy(one, post)).reactions == ()
    with one.instance.store.active():
        assert await reactions.page(post.id, PAGE) == []
