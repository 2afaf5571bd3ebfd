"""Posts that are said later, polls, conversations and markers, by apps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import jobs
from instance.resources import Instance
from instance.worker import Worker
from outbox import scheduling
from storage import posts
from storage.records import Poll, PollOption
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.pages.conftest import carol as carol
from tests.usecases.social import hear, make_remote

S, LATER = "/api/v1/statuses", "/api/v1/scheduled_statuses"
POLICY, HEARD = "/api/v2/notifications/policy", {"for_private_mentions": "accept"}


def at(instance: Instance, **ahead: int) -> str:
    return (instance.now() + timedelta(**ahead)).isoformat()


async def work(instance: Instance) -> None:
    """Run what is due."""
    with instance.store.active():
        await Worker(instance, jobs.JOBS).drain()


async def test_b42_said_when_it_is_time_and_once(
    phone: App, instance: Instance, clock: Any
) -> None:
    """B42: POST /api/v1/statuses with a time; GET /api/v1/scheduled_statuses shows it until then.

    GET /api/v1/scheduled_statuses/{id}
    """
    sent = {
        "status": "later",
        "visibility": "private",
        "spoiler_text": "note",
        "scheduled_at": at(instance, minutes=10),
        "poll[options][]": ["a", "b"],
        "poll[expires_in]": "3600",
        "quote_approval_policy": "nobody",
    }
    made = await phone.post(S, sent, Idempotency_Key="k")
    assert phone.status == 200, made
    assert_valid("POST", S, 200, made)
    assert (await phone.post(S, sent, Idempotency_Key="k"))["id"] == made["id"]
    found = await phone.get(LATER)
    assert_valid("GET", LATER, 200, found)
    assert found == [made]
    shown = await phone.get(f"{LATER}/{made['id']}")
    assert_valid("GET", f"{LATER}/{{id}}", 200, shown)
    assert shown["params"]["text"] == "later"
    assert shown["params"]["visibility"] == "private"
    assert shown["params"]["poll"]["options"] == ["a", "b"]
    assert shown["params"]["quote_approval_policy"] == "nobody"
    clock.advance(minutes=9)
    await work(instance)
    assert await phone.get("/api/v1/timelines/home") == []
    clock.advance(minutes=2)
    payload: dict[str, object] = {"scheduled_id": int(made["id"])}
    await work(instance)
    with instance.store.active():
        await scheduling.publish(instance, payload)  # a job that runs twice
    home = await phone.get("/api/v1/timelines/home")
    assert [each["content"] for each in home] == ["<p>later</p>"]
    assert home[0]["visibility"] == "private"
    assert home[0]["spoiler_text"] == "note"
    assert [each["title"] for each in home[0]["poll"]["options"]] == ["a", "b"]
    assert await phone.get(LATER) == []


async def test_b42_moved_and_cancelled(
    phone: App, second: App, instance: Instance, clock: Any
) -> None:
    """B42: PUT /api/v1/scheduled_statuses/{id}, DELETE /api/v1/scheduled_statuses/{id}."""
    one = await phone.post(S, {"status": "one", "scheduled_at": at(instance, minutes=10)})
    two = await phone.post(S, {"status": "two", "scheduled_at": at(instance, minutes=10)})
    for method in ("GET", "PUT", "DELETE"):
        form = {"scheduled_at": at(instance, hours=1)}
        await second.send(method, f"{LATER}/{one['id']}", form)
        assert second.status == 404, method
    moved = await phone.send("PUT", f"{LATER}/{one['id']}", {"scheduled_at": at(instance, hours=2)})
    assert_valid("PUT", f"{LATER}/{{id}}", 200, moved)
    assert await phone.send("PUT", f"{LATER}/{one['id']}") == moved
    gone = await phone.send("DELETE", f"{LATER}/{two['id']}")
    assert_valid("DELETE", f"{LATER}/{{id}}", 200, gone)
    assert [each["id"] for each in await phone.get(LATER)] == [one["id"]]
    clock.advance(hours=1)
    await work(instance)
    assert await phone.get("/api/v1/timelines/home") == []
    clock.advance(hours=1, minutes=1)
    await work(instance)
    assert [each["content"] for each in await phone.get("/api/v1/timelines/home")] == ["<p>one</p>"]


async def test_b42_not_too_near_and_not_in_the_past(phone: App, instance: Instance) -> None:
    """B42: five minutes ahead at least; a time that is over means now."""
    await phone.post(S, {"status": "soon", "scheduled_at": at(instance, minutes=4)})
    assert phone.status == 422
    said = await phone.post(S, {"status": "now", "scheduled_at": at(instance, minutes=-4)})
    assert_valid("POST", S, 200, said)
    assert said["content"] == "<p>now</p>"
    await phone.post(S, {"status": "  ", "scheduled_at": at(instance, hours=4)})
    assert phone.status == 422
    made = await phone.post(S, {"status": "x", "scheduled_at": at(instance, hours=4)})
    await phone.send("PUT", f"{LATER}/{made['id']}", {"scheduled_at": at(instance, minutes=1)})
    assert phone.status == 422


async def test_b42_what_cannot_be_said_any_more_goes(
    phone: App, second: App, instance: Instance, clock: Any
) -> None:
    """B42: an answer to what is gone is not said, and does not wait for ever."""
    top = await say(second, "top")
    sent = {"status": "re", "in_reply_to_id": top["id"], "scheduled_at": at(instance, minutes=6)}
    await phone.post(S, sent)
    await second.send("DELETE", f"{S}/{top['id']}")
    clock.advance(minutes=7)
    await work(instance)
    assert await phone.get(LATER) == []
    assert await phone.get("/api/v1/timelines/home") == []


# ---------------------------------------------------------------- polls


async def test_b46_polls_are_read_and_voted_in(phone: App, second: App, clock: Any) -> None:
    """B46: GET /api/v1/polls/{id}, POST /api/v1/polls/{id}/votes; refused in Mastodon's words."""
    made = await say(phone, "?", **{"poll[options][]": ["a", "b"], "poll[expires_in]": 600})
    poll = await second.get(f"/api/v1/polls/{made['poll']['id']}")
    assert_valid("GET", "/api/v1/polls/{id}", 200, poll)
    assert (poll["voted"], poll["own_votes"]) == (False, [])
    voted = await second.post(f"/api/v1/polls/{poll['id']}/votes", {"choices[]": ["1"]})
    assert_valid("POST", "/api/v1/polls/{id}/votes", 200, voted)
    assert (voted["voted"], voted["own_votes"], voted["votes_count"]) == (True, [1], 1)
    votes = f"/api/v1/polls/{poll['id']}/votes"

    async def refused(app: App, *choices: str) -> str:
        error: str = (await app.post(votes, {"choices[]": choices}))["error"]
        assert app.status == 422, choices
        return error

    assert await refused(second, "0") == "Validation failed: You have already voted on this poll"
    assert await refused(phone, "0") == "Validation failed: You cannot vote in your own polls"
    for choices in (["x"], ["7"], []):
        await refused(second, *choices)
    secret = {"poll[options][]": ["a", "b"], "poll[expires_in]": 600, "poll[hide_totals]": "true"}
    hidden = (await say(phone, "?", **secret))["poll"]["id"]
    seen = await second.post(f"/api/v1/polls/{hidden}/votes", {"choices[]": ["1"]})
    assert [each["votes_count"] for each in seen["options"]] == [None, None]
    assert (seen["votes_count"], seen["voters_count"]) == (1, 1)  # how many, not how
    clock.advance(hours=1)
    assert await refused(second, "0") == "Validation failed: The poll has already ended"
    seen = await second.get(f"/api/v1/polls/{hidden}")
    assert [each["votes_count"] for each in seen["options"]] == [0, 1]
    await second.get(f"/api/v1/polls/{(await say(phone))['id']}")
    assert second.status == 404


