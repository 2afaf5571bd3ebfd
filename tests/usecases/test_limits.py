"""How often: windows, exempt networks, what counts as one source."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from instance.errors import TooMany
from instance.resources import Instance
from instance.settings import LimitSettings
from moderation import limits
from tests.instances import FakeClock


async def hit(instance: Instance, key: str = "key", address: str | None = "203.0.113.5") -> None:
    await limits.allow(instance, key, max=2, window_s=60, address=address)


async def test_more_than_max_in_a_window_is_refused_until_it_ends(
    instance: Instance, clock: FakeClock
) -> None:
    await hit(instance)
    await hit(instance)
    clock.advance(seconds=20)
    with pytest.raises(TooMany) as caught:
        await hit(instance)
    assert caught.value.retry_after_s == 40
    assert "key" not in caught.value.public
    await hit(instance, "other key")
    clock.advance(seconds=caught.value.retry_after_s)
    await hit(instance)


async def test_exempt_networks_are_not_counted(instance: Instance) -> None:
    networks = (ip_network("203.0.113.0/24"), ip_network("2001:db8::/32"))
    exempt = replace(instance, settings=replace(instance.settings, limits=LimitSettings(networks)))
    for address in ("203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1"):
        for _ in range(5):
            await hit(exempt, address=address)
    await hit(exempt, address="198.51.100.1")
    await hit(exempt, address="198.51.100.1")
    strangers: tuple[str | None, ...] = ("198.51.100.1", None, "", "localhost")
    for stranger in strangers:
        with pytest.raises(TooMany):
            await hit(exempt, address=stranger)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_a_home_counts_as_one_source(address: str, source: str) -> None:
    assert limits.source_of(address) == source
