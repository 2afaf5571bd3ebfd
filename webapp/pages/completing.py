"""Chapter completing: names of people and hashtags while they are typed (B50), and the emoji (B49).

Nobody else is asked: what is offered is what this server knows, as the search box finds it.
"""

import json
from itertools import groupby
from typing import Final

from inbox import searching
from inbox.searching import Wanted
from moderation import limits
from storage import emojis
from storage.records import CustomEmoji, Page
from webapp.asking import Answer
from webapp.pages import presenting
from webapp.pages.visit import Visit

OFFERED_MAX: Final = 8
LETTERS_MAX: Final = 60
PER_MINUTE_MAX: Final = 200
UNSORTED: Final = "This server"
_KINDS = {"@": frozenset({"accounts"}), "#": frozenset({"hashtags"})}
_HEADERS = (("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store"))


async def complete(visit: Visit) -> Answer:
    """GET /complete?q=@ali: how a name may go on; `insert` is what is written then."""
    me, text = visit.me.actor, visit.query.line("q")[:LETTERS_MAX]
    kinds = _KINDS.get(text[:1])
    if kinds is None or len(text) < 2:  # noqa: PLR2004 - a sign and a letter
        return _offer([])
    key = f"complete {me.id}"
    await limits.allow(visit.instance, key, max=PER_MINUTE_MAX, window_s=60, address=None)
    wanted = Wanted(text, kinds=kinds, page=Page(limit=OFFERED_MAX))
    found = await searching.find(visit.instance, wanted, me, visit.address)
    people = [
        {"insert": each.mention, "name": each.name, "note": each.mention, "picture": each.avatar}
        for each in presenting.people(visit, found.actors[:OFFERED_MAX])
    ]
    tags = [{"insert": f"#{tag}", "name": f"#{tag}"} for tag in found.hashtags[:OFFERED_MAX]]
    return _offer([*people, *tags])


def _offer(found: list[dict[str, str]]) -> Answer:
    return Answer(200, _HEADERS, json.dumps(found).encode())


async def emoji(visit: Visit) -> Answer:
    """GET /emoji: the custom emoji of this server by category, with what is typed for each."""
    listed = sorted(await emojis.list_all(), key=_category)
    groups = [(name or UNSORTED, tuple(found)) for name, found in groupby(listed, _category)]
    return await presenting.page(
        visit, "emoji.html", here="Write", title="Emoji", groups=tuple(groups)
    )


def _category(each: CustomEmoji) -> str:
    return each.category
