"""Done-when 4, INTEROP 1 and 5: a short conversation with each recorded software, as it speaks.

Somebody here and somebody there follow each other, write to each other, like, boost, edit, delete.
What comes in is what was recorded; what goes out has the shapes that these servers want.
"""

import json
from typing import Any

import httpx2
import pytest

from actors import remote
from federation.webfinger import parse_handle
from outbox import following, publishing
from posts.drafts import Draft
from storage import hosts, interactions, relations, reports
from storage.records import Actor, FollowState, InteractionKind, Page, Post, ReceiptOutcome
from tests.federation.dialects import Dialect, bring, recorded
from tests.federation.peers import CONTEXT, COVERED, PUBLIC, Forgery, Peer, Person, pem_of, rsa_key
from tests.federation.world import World
from tests.usecases.social import say

SOFTWARE = ("takahe", "hollo", "fedify", "microblogpub", "wordpress", "bovine")
# Which recording says it; None: this software does not, or nobody recorded it.
ACCEPTS = {
    "takahe": "accept-follow",
    "hollo": "accept-follow",
    "fedify": "accept-follow",
    "microblogpub": "accept",
    "wordpress": "accept-follow",
}
CREATES = dict.fromkeys(SOFTWARE, "create-note-mention-hashtag") | {"bovine": "create-note-mention"}
LIKES = dict.fromkeys(("takahe", "hollo", "fedify", "microblogpub", "bovine"), "like")
UNLIKES = {"takahe": "undo-like", "hollo": "undo-like", "microblogpub": "undo-like"} | {
    "bovine": "undo"
}
BOOSTS = dict.fromkeys(("takahe", "hollo", "fedify", "bovine"), "announce")
UPDATES = {
    "takahe": "update-note-mention-hashtag",
    "hollo": "update-note-mention-hashtag",
    "wordpress": "update-note-hashtag",
}
DELETES = {
    "takahe": "delete-note",
    "hollo": "delete-tombstone",
    "fedify": "delete-tombstone",
    "microblogpub": "delete-tombstone",
}


@pytest.fixture(params=SOFTWARE)
def dialect(request: pytest.FixtureRequest, world: World) -> Dialect:
    world.clock.advance(hours=9)  # a little later than what was recorded
    return bring(world, request.param)


async def meet(dialect: Dialect) -> Actor:
    """Found by handle, as a person types it."""
    jrd = next(iter(dialect.peer.handles))
    handle = parse_handle(f"@{jrd}")
    assert handle is not None
    found = await remote.by_handle(dialect.world.instance, handle)
    assert found.uri == dialect.speaker.uri
    return found


async def befriended(dialect: Dialect) -> Actor:
    """Alice follows them, and their Accept came; bovine's is not recorded."""
    world = dialect.world
    them = await meet(dialect)
    await following.follow(world.instance, world.alice, them)
    await world.settle()
    (asked,) = dialect.answers("Follow")
    assert asked["actor"] == world.alice.uri
    assert asked["object"] == dialect.speaker.uri
    name = ACCEPTS.get(dialect.software)
    if name is None:
        accept = dialect.speaker.activity("Accept", object=asked["id"])
        assert await world.tell(dialect.speaker, accept) == 202
        return them
    accept = dialect.heard(name)
    inner = accept["object"]
    if isinstance(inner, str):
        await dialect.say(name, {inner: asked["id"]})
    else:
        actor = inner["actor"]
        theirs = actor if isinstance(actor, str) else actor["id"]
        await dialect.say(name, {inner["id"]: asked["id"], theirs: world.alice.uri})
    return them


async def test_a_follow_of_ours_is_accepted(dialect: Dialect) -> None:
    """A208, E73: the Accept holds the whole Follow, with whole actors in it, or its id alone."""
    them = await befriended(dialect)
    found = await relations.find_follow(dialect.world.alice.id, them.id)
    assert found is not None
    assert found.state is FollowState.ACCEPTED


