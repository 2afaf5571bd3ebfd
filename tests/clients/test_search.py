"""Search, hashtags, trends, suggestions and the directory, as apps ask for them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from feeds import trends
from instance.resources import Instance
from posts import indexing
from storage import actors, cards
from storage.records import (
    Actor,
    Card,
    CardState,
    FollowState,
    InteractionKind,
    Post,
    RowId,
    Visibility,
)
from storage.trends import Trend
from tests.clients.acting import active as active
from tests.clients.acting import him as him
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.factories import insert, make_follow, make_interaction, make_post
from tests.usecases.social import befriend, change, make_person, make_remote, say

SEARCH = "/api/v2/search"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def me(phone: App) -> Actor:
    """Whose phone it is."""
    assert phone.token
    found = await actors.find_by_handle("alice", None)
    assert found is not None
    return found


async def hear(author: Actor, **changes: Any) -> Post:
    post = make_post(author, **changes)
    await insert(post)
    return post


async def search(app: App, text: str, **more: Any) -> Any:
    found = await app.get(SEARCH, q=text, **more)
    assert app.status == 200, found
    assert_valid("GET", SEARCH, 200, found)
    return found


def ids(found: Any) -> list[int]:
    return [int(each["id"]) for each in found]


async def test_b100_everything_is_searched(phone: App, instance: Instance, me: Actor) -> None:
    """GET /api/v2/search: B100, B101; accounts, hashtags and statuses, all or one kind."""
    bert = await make_person(instance, "kittibert", name="Bert Kittiwake")
    post = await say(instance, me, "A kittiwake #Kittiwake")
    await indexing.index(instance, {})
    found = await search(phone, "kittiwake")
    assert ids(found["accounts"]) == [bert.id]
    assert ids(found["statuses"]) == [post.id]
    assert [tag["name"] for tag in found["hashtags"]] == ["kittiwake"]
    assert found["hashtags"][0]["history"][0]["uses"] == "1"
    for kind in ("accounts", "hashtags", "statuses"):
        one = await search(phone, "kittiwake", type=kind)
        assert {name for name, value in one.items() if value} == {kind}
    assert (await search(phone, "#kittiwake"))["accounts"] == []
    assert ids((await search(phone, "kitti*", account_id=me.id))["statuses"]) == [post.id]
    assert (await search(phone, "kitti*", account_id=bert.id))["statuses"] == []
    assert (await search(phone, "kittiwake", exclude_unreviewed="true"))["hashtags"] == []


async def test_search_comes_in_pages(phone: App, instance: Instance, me: Actor) -> None:
    """GET /api/v2/search: limit, offset, max_id, min_id."""
    made = [(await say(instance, me, "A kittiwake")).id for _ in range(5)][::-1]
    pages: list[tuple[dict[str, int], list[RowId]]] = [
        ({"limit": 2}, made[:2]),
        ({"limit": 2, "offset": 2}, made[2:4]),
        ({"limit": 2, "max_id": made[1]}, made[2:4]),
        ({"limit": 2, "min_id": made[3]}, made[1:3]),
    ]
    for asked, expected in pages:
        found = await search(phone, "kittiwake", type="statuses", **asked)
        assert ids(found["statuses"]) == expected, asked


async def test_links_and_handles_are_resolved_for_people_alone(
    phone: App, client: App, instance: Instance
) -> None:
    """GET /api/v2/search: B100, SF-9; a stranger's search asks no other server."""
    ben = await make_remote(instance, "ben")
    post = await hear(ben)
    for text in (str(ben.url), "@ben@beta.test", "ben@beta.test"):
        assert ids((await search(phone, text, resolve="true"))["accounts"]) == [ben.id], text
    assert ids((await search(phone, post.uri, resolve="true"))["statuses"]) == [post.id]
    assert ids((await search(client, "@ben@beta.test"))["accounts"]) == [ben.id]
    for query in ({"resolve": "true"}, {"offset": "5"}):
        await client.get(SEARCH, q="x", **query)
        assert client.status == 401
    for wrong in ({}, {"q": " "}, {"q": "x", "limit": "-1"}, {"q": "x", "offset": "-1"}):
        answer = await client.get(SEARCH, **wrong)
        assert (client.status, bool(answer["error"])) == (400, True)
    assert (await search(phone, "https://nowhere.test/1", resolve="true"))["statuses"] == []


