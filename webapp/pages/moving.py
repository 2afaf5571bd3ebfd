"""Chapter settings, moving: another name, aliases, and to another account."""

from typing import Any

from instance.errors import Failure
from outbox import moving, renaming
from users import login
from webapp.asking import Answer
from webapp.pages import presenting, settings, views
from webapp.pages.visit import Visit, redirect

TEXT_LETTERS_MAX = 500


async def moving_form(visit: Visit) -> Answer:
    """GET /settings/moving."""
    return await _page(visit)


async def rename(visit: Visit) -> Answer:
    """POST /settings/moving/name."""
    username = visit.form.line("username")
    try:
        await login.check_own_password(
            visit.instance, visit.me.user, visit.form.get("password", "")
        )
        await renaming.rename(visit.instance, visit.me.actor, username)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect("/settings/moving?said=renamed")


async def add_alias(visit: Visit) -> Answer:
    """POST /settings/moving/alias: somebody by handle or link; asks the other server."""
    try:
        text = visit.form.line("alias")[:TEXT_LETTERS_MAX]
        await moving.add_alias(visit.instance, visit.me.actor, text)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect("/settings/moving?said=saved")


async def remove_alias(visit: Visit) -> Answer:
    """POST /settings/moving/alias/remove."""
    await moving.remove_alias(visit.instance, visit.me.actor, visit.form.line("uri"))
    return redirect("/settings/moving?said=saved")


async def move_away(visit: Visit) -> Answer:
    """POST /settings/moving/away: with the password; followers are sent to the other account."""
    form = visit.form
    try:
        await login.check_own_password(visit.instance, visit.me.user, form.get("password", ""))
        text = form.line("target")[:TEXT_LETTERS_MAX]
        await moving.move_away(visit.instance, visit.me.actor, text)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect("/settings/moving?said=moved")


async def come_back(visit: Visit) -> Answer:
    """POST /settings/moving/back."""
    await moving.come_back(visit.instance, visit.me.actor)
    return redirect("/settings/moving?said=saved")


async def _page(visit: Visit, failure: Failure | None = None) -> Answer:
    me, how = visit.me.actor, presenting.scene(visit)
    aliases: list[dict[str, Any]] = [
        {"uri": uri, "who": views.actor_view(other, how) if other else None}
        for uri, other in await moving.aliases_of(visit.instance, me)
    ]
    target = await moving.whereabouts(visit.instance, me)
    return await settings.panel(
        visit,
        "settings_moving.html",
        "Moving",
        failure,
        aliases=aliases,
        moved_to=me.moved_to,
        target=views.actor_view(target, how) if target else None,
        pause_days=moving.MOVED_AGAIN_AFTER.days,
        has_room=len(aliases) < moving.ALIASES_MAX,
        f={name: visit.form.line(name) for name in ("username", "alias", "target")},
    )
