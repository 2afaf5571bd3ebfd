"""What an actor signed may be handed on by others: proofs and linked data signatures (E57, A148).

Honest hands on what the victim said. Mallory tries the same with what the victim did not say.
"""

import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import integrity, keys, ld_signatures, multikey, signatures
from federation.signatures import Signer
from inbox import reception
from outbox import profiles
from storage import actors
from tests.federation.peers import CONTEXT, Person, rsa_key
from tests.federation.world import World
from tests.usecases.social import befriend, say

PROOF_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _proof_key_id(person: Person) -> str:
    return f"{person.uri}#ed25519"


def _give_key(person: Person, **changes: Any) -> None:
    """The person shows an Ed25519 key in its document (FEP-521a)."""
    shown = {
        "id": _proof_key_id(person),
        "type": "Multikey",
        "controller": person.uri,
        "publicKeyMultibase": multikey.of_key(PROOF_KEY.public_key()),
        **changes,
    }
    person.peer.put(person.document(assertionMethod=[shown]))


def _proved(person: Person, activity: dict[str, Any], **how: Any) -> dict[str, Any]:
    key_id = how.get("key_id", _proof_key_id(person))
    return integrity.sign(activity, key_id, how.get("key", PROOF_KEY), person.peer.now())


async def _ld_signed(world: World, person: Person, activity: dict[str, Any]) -> dict[str, Any]:
    pem = keys._private_pem(person.key)
    signer = Signer(person.key_id, pem)
    return await ld_signatures.sign(world.instance.linked_data, activity, signer, person.peer.now())


@pytest.fixture
def said(world: World) -> dict[str, Any]:
    _give_key(world.victor)
    return world.victor.create(world.victor.note("said by the victim"))


async def test_a148_a151_e57_a_proof_lets_others_hand_an_activity_on(
    world: World, said: dict[str, Any]
) -> None:
    """A74: a relay, or who forwards replies, signs the request; its actor signed the words."""
    assert await world.tell(world.honest, _proved(world.victor, said)) == 202
    found = await world.find(said["object"])
    assert found is not None
    assert found.actor_id == (await world.actor(world.victor)).id
    await world.sentinel()


async def test_a149_e57_a_linked_data_signature_lets_others_hand_an_activity_on(
    world: World, said: dict[str, Any]
) -> None:
    handed_on = await _ld_signed(world, world.victor, said)
    assert await world.tell(world.honest, handed_on) == 202
    found = await world.find(said["object"])
    assert found is not None
    assert "said by the victim" in found.content
    receipt = await world.receipt(said)
    assert receipt is not None
    await world.sentinel()


async def test_e57_without_a_signature_within_it_is_refused(
    world: World, said: dict[str, Any]
) -> None:
    assert await world.tell(world.honest, said) == 401
    assert await world.find(said["object"]) is None
    assert world.victor.peer.gets == []  # refused by what it says, before any key was asked for
    await world.sentinel()


async def test_sg33_proofs_that_are_not_the_actors_are_refused(
    world: World, said: dict[str, Any]
) -> None:
    """SG-2, SG-13: another's key, another host's, a key the actor does not list, other words."""
    proved = _proved(world.victor, said)
    other = Ed25519PrivateKey.generate()
    _give_key(world.neighbour)
    _give_key(world.mallory)
    attempts: dict[str, dict[str, Any]] = {
        "verificationMethod of another host": _proved(
            world.victor, said, key_id=_proof_key_id(world.mallory)
        ),
        "another's key under the victim's id": _proved(world.victor, said, key=other),
        "a key that nobody lists": _proved(world.victor, said, key_id=f"{world.victor.uri}#none"),
        "other words": {**proved, "object": {**said["object"], "content": "forged"}},
        "another object": {**proved, "object": world.mallory.note("forged")},
        "another actor": {**proved, "actor": world.honest.uri},
        "without id": _proved(world.victor, {**said, "id": None}),
        "an id of another host": _proved(world.victor, {**said, "id": "https://a.test/1"}),
        "another suite": {**proved, "proof": {**proved["proof"], "cryptosuite": "none"}},
        "two proofs": {**proved, "proof": [proved["proof"], proved["proof"]]},
    }
    for what, activity in attempts.items():
        status = await world.tell(world.mallory, activity)
        assert status in {400, 401}, what
        assert await world.find(said["object"]) is None, what
    await world.sentinel()


