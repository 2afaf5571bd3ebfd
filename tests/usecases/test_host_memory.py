"""INTEROP 1: what worked with a host is remembered, also by the next process."""

from dataclasses import replace

import httpx2
import pytest

from federation.habits import Habits
from federation.serializing import ACTIVITY_TYPE
from federation.signatures import Signer
from instance import host_memory
from instance.building import build, close
from instance.host_memory import StoredHosts
from instance.resources import Instance
from storage import hosts
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.usecases.social import private_pem

INBOX = "https://far.test/inbox"


def picky(request: httpx2.Request) -> httpx2.Response:
    """A server that knows RFC 9421 alone, and the short content type alone."""
    if "signature-input" not in request.headers:
        return httpx2.Response(401)
    right = request.headers["content-type"] == ACTIVITY_TYPE
    return httpx2.Response(202 if right else 415)


async def post(instance: Instance) -> None:
    await instance.http.post(INBOX, b"{}", Signer("https://alpha.test/k", private_pem()))


async def test_consequence_1_what_worked_survives_a_restart(
    instance: Instance, internet: FakeInternet, clock: FakeClock
) -> None:
    internet.add("far.test", picky)
    await post(instance)
    assert len(internet.requests) > 1
    internet.requests.clear()
    await post(instance)
    assert len(internet.requests) == 1
    again = await build(instance.settings, now=clock, transport=internet)
    try:
        internet.requests.clear()
        await post(again)
        assert len(internet.requests) == 1
    finally:
        await close(again)


async def test_a_host_that_changed_its_mind_is_learnt_anew(
    instance: Instance, internet: FakeInternet
) -> None:
    memory = StoredHosts(instance.store, instance.now)
    await memory.remember("far.test", Habits("cavage"))
    internet.add("far.test", picky)
    await post(instance)
    host = await hosts.find("far.test")
    assert host is not None
    assert (host.signature_scheme, host.content_type) == ("rfc9421", ACTIVITY_TYPE)


async def test_hosts_met_lately_cost_no_query_and_are_few(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_memory, "HOSTS_IN_MEMORY_MAX", 3)
    memory = StoredHosts(instance.store, instance.now)
    for number in range(9):
        await memory.remember(f"h{number}.test", Habits("rfc9421"))
        assert await memory.habits_of(f"x{number}.test") == Habits()
    assert len(memory._recent) == 3
    with monkeypatch.context() as patched:
        patched.setattr(hosts, "find", None)
        assert await memory.habits_of("h8.test") == Habits("rfc9421")
    assert await memory.habits_of("h0.test") == Habits("rfc9421")


async def test_an_unknown_scheme_in_the_table_is_none(instance: Instance) -> None:
    await hosts.note_success("far.test", instance.now(), signature_scheme="smoke")
    found = await StoredHosts(instance.store, instance.now).habits_of("far.test")
    assert found == replace(Habits(), scheme=None)