async def followed_back(dialect: Dialect) -> None:
    world = dialect.world
    if dialect.software == "wordpress":  # a blog follows nobody
        follow = dialect.speaker.activity("Follow", object=world.alice.uri)
        assert await world.tell(dialect.speaker, follow) == 202
    else:
        target = dialect.heard("follow")["object"]
        follow = await dialect.say("follow", {target: world.alice.uri})
    (accept,) = dialect.answers("Accept")
    assert accept["actor"] == world.alice.uri
    assert accept["object"]["id"] == follow["id"]
    assert accept["object"]["actor"] == dialect.speaker.uri  # Threads wants a plain id
    assert accept["object"]["object"] == world.alice.uri


async def test_a_follow_of_theirs_is_accepted_by_us(dialect: Dialect) -> None:
    """Consequence 6: Accept embeds the Follow as it came, by plain ids."""
    await followed_back(dialect)
    assert [each.kind for each in await dialect.world.told()] == ["follow"]


@pytest.mark.parametrize("dialect", ["takahe", "fedify"], indirect=True)
async def test_undo_of_their_follow(dialect: Dialect) -> None:
    """Consequence 8: fedify's names another id than the Follow had."""
    await followed_back(dialect)
    target = dialect.heard("undo-follow")["object"]["object"]
    await dialect.say("undo-follow", {target: dialect.world.alice.uri})
    them = await meet(dialect)
    assert await relations.find_follow(them.id, dialect.world.alice.id) is None


async def hear_from(dialect: Dialect) -> Post:
    """Their post that names alice."""
    world = dialect.world
    name = CREATES[dialect.software]
    note = dialect.heard(name)["object"]
    mention = next(tag for tag in _list(note["tag"]) if tag["type"] == "Mention")
    await dialect.say(
        name, {mention["href"]: world.alice.uri, mention["name"]: "@alice@alpha.test"}
    )
    found = await world.find(note["id"])
    assert found is not None
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def test_their_post_is_read_and_answered(dialect: Dialect) -> None:
    """Consequences 5 and 6, done-when 4: it is in the feed, and alice is told; she answers."""
    world = dialect.world
    await befriended(dialect)
    post = await hear_from(dialect)
    assert post.id in {each.id for each in await world.home()}
    assert "mention" in {each.kind for each in await world.told()}
    assert world.alice.id in {each.actor_id for each in post.mentions}
    assert "interop" in {each.lower() for each in post.hashtags}
    assert post.visibility == "public"
    await publishing.publish(
        world.instance, world.alice, Draft("I read you", language="en", in_reply_to_id=post.id)
    )
    await world.settle()
    (create,) = dialect.answers("Create")
    _check_ours(create, world.alice)
    note = create["object"]
    assert note["inReplyTo"] == post.uri
    assert {tag["href"] for tag in note["tag"]} == {dialect.speaker.uri}
    assert dialect.speaker.uri in note["cc"] + note["to"]


def _check_ours(create: dict[str, Any], author: Actor) -> None:
    """Consequence 6: lists, plain ids, the full Public URI, contentMap beside content."""
    note = create["object"]
    assert create["actor"] == note["attributedTo"] == author.uri
    for part in (create, note):
        assert isinstance(part["to"], list)
        assert isinstance(part["cc"], list)
        assert PUBLIC in part["to"] + part["cc"]
    for name in ("tag", "attachment"):
        assert isinstance(note[name], list)
    assert note["content"] in note["contentMap"].values()
    assert "@context" in create


@pytest.mark.parametrize("dialect", sorted(LIKES), indirect=True)
async def test_their_like_and_boost_count_and_end(dialect: Dialect) -> None:
    """A87: bovine undoes by id alone; hollo's Undo has an id of its origin, not of its actor."""
    world = dialect.world
    them = await meet(dialect)
    post = await say(world.instance, world.alice, "likeable")
    target = dialect.heard(LIKES[dialect.software])["object"]
    await dialect.say(LIKES[dialect.software], {target: post.uri})
    liked = await interactions.find_interaction(InteractionKind.LIKE, them.id, post.id)
    assert liked is not None
    if dialect.software in UNLIKES:
        name = UNLIKES[dialect.software]
        undone = dialect.heard(name)["object"]
        before = undone["object"] if isinstance(undone, dict) else ""
        await dialect.say(name, {before: post.uri})
        assert await interactions.find_interaction(InteractionKind.LIKE, them.id, post.id) is None
    if dialect.software in BOOSTS:
        target = dialect.heard("announce")["object"]
        await dialect.say("announce", {target: post.uri})
        boosted = await interactions.find_interaction(InteractionKind.BOOST, them.id, post.id)
        assert boosted is not None
        assert {"like", "boost"} & {each.kind for each in await world.told()}
    if dialect.software in {"takahe", "hollo"}:
        target = dialect.heard("undo-announce")["object"]["object"]
        await dialect.say("undo-announce", {target: post.uri})
        found = await interactions.find_interaction(InteractionKind.BOOST, them.id, post.id)
        assert found is None


