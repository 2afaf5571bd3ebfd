"""Chapters suggestions and directory of the client API: people one does not know yet."""

from collections.abc import Mapping
from typing import Final

from feeds import suggestions
from feeds.suggestions import Reason, Suggestion
from storage import discovery
from storage.discovery import Seeker
from webapp.calls import Call
from webapp.mastodon import accounts_loading
from webapp.mastodon import entities as e
from webapp.mastodon.paging import row_id

OFFSET_MAX: Final = 1000
# `source` is deprecated: https://docs.joinmastodon.org/entities/Suggestion/#source
_SOURCES: Final[Mapping[Reason, str]] = {
    Reason.FRIENDS_OF_FRIENDS: "past_interactions",
    Reason.SIMILAR: "past_interactions",
    Reason.MOST_FOLLOWED: "global",
    Reason.MOST_INTERACTIONS: "global",
}


async def index(call: Call) -> list[e.Suggestion]:
    """GET /api/v2/suggestions."""
    found = await _suggested(call)
    people = await accounts_loading.accounts(call.instance, [each.actor for each in found])
    return [
        {
            "source": _SOURCES[each.reasons[0]],
            "sources": [reason.value for reason in each.reasons],
            "account": account,
        }
        for each, account in zip(found, people, strict=True)
    ]


async def first_index(call: Call) -> list[e.Account]:
    """GET /api/v1/suggestions."""
    found = await _suggested(call)
    return await accounts_loading.accounts(call.instance, [each.actor for each in found])


async def _suggested(call: Call) -> list[Suggestion]:
    limit, offset = _limit(call), _offset(call)
    return (await suggestions.suggest(call.instance, call.me.actor, offset + limit))[offset:]


async def dismiss(call: Call, account_id: str) -> e.Empty:
    """DELETE /api/v1/suggestions/<id>."""
    await suggestions.dismiss(call.instance, call.me.actor, row_id(account_id))
    return {}


async def directory(call: Call) -> list[e.Account]:
    """GET /api/v1/directory: who wants to be found, the last to speak or to come first."""
    sent, me = call.parameters, call.reader
    listed = discovery.newest_people if sent.text("order") == "new" else discovery.active_people
    people = await listed(
        Seeker(me.id if me is not None else 0, call.instance.now()),
        local_only=sent.flag("local"),
        limit=_limit(call),
        offset=_offset(call),
    )
    return await accounts_loading.accounts(call.instance, people)


def _offset(call: Call) -> int:
    return call.parameters.number("offset", 0, least=0, most=OFFSET_MAX)


def _limit(call: Call) -> int:
    return call.parameters.number("limit", 40, least=1, most=80)
