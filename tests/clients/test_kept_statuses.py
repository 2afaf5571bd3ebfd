"""Statuses of kept parts are what they would be if nothing were kept; and they cost few queries."""

import random
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from instance.resources import Instance
from outbox import interacting, publishing
from posts.drafts import Draft
from storage.records import Actor
from tests.clients.acting import active as active
from tests.clients.acting import him as him
from tests.clients.acting import me as me
from tests.clients.apps import App
from tests.instances import drain
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, hear, make_remote, say

HOME = "/api/v1/timelines/home"
PATHS = (HOME, "/api/v1/timelines/public")
_DONE_TO_POSTS = ("favourite", "reblog", "bookmark", "pin", "mute")
_FILTER = {
    "title": "birds",
    "context[]": ["home", "public"],
    "keywords_attributes[][keyword]": "so",
}
_METHODS = {"reacts": "PUT", "renames": "PATCH", "edits": "PUT", "deletes": "DELETE"}
_DONE_TO_PEOPLE = ("mute", "unmute", "follow", "follow", "block", "unblock", "unblock")
_TALKATIVE = 0.4
_numbers = count()

_Act = tuple[str, str, dict[str, Any]]
"""What it is called, the path it is posted to, and the form."""


def _new_word() -> str:
    return f"n{next(_numbers)}"


HOME_QUERIES = 4  # whose token, which posts, how they are met, what the API says besides


async def _compare(instance: Instance, apps: tuple[App, ...]) -> dict[str, Any]:
    """What everybody is shown, which is the same when nothing is kept."""
    found = {}
    for number, app in enumerate(apps):
        for path in PATHS if app.token else PATHS[1:]:
            kept = await app.get(path)
            instance.renderings.clear()
            assert _lasting(await app.get(path)) == _lasting(kept), path
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


# Numbers of people that come along with posts may be a minute old.
_MINUTE_OLD = {"statuses_count", "followers_count", "following_count", "last_status_at"}


def _lasting(value: Any) -> Any:
    """An answer without what may be a minute old."""
    if isinstance(value, list):
        return [_lasting(each) for each in value]
    if isinstance(value, dict):
        return {name: _lasting(each) for name, each in value.items() if name not in _MINUTE_OLD}
    return value


@dataclass
class _Life:
    """Two people who do something to each other's posts, by their apps; chance chooses what."""

    apps: tuple[App, App]
    people: tuple[Actor, Actor]
    chance: random.Random
    ids: list[str] = field(default_factory=list)

    async def act(self) -> str:
        """Do one thing; it may be refused, as things are."""
        number = self.chance.randrange(2)
        app, other = self.apps[number], self.people[1 - number]
        status_id = self.chance.choice(self.ids) if self.ids else "0"
        says, does = self._says(other, status_id), self._does(other, status_id)
        what, path, form = self.chance.choice(says if self.chance.random() < _TALKATIVE else does)
        method = _METHODS.get(what, "POST")
        found = await app.send(method, path, form)
        assert app.status < 500, (what, app.status)
        if path == "/api/v1/statuses" and app.status == 200:
            self.ids.append(found["id"])
        return what

    def _says(self, other: Actor, status_id: str) -> list[_Act]:
        forms: dict[str, dict[str, Any]] = {
            "says": {"status": f"Hello @{other.username} #birds"},
            "answers": {"status": "So", "in_reply_to_id": status_id},
            "quotes": {"status": "See", "quoted_status_id": status_id},
            "asks": {"status": "?", "poll[options][]": ["a", "b"], "poll[expires_in]": "3600"},
            "hides": {"status": "Ours", "visibility": "private"},
        }
        return [(what, "/api/v1/statuses", form) for what, form in forms.items()]

    def _does(self, other: Actor, status_id: str) -> list[_Act]:
        post, person = f"/api/v1/statuses/{status_id}", f"/api/v1/accounts/{other.id}"
        undone = [f"un{each}" for each in _DONE_TO_POSTS]
        return [
            *((each, f"{post}/{each}", {}) for each in (*_DONE_TO_POSTS, *undone)),
            *((each, f"{person}/{each}", {}) for each in _DONE_TO_PEOPLE),
            ("votes", f"/api/v1/polls/{status_id}/votes", {"choices[]": ["1"]}),
            ("reacts", f"/api/v1/pleroma/statuses/{status_id}/reactions/%F0%9F%90%A6", {}),
            ("filters", "/api/v2/filters", _FILTER),
            ("renames", "/api/v1/accounts/update_credentials", {"display_name": _new_word()}),
            ("edits", post, {"status": f"Anew {_new_word()}"}),
            ("deletes", post, {}),
        ]


async def test_whatever_people_do_kept_statuses_are_those_made_anew(
    instance: Instance, phone: App, second: App, me: Actor, him: Actor
) -> None:
    """By chance: polls, quotes, reactions, blocks, mutes, filters, edits, new names (B68)."""
    life = _Life((phone, second), (me, him), random.Random(5))
    done = set()
    for step in range(60):
        done.add(await life.act())
        if step % 4 == 3:
            await drain(instance)
            await _compare(instance, life.apps)
    assert len(done) > 15
    assert len(life.ids) > 15


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
