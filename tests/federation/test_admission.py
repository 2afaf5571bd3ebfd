"""The door of all routes for servers: challenges, blocked hosts, and secure mode (A144)."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from actors import remote
from federation import multikey, rfc9421
from federation.cavage import Outgoing
from federation.rfc9421 import read_challenge
from inbox import authentication
from instance.settings import Settings
from moderation import hosts
from outbox import following
from storage import posts, relations
from storage.records import FollowState, HostSeverity
from tests.federation.peers import ACTIVITY, Forgery, Person, signed
from tests.federation.world import S, World, make_world
from tests.instances import FakeClock, Instances
from tests.internet import FakeInternet
from tests.usecases.social import befriend, make_person, say
from webapp.activitypub import routes
from webapp.app import create_asgi

GET = Forgery(covered=("(request-target)", "host", "date"))


@pytest.fixture
async def secure(
    instances: Instances, internet: FakeInternet, clock: FakeClock
) -> AsyncIterator[World]:
    """The world with a server in secure mode."""
    settings = Settings()
    federation = replace(settings.federation, authorized_fetch=True)
    instance = await instances.make("alpha", replace(settings, federation=federation))
    with instance.store.active():
        yield await make_world(instance, create_asgi(instance), internet, clock)


async def test_e55_a_401_says_what_a_signature_must_cover(world: World) -> None:
    """RFC 9421 5.1, and `WWW-Authenticate` (RFC 9110 11.6.1); what fulfils it is let in."""
    note = world.honest.create(world.honest.note("challenged"))
    answer = await world.post(world.honest, note, headers={})
    assert answer.status == 401
    wanted = read_challenge(answer.headers["accept-signature"])
    assert wanted is not None
    assert wanted.components == ("@method", "@target-uri", "content-digest")
    assert answer.headers["www-authenticate"].startswith("Signature ")
    post = await say(world.instance, world.alice, "for few", visibility="followers")
    bad = {"signature": 'keyId="https://b.test/x#y",headers="host",signature="AAAA"'}
    refused = await world.call("GET", f"/posts/{post.id}", {"host": S, "accept": ACTIVITY, **bad})
    assert refused.status == 401
    assert "content-digest" not in refused.headers["accept-signature"]


async def test_a144_in_secure_mode_everything_for_servers_wants_a_signature(
    secure: World,
) -> None:
    """PV-21: and no cache may keep it. The instance actor is shown to all (E42)."""
    await befriend(secure.instance, await secure.actor(secure.honest), secure.alice)
    post = await say(secure.instance, secure.alice, "for everybody")
    await secure.settle()
    own = json.loads((await secure.call("GET", "/.well-known/nodeinfo", {"host": S})).body)
    assert own["links"]
    (sent,) = [each for each in secure.honest.peer.inbox if each["type"] == "Create"]
    paths = [f"/actors/{secure.alice.id}", f"/posts/{post.id}", sent["id"].partition(S)[2]]
    paths += [f"/actors/{secure.alice.id}/{name}" for name in ("outbox", "followers", "following")]
    paths += [f"/actors/{secure.alice.id}/featured", f"/posts/{post.id}/replies"]
    for path in paths:
        for accept in (ACTIVITY, "*/*", "text/html"):
            if path in paths[:2] and accept != ACTIVITY:
                continue  # a browser is sent to the page
            answer = await secure.call("GET", path, {"host": S, "accept": accept})
            assert answer.status == 401, path
        answer = await secure.get(path, secure.honest)
        assert answer.status == 200, path
        assert answer.headers["cache-control"] == "private, no-store"
        assert "Signature" in answer.headers["vary"]
    browser = await secure.call("GET", paths[1], {"host": S, "accept": "text/html"})
    assert browser.status == 302


async def test_a143_e42_the_instance_actor_is_shown_without_a_signature(secure: World) -> None:
    key = (await secure.call("GET", "/.well-known/nodeinfo", {"host": S})).status
    assert key == 200
    document = await secure.instance.store.glance(
        "SELECT id FROM actors WHERE host IS NULL AND kind = 'Application'"
    )
    answer = await secure.get(f"/actors/{document[0][0]}")
    assert answer.status == 200
    assert "publicKeyPem" in answer.text


async def test_e42_two_servers_in_secure_mode_do_not_wait_for_each_other(
    instances: Instances,
) -> None:
    """Each signs its fetch of the other's key with its instance actor, which needs none."""
    made = []
    for host, name in (("alpha", "alice"), ("beta", "bea")):
        settings = Settings()
        federation = replace(settings.federation, authorized_fetch=True)
        instance = await instances.make(host, replace(settings, federation=federation))
        with instance.store.active():
            made.append((instance, await make_person(instance, name)))
    (alpha, alice), (beta, bea) = made
    with alpha.store.active():
        found = await remote.resolve(alpha, "@bea@beta.test")
        await following.follow(alpha, alice, found)
    await instances.settle()
    with beta.store.active():
        post = await say(beta, bea, "between closed doors", visibility="followers")
    await instances.settle()
    with alpha.store.active():
        follow = await relations.find_follow(alice.id, found.id)
        assert follow is not None
        assert follow.state is FollowState.ACCEPTED
        assert await posts.find_by_uri(post.uri) is not None