async def test_impossible_searches_are_refused_in_words(phone: App) -> None:
    """GET /api/v2/search: OP-4."""
    for text in ("x" * 500, "before:yesterday"):
        answer = await phone.get(SEARCH, q=text)
        assert phone.status == 422
        assert answer["error"]


async def test_b100_people_are_found_by_handle_name_and_word(
    phone: App, instance: Instance, me: Actor
) -> None:
    """GET /api/v1/accounts/search: B100; first whom one follows, then people from here."""
    path = "/api/v1/accounts/search"
    far = await make_remote(instance, "kittifar", name="Zed")
    near = await make_person(instance, "kittinear")
    word = await make_person(instance, "other", name="The Kittiwake")
    known = await make_remote(instance, "zora", name="Ms Kitti")
    await befriend(instance, me, known)
    gone = await make_person(instance, "kittigone")
    await change(gone, suspended_at=instance.now())
    silent = await make_remote(instance, "kittisilent")
    await change(silent, silenced_at=instance.now())
    found = await phone.get(path, q="kitti")
    assert_valid("GET", path, 200, found)
    assert ids(found) == [known.id, near.id, word.id, far.id]
    assert ids(await phone.get(path, q="KITTI", following="true")) == [known.id]
    assert ids(await phone.get(path, q="@kitti@beta")) == [known.id, far.id]
    assert ids(await phone.get(path, q="kitti", limit=1, offset=1)) == [near.id]
    assert await phone.get(path, q="%") == await phone.get(path, q="_") == []
    await phone.post(f"/api/v1/accounts/{near.id}/block")
    if phone.status == 200:
        assert near.id not in ids(await phone.get(path, q="kitti"))


async def test_who_is_blocked_is_found_by_their_whole_name_alone(
    phone: App, second: App, him: Actor
) -> None:
    """A program looks a name up before it takes the block back; GET /api/v2/search."""
    await phone.post(f"/api/v1/accounts/{him.id}/block")

    async def found_by(app: App, text: str) -> list[str]:
        asked = {"q": text, "type": "accounts", "resolve": "true"}
        return [each["id"] for each in (await app.get("/api/v2/search", **asked))["accounts"]]

    assert await found_by(phone, "@Bob") == [str(him.id)]
    assert await found_by(phone, "bo") == []
    assert await found_by(second, "alice") == []  # who is blocked does not learn of it


async def test_pv17_search_by_app_finds_nothing_private(
    phone: App, second: App, client: App, instance: Instance, me: Actor
) -> None:
    """PV-17: followers-only and direct posts, and hashtags that only those have."""
    for visibility in (Visibility.FOLLOWERS, Visibility.DIRECT):
        await say(instance, me, "A kittiwake #Hidden", visibility=visibility.value)
    await indexing.index(instance, {})
    for app in (second, client):
        for text in ("kittiwake", "#hidden", "hidden", "from:alice"):
            found = await search(app, text)
            assert found["statuses"] == found["hashtags"] == [], text
    assert len((await search(phone, "kittiwake"))["statuses"]) == 2


# ---------------------------------------------------------------- hashtags


async def test_b97_hashtags_are_followed_and_shown(phone: App, client: App) -> None:
    """B97: GET /api/v1/tags/{name}, POST /api/v1/tags/{name}/follow and unfollow.

    POST /api/v1/tags/{name}/unfollow, POST /api/v1/tags/{id}/feature (B24),
    POST /api/v1/tags/{id}/unfeature, GET /api/v1/followed_tags.
    """
    path = "/api/v1/tags"
    tag = await phone.get(f"{path}/SeaBirds")
    assert_valid("GET", f"{path}/{{name}}", 200, tag)
    assert (tag["name"], tag["following"], tag["featuring"]) == ("seabirds", False, False)
    assert len(tag["history"]) == 7
    for act, name, value in (
        ("follow", "following", True),
        ("feature", "featuring", True),
        ("feature", "featuring", True),
        ("unfeature", "featuring", False),
    ):
        tag = await phone.post(f"{path}/SeaBirds/{act}")
        variable = "id" if "feature" in act else "name"
        assert_valid("POST", f"{path}/{{{variable}}}/{act}", 200, tag)
        assert tag[name] is value
    await phone.post(f"{path}/Gulls/follow")
    followed = await phone.get("/api/v1/followed_tags", limit=1)
    assert_valid("GET", "/api/v1/followed_tags", 200, followed)
    assert [each["name"] for each in followed] == ["gulls"]
    link = phone.answer.headers["link"]
    older = await phone.get(link[link.index("/api") : link.index(">")])
    assert [each["name"] for each in older] == ["seabirds"]
    tag = await phone.post(f"{path}/Gulls/unfollow")
    assert_valid("POST", f"{path}/{{name}}/unfollow", 200, tag)
    assert tag["following"] is False
    assert "following" not in await client.get(f"{path}/gulls")
    await phone.get(f"{path}/no hashtag".replace(" ", "%20"))
    assert phone.status == 404


