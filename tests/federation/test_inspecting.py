"""The federation debugger: each thing that can be wrong is named by the step at which it is."""

import json
from typing import Any

import httpx2
import pytest

import commands.inspect
from inbox.inspecting import inspect
from inbox.inspection import Finding, Inspection, Level
from instance.errors import Invalid
from moderation import contents, hosts
from storage import posts
from storage.records import ContentAction, ContentKind, HostSeverity
from tests.federation.peers import Forgery, Peer
from tests.federation.world import World
from tests.usecases.queries import counted
from tests.usecases.social import say


def steps(found: Inspection, level: Level) -> dict[str, str]:
    return {each.step: each.text for each in found.findings if each.level is level}


async def look(world: World, text: str) -> Inspection:
    return await inspect(world.instance, text)


async def test_c63_a_handle_is_followed_to_its_keys(world: World) -> None:
    """C63: WebFinger, document, key and our own row."""
    found = await look(world, "@honest@b.test")
    assert found.is_good, found.findings
    good = steps(found, Level.GOOD)
    assert good["host rule"] == "none about b.test"
    assert good["webfinger"].endswith("confirmed by its host")
    assert good["id"].startswith(world.honest.uri)
    assert good["keys"] == f"{world.honest.key_id} (RSA)"
    assert steps(found, Level.NOTE)["here"] == "followed by somebody here"
    data = commands.inspect.shape(found.record)
    assert data["username"] == "honest"
    assert "private_pem" not in json.dumps(commands.inspect.shape(found.understood))


async def test_c63_a_post_is_read_judged_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C63, P6: how it is understood, kept and what the policies say, without a row written."""
    note = world.honest.note("some badword")
    await contents.add(world.instance, ContentKind.WORD, "badword", ContentAction.REJECT)
    with counted(world.instance, monkeypatch) as statements:
        found = await look(world, note["id"])
    writes = ("INSERT INTO posts", "INSERT INTO actors", "INSERT INTO receipts")
    assert not [sql for sql in statements if sql.startswith(writes)]
    assert steps(found, Level.GOOD)["record"] == "a public post (Note)"
    assert steps(found, Level.BAD).keys() == {"policies"}
    assert "refused: contents: word rule" in steps(found, Level.BAD)["policies"]
    assert await posts.find_by_uri(note["id"]) is None


@pytest.mark.parametrize(
    ("what", "step", "said"),
    [
        ("@nobody@b.test", "webfinger", "404"),
        ("https://nowhere.test/x", "fetch", "does not answer"),
        ("https://b.test/gone", "fetch", "404"),
        ("https://b.test/html", "fetch", "wrong content type"),
        ("https://b.test/liar", "id", "only what lies at its own id is believed"),
        ("https://b.test/odd", "parse", ""),
        ("https://b.test/forged", "author", "another host"),
        ("https://127.0.0.1/x", "fetch", ""),
        ("https://alpha.test/actors/7", "here", "nothing of ours"),
        ("@nobody@alpha.test", "handle", "nobody of this name"),
    ],
)
async def test_c63_what_fails_is_named(world: World, what: str, step: str, said: str) -> None:
    """C63: in one line each."""
    peer, base = world.honest.peer, "https://b.test"
    peer.put({**world.honest.note(), "id": f"{base}/real"})
    peer.documents["/liar"] = {**world.honest.note(), "id": f"{base}/elsewhere"}
    peer.put({"id": f"{base}/odd", "type": "Create"})
    peer.put({**world.honest.note(), "id": f"{base}/forged", "attributedTo": world.victor.uri})
    if what.endswith("/html"):
        answer = httpx2.Response(200, text="<p>", headers={"content-type": "text/html"})
        world.internet.answer_next("b.test", answer)
    found = await look(world, what)
    assert not found.is_good
    assert said in steps(found, Level.BAD)[step]
    assert all("\n" not in each.text for each in found.findings)


async def test_c63_keys_and_handles_that_do_not_hold(world: World) -> None:
    peer = Peer(world.internet, "c.test", world.clock)
    eve = peer.join("eve", 5)
    document = eve.document()
    document["publicKey"] = {**document["publicKey"], "publicKeyPem": "nonsense"}
    peer.put(document)
    peer.name(eve, uri="https://c.test/users/other")
    bad = steps(await look(world, eve.uri), Level.BAD)
    assert "does not lead back" in bad["webfinger"]
    assert "nonsense" not in bad["keys"]


async def test_c63_a_suspended_host_is_said_and_not_asked(world: World) -> None:
    """E144, C63."""
    rule = hosts.rule_for(world.instance, "a.test", HostSeverity.SUSPEND, comment="spam")
    await hosts.put(world.instance, [rule])
    await world.settle()
    world.internet.requests.clear()
    for what in (world.mallory.uri, "@mallory@a.test", "https://sub.a.test/x"):
        bad = steps(await look(world, what), Level.BAD)
        assert bad["host rule"].startswith("suspend a.test: spam; nothing is asked of")
    assert world.internet.requests == []


async def test_p6_an_activity_is_found_by_its_id(world: World) -> None:
    """P6, C63: what was done, refused and turned away, with its reason."""
    await contents.add(world.instance, ContentKind.WORD, "badword", ContentAction.REJECT)
    done = world.honest.create(world.honest.note("fine"))
    refused = world.honest.create(world.honest.note("badword"))
    forged = world.honest.create(world.honest.note("forged"))
    await world.tell(world.honest, done)
    await world.tell(world.honest, refused)
    await world.post(world.honest, forged, forgery=Forgery(key=world.mallory.key))
    found = await look(world, done["id"])
    assert found.is_good
    assert "; done" in steps(found, Level.GOOD)["receipt"]
    found = await look(world, refused["id"])
    assert "; refused: contents: word rule" in steps(found, Level.BAD)["receipt"]
    assert found.document is not None
    found = await look(world, forged["id"])
    assert "; turned away: " in steps(found, Level.BAD)["receipt"]
    assert "Nobody proved whose it is" in steps(found, Level.BAD)["receipt"]


async def test_p6_our_own_activity_shows_its_deliveries(world: World) -> None:
    """P6."""
    post = await say(world.instance, world.alice, "@honest@b.test hello")
    url = world.instance.addresses.activity(post.id)
    assert "waiting" in json.dumps(
        [each.text for each in (await look(world, url)).findings]
    ) or await _is_planned(world, url)
    await world.settle()
    found = await look(world, url)
    assert steps(found, Level.GOOD)["sent"].startswith("Create, made here")
    assert "b.test: delivered" in json.dumps([each.text for each in found.findings])


async def _is_planned(world: World, url: str) -> bool:
    return "none" in steps(await look(world, url), Level.NOTE).get("deliveries", "")


async def test_what_is_neither_handle_nor_address_is_invalid(world: World) -> None:
    for text in ("", "hello", "ftp://b.test/x", "https://"):
        with pytest.raises(Invalid):
            await look(world, text)


def test_op12_what_others_say_does_not_drive_the_terminal() -> None:
    """OP-12: neither in the findings nor in the document."""
    found = Inspection("x", [Finding(Level.BAD, "fetch", "a\x1b[2Jb\nc")])
    found.document = {"content": "\x1b[2J"}
    for is_coloured in (True, False):
        text: Any = commands.inspect._written(found, is_coloured=is_coloured)
        assert "\x1b[2J" not in text
        assert ("\x1b" in text) == is_coloured
