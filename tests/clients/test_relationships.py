"""What one does to somebody by an app, and how one stands then (B31, B90)."""

from typing import Any

import pytest

from feeds import home
from instance.resources import Instance
from outbox import interacting
from storage import actors, relations
from storage.records import Actor, FollowState, Page
from tests.clients.acting import active as active
from tests.clients.acting import him as him
from tests.clients.acting import me as me
from tests.clients.apps import App
from tests.clients.schema import assert_entity, assert_valid
from tests.instances import FakeClock, drain
from tests.usecases.queries import counted
from tests.usecases.social import JOBS, befriend, change, hear, make_person, make_remote, say

ACCOUNTS = "/api/v1/accounts"
NOTHING = {
    "following": False,
    "showing_reblogs": False,
    "notifying": False,
    "languages": None,
    "followed_by": False,
    "blocking": False,
    "blocked_by": False,
    "muting": False,
    "muting_notifications": False,
    "muting_expires_at": None,
    "requested": False,
    "requested_by": False,
    "domain_blocking": False,
    "endorsed": False,
    "note": "",
}


async def act(phone: App, what: str, whom: Actor, **form: Any) -> dict[str, Any]:
    """Do something to somebody; returns what is so then and was not before anything was done."""
    found = await phone.post(f"{ACCOUNTS}/{whom.id}/{what}", form)
    assert_valid("POST", f"/api/v1/accounts/{{id}}/{what}", 200, found)
    assert found.pop("id") == str(whom.id)
    assert set(found) == set(NOTHING)
    return {name: value for name, value in found.items() if value != NOTHING[name]}


FOLLOWING = {"following": True, "showing_reblogs": True}


async def test_follow_and_unfollow(phone: App, him: Actor) -> None:
    """`POST /api/v1/accounts/{id}/follow`, `POST /api/v1/accounts/{id}/unfollow`."""
    assert await act(phone, "follow", him) == FOLLOWING
    assert await act(phone, "follow", him) == FOLLOWING
    assert await act(phone, "unfollow", him) == {}
    assert await act(phone, "unfollow", him) == {}


async def test_b31_how_a_follow_is_meant_changes_when_it_is_sent(phone: App, him: Actor) -> None:
    """B31: without boosts, told of each post, in two languages; what is not sent stays."""
    fully = {"following": True, "notifying": True, "languages": ["de", "en"]}
    form = {"reblogs": "false", "notify": "true", "languages[]": ["de", "en"]}
    assert await act(phone, "follow", him, **form) == fully
    assert await act(phone, "follow", him) == fully
    assert await act(phone, "follow", him, reblogs="true") == fully | {"showing_reblogs": True}
    assert await act(phone, "follow", him, notify="false") == FOLLOWING | {
        "languages": ["de", "en"]
    }
    await phone.json("POST", f"{ACCOUNTS}/{him.id}/follow", {"languages": []})
    assert phone.value["languages"] is None
    assert await act(phone, "unfollow", him) == {}
    assert await act(phone, "follow", him) == FOLLOWING


