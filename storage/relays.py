"""Relays: servers that pass public posts on, both ways."""

from instance.errors import NotFound
from storage.records import Relay, RelayState
from storage.rows import Rows

RELAYS = Rows("relays", Relay)

RELAYS_MAX = 20


async def insert(relay: Relay) -> None:
    """Insert a relay; Conflict if its inbox or its actor is one already."""
    await RELAYS.insert(relay)


async def save(relay: Relay) -> None:
    """Write the whole row."""
    await RELAYS.save(relay)


async def list_all() -> list[Relay]:
    """Return all relays, oldest first."""
    return await RELAYS.select("ORDER BY t.id LIMIT ?", RELAYS_MAX)


async def list_accepted() -> list[Relay]:
    """Return the relays that exchange posts with us."""
    return await RELAYS.select(
        "WHERE t.state = ? ORDER BY t.id LIMIT ?", RelayState.ACCEPTED, RELAYS_MAX
    )


async def get(relay_id: int) -> Relay:
    """Return a relay, or NotFound."""
    found = await RELAYS.find("t.id = ?", relay_id)
    if found is None:
        raise NotFound("There is no such relay.")
    return found


async def find_by_inbox(inbox_url: str) -> Relay | None:
    """Return the relay with this inbox."""
    return await RELAYS.find("t.inbox_url = ?", inbox_url)


async def find_by_follow(uri: str) -> Relay | None:
    """Return the relay that we asked by this Follow."""
    return await RELAYS.find("t.follow_uri = ?", uri)


async def find_by_actor(actor_id: int) -> Relay | None:
    """Return the relay that this actor is."""
    return await RELAYS.find("t.actor_id = ?", actor_id)


async def remove(relay_id: int) -> None:
    """Remove a relay."""
    await RELAYS.remove("id = ?", relay_id)
