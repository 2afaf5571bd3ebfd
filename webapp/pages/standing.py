"""Chapter standing: what moderators did to somebody, what they say to it, and their way out (B13).

Of who is suspended or frozen this is all that opens: why, one appeal, an archive of what is theirs.
"""

from collections.abc import Sequence
from typing import Any

from instance.errors import Conflict, Failure, Invalid
from outbox import appealing, moderating
from storage.records import Actor, AppealState, Page, Strike, StrikeAction, User
from transfers import archiving
from users import login
from webapp import paging
from webapp.asking import Answer
from webapp.pages import presenting, sessions, settings, transferring, words
from webapp.pages.visit import SHUT_OUT_PATH, Visit, redirect

SHOWN_MAX = 20
PATH = "/settings/standing"
TITLE = "What moderators did"
DID = {
    StrikeAction.WARN: "You were warned",
    StrikeAction.DISABLE: "Your account was frozen",
    StrikeAction.SENSITIVE: "Files that you post are covered until somebody clicks on them",
    StrikeAction.SILENCE: "Your account was limited: only your followers meet what you write",
    StrikeAction.SUSPEND: "Your account was suspended",
}
_ANSWERED = {
    AppealState.PENDING: "Your appeal waits for an answer.",
    AppealState.APPROVED: "Your appeal was accepted.",
    AppealState.REJECTED: "Your appeal was refused.",
}


# ---------------------------------------------------------------- who is in


async def standing(visit: Visit) -> Answer:
    """GET /settings/standing: what was done to oneself, and why."""
    return await _settings_page(visit)


async def appeal(visit: Visit) -> Answer:
    """POST /settings/standing: say once why it was wrong."""
    failure = await _appeal(visit, visit.me.user)
    return (
        redirect(f"{PATH}?said=appealed")
        if failure is None
        else await _settings_page(visit, failure)
    )


async def _settings_page(visit: Visit, failure: Failure | None = None) -> Answer:
    shown = await _strikes(visit, visit.me.actor)
    return await settings.panel(
        visit, "settings_standing.html", TITLE, failure, strikes=shown, action=PATH
    )


# ---------------------------------------------------------------- who is suspended


async def suspended(visit: Visit) -> Answer:
    """GET /suspended: why, and what is left to do."""
    return await _suspended_page(visit)


async def appeal_suspended(visit: Visit) -> Answer:
    """POST /suspended/appeal."""
    failure = await _appeal(visit, visit.outside.user)
    if failure is not None:
        return await _suspended_page(visit, failure)
    return redirect(f"{SHUT_OUT_PATH}?said=appealed")


async def ask_archive(visit: Visit) -> Answer:
    """POST /suspended/archive: one a week, as of everybody."""
    try:
        await archiving.ask(visit.instance, visit.outside.user)
    except Conflict as failure:
        return await _suspended_page(visit, failure)
    return redirect(f"{SHUT_OUT_PATH}?said=archiving#archive")


async def fetch_archive(visit: Visit, archive_id: str) -> Answer:
    """GET /suspended/archives/<id>: by its owner alone (PV-23, AU-29)."""
    return await transferring.archive_of(visit, visit.outside.user, visit.outside.actor, archive_id)


async def leave(visit: Visit) -> Answer:
    """POST /suspended/log-out."""
    await login.log_out(visit.instance, visit.session_token)
    return await sessions.end(visit, "/log-in?said=out")


async def _suspended_page(visit: Visit, failure: Failure | None = None) -> Answer:
    who = visit.outside
    archives = await archiving.list_of(who.user)
    return await presenting.page(
        visit,
        "suspended.html",
        failure=failure,
        username=who.actor.username,
        is_frozen=who.actor.suspended_at is None,
        strikes=await _strikes(visit, who.actor),
        action=f"{SHUT_OUT_PATH}/appeal",
        archives=[transferring.archive_view(visit, one) for one in archives],
    )


# ---------------------------------------------------------------- both


async def _appeal(visit: Visit, user: User) -> Failure | None:
    nothing = "There is no such act of a moderator."
    strike_id = paging.named_row(visit.form.get("strike", ""), nothing)
    try:
        await appealing.appeal(visit.instance, user, strike_id, visit.form.text("appeal"))
    except (Invalid, Conflict) as failure:
        return failure
    return None


async def _strikes(visit: Visit, actor: Actor) -> list[dict[str, Any]]:
    found = await moderating.against(actor, Page(limit=SHOWN_MAX))
    return strike_views(visit, found, typed=visit.form.text("appeal"))


def strike_views(visit: Visit, found: Sequence[Strike], *, typed: str = "") -> list[dict[str, Any]]:
    """Return what was done to somebody as they are told it; `typed` stands in their form again."""
    now = visit.instance.now()
    return [
        {
            "id": each.id,
            "did": DID[each.action],
            "text": each.text,
            "when": words.when(each.created_at, now),
            "is_lifted": each.lifted_at is not None,
            "may_appeal": each.appeal_state is None and each.lifted_at is None,
            "appeal": each.appeal,
            "answer": _ANSWERED[each.appeal_state] if each.appeal_state else "",
            "typed": typed,
        }
        for each in found
    ]
