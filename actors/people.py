"""Finds people, and who follows whom, as one viewer may know it. No network."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from actors import handles
from actors.relations import is_barred
from federation import webfinger
from instance.errors import NotFound
from instance.resources import Instance
from storage import acquaintances, actors, profiles, relations
from storage.records import Actor, Page, RowId

_NOBODY = "Record not found"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people, the latest first; the ids lead to its neighbours, None where none is."""

    people: Sequence[Actor] = ()
    next_max_id: RowId | None = None
    prev_min_id: RowId | None = None


async def get(actor_id: RowId) -> Actor:
    """Return somebody; `NotFound` for who was never here, or is deleted."""
    found = await actors.find(actor_id)
    if found is None or found.deleted_at is not None:
        raise NotFound(_NOBODY)
    return found


async def named(instance: Instance, acct: str) -> Actor:
    """Return who has this handle (`alice`, `alice@host`), as far as we know; else `NotFound`."""
    handle = webfinger.parse_handle(acct if "@" in acct[1:] else f"{acct}@{_domain(instance)}")
    if handle is None:
        raise NotFound(_NOBODY)
    host = None if handles.is_ours(instance, handle) else handle.host
    found = await actors.find_by_handle(handle.username, host)
    if found is None or found.deleted_at is not None:
        raise NotFound(_NOBODY)
    return found


async def many(ids: Sequence[RowId]) -> list[Actor]:
    """Return those of these people who are there, in the order asked for, each once."""
    found = await actors.by_ids(ids)
    return [
        found[each]
        for each in dict.fromkeys(ids)
        if each in found and found[each].deleted_at is None
    ]


async def followers(
    instance: Instance, owner: Actor, page: Page, viewer: Actor | None
) -> PeoplePage:
    """Who follows somebody; nobody where that is hidden from the viewer (PV-9)."""
    if not await _shows_follows(owner, viewer):
        return PeoplePage()
    rows = await relations.followers(owner.id, page)
    return await _without_unwanted(instance, rows, page, viewer)


async def following(
    instance: Instance, owner: Actor, page: Page, viewer: Actor | None
) -> PeoplePage:
    """Whom somebody follows; as `followers`."""
    if not await _shows_follows(owner, viewer):
        return PeoplePage()
    rows = await relations.following(owner.id, page)
    return await _without_unwanted(instance, rows, page, viewer)


async def endorsed(
    instance: Instance, owner: Actor, page: Page, viewer: Actor | None
) -> PeoplePage:
    """Whom somebody shows on the profile."""
    rows = await profiles.endorsed_by(owner.id, page)
    return await _without_unwanted(instance, rows, page, viewer)


async def familiar(viewer: Actor, ids: Collection[RowId]) -> dict[RowId, list[Actor]]:
    """Whom the viewer follows among the followers of each; nobody of those who hide that."""
    found = await acquaintances.familiar_followers(viewer.id, ids)
    people = await actors.by_ids({each for _, each in found})
    return {
        owner_id: [people[each] for whose, each in found if whose == owner_id and each in people]
        for owner_id in ids
    }


def paged(rows: Sequence[tuple[RowId, Actor]], page: Page) -> PeoplePage:
    """Return rows of a page as they are; the next page begins below the last row."""
    if not rows:
        return PeoplePage()
    older = rows[-1][0] if len(rows) >= page.limit else None
    return PeoplePage([actor for _, actor in rows], older, rows[0][0])


async def _shows_follows(owner: Actor, viewer: Actor | None) -> bool:
    if viewer is not None and viewer.id == owner.id:
        return True
    if owner.hides_follows or owner.suspended_at is not None:
        return False
    return viewer is None or await relations.find_block(owner.id, viewer.id) is None


async def _without_unwanted(
    instance: Instance, rows: Sequence[tuple[RowId, Actor]], page: Page, viewer: Actor | None
) -> PeoplePage:
    """Whom the viewer blocks, or is blocked by, is left out of the lists of others."""
    found = paged(rows, page)
    if viewer is None or not rows:
        return found
    ids = [actor.id for actor in found.people]
    standing = await relations.relationships(viewer.id, ids, instance.now())
    people = [each for each in found.people if not is_barred(standing[each.id])]
    return PeoplePage(people, found.next_max_id, found.prev_min_id)


def _domain(instance: Instance) -> str:
    return instance.settings.handles_at