async def test_sg33_a_neighbours_key_does_not_speak_for_the_victim(world: World) -> None:
    """SG-12: the same host is not enough; who owns the key must be who acts."""
    _give_key(world.mallory)
    victim = world.neighbour
    said = victim.create(victim.note("never said"))
    forged = _proved(victim, said, key_id=_proof_key_id(world.mallory))
    for sender in (world.mallory, world.honest):
        assert await world.tell(sender, forged) == 401
    assert await world.find(said["object"]) is None


async def test_sg21_linked_data_signatures_that_are_not_the_actors_are_refused(
    world: World, said: dict[str, Any]
) -> None:
    right = await _ld_signed(world, world.victor, said)
    by_mallory = await _ld_signed(world, world.mallory, said)
    signature = right["signature"]
    note = said["object"]
    attempts: dict[str, dict[str, Any]] = {
        "made by mallory": by_mallory,
        "made by mallory under the victim's key id": {
            **by_mallory,
            "signature": {**by_mallory["signature"], "creator": world.victor.key_id},
        },
        "other words": {**right, "object": {**note, "content": "forged"}},
        "another actor": {**right, "actor": world.honest.uri},
        "another type": {**right, "type": "Update"},
        "another creation": {
            **right,
            "signature": {**signature, "created": "2026-01-01T00:00:00Z"},
        },
        "an unknown context": {**right, "@context": [*right["@context"], "https://x.test/c"]},
        # A plain reading finds the forged activity, the graph says the one that was signed.
        "an exchanged id": {
            **right,
            "@context": [*right["@context"], {"id": None, "name_": "@id"}],
            "name_": said["id"],
            "id": f"{world.victor.peer.url}/activities/forged",
        },
    }
    for what, activity in attempts.items():
        assert await world.tell(world.mallory, activity) in {400, 401}, what
        assert await world.find(note) is None, what
    await world.sentinel()


async def test_sg21_words_that_nobody_signed_are_not_shown(
    world: World, said: dict[str, Any]
) -> None:
    """The signature fits, since the graph is the same; what is shown is the graph."""
    right = await _ld_signed(world, world.victor, said)
    note = right["object"]
    twisted = {
        **right,
        "@context": [
            *right["@context"],
            {"content": None, "words": "https://www.w3.org/ns/activitystreams#content"},
        ],
        "object": {**note, "content": "<p>forged</p>", "words": note["content"], "quoteUrl": "x"},
    }
    assert await world.tell(world.mallory, twisted) == 202
    found = await world.find(note)
    assert found is not None
    assert "said by the victim" in found.content
    assert "forged" not in found.content


async def test_a139_what_was_handed_on_is_not_told_again(world: World) -> None:
    """SG-22: whoever has it may sign the request as often as they like: it is one saying."""
    _give_key(world.victor)
    follow = _proved(world.victor, world.victor.activity("Follow", object=world.alice.uri))
    assert await world.tell(world.victor, follow) == 202
    assert await world.followed_by(world.victor, world.alice)
    undo = world.victor.activity("Undo", object={**follow, "proof": None})
    assert await world.tell(world.victor, undo) == 202
    assert not await world.followed_by(world.victor, world.alice)
    before = len(await world.told())
    for _ in range(3):
        world.clock.advance(seconds=2)
        assert await world.tell(world.mallory, follow) in {202, 401}
    assert len(await world.told()) <= before + 1
    world.clock.advance(days=15)
    assert await world.tell(world.mallory, follow) == 401


async def test_sg23_a_deleted_post_does_not_come_back_by_another_hand(
    world: World, said: dict[str, Any]
) -> None:
    proved = _proved(world.victor, said)
    assert await world.tell(world.honest, proved) == 202
    delete = world.victor.activity("Delete", object=said["object"]["id"])
    assert await world.tell(world.honest, _proved(world.victor, delete)) == 202
    assert await world.find(said["object"]) is None
    assert await world.tell(world.mallory, proved) == 202
    again = _proved(world.victor, {**said, "id": f"{world.victor.peer.url}/activities/other"})
    assert await world.tell(world.mallory, again) == 202
    assert await world.find(said["object"]) is None


