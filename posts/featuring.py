"""Hashtags that people show on their profile, and how often they used each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from actors.text import fold_hashtag, is_hashtag
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage import hashtag_uses, profiles
from storage.ids import moment_of
from storage.records import Actor, FeaturedHashtag, RowId

FEATURED_MAX = 10
SUGGESTED_MAX = 10


@dataclass(frozen=True, slots=True)
class Featured:
    """A hashtag on a profile, and what its owner said with it that everybody may read."""

    hashtag: FeaturedHashtag
    uses: int = 0
    last_used_at: datetime | None = None


async def of(owner: Actor) -> list[Featured]:
    """The hashtags that somebody shows, the latest first; two queries."""
    found = await profiles.featured_by(owner.id)
    used = await hashtag_uses.of_actor(owner.id, [each.name for each in found]) if found else {}
    return [_counted(each, used) for each in found]


async def add(instance: Instance, owner: Actor, name: str) -> Featured:
    """Show a hashtag. Raises `Invalid` for what is none, one too many, or one that is shown."""
    shown = name.strip().removeprefix("#")
    if not is_hashtag(shown):
        raise _wrong("is invalid")
    folded = fold_hashtag(shown)
    made = FeaturedHashtag(instance.ids.new(), owner.id, folded, shown, instance.now())
    async with instance.store.transaction():
        if len(await profiles.featured_by(owner.id)) >= FEATURED_MAX:
            raise _wrong(f"there is room for {FEATURED_MAX}")
        if not await profiles.feature(made):
            raise _wrong("has already been taken")
    return _counted(made, await hashtag_uses.of_actor(owner.id, [made.name]))


async def remove(owner: Actor, featured_id: RowId) -> None:
    """Show a hashtag no more; `NotFound` for one that is not shown."""
    if not await profiles.end_featuring(owner.id, featured_id):
        raise NotFound("Record not found")


async def show(instance: Instance, owner: Actor, name: str) -> None:
    """Show a (folded) hashtag; nothing happens where it is shown. Raises as `add`."""
    if await profiles.find_featured(owner.id, name) is None:
        await add(instance, owner, name)


async def hide(owner: Actor, name: str) -> None:
    """Show a (folded) hashtag no more; nothing happens where it is not shown."""
    shown = await profiles.find_featured(owner.id, name)
    if shown is not None:
        await profiles.end_featuring(owner.id, shown.id)


async def suggested(owner: Actor) -> Sequence[str]:
    """Which hashtags somebody uses most and does not show, by their folded names."""
    shown = {each.name for each in await profiles.featured_by(owner.id)}
    used = await hashtag_uses.most_used(owner.id, SUGGESTED_MAX + FEATURED_MAX)
    return [name for name in used if name not in shown][:SUGGESTED_MAX]


def _counted(hashtag: FeaturedHashtag, used: dict[str, tuple[int, RowId]]) -> Featured:
    if hashtag.name not in used:
        return Featured(hashtag)
    uses, last_id = used[hashtag.name]
    return Featured(hashtag, uses, moment_of(last_id))


def _wrong(reason: str) -> Invalid:
    return Invalid(f"Validation failed: Hashtag {reason}", fields={"name": reason})
