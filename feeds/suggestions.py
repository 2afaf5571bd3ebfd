"""Whom one might want to follow, and why: each with the reasons for it (B104)."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from feeds import trends
from instance.resources import Instance
from storage import discovery
from storage.records import Actor, RowId
from storage.trends import Trend

CANDIDATES_MAX = 100


class Reason(StrEnum):
    """https://docs.joinmastodon.org/entities/Suggestion/#sources."""

    FRIENDS_OF_FRIENDS = "friends_of_friends"
    SIMILAR = "similar_to_recently_followed"
    MOST_FOLLOWED = "most_followed"
    MOST_INTERACTIONS = "most_interactions"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody, and why they are suggested: the strongest reason first."""

    actor: Actor
    reasons: tuple[Reason, ...]


async def suggest(instance: Instance, viewer: Actor, limit: int) -> list[Suggestion]:
    """People whom the viewer neither follows nor keeps away, the most reasons first."""
    sources: dict[Reason, list[RowId]] = {
        Reason.FRIENDS_OF_FRIENDS: await discovery.friends_of_friends(viewer.id, CANDIDATES_MAX),
        Reason.SIMILAR: await discovery.like_recently_followed(viewer.id, CANDIDATES_MAX),
        Reason.MOST_FOLLOWED: await _trending(instance, Trend.FOLLOWED),
        Reason.MOST_INTERACTIONS: await _trending(instance, Trend.MET),
    }
    reasons: dict[RowId, list[Reason]] = defaultdict(list)
    for reason, ids in sources.items():
        for actor_id in ids:
            reasons[actor_id].append(reason)
    found = await discovery.suggestible(viewer.id, reasons, instance.now())
    ordered = sorted((each for each in reasons if each in found), key=lambda i: -len(reasons[i]))
    return [Suggestion(found[each], tuple(reasons[each])) for each in ordered[:limit]]


async def dismiss(instance: Instance, viewer: Actor, actor_id: RowId) -> None:
    """Do not suggest somebody any more. Of who is not there nothing is kept."""
    if await discovery.suggestible(viewer.id, [actor_id], instance.now()):
        await discovery.dismiss(viewer.id, actor_id, instance.now())


async def _trending(instance: Instance, kind: Trend) -> list[RowId]:
    return [RowId(int(name)) for name in await trends.of(instance, kind, CANDIDATES_MAX)]
