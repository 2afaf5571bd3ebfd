"""ATTACKS group 1: signatures and identity. Each line ends with the sentinel."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from storage import actors
from storage.records import Visibility
from tests.federation.peers import (
    ACTIVITY,
    Forgery,
    Peer,
    Person,
    pem_of,
    rsa_key,
    signed,
    signed_rfc9421,
    with_new_key,
)
from tests.federation.world import S, World
from tests.usecases.social import befriend, say

ROOT = Path(__file__).parents[2]


async def refused(world: World, person: Person, forgery: Forgery) -> None:
    """A forged Create is answered 401 with a reason, has no effect, and the sentinel stands."""
    note = person.note("forged")
    answer = await world.post(person, person.create(note), forgery=forgery)
    await world.settle()
    assert answer.status == 401
    assert answer.body.strip()
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg0_control_a_signed_create_is_shown(world: World) -> None:
    note = world.mallory.note()
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    assert note["id"] in {post.uri for post in await world.home()}


async def test_sg1_unsigned(world: World) -> None:
    note = world.mallory.note()
    answer = await world.post(world.mallory, world.mallory.create(note), headers={})
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg2_the_victims_key_id_with_ones_own_key(world: World) -> None:
    note = world.victor.note()
    answer = await world.post(
        world.victor, world.victor.create(note), forgery=Forgery(key=world.mallory.key)
    )
    assert answer.status == 401
    await world.settle()
    assert await world.find(note) is None
    await world.sentinel()


FORGERIES = {
    "sg4_no_digest": Forgery(covered=("(request-target)", "host", "date"), without=("digest",)),
    "sg5_digest_unsigned": Forgery(covered=("(request-target)", "host", "date")),
    "sg6_no_request_target": Forgery(covered=("host", "date", "digest")),
    "sg6_other_path": Forgery(signed_target="/actors/1/inbox"),
    "sg7_host_not_signed": Forgery(covered=("(request-target)", "date", "digest")),
    "sg7_other_host": Forgery(signed_host="other.test"),
    "sg8_stale_date": Forgery(late=timedelta(hours=-24)),
    "sg9_future_date": Forgery(late=timedelta(hours=24)),
    "sg10_no_time": Forgery(covered=("(request-target)", "host", "digest"), without=("date",)),
    "sg16_no_headers": Forgery(headers_parameter=""),
    "sg17_empty_signature": Forgery(signature=""),
    "sg17_short_signature": Forgery(signature="AAAA"),
    "sg19_key_id_twice": Forgery(extra=',keyId="https://v.test/users/victor#main-key"'),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_sg4_to_sg19_forged_signatures_are_refused(world: World, name: str) -> None:
    """SG-4, SG-5, SG-6, SG-7, SG-8, SG-9, SG-10, SG-16, SG-17, SG-19."""
    await refused(world, world.mallory, FORGERIES[name])


async def test_sg3_body_swap(world: World) -> None:
    await refused(world, world.mallory, Forgery(signed_body=b"{}"))


async def test_sg11_the_actor_of_another_host(world: World) -> None:
    """A148, E57."""
    note = world.victor.note()
    answer = await world.post(world.mallory, world.victor.create(note))
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg12_the_actor_of_a_neighbour(world: World) -> None:
    """A148, E57."""
    await world.follow(world.alice, world.neighbour)
    note = world.neighbour.note()
    answer = await world.post(world.mallory, world.neighbour.create(note))
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg13_a_key_document_that_names_a_foreign_owner(world: World) -> None:
    """A148."""
    key_id = "https://a.test/keys/1"
    world.mallory.peer.put(
        {"id": key_id, "owner": world.victor.uri, "publicKeyPem": pem_of(rsa_key(5))}
    )
    note = world.victor.note()
    forgery = Forgery(key_id=key_id, key=rsa_key(5))
    answer = await world.post(world.victor, world.victor.create(note), forgery=forgery)
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg13_a_key_document_on_the_victims_host_that_the_owner_does_not_list(
    world: World,
) -> None:
    key_id = "https://v.test/uploads/key.json"
    world.victor.peer.put(
        {
            "id": key_id,
            "type": "Key",
            "owner": world.victor.uri,
            "publicKeyPem": pem_of(rsa_key(5)),
        }
    )
    note = world.victor.note()
    forgery = Forgery(key_id=key_id, key=rsa_key(5))
    answer = await world.post(world.victor, world.victor.create(note), forgery=forgery)
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg14_a_key_document_that_is_an_actor_of_the_victim(world: World) -> None:
    before = await actors.find_key(world.victor.key_id)
    path = "/users/fake"
    fake = world.victor.document(
        publicKey={
            "id": f"https://a.test{path}#main-key",
            "owner": world.victor.uri,
            "publicKeyPem": pem_of(rsa_key(5)),
        }
    )
    world.mallory.peer.documents[path] = fake
    forgery = Forgery(key_id=f"https://a.test{path}#main-key", key=rsa_key(5))
    for speaker in (world.victor, world.mallory):
        answer = await world.post(speaker, speaker.create(speaker.note()), forgery=forgery)
        assert answer.status == 401
    assert await actors.find_key(world.victor.key_id) == before
    await world.sentinel()


async def test_sg14_an_actor_cannot_list_the_key_id_of_a_neighbour(world: World) -> None:
    before = await actors.find_key(world.neighbour.key_id)
    fake = Person(world.mallory.peer, "fake", rsa_key(5))
    fake.peer.put(
        fake.document(
            publicKey={
                "id": world.neighbour.key_id,
                "owner": fake.uri,
                "publicKeyPem": pem_of(fake.key),
            }
        )
    )
    fake.peer.name(fake)
    await world.follow(world.alice, fake)
    assert await actors.find_key(world.neighbour.key_id) == before


async def test_sg15_a_key_id_that_redirects_to_another_host(world: World) -> None:
    world.victor.peer.documents["/go"] = httpx2.Response(
        302, headers={"location": "https://a.test/key"}
    )
    world.mallory.peer.documents["/key"] = {
        "id": "https://v.test/go",
        "type": "Key",
        "owner": world.victor.uri,
        "publicKeyPem": pem_of(rsa_key(5)),
    }
    forgery = Forgery(key_id="https://v.test/go", key=rsa_key(5))
    note = world.victor.note()
    answer = await world.post(world.victor, world.victor.create(note), forgery=forgery)
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg18_algorithm_confusion(world: World) -> None:
    await refused(world, world.mallory, Forgery(algorithm="hmac-sha256", key=rsa_key(5)))


async def test_sg19_two_signature_headers(world: World) -> None:
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    given = {**_signed(world.mallory, body)}
    other = _signed(world.victor, body)
    both = f"{given['signature']},{other['signature']}"
    answer = await world.post(world.mallory, body, headers={**given, "signature": both})
    assert answer.status in {400, 401}
    await world.sentinel()


def _signed(person: Person, body: bytes) -> dict[str, str]:
    return signed(person, "POST", S, "/inbox", body)


async def test_sg20_two_actors(world: World) -> None:
    note = world.mallory.note()
    activity = world.mallory.create(note, actor=[world.mallory.uri, world.victor.uri])
    answer = await world.post(world.mallory, activity)
    assert answer.status in {400, 401}
    await world.settle()
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg21_a_forged_linked_data_signature_is_no_signature(world: World) -> None:
    note = world.victor.note()
    forged = world.victor.create(
        note,
        signature={
            "type": "RsaSignature2017",
            "creator": world.victor.key_id,
            "signatureValue": "AAAA",
        },
    )
    answer = await world.post(world.mallory, forged)
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg22_replay(world: World) -> None:
    """SG-22, A26: the same bytes five times are one post and one notification."""
    note = world.mallory.note(
        tag=[{"type": "Mention", "href": world.alice.uri, "name": "@alice@alpha.test"}]
    )
    note["cc"].append(world.alice.uri)
    body = json.dumps(world.mallory.create(note)).encode()
    headers = _signed(world.mallory, body)
    for _ in range(5):
        answer = await world.post(world.mallory, body, headers=headers)
        assert answer.status == 202
    await world.settle()
    assert [post.uri for post in await world.home()].count(note["id"]) == 1
    assert len(await world.told()) == 1


async def test_sg23_replay_after_delete(world: World) -> None:
    note = world.mallory.note()
    create = world.mallory.create(note)
    await world.tell(world.mallory, create)
    await world.tell(world.mallory, world.mallory.activity("Delete", object=note["id"]))
    assert await world.find(note) is None
    await world.tell(world.mallory, create)
    await world.tell(world.mallory, world.mallory.create(note))
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg24_a_changed_key_is_asked_for_once(world: World) -> None:
    """SG-24, E56, A147."""
    changed = with_new_key(world.mallory, 6)
    note = changed.note()
    assert await world.tell(changed, changed.create(note)) == 202
    assert await world.find(note) is not None
    assert world.mallory.peer.gets.count("/users/mallory") == 1
    again = with_new_key(world.mallory, 7)
    assert await world.tell(again, again.create(again.note())) == 401
    assert world.mallory.peer.gets.count("/users/mallory") == 1
    world.clock.advance(minutes=6)
    assert await world.tell(again, again.create(again.note())) in {202, 401}


async def test_sg25_bad_signatures_do_not_flood_the_keys_host(world: World) -> None:
    for _ in range(30):
        forgery = Forgery(key=rsa_key(5))
        answer = await world.post(
            world.mallory, world.mallory.create(world.mallory.note()), forgery=forgery
        )
        assert answer.status == 401
    assert world.mallory.peer.gets.count("/users/mallory") <= 1
    await world.sentinel()


async def test_sg25_unknown_keys_of_one_host_are_asked_for_ten_times_a_minute(
    world: World,
) -> None:
    statuses = set()
    for number in range(30):
        ghost = Person(world.victor.peer, f"ghost{number}", rsa_key(5))
        note = {**ghost.note(), "id": f"{ghost.peer.url}/notes/g{number}"}
        answer = await world.post(ghost, ghost.create(note))
        statuses.add(answer.status)
    assert statuses <= {401, 429}
    assert sum("ghost" in path for path in world.victor.peer.gets) <= 11
    await world.sentinel()


@pytest.mark.parametrize("bits", [1024])
async def test_sg26_a_weak_key_is_refused(world: World, bits: int) -> None:
    weak = Person(
        world.mallory.peer, "weak", rsa.generate_private_key(public_exponent=65537, key_size=bits)
    )
    weak.peer.put(weak.document())
    weak.peer.name(weak)
    await refused(world, weak, Forgery())


ODD_PEMS = {
    "huge": "-----BEGIN PUBLIC KEY-----\n" + "A" * 500_000 + "\n-----END PUBLIC KEY-----",
    "private": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    "two": pem_of(rsa_key(5)) + pem_of(rsa_key(6)),
    "nothing": "",
}


@pytest.mark.parametrize("name", ODD_PEMS)
async def test_sg27_sg28_odd_keys_are_401(world: World, name: str) -> None:
    """SG-27, SG-28."""
    odd = Person(world.mallory.peer, "odd", rsa_key(5))
    odd.peer.put(
        odd.document(publicKey={"id": odd.key_id, "owner": odd.uri, "publicKeyPem": ODD_PEMS[name]})
    )
    odd.peer.name(odd)
    await refused(world, odd, Forgery())


async def test_sg28_a_key_with_crlf_is_read(world: World) -> None:
    """A146."""
    odd = Person(world.mallory.peer, "crlf", rsa_key(5))
    pem = pem_of(odd.key).replace("\n", "\r\n")
    odd.peer.put(odd.document(publicKey={"id": odd.key_id, "owner": odd.uri, "publicKeyPem": pem}))
    odd.peer.name(odd)
    await world.follow(world.alice, odd)
    assert await world.tell(odd, odd.create(odd.note())) == 202


BROKEN_RFC9421: dict[str, dict[str, Any]] = {
    "no method": {"components": ("@target-uri", "content-digest")},
    "no target": {"components": ("@method", "content-digest")},
    "no digest": {"components": ("@method", "@target-uri")},
    "other algorithm": {"parameters": ';created=CREATED;keyid="KEYID";alg="ed25519"'},
    "expired": {"parameters": ';created=CREATED;expires=1000;keyid="KEYID"'},
}


@pytest.mark.parametrize("name", BROKEN_RFC9421)
async def test_sg29_broken_rfc9421_is_401(world: World, name: str) -> None:
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    headers = signed_rfc9421(world.mallory, "POST", S, "/inbox", body, **BROKEN_RFC9421[name])
    answer = await world.post(world.mallory, body, headers=headers)
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg29_right_rfc9421_is_202(world: World) -> None:
    """SG-29, INTEROP 1: both schemes."""
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    headers = signed_rfc9421(world.mallory, "POST", S, "/inbox", body)
    answer = await world.post(world.mallory, body, headers=headers)
    await world.settle()
    assert answer.status == 202
    assert await world.find(note) is not None


@pytest.mark.parametrize("algorithm", ["hs2019", "rsa-sha256", None])
async def test_sg30_names_of_the_algorithm(world: World, algorithm: str | None) -> None:
    note = world.mallory.note()
    how = Forgery(algorithm=algorithm)
    assert await world.tell(world.mallory, world.mallory.create(note), forgery=how) == 202


async def test_sg32_a_post_to_nobody_here_is_not_kept(world: World) -> None:
    note = world.neighbour.note()
    assert await world.tell(world.neighbour, world.neighbour.create(note)) == 202
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg34_the_instance_actor_does_not_speak_for_others(world: World) -> None:
    peer: Peer = world.mallory.peer
    application = peer.join("a.test", 5, type="Application")
    note = world.mallory.note()
    forgery = Forgery(key_id=application.key_id, key=application.key)
    answer = await world.post(world.mallory, world.mallory.create(note), forgery=forgery)
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg35_the_delete_of_an_unknown_actor_costs_no_fetch(world: World) -> None:
    """SG-35, RX-17, E58, A161."""
    ghost = Person(world.victor.peer, "ghost", rsa_key(5))
    for _ in range(20):
        status = await world.tell(ghost, ghost.activity("Delete", object=ghost.uri))
        assert status == 202
    assert world.victor.peer.gets == []
    await world.sentinel()


async def test_sg35_the_delete_of_a_gone_actor_whose_key_does_not_fit(world: World) -> None:
    """E59: 410 at the origin proves it, 404 does not."""
    changed = replace(world.mallory, key=rsa_key(6))
    world.mallory.peer.documents["/users/mallory"] = httpx2.Response(404)
    delete = changed.activity("Delete", object=changed.uri)
    assert await world.tell(changed, delete) == 401
    assert (await world.actor(world.mallory)).deleted_at is None
    gone = replace(world.victor, key=rsa_key(6))
    world.victor.peer.documents["/users/victor"] = httpx2.Response(410)
    assert await world.tell(gone, gone.activity("Delete", object=gone.uri)) == 202
    assert (await world.actor(world.victor)).deleted_at is not None
    await world.sentinel()


async def test_sg35_more_deletes_of_a_gone_actor_cost_no_fetch(world: World) -> None:
    await world.tell(world.mallory, world.mallory.activity("Delete", object=world.mallory.uri))
    world.mallory.peer.gets.clear()
    for number in range(5):
        uri = f"https://a.test/notes/{number}"
        delete = world.mallory.activity("Delete", object=uri)
        assert await world.tell(world.mallory, delete) == 202
    assert world.mallory.peer.gets == []
    await world.sentinel()


@pytest.mark.parametrize("signed_target", ["/posts/{}?page=1", "/posts/{}"])
async def test_sg31_a_get_may_be_signed_without_its_query(world: World, signed_target: str) -> None:
    """SG-31, E43, A135: Misskey leaves the query out; for a POST it is exact."""
    post = await say(world.instance, world.alice, "x", visibility=Visibility.FOLLOWERS)
    await befriend(world.instance, await world.actor(world.mallory), world.alice)
    forgery = Forgery(
        covered=("(request-target)", "host", "date"), signed_target=signed_target.format(post.id)
    )
    target = f"/posts/{post.id}?page=1"
    headers = signed(world.mallory, "GET", S, target, b"", forgery)
    answer = await world.call("GET", target, {"host": S, "accept": ACTIVITY, **headers})
    assert answer.status == 200


async def test_sg33_a_proof_of_another_host_is_no_signature(world: World) -> None:
    note = world.victor.note()
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": "https://a.test/users/mallory#ed25519",
        "proofValue": "z" + "A" * 86,
    }
    answer = await world.post(world.mallory, world.victor.create(note, proof=proof))
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


async def test_sg30_an_ed25519_key_of_a_multikey(world: World) -> None:
    """SG-30, A142, A153, E46: hs2019 with the key in assertionMethod."""
    private = ed25519.Ed25519PrivateKey.generate()
    raw = b"\xed\x01" + private.public_key().public_bytes_raw()
    person = Person(world.mallory.peer, "edward", rsa_key(5))
    key_id = f"{person.uri}#ed25519"
    method = {
        "id": key_id,
        "type": "Multikey",
        "controller": person.uri,
        "publicKeyMultibase": f"z{_base58(raw)}",
    }
    person.peer.put(person.document(assertionMethod=[method]))
    person.peer.name(person)
    await world.follow(world.alice, person)
    note = person.note()
    body = json.dumps(person.create(note)).encode()
    headers = signed(person, "POST", S, "/inbox", body)
    text = "\n".join(
        [
            "(request-target): post /inbox",
            *(f"{name}: {headers[name]}" for name in ("host", "date", "digest")),
        ]
    )
    made = base64.b64encode(private.sign(text.encode())).decode()
    headers["signature"] = (
        f'keyId="{key_id}",algorithm="hs2019",'
        f'headers="(request-target) host date digest",signature="{made}"'
    )
    assert (await world.post(person, body, headers=headers)).status == 202
    await world.settle()
    assert await world.find(note) is not None


def _base58(raw: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return text


def _rsa_pem(modulus: int, exponent: int) -> str:
    numbers = rsa.RSAPublicNumbers(exponent, modulus)
    return (
        numbers.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


# Anybody can sign with these: e=3 lets signatures be forged by roots, a prime modulus has a known
# order (2**2203 - 1 is a Mersenne prime), and an RSA key of 512 bits falls in hours.
WEAK_PEMS: dict[str, Callable[[], str]] = {
    "e=3": lambda: _rsa_pem(rsa_key(5).public_key().public_numbers().n, 3),
    "prime": lambda: _rsa_pem(2**2203 - 1, 65537),
    "1024": lambda: _rsa_pem(rsa_key(5).public_key().public_numbers().n >> 1024 | 1, 65537),
    "512": lambda: (
        "-----BEGIN PUBLIC KEY-----\n"
        "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n"
        "9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n"
        "-----END PUBLIC KEY-----\n"
    ),
}


@pytest.mark.parametrize("name", WEAK_PEMS)
async def test_sg26_weak_keys_are_neither_used_nor_kept(world: World, name: str) -> None:
    """SG-26: whatever signature comes with such a key, it is 401 and the key is not stored."""
    weak = Person(world.mallory.peer, "weak", rsa_key(5))
    key = {"id": weak.key_id, "owner": weak.uri, "publicKeyPem": WEAK_PEMS[name]()}
    weak.peer.put(weak.document(publicKey=key))
    weak.peer.name(weak)
    await refused(world, weak, Forgery())
    assert await actors.find_key(weak.key_id) is None


async def test_sg26_a_signature_by_the_known_order_of_a_prime_modulus(world: World) -> None:
    """SG-26: e's inverse modulo p - 1 is a private key that everybody has."""
    prime, exponent = 2**2203 - 1, 65537
    private = pow(exponent, -1, prime - 1)
    weak = Person(world.mallory.peer, "weak", rsa_key(5))
    key = {"id": weak.key_id, "owner": weak.uri, "publicKeyPem": _rsa_pem(prime, exponent)}
    weak.peer.put(weak.document(publicKey=key))
    weak.peer.name(weak)
    note = weak.note("forged")
    body = json.dumps(weak.create(note)).encode()
    headers = signed(weak, "POST", S, "/inbox", body)
    text = "\n".join(
        [
            "(request-target): post /inbox",
            *(f"{part}: {headers[part]}" for part in ("host", "date", "digest")),
        ]
    )
    size = (prime.bit_length() + 7) // 8
    info = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 9.2: SHA-256
    hashed = info + hashlib.sha256(text.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(hashed) - 3) + b"\x00" + hashed
    made = pow(int.from_bytes(padded), private, prime).to_bytes(size)
    headers["signature"] = (
        f'keyId="{weak.key_id}",algorithm="rsa-sha256",headers="(request-target) host date digest",'
        f'signature="{base64.b64encode(made).decode()}"'
    )
    answer = await world.post(weak, body, headers=headers)
    await world.settle()
    assert answer.status == 401
    assert await world.find(note) is None
    await world.sentinel()


