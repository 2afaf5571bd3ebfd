"""How many follow somebody, whom they follow, and what they have said: counted, and held awhile.

Counting looks at every row: a million followers cost 50 ms, a hundred thousand posts twice that. So
what took long to count is counted seldom, and costs the same however often somebody is looked at.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorCounts, RowId

ROWS_A_SECOND: Final = 1000
"""So many more rows are counted a second later: a thousandth of a core for each person."""
HELD_MAX: Final = timedelta(minutes=10)

_BYTES = 200


class _Counted(NamedTuple):
    at: datetime
    counts: ActorCounts


async def of(
    instance: Instance, people: Sequence[Actor], holds_for: timedelta = timedelta(0)
) -> Mapping[RowId, ActorCounts]:
    """Return the numbers of people by their ids; one query at most.

    They may be so old as they hold, or as `ROWS_A_SECOND` says: with less than a thousand rows
    they are those of now.
    """
    now, found = instance.now(), dict[RowId, ActorCounts]()
    for actor in people:
        known: _Counted | None = instance.renderings.get(("counts", actor.id))
        if known is not None and known.at <= now < known.at + max(holds_for, _rest(known.counts)):
            found[actor.id] = known.counts
    missing = [actor for actor in people if actor.id not in found]
    # What their own server says of somebody elsewhere is more than the posts that we know.
    unsaid = [actor.id for actor in missing if actor.is_local or actor.posts_total is None]
    counted = await actors.counts_many([actor.id for actor in missing], posts_of=unsaid)
    for actor_id, counts in counted.items():
        instance.renderings.put(("counts", actor_id), _Counted(now, counts), _BYTES)
    return found | counted


async def of_one(instance: Instance, actor: Actor) -> ActorCounts:
    """Return the numbers of somebody; see `of`."""
    return (await of(instance, [actor]))[actor.id]


def _rest(counts: ActorCounts) -> timedelta:
    rows = counts.followers + counts.following + counts.posts
    return min(timedelta(seconds=rows // ROWS_A_SECOND), HELD_MAX)
