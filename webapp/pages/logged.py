"""Chapter admin, log: what those who run this server did, to read and for nothing else."""

from storage import audit
from storage.records import AuditKind, Page
from webapp import paging
from webapp.asking import Answer
from webapp.pages import admin, presenting, words
from webapp.pages.visit import Visit

LIST_LIMIT = 40
# Icons of `static/icons.svg`.
_ICONS = {
    AuditKind.HOST: "globe",
    AuditKind.RULE: "cw",
    AuditKind.HELD: "clock",
    AuditKind.REPORT: "flag",
    AuditKind.RELAY: "sync",
    AuditKind.SIGN_UP: "door",
    AuditKind.INVITE: "mail",
    AuditKind.EMOJI: "smile",
    AuditKind.PICTURE: "pic",
    AuditKind.SERVER: "server",
    AuditKind.PERSON: "users",
}


async def log(visit: Visit) -> Answer:
    """GET /admin/log: the newest first."""
    max_id = paging.read(visit.query).max_id
    found = await audit.list_page(Page(limit=LIST_LIMIT + 1, max_id=max_id))
    shown, now = found[:LIST_LIMIT], presenting.scene(visit).now
    entries = [
        {
            "icon": _ICONS[each.kind],
            "who": each.actor_name if each.actor_id is not None else "The command line",
            "words": each.words,
            "when": words.when(each.created_at, now),
        }
        for each in shown
    ]
    older = presenting.older(visit, shown[-1].id if len(found) > LIST_LIMIT else None)
    return await admin.panel(visit, "admin_log.html", "Log", entries=entries, older=older)