async def test_e133_a_poll_of_another_server_is_counted_anew(
    instance: Instance, internet: FakeInternet, client: App, phone: App
) -> None:
    """E133: GET /api/v1/polls/{id}: for a member, once a minute; strangers have us ask nobody."""
    with instance.store.active():
        ben = await make_remote(instance, "ben")
        asked = await hear(instance, ben)
        options = tuple(PollOption(text, 0) for text in ("Tea", "Coffee"))
        end = instance.now() + timedelta(hours=1)
        poll = Poll(options, is_multiple=False, ends_at=end, voters=0)
        await posts.save(replace(asked, kind="Question", poll=poll))
    replies = [{"type": "Collection", "totalItems": votes} for votes in (3, 4)]
    internet.add_document(
        asked.uri,
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": asked.uri,
            "type": "Question",
            "attributedTo": ben.uri,
            "content": asked.content,
            "to": "https://www.w3.org/ns/activitystreams#Public",
            "oneOf": [
                {"type": "Note", "name": option.text, "replies": each}
                for option, each in zip(options, replies, strict=True)
            ],
            "endTime": end.isoformat(),
        },
    )
    path = f"/api/v1/polls/{asked.id}"
    await client.get(path)
    await work(instance)
    assert internet.sent_to("beta.test", "GET") == []
    for _ in range(3):
        await phone.get(path)
    await work(instance)
    assert len(internet.sent_to("beta.test", "GET")) == 1
    found = await client.get(path)
    assert [each["votes_count"] for each in found["options"]] == [3, 4]


async def test_pv_22_the_poll_of_a_private_post_is_hidden(phone: App, second: App) -> None:
    """PV-22: neither read nor voted in by who may not see it."""
    made = await say(
        phone,
        "?",
        visibility="direct",
        **{"poll[options][]": ["a", "b"], "poll[expires_in]": 600},
    )
    await second.get(f"/api/v1/polls/{made['id']}")
    assert second.status == 404
    await second.post(f"/api/v1/polls/{made['id']}/votes", {"choices[]": ["1"]})
    assert second.status == 404


