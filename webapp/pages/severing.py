"""Chapter settings, follows that ended: with a host that oneself or the server shut out."""

from collections.abc import Mapping

from federation import origin
from instance.errors import Failure, NotFound
from storage import host_blocks
from storage.host_blocks import Lost
from storage.records import Page
from transfers import exporting
from webapp.asking import Answer
from webapp.pages import settings, transferring
from webapp.pages.visit import Visit

SHOWN_MAX = 50
_TITLES: Mapping[Lost, str] = {"followers": "Followed you", "following": "You followed"}


async def lost(visit: Visit, host: str) -> Answer:
    """GET /settings/severed/<host>: with whom of it; the files have all of them."""
    me, name, page = visit.me.actor.id, _name(host), Page(limit=SHOWN_MAX)
    found = [(which, await host_blocks.lost(me, name, which, page)) for which in _TITLES]
    return await settings.panel(
        visit,
        "settings_severed.html",
        "Follows that ended",
        host=name,
        lists=[
            (_TITLES[which], which, [f"@{other.username}@{other.host}" for _, other in rows])
            for which, rows in found
        ],
        shown_max=SHOWN_MAX,
    )


async def followers(visit: Visit, host: str) -> Answer:
    """GET /settings/severed/<host>/followers.csv."""
    return await _file(visit, _name(host), "followers")


async def following(visit: Visit, host: str) -> Answer:
    """GET /settings/severed/<host>/following.csv: as one brings it in again."""
    return await _file(visit, _name(host), "following")


async def _file(visit: Visit, host: str, which: Lost) -> Answer:
    text = await exporting.lost_csv(visit.me.actor, host, which)
    return transferring.csv_file(f"{which}-{host.replace(':', '-')}.csv", text)


def _name(host: str) -> str:
    try:
        return origin.host_of(f"https://{host}")
    except Failure as wrong:
        raise NotFound("There is no such host.") from wrong
