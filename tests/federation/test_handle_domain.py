"""Handles at another domain than the server's: people at people.test, the server at beta.test."""

import json

import httpx2
import pytest

from actors import remote
from instance.resources import Instance
from instance.settings import Settings, load
from outbox import publishing
from posts.activitystreams import note_from_post
from posts.drafts import Draft
from storage import actors
from tests.asgi import call
from tests.instances import Instances
from tests.usecases.social import make_person
from webapp.app import create_asgi


@pytest.fixture
async def beta(instances: Instances) -> Instance:
    made = await instances.make("beta", Settings(handle_domain="people.test"))

    def lead_on(request: httpx2.Request) -> httpx2.Response:
        target = request.url.raw_path.decode()
        return httpx2.Response(301, headers={"location": f"https://beta.test{target}"})

    instances.internet.add("people.test", lead_on)
    with made.store.active():
        await make_person(made, "bea")
    return made


@pytest.mark.usefixtures("beta")
@pytest.mark.parametrize("typed", ["@bea@people.test", "@bea@beta.test", "https://beta.test/@bea"])
async def test_a119_others_show_the_handle_of_the_other_domain(
    instances: Instances, typed: str
) -> None:
    """A14, A119, A120, E18, E20, E21: found by either spelling, shown by one."""
    alpha = await instances.make("alpha")
    with alpha.store.active():
        found = await remote.resolve(alpha, typed)
    assert (found.username, found.host) == ("bea", "people.test")
    assert found.uri.startswith("https://beta.test/actors/")


@pytest.mark.parametrize(
    "resource", ["acct:bea@people.test", "acct:BEA@beta.test", "https://beta.test/@bea"]
)
async def test_a114_one_subject_and_several_aliases(beta: Instance, resource: str) -> None:
    """A114, A117, A119, A131: handle, page, id; picture, page, templates for other servers."""
    target = f"/.well-known/webfinger?resource={resource}"
    answer = await call(create_asgi(beta), "GET", target.encode())
    found = json.loads(answer.body)
    assert found["subject"] == "acct:bea@people.test"
    assert "https://beta.test/@bea" in found["aliases"]
    templates = {link["rel"]: link["template"] for link in found["links"] if "template" in link}
    intents = "https://w3id.org/fep/3b86/"
    assert templates["http://ostatus.org/schema/1.0/subscribe"].endswith("?uri={uri}")
    assert {rel for rel in templates if rel.startswith(intents)} == {
        intents + each for each in ("Object", "Follow", "Like", "Announce", "Create")
    }


async def test_a121_documents_name_the_handle(beta: Instance) -> None:
    """A121 (FEP-2c59), E21: `webfinger` of the actor, and mentions of people here."""
    with beta.store.active():
        bea = await actors.find_by_handle("bea", None)
        assert bea is not None
        await make_person(beta, "ben")
        post = await publishing.publish(beta, bea, Draft(text="@ben@people.test @ben@beta.test"))
    path = bea.uri.removeprefix("https://beta.test").encode()
    headers = ((b"accept", b"application/activity+json"),)
    answer = await call(create_asgi(beta), "GET", path, headers=headers)
    assert json.loads(answer.body)["webfinger"] == "bea@people.test"
    tags = note_from_post(post, bea, addresses=beta.addresses).mentions
    assert [tag.name for tag in tags] == ["@ben@people.test"]


def test_a119_the_setting_is_a_domain() -> None:
    """A119: written in any case and script; without it the handles are at the domain."""
    given = {"KITTIWAKE_DOMAIN": "social.example.org", "KITTIWAKE_HANDLE_DOMAIN": "Bücher.Example"}
    assert load(given, None).handles_at == "xn--bcher-kva.example"
    assert load({"KITTIWAKE_DOMAIN": "social.example.org"}, None).handles_at == "social.example.org"