async def test_e59_sg35_a_key_that_is_gone_proves_the_end_of_its_own_actor_alone(
    world: World,
) -> None:
    """OR-13: a key of the attacker's, or of a neighbour, that answers 410 deletes nobody else."""
    peer = world.mallory.peer
    peer.documents["/users/gone"] = httpx2.Response(410)
    gone = replace(world.mallory, username="gone")
    for victim in (world.victor, world.neighbour):
        delete = victim.activity("Delete", object=victim.uri)
        claim = _proved(victim, delete)  # names a key of the victim's: one that nobody has
        for activity in (delete, claim):
            assert await world.tell(gone, activity) == 401
        found = await actors.find_by_uri(victim.uri)
        assert found is not None
        assert found.deleted_at is None
    own = world.neighbour
    peer.documents["/users/neighbour"] = httpx2.Response(410)
    stranger = replace(own, key=rsa_key(77))
    world.clock.advance(minutes=10)
    assert await world.tell(stranger, own.activity("Delete", object=own.uri)) == 202
    found = await actors.find_by_uri(own.uri)
    assert found is not None
    assert found.deleted_at is not None
    await world.sentinel()


async def test_e56_a_new_proof_key_is_asked_for_once(world: World, said: dict[str, Any]) -> None:
    """A147: the other keys of the actor are kept; a flood of bad proofs asks no more."""
    assert await world.tell(world.honest, _proved(world.victor, said)) == 202
    fresh = Ed25519PrivateKey.generate()
    _give_key(world.victor, publicKeyMultibase=multikey.of_key(fresh.public_key()))
    world.victor.peer.gets.clear()
    world.clock.advance(minutes=6)
    again = world.victor.create(world.victor.note("with a new key"))
    assert await world.tell(world.honest, _proved(world.victor, again, key=fresh)) == 202
    assert await world.find(again["object"]) is not None
    assert len(world.victor.peer.gets) <= 2
    known = await actors.keys_of((await world.actor(world.victor)).id)
    assert {key.uri for key in known} == {world.victor.key_id, _proof_key_id(world.victor)}
    world.victor.peer.gets.clear()
    for _ in range(20):
        bad = _proved(world.victor, again, key=Ed25519PrivateKey.generate())
        assert await world.tell(world.mallory, bad) in {401, 429}
    assert len(world.victor.peer.gets) <= 1


async def test_rx29_a_hostile_graph_is_refused_and_holds_up_nobody(
    world: World, said: dict[str, Any]
) -> None:
    """E60: the process that canonicalises is ended; lawful signatures are verified right after."""
    names = [f"_:b{number}" for number in range(12)]
    signature = (await _ld_signed(world, world.victor, said))["signature"]
    knot = [
        {"id": name, "type": "Note", "tag": [other for other in names if other != name]}
        for name in names
    ]
    hostile = {**said, "tag": knot, "signature": signature}
    linked_data = world.instance.linked_data
    patience_s, linked_data._timeout_s = linked_data._timeout_s, 1.0
    assert await world.tell(world.mallory, hostile) == 401
    for _ in range(3):  # its host is not read any more for a while: no second process is ended
        assert await world.tell(world.mallory, hostile) == 429
    await world.sentinel()
    linked_data._timeout_s = patience_s
    assert await world.tell(world.honest, await _ld_signed(world, world.victor, said)) == 202
    assert await world.find(said["object"]) is not None


async def test_e70_an_activity_in_unusual_shape_is_understood(world: World) -> None:
    """A148: the signature is over the bytes, the reading is that of JSON-LD."""
    note = world.honest.note("expanded")
    vocabulary = "https://www.w3.org/ns/activitystreams#"
    expanded = {
        "@context": CONTEXT,
        "@id": f"{world.honest.peer.url}/activities/odd",
        "@type": f"{vocabulary}Create",
        f"{vocabulary}actor": [{"@id": world.honest.uri}],
        f"{vocabulary}object": [{"@id": note["id"]}],
        f"{vocabulary}to": [{"@id": f"{vocabulary}Public"}],
    }
    assert await world.tell(world.honest, expanded) == 202
    assert await world.find(note) is not None
    forged = {**expanded, f"{vocabulary}actor": [{"@id": world.victor.uri}]}
    assert await world.tell(world.mallory, forged) == 401


