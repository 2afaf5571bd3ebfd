"""Loads what is told about this server; what is counted, once a minute or an hour for everybody."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from federation.client import VERSION
from federation.nodeinfo import API_VERSION
from feeds import translating
from instance.resources import Instance
from media import kinds, processing, transcoding
from storage import activity, actors, host_rules, posts, site, site_texts, users
from storage.records import HostSeverity, Role, SiteTextKind
from users import annual_reports, push_keys, registration
from webapp.mastodon import accounts_loading
from webapp.mastodon import entities as e
from webapp.mastodon import instances_rendering as rendering
from webapp.mastodon.instances_rendering import Facts, Limits

MONTH: Final = timedelta(days=28)
COUNTED_FOR_S: Final = 60
WEEKS: Final = 12
WEEKS_COUNTED_FOR_S: Final = 3600
HOSTS_MAX: Final = 20_000
# What apps look at to know what they may ask for, and who we are.
_VERSION: Final = f"{API_VERSION} (compatible; Kittiwake {VERSION})"


async def facts(instance: Instance) -> Facts:
    """Return what is known of this server."""
    about, year = await site.read(), annual_reports.campaign(instance.now())
    return Facts(
        settings=instance.settings,
        site=about,
        mode=registration.mode_of(instance, about),
        rules=await site_texts.rules(),
        counts=await _kept(instance, "instance counts", COUNTED_FOR_S, _count),
        limits=limits(instance),
        contact=await _contact(instance),
        vapid_key=await push_keys.public_key(instance),
        version=_VERSION,
        has_terms=bool(await site_texts.texts(SiteTextKind.TERMS)),
        translates=bool(instance.settings.translation.url),
        wrapstodon=str(year) if year is not None else None,
    )


def limits(instance: Instance) -> Limits:
    """Return what files people may upload."""
    return Limits(
        mime_types=_types(instance),
        image_bytes_max=instance.settings.limits.upload_bytes_max,
        image_pixels_max=processing.PIXELS_MAX,
        video_bytes_max=instance.settings.media.film_bytes_max,
        video_pixels_max=transcoding.PIXELS_MAX,
        video_frames_per_s_max=transcoding.FRAMES_PER_S_MAX,
    )


def _types(instance: Instance) -> tuple[str, ...]:
    """Films and sounds where there is what prepares them."""
    has_films = transcoding.is_possible(instance)
    others = [each for each in kinds.EXTENSIONS if not each.startswith("image/")]
    return (*rendering.IMAGE_TYPES, *(others if has_films else ()))


async def weeks(instance: Instance) -> list[e.WeekOfActivity]:
    """Return what happened in each of the last weeks, the newest first."""

    async def count(asked: Instance) -> Any:
        return [rendering.week(*each) for each in await _weeks(asked)]

    found: list[e.WeekOfActivity] = await _kept(
        instance, "instance activity", WEEKS_COUNTED_FOR_S, count
    )
    return found


async def peers(instance: Instance) -> list[str]:
    """Return the servers that we know, without those that are kept away."""

    async def read(asked: Instance) -> Any:
        rules = await asked.rulebook.hosts()
        return [name for name in await activity.known_hosts(HOSTS_MAX) if rules.is_welcome(name)]

    found: list[str] = await _kept(instance, "instance peers", WEEKS_COUNTED_FOR_S, read)
    return found


async def translation_languages(instance: Instance) -> dict[str, list[str]]:
    """Return what can be translated into what; nothing where nothing translates."""
    if not instance.settings.translation.url:
        return {}
    found: dict[str, list[str]] = await _kept(
        instance, "translation languages", WEEKS_COUNTED_FOR_S, translating.languages
    )
    return found


async def host_blocks() -> list[e.DomainBlock]:
    """Return the servers that are kept away, the worst first."""
    rules = [
        rule
        for rule in await host_rules.list_all(HOSTS_MAX)
        if rule.severity is not HostSeverity.ALLOW
    ]
    rules.sort(key=lambda rule: (rule.severity is not HostSeverity.SUSPEND, rule.host))
    return [rendering.host_rule(rule) for rule in rules]


async def _contact(instance: Instance) -> e.Account | None:
    """The owner, if they show themselves at all."""
    owner = next((u for u in await users.list_moderators() if u.role is Role.OWNER), None)
    actor = await actors.find(owner.actor_id) if owner is not None else None
    if actor is None or not actor.is_discoverable or actor.suspended_at or actor.deleted_at:
        return None
    return await accounts_loading.account(instance, actor)


async def _count(instance: Instance) -> dict[str, int]:
    return {
        "users": await actors.count_local_people(),
        "posts": await posts.count_local(),
        "hosts": await activity.count_known_hosts(),
        "active_month": await users.count_active_since(instance.now() - MONTH),
    }


async def _weeks(instance: Instance) -> list[tuple[datetime, activity.Activity]]:
    midnight = instance.now().replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    starts = [monday - timedelta(weeks=number) for number in range(WEEKS)]
    return [(start, await activity.between(start, start + timedelta(weeks=1))) for start in starts]


async def _kept(
    instance: Instance, key: str, ttl_s: int, make: Callable[[Instance], Awaitable[Any]]
) -> Any:
    """What is the same for everybody and costs something to count."""
    kept = await instance.cache.get(key)
    if kept is None:
        kept = msgspec.json.encode(await make(instance))
        await instance.cache.set(key, kept, ttl_s)
    return msgspec.json.decode(kept)