async def test_every_route_for_servers_has_the_door() -> None:
    for route in routes.ROUTES:
        if route.scope == "server":
            assert "_let_in" in repr(route.plain)


async def test_e144_a_blocked_host_is_refused_before_its_signature_is_looked_at(
    world: World,
) -> None:
    """A144, FL-14: also for what everybody else may see, and its key is not fetched."""
    rule = hosts.rule_for(world.instance, "a.test", HostSeverity.SUSPEND)
    await hosts.put(world.instance, [rule])
    post = await say(world.instance, world.alice, "for everybody")
    world.mallory.peer.gets.clear()
    for path in (f"/posts/{post.id}", f"/actors/{world.alice.id}"):
        assert (await world.get(path, world.mallory)).status == 403
        assert (await world.get(path, world.honest)).status == 200
    assert world.mallory.peer.gets == []


async def test_a139_an_overheard_get_is_not_good_for_long(world: World) -> None:
    """The same signature is good for a few tries, not for an afternoon of reading."""
    follower = await world.actor(world.honest)
    await befriend(world.instance, follower, world.alice)
    post = await say(world.instance, world.alice, "for few", visibility="followers")
    path = f"/posts/{post.id}"
    headers = {"host": S, "accept": ACTIVITY}
    headers |= signed(world.honest, "GET", S, path, b"", GET)
    statuses = [
        (await world.call("GET", path, headers)).status for _ in range(authentication.USES_MAX + 3)
    ]
    assert statuses == [200] * authentication.USES_MAX + [401] * 3
    world.clock.advance(seconds=1)
    assert (await world.get(path, world.honest)).status == 200


async def test_a139_a_signed_post_is_good_for_one_inbox(world: World) -> None:
    """SG-6: presented to another inbox, or as a GET, the same signature fits nothing."""
    note = world.honest.create(world.honest.note("once"))
    body = json.dumps(note).encode()
    headers = {"content-type": ACTIVITY, "host": S}
    headers |= signed(world.honest, "POST", S, "/inbox", body, Forgery())
    for inbox in (f"/actors/{world.alice.id}/inbox", f"/actors/{world.bob.id}/inbox", "/inbox?a=b"):
        assert (await world.call("POST", inbox, headers, body)).status == 401
    assert (await world.call("POST", "/inbox", headers, body)).status == 202
    assert (await world.call("POST", "/inbox", headers, body)).status == 202
    assert (await world.call("GET", f"/posts/{1}", headers)).status in {401, 404}


async def test_a142_an_ed25519_key_signs_requests_by_rfc9421(world: World) -> None:
    """A153: the key stands in `assertionMethod` alone; the RSA key of the actor is kept."""
    private = Ed25519PrivateKey.generate()
    key_id = f"{world.honest.uri}#ed25519"
    shown = {
        "id": key_id,
        "type": "Multikey",
        "controller": world.honest.uri,
        "publicKeyMultibase": multikey.of_key(private.public_key()),
    }
    world.honest.peer.put(world.honest.document(assertionMethod=[shown]))
    note = world.honest.create(world.honest.note("by Ed25519"))
    body = json.dumps(note).encode()
    headers = _ed25519_headers(world.honest, key_id, private, body)
    answer = await world.call("POST", "/inbox", headers, body)
    assert answer.status == 202
    await world.settle()
    assert await world.find(note["object"]) is not None
    again = world.honest.create(world.honest.note("by RSA"))
    assert await world.tell(world.honest, again) == 202


def _ed25519_headers(
    person: Person, key_id: str, private: Ed25519PrivateKey, body: bytes
) -> dict[str, str]:
    request = Outgoing("POST", f"https://{S}/inbox", body, ACTIVITY)
    made = rfc9421.sign(request, key_id, private, person.peer.now())
    assert 'alg="ed25519"' in made["Signature-Input"]
    assert len(base64.b64decode(made["Signature"].partition("=:")[2].rstrip(":"))) == 64
    return {name.lower(): value for name, value in made.items()}
