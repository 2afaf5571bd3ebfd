"""Hosts whose people somebody here does not want to meet (B90); the operator's: `host_rules.py`."""

from storage import store
from storage.records import Actor, HostBlock, Page
from storage.rows import ACTORS, Rows

HOST_BLOCKS = Rows("host_blocks", HostBlock)


async def insert(block: HostBlock) -> bool:
    """Insert a block; False if it is there already."""
    return await HOST_BLOCKS.insert_if_new(block)


async def remove(actor_id: int, host: str) -> bool:
    """Take a block back; False if there was none."""
    return bool(await HOST_BLOCKS.remove("actor_id = ? AND host = ?", actor_id, host))


async def of(actor_id: int, page: Page) -> list[HostBlock]:
    """Return a page of the hosts that somebody blocks."""
    return await HOST_BLOCKS.page(page, "t.actor_id = ?", actor_id)


async def is_blocked(actor_id: int, host: str | None) -> bool:
    """Whether somebody blocks a host."""
    if host is None:
        return False
    sql = "SELECT 1 FROM host_blocks WHERE actor_id = ? AND host = ?"
    return bool(await store.glance(sql, actor_id, host))


async def tied_at(actor_id: int, host: str, limit: int) -> list[Actor]:
    """Return people of a host whom somebody follows or is followed by, or asked."""
    return await ACTORS.select(
        "CROSS JOIN (SELECT followed_id AS id FROM follows WHERE follower_id = ? "
        "UNION SELECT follower_id FROM follows WHERE followed_id = ?) AS tied "
        "WHERE t.id = tied.id AND t.host = ? LIMIT ?",
        *(actor_id, actor_id, host, limit),
    )
