"""Posts by apps: said, changed, taken back, read, pressed; and what is hidden stays hidden."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from feeds import around
from instance.resources import Instance
from storage import actors, relations
from storage.records import FollowState
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.factories import insert_post
from tests.internet import FakeInternet
from tests.usecases.social import befriend, delivered, make_remote

S = "/api/v1/statuses"


async def test_b34_b38_says_something_with_all_it_can_be(phone: App) -> None:
    """POST /api/v1/statuses, GET /api/v1/statuses/{id}: B34, B35, B38, B47."""
    made = await say(
        phone,
        "Hello #World",
        visibility="private",
        spoiler_text="weather",
        language="de",
        sensitive="false",
    )
    assert_valid("POST", S, 200, made)
    assert made["visibility"] == "private"
    assert made["spoiler_text"] == "weather"
    assert made["language"] == "de"
    assert made["sensitive"] is True
    assert made["account"]["acct"] == "alice"
    assert made["tags"] == [{"name": "world", "url": "https://alpha.test/tags/world"}]
    assert await phone.get(f"{S}/{made['id']}") == made
    assert_valid("GET", f"{S}/{{id}}", 200, made)


async def test_json_and_a_poll(phone: App, second: App) -> None:
    """POST /api/v1/statuses: B46, in JSON, with a poll that hides what was chosen."""
    poll = {"options": ["tea", "coffee"], "expires_in": 3600, "multiple": True, "hide_totals": True}
    made = await phone.json("POST", S, {"status": "Which?", "poll": poll})
    assert phone.status == 200, made
    assert_valid("POST", S, 200, made)
    assert [each["title"] for each in made["poll"]["options"]] == ["tea", "coffee"]
    assert made["poll"]["multiple"] is True
    assert made["poll"]["id"] == made["id"]
    assert made["poll"]["expired"] is False
    seen = await second.post(f"/api/v1/polls/{made['id']}/votes", {"choices[]": ["0", "1"]})
    assert (seen["votes_count"], seen["voters_count"], seen["own_votes"]) == (2, 1, [0, 1])
    assert [each["votes_count"] for each in seen["options"]] == [None, None], "until it ends"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"status": "  "},
        {"status": "x", "visibility": "everybody"},
        {"status": "x" * 5001},
        {"status": "x", "quote_approval_policy": "friends"},
        {"status": "x", "poll[options][]": ["only one"]},
        {"status": "x", "media_ids[]": ["1"]},
        {"status": "x", "in_reply_to_id": "twelve"},
    ],
)
async def test_what_is_wrong_is_said(phone: App, sent: dict[str, Any]) -> None:
    answer = await phone.post(S, sent)
    assert phone.status == 422
    assert answer["error"]


async def test_b51_the_same_name_makes_one_post(phone: App, second: App, clock: Any) -> None:
    """B51: within an hour, of one person; another person's names are their own."""
    once = await phone.post(S, {"status": "one"}, Idempotency_Key="a")
    again = await phone.post(S, {"status": "one"}, Idempotency_Key="a")
    other = await second.post(S, {"status": "one"}, Idempotency_Key="a")
    assert once["id"] == again["id"] != other["id"]
    clock.advance(hours=1, minutes=1)
    later = await phone.post(S, {"status": "one"}, Idempotency_Key="a")
    assert later["id"] != once["id"]


async def test_many_in_the_order_asked_for(phone: App, second: App) -> None:
    """GET /api/v1/statuses: what is hidden or is not there is missing."""
    one, two = await say(phone, "one"), await say(phone, "two")
    secret = await say(phone, "secret", visibility="direct")
    ids = [two["id"], secret["id"], "77", one["id"], "x"]
    found = await second.get(S, **{"id[]": ids})
    assert_valid("GET", S, 200, found)
    assert [each["id"] for each in found] == [two["id"], one["id"]]
    await second.get(S, **{"id[]": list(range(1, 22))})
    assert second.status == 422, "more than are shown at once"


