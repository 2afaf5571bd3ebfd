"""Chapter settings, accounts: several in one browser; add one, switch, log out of one or all."""

from typing import Final

from instance.errors import NotFound
from users import login
from webapp.asking import Answer
from webapp.pages import sessions, settings, views
from webapp.pages.presenting import scene
from webapp.pages.sessions import Other
from webapp.pages.visit import Visit

PATH: Final = "/accounts"


async def accounts(visit: Visit) -> Answer:
    """GET /accounts: who is logged in with this browser (B10)."""
    known = await sessions.others(visit)
    return await settings.panel(
        visit,
        "settings_accounts.html",
        "Accounts",
        others=[(each.user.id, views.actor_view(each.actor, scene(visit))) for each in known],
        has_room=len(known) < sessions.OTHERS_MAX,
    )


async def switch(visit: Visit) -> Answer:
    """POST /accounts/switch: from now on this browser acts for another of its accounts."""
    known = await sessions.others(visit)
    return sessions.switch(visit, _chosen(visit, known), known, "/home?said=switched")


async def leave(visit: Visit) -> Answer:
    """POST /accounts/leave: log out an account that does not act now."""
    known = await sessions.others(visit)
    gone = _chosen(visit, known)
    await login.log_out(visit.instance, gone.token)
    kept = [each for each in known if each.user.id != gone.user.id]
    return sessions.keep(visit, kept, f"{PATH}?said=ended_account")


async def leave_all(visit: Visit) -> Answer:
    """POST /accounts/leave-all: log out everybody in this browser."""
    for token in (visit.session_token, *(each.token for each in await sessions.others(visit))):
        await login.log_out(visit.instance, token)
    return await sessions.end(visit, "/log-in?said=out")


def _chosen(visit: Visit, known: list[Other]) -> Other:
    user_id = visit.form.id("who")
    for each in known:
        if each.user.id == user_id:
            return each
    raise NotFound("This account is not logged in here any more.")


async def log_out(visit: Visit) -> Answer:
    """POST /log-out: end this session; the next account of this browser acts then, if any."""
    await login.log_out(visit.instance, visit.session_token)
    return await sessions.end(visit, "/log-in?said=out", next_path=f"{PATH}?said=now_you")
