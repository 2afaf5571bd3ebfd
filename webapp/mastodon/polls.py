"""Chapter polls of the client API, https://docs.joinmastodon.org/methods/polls/."""

from instance.errors import Invalid, NotFound
from outbox import voting
from posts.drafts import POLL_OPTIONS_MAX
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading as loading
from webapp.mastodon.paging import row_id


async def show(call: Call, poll_id: str) -> e.Poll:
    """GET /api/v1/polls/<id>: the id of a poll is that of its post."""
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
    await voting.vote(call.instance, call.me.actor, row_id(poll_id), choices)
    return await show(call, poll_id)
