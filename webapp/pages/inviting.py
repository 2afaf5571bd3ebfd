"""Chapter settings, invites: links to give away, who came by them, and taking them back (B107)."""

from datetime import timedelta
from typing import Any, Final

from instance.errors import Failure, Invalid, NotFound
from storage.records import Actor, Invite, RowId
from users import invites
from webapp.asking import Answer
from webapp.pages import presenting, settings, words
from webapp.pages.visit import Visit, redirect

PATH: Final = "/settings/invites"
DAYS: Final = (("1", "1 day"), ("7", "A week"), ("30", "A month"))
WITHOUT_END: Final = ("0", "No end")


async def invites_form(visit: Visit) -> Answer:
    """GET /settings/invites."""
    return await _page(visit)


async def create(visit: Visit) -> Answer:
    """POST /settings/invites: make a link to give away."""
    days = visit.form.line("days")
    try:
        await invites.create_own(
            visit.instance,
            visit.me.user,
            uses_max=visit.form.id("uses"),
            valid_for=_valid_for(days),
        )
    except Invalid as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=invited")


def _valid_for(days: str) -> timedelta | None:
    if days not in {value for value, _ in (*DAYS, WITHOUT_END)}:
        raise Invalid("Choose how long it is valid.", fields={"days": "Choose one of these."})
    return timedelta(days=int(days)) if int(days) else None


async def revoke(visit: Visit) -> Answer:
    """POST /settings/invites/revoke: who came by it stays."""
    await invites.revoke(visit.instance, visit.me.user, RowId(visit.form.id("invite")))
    return redirect(f"{PATH}?said=revoked")


async def _page(visit: Visit, failure: Failure | None = None) -> Answer:
    if not invites.may_invite(visit.instance, visit.me.user):
        raise NotFound("There is nothing at this address.")
    made = await invites.list_own(visit.me.user)
    came = await invites.who_came(made)
    return await settings.panel(
        visit,
        "settings_invites.html",
        "Invites",
        failure,
        invites=[_view(visit, one, came.get(one.id, [])) for one in made],
        days=DAYS + ((WITHOUT_END,) if visit.me.is_admin else ()),
        uses_max=invites.USES_MAX if visit.me.is_admin else invites.PERSON_USES_MAX,
    )


def _view(visit: Visit, made: Invite, came: list[Actor]) -> dict[str, Any]:
    return {
        "id": made.id,
        "code": made.code,
        "uses": made.uses,
        "uses_max": made.uses_max,
        "until": words.day(made.expires_at) if made.expires_at else "",
        "is_open": invites.is_open(visit.instance, made),
        "is_revoked": made.revoked_at is not None,
        "came": presenting.people(visit, came),
    }
