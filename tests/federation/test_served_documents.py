"""What our routes for other servers answer: to whom, in which type, and how it may be kept."""

import json
from dataclasses import replace
from typing import Any

import pytest

from actors import identity
from outbox import blocking, interacting, publishing
from storage import actors, relations
from storage.records import Block, Post, Visibility
from tests.federation.peers import ACTIVITY, PUBLIC, signed
from tests.federation.world import World
from tests.usecases.social import befriend, hear, say

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def path(url: str | None) -> str:
    assert url is not None
    return url.removeprefix("https://alpha.test")


# ---------------------------------------------------------------- actors


@pytest.mark.parametrize("accept", [ACTIVITY, LD, f"{LD}, {ACTIVITY};q=0.9", "application/ld+json"])
async def test_a8_a9_an_actor_as_activitypub(world: World, accept: str) -> None:
    """A1, A8, A9, A15, A16, A18, E4, E5, E7."""
    answer = await world.get(path(world.alice.uri), accept=accept)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == ACTIVITY
    assert "Accept" in answer.headers["vary"]
    found = json.loads(answer.body)
    assert found["id"] == world.alice.uri
    assert found["@context"][0] == "https://www.w3.org/ns/activitystreams"
    assert found["preferredUsername"] == "alice"
    assert found["publicKey"]["owner"] == world.alice.uri
    assert {"inbox", "outbox", "followers", "following", "featured"} <= set(found)
    assert found["endpoints"]["sharedInbox"] == "https://alpha.test/inbox"


@pytest.mark.parametrize("accept", [BROWSER, "*/*", "", "application/json", "text/html"])
async def test_e5_e6_a_browser_is_sent_to_the_page(world: World, accept: str) -> None:
    """E5, E6, E7."""
    answer = await world.get(path(world.alice.uri), accept=accept)
    assert answer.status == 302
    assert answer.headers["location"] == "https://alpha.test/@alice"
    assert "Accept" in answer.headers["vary"]


async def test_the_page_asked_for_as_activitypub_leads_to_the_id(world: World) -> None:
    post = await say(world.instance, world.alice)
    for page, uri in (("/@alice", world.alice.uri), (f"/@alice/{post.id}", post.uri)):
        answer = await world.get(page)
        assert answer.status in {301, 302, 303, 307, 308}
        assert answer.headers["location"].removeprefix("https://alpha.test") == path(uri)
        assert "Accept" in answer.headers["vary"]


async def test_e17_an_unchanged_actor_is_304(world: World) -> None:
    """E17, A43."""
    first = await world.get(path(world.alice.uri))
    headers = {"host": "alpha.test", "accept": ACTIVITY, "if-none-match": first.headers["etag"]}
    again = await world.call("GET", path(world.alice.uri), headers)
    assert again.status == 304
    assert again.body == b""


async def test_e42_the_instance_actor_is_readable_unsigned(world: World) -> None:
    """E42, A143."""
    application = await identity.instance_actor(world.instance)
    answer = await world.get(path(application.uri), accept="*/*")
    assert answer.status == 200
    assert json.loads(answer.body)["type"] == "Application"


@pytest.mark.parametrize("actor_id", ["0", "999", "x", "99999999999999999999"])
async def test_an_actor_that_is_not_there_is_404(world: World, actor_id: str) -> None:
    """A205: errors are problem documents (RFC 9457)."""
    answer = await world.get(f"/actors/{actor_id}")
    assert answer.status == 404
    assert answer.headers["content-type"].split(";")[0] == "application/problem+json"
    assert json.loads(answer.body)["status"] == 404


async def test_a_remote_actor_is_not_served_by_us(world: World) -> None:
    mallory = await world.actor(world.mallory)
    assert (await world.get(f"/actors/{mallory.id}")).status == 404


async def test_a_deleted_actor_is_410(world: World) -> None:
    """A54, PV-26."""
    await actors.save(replace(world.bob, deleted_at=world.clock()))
    answer = await world.get(path(world.bob.uri))
    assert answer.status == 410
    assert json.loads(answer.body)["type"] == "Tombstone"
    found = await world.get("/.well-known/webfinger?resource=acct:bob@alpha.test")
    assert found.status == 410
    inbox = f"/actors/{world.bob.id}/inbox"
    sent = await world.post(
        world.mallory, world.mallory.activity("Like", object=PUBLIC), inbox=inbox
    )
    assert sent.status == 410


# ---------------------------------------------------------------- posts


async def test_a31_a_public_post_is_readable_by_all(world: World) -> None:
    """A31, A4, INTEROP 6."""
    post = await say(world.instance, world.alice, "Hello #birds", language="en")
    answer = await world.get(path(post.uri))
    assert answer.status == 200
    note = json.loads(answer.body)
    assert note["id"] == post.uri
    assert note["to"] == [PUBLIC]
    assert isinstance(note["tag"], list)
    assert isinstance(note["attachment"], list)
    assert note["contentMap"] == {"en": note["content"]}
    assert "public" in answer.headers["cache-control"]
    page = await world.get(path(post.uri), accept=BROWSER)
    assert page.headers["location"] == f"https://alpha.test/@alice/{post.id}"


