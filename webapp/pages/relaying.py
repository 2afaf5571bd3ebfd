"""Chapter admin, relays: which there are, and whether they accepted."""

from instance.errors import Failure
from outbox import relaying
from storage import relays
from storage.records import RelayKind, RelayState, RowId
from webapp.asking import Answer
from webapp.pages import admin, presenting, words
from webapp.pages.visit import Visit, redirect

URL_LETTERS_MAX = 500
_STATES = {
    RelayState.REQUESTED: "asked, no answer yet",
    RelayState.ACCEPTED: "exchanges posts with us",
    RelayState.REFUSED: "refused",
}
_KINDS = {
    RelayKind.MASTODON: "of the kind of Mastodon",
    RelayKind.LITEPUB: "of the kind of LitePub",
}


async def relays_form(visit: Visit) -> Answer:
    """GET /admin/relays."""
    return await _page(visit)


async def add_relay(visit: Visit) -> Answer:
    """POST /admin/relays: ask one; its server is asked what it is."""
    try:
        url = visit.form.line("url")[:URL_LETTERS_MAX]
        await relaying.add(visit.instance, url, by=visit.me.actor.id)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect("/admin/relays?said=saved")


async def remove_relay(visit: Visit) -> Answer:
    """POST /admin/relays/remove."""
    await relaying.remove(visit.instance, RowId(visit.form.id("relay")), by=visit.me.actor.id)
    return redirect("/admin/relays?said=saved")


async def _page(visit: Visit, failure: Failure | None = None) -> Answer:
    now = presenting.scene(visit).now
    shown = [
        {
            "id": each.id,
            "inbox": each.inbox_url,
            "kind": _KINDS[each.kind],
            "state": _STATES[each.state],
            "is_accepted": each.state is RelayState.ACCEPTED,
            "since": words.when(each.created_at, now),
        }
        for each in await relays.list_all()
    ]
    url = visit.form.line("url")
    return await admin.panel(
        visit, "admin_relays.html", "Relays", relays=shown, f={"url": url}, failure=failure
    )
