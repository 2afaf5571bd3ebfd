"""Chapter settings, blocks and mutes: whom one does not want to meet, people and servers."""

from typing import Final

from instance.errors import Failure, Invalid
from outbox import host_blocking
from storage import host_blocks, relations
from storage.records import Page
from webapp.asking import Answer
from webapp.pages import presenting, settings
from webapp.pages.visit import Visit, redirect

LISTED_MAX: Final = 80
_PATH: Final = "/settings/blocks"
_NO_SERVER: Final = Invalid(
    "That is not another server.", fields={"host": "Name another server, such as loud.example."}
)


async def form(visit: Visit) -> Answer:
    """GET /settings/blocks."""
    return await _page(visit)


async def change_host(visit: Visit) -> Answer:
    """POST /settings/blocks/hosts: meet nobody of a server any more, or again (B90)."""
    host, me = visit.form.line("host"), visit.me.actor
    try:
        if visit.form.get("do", "") == "undo":
            await host_blocking.unblock(visit.instance, me, host)
        else:
            await host_blocking.block(visit.instance, me, host)
    except Invalid as failure:
        is_none = "domain" in failure.fields
        return await _page(visit, _NO_SERVER if is_none else failure, host)
    return redirect(f"{_PATH}?said=saved")


async def _page(visit: Visit, failure: Failure | None = None, host: str = "") -> Answer:
    me, page = visit.me.actor.id, Page(limit=LISTED_MAX)
    blocked = await relations.blocks_of(me, page)
    muted = await relations.mutes_of(me, page, visit.instance.now())
    return await settings.panel(
        visit,
        "settings_blocks.html",
        "Blocks and mutes",
        failure,
        blocked=presenting.people(visit, [actor for _, actor in blocked]),
        muted=presenting.people(visit, [actor for _, actor in muted]),
        hosts=[each.host for each in await host_blocks.of(me, page)],
        host=host,
        listed_max=LISTED_MAX,
    )
