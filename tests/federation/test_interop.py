"""INTEROP: how servers in the wild speak, as far as the inbox and remote actors decide it."""

import io
import json
from typing import Any

import httpx2
import pytest
from PIL import Image

from actors import remote
from federation.webfinger import Handle
from inbox import dispatch, fetching
from instance.errors import Failure, Invalid, NotFound
from outbox import following
from storage import actors, interactions, posts, receipts, relations
from storage.records import Block, FollowState, InteractionKind, ReceiptOutcome, Visibility
from tests.federation.peers import (
    ACTIVITY,
    CONTEXT,
    PUBLIC,
    Forgery,
    Person,
    pem_of,
    rsa_key,
    signed,
)
from tests.federation.world import S, World
from tests.usecases.social import change, say


def link(uri: str) -> list[dict[str, str]]:
    return [{"rel": "self", "type": ACTIVITY, "href": uri}]


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize("name", ["SHA-256", "sha-256", "Sha-256"])
async def test_consequence_5_digest_in_any_case(world: World, name: str) -> None:
    """Consequence 5, E50: bovine writes sha-256=."""
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    right = signed(world.mallory, "POST", S, "/inbox", body)["digest"]
    forgery = Forgery(digest=right.replace("SHA-256", name))
    assert (await world.post(world.mallory, body, forgery=forgery)).status == 202


async def test_consequence_11_every_get_is_signed(world: World) -> None:
    """Consequence 11, A143, A10: by the instance actor, with the long Accept first."""
    before = len(world.internet.requests)
    stranger = world.victor.peer.join("stranger", 5)
    await remote.find_or_fetch(world.instance, stranger.uri)
    sent = [r for r in world.internet.requests[before:] if "webfinger" not in str(r.url)]
    assert len(sent) == 1
    assert "signature" in sent[0].headers
    assert sent[0].headers["accept"].startswith('application/ld+json; profile="')


async def test_e39_a_key_that_the_actor_names_by_id_alone(world: World) -> None:
    """E39, E40: the key lies at its own address, as a document with an owner."""
    peer = world.victor.peer
    person = Person(peer, "bykey", rsa_key(5))
    key_id = "https://v.test/keys/bykey"
    peer.put(person.document(publicKey=key_id))
    peer.put(
        {
            "@context": CONTEXT,
            "id": key_id,
            "type": "Key",
            "owner": person.uri,
            "publicKeyPem": pem_of(person.key),
        }
    )
    peer.name(person)
    await world.follow(world.alice, person)
    note = person.note()
    assert await world.tell(person, person.create(note), forgery=Forgery(key_id=key_id)) == 202
    assert await world.find(note) is not None


async def test_e41_gotosocial_shows_a_stub_at_the_key_id(world: World) -> None:
    """E40, E41: /main-key answers with an actor without inbox; the owner lists the key."""
    peer = world.victor.peer
    person = Person(peer, "gts", rsa_key(5))
    key_id = f"{person.uri}/main-key"
    key = {"id": key_id, "owner": person.uri, "publicKeyPem": pem_of(person.key)}
    peer.put(person.document(publicKey=key))
    stub = {"@context": CONTEXT, "id": person.uri, "type": "Person", "publicKey": key}
    peer.documents["/users/gts/main-key"] = stub | {"preferredUsername": "gts"}
    peer.name(person)
    tag = [{"type": "Mention", "href": world.alice.uri, "name": "@alice@alpha.test"}]
    note = person.note(tag=tag)
    assert await world.tell(person, person.create(note), forgery=Forgery(key_id=key_id)) == 202
    assert await world.find(note) is not None


# ---------------------------------------------------------------- identity


async def test_e26_an_actor_whose_id_is_the_bare_origin(world: World) -> None:
    """microblog.pub: the id is https://host, without a path."""
    peer = world.victor.peer
    key = {
        "id": "https://v.test#main-key",
        "owner": "https://v.test",
        "publicKeyPem": pem_of(rsa_key(5)),
    }
    person = Person(peer, "blog", rsa_key(5))
    peer.documents["/"] = person.document(
        id="https://v.test", publicKey=key, inbox="https://v.test/inbox"
    )
    peer.name(person, uri="https://v.test")
    found = await remote.by_handle(world.instance, Handle("blog", "v.test"))
    assert found.uri == "https://v.test"


