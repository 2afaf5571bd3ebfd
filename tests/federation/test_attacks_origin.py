"""ATTACKS group 2: who may say what about whom. Each line ends with the sentinel."""

from typing import Any

import httpx2
import pytest

from actors import remote
from federation.webfinger import Handle
from inbox import fetching
from instance.errors import Failure, NotFound, RemoteFailure
from storage import actors, interactions, posts, relations, reports
from storage.records import (
    Actor,
    FollowState,
    InteractionKind,
    Page,
    ReceiptOutcome,
    Visibility,
)
from tests.federation.peers import CONTEXT, PUBLIC, Person, pem_of, rsa_key
from tests.federation.world import World
from tests.usecases.social import befriend, hear, say


async def boosts(world: World, uri: str, **how: Any) -> int:
    """Mallory, whom alice follows, boosts something."""
    announce = world.mallory.activity("Announce", object=uri, to=[PUBLIC], **how)
    return await world.tell(world.mallory, announce)


async def lawful_post_of(world: World, person: Person) -> dict[str, Any]:
    """A post of somebody that we have."""
    if person is world.neighbour:
        await world.follow(world.bob, person)
    note = person.note("the true text")
    await world.tell(person, person.create(note))
    assert await world.find(note) is not None
    return note


async def test_or0_control_a_boosted_lawful_post_is_fetched_and_shown(world: World) -> None:
    note = world.neighbour.note("boosted")
    assert await boosts(world, note["id"]) == 202
    assert note["id"] in {post.uri for post in await world.home()}


async def test_or1_a_create_with_an_id_of_another_host(world: World) -> None:
    note = world.mallory.note("forged", id="https://v.test/notes/forged")
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    assert await world.find(note) is None
    await world.sentinel()


async def test_or1_an_activity_id_of_another_host(world: World) -> None:
    note = world.mallory.note()
    activity = world.mallory.create(note, id="https://v.test/activities/1")
    assert await world.tell(world.mallory, activity) == 401
    assert await world.find(note) is None
    await world.sentinel()


@pytest.mark.parametrize("victim", ["victor", "neighbour"])
async def test_or2_attributed_to_somebody_else(world: World, victim: str) -> None:
    person: Person = getattr(world, victim)
    note = world.mallory.note("forged", attributedTo=person.uri)
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    assert await world.find(note) is None
    await world.sentinel()


async def test_or2_a_fetched_post_attributed_to_another_host(world: World) -> None:
    note = world.mallory.note("forged", attributedTo=world.victor.uri)
    await boosts(world, note["id"])
    assert await world.find(note) is None
    await world.sentinel()


async def test_or3_an_embedded_copy_with_another_text(world: World) -> None:
    """OR-3, OR-34: only the origin's text counts, in Create and in Announce."""
    note = world.victor.note("the true text")
    forged = {**note, "content": "<p>forged</p>"}
    await world.tell(world.mallory, world.mallory.create(forged))
    assert await world.find(note) is None
    announce = world.mallory.activity("Announce", object=forged, to=[PUBLIC])
    await world.tell(world.mallory, announce)
    found = await world.find(note)
    assert found is not None
    assert found.content == "<p>the true text</p>"
    await world.sentinel()


async def test_or4_an_answer_with_an_id_of_another_host(world: World) -> None:
    world.mallory.peer.documents["/x"] = {
        "@context": CONTEXT,
        **world.victor.note("true", id="https://v.test/notes/77"),
        "content": "<p>forged</p>",
    }
    await boosts(world, "https://a.test/x")
    assert await world.find("https://v.test/notes/77") is None
    assert await world.find("https://a.test/x") is None
    await world.sentinel()


WRONG_TYPES = (
    "text/plain",
    "image/png",
    "application/octet-stream",
    "application/json",
    "application/ld+json",
    "text/html; application/activity+json",
)


