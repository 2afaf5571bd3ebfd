"""Notifications by the client API: one by one, in groups, and held back by a policy."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from feeds import notifications
from instance.errors import NotFound
from instance.resources import Instance
from outbox import appealing, blocking, following, interacting, moderating
from storage import actors, users
from storage.records import (
    Actor,
    NotificationDetails,
    NotificationKind,
    Page,
    Post,
    RowId,
    StrikeAction,
    Visibility,
)
from tests.clients.apps import App
from tests.clients.schema import assert_entity, assert_valid
from tests.instances import FakeClock
from tests.pages.browser import Browser
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, make_person, say
from webapp.mastodon import notifications_loading

INDEX, GROUPS = "/api/v1/notifications", "/api/v2/notifications"
POLICY, REQUESTS = "/api/v2/notifications/policy", "/api/v1/notifications/requests"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def me(phone: App) -> Actor:
    assert phone.status == 200
    found = await actors.find_by_handle("alice", None)
    assert found is not None
    return found


@pytest.fixture
async def bob(instance: Instance) -> Actor:
    return await make_person(instance, "bob")


@pytest.fixture
async def post(instance: Instance, me: Actor) -> Post:
    return await say(instance, me, "Mine")


async def likers(instance: Instance, post: Post, count: int) -> list[Actor]:
    people = [await make_person(instance, f"fan{number}") for number in range(count)]
    for each in people:
        await interacting.like(instance, each, post.id)
    return people


def ids_of(found: list[Any]) -> list[str]:
    return [each["id"] for each in found]


# ---------------------------------------------------------------- one by one


async def test_b111_each_kind_has_mastodons_name_and_shape(
    phone: App, instance: Instance, me: Actor, bob: Actor, post: Post
) -> None:
    """B111: `GET /api/v1/notifications`, `GET /api/v1/notifications/{id}`."""
    theirs = await say(instance, bob, "Hello @alice")
    await say(instance, bob, "An answer", in_reply_to_id=post.id)
    await interacting.like(instance, bob, post.id)
    await interacting.boost(instance, bob, post.id)
    await following.follow(instance, bob, me)
    severed = NotificationDetails(host="bad.test", followers=2, following=1)
    warned = NotificationDetails(action="silence", text="Be kind.")
    told = (
        (NotificationKind.STATUS, bob, theirs, None),
        (NotificationKind.EDIT, bob, theirs, None),
        (NotificationKind.QUOTE, bob, theirs, None),
        (NotificationKind.QUOTED_EDIT, bob, theirs, None),
        (NotificationKind.POLL, me, post, None),
        (NotificationKind.FOLLOW_REQUEST, bob, None, None),
        (NotificationKind.SIGN_UP, bob, None, None),
        (NotificationKind.SEVERED, me, None, severed),
        (NotificationKind.WARNING, me, None, warned),
        (NotificationKind.REACTION, bob, post, None),
        (NotificationKind.MOVE, bob, None, None),
    )
    for kind, actor, about, details in told:
        about_id = about.id if about else None
        assert await notifications.tell(instance, kind, me.id, actor.id, about_id, details=details)
    found = await phone.get(INDEX)
    assert_valid("GET", INDEX, 200, found)
    assert [each["type"] for each in reversed(found)] == [
        *("mention", "mention", "favourite", "reblog", "follow"),
        *("status", "update", "quote", "quoted_update", "poll", "follow_request"),
        *("admin.sign_up", "severed_relationships", "moderation_warning"),
    ]
    by_type = {each["type"]: each for each in found}
    assert by_type["favourite"]["status"]["id"] == str(post.id)
    assert by_type["favourite"]["account"]["acct"] == "bob"
    assert "status" not in by_type["follow"]
    event = by_type["severed_relationships"]["event"]
    assert (event["type"], event["target_name"]) == ("domain_block", "bad.test")
    assert (event["followers_count"], event["following_count"]) == (2, 1)
    assert_entity("RelationshipSeveranceEvent", event)
    warning = by_type["moderation_warning"]["moderation_warning"]
    assert (warning["action"], warning["text"]) == ("silence", "Be kind.")
    assert_entity("AccountWarning", warning)
    one = await phone.get(f"{INDEX}/{found[0]['id']}")
    assert one == found[0]
    assert_valid("GET", "/api/v1/notifications/{id}", 200, one)


async def test_b13_a_warning_says_what_became_of_the_appeal(
    phone: App, instance: Instance, me: Actor
) -> None:
    """B13: `GET /api/v1/notifications`, `GET /api/v2/notifications`."""
    user = await users.find_by_actor(me.id)
    assert user is not None
    words = "".join(map(chr, range(0x4E00, 0x4E00 + moderating.TEXT_LETTERS_MAX)))
    made = await moderating.strike(instance, me, StrikeAction.WARN, words)

    async def warnings() -> list[Any]:
        (one,) = await phone.get(INDEX)
        (group,) = (await phone.get(GROUPS))["notification_groups"]
        return [one["moderation_warning"], group["moderation_warning"]]

    for found in await warnings():
        assert (found["id"], found["text"], found["appeal"]) == (str(made.id), words, None)
        assert_entity("AccountWarning", found)
    await appealing.appeal(instance, user, made.id, "I was.")
    for found in await warnings():
        assert found["appeal"] == {"text": "I was.", "state": "pending"}
        assert_entity("AccountWarning", found)


async def test_b111_what_an_app_does_not_know_comes_with_words(
    phone: App, instance: Instance, me: Actor, bob: Actor, post: Post
) -> None:
    """B111: with `supported_types` an app is shown all, and of the rest what to write."""
    for kind in (NotificationKind.REACTION, NotificationKind.LIKE):
        await notifications.tell(instance, kind, me.id, bob.id, post.id)
    like, reaction = await phone.call("GET", f"{INDEX}?supported_types[]=favourite")
    assert "fallback" not in like
    assert reaction["fallback"] == {"title": "@bob reacted to your post", "summary": None}
    assert [each["type"] for each in await phone.get(INDEX)] == ["favourite"]
    shown = await notifications_loading.notification(instance, me, RowId(int(like["id"])))
    assert shown["type"] == "favourite"
    with pytest.raises(NotFound):  # a stream cannot know what its app knows
        await notifications_loading.notification(instance, me, RowId(int(reaction["id"])))
    assert await phone.get(GROUPS + "?supported_types[]=favourite") == phone.value
    assert len(phone.value["notification_groups"]) == 2


async def test_b111_apps_choose_types_and_people(
    phone: App, instance: Instance, me: Actor, bob: Actor, post: Post
) -> None:
    carol = await make_person(instance, "carol")
    for each in (bob, carol):
        await interacting.like(instance, each, post.id)
        await following.follow(instance, each, me)
    await say(instance, bob, "Hello @alice")

    async def types(query: str) -> list[str]:
        return [each["type"] for each in await phone.call("GET", f"{INDEX}?{query}")]

    assert await types("types[]=mention&types[]=follow") == ["mention", "follow", "follow"]
    assert await types("exclude_types[]=favourite&exclude_types[]=follow") == ["mention"]
    assert await types(f"account_id={carol.id}") == ["follow", "favourite"]
    assert await types(f"account_id={carol.id}&types[]=follow") == ["follow"]
    assert await types("types[]=nonsense") == []
    assert await types("account_id=nonsense") == []


async def test_b111_pages_have_neighbours_that_keep_what_was_asked(
    phone: App, instance: Instance, post: Post
) -> None:
    await likers(instance, post, 5)
    found = await phone.call("GET", f"{INDEX}?limit=2&types[]=favourite")
    links = phone.answer.headers["link"]
    assert f"max_id={found[-1]['id']}" in links
    assert "types%5B%5D=favourite" in links
    older = await phone.get(INDEX, limit=2, max_id=found[-1]["id"])
    assert len(older) == 2
    assert int(older[0]["id"]) < int(found[-1]["id"])
    newer = await phone.get(INDEX, limit=2, min_id=older[-1]["id"])
    assert ids_of(newer) == [found[1]["id"], older[0]["id"]]
    assert len(await phone.get(INDEX, since_id=older[-1]["id"])) == 3


async def test_b111_dismissed_and_cleared(phone: App, instance: Instance, post: Post) -> None:
    """B111: `POST /api/v1/notifications/{id}/dismiss`, `POST /api/v1/notifications/clear`,
    `POST /api/v2/notifications/clear`."""
    fan, *_ = await likers(instance, post, 3)
    first, *rest = await phone.get(INDEX)
    assert await phone.post(f"{INDEX}/{first['id']}/dismiss") == {}
    assert_valid("POST", "/api/v1/notifications/{id}/dismiss", 200, {})
    assert await phone.get(INDEX) == rest
    await phone.get(f"{INDEX}/{first['id']}")
    assert phone.status == 404
    await phone.post(f"{INDEX}/{first['id']}/dismiss")
    assert phone.status == 404
    for clear in (f"{INDEX}/clear", f"{GROUPS}/clear"):
        await interacting.unlike(instance, fan, post.id)
        await interacting.like(instance, fan, post.id)
        assert await phone.get(INDEX) != []
        assert await phone.post(clear) == {}
        assert await phone.get(INDEX) == []
    assert_valid("POST", "/api/v1/notifications/clear", 200, {})


async def test_b111_the_unread_are_counted(
    phone: App, instance: Instance, me: Actor, bob: Actor, post: Post
) -> None:
    """B111: `GET /api/v1/notifications/unread_count`, `GET /api/v2/notifications/unread_count`."""
    await likers(instance, post, 3)
    await following.follow(instance, bob, me)
    count = f"{INDEX}/unread_count"
    assert await phone.get(count) == {"count": 4}
    assert_valid("GET", "/api/v1/notifications/unread_count", 200, phone.value)
    assert await phone.get(count, limit=2) == {"count": 2}
    assert await phone.call("GET", f"{count}?types[]=follow") == {"count": 1}
    groups = f"{GROUPS}/unread_count"
    assert await phone.get(groups) == {"count": 2}
    assert_valid("GET", "/api/v2/notifications/unread_count", 200, phone.value)
    assert await phone.call("GET", f"{groups}?grouped_types[]=follow") == {"count": 4}
    newest = (await phone.get(INDEX))[1]["id"]
    await notifications.mark_read(instance, me, RowId(int(newest)))
    assert await phone.get(count) == {"count": 1}


async def test_pv3_notifications_are_their_owners_alone(
    phone: App, client: App, app: Any, instance: Instance, post: Post
) -> None:
    """PV-3: reading, dismissing and clearing touch nothing of others."""
    await likers(instance, post, 2)
    found = await phone.get(INDEX)
    other = await client.let_in_by(await Browser(app).sign_up("mallory"))
    for path in (f"{INDEX}/{found[0]['id']}", f"{GROUPS}/{found[0]['group_key']}"):
        await other.get(path)
        assert other.status == 404
        await other.post(f"{path}/dismiss")
        assert other.status in {200, 404}  # a group is there for nobody to see
    await other.post(f"{INDEX}/clear")
    assert await other.get(INDEX) == []
    assert await phone.get(INDEX) == found


async def test_pv18_nothing_of_the_blocked_and_of_posts_that_are_hidden_now(
    phone: App, instance: Instance, me: Actor, bob: Actor, post: Post
) -> None:
    """PV-18: not in the list, not in groups, not by its id."""
    carol = await make_person(instance, "carol")
    await say(instance, bob, "Hello @alice")
    await interacting.like(instance, carol, post.id)
    assert len(await phone.get(INDEX)) == 2
    mention = phone.value[1]
    await blocking.block(instance, me, bob.id)
    assert [each["type"] for each in await phone.get(INDEX)] == ["favourite"]
    assert len((await phone.get(GROUPS))["notification_groups"]) == 1
    await phone.get(f"{INDEX}/{mention['id']}")
    assert phone.status == 404


async def test_b91_hidden_words_are_left_out_of_notifications(
    phone: App, instance: Instance, bob: Actor, me: Actor
) -> None:
    await say(instance, bob, "cheese @alice")
    await say(instance, bob, "bread @alice")
    wish = {"title": "x", "context[]": ["notifications"], "filter_action": "hide"}
    await phone.post("/api/v2/filters", {**wish, "keywords_attributes[][keyword]": "cheese"})
    [left] = await phone.get(INDEX)
    assert "bread" in left["status"]["content"]
    owner = await actors.find_by_handle("alice", None)
    assert owner is not None
    assert owner.id == me.id
    assert len((await notifications.read(instance, owner, Page())).items) == 1


async def test_a_page_of_notifications_is_a_fixed_number_of_queries(
    phone: App, instance: Instance, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await likers(instance, post, 6)
    costs = []
    for path in (f"{INDEX}?limit=2", f"{INDEX}?limit=6", f"{GROUPS}?limit=3", f"{GROUPS}?limit=1"):
        await phone.get(path)
        with counted(instance, monkeypatch) as statements:
            await phone.get(path)
        costs.append(len(statements))
    assert costs[0] == costs[1]
    assert costs[2] == costs[3] == costs[1] + 1  # how large the groups are
    assert costs[1] <= 20


# ---------------------------------------------------------------- groups


async def test_b112_likes_of_a_post_are_one_group_with_samples(
    phone: App, instance: Instance, bob: Actor, post: Post
) -> None:
    """B112: `GET /api/v2/notifications`, `GET /api/v2/notifications/{group_key}`,
    `GET /api/v2/notifications/{group_key}/accounts`."""
    fans = await likers(instance, post, 10)
    await say(instance, bob, "Hello @alice")
    found = await phone.get(GROUPS)
    assert_valid("GET", GROUPS, 200, found)
    mention, liked = found["notification_groups"]
    assert (mention["type"], mention["notifications_count"]) == ("mention", 1)
    assert mention["group_key"] == f"ungrouped-{mention['most_recent_notification_id']}"
    assert (liked["type"], liked["notifications_count"]) == ("favourite", 10)
    assert liked["sample_account_ids"] == [str(each.id) for each in fans[:1:-1]]
    assert liked["status_id"] == str(post.id)
    assert int(liked["page_min_id"]) < int(liked["page_max_id"])
    assert {each["id"] for each in found["accounts"]} == {
        *liked["sample_account_ids"],
        str(bob.id),
    }
    assert len(found["statuses"]) == 2
    one = await phone.get(f"{GROUPS}/{liked['group_key']}")
    assert_valid("GET", "/api/v2/notifications/{group_key}", 200, one)
    assert one["notification_groups"] == [liked]
    people = await phone.get(f"{GROUPS}/{liked['group_key']}/accounts", limit=6)
    assert_valid("GET", "/api/v2/notifications/{group_key}/accounts", 200, people)
    assert [each["acct"] for each in people] == [f"fan{number}" for number in range(9, 3, -1)]
    assert 'rel="next"' in phone.answer.headers["link"]


async def test_b112_partial_avatars_and_chosen_types(
    phone: App, instance: Instance, post: Post
) -> None:
    fans = await likers(instance, post, 3)
    found = await phone.get(GROUPS, expand_accounts="partial_avatars")
    assert_valid("GET", GROUPS, 200, found)
    assert [each["id"] for each in found["accounts"]] == [str(fans[2].id)]
    assert {each["acct"] for each in found["partial_accounts"]} == {"fan0", "fan1"}
    await phone.get(GROUPS, expand_accounts="nonsense")
    assert phone.status == 400
    alone = await phone.call("GET", f"{GROUPS}?grouped_types[]=follow")
    assert [each["notifications_count"] for each in alone["notification_groups"]] == [1, 1, 1]


async def test_b112_each_notification_is_on_one_page(
    phone: App, instance: Instance, me: Actor, post: Post, clock: FakeClock
) -> None:
    """B112: pages of groups, downwards and upwards; a day later likes are another group."""
    second = await say(instance, me, "Another")
    fans = await likers(instance, post, 3)
    for each in fans:
        await interacting.like(instance, each, second.id)
    clock.advance(days=1)
    late = await make_person(instance, "late")
    await interacting.like(instance, late, post.id)
    first = await phone.get(GROUPS, limit=1)
    [group] = first["notification_groups"]
    assert (group["status_id"], group["notifications_count"]) == (str(post.id), 1)
    rest = await phone.get(GROUPS, limit=5, max_id=group["page_min_id"])
    assert [each["notifications_count"] for each in rest["notification_groups"]] == [3, 3]
    oldest = rest["notification_groups"][-1]
    upwards = await phone.get(GROUPS, limit=1, min_id=oldest["page_max_id"])
    [above] = upwards["notification_groups"]
    assert above["status_id"] == str(second.id)


async def test_b112_a_group_is_dismissed(phone: App, instance: Instance, post: Post) -> None:
    """B112: `POST /api/v2/notifications/{group_key}/dismiss`."""
    await likers(instance, post, 3)
    [group] = (await phone.get(GROUPS))["notification_groups"]
    path = f"{GROUPS}/{group['group_key']}"
    assert await phone.post(f"{path}/dismiss") == {}
    assert_valid("POST", "/api/v2/notifications/{group_key}/dismiss", 200, {})
    assert (await phone.get(GROUPS))["notification_groups"] == []
    for missing in (path, f"{GROUPS}/like-1-", f"{GROUPS}/nonsense", f"{path}/accounts"):
        await phone.get(missing)
        assert phone.status == 404, missing


# ---------------------------------------------------------------- policy and requests


async def test_b92_a_policy_is_read_and_changed(phone: App) -> None:
    """B92: `GET /api/v2/notifications/policy`, `PATCH /api/v2/notifications/policy`.

    And as Mastodon 4.3 had it, where things are filtered or not:
    `GET /api/v1/notifications/policy`, `PATCH /api/v1/notifications/policy`.
    """
    found = await phone.get(POLICY)
    assert_valid("GET", POLICY, 200, found)
    assert found["for_not_following"] == "accept"
    assert found["for_limited_accounts"] == "filter"
    assert found["for_private_mentions"] == "filter"
    wish = {"for_not_following": "filter", "for_private_mentions": "drop"}
    changed = await phone.send("PATCH", POLICY, wish)
    assert_valid("PATCH", POLICY, 200, changed)
    assert changed == {**found, **wish}
    assert await phone.get(POLICY) == changed
    await phone.send("PATCH", POLICY, {"for_not_following": "burn"})
    assert phone.status == 422
    first = await phone.get(f"{INDEX}/policy")
    assert_entity("V1NotificationPolicy", first)
    assert (first["filter_not_following"], first["filter_private_mentions"]) == (True, True)
    assert (first["filter_new_accounts"], first["summary"]) == (False, found["summary"])
    wish = {"filter_not_following": "false", "filter_new_accounts": "true"}
    changed = await phone.send("PUT", f"{INDEX}/policy", wish)  # by either method
    assert changed == {**first, "filter_not_following": False, "filter_new_accounts": True}
    after = await phone.get(POLICY)
    assert (after["for_not_following"], after["for_new_accounts"]) == ("accept", "filter")
    assert after["for_private_mentions"] == "drop"  # not named: it stays


@pytest.mark.parametrize("action", ["accept", "filter", "drop"])
async def test_b92_strangers_are_told_held_back_or_dropped(
    phone: App, instance: Instance, post: Post, bob: Actor, me: Actor, action: str
) -> None:
    await phone.send("PATCH", POLICY, {"for_not_following": action})
    await interacting.like(instance, bob, post.id)
    is_told = action == "accept"
    assert len(await phone.get(INDEX)) == is_told
    assert await phone.get(f"{INDEX}/unread_count") == {"count": int(is_told)}
    assert await notifications.unread_count(instance, me) == int(is_told)
    held = await phone.get(INDEX, include_filtered="true")
    assert len(held) == (action != "drop")
    assert [each.get("filtered", False) for each in held] == [action == "filter"] * len(held)
    assert await phone.get(INDEX, account_id=bob.id) == held  # so apps show what a request holds
    carol = await make_person(instance, "carol")
    await befriend(instance, me, carol)
    await interacting.like(instance, carol, post.id)
    assert (await phone.get(INDEX))[0]["account"]["acct"] == "carol"
    await notifications.tell(instance, NotificationKind.STATUS, me.id, bob.id, post.id)
    assert (await phone.get(INDEX))[0]["type"] == "status"  # one asked to be told of these


@pytest.mark.parametrize("rule", ["for_not_followers", "for_new_accounts", "for_limited_accounts"])
async def test_b92_each_rule_holds_for_those_it_names(
    phone: App, instance: Instance, post: Post, me: Actor, clock: FakeClock, rule: str
) -> None:
    old = await make_person(instance, "old")
    fan = await make_person(instance, "fan")
    await befriend(instance, fan, me)
    clock.advance(days=31)
    new = await make_person(instance, "new")
    young_fan = await make_person(instance, "youngfan")
    await befriend(instance, young_fan, me)
    quiet = await change(await make_person(instance, "quiet"), silenced_at=clock())
    await change(quiet, created_at=clock() - timedelta(days=90))
    await phone.send("PATCH", POLICY, {"for_limited_accounts": "accept", rule: "filter"})
    people = (old, fan, new, young_fan, quiet)
    for each in people:
        await interacting.like(instance, each, post.id)
    told = {each["account"]["acct"] for each in await phone.get(INDEX)}
    held = {
        "for_not_followers": {"old", "new", "youngfan", "quiet"},
        "for_new_accounts": {"new", "youngfan"},
        "for_limited_accounts": {"quiet"},
    }[rule]
    assert told == {each.username for each in people} - held


async def test_b94_private_mentions_of_strangers_are_dropped_and_answers_told(
    phone: App, instance: Instance, me: Actor, bob: Actor
) -> None:
    await phone.send("PATCH", POLICY, {"for_private_mentions": "drop"})
    direct = {"visibility": Visibility.DIRECT.value}
    await say(instance, bob, "psst @alice", **direct)
    await say(instance, bob, "hello @alice")
    asked = await say(instance, me, "tell me @bob", **direct)
    answer = await say(instance, bob, "yes @alice", in_reply_to_id=asked.id, **direct)
    await say(instance, bob, "and @alice", in_reply_to_id=answer.id, **direct)
    told = [each["status"]["content"] for each in await phone.get(INDEX)]
    assert len(told) == 3
    assert not any("psst" in each for each in told)


async def test_b94_private_mentions_of_strangers_wait_where_nothing_else_was_chosen(
    phone: App, instance: Instance, me: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B94: as Mastodon's; one query more is asked for a private word of a stranger alone."""

    async def cost(post: Post) -> int:
        with counted(instance, monkeypatch) as asked:
            await notifications.tell(instance, NotificationKind.MENTION, me.id, bob.id, post.id)
        return len(asked)

    direct = {"visibility": Visibility.DIRECT.value}
    private = await say(instance, bob, "psst @alice", **direct)
    public = await say(instance, bob, "hello @alice")
    (told,) = await phone.get(INDEX)
    assert "hello" in told["status"]["content"]
    (waiting,) = await phone.get(REQUESTS)
    assert waiting["last_status"]["id"] == str(private.id)
    assert await cost(private) == await cost(public) + 1
    await befriend(instance, me, bob)
    assert await cost(private) == await cost(public)
    await say(instance, bob, "now @alice", **direct)
    assert len(await phone.get(INDEX)) == 2