async def test_b47_a_language_that_is_none_is_not_said(phone: App) -> None:
    """POST /api/v1/statuses, PUT /api/v1/statuses/{id}: what telephones are set to; B47."""
    made = await say(phone, "one", language="de_AT")
    assert made["language"] == "de-AT"
    assert (await say(phone, "two", language="und"))["language"] == "en", "as she usually writes"
    path = f"{S}/{made['id']}"
    edited = await phone.send("PUT", path, {"status": "one", "language": "not a language"})
    assert edited["language"] == "de-AT"


async def test_b40_edit_history_and_source(phone: App) -> None:
    """B40: PUT /api/v1/statuses/{id}, GET /api/v1/statuses/{id}/history and …/source.

    GET /api/v1/statuses/{id}/source
    """
    made = await say(phone, "frist *x*", language="de")
    path = f"{S}/{made['id']}"
    changed = await phone.send("PUT", path, {"status": "first", "spoiler_text": "note"})
    assert_valid("PUT", f"{S}/{{id}}", 200, changed)
    assert changed["content"] == "<p>first</p>"
    assert changed["edited_at"]
    assert changed["language"] == "de"
    history = await phone.get(f"{path}/history")
    assert_valid("GET", f"{S}/{{id}}/history", 200, history)
    assert [each["content"] for each in history] == ["<p>frist *x*</p>", "<p>first</p>"]
    assert [each["spoiler_text"] for each in history] == ["", "note"]
    source = await phone.get(f"{path}/source")
    assert_valid("GET", f"{S}/{{id}}/source", 200, source)
    assert source == {
        "id": made["id"],
        "text": "first",
        "spoiler_text": "note",
        "content_type": "text/plain",
    }


async def test_b41_what_is_deleted_comes_back_as_it_was_typed(phone: App, second: App) -> None:
    """B41: DELETE /api/v1/statuses/{id}; nobody deletes what others said."""
    made = await say(phone, "oops #tag")
    await second.send("DELETE", f"{S}/{made['id']}")
    assert second.status == 404
    gone = await phone.send("DELETE", f"{S}/{made['id']}")
    assert_valid("DELETE", f"{S}/{{id}}", 200, gone)
    assert gone["text"] == "oops #tag"
    for what in ("", "/context", "/history", "/source", "/favourited_by", "/quotes"):
        await phone.get(f"{S}/{made['id']}{what}")
        assert phone.status == 404, what
    for what in ("favourite", "reblog", "bookmark"):
        await phone.post(f"{S}/{made['id']}/{what}")
        assert phone.status == 404, what


async def test_b77_a_thread(phone: App, second: App) -> None:
    """B77: GET /api/v1/statuses/{id}/context, what is private is missing for others."""
    top = await say(phone, "top")
    middle = await say(second, "@alice middle", in_reply_to_id=top["id"])
    below = await say(phone, "@bob below", in_reply_to_id=middle["id"])
    await say(second, "@alice psst", in_reply_to_id=middle["id"], visibility="direct")
    found = await App(phone.app).get(f"{S}/{middle['id']}/context")
    assert_valid("GET", f"{S}/{{id}}/context", 200, found)
    assert [each["id"] for each in found["ancestors"]] == [top["id"]]
    assert [each["id"] for each in found["descendants"]] == [below["id"]]
    mine = await phone.get(f"{S}/{middle['id']}/context")
    assert len(mine["descendants"]) == 2
    assert below["in_reply_to_account_id"] == middle["account"]["id"]
    assert below["mentions"][0]["acct"] == "bob"


async def test_b77_a_thread_comes_by_branches(phone: App, second: App) -> None:
    """GET /api/v1/statuses/{id}/context: each answer before those to it, one's own first."""
    top = await say(phone, "top")

    async def answer(app: App, to: Any, text: str) -> Any:
        return await say(app, text, in_reply_to_id=to["id"])

    first = await answer(second, top, "first")
    await answer(second, top, "second")
    own = await answer(phone, top, "more")
    await answer(second, first, "bob goes on")
    await answer(phone, first, "an answer")
    await answer(phone, own, "and more")
    path = f"{S}/{top['id']}/context"
    by_branches = ["more", "and more", "first", "bob goes on", "an answer", "second"]
    assert await _words_below(phone, path) == by_branches
    await phone.post(f"/api/v1/accounts/{first['account']['id']}/mute")
    assert await _words_below(phone, path) == ["more", "and more", "an answer"]