async def test_follow_is_refused_where_it_makes_no_sense(
    phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    await phone.post(f"{ACCOUNTS}/{me.id}/follow")
    assert phone.status == 422
    await phone.post(f"{ACCOUNTS}/77/follow")
    assert phone.status == 404
    await change(him, is_locked=True)
    assert await act(phone, "follow", him) == {"requested": True, "showing_reblogs": True}
    far = await make_remote(instance, "far")
    assert (await act(phone, "follow", far))["requested"] is True
    gone = await make_remote(instance, "gone", moved_to=far.uri)
    await phone.post(f"{ACCOUNTS}/{gone.id}/follow")
    assert phone.status == 403, "who has moved is followed there"


async def test_b31_feeds_honour_it(phone: App, instance: Instance, me: Actor, him: Actor) -> None:
    """B31: boosts and other languages are not at home, and still on the profile."""
    other = await make_person(instance, "other")
    await act(phone, "follow", him, **{"reblogs": "false", "languages[]": ["de"]})
    boosted = await hear(instance, await make_remote(instance, "far"), "from afar")
    german = await say(instance, him, "auf Deutsch", language="de")
    english = await say(instance, him, "in English", language="en")
    await say(instance, other, "not followed")
    await drain(instance, JOBS)

    async def at_home() -> list[str]:
        page = await home.read(instance, me, Page(limit=20))
        return [str(each.post.id) for each in page.items]

    assert await at_home() == [str(german.id)]
    await interacting.boost(instance, him, boosted.id)
    await drain(instance, JOBS)
    assert await at_home() == [str(german.id)]
    found = await phone.get(f"{ACCOUNTS}/{him.id}/statuses")
    assert len(found) == 3
    await act(phone, "follow", him, reblogs="true")
    assert await at_home() == [str(boosted.id), str(german.id)]
    await phone.json("POST", f"{ACCOUNTS}/{him.id}/follow", {"languages": []})
    assert await at_home() == [str(boosted.id), str(english.id), str(german.id)]


async def test_b31_each_post_is_told_to_who_wants_it(
    phone: App, instance: Instance, him: Actor
) -> None:
    """B31: a notification `status` of each new post, not of boosts and answers to others."""
    await act(phone, "follow", him, notify="true")
    first = await say(instance, him, "news")
    await drain(instance, JOBS)  # what is told of two posts at once comes in any order
    theirs = await say(instance, await make_person(instance, "other"), "?")
    await say(instance, him, "to another", in_reply_to_id=theirs.id)
    await say(instance, him, "for two", visibility="direct")
    secret = await say(instance, him, "for followers", visibility="followers")
    await drain(instance, JOBS)
    await drain(instance, JOBS)
    found = await phone.get("/api/v1/notifications")
    told = [(each["type"], each["status"]["id"]) for each in found]
    assert told == [("status", str(secret.id)), ("status", str(first.id))]
    await act(phone, "follow", him, notify="false")
    await say(instance, him, "not told")
    await drain(instance, JOBS)
    assert len(await phone.get("/api/v1/notifications")) == 2


# ---------------------------------------------------------------- blocks and mutes


async def test_block_and_unblock(phone: App, instance: Instance, me: Actor, him: Actor) -> None:
    """`POST /api/v1/accounts/{id}/block`, `POST /api/v1/accounts/{id}/unblock`, listed by
    `GET /api/v1/blocks`."""
    await befriend(instance, me, him)
    await befriend(instance, him, me)
    assert await act(phone, "block", him) == {"blocking": True}
    found = await phone.get("/api/v1/blocks")
    assert_valid("GET", "/api/v1/blocks", 200, found)
    assert [each["id"] for each in found] == [str(him.id)]
    assert await act(phone, "unblock", him) == {}
    assert await phone.get("/api/v1/blocks") == []


async def test_mute_for_a_time(phone: App, him: Actor, clock: FakeClock) -> None:
    """`POST /api/v1/accounts/{id}/mute`, `POST /api/v1/accounts/{id}/unmute`, listed by
    `GET /api/v1/mutes` with the time when it ends."""
    muted = await act(phone, "mute", him, duration="3600", notifications="false")
    ends = muted.pop("muting_expires_at")
    assert muted == {"muting": True}
    found = await phone.get("/api/v1/mutes")
    assert_valid("GET", "/api/v1/mutes", 200, found)
    assert [(each["id"], each["mute_expires_at"]) for each in found] == [(str(him.id), ends)]
    assert (await act(phone, "mute", him))["muting_notifications"] is True
    assert await act(phone, "unmute", him) == {}
    await act(phone, "mute", him, duration="3600")
    clock.advance(hours=2)
    found = await phone.get(f"{ACCOUNTS}/relationships", **{"id[]": him.id})
    assert found[0]["muting"] is False
    assert await phone.get("/api/v1/mutes") == []


async def test_pv12_a_host_that_a_person_blocks(phone: App, instance: Instance, me: Actor) -> None:
    """PV-12, B90: hidden, follows gone, none begins. `POST /api/v1/domain_blocks`,
    `GET /api/v1/domain_blocks`, `DELETE /api/v1/domain_blocks`."""
    far, near = await make_remote(instance, "far"), await make_remote(instance, "n", "gamma.test")
    for each in (far, near):
        await befriend(instance, me, each)
        await befriend(instance, each, me)
    post = await hear(instance, far, "from afar")
    seen = await hear(instance, near, "from the other shore")
    await drain(instance, JOBS)
    found = await phone.post("/api/v1/domain_blocks", {"domain": "Beta.TEST"})
    assert_valid("POST", "/api/v1/domain_blocks", 200, found)
    await phone.get(f"/api/v1/statuses/{post.id}")
    assert phone.status == 404
    for path in ("/api/v1/timelines/home", "/api/v1/timelines/public"):
        assert [each["id"] for each in await phone.get(path)] == [str(seen.id)]
    await drain(instance, JOBS)
    assert await relations.find_follow(me.id, far.id) is None
    assert await relations.find_follow(far.id, me.id) is None
    assert await relations.find_follow(me.id, near.id) is not None
    (told,) = await phone.get("/api/v1/notifications", **{"types[]": "severed_relationships"})
    assert_entity("RelationshipSeveranceEvent", told["event"])
    assert told["event"].items() >= {
        ("type", "user_domain_block"),
        ("target_name", "beta.test"),
        ("followers_count", 1),
        ("following_count", 1),
    }
    found = await phone.get("/api/v1/domain_blocks")
    assert_valid("GET", "/api/v1/domain_blocks", 200, found)
    assert found == ["beta.test"]
    await phone.post(f"{ACCOUNTS}/{far.id}/follow")
    assert phone.status == 403
    assert await phone.get(f"{ACCOUNTS}/search", q="far") == []
    assert [each["id"] for each in await phone.get(f"{ACCOUNTS}/search", q="n")] == [str(near.id)]
    found = await phone.get(f"{ACCOUNTS}/relationships", **{"id[]": [far.id, near.id]})
    assert [each["domain_blocking"] for each in found] == [True, False]
    found = await phone.send("DELETE", "/api/v1/domain_blocks", {"domain": "beta.test"})
    assert_valid("DELETE", "/api/v1/domain_blocks", 200, found)
    assert (await phone.get(f"/api/v1/statuses/{post.id}"))["id"] == str(post.id)


@pytest.mark.parametrize("domain", ["alpha.test", "", "a b", "http://"])
async def test_what_is_no_other_host_cannot_be_blocked(phone: App, domain: str) -> None:
    await phone.post("/api/v1/domain_blocks", {"domain": domain})
    assert phone.status == 422
    assert await phone.get("/api/v1/domain_blocks") == []


# ---------------------------------------------------------------- followers


async def test_a_follower_is_removed(phone: App, instance: Instance, me: Actor, him: Actor) -> None:
    """`POST /api/v1/accounts/{id}/remove_from_followers`."""
    await befriend(instance, him, me)
    assert await act(phone, "remove_from_followers", him) == {}
    assert await relations.find_follow(him.id, me.id) is None


async def test_who_asks_is_let_in_or_not(
    phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """`GET /api/v1/follow_requests`, `POST /api/v1/follow_requests/{account_id}/authorize`,
    `POST /api/v1/follow_requests/{account_id}/reject`."""
    other = await make_person(instance, "other")
    await change(await actors.get(me.id), is_locked=True)
    for each in (him, other):
        await befriend(instance, each, me, state=FollowState.REQUESTED)
    found = await phone.get("/api/v1/follow_requests")
    assert_valid("GET", "/api/v1/follow_requests", 200, found)
    assert [each["username"] for each in found] == ["other", "bob"]
    found = await phone.get(f"{ACCOUNTS}/verify_credentials")
    assert found["source"]["follow_requests_count"] == 2
    for each, what, follows in ((him, "authorize", True), (other, "reject", False)):
        found = await phone.post(f"/api/v1/follow_requests/{each.id}/{what}")
        path = f"/api/v1/follow_requests/{{account_id}}/{what}"
        assert_valid("POST", path, 200, found)
        assert found["followed_by"] is follows
    assert await phone.get("/api/v1/follow_requests") == []
    await phone.post(f"/api/v1/follow_requests/{other.id}/authorize")
    assert phone.status == 404


# ---------------------------------------------------------------- what one keeps about others


async def test_a_note_is_its_writers_alone(phone: App, client: App, him: Actor) -> None:
    """`POST /api/v1/accounts/{id}/note`: nobody else reads it; an empty one is forgotten."""
    assert await act(phone, "note", him, comment="owes me\ntea") == {"note": "owes me\ntea"}
    for path in (f"{ACCOUNTS}/{him.id}", f"{ACCOUNTS}/{him.id}/followers"):
        await client.get(path)
        assert "tea" not in client.answer.text
    await phone.post(f"{ACCOUNTS}/{him.id}/note", {"comment": "x" * 2001})
    assert phone.status == 422
    assert await act(phone, "note", him, comment=" ") == {}


async def test_whom_a_profile_shows(
    phone: App, client: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """`POST /api/v1/accounts/{id}/endorse`, `POST /api/v1/accounts/{id}/unendorse`, and as old
    apps call them: `POST /api/v1/accounts/{id}/pin`, `POST /api/v1/accounts/{id}/unpin`.
    `GET /api/v1/endorsements`, `GET /api/v1/accounts/{id}/endorsements`."""
    await phone.post(f"{ACCOUNTS}/{him.id}/endorse")
    assert phone.status == 422  # one has to follow
    await befriend(instance, me, him)
    for do, undo in (("endorse", "unendorse"), ("pin", "unpin")):
        assert (await act(phone, do, him))["endorsed"] is True
        mine = await phone.get("/api/v1/endorsements")
        assert_valid("GET", "/api/v1/endorsements", 200, mine)
        found = await client.get(f"{ACCOUNTS}/{me.id}/endorsements")
        assert_valid("GET", "/api/v1/accounts/{id}/endorsements", 200, found)
        assert [each["id"] for each in found] == [each["id"] for each in mine] == [str(him.id)]
        assert "endorsed" not in await act(phone, undo, him)
    assert await client.get(f"{ACCOUNTS}/{me.id}/endorsements") == []


# ---------------------------------------------------------------- many at once


async def test_many_relationships_cost_as_much_as_one(
    phone: App, instance: Instance, me: Actor, him: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`GET /api/v1/accounts/relationships`: in the order asked for, with `id` or `id[]`."""
    people = [him, *[await make_person(instance, f"person{number}") for number in range(5)]]
    await befriend(instance, people[2], me)
    asked = f"{ACCOUNTS}/relationships"
    counts: list[int] = []
    found: list[dict[str, Any]] = []
    for ids in ([him.id], [each.id for each in people]):
        await phone.get(asked, **{"id[]": ids})
        with counted(instance, monkeypatch) as statements:
            found = await phone.get(asked, **{"id[]": ids})
        counts.append(len(statements))
        assert_valid("GET", "/api/v1/accounts/relationships", 200, found)
        assert [each["id"] for each in found] == [str(each) for each in ids]
    assert counts[0] == counts[1]
    assert [each["followed_by"] for each in found].index(True) == 2
    assert len(await phone.get(asked, id=him.id)) == 1
    assert await phone.get(asked) == []
    await change(him, suspended_at=instance.now())
    assert await phone.get(asked, **{"id[]": him.id}) == []
    assert len(await phone.get(asked, **{"id[]": him.id}, with_suspended="true")) == 1


async def test_au2_a_token_that_may_only_read_changes_nothing(
    client: App, alice: Any, him: Actor
) -> None:
    """AU-2: 403 for what needs `write` or `follow`; 401 without a token."""
    reader = await client.let_in_by(alice, scope="read")
    for what in ("follow", "block", "mute", "note", "endorse", "remove_from_followers"):
        await reader.post(f"{ACCOUNTS}/{him.id}/{what}")
        assert reader.status == 403
        await client.post(f"{ACCOUNTS}/{him.id}/{what}")
        assert client.status == 401