async def test_b93_requests_are_listed_and_accepted(
    phone: App, instance: Instance, post: Post, bob: Actor
) -> None:
    """B93: `GET /api/v1/notifications/requests`, `GET /api/v1/notifications/requests/{id}`,
    `POST /api/v1/notifications/requests/{id}/accept`,
    `GET /api/v1/notifications/requests/merged`."""
    await phone.send("PATCH", POLICY, {"for_not_following": "filter"})
    said = await say(instance, bob, "hello @alice")
    await interacting.like(instance, bob, post.id)
    await likers(instance, post, 2)
    found = await phone.get(REQUESTS)
    assert_valid("GET", REQUESTS, 200, found)
    assert len(found) == 3
    [request] = [each for each in found if each["account"]["acct"] == "bob"]
    assert request["notifications_count"] == "2"
    assert request["last_status"]["id"] == str(said.id)
    path = f"{REQUESTS}/{request['id']}"
    assert await phone.get(path) == request
    assert_valid("GET", "/api/v1/notifications/requests/{id}", 200, request)
    summary = (await phone.get(POLICY))["summary"]
    assert summary == {"pending_requests_count": 3, "pending_notifications_count": 4}
    assert len(await phone.get(REQUESTS, limit=2)) == 2
    assert len(await phone.get(REQUESTS, limit=2, max_id=phone.value[-1]["id"])) == 1
    assert await phone.post(f"{path}/accept") == {}
    assert_valid("POST", "/api/v1/notifications/requests/{id}/accept", 200, {})
    assert await phone.get(f"{REQUESTS}/merged") == {"merged": True}
    assert_valid("GET", "/api/v1/notifications/requests/merged", 200, phone.value)
    assert {each["type"] for each in await phone.get(INDEX)} == {"favourite", "mention"}
    await say(instance, bob, "and again @alice")
    assert len(await phone.get(INDEX)) == 3  # from now on
    await phone.get(path)
    assert phone.status == 404
    for many in ("accept", "dismiss"):
        assert await phone.post(f"{REQUESTS}/{many}", {"id[]": [request["id"]]}) == {}