@pytest.mark.parametrize("second", ["mallory", "victor"])
async def test_sg29_two_labels_are_401_in_either_order(world: World, second: str) -> None:
    """SG-29, SG-19: which of two signatures counts is never a choice."""
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    one = signed_rfc9421(world.mallory, "POST", S, "/inbox", body)
    other = signed_rfc9421(getattr(world, second), "POST", S, "/inbox", body)
    for first, last in ((one, other), (other, one)):
        both = {
            name: f"{first[name]}, {last[name].replace('sig1', 'sig2', 1)}"
            for name in ("signature-input", "signature")
        }
        answer = await world.post(world.mallory, body, headers={**one, **both})
        await world.settle()
        assert answer.status == 401
        assert await world.find(note) is None
    await world.sentinel()


async def test_sg29_a_broken_rfc9421_beside_a_right_cavage_is_401(world: World) -> None:
    """SG-29, SG-19: two schemes in one request are not a second chance."""
    note = world.mallory.note()
    body = json.dumps(world.mallory.create(note)).encode()
    right = signed(world.mallory, "POST", S, "/inbox", body)
    wrong = signed_rfc9421(world.mallory, "POST", S, "/inbox", body)
    mixed = {**right, **wrong}
    mixed["signature"] = right["signature"]
    answer = await world.post(world.mallory, body, headers=mixed)
    assert answer.status == 401
    await world.sentinel()


def test_sg36_secrets_are_looked_up_by_hash_or_compared_in_constant_time() -> None:
    """SG-36: no secret is compared with `==`; all of them go by SHA-256 or `compare_digest`.

    Ten thousand timed tries say more about the machine they run on than about us.
    """
    compared = {
        path.relative_to(ROOT).as_posix(): path.read_text().count("hmac.compare_digest(")
        for path in (ROOT / "federation" / "signed_request.py", ROOT / "webapp" / "security.py")
    }
    assert compared == {"federation/signed_request.py": 1, "webapp/security.py": 2}
    secrets_in_hand = re.compile(
        r"\b(?:token|secret|csrf\w*|digest|session_token)\b\s*(?:==|!=)\s*(?!None|\"\"|'')"
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for folder in ("webapp", "users", "inbox", "federation", "outbox", "actors")
        for path in (ROOT / folder).glob("**/*.py")
        for match in secrets_in_hand.finditer(path.read_text())
    ]
    assert found == []