@pytest.mark.parametrize("kind", WRONG_TYPES)
async def test_or5_an_upload_on_the_victims_host_is_no_document(world: World, kind: str) -> None:
    note = world.victor.note("an uploaded file", id="https://v.test/uploads/1")
    world.victor.peer.content_types["/uploads/1"] = kind
    await boosts(world, note["id"])
    assert await world.find(note) is None
    await world.sentinel()


async def test_or6_an_open_redirect_on_the_victims_host(world: World) -> None:
    world.victor.peer.documents["/go"] = httpx2.Response(
        302, headers={"location": "https://a.test/forged"}
    )
    world.mallory.peer.documents["/forged"] = {
        "@context": CONTEXT,
        **world.victor.note(),
        "id": "https://v.test/go",
    }
    await boosts(world, "https://v.test/go")
    assert await world.find("https://v.test/go") is None
    await world.sentinel()


@pytest.mark.parametrize("victim", ["victor", "neighbour"])
async def test_or7_or8_an_update_of_somebody_elses_profile(world: World, victim: str) -> None:
    """OR-7, OR-8: neither the profile nor the key changes."""
    person: Person = getattr(world, victim)
    before = await world.actor(person)
    keys = await actors.keys_of(before.id)
    key = {"id": person.key_id, "owner": person.uri, "publicKeyPem": pem_of(rsa_key(5))}
    forged = person.document(name="Owned", publicKey=key)
    await world.tell(world.mallory, world.mallory.activity("Update", object=forged))
    await world.tell(world.mallory, world.mallory.activity("Update", object=person.uri))
    assert await world.actor(person) == before
    assert await actors.keys_of(before.id) == keys
    await world.sentinel()


@pytest.mark.parametrize("victim", ["victor", "neighbour"])
async def test_or9_or10_an_update_of_somebody_elses_post(world: World, victim: str) -> None:
    """OR-9, OR-10, A81."""
    person: Person = getattr(world, victim)
    note = await lawful_post_of(world, person)
    world.clock.advance(minutes=1)
    later = world.clock().isoformat()
    for attributed in (person.uri, world.mallory.uri):
        forged = {
            **note,
            "content": "<p>forged</p>",
            "updated": later,
            "attributedTo": attributed,
        }
        await world.tell(world.mallory, world.mallory.activity("Update", object=forged))
    found = await world.find(note)
    assert found is not None
    assert found.content == "<p>the true text</p>"
    await world.sentinel()


@pytest.mark.parametrize("victim", ["victor", "neighbour"])
async def test_or11_or12_a_delete_of_somebody_elses_post(world: World, victim: str) -> None:
    """OR-11, OR-12, E108: kept, also when the post has not arrived yet."""
    person: Person = getattr(world, victim)
    note = await lawful_post_of(world, person)
    tombstone = {"id": note["id"], "type": "Tombstone"}
    for thing in (note["id"], tombstone, note):
        await world.tell(world.mallory, world.mallory.activity("Delete", object=thing))
    assert await world.find(note) is not None
    coming = person.note("not here yet")
    await world.tell(world.mallory, world.mallory.activity("Delete", object=coming["id"]))
    await world.tell(person, person.create(coming))
    assert await world.find(coming) is not None
    await world.sentinel()


@pytest.mark.parametrize("victim", ["victor", "neighbour"])
async def test_or13_a_delete_of_somebody_elses_account(world: World, victim: str) -> None:
    person: Person = getattr(world, victim)
    await world.tell(world.mallory, world.mallory.activity("Delete", object=person.uri))
    assert (await world.actor(person)).deleted_at is None
    await world.sentinel()


async def test_or14_an_undo_of_somebody_elses_follow(world: World) -> None:
    victor = await world.actor(world.victor)
    follow = await befriend(world.instance, victor, world.alice)
    embedded = {
        "id": follow.uri,
        "type": "Follow",
        "actor": world.victor.uri,
        "object": world.alice.uri,
    }
    without_actor = {name: value for name, value in embedded.items() if name != "actor"}
    for undone in (embedded, without_actor, follow.uri):
        await world.tell(world.mallory, world.mallory.activity("Undo", object=undone))
    assert await relations.find_follow(victor.id, world.alice.id) is not None
    await world.sentinel()