async def test_pv1_a_followers_only_post(world: World) -> None:
    """PV-1, A11, A12, PV-13, PV-21: 404 unsigned, 404 for a stranger, 200 for a follower."""
    post = await say(world.instance, world.alice, "secret", visibility=Visibility.FOLLOWERS)
    await befriend(world.instance, await world.actor(world.mallory), world.alice)
    assert (await world.get(path(post.uri))).status == 404
    assert (await world.get(path(post.uri), world.victor)).status == 404
    answer = await world.get(path(post.uri), world.mallory)
    assert answer.status == 200
    assert "private" in answer.headers["cache-control"]
    assert "Signature" in answer.headers["vary"]
    stranger = await world.get(path(post.uri), world.neighbour)
    assert stranger.status == 404
    replies = await world.get(f"{path(post.uri)}/replies")
    assert replies.status == 404


async def test_pv2_a_direct_post_is_for_its_addressees(world: World) -> None:
    """PV-2, PV-3."""
    text = "only for @victor@v.test"
    post = await say(world.instance, world.alice, text, visibility=Visibility.DIRECT)
    await befriend(world.instance, await world.actor(world.mallory), world.alice)
    assert (await world.get(path(post.uri), world.victor)).status == 200
    assert (await world.get(path(post.uri), world.mallory)).status == 404
    assert (await world.get(path(post.uri))).status == 404


async def test_pv11_the_blocked_do_not_read_public_posts_signed(world: World) -> None:
    post = await say(world.instance, world.alice)
    mallory = await world.actor(world.mallory)
    block = Block(world.instance.ids.new(), world.alice.id, mallory.id, "", world.clock())
    await relations.insert_block(block)
    assert (await world.get(path(post.uri), world.mallory)).status == 404
    assert (await world.get(path(post.uri), world.victor)).status == 200


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_pv20_a_deleted_post_is_gone(world: World, visibility: Visibility) -> None:
    """PV-20, A53, A54: 410 for what everybody could read, 404 for the rest."""
    post = await say(world.instance, world.alice, "to @bob", visibility=visibility)
    activity = f"/activities/{post.id}"
    is_wide = visibility in {Visibility.PUBLIC, Visibility.UNLISTED}
    if is_wide:
        assert (await world.get(activity)).status == 200
    await publishing.delete(world.instance, world.alice, post.id)
    answer = await world.get(path(post.uri))
    assert answer.status == (410 if is_wide else 404)
    if is_wide:
        assert json.loads(answer.body) | {"@context": 0, "deleted": 0} == {
            "@context": 0,
            "id": post.uri,
            "type": "Tombstone",
            "formerType": "Note",
            "deleted": 0,
        }
    assert (await world.get(activity)).status in {404, 410}
    outbox = json.loads((await world.get(f"{path(world.alice.uri)}/outbox?page=true")).body)
    assert outbox["orderedItems"] == []


async def test_a_remote_post_is_not_served_by_us(world: World) -> None:
    heard = await hear(world.instance, await world.actor(world.mallory))
    assert (await world.get(f"/posts/{heard.id}")).status == 404


async def test_activities_are_for_whom_they_were_sent_to(world: World) -> None:
    """A4, PV-1: the Create of a followers-only post, and a Follow."""
    secret = await say(world.instance, world.alice, "secret", visibility=Visibility.FOLLOWERS)
    await befriend(world.instance, await world.actor(world.mallory), world.alice)
    activity = f"/activities/{secret.id}"
    assert (await world.get(activity)).status == 404
    assert (await world.get(activity, world.victor)).status == 404
    assert (await world.get(activity, world.mallory)).status == 200
    assert (await world.get("/activities/12345")).status == 404


async def test_pv11_an_activity_is_hidden_from_who_was_blocked_since(world: World) -> None:
    """PV-11: also from somebody who is named in it."""
    mallory = await world.actor(world.mallory)
    named = f"@{mallory.username}@{mallory.host} hello"
    secret = await say(world.instance, world.alice, named, visibility=Visibility.DIRECT)
    activity = f"/activities/{secret.id}"
    assert (await world.get(activity, world.mallory)).status == 200
    await blocking.block(world.instance, world.alice, mallory.id)
    assert (await world.get(activity, world.mallory)).status == 404
    assert (await world.get(path(secret.uri), world.mallory)).status == 404


# ---------------------------------------------------------------- collections


async def collect(world: World, url: str) -> list[Any]:
    """All items of a collection, page after page."""
    found: list[Any] = []
    collection = json.loads((await world.get(path(url))).body)
    assert collection["type"] == "OrderedCollection"
    following = collection["first"]
    while following:
        page = json.loads((await world.get(path(following))).body)
        assert page["type"] == "OrderedCollectionPage"
        assert page["partOf"] == url
        found += page["orderedItems"]
        following = page.get("next")
    return found


