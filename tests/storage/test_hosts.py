"""What we know of other servers, and how deliveries to them fare."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import hosts
from storage.records import Host
from tests.factories import START

pytestmark = pytest.mark.usefixtures("store")

LATER = START + timedelta(hours=1)


async def test_a_host_is_known_from_its_first_answer() -> None:
    assert await hosts.find("far.test") is None
    await hosts.note_success("far.test", START, signature_scheme="cavage")
    known = Host("far.test", START, signature_scheme="cavage", last_success_at=START)
    assert await hosts.find("far.test") == known
    await hosts.note_success("far.test", LATER, content_type="application/activity+json")
    after = replace(known, last_success_at=LATER, content_type="application/activity+json")
    assert await hosts.find("far.test") == after


async def test_success_is_not_written_for_each_delivery() -> None:
    """BUDGETS: bytes written per delivery."""
    await hosts.note_success("far.test", START, signature_scheme="rfc9421")
    soon = START + timedelta(seconds=10)
    await hosts.note_success("far.test", soon, signature_scheme="rfc9421")
    found = await hosts.find("far.test")
    assert found is not None
    assert found.last_success_at == START
    await hosts.note_success("far.test", soon, signature_scheme="cavage")
    found = await hosts.find("far.test")
    assert found is not None
    assert (found.last_success_at, found.signature_scheme) == (soon, "cavage")


async def test_hosts_are_listed_by_name() -> None:
    for name in ("b.test", "a.test", "c.test"):
        await hosts.note_success(name, START)
    names = [host.name for host in await hosts.list_by_name(2)]
    assert names == ["a.test", "b.test"]
    assert [host.name for host in await hosts.list_by_name(2, after="b.test")] == ["c.test"]
