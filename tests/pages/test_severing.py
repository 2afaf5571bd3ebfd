"""Follows that ended with a host: told once, listed for who lost them, and restored or not."""

from collections.abc import Iterator

import pytest

from instance.resources import Instance
from moderation import hosts
from outbox import host_blocking
from storage import actors, host_blocks, relations
from storage.records import Actor, HostSeverity, Page
from tests.instances import drain
from tests.pages.browser import Browser
from tests.usecases.social import befriend, make_remote

PAGE = Page(limit=10)


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def me(alice: Browser) -> Actor:
    assert alice.status == 200
    found = await actors.find_by_handle("alice", None)
    assert found is not None
    return found


async def names(me: Actor, which: host_blocks.Lost) -> list[str]:
    found = await host_blocks.lost(me.id, "beta.test", which, PAGE)
    return [actor.username for _, actor in found]


async def test_b90_what_a_block_of_a_host_ended_is_told_once_and_can_be_taken_along(
    instance: Instance, me: Actor, alice: Browser, bob: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B90, B111: in slices, with one notification; a page and files, for oneself alone."""
    monkeypatch.setattr(host_blocking, "ENDED_PER_JOB_MAX", 1)
    ben, bea = await make_remote(instance, "ben"), await make_remote(instance, "bea")
    await befriend(instance, me, ben)
    for each in (ben, bea):
        await befriend(instance, each, me)
    await host_blocking.block(instance, me, "beta.test")
    await drain(instance)
    await alice.get("/notifications")
    assert alice.text.count("lost follows with beta.test, which you do not want to meet") == 1
    assert 'href="/settings/severed/beta.test"' in alice.text
    await alice.get("/settings/severed/beta.test")
    assert alice.text.count("@ben@beta.test") == 2
    assert alice.text.count("@bea@beta.test") == 1
    answer = await alice.get("/settings/severed/beta.test/following.csv")
    assert answer.text.splitlines()[1:] == ["ben@beta.test,true,false,"]
    assert answer.headers["content-disposition"].startswith("attachment")
    answer = await alice.get("/settings/severed/beta.test/followers.csv")
    first, *lost = answer.text.splitlines()
    assert first == "Account address"
    assert sorted(lost) == ["bea@beta.test", "ben@beta.test"]  # the job took them in any order
    assert "@ben" not in (await bob.get("/settings/severed/beta.test")).text
    assert (await bob.get("/settings/severed/beta.test/followers.csv")).text == "Account address\n"
    assert (await alice.get("/settings/severed/%3Cb%3E")).status == 404


async def test_b90_the_server_gives_back_what_it_took_and_not_what_a_person_ended(
    instance: Instance, me: Actor
) -> None:
    """B90, P9: between two people the last time counts, whoever it was."""
    ben, bea = await make_remote(instance, "ben"), await make_remote(instance, "bea")
    for each in (ben, bea):
        await befriend(instance, each, me)
    await host_blocking.block(instance, me, "beta.test")
    await drain(instance)
    await host_blocking.unblock(instance, me, "beta.test")
    await befriend(instance, ben, me)
    await hosts.put(instance, [hosts.rule_for(instance, "beta.test", HostSeverity.SUSPEND)])
    await drain(instance)
    assert await relations.find_follow(ben.id, me.id) is None
    assert sorted(await names(me, "followers")) == ["bea", "ben"]
    await hosts.lift(instance, ["beta.test"])
    await drain(instance)
    assert await relations.find_follow(ben.id, me.id) is not None
    assert await relations.find_follow(bea.id, me.id) is None
    assert await names(me, "followers") == ["bea"]


async def test_b90_a_server_is_blocked_and_met_again_on_the_page(
    instance: Instance, me: Actor, alice: Browser, bob: Browser
) -> None:
    """B90 without an app: what is no server is said at the field, and others are not concerned."""
    ben = await make_remote(instance, "ben")
    await befriend(instance, me, ben)
    await alice.get("/settings/blocks")
    await alice.submit("/settings/blocks/hosts", host="no such thing")
    assert alice.status == 422
    assert "Name another server" in alice.text
    await alice.submit("/settings/blocks/hosts", host="Beta.TEST")
    await drain(instance)
    await alice.get("/settings/blocks")
    assert "beta.test" in alice.text
    assert await relations.find_follow(me.id, ben.id) is None
    assert "beta.test" not in (await bob.get("/settings/blocks")).text
    await alice.submit("/settings/blocks/hosts", host="beta.test", do="undo")
    assert "beta.test" not in (await alice.get("/settings/blocks")).text