async def test_an_actor_whose_id_has_a_query(world: World) -> None:
    """WordPress: /?author=1; and no shared inbox."""
    peer = world.victor.peer
    uri = "https://v.test/?author=1"
    person = Person(peer, "wp", rsa_key(5))
    key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem_of(rsa_key(5))}
    peer.put(person.document(id=uri, publicKey=key, endpoints=None))
    peer.name(person, uri=uri)
    found = await remote.by_handle(world.instance, Handle("wp", "v.test"))
    assert (found.uri, found.shared_inbox_url) == (uri, None)
    peer.documents["/?author=1"]["name"] = "Renamed"
    update = {
        "@context": CONTEXT,
        "type": "Update",
        "actor": uri,
        "object": uri,
        "to": [PUBLIC],
    }
    how = Forgery(key_id=f"{uri}#main-key")
    for name in ("Renamed", "Again"):
        peer.documents["/?author=1"]["name"] = name
        world.clock.advance(seconds=5)
        assert await world.tell(person, update, forgery=how) == 202
        found = await remote.find_or_fetch(world.instance, uri)
        assert found.name == name


async def test_e21_split_domain_is_shown_by_its_subject(world: World) -> None:
    """E20, E21, A119, A120."""
    person = world.victor.peer.join("split", 5)
    world.victor.peer.name(person, subject="acct:split@b.test")
    world.honest.peer.handles["split@b.test"] = {
        "subject": "acct:split@b.test",
        "links": link(person.uri),
    }
    found = await remote.find_or_fetch(world.instance, person.uri)
    assert (found.username, found.host) == ("split", "b.test")
    assert await remote.by_handle(world.instance, Handle("split", "b.test")) == found


async def test_e20_webfinger_must_lead_back(world: World) -> None:
    person = world.victor.peer.join("other", 5)
    world.victor.peer.name(person, uri=world.victor.uri)
    with pytest.raises(Failure):
        await remote.find_or_fetch(world.instance, person.uri)


async def test_a_server_without_webfinger_is_tolerated(world: World) -> None:
    """A122: but takes nobody's name."""
    peer = world.victor.peer
    person = peer.join("plain", 5)
    peer.handles.clear()
    found = await remote.find_or_fetch(world.instance, person.uri)
    assert (found.username, found.host) == ("plain", "v.test")
    thief = Person(peer, "plain", rsa_key(6))
    key = {
        "id": "https://v.test/t#k",
        "owner": "https://v.test/t",
        "publicKeyPem": pem_of(thief.key),
    }
    peer.put(thief.document(id="https://v.test/t", publicKey=key))
    with pytest.raises(Failure):
        await remote.find_or_fetch(world.instance, "https://v.test/t")


async def test_e33_a_person_and_a_group_of_one_name(world: World) -> None:
    """Lemmy: both are in one WebFinger answer."""
    peer = world.victor.peer
    person = peer.join("birds", 5)
    uri = "https://v.test/c/birds"
    key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem_of(rsa_key(6))}
    peer.put(person.document(id=uri, type="Group", publicKey=key))
    peer.handles["birds@v.test"]["links"] += link(uri)
    one = await remote.find_or_fetch(world.instance, person.uri)
    two = await remote.find_or_fetch(world.instance, uri)
    assert one.username == two.username == "birds"


@pytest.mark.parametrize(
    "form",
    [
        "@victor@v.test",
        "victor@v.test",
        "https://v.test/@victor",
        "v.test/@victor",
        "acct:victor@v.test",
    ],
)
async def test_a14_forms_that_people_type(world: World, form: str) -> None:
    """A14: also the page of a profile, whose document names the id (E27)."""
    world.victor.peer.documents["/@victor"] = world.victor.document()
    assert (await remote.resolve(world.instance, form)).uri == world.victor.uri


async def test_fetched_actors_are_refreshed_behind_the_scenes(world: World) -> None:
    """After a day, without anybody waiting; at most one job."""
    world.clock.advance(hours=25)
    world.victor.peer.put(world.victor.document(name="New"))
    for _ in range(3):
        assert (await remote.find_or_fetch(world.instance, world.victor.uri)).name == "Victor"
    assert world.victor.peer.gets == []
    await world.settle()
    assert (await world.actor(world.victor)).name == "New"
    assert world.victor.peer.gets.count("/users/victor") == 1


# ---------------------------------------------------------------- activities


async def test_consequence_5_create_by_id_is_fetched(world: World) -> None:
    """A113: the object of a Create as a URI."""
    note = world.mallory.note("by id")
    await world.tell(world.mallory, world.mallory.create(note["id"], to=[PUBLIC]))
    assert note["id"] in {post.uri for post in await world.home()}


