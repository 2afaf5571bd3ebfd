"""Relationships of the client API: how one stands to others, in two queries for any number."""

from collections.abc import Sequence

from instance.resources import Instance
from storage import profiles, relations
from storage.records import Actor, Relationship, RelationshipDetails, RowId
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import instant


async def relationships(
    instance: Instance, viewer: Actor, ids: Sequence[RowId]
) -> list[e.Relationship]:
    """Return how the viewer stands to each of these people, in their order."""
    if not ids:
        return []
    now = instance.now()
    standing = await relations.relationships(viewer.id, ids, now)
    details = await profiles.details(viewer.id, ids, now)
    return [render(each, standing[each], details[each]) for each in ids]


async def relationship(instance: Instance, viewer: Actor, actor_id: RowId) -> e.Relationship:
    """Return how the viewer stands to somebody."""
    return (await relationships(instance, viewer, [actor_id]))[0]


def render(actor_id: RowId, standing: Relationship, details: RelationshipDetails) -> e.Relationship:
    """Render a relationship. Pure."""
    ends_at = details.mute_ends_at
    follows = standing.following or standing.requested
    return {
        "id": str(actor_id),
        "following": standing.following,
        "showing_reblogs": follows and details.shows_boosts,
        "notifying": follows and details.notifies,
        "languages": list(details.languages) or None,
        "followed_by": standing.followed_by,
        "blocking": standing.blocking,
        "blocked_by": standing.blocked_by,
        "muting": standing.muting,
        "muting_notifications": details.mutes_notifications,
        "muting_expires_at": instant(ends_at) if ends_at is not None else None,
        "requested": standing.requested,
        "requested_by": standing.requested_by,
        "domain_blocking": standing.blocking_host,
        "endorsed": standing.following and details.is_endorsed,
        "note": details.note,
    }