@pytest.mark.parametrize("kind", ["Accept", "Reject"])
async def test_or15_or16_an_answer_to_a_follow_of_somebody_else(world: World, kind: str) -> None:
    """OR-15, OR-16: the request of bob to victor stays a request."""
    victor = await world.actor(world.victor)
    follow = await befriend(world.instance, world.bob, victor, state=FollowState.REQUESTED)
    embedded = {
        "id": follow.uri,
        "type": "Follow",
        "actor": world.bob.uri,
        "object": world.victor.uri,
    }
    to_me = {**embedded, "object": world.mallory.uri}
    for thing in (embedded, to_me, follow.uri):
        await world.tell(world.mallory, world.mallory.activity(kind, object=thing))
    found = await relations.find_follow(world.bob.id, victor.id)
    assert found is not None
    assert found.state is FollowState.REQUESTED
    await world.sentinel()


async def test_or17_or18_a_move_takes_nobody_to_who_did_not_agree(world: World) -> None:
    """OR-17, OR-18: a Move of somebody else is refused; without `alsoKnownAs` it moves nobody."""
    forged = world.mallory.activity("Move", object=world.victor.uri, target=world.mallory.uri)
    await world.tell(world.mallory, forged)
    own = world.mallory.activity("Move", object=world.mallory.uri, target=world.victor.uri)
    await world.tell(world.mallory, own)
    assert (await world.receipt(forged)).outcome is ReceiptOutcome.REFUSED  # type: ignore[union-attr]  # it is there, or the test fails
    assert (await world.actor(world.mallory)).moved_to is None
    assert len(await relations.following(world.alice.id, Page(limit=9))) == 3
    await world.sentinel()


async def test_or19_a_handle_of_ours_is_never_a_remote_ones(world: World) -> None:
    fake = world.mallory.peer.join("alice", 5)
    world.mallory.peer.name(fake, subject="acct:alice@alpha.test")
    with pytest.raises(Failure):
        await remote.find_or_fetch(world.instance, fake.uri)
    assert await actors.find_by_uri(fake.uri) is None
    await world.sentinel()


async def test_or20_a_handle_of_another_host_needs_that_hosts_word(world: World) -> None:
    """OR-20, E20, A120."""
    fake = world.mallory.peer.join("fake", 5)
    world.mallory.peer.name(fake, subject="acct:victor@v.test")
    found = await remote.find_or_fetch(world.instance, fake.uri)
    assert (found.username, found.host) == ("fake", "a.test")
    victor = await remote.by_handle(world.instance, Handle("victor", "v.test"))
    assert victor.uri == world.victor.uri
    await world.sentinel()


async def test_or21_documents_that_claim_to_be_ours(world: World) -> None:
    post = await say(world.instance, world.alice, "mine")
    forged = world.mallory.note("forged", id=post.uri, attributedTo=world.alice.uri)
    await world.tell(world.mallory, world.mallory.create(forged))
    ours = world.mallory.note("forged", attributedTo=world.alice.uri)
    await world.tell(world.mallory, world.mallory.create(ours))
    await boosts(world, ours["id"])
    world.mallory.peer.documents["/ours"] = {"@context": CONTEXT, **forged}
    await boosts(world, "https://a.test/ours")
    found = await posts.find(post.id)
    assert found is not None
    assert "forged" not in found.content
    assert await world.find(ours) is None
    await world.sentinel()


ODD_HOSTS = (
    "http://v.test@a.test/users/x",
    "https://a.test\\@v.test/",
    "https://a.test#@v.test/",
    "https://v.test%00.a.test/users/x",
    "https://a.test:0/users/x",
    "https://a.test:99999/users/x",
    "https://user:word@v.test/users/x",
)


@pytest.mark.parametrize("url", ODD_HOSTS)
async def test_or22_odd_hosts_are_refused(world: World, url: str) -> None:
    with pytest.raises(Failure):
        await remote.resolve(world.instance, url)
    await boosts(world, url)
    assert await world.find(url) is None
    await world.sentinel()


