"""Chapter polls of the client API, https://docs.joinmastodon.org/methods/polls/."""

from collections.abc import Mapping
from typing import Final

from inbox import fetching
from instance.errors import Failure, Invalid, NotFound
from outbox import voting
from posts.drafts import POLL_OPTIONS_MAX
from posts.polls import HasVoted, IsOwnPoll, PollIsOver
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading as loading
from webapp.mastodon.paging import row_id

# To Mastodon's validator these are mistakes like others (422); its words, for apps show them.
_MISTAKES: Final[Mapping[type[Failure], str]] = {
    PollIsOver: "The poll has already ended",
    HasVoted: "You have already voted on this poll",
    IsOwnPoll: "You cannot vote in your own polls",
}


async def show(call: Call, poll_id: str) -> e.Poll:
    """GET /api/v1/polls/<id>; what a member asks for is counted anew for the next time."""
    found = await _entity(call, poll_id)
    if call.viewer is not None:
        await fetching.look_at_poll(call.instance, row_id(poll_id))
    return found


async def _entity(call: Call, poll_id: str) -> e.Poll:
    """The id of a poll is that of its post."""
    found = (await loading.status(call.instance, row_id(poll_id), call.reader))["poll"]
    if found is None:
        raise NotFound("Record not found")
    return found


async def vote(call: Call, poll_id: str) -> e.Poll:
    """POST /api/v1/polls/<id>/votes (B46)."""
    sent = call.parameters.items("choices")
    if not all(each.isdecimal() and len(each) < POLL_OPTIONS_MAX for each in sent):
        raise Invalid("Choices are the places of answers.", fields={"choices": "are invalid"})
    choices = {int(each) for each in sent}
    try:
        await voting.vote(call.instance, call.me.actor, row_id(poll_id), choices)
    except tuple(_MISTAKES) as refused:
        raise Invalid(f"Validation failed: {_MISTAKES[type(refused)]}") from refused
    return await _entity(call, poll_id)
