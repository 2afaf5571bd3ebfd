"""Annual reports: a year in numbers, counted by a job."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from instance.resources import Instance
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import drain
from tests.pages.browser import Browser
from users import annual_reports

PATH = "/api/v1/annual_reports"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


async def say(app: App, words: str, **more: str) -> Any:
    found = await app.post("/api/v1/statuses", {"status": words, **more})
    assert app.status == 200, found
    return found


async def test_a_year_is_counted_when_it_is_over(
    client: App, phone: App, bob: Browser, instance: Instance, clock: Any
) -> None:
    """POST /api/v1/annual_reports/{year}/generate, GET /api/v1/annual_reports/{year}/state.

    GET /api/v1/annual_reports, GET /api/v1/annual_reports/{year}.
    POST /api/v1/annual_reports/{year}/read.
    """
    bobs = await client.let_in_by(bob)
    liked = await say(phone, "Good #morning")
    answered = await say(phone, "Good #morning again")
    await say(phone, "Only you", visibility="direct")
    theirs = await say(bobs, "Hello", in_reply_to_id=answered["id"])
    await say(phone, "Yes?", in_reply_to_id=theirs["id"])
    await bobs.post(f"/api/v1/statuses/{liked['id']}/favourite")
    await phone.post(f"/api/v1/statuses/{theirs['id']}/reblog")
    path = f"{PATH}/2026"
    assert (await phone.get(f"{path}/state"))["state"] == "ineligible"
    await phone.post(f"{path}/generate")
    assert phone.status == 200
    clock.advance(days=60)
    state = await phone.get(f"{path}/state")
    assert_valid("GET", f"{PATH}/{{year}}/state", phone.status, state)
    assert state["state"] == "eligible"
    for _ in range(2):
        await phone.post(f"{path}/generate")
        assert phone.status == 202
    assert (await phone.get(f"{path}/state"))["state"] == "generating"
    await phone.get(path)
    assert phone.status == 404
    await drain(instance)
    assert (await phone.get(f"{path}/state"))["state"] == "available"
    found = await phone.get(path)
    assert_valid("GET", f"{PATH}/{{year}}", phone.status, found)
    data = found["annual_reports"][0]["data"]
    assert data["archetype"] == "lurker"
    assert data["type_distribution"] == {
        "total": 5,
        "standalone": 3,
        "replies": 1,
        "reblogs": 1,
    }
    assert data["top_statuses"] == {
        "by_reblogs": None,
        "by_favourites": liked["id"],
        "by_replies": answered["id"],
    }
    assert [month["statuses"] for month in data["time_series"]] == [0] * 10 + [5, 0]
    assert data["top_hashtags"] == [{"name": "morning", "count": 2}]
    assert {each["id"] for each in found["statuses"]} == {liked["id"], answered["id"]}
    listed = await phone.get(PATH)
    assert_valid("GET", PATH, phone.status, listed)
    assert [each["year"] for each in listed["annual_reports"]] == [2026]
    await phone.post(f"{path}/read")
    assert phone.status == 200
    for each in (phone, bobs):
        assert await each.get(PATH) == {"annual_reports": [], "accounts": [], "statuses": []}


@pytest.mark.parametrize("year", ["2015", "2027", "12345", "x"])
async def test_years_of_which_there_is_no_report(phone: App, year: str) -> None:
    for path in (f"{PATH}/{year}", f"{PATH}/{year}/read"):
        await (phone.post(path) if path.endswith("read") else phone.get(path))
        assert phone.status == 404
    found = await phone.get(f"{PATH}/{year}/state")
    assert phone.status == 404 or found["state"] == "ineligible"


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ((10, 10, 10, 0), "lurker"),
        ((50, 0, 101, 0), "booster"),
        ((100, 20, 0, 11), "pollster"),
        ((50, 101, 0, 0), "replier"),
        ((113, 0, 0, 0), "oracle"),
    ],
)
def test_the_word_for_a_year(counts: tuple[int, int, int, int], word: str) -> None:
    assert annual_reports.archetype(*counts) == word


def test_the_year_may_be_looked_at_from_the_tenth_of_december() -> None:
    assert annual_reports.campaign(datetime(2026, 12, 9, tzinfo=UTC)) is None
    assert annual_reports.campaign(datetime(2026, 12, 10, tzinfo=UTC)) == 2026