async def test_consequence_5_odd_but_lawful_notes(world: World) -> None:
    """Consequence 5: strings for lists, nanoseconds, ids that end with a slash."""
    note = world.mallory.note(
        "odd",
        id="https://a.test/notes/7/",
        to="as:Public",
        cc=None,
        published="2026-11-22T11:59:59.123456789Z",
        attachment={"type": "Document", "mediaType": "image/png", "url": "https://a.test/1.png"},
    )
    await world.tell(world.mallory, world.mallory.create(note))
    found = await world.find(note)
    assert found is not None
    assert found.visibility is Visibility.PUBLIC
    assert len(found.attachments) == 1


async def test_consequence_8_one_id_for_every_follow(world: World) -> None:
    """Consequence 8, E121, E124: a Follow works whatever was there before."""
    follow = world.mallory.activity("Follow", object=world.alice.uri, id="https://a.test/follow")
    for number in range(2):
        assert await world.tell(world.mallory, follow) == 202
        assert await world.followed_by(world.mallory, world.alice)
        undo = world.mallory.activity("Undo", object=follow)
        assert await world.tell(world.mallory, undo) == 202
        assert not await world.followed_by(world.mallory, world.alice)
        world.clock.advance(seconds=number + 1)
    for _ in range(2):
        world.clock.advance(seconds=1)
        await world.tell(world.mallory, follow)
    kinds = [each["type"] for each in world.mallory.peer.inbox]
    assert kinds == ["Accept"] * 4


@pytest.mark.parametrize("form", ["id", "embedded", "other id", "without id"])
async def test_consequence_8_undo_by_id_else_by_actor_and_object(world: World, form: str) -> None:
    """Consequence 8, E74."""
    follow = world.mallory.activity("Follow", object=world.alice.uri)
    await world.tell(world.mallory, follow)
    undone: Any = {
        "id": follow["id"],
        "embedded": follow,
        "other id": {**follow, "id": "https://a.test/other"},
        "without id": {"type": "Follow", "actor": follow["actor"], "object": follow["object"]},
    }[form]
    await world.tell(world.mallory, world.mallory.activity("Undo", object=undone, id=None))
    assert not await world.followed_by(world.mallory, world.alice)
    assert await world.told() == []


async def test_consequence_9_what_one_actor_sends_stays_in_order(world: World) -> None:
    """Consequence 9, 16: Undo(Block) and Follow a millisecond apart."""
    block = world.mallory.activity("Block", object=world.alice.uri)
    await world.post(world.mallory, block)
    await world.post(world.mallory, world.mallory.activity("Undo", object=block))
    await world.post(world.mallory, world.mallory.activity("Follow", object=world.alice.uri))
    await world.settle()
    assert await world.followed_by(world.mallory, world.alice)


async def test_consequence_12_a_votes_create_has_another_id(world: World) -> None:
    post = await say(world.instance, world.alice)
    vote = world.mallory.note("", name="yes", content=None, inReplyTo=post.uri)
    create = world.mallory.create(vote)
    assert create["id"] != vote["id"]
    await world.tell(world.mallory, create)
    receipt = await world.receipt(create)
    assert receipt is not None
    assert receipt.outcome is ReceiptOutcome.IGNORED


async def test_consequence_13_counts_come_from_rows(world: World) -> None:
    for person in (world.mallory, world.neighbour, world.victor):
        await world.tell(person, person.activity("Follow", object=world.alice.uri))
    await world.tell(
        world.victor,
        world.victor.activity(
            "Undo", object={"type": "Follow", "actor": world.victor.uri, "object": world.alice.uri}
        ),
    )
    assert (await actors.counts(world.alice.id)).followers == 2


async def test_consequence_14_pinned_posts_are_read_when_first_seen(world: World) -> None:
    """Consequence 14, A107, A171: ten at most, in their order, of their owner alone."""
    peer = world.victor.peer
    pinner = Person(peer, "pinner", rsa_key(5))
    notes = [pinner.note(f"pinned {number}") for number in range(14)]
    foreign = world.mallory.note("foreign")
    featured = f"{pinner.uri}/featured"
    peer.put(pinner.document(featured=featured))
    peer.put(
        {
            "@context": CONTEXT,
            "id": featured,
            "type": "OrderedCollection",
            "orderedItems": [foreign["id"], notes[0], *(note["id"] for note in notes[1:])],
        }
    )
    peer.name(pinner)
    found = await remote.find_or_fetch(world.instance, pinner.uri)
    await world.settle()
    pinned = [post.uri for post in await interactions.pinned_of(found.id)]
    assert pinned == [note["id"] for note in notes[:9]]