async def test_b93_requests_are_dismissed_and_many_at_once(
    phone: App, instance: Instance, post: Post
) -> None:
    """B93: `POST /api/v1/notifications/requests/{id}/dismiss`,
    `POST /api/v1/notifications/requests/accept`, `POST /api/v1/notifications/requests/dismiss`."""
    await phone.send("PATCH", POLICY, {"for_not_following": "filter"})
    people = [str(each.id) for each in await likers(instance, post, 4)]
    found = await phone.get(REQUESTS)
    # Who was held back last stands on top, and has no id of its own: it is that of what it did.
    assert [each["account"]["id"] for each in found] == people[::-1]
    one, two, three, four = reversed(ids_of(found))
    assert await phone.post(f"{REQUESTS}/{one}/dismiss") == {}
    assert_valid("POST", "/api/v1/notifications/requests/{id}/dismiss", 200, {})
    assert await phone.post(f"{REQUESTS}/accept", {"id[]": [two, three]}) == {}
    assert_valid("POST", "/api/v1/notifications/requests/accept", 200, {})
    assert await phone.post(f"{REQUESTS}/dismiss", {"id[]": [four]}) == {}
    assert_valid("POST", "/api/v1/notifications/requests/dismiss", 200, {})
    assert await phone.get(REQUESTS) == []
    held = await phone.get(INDEX, include_filtered="true")
    assert {each["account"]["id"] for each in held} == {people[1], people[2]}
    await phone.post(f"{REQUESTS}/{one}/accept")
    assert phone.status == 404
