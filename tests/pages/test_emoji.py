"""Custom emoji of this server: added by who runs it, written by its people, sent with their ids."""

import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import commands.emoji
import main
import serving
from commands.results import Result
from federation import serializing
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from instance.settings import Settings
from posts.activitystreams import note_from_post
from storage import actors, posts, users
from storage.records import Role
from tests.pages.browser import Browser


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGBA", (200, 200), (10, 90, 75, 255)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
async def admin(instance: Instance, alice: Browser) -> Browser:
    with instance.store.active():
        actor = await actors.find_by_handle("alice", None)
        assert actor is not None
        user = await users.find_by_actor(actor.id)
        assert user is not None
        await users.save(replace(user, role=Role.ADMIN))
    return alice


async def add(admin: Browser, name: str, data: bytes | None = None) -> None:
    await admin.get("/admin/emoji")
    await admin.send_files("/admin/emoji$", {"picture": data or picture()}, name=name)


async def test_a184_an_emoji_is_added_used_and_sent(
    instance: Instance, admin: Browser, bob: Browser
) -> None:
    """A184, E68, E102, A204 (FEP-9098): only what is declared, with its own id, which is served."""
    await add(admin, "tern")
    assert admin.status == 200
    assert "<code" in admin.text
    path = await bob.write("A :tern: and a :gull: in <code>:tern:</code>")
    await bob.get(path)
    (image,) = set(re.findall(r'<img class="emoji" src="([^"]+)"', bob.text))
    assert ":gull:" in bob.text
    with instance.store.active():
        post = await posts.get(int(path.rpartition("/")[2]))
        author = await actors.get(post.actor_id)
    note = serializing.note_document(note_from_post(post, author, addresses=instance.addresses))
    assert note["tag"] == [
        {
            "type": "Emoji",
            "id": "https://alpha.test/emojis/tern",
            "name": ":tern:",
            "icon": {"type": "Image", "mediaType": "image/webp", "url": image},
        }
    ]
    await bob.request("GET", "/emojis/tern", sends={"Accept": "application/activity+json"})
    served = json.loads(bob.answer.body)
    assert served["icon"]["url"] == image
    assert served["updated"]
    await bob.request("GET", "/emojis/gull")
    assert bob.status == 404


async def test_a184_emoji_in_names_and_reactions(
    instance: Instance, admin: Browser, bob: Browser
) -> None:
    """A184, A185."""
    await add(admin, "tern")
    await bob.get("/settings/profile")
    await bob.send_files("/settings/profile$", {}, name="Bob :tern:")
    await bob.get("/@bob")
    assert '<bdi>Bob <img class="emoji"' in bob.text
    with instance.store.active():
        actor = await actors.find_by_handle("bob", None)
    assert actor is not None
    assert [each.shortcode for each in actor.emojis] == ["tern"]
    path = await bob.write("React to me")
    listed = f"/posts/{path.rpartition('/')[2]}/reactions"
    await admin.get(listed)
    assert 'value=":tern:"' in admin.text
    fields = admin.form("/react$").fields
    await admin.post(listed.replace("reactions", "react"), {**fields, "emoji": ":tern:"})
    await bob.get(path)
    assert re.search(r'aria-pressed="false" title="tern"><img class="emoji"[^>]*> 1<', bob.text)


async def test_emoji_that_are_refused(admin: Browser, bob: Browser) -> None:
    await add(admin, "tern")
    for name, data in (
        ("tern", None),
        ("a", None),
        ("Not a name", None),
        ("gull", b"<svg onload=alert(1)>"),
    ):
        await add(admin, name, data)
        assert admin.status in {409, 422}, name
    await admin.submit("/admin/emoji/remove$")
    assert "None yet" in admin.text
    await bob.get("/admin/emoji")
    assert bob.status == 404


async def test_the_command_adds_lists_and_removes(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Instance]:
        with instance.store.active():
            yield instance

    async def emoji(*words: str) -> Result:
        given = main.parser().parse_args(["emoji", *words])
        return await commands.emoji.run(given, instance.settings)

    monkeypatch.setattr(serving, "opened", opened)
    file = tmp_path / "tern.png"
    file.write_bytes(picture())
    assert (await emoji("add", ":tern:", str(file))).data == {"shortcode": "tern"}
    assert str((await emoji("list")).data["emoji"]).startswith("{'tern': ")
    await emoji("remove", "tern")
    assert (await emoji("list")).data == {"emoji": {}}
    with pytest.raises(Invalid):
        await emoji("add", "gull", str(tmp_path / "nothing.png"))
    with pytest.raises(NotFound):
        await emoji("remove", "gull")