async def test_a22_a23_the_outbox(world: World) -> None:
    """A22, A23, PV-5, E63: newest first, in pages, only what is public, contexts outermost."""
    said: list[Post] = []
    for number in range(45):
        said.append(await say(world.instance, world.alice, f"post {number}"))
        world.clock.advance(seconds=1)
    await say(world.instance, world.alice, "secret", visibility=Visibility.FOLLOWERS)
    await say(world.instance, world.alice, "@bob secret", visibility=Visibility.DIRECT)
    heard = await hear(world.instance, await world.actor(world.mallory))
    await interacting.boost(world.instance, world.alice, heard.id)
    items = await collect(world, f"{world.alice.uri}/outbox")
    assert [item["type"] for item in items] == ["Announce", *(["Create"] * 45)]
    assert [item["object"]["id"] for item in items[1:]] == [post.uri for post in reversed(said)]
    assert not any("@context" in item for item in items)


async def test_a28_a29_followers_and_following(world: World) -> None:
    """A28, A29, A22."""
    names = ("mallory", "victor", "honest", "neighbour")
    for name in names:
        await befriend(world.instance, await world.actor(getattr(world, name)), world.alice)
    found = await collect(world, f"{world.alice.uri}/followers")
    assert found == [getattr(world, name).uri for name in reversed(names)]
    assert len(await collect(world, f"{world.alice.uri}/following")) == 3


async def test_pv9_hidden_lists_show_their_number_alone(world: World) -> None:
    await befriend(world.instance, await world.actor(world.mallory), world.alice)
    await actors.save(replace(world.alice, hides_follows=True))
    for name, total in (("followers", 1), ("following", 3)):
        for query in ("", "?page=true"):
            answer = await world.get(f"{path(world.alice.uri)}/{name}{query}")
            found = json.loads(answer.body)
            assert found["totalItems"] == total
            assert "first" not in found
            assert "orderedItems" not in found


async def test_a171_featured_posts(world: World) -> None:
    """A56, A171."""
    post = await say(world.instance, world.alice, "pin me")
    await interacting.pin(world.instance, world.alice, post.id)
    found = json.loads((await world.get(f"{path(world.alice.uri)}/featured")).body)
    assert found["orderedItems"] == [post.uri]
    assert found["totalItems"] == 1


async def test_pv8_replies_name_no_private_reply(world: World) -> None:
    """PV-8, A180: of all hosts, wide ones only."""
    post = await say(world.instance, world.alice, "ask me")
    mallory = await world.actor(world.mallory)
    wide = await hear(world.instance, mallory, parent=post)
    await hear(world.instance, mallory, parent=post, visibility=Visibility.DIRECT)
    own = await say(world.instance, world.bob, "answer", in_reply_to_id=post.id)
    found = await collect(world, f"{post.uri}/replies")
    assert set(found) == {wide.uri, own.uri}


@pytest.mark.parametrize("query", ["page=true&max_id=x", "max_id=-1", "max_id=" + "9" * 30])
async def test_op5_odd_pages_are_4xx(world: World, query: str) -> None:
    answer = await world.get(f"{path(world.alice.uri)}/outbox?{query}")
    assert 400 <= answer.status < 500


# ---------------------------------------------------------------- inbox


@pytest.mark.parametrize(
    "kind",
    [
        ACTIVITY,
        f"{ACTIVITY}; charset=utf-8",
        LD,
        f"{LD}; charset=utf-8",
        "application/ld+json",
        "Application/LD+JSON;charset=utf-8",
    ],
)
async def test_e1_a64_content_types_of_an_inbox(world: World, kind: str) -> None:
    """E1, A64."""
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    headers = signed(world.mallory, "POST", "alpha.test", "/inbox", body)
    answer = await world.post(world.mallory, body, headers={**headers, "content-type": kind})
    assert answer.status == 202


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "text/html", "", "\xff"])
async def test_op10_other_content_types_are_415(world: World, kind: str) -> None:
    answer = await world.post(world.mallory, b"<a/>", headers={"content-type": kind})
    assert answer.status == 415
    assert answer.body.strip()


async def test_a21_a24_an_inbox_is_not_read(world: World) -> None:
    """A21, A42: not by others; for its owner see tests/clients/test_client_to_server.py."""
    assert (await world.get("/inbox")).status == 405
    assert (await world.get(f"/actors/{world.alice.id}/inbox")).status == 401
    outbox = await world.call("POST", f"{path(world.alice.uri)}/outbox", {"host": "alpha.test"})
    assert outbox.status == 401


@pytest.mark.parametrize("actor_id", ["999", "x"])
async def test_an_inbox_of_nobody_is_404(world: World, actor_id: str) -> None:
    inbox = f"/actors/{actor_id}/inbox"
    like = world.mallory.activity("Like", object=world.alice.uri)
    assert (await world.post(world.mallory, like, inbox=inbox)).status == 404
