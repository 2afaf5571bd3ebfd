"""What we say about ourselves and about people: NodeInfo, capabilities, who may search."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from actors import identity, remote
from posts import search
from storage import actors, site, users
from storage.records import (
    Actor,
    Page,
    RegistrationMode,
    Role,
    SearchableBy,
    Site,
    UserState,
)
from tests.federation.peers import PUBLIC
from tests.federation.world import World
from tests.usecases.social import befriend, say
from users import registration
from users.registration import SignUp

RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"


async def document(world: World, uri: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await world.get(urlsplit(uri).path)).body)
    return found


async def nodeinfo(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await world.get("/nodeinfo/2.1", accept="*/*")).body)
    return found


async def test_a125_who_keeps_order_here(world: World) -> None:
    """A125 (FEP-f1d5, FEP-0151): who shows themselves; the name, federation, counted use."""
    with world.instance.store.active():
        await site.save(Site(registration=RegistrationMode.OPEN, is_set_up=True))
        for name, role, is_shown in (
            ("olga", Role.OWNER, True),
            ("mona", Role.MODERATOR, True),
            ("shy", Role.ADMIN, False),
            ("una", Role.USER, True),
        ):
            user, actor = await registration.register(
                world.instance, SignUp(name, "wind over water"), address="203.0.113.5"
            )
            await users.save(replace(user, role=role, state=UserState.ACTIVE))
            await actors.save(replace(actor, is_discoverable=is_shown))
    found = await nodeinfo(world)
    staff = [await actors.find_by_uri(uri) for uri in found["metadata"]["staffAccounts"]]
    assert {each.username for each in staff if each is not None} == {"olga", "mona"}
    assert found["metadata"]["nodeName"]
    assert found["metadata"]["federation"] == {"enabled": True}


async def test_a127_nodeinfo_leads_to_the_application(world: World) -> None:
    """A127 (FEP-2677): which may be read without a signature."""
    links = json.loads((await world.get("/.well-known/nodeinfo", accept="*/*")).body)["links"]
    rel = "https://www.w3.org/ns/activitystreams#Application"
    (uri,) = [link["href"] for link in links if link["rel"] == rel]
    assert (await document(world, uri))["type"] == "Application"


async def test_a128_what_this_server_can_do(world: World) -> None:
    """A128 (FEP-844e): said of the application, and of the generator of everybody else."""
    application = await identity.instance_actor(world.instance)
    said = (await document(world, application.uri))["implements"]
    assert RFC9421 in [each["href"] for each in said]
    generator = (await document(world, world.alice.uri))["generator"]
    assert generator == {"type": "Application", "implements": said}


# ---------------------------------------------------------------- who may search


async def found_by(world: World, viewer: Actor | None) -> int:
    return len(await search.find_posts(world.instance, "needle", viewer, Page()))


async def test_a194_search_finds_whoever_lets_it(world: World) -> None:
    """A194 (FEP-5feb): others by consent, followers and oneself always; sent as honoured."""
    await say(world.instance, world.alice, "a needle")
    await actors.save(replace(await actors.get(world.alice.id), is_indexable=True))
    assert (await document(world, world.alice.uri))["indexable"] is True
    assert [await found_by(world, who) for who in (None, world.bob, world.alice)] == [1, 1, 1]
    await actors.save(replace(await actors.get(world.alice.id), is_indexable=False))
    assert (await document(world, world.alice.uri))["indexable"] is False
    assert [await found_by(world, who) for who in (None, world.bob, world.alice)] == [0, 0, 1]
    await befriend(world.instance, world.bob, world.alice)
    await say(world.instance, world.alice, "another needle")
    await world.settle()
    assert await found_by(world, world.bob) == 2


async def test_a195_searchable_by_is_sent(world: World) -> None:
    """A195 (FEP-268d): everybody, or the followers."""
    for is_indexable, audience in ((True, PUBLIC), (False, f"{world.alice.uri}/followers")):
        await actors.save(replace(await actors.get(world.alice.id), is_indexable=is_indexable))
        assert (await document(world, world.alice.uri))["searchableBy"] == [audience]


@pytest.mark.parametrize(
    ("said", "meant", "found"),
    [
        (None, None, 1),
        (PUBLIC, SearchableBy.EVERYBODY, 1),
        (["as:Public"], SearchableBy.EVERYBODY, 1),
        (["https://b.test/users/seeker/followers"], SearchableBy.FOLLOWERS, 1),
        ([], SearchableBy.NOBODY, 0),
        (["https://b.test/users/seeker"], SearchableBy.NOBODY, 0),
        (7, SearchableBy.NOBODY, 0),
    ],
)
async def test_a195_searchable_by_is_honoured(
    world: World, said: Any, meant: SearchableBy | None, found: int
) -> None:
    """A195: also what is in one's own feed is not searched against its author's will."""
    changes = {} if said is None else {"searchableBy": said}
    person = world.honest.peer.join("seeker", 5, **changes)
    actor = await remote.find_or_fetch(world.instance, person.uri)
    assert actor.searchable_by == meant
    await befriend(world.instance, world.alice, actor)
    assert await world.tell(person, person.create(person.note("a needle"))) == 202
    assert await found_by(world, world.alice) == found