async def test_or23_a_document_is_read_in_one_way(world: World) -> None:
    note = world.mallory.note()
    body = (
        b'{"type":"Create","id":"https://a.test/activities/900","actor":"'
        + world.mallory.uri.encode()
        + b'","actor":"'
        + world.victor.uri.encode()
        + b'","object":"'
        + note["id"].encode()
        + b'"}'
    )
    assert (await world.post(world.mallory, body)).status == 400
    for twist in (
        {"as:actor": world.victor.uri},
        {"@id": "https://v.test/activities/1"},
        {"https://www.w3.org/ns/activitystreams#actor": world.victor.uri},
    ):
        activity = {**world.victor.create(world.victor.note()), **twist}
        answer = await world.post(world.mallory, activity)
        assert answer.status in {400, 401}
    await world.sentinel()


async def test_or24_a_parent_is_fetched_by_its_id(world: World) -> None:
    true = world.victor.note("the true text")
    forged = {**true, "content": "<p>forged</p>"}
    reply = world.mallory.note("an answer", inReplyTo=forged)
    await world.tell(world.mallory, world.mallory.create(reply))
    found = await world.find(true)
    assert found is not None
    assert found.content == "<p>the true text</p>"
    await world.sentinel()


async def test_or32_an_emoji_belongs_to_the_post_that_declares_it(world: World) -> None:
    """OR-32: her emoji's id in another post, or in an Update, changes nothing of hers."""
    emoji = {
        "id": "https://v.test/emojis/cat",
        "type": "Emoji",
        "name": ":cat:",
        "icon": {"type": "Image", "mediaType": "image/png", "url": "https://v.test/cat.png"},
        "updated": "2026-11-20T00:00:00Z",
    }
    true = world.victor.note("my :cat:", tag=[emoji])
    await world.tell(world.victor, world.victor.create(true))
    forged = {
        **emoji,
        "icon": {"type": "Image", "mediaType": "image/png", "url": "https://a.test/dog.png"},
        "updated": "2026-11-21T00:00:00Z",
    }
    note = world.mallory.note("your :cat:", tag=[forged])
    await world.tell(world.mallory, world.mallory.create(note))
    await world.tell(world.mallory, world.mallory.activity("Update", object=forged))
    kept = await world.find(true)
    assert kept is not None
    assert [each.url for each in kept.emojis] == ["https://v.test/cat.png"]
    await world.sentinel()


async def test_or25_or26_nobody_else_changes_a_poll(world: World) -> None:
    """OR-25, OR-26, E133."""
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 1}}
        for name in ("yes", "no")
    ]
    poll = world.victor.note("a poll", type="Question", oneOf=options, votersCount=2)
    await world.tell(world.victor, world.victor.create(poll))
    before = await world.find(poll)
    assert before is not None
    assert before.poll is not None
    forged = {**poll, "votersCount": 900}
    await world.tell(world.mallory, world.mallory.activity("Update", object=forged))
    other = [{**options[0], "name": "other"}, options[1]]
    changed = {**poll, "oneOf": other, "votersCount": 3}
    await world.tell(world.victor, world.victor.activity("Update", object=changed))
    after = await world.find(poll)
    assert after is not None
    assert after.poll == before.poll
    await world.tell(
        world.victor, world.victor.activity("Update", object={**poll, "votersCount": 3})
    )
    counted = await world.find(poll)
    assert counted is not None
    assert counted.poll is not None
    assert counted.poll.voters == 3
    await world.sentinel()


async def test_or27_of_a_flood_of_names_few_are_looked_at(world: World) -> None:
    """OR-27: who is named first is reported, once; the rest of a thousand ids is passed over."""
    flag = world.mallory.activity(
        "Flag", object=[world.alice.uri, *(f"https://x.test/{n}" for n in range(1000))]
    )
    assert await world.tell(world.mallory, flag) == 202
    (kept,) = await reports.list_open(Page())
    assert (kept.target_id, kept.post_ids) == (world.alice.id, ())
    await world.sentinel()


