"""ActivityPub for clients: what is posted to an outbox is done, as its owner's (A34 to A62)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from storage import actors, posts
from storage.records import Actor
from tests.clients.apps import App
from tests.clients.test_media import upload
from tests.instances import Instances, drain
from tests.pages.browser import Browser
from tests.pictures import picture
from tests.usecases.users import people

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
CONTEXT = "https://www.w3.org/ns/activitystreams"


@pytest.fixture
async def me(instance: Instance, alice: Browser) -> Actor:
    del alice
    with instance.store.active():
        found = await actors.find_by_handle("alice", None)
    assert found is not None
    return found


@pytest.fixture
async def him(instance: Instance, bob: Browser) -> Actor:
    del bob
    with instance.store.active():
        found = await actors.find_by_handle("bob", None)
    assert found is not None
    return found


class Outbox:
    """Alice's outbox, as a client writes to it."""

    def __init__(self, app: App, actor: Actor) -> None:
        self.app, self.actor = app, actor
        self.path = actor.uri.removeprefix("https://alpha.test") + "/outbox"

    async def post(self, document: dict[str, Any], content_type: str = LD) -> str:
        """Post a document; returns the Location."""
        body = json.dumps({"@context": CONTEXT, **document}).encode()
        await self.app.call("POST", self.path, body, content_type)
        return self.app.answer.headers.get("location", "")

    async def read(self, uri: str) -> dict[str, Any]:
        """What anybody gets at an address of ours."""
        path = uri.removeprefix("https://alpha.test")
        anybody = replace(self.app, token="")
        found = await anybody.call("GET", path, Accept="application/activity+json")
        return {"status": anybody.status, **(found or {})}


@pytest.fixture
def outbox(phone: App, me: Actor) -> Outbox:
    return Outbox(phone, me)


def note(**changes: Any) -> dict[str, Any]:
    return {"type": "Note", "content": "<p>Hello <b>you</b></p>", "to": [PUBLIC], **changes}


@pytest.mark.parametrize("content_type", [LD, "application/activity+json", "application/ld+json"])
async def test_a34_a35_a38_a_create_is_done_and_has_an_address(
    outbox: Outbox, content_type: str
) -> None:
    """A37."""
    create = {"type": "Create", "id": "https://evil.example/1", "object": note(), "to": [PUBLIC]}
    location = await outbox.post(create, content_type)
    assert outbox.app.status == 201
    assert location.startswith("https://alpha.test/activities/")  # A37: not the client's id
    found = await outbox.read(location)
    assert found["actor"] == outbox.actor.uri
    assert found["object"]["attributedTo"] == outbox.actor.uri  # A47, A88
    assert "Hello you" in found["object"]["content"]
    assert found["to"] == found["object"]["to"]  # A48


async def test_a6_a49_a50_a_bare_object_is_wrapped(outbox: Outbox) -> None:
    location = await outbox.post(note(cc=[f"{outbox.actor.uri}/followers"]))
    found = await outbox.read(location)
    assert found["type"] == "Create"
    assert found["object"]["id"].startswith("https://alpha.test/posts/")
    assert PUBLIC in found["to"]
    assert f"{outbox.actor.uri}/followers" in found["cc"]


async def test_a34_b48_a_source_in_markdown_is_markdown(outbox: Outbox) -> None:
    """A34, B48: what a client typed, not what it made of it."""
    source = {"content": "**Hello** <b>you</b>", "mediaType": "text/markdown"}
    found = (await outbox.read(await outbox.post(note(source=source))))["object"]
    assert found["content"] == "<p><strong>Hello</strong> &lt;b&gt;you&lt;/b&gt;</p>"
    assert found["source"] == source


async def test_a41_it_stands_in_the_outbox(outbox: Outbox) -> None:
    location = await outbox.post(note())
    page = await outbox.read(f"{outbox.actor.uri}/outbox?page=true")
    assert page["orderedItems"][0]["id"] == location


async def test_a36_an_outbox_is_its_owners(outbox: Outbox, him: Actor, client: App) -> None:
    theirs = Outbox(outbox.app, him)
    await theirs.post(note())
    assert outbox.app.status == 403
    nobody = Outbox(replace(client, token=""), outbox.actor)
    await nobody.post(note())
    assert nobody.app.status == 401


async def test_a36_an_app_that_may_only_read_does_not_post(
    client: App, alice: Browser, me: Actor
) -> None:
    reader = Outbox(await client.let_in_by(alice, scope="read"), me)
    await reader.post(note())
    assert reader.app.status == 403


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_a34_other_content_types_are_refused(outbox: Outbox, content_type: str) -> None:
    await outbox.post(note(), content_type)
    assert outbox.app.status == 415


