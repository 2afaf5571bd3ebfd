"""Whom one follows and who follows one, looked through and changed many at once (B33).

Each change is what it is for one person, in a transaction of its own: what was done stays done.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from feeds import lists
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from outbox import following
from storage import actors, follow_lists
from storage.follow_lists import Listed, Place, Wanted, Which
from storage.records import Actor, RowId

PEOPLE_MAX = 40
ALL_MAX = 200
QUIET_FOR = timedelta(days=90)


class Act(StrEnum):
    """What is done with many at once."""

    UNFOLLOW = "unfollow"
    REMOVE = "remove"
    LIST = "list"


async def look_through(
    owner: Actor, wanted: Wanted, after: Place | None
) -> tuple[list[Listed], Place | None]:
    """Return a page of one's own list, and where the next one begins."""
    found = await follow_lists.read(owner.id, wanted, after, PEOPLE_MAX + 1)
    shown = found[:PEOPLE_MAX]
    return shown, shown[-1].place(wanted.order) if len(found) > PEOPLE_MAX else None


async def all_at(owner: Actor, which: Which, host: str) -> list[RowId]:
    """Return the people of a list who are of one host, `ALL_MAX` at most."""
    found = await follow_lists.read(owner.id, Wanted(which, host=host), None, ALL_MAX)
    return [each.actor.id for each in found]


async def act(
    instance: Instance, owner: Actor, what: Act, people: Sequence[RowId], list_id: RowId | None
) -> int:
    """Do something to many; returns to how many. Who was gone before is no failure.

    Raises `Invalid` for nobody or too many, `NotFound` for a list of somebody else.
    """
    if not people or len(people) > ALL_MAX:
        raise Invalid("Choose somebody first." if not people else "These are too many at once.")
    if what is Act.LIST:
        await lists.find(owner, list_id or RowId(0))
    known = await actors.by_ids(people)
    done = 0
    for person in known.values():
        try:
            if what is Act.UNFOLLOW:
                await following.unfollow(instance, owner, person)
            elif what is Act.REMOVE:
                await following.remove_follower(instance, owner, person.id)
            else:
                await lists.add(instance, owner, list_id or RowId(0), person.id)
        except NotFound:
            continue
        done += 1
    return done