@pytest.mark.parametrize("dialect", sorted(UPDATES.keys() | DELETES), indirect=True)
async def test_their_edit_and_delete_arrive(dialect: Dialect) -> None:
    """A51, A80, A82: the same post changes, then it is gone."""
    world = dialect.world
    await befriended(dialect)
    post = await hear_from(dialect)
    if dialect.software in UPDATES:
        name = UPDATES[dialect.software]
        note = dialect.heard(name)["object"]
        await dialect.say(name, {note["id"]: post.uri})
        edited = await world.find(post.uri)
        assert edited is not None
        assert edited.edited_at is not None
        assert "edited" in edited.content.lower()
    if dialect.software in DELETES:
        name = DELETES[dialect.software]
        gone = dialect.heard(name)["object"]["id"]
        await dialect.say(name, {gone: post.uri})
        assert await world.find(post.uri) is None
        assert post.id not in {each.id for each in await world.home()}


async def test_wordpress_says_that_a_profile_changed_without_an_id(world: World) -> None:
    """Consequence 5: Update without an id, whose object is a URI with a query."""
    world.clock.advance(hours=9)
    blog = bring(world, "wordpress")
    them = await meet(blog)
    blog.speaker.actor["name"] = "Wendy writes"
    await blog.say("update")
    found = await remote.find_or_fetch(world.instance, them.uri)
    assert found.name == "Wendy writes"


async def test_mastodon_follows_reports_moves_and_blocks(world: World) -> None:
    """The shapes of Mastodon's documentation, by the actor that was recorded."""
    mastodon = bring(world, "mastodon")
    them = await meet(mastodon)
    follow = mastodon.speaker.activity("Follow", object=world.alice.uri)
    assert await world.tell(mastodon.speaker, follow) == 202
    (accept,) = mastodon.answers("Accept")
    assert accept["object"]["id"] == follow["id"]
    for name, outcome in (
        ("reporting-profiles-and-posts-flag", ReceiptOutcome.DONE),
        ("account-migration-move", ReceiptOutcome.IGNORED),  # nobody here follows them
        ("remote-blocking-block", ReceiptOutcome.DONE),
    ):
        shown = recorded(f"mastodondoc-activitypub-{name}")["body"]
        document = json.loads(shown) if isinstance(shown, str) else shown
        target = world.alice.uri if document["type"] == "Block" else document["object"]
        activity = {**document, "actor": them.uri, "object": target}
        activity["id"] = f"{mastodon.peer.url}/{name}"
        if document["type"] == "Move":
            activity["object"] = them.uri
        if document["type"] == "Flag":
            activity["object"] = [world.alice.uri, *document["object"][1:]]
        assert await world.tell(mastodon.speaker, activity) == 202
        receipt = await world.receipt(activity)
        assert receipt is not None
        assert receipt.outcome is outcome, (name, receipt.reason)
    (kept,) = await reports.list_open(Page())
    assert (kept.target_id, kept.comment) == (
        world.alice.id,
        "Please take a look at this user and their posts",
    )
    assert await relations.is_blocked_between(them.id, world.alice.id)
    found = await relations.find_follow(them.id, world.alice.id)
    assert found is None


