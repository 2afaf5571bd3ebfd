"""Annual reports: somebody's year in numbers, counted by a job and kept (Mastodon's Wrapstodon)."""

from datetime import UTC, datetime
from typing import Final

from instance.errors import NotFound
from instance.resources import Instance
from storage import annual_reports as stored
from storage.records import Actor, AnnualReport, MonthInNumbers, RowId, YearInNumbers

GENERATE: Final = "generate_annual_report"
FIRST_YEAR: Final = 2016
SCHEMA: Final = 2
"""Of what `data` holds; Mastodon 4.5."""

# Mastodon's bounds, so that people of two servers get the same word for the same year.
POSTS_OF_A_LURKER: Final = 113
_TWICE: Final = 2
_TENTH: Final = 0.1
_DECEMBER, _FROM_DAY = 12, 10


def campaign(now: datetime) -> int | None:
    """Return the year of which everybody may have a report at the moment, in late December."""
    return now.year if now.month == _DECEMBER and now.day >= _FROM_DAY else None


def may_be_made(year: int, now: datetime) -> bool:
    """Whether a year is over, or as good as over."""
    return FIRST_YEAR <= year < now.year or year == campaign(now)


async def state(instance: Instance, actor: Actor, year: int) -> str:
    """Return "available", "generating", "eligible" or "ineligible"."""
    found = await stored.find(actor.id, year)
    if found is not None:
        return "available" if found.data is not None else "generating"
    return "eligible" if await _is_eligible(instance, actor, year) else "ineligible"


async def begin(instance: Instance, actor: Actor, year: int) -> str:
    """Have a report made, if it may be; return the state it is in then."""
    now = instance.now()
    found = await state(instance, actor, year)
    if found != "eligible":
        return found
    async with instance.store.transaction():
        made = AnnualReport(instance.ids.new(), actor.id, year, now)
        if await stored.insert_if_new(made):
            payload = {"actor_id": actor.id, "year": year}
            await instance.queue.enqueue(GENERATE, payload, now=now)
    return "generating"


async def generate(instance: Instance, payload: dict[str, object]) -> None:
    """Job: count a year. Done twice, the numbers are those of the second time."""
    actor_id, year = payload.get("actor_id"), payload.get("year")
    if not isinstance(actor_id, int) or not isinstance(year, int):
        return
    if await stored.find(actor_id, year) is None:
        return  # the account is gone
    counted = await _count(RowId(actor_id), year)
    async with instance.store.transaction():
        await stored.fill(actor_id, year, counted)


async def unread(actor: Actor) -> list[AnnualReport]:
    """Return somebody's reports that are made and that they have not seen."""
    return await stored.unread_of(actor.id)


async def get(actor: Actor, year: int) -> AnnualReport:
    """Return somebody's report of a year; raises `NotFound`."""
    found = await stored.find(actor.id, year)
    if found is None or found.data is None:
        raise NotFound("Record not found")
    return found


async def mark_read(instance: Instance, actor: Actor, year: int) -> None:
    """Note that somebody saw their report; raises `NotFound`."""
    async with instance.store.transaction():
        if not await stored.mark_read(actor.id, year, instance.now()):
            raise NotFound("Record not found")


# ---------------------------------------------------------------- counting


def archetype(own: int, answers: int, boosts: int, polls: int) -> str:
    """Return Mastodon's word for a year; pure."""
    if own + answers + boosts < POSTS_OF_A_LURKER:
        return "lurker"
    if boosts > own * _TWICE:
        return "booster"
    if polls > own * _TENTH:
        return "pollster"
    return "replier" if answers > own * _TWICE else "oracle"


async def _is_eligible(instance: Instance, actor: Actor, year: int) -> bool:
    """Something was said in it."""
    if not may_be_made(year, instance.now()):
        return False
    since, until = _bounds(year)
    own, answers, _ = await stored.count_posts(actor.id, since, until)
    return own + answers > 0


async def _count(actor_id: RowId, year: int) -> YearInNumbers:
    since, until = _bounds(year)
    own, answers, polls = await stored.count_posts(actor_id, since, until)
    boosts = await stored.count_boosts(actor_id, since, until)
    top: list[RowId | None] = []
    for kind in ("boost", "like", "reply"):
        taken = [each for each in top if each is not None]
        top.append(await stored.top_post(actor_id, since, until, by=kind, without=taken))
    return YearInNumbers(
        archetype=archetype(own, answers, boosts, polls),
        own=own,
        answers=answers,
        boosts=boosts,
        months=tuple([await _month(actor_id, year, month) for month in range(1, 13)]),
        hashtags=tuple(await stored.top_hashtags(actor_id, since, until)),
        most_boosted=top[0],
        most_liked=top[1],
        most_answered=top[2],
    )


async def _month(actor_id: RowId, year: int, month: int) -> MonthInNumbers:
    since = datetime(year, month, 1, tzinfo=UTC)
    until = _bounds(year)[1] if month == _DECEMBER else datetime(year, month + 1, 1, tzinfo=UTC)
    own, answers, _ = await stored.count_posts(actor_id, since, until)
    boosts = await stored.count_boosts(actor_id, since, until)
    following, followers = await stored.count_follows(actor_id, since, until)
    return MonthInNumbers(month, own + answers + boosts, following, followers)


def _bounds(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
