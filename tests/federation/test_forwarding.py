"""Inbox forwarding (ActivityPub 7.1.2): who reads along at beta sees what gil of gamma answers."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from inbox import fetching, forwarding
from instance.resources import Instance
from outbox import publishing
from posts.drafts import Draft
from storage import receipts
from storage.records import Page, Post, Visibility
from tests.federation.test_two_instances import Side, follow
from tests.federation.world import World
from tests.instances import Instances
from tests.usecases.social import befriend, make_person, say


@dataclass
class Three:
    """alice, whom bea follows; gil, who answers alice, and whom nobody follows."""

    alice: Side
    bea: Side
    gil: Side

    async def answer(self, to: Post, text: str = "I disagree", **draft: Any) -> Post:
        """gil finds a post and answers it; everything is delivered."""
        async with self.gil.acting() as instance:
            known = await fetched(instance, to.uri)
            made = Draft(text=f"@alice@alpha.test {text}", in_reply_to_id=known.id, **draft)
            return await publishing.publish(instance, self.gil.person, made)


async def fetched(instance: Instance, uri: str) -> Post:
    found = await fetching.fetch_post(instance, uri)
    assert found is not None
    return found


@pytest.fixture
async def three(instances: Instances) -> Three:
    made = []
    for host, name in (("alpha", "alice"), ("beta", "bea"), ("gamma", "gil")):
        instance = await instances.make(host)
        with instance.store.active():
            made.append(Side(instance, await make_person(instance, name), instances))
    found = Three(*made)
    await follow(found.bea, found.alice)
    return found


async def test_a74_an_answer_reaches_who_reads_along(three: Three) -> None:
    """A74, A148: as it was signed by gil, from alpha; its edit and its deletion too."""
    post = await three.alice.say("what do you think?")
    answer = await three.answer(post)
    there = await three.bea.post(answer.uri)
    assert there is not None
    assert "I disagree" in there.content
    async with three.gil.acting() as instance:
        three.gil.instances.clock.advance(seconds=2)
        await publishing.edit(instance, three.gil.person, answer.id, Draft(text="I do agree"))
    there = await three.bea.post(answer.uri)
    assert there is not None
    assert "I do agree" in there.content
    async with three.gil.acting() as instance:
        await publishing.delete(instance, three.gil.person, answer.id)
    there = await three.bea.post(answer.uri)
    assert there is not None
    assert there.deleted_at is not None
    assert there.content == ""


async def test_a75_also_an_answer_to_an_answer(three: Three) -> None:
    """A75, FL-19: what began here is looked for a few steps above."""
    post = await three.alice.say("what do you think?")
    first = await three.answer(post)
    second = await three.answer(first, "and another thing")
    assert await three.bea.post(second.uri) is not None


async def test_a76_what_is_not_for_everybody_is_not_handed_on(three: Three) -> None:
    """A76: nobody gets what the original is not addressed to."""
    post = await three.alice.say("what do you think?")
    for visibility in (Visibility.DIRECT, Visibility.FOLLOWERS):
        answer = await three.answer(post, visibility=visibility)
        assert await three.bea.post(answer.uri) is None


async def test_a74_what_is_handed_on_is_not_ours_to_show(three: Three) -> None:
    """OR-2: a document of somebody else is served by nobody but its origin; and not kept."""
    post = await three.alice.say("what do you think?")
    await three.answer(post)
    with three.alice.instance.store.active():
        rows = await receipts.ACTIVITIES.page(Page(limit=9), "t.kind = ?", forwarding.KIND)
        assert len(rows) == 1
        await forwarding.forget(three.alice.instance, {"id": rows[0].id})
        assert await receipts.find_activity(rows[0].id) is None


async def handed_on() -> list[str]:
    found = await receipts.ACTIVITIES.page(Page(limit=9), "t.kind = ?", forwarding.KIND)
    return [each.document for each in found]


async def test_a74_without_a_signature_of_its_own_nothing_is_handed_on(world: World) -> None:
    """A74, FL-19: nobody could tell whose words they are."""
    await befriend(world.instance, await world.actor(world.honest), world.alice)
    post = await say(world.instance, world.alice, "ask me")
    note = world.mallory.note(inReplyTo=post.uri)
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    assert await world.find(note) is not None
    assert await handed_on() == []


async def test_a74_letter_by_letter_and_once(world: World) -> None:
    """A26, A74, FL-18: as it was received; the same again is not the first time."""
    await befriend(world.instance, await world.actor(world.honest), world.alice)
    post = await say(world.instance, world.alice, "ask me")
    note = world.mallory.note(inReplyTo=post.uri)
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-22T12:00:00Z",
        "verificationMethod": f"{world.mallory.uri}#ed25519-key",
        "proofPurpose": "assertionMethod",
        "proofValue": "z" + "2" * 88,
    }
    activity = world.mallory.create(note, proof=proof)
    for _ in range(2):
        assert await world.tell(world.mallory, activity) == 202
    assert [json.loads(each) for each in await handed_on()] == [activity]
