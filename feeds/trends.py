"""Trends: what more people speak of than usual (B99), and whom they meet; counted now and then.

Nothing is counted while somebody asks. What is refused never trends; with the setting
`feeds.reviews_trends` only what was allowed does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from instance.errors import NotFound
from instance.resources import Instance
from posts import cards as previews
from storage import cards, trends, uses
from storage.ids import moment_of
from storage.records import LinkCard, RowId
from storage.trends import Surge, Trend

COUNTED_MAX: Final = 100
CANDIDATES_MAX: Final = 500
PEOPLE_MIN: Final = 2
LATELY: Final = timedelta(days=2)
HALF_LIFE: Final = timedelta(hours=12)
DAYS_SHOWN: Final = 7
_SCALE: Final = 1000
_DAYS_BEFORE = 5


async def count(instance: Instance, payload: dict[str, object]) -> None:
    """Job `count_trends`, every ten minutes. Run twice it comes to the same."""
    del payload
    now = instance.now()
    today = uses.day_of(now)
    await uses.count_pages(today)
    await uses.count_pages(today - 1)
    for kind in (Trend.HASHTAG, Trend.PAGE):
        await trends.replace(kind, _rising(await trends.surges(kind, today, CANDIDATES_MAX)))
    pressed = await trends.pressed_posts(now - LATELY, CANDIDATES_MAX)
    scored = [
        (str(post_id), round(_SCALE * people * 0.5 ** ((now - moment_of(post_id)) / HALF_LIFE)))
        for post_id, people in pressed
        if people >= PEOPLE_MIN
    ]
    scored.sort(key=lambda each: -each[1])
    await trends.replace(Trend.POST, scored[:COUNTED_MAX])
    await trends.replace(Trend.FOLLOWED, await trends.followed_people(COUNTED_MAX))
    await trends.replace(Trend.MET, await trends.pressed_people(now - LATELY, COUNTED_MAX))
    await uses.forget(today - uses.DAYS_COUNTED)


def _rising(found: Sequence[Surge]) -> list[tuple[str, int]]:
    """How far beyond the usual each is, as Mastodon weighs it; what is not beyond is left out."""
    scored = []
    for name, recent, before in found:
        usual = max(1.0, before * LATELY.days / _DAYS_BEFORE)
        if recent >= PEOPLE_MIN and recent > usual:
            scored.append((name, round(_SCALE * (recent - usual) ** 2 / usual)))
    return sorted(scored, key=lambda each: (-each[1], each[0]))[:COUNTED_MAX]


async def of(instance: Instance, kind: Trend, limit: int, offset: int = 0) -> list[str]:
    """What trends: names of hashtags, or ids of posts, previews and people."""
    is_reviewed = kind in {Trend.HASHTAG, Trend.PAGE, Trend.POST}
    only_allowed = is_reviewed and instance.settings.feeds.reviews_trends
    return await trends.listed(kind, only_allowed=only_allowed, limit=limit, offset=offset)


async def review(instance: Instance, kind: Trend, name: str, *, is_allowed: bool) -> None:
    """Let something trend, or never again; `NotFound` for what does not trend now."""
    known = {each.name for each in await trends.with_reviews(kind, COUNTED_MAX)}
    if is_allowed and name not in known:
        raise NotFound("This does not trend: `trends list` says what does.")
    await trends.review(kind, name, instance.now(), is_allowed=is_allowed)


# ---------------------------------------------------------------- for people to look at


@dataclass(frozen=True, slots=True)
class Rising:
    """What trends, with how many people used it on each of the last days, today last."""

    name: str
    days: tuple[int, ...]

    @property
    def people(self) -> int:
        """How many used it today and yesterday; who did on both counts twice."""
        return sum(self.days[-LATELY.days :])


async def hashtags(instance: Instance, limit: int) -> list[Rising]:
    """Return the hashtags that trend, in their order; two queries."""
    names = await of(instance, Trend.HASHTAG, limit)
    return await _with_days(instance, uses.HASHTAG, names)


async def pages(instance: Instance, limit: int) -> list[tuple[LinkCard, Rising]]:
    """Return the pages that trend and have a preview, in their order; three queries."""
    ids = await of(instance, Trend.PAGE, limit)
    found = await cards.ready([int(each) for each in ids])
    risen = await _with_days(instance, uses.PAGE, ids)
    return [
        (previews.shown(found[RowId(int(each.name))]), each)
        for each in risen
        if int(each.name) in found
    ]


async def _with_days(instance: Instance, kind: str, names: Sequence[str]) -> list[Rising]:
    today = uses.day_of(instance.now())
    days = range(today - DAYS_SHOWN + 1, today + 1)
    found = await uses.of_names(kind, names, days[0])
    people = {(use.name, use.day): use.accounts for use in found}
    return [Rising(name, tuple(people.get((name, day), 0) for day in days)) for name in names]
