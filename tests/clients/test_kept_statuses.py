"""Statuses of kept parts are what they would be if nothing were kept; and they cost few queries."""

from typing import Any

import pytest

from instance.resources import Instance
from outbox import interacting, publishing
from posts.drafts import Draft
from storage.records import Actor
from tests.clients.acting import active as active
from tests.clients.acting import me as me
from tests.clients.apps import App
from tests.instances import drain
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, hear, make_remote, say

HOME = "/api/v1/timelines/home"
PATHS = (HOME, "/api/v1/timelines/public")
HOME_QUERIES = 4  # whose token, which posts, how they are met, what the API says besides


async def _compare(instance: Instance, apps: tuple[App, ...]) -> dict[str, Any]:
    """What everybody is shown, which is the same when nothing is kept."""
    found = {}
    for number, app in enumerate(apps):
        for path in PATHS if app.token else PATHS[1:]:
            kept = await app.get(path)
            instance.renderings.clear()
            assert await app.get(path) == kept, path
            found[f"{number} {path}"] = kept
    return found


async def test_kept_statuses_are_those_made_anew(
    instance: Instance, phone: App, client: App, me: Actor
) -> None:
    """GET /api/v1/timelines/home, GET /api/v1/timelines/public: whatever has changed (B68)."""
    ben = await make_remote(instance, "ben", name="Ben")
    await befriend(instance, me, ben)
    heard = await hear(instance, ben, "From far", mentions=(me,))
    own = await say(instance, me, "Birds #birds")
    await drain(instance)
    apps = (phone, client)
    await _compare(instance, apps)
    await interacting.like(instance, me, heard.id)
    await interacting.boost(instance, me, heard.id)
    await publishing.edit(instance, me, own.id, Draft("Birds and sea"))
    await change(ben, name="Benjamin")
    await drain(instance)
    shown = await _compare(instance, apps)
    mine = shown[f"0 {HOME}"]
    by_id = {(each["reblog"] or each)["id"]: each for each in mine}
    far = by_id[str(heard.id)]["reblog"] or by_id[str(heard.id)]
    assert (far["favourited"], far["account"]["display_name"]) == (True, "Benjamin")
    assert "sea" in by_id[str(own.id)]["content"]
    theirs = {each["id"]: each for each in shown["1 /api/v1/timelines/public"]}
    assert theirs[str(heard.id)]["favourited"] is False


async def test_home_is_four_queries_for_any_number_of_posts(
    instance: Instance, phone: App, me: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GET /api/v1/timelines/home costs the same for 20 and for 40 posts."""
    for number in range(41):
        await say(instance, me, f"post {number}")
    await drain(instance)
    for limit in (20, 40):
        await phone.get(HOME, limit=limit)
        with counted(instance, monkeypatch) as queries:
            assert len(await phone.get(HOME, limit=limit)) == limit
        assert len(queries) <= HOME_QUERIES, queries
