"""Somebody's year in numbers. See docs.joinmastodon.org, methods, annual_reports."""

from collections.abc import Sequence

from instance.errors import NotFound
from storage.records import AnnualReport, RowId, YearInNumbers
from users import annual_reports
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading, statuses_loading
from webapp.mastodon import entities as e

_ACCEPTED = 202
_YEAR_LETTERS_MAX = 4


async def index(call: Call) -> e.WrappedAnnualReports:
    """GET /api/v1/annual_reports: those that are made and were not looked at."""
    return await _wrapped(call, await annual_reports.unread(call.me.actor))


async def show(call: Call, year: str) -> e.WrappedAnnualReports:
    """GET /api/v1/annual_reports/<year>."""
    return await _wrapped(call, [await annual_reports.get(call.me.actor, _year(year))])


async def state(call: Call, year: str) -> dict[str, str]:
    """GET /api/v1/annual_reports/<year>/state."""
    found = await annual_reports.state(call.instance, call.me.actor, _year(year))
    return {"state": found}


async def generate(call: Call, year: str) -> Reply[e.Empty]:
    """POST /api/v1/annual_reports/<year>/generate: 202 while it is made."""
    found = await annual_reports.begin(call.instance, call.me.actor, _year(year))
    return Reply({}, _ACCEPTED if found == "generating" else 200)


async def read(call: Call, year: str) -> e.Empty:
    """POST /api/v1/annual_reports/<year>/read."""
    await annual_reports.mark_read(call.instance, call.me.actor, _year(year))
    return {}


def _year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) == _YEAR_LETTERS_MAX):
        raise NotFound("Record not found")
    return int(text)


async def _wrapped(call: Call, found: Sequence[AnnualReport]) -> e.WrappedAnnualReports:
    me = call.me.actor
    posts = [each for report in found if report.data for each in _top(report.data)]
    statuses = await statuses_loading.by_post_ids(call.instance, posts, me)
    return {
        "annual_reports": [_entity(report, report.data) for report in found if report.data],
        "accounts": await accounts_loading.accounts(call.instance, [me] if found else []),
        "statuses": list(statuses.values()),
    }


def _top(data: YearInNumbers) -> list[RowId]:
    top = (data.most_boosted, data.most_liked, data.most_answered)
    return [each for each in top if each is not None]


def _entity(report: AnnualReport, data: YearInNumbers) -> e.AnnualReport:
    return {
        "year": report.year,
        "account_id": str(report.actor_id),
        "schema_version": annual_reports.SCHEMA,
        "share_url": None,
        "data": {
            "archetype": data.archetype,
            "type_distribution": {
                "total": data.own + data.answers + data.boosts,
                "standalone": data.own,
                "replies": data.answers,
                "reblogs": data.boosts,
            },
            "top_statuses": {
                "by_reblogs": _maybe_id(data.most_boosted),
                "by_favourites": _maybe_id(data.most_liked),
                "by_replies": _maybe_id(data.most_answered),
            },
            "time_series": [
                {
                    "month": each.month,
                    "statuses": each.posts,
                    "following": each.following,
                    "followers": each.followers,
                }
                for each in data.months
            ],
            "top_hashtags": [{"name": each.name, "count": each.count} for each in data.hashtags],
            # Of versions before: people and apps are not counted any more (Mastodon 4.5).
            "most_used_apps": [],
            "commonly_interacted_with_accounts": [],
            "most_reblogged_accounts": [],
            "percentiles": 0,
        },
    }


def _maybe_id(post_id: RowId | None) -> str | None:
    return str(post_id) if post_id is not None else None
