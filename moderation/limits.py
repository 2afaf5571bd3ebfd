"""How often a user, address or host may do what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from instance.errors import TooMany
from instance.resources import Instance
from storage.records import RowId

LOOK_UPS_PER_MINUTE_MAX = 30
REPORTS_PER_DAY_MAX = 30
RENAMES_PER_MONTH_MAX = 1

HOUR_S = 3600
DAY_S = 24 * HOUR_S

# A home has at least this much of IPv6: its addresses count as one.
IPV6_PREFIX_BITS = 64


async def allow(
    instance: Instance,
    key: str,
    *,
    max: int,  # noqa: A002 - reads well where it is called: max=10, window_s=300
    window_s: int,
    address: str | None,
    message: str = "That was too often. Please wait a little.",
) -> None:
    """Count one more of `key`; raises `TooMany` above `max` in a window of `window_s`.

    Whoever comes from an exempt network is neither counted nor refused.
    """
    if address is not None and is_within(address, instance.settings.limits.exempt_networks):
        return
    now = instance.now()
    times = await instance.cache.count(key, window_s, now)
    if times > max:
        # The rest of this window; windows begin at multiples of their length.
        wait_s = window_s - int(now.timestamp()) % window_s
        raise TooMany(
            message,
            retry_after_s=wait_s,
            detail=f"{key}: {times} times in {window_s} s",
        )


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit: of `limit` things, `remaining` until `resets_at`."""

    limit: int
    remaining: int
    resets_at: datetime


async def allowance(instance: Instance, key: str, *, limit: int, window_s: int) -> Allowance:
    """Count one more of `key` and return what is left; `remaining` is -1 when it was too often."""
    now = instance.now()
    times = await instance.cache.count(key, window_s, now)
    wait_s = window_s - int(now.timestamp()) % window_s
    return Allowance(limit, max(limit - times, -1), now + timedelta(seconds=wait_s))


async def allow_look_up(instance: Instance, actor_id: RowId, *, address: str | None = None) -> None:
    """Count one thing that a person here makes us ask another server; raises `TooMany`.

    One count for the search box, profiles, follows and mentions: nobody makes us ask without end.
    """
    key, often = f"look up {actor_id}", LOOK_UPS_PER_MINUTE_MAX
    await allow(instance, key, max=often, window_s=60, address=address)


async def allow_post(instance: Instance, actor_id: RowId) -> None:
    """Count a post or an edit of a person here; raises `TooMany`."""
    often = instance.settings.limits.posts_per_person_per_hour_max
    await _allow_person(instance, actor_id, f"{often} posts and edits in an hour", often, HOUR_S)


async def allow_follow(instance: Instance, actor_id: RowId) -> None:
    """Count a follow that a person here begins; raises `TooMany`."""
    often = instance.settings.limits.follows_per_person_per_day_max
    await _allow_person(instance, actor_id, f"{often} follows in a day", often, DAY_S)


async def allow_report(instance: Instance, actor_id: RowId) -> None:
    """Count a report by a person here; raises `TooMany`."""
    often = REPORTS_PER_DAY_MAX
    await _allow_person(instance, actor_id, f"{often} reports in a day", often, DAY_S)


async def allow_rename(instance: Instance, actor_id: RowId, *, is_return: bool) -> None:
    """Count a new name of a person here, or a return to one they had; raises `TooMany`."""
    often = RENAMES_PER_MONTH_MAX
    what = "return to a name of before" if is_return else "new name"
    await _allow_person(instance, actor_id, f"{often} {what} in 30 days", often, 30 * DAY_S)


async def allow_upload(instance: Instance, actor_id: RowId) -> None:
    """Count an upload of a person here; raises `TooMany`."""
    often = instance.settings.limits.uploads_per_person_per_hour_max
    await _allow_person(instance, actor_id, f"{often} uploads in an hour", often, HOUR_S)


async def _allow_person(
    instance: Instance, actor_id: RowId, what: str, often: int, window_s: int
) -> None:
    message = f"You have reached the limit of this server: {what}."
    key = f"{what} {actor_id}"
    await allow(instance, key, max=often, window_s=window_s, address=None, message=message)


def is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether an address is in one of the networks; what is no address is in none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed.version == network.version and parsed in network for network in networks)


def source_of(address: str) -> str:
    """Return what an address is counted under: itself, or its /64 where a home has many (IPv6)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, IPV6_PREFIX_BITS), strict=False))
    return str(parsed)