async def test_b77_strangers_are_shown_less_of_a_long_thread(
    phone: App, client: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GET /api/v1/statuses/{id}/context: for nobody, what stands nearest."""
    monkeypatch.setattr(around, "STRANGERS_ANCESTORS_MAX", 1)
    monkeypatch.setattr(around, "STRANGERS_DESCENDANTS_MAX", 1)
    posts = [await say(phone, "0")]
    for number in range(1, 5):
        posts.append(await say(phone, str(number), in_reply_to_id=posts[-1]["id"]))
    path = f"{S}/{posts[2]['id']}/context"
    ids = [each["id"] for each in posts]
    for app, above, below in ((phone, ids[:2], ids[3:]), (client, ids[1:2], ids[3:4])):
        found = await app.get(path)
        assert [each["id"] for each in found["ancestors"]] == above
        assert [each["id"] for each in found["descendants"]] == below


async def _words_below(app: App, path: str) -> list[str]:
    found = (await app.get(path))["descendants"]
    return [each["content"].removeprefix("<p>").removesuffix("</p>") for each in found]


@pytest.mark.parametrize(
    ("do", "undo", "flag"),
    [
        ("favourite", "unfavourite", "favourited"),
        ("bookmark", "unbookmark", "bookmarked"),
        ("mute", "unmute", "muted"),
        ("pin", "unpin", "pinned"),
    ],
)
async def test_pressed_and_taken_back(phone: App, do: str, undo: str, flag: str) -> None:
    """Pressing something twice is once.

    POST /api/v1/statuses/{id}/favourite, POST /api/v1/statuses/{id}/unfavourite,
    POST /api/v1/statuses/{id}/bookmark, POST /api/v1/statuses/{id}/unbookmark,
    POST /api/v1/statuses/{id}/mute, POST /api/v1/statuses/{id}/unmute,
    POST /api/v1/statuses/{id}/pin, POST /api/v1/statuses/{id}/unpin: B72, B73, B74, B85
    """
    made = await say(phone)
    for path, expected in ((do, True), (do, True), (undo, False), (undo, False)):
        found = await phone.post(f"{S}/{made['id']}/{path}")
        assert phone.status == 200, found
        assert_valid("POST", f"{S}/{{id}}/{path}", 200, found)
        assert found[flag] is expected


async def test_b72_a_boost_is_a_status_of_its_own(phone: App, second: App) -> None:
    """B72: POST /api/v1/statuses/{id}/reblog, POST /api/v1/statuses/{id}/unreblog."""
    made = await say(phone)
    boost = await second.post(f"{S}/{made['id']}/reblog")
    assert_valid("POST", f"{S}/{{id}}/reblog", 200, boost)
    assert boost["id"] != made["id"]
    assert boost["account"]["acct"] == "bob"
    assert boost["reblog"]["id"] == made["id"]
    assert boost["reblog"]["reblogged"] is True
    assert boost["reblog"]["reblogs_count"] == 1
    shown = await second.get(f"{S}/{boost['id']}")
    assert shown["reblog"]["id"] == made["id"]
    # What is pressed under the boost is pressed under the post.
    liked = await second.post(f"{S}/{boost['id']}/favourite")
    assert (liked["id"], liked["favourited"]) == (made["id"], True)
    undone = await second.post(f"{S}/{made['id']}/unreblog")
    assert_valid("POST", f"{S}/{{id}}/unreblog", 200, undone)
    assert undone["reblogged"] is False


async def test_pv_6_nobody_boosts_what_was_for_fewer_people(phone: App, second: App) -> None:
    """PV-6: direct posts and followers-only ones of others are not boosted."""
    named = await say(phone, "@bob psst", visibility="direct")
    await second.post(f"{S}/{named['id']}/reblog")
    assert second.status in {403, 404, 422}


async def test_who_liked_and_boosted_in_pages(phone: App, second: App) -> None:
    """GET /api/v1/statuses/{id}/favourited_by, GET /api/v1/statuses/{id}/reblogged_by."""
    made = await say(phone)
    for app in (phone, second):
        await app.post(f"{S}/{made['id']}/favourite")
        await app.post(f"{S}/{made['id']}/reblog")
    for path in ("favourited_by", "reblogged_by"):
        found = await phone.get(f"{S}/{made['id']}/{path}", limit=1)
        assert_valid("GET", f"{S}/{{id}}/{path}", 200, found)
        assert [each["acct"] for each in found] == ["bob"]
        following = phone.answer.headers["link"].split(";")[0].strip("<>")
        older = await phone.call("GET", following.removeprefix("https://alpha.test"))
        assert [each["acct"] for each in older] == ["alice"]


async def test_b52_quotes(phone: App, second: App) -> None:
    """B52: GET /api/v1/statuses/{id}/quotes, and taking one's post out of one.

    POST /api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke
    """
    made = await say(phone, "quote me")
    assert made["quote_approval"]["automatic"] == ["public"]
    quoting = await say(second, "look", quoted_status_id=made["id"])
    assert_valid("POST", S, 200, quoting)
    assert quoting["quote"]["state"] == "accepted"
    assert quoting["quote"]["quoted_status"]["id"] == made["id"]
    again = await say(second, "look again", quote_id=quoting["id"])
    assert again["quote"]["quoted_status"]["quote"] == {
        "state": "accepted",
        "quoted_status_id": made["id"],
    }
    found = await phone.get(f"{S}/{made['id']}/quotes")
    assert_valid("GET", f"{S}/{{id}}/quotes", 200, found)
    assert [each["id"] for each in found] == [quoting["id"]]
    assert (await phone.get(f"{S}/{made['id']}"))["quotes_count"] == 1
    await second.post(f"{S}/{made['id']}/quotes/{quoting['id']}/revoke")
    assert second.status == 404
    out = await phone.post(f"{S}/{made['id']}/quotes/{quoting['id']}/revoke")
    assert_valid("POST", f"{S}/{{id}}/quotes/{{quoting_status_id}}/revoke", 200, out)
    assert out["quote"] == {"state": "rejected", "quoted_status": None}


async def test_b52_what_a_quote_may_be(phone: App, second: App) -> None:
    """POST /api/v1/statuses: B52, without words, of a boost, privately to who is quoted alone."""
    made = await say(phone, "quote me")
    quiet = await say(second, "", quoted_status_id=made["id"])
    assert quiet["quote"]["quoted_status"]["id"] == made["id"]
    warned = await say(second, "", quoted_status_id=made["id"], spoiler_text="about birds")
    assert warned["spoiler_text"] == "about birds"
    edited = await second.send("PUT", f"{S}/{quiet['id']}", {"spoiler_text": "", "status": ""})
    assert (second.status, edited["edited_at"]) == (200, None)
    boost = await second.post(f"{S}/{made['id']}/reblog")
    through = await say(second, "look", quoted_status_id=boost["id"])
    assert through["quote"]["quoted_status"]["id"] == made["id"]
    answer = await say(second, "@alice yes", in_reply_to_id=boost["id"])
    assert answer["in_reply_to_id"] == made["id"], "of a boost as well"
    private = {"quoted_status_id": made["id"], "visibility": "direct"}
    refused = await second.post(S, {"status": "psst, a quote", **private})
    assert (second.status, bool(refused["error"])) == (422, True)
    assert (await say(second, "@alice psst", **private))["quote"]["state"] == "accepted"


async def test_b52_who_may_quote(phone: App, second: App) -> None:
    """B52: what the author says about quotes is judged for who reads."""
    made = await say(phone, "not this one", quote_approval_policy="nobody")
    assert made["quote_approval"] == {
        "automatic": [],
        "manual": [],
        "current_user": "automatic",
    }
    seen = await second.get(f"{S}/{made['id']}")
    assert seen["quote_approval"]["current_user"] == "denied"
    await second.post(S, {"status": "look", "quoted_status_id": made["id"]})
    assert second.status == 403


async def test_posts_of_other_servers(phone: App, instance: Instance) -> None:
    """Their files have ids and addresses, their links lead to their page."""
    with instance.store.active():
        dave = await make_remote(instance, "dave")
        post = await insert_post(dave, is_local=False, url="https://beta.test/@dave/1")
    found = await phone.get(f"{S}/{post.id}")
    assert_valid("GET", f"{S}/{{id}}", 200, found)
    assert found["url"] == "https://beta.test/@dave/1"
    assert found["account"]["acct"] == f"dave@{dave.host}"


READS = ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by", "/quotes")
WRITES = ("favourite", "reblog", "bookmark", "mute", "pin", "unmute")


@pytest.mark.parametrize("visibility", ["direct", "private"])
async def test_pv_3_pv_4_what_is_hidden_is_not_there(
    phone: App, second: App, visibility: str
) -> None:
    """PV-3, PV-4, PV-22: of a post for others every address says that there is nothing."""
    made = await say(phone, "secret", visibility=visibility)
    nobody = App(phone.app)
    for path in READS:
        answer = await second.get(f"{S}/{made['id']}{path}")
        assert (second.status, answer) == (404, {"error": answer["error"]}), path
        await nobody.get(f"{S}/{made['id']}{path}")
        assert nobody.status == (401 if path == "/source" else 404), path
    for path in WRITES:
        await second.post(f"{S}/{made['id']}/{path}")
        assert second.status == 404, path
    for method in ("PUT", "DELETE"):
        await second.send(method, f"{S}/{made['id']}", {"status": "mine"})
        assert second.status == 404, method
    await second.post(S, {"status": "reply", "in_reply_to_id": made["id"]})
    assert second.status == 404
    await second.post(S, {"status": "quote", "quoted_status_id": made["id"]})
    assert second.status == 404


async def test_pv_25_an_answer_is_never_wider(phone: App, second: App) -> None:
    """PV-25: an answer to a direct post is a direct post, whatever the app says."""
    made = await say(phone, "@bob psst", visibility="direct")
    answer = await say(second, "@alice what?", in_reply_to_id=made["id"], visibility="public")
    assert answer["visibility"] == "direct"


async def test_pv_1_followers_see_what_is_for_them(
    phone: App, second: App, instance: Instance
) -> None:
    """PV-1, PV-13: a follower reads it, whoever only asked to follow does not."""
    made = await say(phone, "for you", visibility="private")
    other = await say(second, "I am bob")
    with instance.store.active():
        alice = await actors.get(int(made["account"]["id"]))
        bob = await actors.get(int(other["account"]["id"]))
        follow = await befriend(instance, bob, alice, state=FollowState.REQUESTED)
        await second.get(f"{S}/{made['id']}")
        assert second.status == 404
        await relations.save_follow(replace(follow, state=FollowState.ACCEPTED))
    found = await second.get(f"{S}/{made['id']}")
    assert found["id"] == made["id"]


async def test_b53_who_may_quote_is_changed_later(phone: App, second: App) -> None:
    """B53: PUT /api/v1/statuses/{id}/interaction_policy, and with an edit."""
    made = await say(phone, "mine")
    path = f"{S}/{made['id']}"
    form = {"quote_approval_policy": "followers"}
    changed = await phone.send("PUT", f"{path}/interaction_policy", form)
    assert_valid("PUT", f"{S}/{{id}}/interaction_policy", 200, changed)
    assert changed["quote_approval"]["automatic"] == ["followers"]
    assert changed["edited_at"] is None
    seen = await second.get(path)
    assert seen["quote_approval"]["current_user"] == "denied"
    await second.send("PUT", f"{path}/interaction_policy", {"quote_approval_policy": "public"})
    assert second.status == 404
    await phone.send("PUT", f"{path}/interaction_policy", {"quote_approval_policy": "friends"})
    assert phone.status == 422
    edited = await phone.send("PUT", path, {"status": "mine", "quote_approval_policy": "nobody"})
    assert edited["quote_approval"]["automatic"] == []


async def test_b76_b121_emoji_of_other_servers_apps(phone: App, second: App) -> None:
    """B76, B121: PUT, GET and DELETE /api/v1/pleroma/statuses/{id}/reactions/{emoji}.

    PUT /api/v1/pleroma/statuses/{id}/reactions/{emoji},
    DELETE /api/v1/pleroma/statuses/{id}/reactions/{emoji},
    GET /api/v1/pleroma/statuses/{id}/reactions/{emoji},
    GET /api/v1/pleroma/statuses/{id}/reactions
    """
    made = await say(phone)
    path = f"/api/v1/pleroma/statuses/{made['id']}/reactions"
    emoji = quote("🎉")
    found = await second.send("PUT", f"{path}/{emoji}")
    assert second.status == 200, found
    assert [(each["name"], each["count"], each["me"]) for each in found["reactions"]] == [
        ("🎉", 1, True)
    ]
    shown = await phone.get(path)
    assert [(each["name"], each["me"]) for each in shown] == [("🎉", False)]
    assert [each["acct"] for each in shown[0]["accounts"]] == ["bob"]
    assert len(await phone.get(f"{path}/{emoji}")) == 1
    assert await phone.get(f"{path}/{quote('🐦')}") == []
    await second.send("PUT", f"{path}/nonsense")
    assert second.status == 422
    gone = await second.send("DELETE", f"{path}/{emoji}")
    assert gone["reactions"] == []
    hidden = await say(phone, "secret", visibility="direct")
    for method, below in (("GET", ""), ("PUT", f"/{emoji}"), ("GET", f"/{emoji}")):
        await second.send(method, f"/api/v1/pleroma/statuses/{hidden['id']}/reactions{below}")
        assert second.status == 404, method


async def test_b91_filters_are_named_in_posts(phone: App, second: App) -> None:
    """B91: a post says which of the reader's filters match it."""
    form = {
        "title": "Sports",
        "context[]": ["home", "public"],
        "keywords_attributes[][keyword]": "football",
    }
    await phone.post("/api/v2/filters", form)
    assert phone.status == 200, phone.answer.text
    made = await say(second, "I like football")
    found = await phone.get(f"{S}/{made['id']}")
    assert_valid("GET", f"{S}/{{id}}", 200, found)
    assert [each["filter"]["title"] for each in found["filtered"]] == ["Sports"]
    assert found["filtered"][0]["keyword_matches"] == ["football"]
    assert (await second.get(f"{S}/{made['id']}"))["filtered"] == []


async def test_b72_a_boost_for_fewer_people(
    phone: App, second: App, instance: Instance, internet: FakeInternet
) -> None:
    """B72, PV-7: a boost for one's followers is seen by them, here and elsewhere, and not wider."""
    made = await say(phone)
    with instance.store.active():
        bob = await actors.get(int((await say(second, "I am bob"))["account"]["id"]))
        dave = await make_remote(instance, "dave")
        await befriend(instance, dave, bob)
    boost = await second.post(f"{S}/{made['id']}/reblog", {"visibility": "private"})
    assert second.status == 200, boost
    assert (boost["visibility"], boost["reblog"]["visibility"]) == ("private", "public")
    nobody = App(phone.app)
    for app in (phone, nobody):
        await app.get(f"{S}/{boost['id']}")
        assert app.status == 404
        assert await app.get(f"{S}/{made['id']}/reblogged_by") == []
        shown = await app.get(f"/api/v1/accounts/{bob.id}/statuses")
        assert boost["id"] not in [each["id"] for each in shown]
    with instance.store.active():
        alice = await actors.get(int(made["account"]["id"]))
        await befriend(instance, alice, bob)
        arrived = await delivered(instance, internet, dave.host or "")
    assert (await phone.get(f"{S}/{boost['id']}"))["reblog"]["id"] == made["id"]
    mine = await phone.get(f"/api/v1/accounts/{bob.id}/statuses")
    assert boost["id"] in [each["id"] for each in mine]
    sent = [each for each in arrived if each["type"] == "Announce"]
    assert [each["to"] for each in sent] == [[f"{bob.uri}/followers"]]
    assert all("Public" not in str(each.get("cc")) for each in sent)
    await second.post(f"{S}/{made['id']}/reblog", {"visibility": "direct"})
    assert second.status == 422
