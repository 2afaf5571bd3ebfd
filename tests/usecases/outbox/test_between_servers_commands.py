"""`python main.py relay|report|user rename …`: what an operator does between servers."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import commands.relays
import commands.reports
import commands.users
import main
import serving
from commands.results import Result
from instance.errors import Conflict, NotFound
from instance.resources import Instance
from outbox import renaming, reporting
from outbox.reporting import Complaint
from storage import actors, relays
from storage.records import Actor, Role
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import answering, befriend, delivered, make_person, make_remote
from users import setup


@pytest.fixture(autouse=True)
def _one_clock(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "opened", partial(serving.opened, now=clock))


async def _run(run: Callable[..., Any], instance: Instance, *words: str) -> Result:
    given = main.parser().parse_args(list(words))
    assert isinstance(given, argparse.Namespace)
    found = await run(given, instance.settings)
    assert isinstance(found, Result)
    return found


async def test_reports_are_listed_settled_and_opened_again(
    instance: Instance, alice: Actor
) -> None:
    """A177."""
    run = partial(_run, commands.reports.run, instance)
    with pytest.raises(NotFound):
        await run("report", "list")
    await setup.add_user(instance, "nadia", "a fine long password", role=Role.OWNER)
    bob = await make_person(instance, "bob")
    made = await reporting.report(instance, alice, bob, Complaint("Look", "spam"))
    listed = await run("report", "list")
    assert "@bob@" in listed.text
    assert "reported by @alice@" in listed.text
    await run("report", "resolve", str(made.id), "--note", "Talked")
    assert (await run("report", "list")).text == "No reports."
    assert "@bob@" in (await run("report", "list", "--resolved")).text
    await run("report", "reopen", str(made.id))
    assert "@bob@" in (await run("report", "list")).text


async def test_relays_are_listed_and_removed(instance: Instance) -> None:
    """A201: what the command says; that it reaches the relay is tested between servers."""
    run = partial(_run, commands.relays.run, instance)
    assert (await run("relay", "list")).text == "No relays."
    with pytest.raises(NotFound):
        await run("relay", "remove", "https://relay.test/inbox")
    assert await relays.list_all() == []


async def test_a_renamed_person_is_found_by_both_names(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    """A167: the followers' servers get an Update; the id stays; the old name is nobody else's."""
    answering(internet, "beta.test")
    await befriend(instance, await make_remote(instance, "x"), alice)
    given = main.parser().parse_args(["user", "rename", "alice", "alicia"])
    told = await commands.users.rename_user(instance.settings, given.name, given.new)
    assert told.text.startswith("@alicia@")
    sent = await delivered(instance, internet)
    assert [each["type"] for each in sent] == ["Update"]
    assert sent[0]["object"]["preferredUsername"] == "alicia"
    assert sent[0]["object"]["id"] == alice.uri
    for name in ("alice", "alicia", "ALICE"):
        found = await actors.find_by_handle(name, None)
        assert found is not None
        assert (found.id, found.username) == (alice.id, "alicia")
    bob = await make_person(instance, "bob")
    with pytest.raises(Conflict):
        await renaming.rename(instance, bob, "alice")
    with pytest.raises(NotFound):
        await commands.users.rename_user(instance.settings, "nobody", "somebody")
    renamed = await actors.get(alice.id)
    back = await renaming.rename(instance, renamed, "alice")
    assert back.username == "alice"
    former = await actors.FORMER_HANDLES.select("WHERE t.actor_id = ?", alice.id)
    assert [each.username for each in former] == ["alicia"]