@pytest.mark.parametrize(
    "kind",
    [
        *("Create", "Update", "Delete", "Follow", "Add", "Remove", "Like", "Block", "Undo"),
        *("Accept", "Reject", "Announce"),
    ],
)
async def test_a45_what_needs_an_object_is_refused_without(outbox: Outbox, kind: str) -> None:
    await outbox.post({"type": kind})
    assert outbox.app.status == 422
    assert outbox.app.value["error"]


async def test_a46_add_needs_its_target(outbox: Outbox) -> None:
    created = await outbox.read(await outbox.post(note()))
    post = created["object"]["id"]
    await outbox.post({"type": "Add", "object": post})
    assert outbox.app.status == 422
    await outbox.post({"type": "Add", "object": post, "target": "https://alpha.test/x"})
    assert outbox.app.status == 422


async def test_a56_pins_by_add_and_remove(outbox: Outbox) -> None:
    created = await outbox.read(await outbox.post(note()))
    post, featured = created["object"]["id"], f"{outbox.actor.uri}/featured"
    await outbox.post({"type": "Add", "object": post, "target": featured})
    assert outbox.app.status == 201
    assert (await outbox.read(featured))["orderedItems"] == [post]
    await outbox.post({"type": "Remove", "object": post, "target": featured})
    assert (await outbox.read(featured))["orderedItems"] == []


async def test_a51_a52_update_changes_what_is_named(outbox: Outbox) -> None:
    created = await outbox.read(await outbox.post(note()))
    changed = note(id=created["object"]["id"], content="<p>Other words</p>")
    location = await outbox.post({"type": "Update", "object": changed})
    assert (await outbox.read(location))["status"] in (200, 404)
    assert "Other words" in (await outbox.read(created["object"]["id"]))["content"]
    person = {"type": "Person", "id": outbox.actor.uri, "name": "Alice the first"}
    await outbox.post({"type": "Update", "object": person})
    assert outbox.app.status == 201
    profile = await outbox.read(outbox.actor.uri)
    assert profile["name"] == "Alice the first"


async def test_a53_delete_leaves_a_tombstone(outbox: Outbox) -> None:
    created = await outbox.read(await outbox.post(note()))
    post = created["object"]["id"]
    await outbox.post({"type": "Delete", "object": post})
    assert outbox.app.status == 201
    assert (await outbox.read(post))["type"] == "Tombstone"


async def test_of_others_nothing_is_changed(outbox: Outbox, bob: Browser, him: Actor) -> None:
    path = await bob.write("mine")
    post = f"https://alpha.test/posts/{path.rpartition('/')[2]}"
    await outbox.post({"type": "Delete", "object": post})
    assert outbox.app.status == 404
    await outbox.post({"type": "Update", "object": note(id=post)})
    assert outbox.app.status == 404
    await outbox.post({"type": "Update", "object": {"type": "Person", "id": him.uri}})
    assert outbox.app.status in (403, 422)
    assert (await outbox.read(post))["status"] == 200


async def test_a60_likes_boosts_and_follows_and_their_undo(
    outbox: Outbox, bob: Browser, him: Actor, instance: Instance
) -> None:
    path = await bob.write("like me")
    post = f"https://alpha.test/posts/{path.rpartition('/')[2]}"
    for kind, target in (("Like", post), ("Announce", post), ("Follow", him.uri)):
        location = await outbox.post({"type": kind, "object": target})
        assert outbox.app.status == 201, outbox.app.answer.text
        assert location.startswith("https://alpha.test/activities/")
        await outbox.post({"type": "Undo", "object": location})
        assert outbox.app.status == 201, outbox.app.answer.text
        await outbox.post({"type": kind, "object": target})
        await outbox.post({"type": "Undo", "object": {"type": kind, "object": target}})
        assert outbox.app.status == 201, outbox.app.answer.text
    with instance.store.active():
        assert (await posts.counts([int(path.rpartition("/")[2])])).popitem()[1].likes == 0
        assert (await actors.counts(him.id)).followers == 0


async def test_a57_a_block_blocks(outbox: Outbox, bob: Browser, him: Actor) -> None:
    location = await outbox.post({"type": "Block", "object": him.uri})
    assert outbox.app.status == 201
    await bob.get("/@alice")
    assert "Follow</button>" not in bob.text
    await outbox.post({"type": "Undo", "object": location})
    assert outbox.app.status == 201


async def test_a39_a40_hidden_recipients_get_it_and_nobody_is_told(
    outbox: Outbox, bob: Browser, him: Actor, browser: Browser
) -> None:
    del browser
    await bob.get("/@alice")
    await bob.submit("/@alice/follow")  # a private word of a stranger would be held back
    secret = note(to=[], bto=[him.uri], content="<p>between us</p>")
    location = await outbox.post(secret)
    assert outbox.app.status == 201
    await bob.get("/private")
    assert "between us" in bob.text
    assert (await outbox.read(location))["status"] == 404
    inbox = outbox.path.removesuffix("outbox") + "inbox?page=true"
    mine = await outbox.app.get(inbox)
    written = json.dumps(mine)
    assert "between us" in written
    assert "bto" not in written
    assert him.uri not in written
    (shown,) = await outbox.app.get("/api/v1/timelines/direct")
    assert shown["mentions"] == []


