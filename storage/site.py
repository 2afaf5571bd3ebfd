"""What the owner says about this server: one row."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from storage import store
from storage.records import Site
from storage.rows import Rows

SITES = Rows("sites", Site, key="name")
SITE_ID = 1


async def read() -> Site:
    """Return the site; the defaults while nothing was saved."""
    return await SITES.find("t.id = ?", SITE_ID) or Site()


async def save(site: Site) -> None:
    """Write the row."""
    names = ", ".join(SITES.names)
    settings = ", ".join(f"{name} = excluded.{name}" for name in SITES.names)
    await store.write(
        f"INSERT INTO sites (id, {names}) VALUES (?, {SITES.marks}) "
        f"ON CONFLICT (id) DO UPDATE SET {settings}",
        *(SITE_ID, *SITES.values(site)),
    )