async def test_rx29_documents_in_unusual_shape_are_taken_in_small_numbers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anybody's signature was looked at: the process is for all."""
    monkeypatch.setattr(reception, "UNUSUAL_PER_ADDRESS_MAX", 2)
    odd = {"@type": "Like", "@id": "https://a.test/1", "actor": world.mallory.uri}
    statuses = [await world.tell(world.mallory, odd) for _ in range(4)]
    assert statuses[2:] == [429, 429]
    assert 429 not in statuses[:2]
    await world.sentinel()


async def test_a152_a153_what_we_send_carries_a_proof_that_others_can_check(world: World) -> None:
    """Public activities; with the key that our actor shows. Others carry none."""
    await befriend(world.instance, await world.actor(world.honest), world.alice)
    await say(world.instance, world.alice, "for everybody")
    await world.settle()
    (sent,) = [each for each in world.honest.peer.inbox if each["type"] == "Create"]
    actor = json.loads((await world.get(f"/actors/{world.alice.id}")).body)
    (shown,) = actor["assertionMethod"]
    assert shown["controller"] == actor["id"]
    assert shown["type"] == "Multikey"
    proof = integrity.claimed(sent)
    assert proof is not None
    assert proof.key_id == shown["id"]
    pem = keys.pem_of_multikey(shown["publicKeyMultibase"])
    assert pem is not None
    integrity.verify(sent, proof, pem, world.clock())
    await say(world.instance, world.alice, "for few", visibility="followers")
    await world.settle()
    (narrow,) = [each for each in world.honest.peer.inbox if "for few" in json.dumps(each)]
    assert "proof" not in narrow


async def test_a150_what_we_send_can_be_signed_for_relays(world: World) -> None:
    """The proof stays good beside the signature of linked data (FEP-8b32)."""
    await befriend(world.instance, await world.actor(world.honest), world.alice)
    await say(world.instance, world.alice, "for everybody")
    await world.settle()
    (sent,) = [each for each in world.honest.peer.inbox if each["type"] == "Create"]
    linked_data = world.instance.linked_data
    signer = Signer(f"{world.alice.uri}#main-key", keys.new_private_key_pem())
    made: Any = await ld_signatures.sign(linked_data, sent, signer, world.clock())
    claim, proof = ld_signatures.claimed(made), integrity.claimed(made)
    assert claim is not None
    assert proof is not None
    signed_reading = await ld_signatures.read(linked_data, made, claim)
    pem = keys.public_pem_of(signer.private_pem)
    ld_signatures.verify(claim, signed_reading, pem, world.clock())
    assert signed_reading.document["id"] == sent["id"]
    key = await actors.find_key(proof.key_id)
    assert key is not None
    integrity.verify(made, proof, key.public_pem, world.clock())


async def test_a147_the_news_of_a_new_key_is_signed_with_the_former_one(world: World) -> None:
    """Signed rotation, for who knows the old key; all after it with the new one."""
    await befriend(world.instance, await world.actor(world.honest), world.alice)
    before = json.loads((await world.get(f"/actors/{world.alice.id}")).body)
    world.internet.requests.clear()
    await profiles.rotate_keys(world.instance, world.alice)
    await world.settle()
    after = json.loads((await world.get(f"/actors/{world.alice.id}")).body)
    assert after["publicKey"]["id"] == before["publicKey"]["id"]
    assert after["publicKey"]["publicKeyPem"] != before["publicKey"]["publicKeyPem"]
    assert after["assertionMethod"] != before["assertionMethod"]
    (update,) = world.internet.sent_to("b.test")
    _check_signed(update, before, world)
    assert json.loads(update.content)["object"]["publicKey"] == after["publicKey"]
    await say(world.instance, world.alice, "with the new key")
    await world.settle()
    _check_signed(world.internet.sent_to("b.test")[-1], after, world)
    world.clock.advance(days=31)
    await world.settle()
    known = await actors.keys_of(world.alice.id)
    assert len(known) in {2, 3}


def _check_signed(request: Any, actor: dict[str, Any], world: World) -> None:
    from_wire = tuple((name, value) for name, value in request.headers.items())
    seen = signatures.SignedRequest("POST", request.url.path, from_wire, request.content)
    signatures.verify(
        seen,
        actor["publicKey"]["publicKeyPem"],
        now=world.clock(),
        key_id=actor["publicKey"]["id"],
        base_url="https://b.test",
    )