async def test_gotosocial_shows_a_stub_and_wants_every_get_signed(world: World) -> None:
    """Consequences 1 and 11, E40, E41: key under its own URL, hs2019, 401 to what is not signed."""
    peer = Peer(world.internet, "gts.test", world.clock)
    person = Person(peer, "greta", rsa_key(5))
    key_id = f"{person.uri}/main-key"
    key = {"id": key_id, "owner": person.uri, "publicKeyPem": pem_of(person.key)}
    peer.put(person.document(publicKey=key))
    stub = {"@context": CONTEXT, "id": person.uri, "type": "Person", "publicKey": key}
    peer.documents["/users/greta/main-key"] = {**stub, "preferredUsername": "greta"}
    peer.name(person)
    answered = peer.answer

    def strict(request: httpx2.Request) -> httpx2.Response:
        is_open = request.url.path.startswith("/.well-known/")
        if "user-agent" not in request.headers:
            return httpx2.Response(418)
        if not is_open and "(request-target)" not in request.headers.get("signature", ""):
            return httpx2.Response(401)
        return answered(request)

    world.internet.add("gts.test", strict)
    note = person.note(tag=[{"type": "Mention", "href": world.alice.uri, "name": "@alice"}])
    note["to"].append(world.alice.uri)
    how = Forgery(key_id=key_id, algorithm="hs2019", covered=COVERED)
    assert await world.tell(person, person.create(note), forgery=how) == 202
    assert await world.find(note) is not None
    assert [each.kind for each in await world.told()] == ["mention"]


@pytest.mark.parametrize("status", [401, 500])
async def test_bovine_answers_401_or_500_to_rfc9421(world: World, status: int) -> None:
    """Consequences 1 and 11: the other scheme at once, and that is what the host is known for."""
    world.clock.advance(hours=9)
    bovine = bring(world, "bovine")
    await hosts.note_success("bovine.test", world.clock(), signature_scheme="rfc9421")
    answered = bovine.peer.answer

    def old(request: httpx2.Request) -> httpx2.Response:
        return (
            httpx2.Response(status) if "signature-input" in request.headers else answered(request)
        )

    world.internet.add("bovine.test", old)
    await befriended(bovine)
    host = await hosts.find("bovine.test")
    assert host is not None
    assert host.signature_scheme == "cavage"
    sent = [r for r in world.internet.sent_to("bovine.test") if "signature-input" in r.headers]
    assert sent == []  # the GET has taught it before the first POST


async def test_hollo_accepts_every_follow_by_one_id(world: World) -> None:
    """Consequence 8: after an unfollow, the second Accept is no repetition of the first."""
    world.clock.advance(hours=9)
    hollo = bring(world, "hollo")
    them = await befriended(hollo)
    await following.unfollow(world.instance, world.alice, them)
    await world.settle()
    hollo.peer.inbox.clear()
    world.clock.advance(minutes=1)
    await befriended(hollo)
    found = await relations.find_follow(world.alice.id, them.id)
    assert found is not None
    assert found.state is FollowState.ACCEPTED


async def test_takahe_edits_again_and_again_by_one_id(world: World) -> None:
    """E105: the id of its Update is that of the post with #update, whatever the edit."""
    world.clock.advance(hours=9)
    takahe = bring(world, "takahe")
    await befriended(takahe)
    post = await hear_from(takahe)
    name = UPDATES["takahe"]
    for number in (1, 2):
        note = takahe.heard(name, {takahe.heard(name)["object"]["id"]: post.uri})["object"]
        note["content"] = f"<p>edit {number}</p>"
        note["updated"] = f"2026-11-22T19:3{number}:00Z"
        await takahe.say(name, object=note)
        edited = await world.find(post.uri)
        assert edited is not None
        assert edited.content == f"<p>edit {number}</p>"


async def test_takahe_renames_again_by_one_id(world: World) -> None:
    """A167."""
    world.clock.advance(hours=9)
    takahe = bring(world, "takahe")
    them = await meet(takahe)
    for name in ("Alice One", "Alice Two"):
        world.clock.advance(minutes=1)
        takahe.speaker.actor["name"] = name
        await takahe.say("update-person", object=takahe.speaker.actor)
        assert (await remote.find_or_fetch(world.instance, them.uri)).name == name


@pytest.mark.parametrize("slash", ["", "/"])
async def test_microblogpub_is_named_with_and_without_a_slash(world: World, slash: str) -> None:
    """E26: Fedify and Hollo write the bare origin with a slash; it is the same person."""
    microblogpub = bring(world, "microblogpub")
    found = await remote.find_or_fetch(world.instance, f"https://microblogpub.test{slash}")
    assert found.uri == microblogpub.speaker.uri
    assert (await meet(microblogpub)).id == found.id
