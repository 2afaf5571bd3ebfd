"""Closing a server for good (A155), and new keys for people (A147)."""

import json

import pytest

from actors import local_keys
from instance.errors import NotFound
from instance.resources import Instance
from outbox import closing, profiles
from storage import actors, site
from storage.records import RegistrationMode
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.usecases.social import answering, befriend, make_person, make_remote, say


async def test_a155_everybody_is_deleted_and_others_are_told(
    instance: Instance, internet: FakeInternet
) -> None:
    """Each Delete is signed by who is deleted; done again, there is nothing left to do."""
    answering(internet, "beta.test")
    people = [await make_person(instance, name) for name in ("alice", "bob", "carol")]
    ben = await make_remote(instance, "ben")
    for person in people:
        await befriend(instance, ben, person)
    post = await say(instance, people[0], "still here")
    reported: list[tuple[str, int, int]] = []
    assert await closing.close(instance, lambda *how: reported.append(how)) == 3
    assert [done for _, done, _ in reported] == [1, 2, 3]
    assert (await site.read()).registration is RegistrationMode.CLOSED
    assert await closing.waiting(instance) > 0
    await drain(instance)
    assert await closing.waiting(instance) == 0
    sent = [json.loads(each.content) for each in internet.sent_to("beta.test")]
    deletes = [each for each in sent if each["type"] == "Delete"]
    assert sorted(each["object"] for each in deletes) == sorted(person.uri for person in people)
    for person in people:
        after = await actors.get(person.id)
        assert after.deleted_at is not None
        assert await actors.keys_of(person.id)  # late checks and retries need them
    assert await closing.close(instance, lambda *_: None) == 0
    assert post.uri


async def test_a155_a_closing_that_was_interrupted_goes_on(
    instance: Instance, internet: FakeInternet
) -> None:
    answering(internet, "beta.test")
    for name in ("alice", "bob", "carol"):
        await make_person(instance, name)

    def interrupt(_: str, done: int, __: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await closing.close(instance, interrupt)
    assert await closing.close(instance, lambda *_: None) == 1


async def test_a147_new_keys_are_used_at_once_and_the_former_one_for_its_news(
    instance: Instance, internet: FakeInternet
) -> None:
    """Where the former key is refused, the same news goes out signed with the new one."""
    alice = await make_person(instance, "alice")
    ben = await make_remote(instance, "ben")
    await befriend(instance, ben, alice)
    before = await local_keys.of(instance, alice.id)
    seen: list[bytes] = []
    await profiles.rotate_keys(instance, alice)
    after = await local_keys.of(instance, alice.id)
    assert after.request.key_id == before.request.key_id
    assert after.request.private_pem != before.request.private_pem
    assert after.proof is not None
    assert before.proof is not None
    assert after.proof.private_pem != before.proof.private_pem
    answering(internet, "beta.test", status=401)
    await drain(instance)
    seen = [each.content for each in internet.sent_to("beta.test")]
    signatures = {each.headers["signature"] for each in internet.sent_to("beta.test")}
    assert len(set(seen)) == 1
    assert len(signatures) >= 3  # both schemes by the former key, then by the new one


async def test_a153_who_has_no_key_for_documents_is_given_one(
    instance: Instance, clock: FakeClock
) -> None:
    """A job gives it to actors from before; former keys are forgotten after a month."""
    alice = await make_person(instance, "alice")
    keys = await actors.keys_of(alice.id)
    await actors.replace_keys(alice.id, [key for key in keys if "ed25519" not in key.uri])
    instance.signers.clear()
    assert (await local_keys.of(instance, alice.id)).proof is None
    await local_keys.tidy(instance, {})
    instance.signers.clear()
    assert (await local_keys.of(instance, alice.id)).proof is not None
    await profiles.rotate_keys(instance, alice)
    assert len(await actors.keys_of(alice.id)) == 3
    await local_keys.tidy(instance, {})
    assert len(await actors.keys_of(alice.id)) == 3
    clock.advance(days=31)
    await local_keys.tidy(instance, {})
    known = await actors.keys_of(alice.id)
    assert {key.uri for key in known} == {f"{alice.uri}#main-key", f"{alice.uri}#ed25519-key"}


async def test_a_former_key_of_somebody_else_signs_nothing(instance: Instance) -> None:
    alice, bob = await make_person(instance, "alice"), await make_person(instance, "bob")
    (key, *_) = await actors.keys_of(bob.id)
    assert await local_keys.former_signer(instance, alice.id, key.id) is None
    with pytest.raises(NotFound):
        await local_keys.of(instance, (await make_remote(instance, "ben")).id)
