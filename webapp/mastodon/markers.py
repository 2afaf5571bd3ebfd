"""Chapter markers of the client API, https://docs.joinmastodon.org/methods/markers/."""

from collections.abc import Mapping

from feeds import markers
from storage.records import RowId, TimelineMarker
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import instant


async def show(call: Call) -> dict[str, e.Marker]:
    """GET /api/v1/markers?timeline[]=…."""
    return _entities(await markers.of(call.me.actor, call.parameters.items("timeline")))


async def move(call: Call) -> dict[str, e.Marker]:
    """POST /api/v1/markers."""
    sent = {name: call.parameters.part(name).id("last_read_id") for name in markers.TIMELINES}
    wanted = {name: RowId(last_id) for name, last_id in sent.items() if last_id is not None}
    return _entities(await markers.move(call.instance, call.me.actor, wanted))


def _entities(found: Mapping[str, TimelineMarker]) -> dict[str, e.Marker]:
    return {
        name: {
            "last_read_id": str(marker.last_read_id),
            "version": marker.changes,
            "updated_at": instant(marker.updated_at),
        }
        for name, marker in found.items()
    }