# ---------------------------------------------------------------- conversations


async def test_b79_conversations(phone: App, second: App) -> None:
    """B79: GET /api/v1/conversations, POST /api/v1/conversations/{id}/read.

    DELETE /api/v1/conversations/{id}, and POST /api/v1/conversations/{id}/unread.
    """
    await second.send("PATCH", POLICY, HEARD)
    first = await say(phone, "@bob psst", visibility="direct")
    await say(phone, "note to myself", visibility="direct")
    found = await second.get("/api/v1/conversations")
    assert_valid("GET", "/api/v1/conversations", 200, found)
    assert [(each["unread"], each["last_status"]["id"]) for each in found] == [(True, first["id"])]
    assert [each["acct"] for each in found[0]["accounts"]] == ["alice"]
    path = f"/api/v1/conversations/{found[0]['id']}"
    read = await second.post(f"{path}/read")
    assert_valid("POST", "/api/v1/conversations/{id}/read", 200, read)
    assert read["unread"] is False
    assert (await second.get("/api/v1/conversations"))[0]["unread"] is False
    assert (await second.post(f"{path}/unread"))["unread"] is True
    answer = await say(second, "@alice what?", visibility="direct", in_reply_to_id=first["id"])
    assert (await second.get("/api/v1/conversations"))[0]["unread"] is False
    mine = await phone.get("/api/v1/conversations")
    assert [each["unread"] for each in mine] == [True, False]
    assert mine[0]["last_status"]["id"] == answer["id"]
    assert [each["acct"] for each in mine[1]["accounts"]] == ["alice"]
    older = await phone.get("/api/v1/conversations", limit=1, max_id=answer["id"])
    assert [each["id"] for each in older] == [mine[1]["id"]]
    gone = await second.send("DELETE", path)
    assert_valid("DELETE", "/api/v1/conversations/{id}", 200, gone)
    assert await second.get("/api/v1/conversations") == []
    await say(phone, "@bob still there?", visibility="direct", in_reply_to_id=answer["id"])
    assert [each["unread"] for each in await second.get("/api/v1/conversations")] == [True]
    await phone.post(f"{path}/read")
    assert phone.status == 404


async def test_b94_what_is_held_back_is_in_no_conversation(phone: App, second: App) -> None:
    """B93, B94: GET /api/v1/conversations: listed when its writer is heard, and never if not."""
    requests = "/api/v1/notifications/requests"

    async def listed() -> list[str]:
        return [each["last_status"]["id"] for each in await phone.get("/api/v1/conversations")]

    first = await say(second, "@alice psst", visibility="direct")
    assert await listed() == []
    (held,) = await phone.get(requests)
    assert held["last_status"]["id"] == first["id"]
    await phone.post(f"{requests}/{held['id']}/dismiss")
    assert await listed() == []
    again = await say(second, "@alice please", visibility="direct")
    assert await listed() == []
    (held,) = await phone.get(requests)
    await phone.post(f"{requests}/{held['id']}/accept")
    assert await listed() == [again["id"]]


async def test_pv_2_a_conversation_is_listed_by_those_in_it(
    phone: App, second: App, client: App, carol: Browser
) -> None:
    """PV-2: nobody else learns that there is one."""
    third = await client.let_in_by(carol)
    await second.send("PATCH", POLICY, HEARD)
    await say(phone, "@bob psst", visibility="direct")
    found = await second.get("/api/v1/conversations")
    assert await third.get("/api/v1/conversations") == []
    await third.post(f"/api/v1/conversations/{found[0]['id']}/read")
    assert third.status == 404


# ---------------------------------------------------------------- markers


async def test_b68_markers(phone: App, second: App) -> None:
    """B68: GET /api/v1/markers, POST /api/v1/markers; each person has their own."""
    assert await phone.get("/api/v1/markers", **{"timeline[]": ["home"]}) == {}
    sent = {"home[last_read_id]": "12", "notifications[last_read_id]": "7"}
    moved = await phone.post("/api/v1/markers", sent)
    assert_valid("POST", "/api/v1/markers", 200, moved)
    assert moved["home"]["last_read_id"] == "12"
    again = await phone.json("POST", "/api/v1/markers", {"home": {"last_read_id": "13"}})
    assert again["home"]["version"] == moved["home"]["version"] + 1
    found = await phone.get("/api/v1/markers", **{"timeline[]": ["home", "notifications"]})
    assert_valid("GET", "/api/v1/markers", 200, found)
    assert {name: each["last_read_id"] for name, each in found.items()} == {
        "home": "13",
        "notifications": "7",
    }
    assert await second.get("/api/v1/markers", **{"timeline[]": ["home"]}) == {}
