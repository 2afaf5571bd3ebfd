"""Chapter admin: who waits at the door, name and doors of the server."""

from dataclasses import replace
from typing import Any

from instance.errors import Invalid
from storage import receipts, reports, site, strikes
from storage.records import RegistrationMode, RowId, Site
from users import registration, resemblance, setup
from webapp.asking import Answer
from webapp.pages import entry, presenting, views, words
from webapp.pages.visit import Visit, redirect

NAME_LETTERS_MAX = 60
DESCRIPTION_LETTERS_MAX = 1000
HELD_COUNTED_MAX = 1000
_OF_MODERATORS = ("Reports", "Appeals")


async def panel(visit: Visit, template: str, title: str, **context: Any) -> Answer:
    """Return a page of this chapter, with its sections. Moderators who are no admin have two."""
    waiting = len(await registration.list_pending(visit.instance, visit.me.user))
    sections: tuple[tuple[str, str, int], ...] = (
        ("Sign-ups", "/admin", waiting),
        ("Reports", "/admin/reports", await reports.count_open()),
        ("Appeals", "/admin/appeals", await strikes.count_appealed()),
        ("Invites", "/settings/invites", 0),
        ("Announcements", "/admin/announcements", 0),
        ("Emoji", "/admin/emoji", 0),
        ("Hosts", "/admin/hosts", 0),
        ("Rules", "/admin/rules", await receipts.count_held(HELD_COUNTED_MAX)),
        ("Relays", "/admin/relays", 0),
        ("Files", "/admin/files", 0),
        ("Server", "/admin/server", 0),
        ("Log", "/admin/log", 0),
    )
    if not visit.me.is_admin:
        sections = tuple(each for each in sections if each[0] in _OF_MODERATORS)
    return await presenting.page(
        visit, template, here="Admin", title=title, sections=sections, **context
    )


async def sign_ups(visit: Visit) -> Answer:
    """GET /admin: who waits to be let in."""
    how = presenting.scene(visit)
    waiting = await registration.list_pending(visit.instance, visit.me.user)
    alike = await resemblance.reasons(visit.instance, [actor.id for _, actor in waiting])
    pending = [
        {
            "user_id": user.id,
            "actor": views.actor_view(actor, how),
            "email": user.email or "",
            "reason": user.reason,
            "alike": alike.get(actor.id, ()),
            "when": words.when(user.created_at, how.now),
        }
        for user, actor in waiting
    ]
    return await panel(visit, "admin_signups.html", "Sign-ups", pending=pending)


async def answer_sign_up(visit: Visit) -> Answer:
    """POST /admin/sign-ups: let somebody in, or not."""
    is_welcome = visit.form.get("do") == "approve"
    act = registration.approve if is_welcome else registration.decline
    await act(visit.instance, visit.me.user, RowId(visit.form.id("who")))
    return redirect("/admin?said=saved")


# ---------------------------------------------------------------- the server


async def server_form(visit: Visit) -> Answer:
    """GET /admin/server."""
    return await _server_page(visit, await site.read())


async def change_server(visit: Visit) -> Answer:
    """POST /admin/server: its name, what it is for, who may join."""
    before = await site.read()
    name = visit.form.line("name")
    description = visit.form.text("description").strip()
    after = replace(before, name=name, description=description)
    if not visit.instance.settings.registration.mode:
        after = replace(after, registration=entry.joining(visit.form.line("join")))
    if not 0 < len(name) <= NAME_LETTERS_MAX or len(description) > DESCRIPTION_LETTERS_MAX:
        reason = f"The name has 1 to {NAME_LETTERS_MAX} letters."
        return await _server_page(visit, after, Invalid(reason, fields={"name": reason}))
    await setup.change_site(visit.instance, visit.me.user, after)
    return redirect("/admin/server?said=saved")


async def _server_page(visit: Visit, shown: Site, failure: Invalid | None = None) -> Answer:
    mode = shown.registration or RegistrationMode.OPEN
    return await panel(
        visit,
        "admin_server.html",
        "Server",
        f={"name": shown.name, "description": shown.description, "join": mode.value},
        modes=words.JOINING,
        fixed_mode=visit.instance.settings.registration.mode,
        failure=failure,
    )
