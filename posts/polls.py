"""Polls: who may vote, and what a vote changes. Sends nothing.

https://codeberg.org/fediverse/fep/src/branch/main/fep/9967/fep-9967.md
"""

from collections.abc import Collection
from dataclasses import replace

from instance.errors import Conflict, Forbidden, Invalid, NotFound
from instance.resources import Instance
from posts import details
from storage import polls, posts
from storage.records import Actor, Poll, PollVote, Post, RowId


class PollIsOver(Conflict):
    """Nobody can vote any more."""


class HasVoted(Conflict):
    """Who votes has voted already."""


class IsOwnPoll(Forbidden):
    """Whose poll it is cannot vote in it."""


def has_same_answers(one: Poll | None, other: Poll | None) -> bool:
    """Whether votes in one poll are votes in the other too (E107)."""
    if one is None or other is None:
        return one is other
    texts = [[option.text for option in poll.options] for poll in (one, other)]
    return texts[0] == texts[1] and one.is_multiple == other.is_multiple


async def vote(
    instance: Instance, post_id: RowId, voter: Actor, choices: Collection[int]
) -> list[PollVote]:
    """Count somebody's answers, each once; returns the votes that are new.

    Runs in a transaction of its own or the caller's. That the voter may see the post is the
    caller's business. Raises `PollIsOver`, `HasVoted`, `IsOwnPoll`, `Invalid`, `NotFound`.
    """
    now = instance.now()
    async with instance.store.transaction():
        post = await posts.find_locked(post_id)
        if post is None or post.deleted_at is not None or post.poll is None:
            raise NotFound("There is no poll at this address, or it is not for you.")
        poll = post.poll
        if post.actor_id == voter.id:
            raise IsOwnPoll("This is your own poll: you cannot vote in it.")
        if details.is_over(poll, now):
            raise PollIsOver("This poll is over.")
        _check_choices(poll, choices)
        before = await polls.of_actor(voter.id, post.id)
        added = sorted(set(choices) - before)
        if before and (voter.is_local or (added and not poll.is_multiple)):
            raise HasVoted("You have voted in this poll already.")
        votes = [PollVote(instance.ids.new(), post.id, voter.id, each, now) for each in added]
        await polls.insert(votes)
        await polls.save(post.id, await _recounted(post, poll, added, is_first=not before))
    return votes


def _check_choices(poll: Poll, choices: Collection[int]) -> None:
    if not choices:
        raise Invalid("Choose an answer first.")
    if len(choices) > 1 and not poll.is_multiple:
        raise Invalid("In this poll one answer can be chosen.")
    if not set(choices) <= set(range(len(poll.options))):
        raise Invalid("This poll has no such answer; it was changed meanwhile.")


async def _recounted(post: Post, poll: Poll, added: Collection[int], *, is_first: bool) -> Poll:
    """Ours are counted from the rows; of those elsewhere we know the sum, and what came to it."""
    if post.is_local:
        return await polls.counted(post.id, poll)
    options = tuple(
        replace(option, votes=option.votes + (place in added))
        for place, option in enumerate(poll.options)
    )
    voters = poll.voters + is_first if poll.voters is not None else None
    return replace(poll, options=options, voters=voters)