async def test_a40_named_recipients_get_it_without_being_in_the_text(
    outbox: Outbox, bob: Browser, him: Actor
) -> None:
    await bob.get("/@alice")
    await bob.submit("/@alice/follow")
    await outbox.post(note(to=[him.uri], content="<p>for one</p>"))
    assert outbox.app.status == 201
    await bob.get("/private")
    assert "for one" in bob.text


async def test_answers_and_polls(outbox: Outbox, bob: Browser) -> None:
    path = await bob.write("a question")
    post = f"https://alpha.test/posts/{path.rpartition('/')[2]}"
    answer = await outbox.read(await outbox.post(note(inReplyTo=post)))
    assert answer["object"]["inReplyTo"] == post
    question = {
        "type": "Question",
        "content": "Tea?",
        "to": [PUBLIC],
        "oneOf": [{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}],
    }
    found = await outbox.read(await outbox.post(question))
    assert [each["name"] for each in found["object"]["oneOf"]] == ["yes", "no"]


@pytest.mark.parametrize("kind", ["Move", "Flag", "Listen", "Offer", "Note\u0000", "Nonsense"])
async def test_what_clients_cannot_do_is_said(outbox: Outbox, kind: str) -> None:
    await outbox.post({"type": kind, "object": outbox.actor.uri, "target": outbox.actor.uri})
    assert outbox.app.status == 422
    assert outbox.app.value["error"]


async def test_a24_a25_the_inbox_is_its_owners(
    outbox: Outbox, bob: Browser, alice: Browser, client: App
) -> None:
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    await bob.write("news")
    path = outbox.path.removesuffix("outbox") + "inbox"
    found = await outbox.app.get(path)
    assert found["type"] == "OrderedCollection"
    page = await outbox.app.get(found["first"].removeprefix("https://alpha.test"))
    assert "news" in page["orderedItems"][0]["object"]["content"]
    await replace(client, token="").get(path)
    theirs = await client.let_in_by(bob)
    await theirs.get(path)
    assert theirs.status == 403


async def test_a19_the_actor_names_what_clients_need(outbox: Outbox) -> None:
    found = (await outbox.read(outbox.actor.uri))["endpoints"]
    assert found["oauthAuthorizationEndpoint"] == "https://alpha.test/oauth/authorize"
    assert found["oauthTokenEndpoint"] == "https://alpha.test/oauth/token"
    assert found["proxyUrl"] == "https://alpha.test/proxy"


async def test_a19_the_proxy_gets_what_is_elsewhere(
    outbox: Outbox, instances: Instances, instance: Instance
) -> None:
    beta = await instances.make("beta")
    with beta.store.active():
        _, them = await people.add(beta, "carol")
    found = await outbox.app.post("/proxy", {"id": them.uri})
    assert outbox.app.status == 200, outbox.app.answer.text
    assert found["preferredUsername"] == "carol"
    await outbox.app.post("/proxy", {"id": outbox.actor.uri})
    assert outbox.app.status == 422
    await drain(instance)


async def test_a62_uploads_media_with_its_post(outbox: Outbox) -> None:
    shell, attached = note(content="<p>look</p>"), {}
    for document in (shell, {"type": "Image", "name": "red", "content": "look", "to": [PUBLIC]}):
        await upload(outbox.app, picture((80, 60)), "/upload", object=json.dumps(document))
        assert outbox.app.status == 201, outbox.app.answer.text
        found = await outbox.read(outbox.app.answer.headers["location"])
        (attached,) = found["object"]["attachment"]
        assert attached["url"].startswith("https://alpha.test/media/")
        assert (attached["width"], attached["height"]) == (80, 60)
        assert "look" in found["object"]["content"]
    assert attached["name"] == "red"
    await upload(outbox.app, b"no picture", "/upload", object=json.dumps(shell))
    assert outbox.app.status == 422


async def test_md13_the_files_of_a_deleted_post_are_gone(outbox: Outbox) -> None:
    await upload(outbox.app, picture(), "/upload", object=json.dumps(note()))
    created = await outbox.read(outbox.app.answer.headers["location"])
    url = created["object"]["attachment"][0]["url"]
    assert (await outbox.read(url))["status"] == 200
    await outbox.post({"type": "Delete", "object": created["object"]["id"]})
    assert (await outbox.read(url))["status"] == 404