async def test_b97_the_history_counts_public_uses_by_day(
    phone: App, instance: Instance, me: Actor
) -> None:
    """GET /api/v1/tags/{name}: uses and people of each day; private and deleted posts count not."""
    ben = await make_remote(instance, "ben")
    now = instance.now()
    for author, days, visibility in (
        *((me, 0, Visibility.PUBLIC), (ben, 0, Visibility.PUBLIC), (ben, 0, Visibility.PUBLIC)),
        *((ben, 0, Visibility.UNLISTED), (ben, 2, Visibility.PUBLIC)),
    ):
        made_id = instance.ids.at(now - timedelta(days=days))
        await hear(author, id=made_id, hashtags=("birds",), visibility=visibility)
    await indexing.index(instance, {})
    history = (await phone.get("/api/v1/tags/birds"))["history"]
    assert [(day["uses"], day["accounts"]) for day in history[:3]] == [
        ("3", "2"),
        ("0", "0"),
        ("1", "1"),
    ]
    assert int(history[0]["day"]) - int(history[1]["day"]) == 86_400


# ---------------------------------------------------------------- trends


async def trending(instance: Instance) -> Post:
    """A post, a hashtag and a page that several people speak of today."""
    people = [await make_remote(instance, f"p{number}") for number in range(4)]
    page = Card(
        id=instance.ids.new(),
        key="k",
        url="https://news.test/1",
        state=CardState.READY,
        asked_at=instance.now(),
        expires_at=instance.now() + timedelta(days=1),
        title="News",
    )
    await cards.CARDS.insert(page)
    liked = await hear(people[0], id=instance.ids.new(), hashtags=("birds",))
    hidden = await hear(people[0], id=instance.ids.new(), visibility=Visibility.FOLLOWERS)
    warned = await hear(people[0], id=instance.ids.new(), summary="spoiler")
    for person in people:
        said = await hear(person, id=instance.ids.new(), hashtags=("birds",))
        await cards.link(said.id, page.id)
        for post in (liked, hidden, warned):
            like = make_interaction(person, post, InteractionKind.LIKE)
            await insert(replace(like, id=instance.ids.new()))
    await hear(people[0], id=instance.ids.new(), hashtags=("lonely",))
    await indexing.index(instance, {})
    await trends.count(instance, {})
    return liked


async def test_b99_trends_have_content(phone: App, client: App, instance: Instance) -> None:
    """B99: GET /api/v1/trends/tags, GET /api/v1/trends, GET /api/v1/trends/statuses,
    GET /api/v1/trends/links."""
    liked = await trending(instance)
    for app in (phone, client):
        tags = await app.get("/api/v1/trends/tags")
        assert_valid("GET", "/api/v1/trends/tags", 200, tags)
        assert [(tag["name"], tag["history"][0]["accounts"]) for tag in tags] == [("birds", "4")]
        assert await app.get("/api/v1/trends") == tags, "as old apps ask"
        statuses = await app.get("/api/v1/trends/statuses")
        assert_valid("GET", "/api/v1/trends/statuses", 200, statuses)
        assert ids(statuses) == [liked.id], "PV-17: nothing private or behind a warning"
        links = await app.get("/api/v1/trends/links")
        assert_valid("GET", "/api/v1/trends/links", 200, links)
        assert [link["url"] for link in links] == ["https://news.test/1"]
        assert links[0]["history"][0] == {**tags[0]["history"][0], "uses": "4"}
        assert app.answer.headers.get("link") is None
        assert await app.get("/api/v1/trends/tags", offset=1) == []
        assert app.answer.headers["link"].endswith('?limit=10&offset=0>; rel="prev"')
        await app.get("/api/v1/trends/tags", limit=1)
        assert app.answer.headers["link"].endswith('?limit=1&offset=1>; rel="next"')


