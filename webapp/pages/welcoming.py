"""Chapter entry, first steps (B108): hashtags, people, and friends one has elsewhere.

Nobody is sent here twice or at all: the empty home offers it, and each step may be left out.
"""

import re
from collections.abc import Sequence
from typing import Final

from actors.text import fold_hashtag, is_hashtag
from feeds import hashtags, trends
from instance.errors import Failure, Invalid
from storage.records import ImportKind, Page
from transfers import importing
from webapp.asking import Answer
from webapp.pages import discovering, presenting
from webapp.pages.visit import Visit, redirect

PATH: Final = "/welcome"
HASHTAGS_MAX: Final = 12
PEOPLE_MAX: Final = 10
TYPED_MAX: Final = 20
_TAG: Final = "tag_"
_BETWEEN = re.compile(r"[\s,;]+")


async def welcome(visit: Visit) -> Answer:
    """GET /welcome."""
    return await _page(visit)


async def follow_hashtags(visit: Visit) -> Answer:
    """POST /welcome/hashtags: those that were ticked, and those that were typed."""
    ticked = [name.removeprefix(_TAG) for name in visit.form if name.startswith(_TAG)]
    typed = [each.removeprefix("#") for each in _BETWEEN.split(visit.form.line("names")) if each]
    wanted = [*ticked, *typed][: HASHTAGS_MAX + TYPED_MAX]
    try:
        _check_hashtags(wanted)
        for name in wanted:
            await hashtags.follow(visit.instance, visit.me.actor, name)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=saved#people")


def _check_hashtags(names: Sequence[str]) -> None:
    """All or none: a wrong one is told before the others are followed."""
    wrong = [name for name in names if not is_hashtag(name)]
    if wrong:
        reason = f"{wrong[0]} is no hashtag: letters, digits and _ alone."
        raise Invalid(reason, fields={"names": reason})


async def find_friends(visit: Visit) -> Answer:
    """POST /welcome/friends: handles as they were pasted, or a list of Mastodon's; by jobs."""
    text = visit.form.text("handles")
    # What has columns is a list of Mastodon's; else all that stands between spaces is a handle.
    lines = text if text.casefold().startswith("account address") else _one_a_line(text)
    try:
        await importing.begin(
            visit.instance, visit.me.user, ImportKind.FOLLOWS, lines.encode(), overwrites=False
        )
    except Failure as failure:
        return await _page(visit, failure, handles=text)
    return redirect(f"{PATH}?said=looking_for_friends")


def _one_a_line(text: str) -> str:
    return "\n".join(each.removeprefix("@") for each in _BETWEEN.split(text) if each)


async def _page(visit: Visit, failure: Failure | None = None, handles: str = "") -> Answer:
    me = visit.me.actor
    rising = [each.name for each in await trends.hashtags(visit.instance, HASHTAGS_MAX)]
    mine = await hashtags.followed(visit.instance, me, Page(limit=hashtags.FOLLOWED_MAX))
    known = {fold_hashtag(each.name) for each in mine}
    suggested = await discovering.suggested(visit, PEOPLE_MAX)
    return await presenting.page(
        visit,
        "welcome.html",
        here="Home",
        failure=failure,
        hashtags=[name for name in rising if fold_hashtag(name) not in known],
        followed=sorted(known),
        names=visit.form.line("names"),
        suggested=suggested,
        people=() if suggested else await presenting.new_people(visit),
        handles=handles,
    )