async def test_or28_add_to_somebody_elses_featured_posts(world: World) -> None:
    """OR-28, E128, A86."""
    featured = f"{world.victor.uri}/featured"
    world.victor.peer.put(world.victor.document(featured=featured))
    world.victor.peer.documents["/users/victor/featured"] = {
        "@context": CONTEXT,
        "id": featured,
        "type": "OrderedCollection",
        "orderedItems": [],
    }
    victor = await remote.fetch(world.instance, world.victor.uri)
    note = await lawful_post_of(world, world.victor)
    forged = world.mallory.activity("Add", object=note["id"], target=featured)
    await world.tell(world.mallory, forged)
    assert await interactions.pinned_of(victor.id) == []
    add = world.victor.activity("Add", object=note["id"], target=featured)
    await world.tell(world.victor, add)
    assert [post.uri for post in await interactions.pinned_of(victor.id)] == [note["id"]]
    take = world.mallory.activity("Remove", object=note["id"], target=featured)
    await world.tell(world.mallory, take)
    assert len(await interactions.pinned_of(victor.id)) == 1
    await world.tell(
        world.victor, world.victor.activity("Remove", object=note["id"], target=featured)
    )
    assert await interactions.pinned_of(victor.id) == []
    await world.sentinel()


async def test_or29_a_like_for_another_and_the_undo_of_anothers_like(world: World) -> None:
    post = await say(world.instance, world.alice, "likeable")
    like = world.victor.activity("Like", object=post.uri)
    assert await world.tell(world.mallory, like) == 401
    await world.tell(world.victor, like)
    victor = await world.actor(world.victor)
    for undone in (like, like["id"], {**like, "actor": world.mallory.uri}):
        await world.tell(world.mallory, world.mallory.activity("Undo", object=undone))
    assert await interactions.find_interaction(InteractionKind.LIKE, victor.id, post.id) is not None
    await world.sentinel()


async def test_or30_a_thing_does_not_change_its_kind(world: World) -> None:
    note = world.mallory.note("a note")
    await world.tell(world.mallory, world.mallory.create(note))
    path = note["id"].removeprefix("https://a.test")
    person = Person(world.mallory.peer, "fake", rsa_key(5)).document(id=note["id"])
    world.mallory.peer.documents[path] = person
    world.mallory.peer.handles["fake@a.test"] = {
        "subject": "acct:fake@a.test",
        "links": [{"rel": "self", "type": "application/activity+json", "href": note["id"]}],
    }
    with pytest.raises(RemoteFailure):
        await remote.fetch(world.instance, note["id"])
    become = world.mallory.note("now a note", id=world.mallory.uri)
    world.mallory.peer.put(world.mallory.document())
    await world.tell(world.mallory, world.mallory.create(become))
    assert await world.find(world.mallory.uri) is None
    await world.tell(world.mallory, world.mallory.activity("Delete", object=note["id"]))
    await world.tell(world.mallory, world.mallory.create(note))
    assert await world.find(note) is None
    await world.sentinel()


async def test_or31_a_new_name_is_proven_again(world: World) -> None:
    """OR-31, E34: mallory cannot take her neighbour's name, nor a name WebFinger denies."""
    peer = world.mallory.peer
    peer.put(world.mallory.document(preferredUsername="neighbour"))
    await world.tell(
        world.mallory, world.mallory.activity("Update", object=world.mallory.document())
    )
    mallory, neighbour = await world.actor(world.mallory), await world.actor(world.neighbour)
    assert (mallory.username, neighbour.username) == ("mallory", "neighbour")
    peer.put(world.mallory.document(preferredUsername="mal"))
    peer.handles["mal@a.test"] = {
        "subject": "acct:mal@a.test",
        "links": [{"rel": "self", "type": "application/activity+json", "href": mallory.uri}],
    }
    await world.tell(
        world.mallory, world.mallory.activity("Update", object=world.mallory.document())
    )
    assert (await world.actor(world.mallory)).username == "mal"
    await world.sentinel()