async def test_consequence_16_undo_block_by_id(world: World) -> None:
    block = world.mallory.activity("Block", object=world.alice.uri)
    await world.tell(world.mallory, block)
    mallory = await world.actor(world.mallory)
    assert await relations.is_blocked_between(mallory.id, world.alice.id)
    await world.tell(world.mallory, world.mallory.activity("Undo", object=block["id"]))
    assert not await relations.is_blocked_between(mallory.id, world.alice.id)


async def test_e80_audience_of_create_and_note_are_united(world: World) -> None:
    note = world.mallory.note("united", to=[], cc=[])
    await world.tell(world.mallory, world.mallory.create(note, to=[PUBLIC]))
    found = await world.find(note)
    assert found is not None
    assert found.visibility is Visibility.PUBLIC


@pytest.mark.parametrize("tag", [{"href": None}, {"href": "https://alpha.test/@alice"}])
async def test_e82_mentions_by_name_or_page(world: World, tag: dict[str, Any]) -> None:
    mention = {"type": "Mention", "name": "@alice@alpha.test", **tag}
    note = world.neighbour.note("hello", tag=[mention])
    note["cc"].append(world.alice.uri)
    await world.tell(world.neighbour, world.neighbour.create(note))
    assert [each.kind for each in await world.told()] == ["mention"]


async def test_e83_an_address_alone_is_no_mention(world: World) -> None:
    note = world.mallory.note("hello", cc=[world.alice.uri])
    await world.tell(world.mallory, world.mallory.create(note))
    assert await world.find(note) is not None
    assert await world.told() == []


async def test_e96_a_mention_twice_is_told_once(world: World) -> None:
    mention = {"type": "Mention", "href": world.alice.uri, "name": "@alice@alpha.test"}
    note = world.mallory.note("hello", tag=[mention, mention], cc=[world.alice.uri] * 2)
    await world.tell(world.mallory, world.mallory.create(note))
    assert len(await world.told()) == 1


async def test_e86_a_group_announces_the_create(world: World) -> None:
    """FEP-1b12: what is boosted is the post in the Create."""
    note = world.victor.note("in a group")
    announce = world.mallory.activity("Announce", object=world.victor.create(note), to=[PUBLIC])
    await world.tell(world.mallory, announce)
    assert await world.find(note) is not None


async def test_e111_the_same_post_by_create_and_boost(world: World) -> None:
    """E111: stored once; and a post fetched for a boost is shown when its Create arrives."""
    note = world.neighbour.note("both ways")
    announce = world.mallory.activity("Announce", object=note["id"], to=[PUBLIC])
    await world.post(world.mallory, announce)
    await world.follow(world.alice, world.neighbour)
    await world.post(world.neighbour, world.neighbour.create(note))
    await world.settle()
    assert await world.find(note) is not None
    assert note["id"] in {post.uri for post in await world.home()}


async def test_a2_an_unreachable_origin_is_tried_again(world: World) -> None:
    note = world.neighbour.note("later")
    announce = world.mallory.activity("Announce", object=note["id"], to=[PUBLIC])
    with world.internet.down("a.test"):
        await world.post(world.mallory, announce)
        await world.settle()
        assert await world.find(note) is None
    world.clock.advance(minutes=3)
    await world.settle()
    assert await world.find(note) is not None
    receipt = await world.receipt(announce)
    assert receipt is not None
    assert receipt.outcome is ReceiptOutcome.DONE


async def test_an_unreachable_origin_does_not_hold_up_its_booster(world: World) -> None:
    note = world.victor.note("away")
    with world.internet.down("v.test"):
        announce = world.mallory.activity("Announce", object=note["id"], to=[PUBLIC])
        await world.post(world.mallory, announce)
        own = world.mallory.note("mine")
        await world.tell(world.mallory, world.mallory.create(own))
        assert await world.find(own) is not None


async def test_e123_reject_after_accept_takes_the_posts_away(world: World) -> None:
    note = world.victor.note("seen")
    await world.tell(world.victor, world.victor.create(note))
    assert note["id"] in {post.uri for post in await world.home()}
    follow = {"type": "Follow", "actor": world.alice.uri, "object": world.victor.uri}
    await world.tell(world.victor, world.victor.activity("Reject", object=follow))
    assert await world.home() == []


async def test_undo_of_an_accept_removes_as_a_reject_does(world: World) -> None:
    """Misskey."""
    follow = {
        "id": "https://alpha.test/activities/1",
        "type": "Follow",
        "actor": world.alice.uri,
        "object": world.victor.uri,
    }
    accept = world.victor.activity("Accept", object=follow)
    await world.tell(world.victor, world.victor.activity("Undo", object=accept))
    victor = await world.actor(world.victor)
    assert await relations.find_follow(world.alice.id, victor.id) is None


