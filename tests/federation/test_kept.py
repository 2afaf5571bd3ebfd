"""No kept document is ever stale: after any act it is to the letter what is written anew."""

import json
import random
from dataclasses import replace

import pytest

from federation.signatures import SignedRequest
from inbox import authentication
from instance.resources import Instance
from outbox import blocking, publishing
from posts.drafts import Draft
from storage import actors, posts, site
from storage.kept import Kept, written
from storage.least_used import ENTRY_BYTES
from storage.records import Actor, Post, Site, Visibility
from tests.asgi import call
from tests.federation.peers import ACTIVITY, Forgery, signed
from tests.federation.world import S, World
from tests.usecases.queries import counted
from tests.usecases.social import say
from webapp.app import create_asgi


async def _rename(_: Instance, person: Actor, __: Post, text: str) -> None:
    await actors.save(replace(await actors.get(person.id), name=text, summary_source=text))


async def _picture(instance: Instance, person: Actor, _: Post, text: str) -> None:
    url = f"https://{instance.settings.domain}/media/{text[-1]}.webp"
    await actors.save(replace(await actors.get(person.id), avatar_url=url))


async def _edit(instance: Instance, person: Actor, post: Post, text: str) -> None:
    if (await posts.get(post.id)).deleted_at is None:
        await publishing.edit(instance, person, post.id, Draft(text=text))


async def _delete(instance: Instance, person: Actor, post: Post, _: str) -> None:
    if (await posts.get(post.id)).deleted_at is None:
        await publishing.delete(instance, person, post.id)


async def _suspend(instance: Instance, person: Actor, _: Post, __: str) -> None:
    now = (await actors.get(person.id)).suspended_at
    at = None if now else instance.now()
    await actors.save(replace(await actors.get(person.id), suspended_at=at))


async def _new_key(instance: Instance, person: Actor, _: Post, __: str) -> None:
    (key, *_rest) = await actors.keys_of(person.id)
    await actors.replace_keys(person.id, [replace(key, id=instance.ids.new())])


ACTS = (_rename, _picture, _edit, _edit, _delete, _suspend, _new_key)


@pytest.mark.parametrize("seed", range(5))
async def test_documents_are_never_stale(world: World, seed: int) -> None:
    """Random acts on people and posts; after each, what is kept is what is written anew."""
    chance, instance = random.Random(seed), world.instance
    first = await say(instance, world.alice, "first")
    second = await say(instance, world.alice, "second", visibility=Visibility.UNLISTED)
    finger = f"/.well-known/webfinger?resource=acct:alice@{instance.settings.domain}"
    targets = [f"/actors/{world.alice.id}", finger, f"/posts/{first.id}", f"/posts/{second.id}"]
    forgetful = create_asgi(replace(instance, kept=Kept(bytes_max=0)))
    headers = ((b"host", S.encode()), (b"accept", ACTIVITY.encode()))
    seen = {target: set[bytes]() for target in targets}
    for number in range(12):
        for target in targets:
            kept = [await world.get(target), await world.get(target)]
            fresh = await call(forgetful, "GET", target.encode(), headers=headers)
            assert kept == [fresh, fresh], target
            seen[target].add(fresh.body)
        act = chance.choice(ACTS)
        await act(instance, world.alice, chance.choice([first, second]), f"text {number}")
    assert sum(map(len, seen.values())) > len(targets) + 1, "the acts changed something"


async def test_a_kept_document_costs_one_query(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = await say(world.instance, world.alice)
    for target in (
        f"/actors/{world.alice.id}",
        f"/posts/{post.id}",
        "/.well-known/webfinger?resource=acct:alice@alpha.test",
        "/nodeinfo/2.0",
    ):
        await world.get(target, world.honest)
        with counted(world.instance, monkeypatch) as statements:
            assert (await world.get(target, world.honest)).status == 200
        assert len(statements) == 1, target


async def test_pv11_a_kept_post_is_hidden_from_whom_its_author_blocks(world: World) -> None:
    """PV-1, PV-11: kept for all, and still asked for each."""
    post = await say(world.instance, world.alice)
    target = f"/posts/{post.id}"
    assert (await world.get(target, world.honest)).status == 200
    with world.instance.store.active():
        honest = await world.actor(world.honest)
        await blocking.block(world.instance, world.alice, honest.id)
    assert (await world.get(target, world.honest)).status == 404
    assert (await world.get(target, world.victor)).status == 200
    assert (await world.get(target)).status == 200


async def test_what_the_owner_says_is_read_each_time(world: World) -> None:
    await world.get("/nodeinfo/2.0")
    with world.instance.store.active():
        await site.save(Site(name="Seagulls", is_set_up=True))
    found = json.loads((await world.get("/nodeinfo/2.0")).body)
    assert found["metadata"]["nodeName"] == "Seagulls"


def test_kept_documents_are_bounded_in_bytes() -> None:
    """The least used go first."""
    kept = Kept(bytes_max=3 * (ENTRY_BYTES + 100))
    for name in ("a", "b", "c"):
        kept.keep(name, written(b"x" * 100))
    assert kept.get("a") is not None
    kept.keep("c", written(b"y" * 90))
    kept.keep("d", written(b"x" * 100))
    assert len(kept) == 3
    assert kept.get("b") is None
    assert kept.get("c") == written(b"y" * 90)
    kept.keep("large", written(b"x" * 10_000))
    assert len(kept) == 0


async def test_a_known_key_and_its_owner_cost_one_query(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks and who sends is known from one row; only a key that does not fit costs more."""
    target = "/actors/1/followers"
    covered = ("(request-target)", "host", "date")
    given = signed(world.honest, "GET", S, target, b"", Forgery(covered=covered))
    headers = tuple(({"host": S} | given).items())
    request = SignedRequest("GET", target, headers)
    honest = await world.actor(world.honest)
    for ask in (authentication.authenticate_fetch, authentication.recognise):
        with counted(world.instance, monkeypatch) as statements:
            assert await ask(world.instance, request) == honest
        assert len(statements) == 1
