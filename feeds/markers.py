"""How far somebody has read the home feed and the notifications, for all their apps (B68).

https://docs.joinmastodon.org/methods/markers/. The notifications that are read here are read on the
pages too, and the reverse.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from feeds import notifications
from instance.errors import Invalid
from instance.resources import Instance
from storage import markers
from storage import notifications as notification_rows
from storage.records import Actor, RowId, TimelineMarker

HOME: Final = "home"
NOTIFICATIONS: Final = "notifications"
TIMELINES: Final = (HOME, NOTIFICATIONS)


async def of(owner: Actor, timelines: Collection[str]) -> dict[str, TimelineMarker]:
    """Return the markers of these timelines, as far as there are any."""
    wanted = [name for name in TIMELINES if name in timelines]
    found = {each.timeline: each for each in await markers.of_actor(owner.id, wanted)}
    if NOTIFICATIONS in found:
        here = RowId(await notification_rows.read_marker(owner.id))
        marker = found[NOTIFICATIONS]
        found[NOTIFICATIONS] = replace(marker, last_read_id=max(marker.last_read_id, here))
    return found


async def move(
    instance: Instance, owner: Actor, last_read: Mapping[str, RowId]
) -> dict[str, TimelineMarker]:
    """Keep how far timelines were read; raises `Invalid` for timelines that have no marker."""
    if not set(last_read) <= set(TIMELINES):
        raise Invalid("There are markers of home and notifications alone.")
    now = instance.now()
    saved = {}
    async with instance.store.transaction():
        for name, last_read_id in last_read.items():
            marker = TimelineMarker(instance.ids.new(), owner.id, name, last_read_id, 0, now)
            saved[name] = await markers.save(marker)
            if name == NOTIFICATIONS:
                await notifications.mark_read(instance, owner, last_read_id)
    return saved