async def test_a_blocked_follower_is_rejected(world: World) -> None:
    """A58, A84."""
    mallory = await world.actor(world.mallory)
    await relations.insert_block(
        Block(world.instance.ids.new(), world.alice.id, mallory.id, "", world.clock())
    )
    await world.tell(world.mallory, world.mallory.activity("Follow", object=world.alice.uri))
    assert [each["type"] for each in world.mallory.peer.inbox] == ["Reject"]
    assert await relations.find_follow(mallory.id, world.alice.id) is None


async def test_a_follow_that_waits_is_asked_once(world: World) -> None:
    """E124."""
    locked = await change(world.alice, is_locked=True)
    for _ in range(2):
        await world.tell(world.mallory, world.mallory.activity("Follow", object=locked.uri))
    assert [each.kind for each in await world.told()] == ["follow_request"]
    mallory = await world.actor(world.mallory)
    await following.accept(world.instance, locked, mallory.id)
    await world.settle()
    assert [each["type"] for each in world.mallory.peer.inbox] == ["Accept"]
    found = await relations.find_follow(mallory.id, locked.id)
    assert found is not None
    assert found.state is FollowState.ACCEPTED


async def test_e139_anonymous_visitors_cause_no_fetch(world: World) -> None:
    post = await say(world.instance, world.alice)
    ghost = Person(world.victor.peer, "ghost", rsa_key(5))
    before = len(world.internet.requests)
    path = post.uri.removeprefix("https://alpha.test")
    assert (await world.get(path, ghost)).status == 200
    assert (await world.get(path)).status == 200
    assert len(world.internet.requests) == before


async def test_activities_run_once_however_often_their_job_does(world: World) -> None:
    """Handlers are idempotent, and a finished receipt is not run again."""
    post = await say(world.instance, world.alice)
    like = world.mallory.activity("Like", object=post.uri)
    await world.tell(world.mallory, like)
    receipt = await world.receipt(like)
    assert receipt is not None
    for _ in range(2):
        await dispatch.process(world.instance, {"receipt_id": receipt.id})
    assert (await interactions.counts([post.id]))[post.id].likes == 1
    assert await receipts.find(receipt.id) == receipt
    mallory = await world.actor(world.mallory)
    assert await interactions.find_interaction(InteractionKind.LIKE, mallory.id, post.id)


async def test_a_page_of_a_post_leads_to_its_id(world: World) -> None:
    """E27."""
    note = world.victor.note("by its page")
    world.victor.peer.documents["/@victor/1"] = {"@context": CONTEXT, **note}
    found = await fetching.fetch_post(world.instance, "https://v.test/@victor/1")
    assert found is not None
    assert found.uri == note["id"]
    assert await posts.find_by_uri("https://v.test/@victor/1") is None


@pytest.mark.parametrize("word", ["zebra", "1e9", "two words", "é", "a" * 300])
async def test_a14_a_word_that_is_no_address_asks_nobody(world: World, word: str) -> None:
    """A14: neither a handle nor an address; a host is not guessed from it."""
    before = len(world.internet.requests)
    with pytest.raises((NotFound, Invalid)):
        await remote.resolve(world.instance, word)
    assert len(world.internet.requests) == before


async def test_a14_a_bare_name_is_somebody_here(world: World) -> None:
    assert (await remote.resolve(world.instance, " Alice ")).id == world.alice.id


# ---------------------------------------------------------------- pictures


def _png(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (_png(320, 200), (320, 200)),
        (b"<html>no picture</html>", (None, None)),
        (None, (None, None)),
    ],
    ids=["picture", "a page", "gone"],
)
async def test_consequence_7_a_picture_without_a_size_is_measured(
    world: World, body: bytes | None, size: tuple[int | None, int | None]
) -> None:
    """Consequence 7, E115, E116: fetched once, in the background; what is no picture stays."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        if body is None:
            return httpx2.Response(404)
        return httpx2.Response(200, content=body, headers={"content-type": "image/png"})

    world.internet.add("pictures.test", answer)
    picture = {"type": "Document", "mediaType": "image/png", "url": "https://pictures.test/p.png"}
    note = world.mallory.note("@alice look", attachment=[picture])
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    await world.settle()
    post = await world.find(note)
    assert post is not None
    assert (post.attachments[0].width, post.attachments[0].height) == size
    assert len(world.internet.sent_to("pictures.test", "GET")) == 1
