"""How often: windows, exempt networks, what counts as one source."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from actors import profile
from actors.profile import ProfileChange
from instance.errors import TooMany
from instance.resources import Instance
from instance.settings import LimitSettings
from moderation import limits
from outbox import following, publishing
from posts.drafts import Draft
from storage import posts, relations
from tests.instances import FakeClock
from tests.usecases.actors.test_profile import png
from tests.usecases.social import make_person, say


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


async def test_a_person_posts_and_edits_so_often_in_an_hour(
    instance: Instance, clock: FakeClock
) -> None:
    """A94: Issue 3, section 1: the answer says what happened, and when to try again."""
    limited = _with(instance, posts_per_person_per_hour_max=2)
    alice, bob = await make_person(instance, "alice"), await make_person(instance, "bob")
    post = await say(limited, alice)
    await publishing.edit(limited, alice, post.id, Draft("other words"))
    clock.advance(minutes=40)
    for act in (say(limited, alice), publishing.edit(limited, alice, post.id, Draft("third"))):
        with pytest.raises(TooMany, match="2 posts and edits in an hour") as caught:
            await act
        assert caught.value.retry_after_s == 20 * 60
    assert await posts.count_local() == 1
    await say(limited, bob)
    clock.advance(minutes=20)
    await say(limited, alice)


async def test_a_person_begins_so_many_follows_in_a_day(
    instance: Instance, clock: FakeClock
) -> None:
    limited = _with(instance, follows_per_person_per_day_max=1)
    alice, bob = await make_person(instance, "alice"), await make_person(instance, "bob")
    carol = await make_person(instance, "carol")
    for _ in range(3):  # what is so already is not counted
        await following.follow(limited, alice, bob)
    with pytest.raises(TooMany, match="1 follows in a day"):
        await following.follow(limited, alice, carol)
    assert await relations.find_follow(alice.id, carol.id) is None
    clock.advance(days=1)
    await following.follow(limited, alice, carol)


async def test_a_person_uploads_so_often_in_an_hour(instance: Instance) -> None:
    limited = _with(instance, uploads_per_person_per_hour_max=1)
    alice = await make_person(instance, "alice")
    await profile.change_profile(limited, alice, ProfileChange(avatar=png(10, 10)))
    with pytest.raises(TooMany, match="1 uploads in an hour"):
        await profile.change_profile(limited, alice, ProfileChange(avatar=png(20, 20)))
    await profile.change_profile(limited, alice, ProfileChange(name="Alice"))


def _with(instance: Instance, **changes: int) -> Instance:
    limits = replace(instance.settings.limits, **changes)  # type: ignore[arg-type]  # numbers all
    return replace(instance, settings=replace(instance.settings, limits=limits))
