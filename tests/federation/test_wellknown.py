"""WebFinger, host-meta and NodeInfo as we serve them."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pytest

from actors import identity
from storage import actors, site
from storage.records import RegistrationMode, Role, Site
from tests.federation.world import World
from tests.usecases.social import say
from users import registration
from users.registration import SignUp

SCHEMAS = Path(__file__).parent.parent / "data" / "schemas"
FIND = "/.well-known/webfinger?resource="

FORMS = (
    "acct:alice@alpha.test",
    "acct:ALICE@ALPHA.TEST",
    "acct:@alice@alpha.test",
    "alice@alpha.test",
    "@alice@alpha.test",
    "https://alpha.test/@alice",
    "https://alpha.test/@Alice",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_encoded", [True, False])
async def test_e23_forms_of_resource(world: World, form: str, *, is_encoded: bool) -> None:
    """A114, A115, A117, E22, E23, E24."""
    answer = await world.get(FIND + (quote(form, safe="") if is_encoded else form))
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == "application/jrd+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    found = json.loads(answer.body)
    assert found["subject"] == "acct:alice@alpha.test"
    assert world.alice.uri in found["aliases"]
    selves = [link for link in found["links"] if link["rel"] == "self"]
    assert {link["href"] for link in selves} == {world.alice.uri}
    assert "application/activity+json" in {link["type"] for link in selves}


async def test_e23_the_actor_id_as_resource(world: World) -> None:
    answer = await world.get(FIND + quote(world.alice.uri, safe=""))
    assert json.loads(answer.body)["subject"] == "acct:alice@alpha.test"


async def test_a115_rel_chooses_links(world: World) -> None:
    answer = await world.get(f"{FIND}acct:alice@alpha.test&rel=self")
    assert {link["rel"] for link in json.loads(answer.body)["links"]} == {"self"}


async def test_a127_the_server_itself_has_a_name(world: World) -> None:
    """A127, FEP-d556."""
    application = await identity.instance_actor(world.instance)
    for resource in ("https://alpha.test/", "acct:alpha.test@alpha.test"):
        found = json.loads((await world.get(FIND + quote(resource, safe=""))).body)
        assert application.uri in found["aliases"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?resource=", 400),
        ("?resource=acct:nobody@alpha.test", 404),
        ("?resource=acct:alice@other.test", 404),
        ("?resource=https://other.test/@alice", 404),
        ("?resource=mailto:alice@alpha.test", 404),
        ("?resource=acct:al%25ce@alpha.test", 404),
        ("?resource=" + "a" * 3000, 400),
        ("?resource=%00", 400),
        ("?resource=%ff%fe", 400),
        ("?other=1", 400),
    ],
)
async def test_op6_webfinger_oddities(world: World, query: str, status: int) -> None:
    """OP-6, E23: in plain JSON."""
    answer = await world.get("/.well-known/webfinger" + query, accept="*/*")
    assert answer.status == status
    assert json.loads(answer.body)["status"] == status


async def test_a118_host_meta(world: World) -> None:
    xml = await world.get("/.well-known/host-meta", accept="*/*")
    assert xml.headers["content-type"].startswith("application/xrd+xml")
    assert "https://alpha.test/.well-known/webfinger?resource={uri}" in xml.text
    for target, accept in (
        ("/.well-known/host-meta.json", "*/*"),
        ("/.well-known/host-meta", "application/json"),
    ):
        answer = await world.get(target, accept=accept)
        (link,) = json.loads(answer.body)["links"]
        assert link["template"] == "https://alpha.test/.well-known/webfinger?resource={uri}"


@pytest.mark.parametrize("version", ["2.0", "2.1"])
async def test_a123_a124_nodeinfo(world: World, version: str) -> None:
    """A123, A124: found through the links, valid against the schema, counted from rows."""
    await say(world.instance, world.alice)
    links = json.loads((await world.get("/.well-known/nodeinfo", accept="*/*")).body)["links"]
    rel = f"http://nodeinfo.diaspora.software/ns/schema/{version}"
    (url,) = [link["href"] for link in links if link["rel"] == rel]
    answer = await world.get(url.removeprefix("https://alpha.test"), accept="*/*")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    found = json.loads(answer.body)
    jsonschema.validate(found, json.loads((SCHEMAS / f"nodeinfo-{version}.json").read_text()))
    assert found["software"]["name"] == "kittiwake"
    # By this, programs made for Mastodon take a server whose name they do not know for one.
    assert found["metadata"]["upstream"]["name"] == "Mastodon"
    assert found["usage"]["users"]["total"] == await actors.count_local_people()
    assert found["usage"]["localPosts"] == 1


async def test_a28_who_was_not_let_in_yet_is_nobody_to_others(world: World) -> None:
    """A sign-up that waits for its link or for a moderator is not announced to anybody."""
    with world.instance.store.active():
        await site.save(Site(registration=RegistrationMode.APPROVAL, is_set_up=True))
        before = await actors.count_local_people()
        form = SignUp("waiter", "wind over water", reason="Let me in")
        user, actor = await registration.register(world.instance, form, address="203.0.113.5")
        moderator = replace(user, role=Role.OWNER)
    person = f"/actors/{actor.id}"
    hidden = (f"{FIND}acct:waiter@alpha.test", person, f"{person}/outbox", "/@waiter")
    for path in hidden:
        assert (await world.get(path)).status == 404, path
    with world.instance.store.active():
        assert await actors.count_local_people() == before
        await registration.approve(world.instance, moderator, user.id)
        assert await actors.count_local_people() == before + 1
    for path in hidden:
        assert (await world.get(path)).status < 400, path


async def test_who_was_declined_is_gone_and_the_handle_with_them(world: World) -> None:
    with world.instance.store.active():
        await site.save(Site(registration=RegistrationMode.APPROVAL, is_set_up=True))
        form = SignUp("waiter", "wind over water", reason="Let me in")
        user, _ = await registration.register(world.instance, form, address="203.0.113.5")
        await registration.decline(world.instance, replace(user, role=Role.OWNER), user.id)
    assert (await world.get(f"{FIND}acct:waiter@alpha.test")).status == 410