async def test_e35_an_instance_that_was_installed_anew(world: World) -> None:
    """E35: a new id for a known handle takes it over when WebFinger says so."""
    peer = world.victor.peer
    anew = Person(peer, "victor", rsa_key(5))
    uri = "https://v.test/users/new-victor"
    key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem_of(anew.key)}
    peer.put(anew.document(id=uri, publicKey=key))
    peer.documents["/users/victor"] = httpx2.Response(404)
    peer.name(anew, uri=uri)
    await remote.find_or_fetch(world.instance, uri)
    await world.settle()
    found = await remote.by_handle(world.instance, Handle("victor", "v.test"))
    assert found.uri == uri
    assert (await world.actor(world.victor)).deleted_at is not None


async def test_sf13_our_own_addresses_are_answered_from_the_tables(world: World) -> None:
    """SF-13."""
    before = len(world.internet.requests)
    post = await say(world.instance, world.alice, "mine")
    assert (await remote.resolve(world.instance, "@alice@alpha.test")).id == world.alice.id
    assert (await remote.resolve(world.instance, world.alice.uri)).id == world.alice.id
    page = f"https://alpha.test/@{world.alice.username}"
    assert (await remote.resolve(world.instance, page)).id == world.alice.id
    found = await fetching.fetch_post(world.instance, post.uri)
    assert found is not None
    with pytest.raises(NotFound):
        await remote.resolve(world.instance, "https://alpha.test/actors/12345")
    assert len(world.internet.requests) == before


async def test_e85_a_followers_only_post_is_not_boosted_by_others(world: World) -> None:
    """E85, PV-7."""
    victor: Actor = await world.actor(world.victor)
    post = await hear(world.instance, victor, "for followers", visibility=Visibility.FOLLOWERS)
    await boosts(world, post.uri)
    mallory = await world.actor(world.mallory)
    assert await interactions.find_interaction(InteractionKind.BOOST, mallory.id, post.id) is None
    await world.sentinel()


TWISTS: tuple[dict[str, Any], ...] = (
    {
        "@graph": [
            {"id": "https://v.test/x", "type": "Create", "actor": "https://v.test/users/victor"}
        ]
    },
    {"@reverse": {"actor": "https://v.test/users/victor"}},
    {"@included": [{"id": "https://v.test/x", "type": "Note"}]},
    {"@id": "https://v.test/activities/1"},
    {"@type": "Delete"},
    {"@nest": {"actor": "https://v.test/users/victor"}},
    {"@context": [{"actor": "@id", "id": "https://www.w3.org/ns/activitystreams#actor"}]},
    {"@context": {"Create": "https://www.w3.org/ns/activitystreams#Delete"}},
    {"as:actor": "https://v.test/users/victor", "as:object": "https://v.test/notes/1"},
    {"https://www.w3.org/ns/activitystreams#actor": [{"@id": "https://v.test/users/victor"}]},
)


@pytest.mark.parametrize("twist", TWISTS, ids=lambda twist: next(iter(twist)))
async def test_or23_no_twist_gives_an_activity_a_second_actor(
    world: World, twist: dict[str, Any]
) -> None:
    """OR-23, CVE class of Misskey GHSA-2vxv: refused, or read as its signer's and nobody else's."""
    victor = await world.actor(world.victor)
    theirs = await lawful_post_of(world, world.victor)
    note = world.mallory.note("twisted")
    activity = {**world.mallory.create(note), **twist}
    answer = await world.post(world.mallory, activity)
    await world.settle()
    assert answer.status in {202, 400, 401}
    found = await world.find(note)
    if found is not None:
        assert found.actor_id == (await world.actor(world.mallory)).id
    assert await world.find(theirs["id"]) is not None
    assert (await actors.get(victor.id)).deleted_at is None
    inner = world.mallory.create({**world.mallory.note("inner twist"), **twist})
    assert (await world.post(world.mallory, inner)).status in {202, 400, 401}
    await world.settle()
    assert await world.find("https://v.test/x") is None
    await world.sentinel()