async def test_b99_c51_what_is_refused_does_not_trend(phone: App, instance: Instance) -> None:
    """GET /api/v1/trends/tags: C51; with the setting only what was allowed does."""
    await trending(instance)
    await trends.review(instance, Trend.HASHTAG, "birds", is_allowed=False)
    assert await phone.get("/api/v1/trends/tags") == []
    reviewing = replace(
        instance,
        settings=replace(
            instance.settings, feeds=replace(instance.settings.feeds, reviews_trends=True)
        ),
    )
    assert await trends.of(reviewing, Trend.PAGE, 10) == []
    await trends.review(instance, Trend.HASHTAG, "birds", is_allowed=True)
    assert await trends.of(reviewing, Trend.HASHTAG, 10) == ["birds"]


async def test_what_is_used_as_much_as_ever_is_no_trend(phone: App, instance: Instance) -> None:
    """GET /api/v1/trends/tags: B99; six people each day are no news."""
    people = [await make_remote(instance, f"p{number}") for number in range(3)]
    for days in range(7):
        for person in people:
            made_id = instance.ids.at(instance.now() - timedelta(days=days))
            await hear(person, id=made_id, hashtags=("monday",))
    await indexing.index(instance, {})
    await trends.count(instance, {})
    assert await phone.get("/api/v1/trends/tags") == []


# ---------------------------------------------------------------- people


async def test_b104_suggestions_say_why(phone: App, instance: Instance, me: Actor) -> None:
    """B104: GET /api/v2/suggestions, GET /api/v1/suggestions, with reasons.

    DELETE /api/v1/suggestions/{account_id}.
    Nobody who is followed, blocked, muted, hidden or does not want to be found.
    """
    friend, wanted = await make_person(instance, "friend"), await make_person(instance, "wanted")
    shy = await make_person(instance, "shy", is_discoverable=False)
    peer = await make_person(instance, "peer")
    secret = await make_person(instance, "secret", hides_follows=True)
    only_by_secret = await make_person(instance, "unknown")
    await befriend(instance, me, friend)
    await befriend(instance, me, secret)
    for who, whom in (
        (friend, wanted),
        (friend, shy),
        (friend, me),
        (peer, friend),
        (peer, wanted),
    ):
        await befriend(instance, who, whom)
    await insert(make_follow(secret, only_by_secret, state=FollowState.ACCEPTED))
    path = "/api/v2/suggestions"
    found = await phone.get(path)
    assert_valid("GET", path, 200, found)
    assert [(each["account"]["acct"], each["sources"]) for each in found] == [
        ("wanted", ["friends_of_friends", "similar_to_recently_followed"])
    ]
    assert found[0]["source"] == "past_interactions"
    await trends.count(instance, {})
    found = await phone.get(path)
    assert "most_followed" in found[0]["sources"]
    first = await phone.get("/api/v1/suggestions")
    assert_valid("GET", "/api/v1/suggestions", 200, first)
    assert first[0]["acct"] == "wanted"
    rest = await phone.get("/api/v1/suggestions", offset=1)
    assert [each["id"] for each in rest] == [each["id"] for each in first[1:]]
    gone = await phone.send("DELETE", f"/api/v1/suggestions/{wanted.id}")
    assert (phone.status, gone) == (200, {})
    assert wanted.id not in ids(await phone.get("/api/v1/suggestions"))
    await phone.send("DELETE", f"/api/v1/suggestions/{wanted.id}")
    assert phone.status == 200


async def test_b103_the_directory_lists_who_wants_to_be_found(
    client: App, phone: App, instance: Instance, me: Actor
) -> None:
    """B103: GET /api/v1/directory; active or new, from here or from everywhere.

    Nobody whom the reader blocks or mutes.
    """
    path = "/api/v1/directory"
    ben = await make_remote(instance, "ben")
    shy = await make_person(instance, "shy", is_discoverable=False)
    for author in (me, ben, shy):
        await hear(author, id=instance.ids.new())
    found = await client.get(path)
    assert_valid("GET", path, 200, found)
    assert ids(found) == [ben.id, me.id]
    assert ids(await client.get(path, local="true")) == [me.id]
    new = ids(await client.get(path, order="new"))
    assert shy.id not in new
    assert {ben.id, me.id} <= set(new)
    assert me.id in ids(await client.get(path, order="new", local="true"))
    assert ids(await client.get(path, limit=1, offset=1)) == [me.id]
    assert ids(await phone.get(path)) == [ben.id, me.id]
    await phone.post(f"/api/v1/accounts/{ben.id}/mute", {"duration": "60"})
    for order in ("active", "new"):
        assert ben.id not in ids(await phone.get(path, order=order))
    assert ben.id in ids(await client.get(path))
