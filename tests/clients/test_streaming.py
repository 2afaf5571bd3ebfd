"""Streams over HTTP in process: who hears what, by WebSocket and by server-sent events."""

import contextlib
import json
from typing import Any

import pytest

from feeds import announcements, lists
from instance import hints, open_streams
from instance.hints import Kind
from instance.resources import Instance
from outbox import blocking, following, profiles
from storage import actors, users
from storage.records import Actor
from tests.clients.apps import App
from tests.clients.ears import LONG_S, listening, opened
from tests.clients.schema import assert_entity
from tests.pages.browser import Browser
from tests.pages.conftest import carol as carol
from tests.usecases.queries import counted
from webapp.streaming import connections, pump, serving


@pytest.fixture
async def pen(client: App, bob: Browser) -> App:
    """Bob's app."""
    return await client.let_in_by(bob)


async def _actor(name: str) -> Actor:
    found = await actors.find_by_handle(name, None)
    assert found is not None
    return found


async def _follows(instance: Instance, one: str, other: str) -> None:
    with instance.store.active():
        await following.follow(instance, await _actor(one), await _actor(other))


async def test_a_post_is_heard_at_home_and_in_public(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """B118: `GET /api/v1/streaming` (WebSocket): several streams over one connection."""
    await _follows(instance, "alice", "bob")
    async with listening(app, token=phone.token, stream="user") as ear:
        await ear.say(type="subscribe", stream="public:local")
        await ear.say(type="subscribe", stream="hashtag", tag="Birds")
        await ear.settled()
        said = await pen.post("/api/v1/statuses", {"status": "Look, #birds!"})
        heard = [await ear.event() for _ in range(3)]
        assert sorted(each["stream"] for each in heard) == [
            ["hashtag", "Birds"],
            ["public:local"],
            ["user"],
        ]
        for each in heard:
            assert each["event"] == "update"
            assert each["payload"]["id"] == said["id"]
            assert_entity("Status", each["payload"])
        assert await ear.silence(instance) == []


async def test_who_unsubscribes_hears_no_more(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """B118: unsubscribing takes one stream away, and only that one."""
    async with listening(app, token=phone.token) as ear:
        await ear.say(type="subscribe", stream="public")
        await ear.say(type="subscribe", stream="hashtag", tag="birds")
        await ear.say(type="unsubscribe", stream="public")
        await ear.settled()
        await pen.post("/api/v1/statuses", {"status": "Look, #birds!"})
        assert (await ear.event())["stream"] == ["hashtag", "birds"]
        assert await ear.silence(instance) == []


async def test_edits_and_deletions_are_heard(app: Any, phone: App, pen: App) -> None:
    """B118, PV-20: status.update brings the new words, delete an id and no words."""
    said = await pen.post("/api/v1/statuses", {"status": "One"})
    async with listening(app, token=phone.token, stream="public") as ear:
        await ear.settled()
        await pen.json("PUT", f"/api/v1/statuses/{said['id']}", {"status": "Two"})
        edited = await ear.event()
        assert edited["event"] == "status.update"
        assert "Two" in edited["payload"]["content"]
        await pen.call("DELETE", f"/api/v1/statuses/{said['id']}")
        assert await ear.event() == {"stream": ["public"], "event": "delete", "payload": said["id"]}


async def test_the_end_of_an_account_is_heard(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """B118, PV-20: who follows is told of the posts that go with it."""
    await _follows(instance, "alice", "bob")
    said = await pen.post("/api/v1/statuses", {"status": "One #birds"})
    async with listening(app, token=phone.token, stream="user") as ear:
        await ear.say(type="subscribe", stream="hashtag", tag="birds")
        await ear.settled()
        with instance.store.active():
            bob = await _actor("bob")
            await profiles.delete_account(instance, await users.find_by_actor(bob.id), bob)
        heard = [await ear.event() for _ in range(2)]
        assert {each["event"] for each in heard} == {"delete"}
        assert {each["stream"][0] for each in heard} == {"user", "hashtag"}
        assert {each["payload"] for each in heard} == {said["id"]}


async def test_only_those_hear_a_private_post_who_may_read_it(
    app: Any, instance: Instance, phone: App, pen: App, client: App, carol: Browser
) -> None:
    """PV-17: followers hear what is for followers; public streams and strangers do not."""
    stranger = await client.let_in_by(carol)
    await _follows(instance, "alice", "bob")
    async with (
        listening(app, token=phone.token, stream="user") as follower,
        listening(app, token=stranger.token, stream="user") as other,
    ):
        for ear in (follower, other):
            await ear.say(type="subscribe", stream="public")
            await ear.say(type="subscribe", stream="hashtag", tag="us")
            await ear.settled()
        for visibility in ("private", "direct"):
            said = {"status": "Only #us", "visibility": visibility}
            await pen.post("/api/v1/statuses", said)
        heard = await follower.event()
        assert heard["stream"] == ["user"]
        assert heard["payload"]["visibility"] == "private"
        assert await follower.silence(instance) == []
        assert await other.silence(instance) == []


async def test_who_is_blocked_or_muted_is_not_heard(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """PV-18, PV-19: as in feeds, in both directions of a block."""
    for act in ("block", "mute", "blocked_by"):
        async with listening(app, token=phone.token, stream="public") as ear:
            await ear.settled()
            with instance.store.active():
                alice, bob = await _actor("alice"), await _actor("bob")
                if act == "blocked_by":
                    await blocking.block(instance, bob, alice.id)
                elif act == "block":
                    await blocking.block(instance, alice, bob.id)
                else:
                    await blocking.mute(instance, alice, bob.id)
            await pen.post("/api/v1/statuses", {"status": f"Said after {act}"})
            assert await ear.silence(instance) == []
            with instance.store.active():
                await blocking.unblock(instance, alice, bob.id)
                await blocking.unmute(instance, alice, bob.id)


async def test_a_boost_is_a_status_of_its_own(
    app: Any, instance: Instance, phone: App, pen: App, client: App, carol: Browser
) -> None:
    """B118: a boost comes home with the id of the boost, and its end is a deletion of that id."""
    author = await client.let_in_by(carol)
    await _follows(instance, "alice", "bob")
    said = await author.post("/api/v1/statuses", {"status": "Boost me"})
    async with listening(app, token=phone.token, stream="user") as ear:
        await ear.settled()
        await pen.post(f"/api/v1/statuses/{said['id']}/reblog")
        heard = (await ear.event())["payload"]
        assert heard["reblog"]["id"] == said["id"]
        assert heard["id"] != said["id"]
        await pen.post(f"/api/v1/statuses/{said['id']}/unreblog")
        gone = await ear.event()
        assert (gone["event"], gone["payload"]) == ("delete", heard["id"])


async def test_who_has_a_post_by_a_boost_a_list_or_a_hashtag_hears_of_its_edit_and_its_end(
    app: Any, instance: Instance, phone: App, pen: App, client: App, carol: Browser
) -> None:
    """B118, PV-20: Alice follows not the author; a boost ends as the status that it was."""
    author = await client.let_in_by(carol)
    await _follows(instance, "alice", "bob")
    await phone.post("/api/v1/tags/terns/follow")
    with instance.store.active():
        made = await lists.create(instance, await _actor("alice"), "Friends")
        await lists.add(instance, await _actor("alice"), made.id, (await _actor("bob")).id)
    boosted = await author.post("/api/v1/statuses", {"status": "Boost me"})
    boost = await pen.post(f"/api/v1/statuses/{boosted['id']}/reblog")
    tagged = await author.post("/api/v1/statuses", {"status": "Look, #terns"})
    other = await author.post("/api/v1/statuses", {"status": "Look, #gulls"})
    async with listening(app, token=phone.token, stream="user") as ear:
        await ear.say(type="subscribe", stream="list", list=str(made.id))
        await ear.say(type="subscribe", stream="hashtag", tag="terns")
        await ear.settled()
        edits = {boosted["id"]: "Boost me!", tagged["id"]: "Look, #terns!", other["id"]: "#gulls"}
        for status_id, text in edits.items():
            await author.json("PUT", f"/api/v1/statuses/{status_id}", {"status": text})
        heard = [await ear.event() for _ in range(4)]
        assert {each["event"] for each in heard} == {"status.update"}
        assert sorted((*each["stream"], each["payload"]["id"]) for each in heard) == sorted(
            [
                *(("hashtag", "terns", tagged["id"]), ("user", tagged["id"])),
                *(("list", str(made.id), boosted["id"]), ("user", boosted["id"])),
            ]
        )
        for status_id in edits:
            await author.call("DELETE", f"/api/v1/statuses/{status_id}")
        heard = [await ear.event() for _ in range(4)]
        assert {each["event"] for each in heard} == {"delete"}
        assert sorted((*each["stream"], each["payload"]) for each in heard) == sorted(
            [
                *(("hashtag", "terns", tagged["id"]), ("user", tagged["id"])),
                *(("list", str(made.id), boost["id"]), ("user", boost["id"])),
            ]
        )
        assert await ear.silence(instance) == []


async def test_what_one_did_to_a_post_nobody_else_is_shown(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """B118: a post is written once for all, but for those who did something to it."""
    await _follows(instance, "alice", "bob")
    said = await pen.post("/api/v1/statuses", {"status": "One"})
    await phone.post(f"/api/v1/statuses/{said['id']}/favourite")
    async with (
        listening(app, token=phone.token, stream="user") as one,
        listening(app, token=pen.token, stream="user") as other,
    ):
        await one.settled()
        await other.settled()
        await pen.json("PUT", f"/api/v1/statuses/{said['id']}", {"status": "Two"})
        assert (await one.event())["payload"]["favourited"] is True
        assert (await other.event())["payload"]["favourited"] is False


async def test_notifications_and_conversations_are_heard(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """B118: notification at home and in its own stream, conversation in that of direct posts."""
    await phone.send("PATCH", "/api/v2/notifications/policy", {"for_private_mentions": "accept"})
    async with listening(app, token=phone.token) as ear:
        for name in ("user", "user:notification", "direct"):
            await ear.say(type="subscribe", stream=name)
        await ear.settled()
        await pen.post("/api/v1/statuses", {"status": "@alice Hello", "visibility": "direct"})
        heard = [await ear.event() for _ in range(3)]
        found = {(each["event"], *each["stream"]): each["payload"] for each in heard}
        assert set(found) == {
            ("conversation", "direct"),
            ("notification", "user"),
            ("notification", "user:notification"),
        }
        assert_entity("Conversation", found["conversation", "direct"])
        assert_entity("Notification", found["notification", "user"])
        assert found["notification", "user"]["type"] == "mention"
        assert await ear.silence(instance) == []


async def test_a_token_without_that_scope_hears_no_notifications(
    app: Any, instance: Instance, client: App, alice: Browser, phone: App, pen: App
) -> None:
    """AU-2: read:statuses opens the stream of a person, and no notification in it.

    B93, B118: who may hear them is told when those of somebody who was held back are among them.
    """
    await phone.send("PATCH", "/api/v2/notifications/policy", {"for_not_following": "filter"})
    narrow = await client.let_in_by(alice, scope="read:statuses")
    async with (
        listening(app, token=narrow.token, stream="user") as ear,
        listening(app, token=phone.token, stream="user:notification") as other,
    ):
        await ear.settled()
        await ear.say(type="subscribe", stream=["direct"])
        await other.settled()
        await pen.post("/api/v1/statuses", {"status": "@alice Hello"})
        (held,) = await phone.get("/api/v1/notifications/requests")
        await phone.post(f"/api/v1/notifications/requests/{held['id']}/accept")
        merged = await other.event()
        assert (merged["event"], merged["payload"]) == ("notifications_merged", 1)
        await pen.post("/api/v1/statuses", {"status": "@alice Hello again"})
        assert (await other.event())["event"] == "notification"
        assert await ear.silence(instance) == []


async def test_announcements_are_heard(app: Any, instance: Instance, phone: App) -> None:
    """B118: announcement, announcement.reaction, announcement.delete."""
    async with listening(app, token=phone.token, stream="user") as ear:
        await ear.settled()
        with instance.store.active():
            alice = await _actor("alice")
            made = await announcements.announce(instance, "Tea at five")
            heard = await ear.event()
            assert heard["event"] == "announcement"
            assert_entity("Announcement", heard["payload"])
            await announcements.react(instance, alice, made.id, "🎉")
            heard = await ear.event()
            assert heard["event"] == "announcement.reaction"
            assert heard["payload"]["count"] == 1
            assert heard["payload"]["announcement_id"] == str(made.id)
            await announcements.withdraw(instance, made.id)
            heard = await ear.event()
            assert (heard["event"], heard["payload"]) == ("announcement.delete", made.id)


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("where", ["query", "header", "protocol"])
async def test_the_token_may_stand_in_three_places(app: Any, phone: App, where: str) -> None:
    """B118: a browser cannot set headers; what it offers is taken, or it hangs up."""
    query = {"access_token": phone.token} if where == "query" else {}
    bearer = f"Bearer {phone.token}".encode()
    headers = ((b"authorization", bearer),) if where == "header" else ()
    offered = (phone.token,) if where == "protocol" else ()
    path = "/api/v1/streaming/"
    async with opened(app, path, "websocket", query, headers, offered) as ear:
        accepted = await ear.next()
        assert accepted["type"] == "websocket.accept"
        assert accepted["subprotocol"] == (phone.token if where == "protocol" else None)


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 5000])
async def test_no_token_opens_nothing(app: Any, token: str) -> None:
    """AU-1: 401 in the handshake, and for server-sent events."""
    query = {"access_token": token}
    async with opened(app, "/api/v1/streaming", "websocket", query) as ear:
        refused = await ear.next()
        assert refused["type"] == "websocket.http.response.start"
        assert refused["status"] == 401
    async with opened(app, "/api/v1/streaming/user", "http", query) as ear:
        assert (await ear.next())["status"] == 401


async def test_scopes_open_streams(app: Any, client: App, alice: Browser) -> None:
    """AU-2: read:statuses opens posts and no notifications; public streams need no scope."""
    narrow = await client.let_in_by(alice, scope="read:statuses")
    async with listening(app, token=narrow.token) as ear:
        await ear.say(type="subscribe", stream="user:notification")
        assert (await ear.event())["status"] == 403
        for stream in ("user", "direct", "public"):
            await ear.say(type="subscribe", stream=stream)
        await ear.settled()
    shut = await client.let_in_by(alice, scope="write:statuses")
    async with listening(app, token=shut.token, stream="user") as ear:
        assert (await ear.event())["status"] == 403
        await ear.say(type="subscribe", stream="public")
        await ear.settled()


async def test_lists_are_their_owners_alone(
    app: Any, instance: Instance, phone: App, pen: App
) -> None:
    """PV-17: a list of somebody else is no stream, as one that does not exist."""
    with instance.store.active():
        made = await lists.create(instance, await _actor("alice"), "Friends")
    async with listening(app, token=pen.token) as ear:
        await ear.say(type="subscribe", stream="list", list=str(made.id))
        assert (await ear.event())["status"] == 404
        await ear.say(type="subscribe", stream="list")
        assert (await ear.event())["status"] == 400
    async with listening(app, token=phone.token) as ear:
        await ear.say(type="subscribe", stream="list", list=str(made.id))
        await ear.settled()


async def test_nonsense_is_passed_over(app: Any, instance: Instance, phone: App) -> None:
    """B118: an app that says something odd is not cut."""
    async with listening(app, token=phone.token) as ear:
        for text in ("", "{", "[]", "1", '{"type":"subscribe"}', '{"stream":{}}', "[" * 9000):
            await ear.heard.put({"type": "websocket.receive", "text": text})
        await ear.heard.put({"type": "websocket.receive", "bytes": b"\x00", "text": None})
        await ear.settled()
        assert await ear.silence(instance) == []


# ---------------------------------------------------------------- server-sent events


async def test_server_sent_events(
    app: Any, phone: App, pen: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B118: `GET /api/v1/streaming/public`: an event and a line of data for each post."""
    monkeypatch.setattr(pump, "LOOK_EVERY_S", LONG_S)  # no beat comes between
    bearer = ((b"authorization", f"Bearer {phone.token}".encode()),)
    async with opened(app, "/api/v1/streaming/public", "http", {}, bearer) as ear:
        head = await ear.next()
        assert head["status"] == 200
        found = dict(head["headers"])
        assert found[b"content-type"] == b"text/event-stream"
        assert b"content-length" not in found
        assert await ear.next() == {
            "type": "http.response.body",
            "body": b":)\n",
            "more_body": True,
        }
        said = await pen.post("/api/v1/statuses", {"status": "Hello\nyou"})
        event, data, *rest = (await ear.next())["body"].decode().split("\n")
        assert event == "event: update"
        assert rest == ["", ""]
        status = json.loads(data.removeprefix("data: "))
        assert status["id"] == said["id"]
        assert_entity("Status", status)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/api/v1/streaming/user", {}, 200),
        ("/api/v1/streaming/user/notification", {}, 200),
        ("/api/v1/streaming/public/local", {"only_media": "true"}, 200),
        ("/api/v1/streaming/public/remote", {}, 200),
        ("/api/v1/streaming/hashtag", {"tag": "birds"}, 200),
        ("/api/v1/streaming/hashtag/local", {"tag": "birds"}, 200),
        ("/api/v1/streaming/hashtag", {}, 400),
        ("/api/v1/streaming/list", {"list": "1"}, 404),
        ("/api/v1/streaming/direct", {}, 200),
        ("/api/v1/streaming/nothing", {}, 404),
    ],
)
async def test_all_streams_are_there(
    app: Any, phone: App, path: str, query: dict[str, str], status: int
) -> None:
    """B118, each as server-sent events.

    `GET /api/v1/streaming/user`, `GET /api/v1/streaming/user/notification`,
    `GET /api/v1/streaming/public/local`, `GET /api/v1/streaming/public/remote`,
    `GET /api/v1/streaming/hashtag`, `GET /api/v1/streaming/hashtag/local`,
    `GET /api/v1/streaming/list`, `GET /api/v1/streaming/direct`
    """
    async with opened(app, path, "http", {"access_token": phone.token, **query}) as ear:
        assert (await ear.next())["status"] == status


async def test_health(phone: App) -> None:
    """`GET /api/v1/streaming/health`: OK, in plain text; the root is for WebSockets alone."""
    await phone.get("/api/v1/streaming/health")
    assert (phone.status, phone.answer.body) == (200, b"OK")
    assert phone.answer.headers["content-type"].startswith("text/plain")
    await phone.get("/api/v1/streaming")
    assert phone.status == 400
    assert "Unknown channel" in phone.value["error"]


async def test_filters_changed(app: Any, instance: Instance, phone: App) -> None:
    """B118: filters_changed has no payload."""
    async with listening(app, token=phone.token, stream="user") as ear:
        await ear.settled()
        with instance.store.active():
            hints.give(instance, Kind.FILTERS, (await _actor("alice")).id)
        assert await ear.event() == {"stream": ["user"], "event": "filters_changed"}


# ---------------------------------------------------------------- what ends a stream


async def test_a_stream_ends_with_its_token(
    app: Any, client: App, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AU-20: who is shut out hears nothing more; another app of the same person goes on."""
    monkeypatch.setattr(pump, "LOOK_EVERY_S", 0.01)
    ended, kept = await client.let_in_by(alice), await client.let_in_by(alice)
    async with (
        listening(app, token=ended.token, stream="user") as one,
        listening(app, token=kept.token, stream="user") as other,
    ):
        secrets = {"client_id": client.client_id, "client_secret": client.client_secret}
        await client.post("/oauth/revoke", {"token": ended.token, **secrets})
        assert client.status == 200
        assert await one.next() == {
            "type": "websocket.close",
            "code": 1008,
            "reason": "The access token is no longer valid.",
        }
        await other.settled()


async def test_who_reads_too_slowly_is_cut(
    app: Any, instance: Instance, phone: App, pen: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B118: the buffer of one connection is bounded, and nobody waits for who does not read."""
    monkeypatch.setattr(connections, "BUFFERED_MAX", 3)
    monkeypatch.setattr(serving, "GOODBYE_S", 0.01)
    async with (
        listening(app, token=phone.token, stream="public") as deaf,
        listening(app, token=pen.token, stream="public") as other,
    ):
        await other.settled()
        deaf.is_deaf = True
        for number in range(6):
            await pen.post("/api/v1/statuses", {"status": f"Post {number}"})
            assert (await other.event())["event"] == "update"
        assert len(instance.streams.connections) == 1
    assert instance.streams.connections == {}


async def test_streams_of_a_person_are_bounded(
    app: Any, phone: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B118: one person cannot take all streams of a server, nor one connection all channels."""
    monkeypatch.setattr(open_streams, "CONNECTIONS_PER_PERSON_MAX", 2)
    monkeypatch.setattr(open_streams, "SUBSCRIPTIONS_MAX", 2)
    async with listening(app, token=phone.token) as ear, listening(app, token=phone.token):
        for path, kind in (("", "websocket"), ("/user", "http")):
            query = {"access_token": phone.token}
            async with opened(app, f"/api/v1/streaming{path}", kind, query) as third:
                assert (await third.next())["status"] == 429
        for name in ("user", "public", "direct"):
            await ear.say(type="subscribe", stream=name)
        assert (await ear.event())["status"] == 429


async def test_the_queries_of_a_post_do_not_grow_with_its_readers(  # noqa: PLR0913, PLR0917 - fixtures
    app: Any,
    instance: Instance,
    phone: App,
    pen: App,
    client: App,
    carol: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B118: who hears a post is asked at once, and it is written once for all."""
    # Nothing else asks the database meanwhile: the post is there, and tokens are not looked at.
    monkeypatch.setattr(pump, "LOOK_EVERY_S", LONG_S)
    second = await client.let_in_by(carol)
    for name in ("alice", "carol"):
        await _follows(instance, name, "bob")
    said = await pen.post("/api/v1/statuses", {"status": "One for all"})
    told = []
    for readers in ([phone], [phone], [phone, second, phone]):  # the first finds caches empty
        async with contextlib.AsyncExitStack() as stack:
            ears = [
                await stack.enter_async_context(listening(app, token=each.token, stream="user"))
                for each in readers
            ]
            for ear in ears:
                await ear.settled()
            with counted(instance, monkeypatch) as queries, instance.store.active():
                hints.give(instance, Kind.FED, int(said["id"]), 0)
                for ear in ears:
                    assert (await ear.event())["payload"]["id"] == said["id"]
            told.append(queries)
    assert told[1], "who hears a post is looked up"
    assert told[1] == told[2]
