"""Chapter admin, people: what was done to somebody here and what can be; and appeals against it."""

from typing import Any

from instance.errors import Conflict, Failure, Forbidden, Invalid, NotFound
from outbox import appealing, moderating
from storage import actors, users
from storage.records import Actor, Page, RowId, Strike, StrikeAction, UserState
from webapp import paging
from webapp.asking import Answer
from webapp.pages import admin, presenting, views, words
from webapp.pages.visit import Visit, redirect

LIST_LIMIT = 20
_DID = {
    StrikeAction.WARN: "warned",
    StrikeAction.DISABLE: "frozen",
    StrikeAction.SENSITIVE: "covered",
    StrikeAction.SILENCE: "silenced",
    StrikeAction.SUSPEND: "suspended",
}
_ACTS = (
    (StrikeAction.WARN.value, "Warn: nothing is taken from them"),
    (StrikeAction.SENSITIVE.value, "Cover: files they post from now on are shown on a click"),
    (StrikeAction.SILENCE.value, "Silence: their followers alone meet them"),
    (StrikeAction.DISABLE.value, "Freeze: they cannot log in, and what they wrote stays"),
    (StrikeAction.SUSPEND.value, "Suspend: they and what they wrote are hidden"),
)


# ---------------------------------------------------------------- one person


async def person(visit: Visit, name: str) -> Answer:
    """GET /admin/people/<name>: somebody who lives here."""
    return await _person_page(visit, await _find(name))


async def act(visit: Visit, name: str) -> Answer:
    """POST /admin/people/<name>: do one of `_ACTS` to them, or take that back."""
    who, form, me = await _find(name), visit.form, visit.me.user
    try:
        action = StrikeAction(form.get("how", ""))
        if form.get("do") == "lift":
            await moderating.lift(visit.instance, who, action, by=me)
            return redirect(f"/admin/people/{who.username}?said=lifted")
        await moderating.strike(visit.instance, who, action, form.text("text"), by=me)
    except ValueError:
        return await _person_page(visit, who, Invalid("Choose what to do."))
    except (Invalid, Conflict, Forbidden) as failure:
        return await _person_page(visit, who, failure)
    return redirect(f"/admin/people/{who.username}?said=struck")


async def _find(name: str) -> Actor:
    found = await actors.find_by_handle(name, None)
    if found is None or found.deleted_at is not None or not await users.find_by_actor(found.id):
        raise NotFound("There is nobody of this name here.")
    return found


async def _person_page(visit: Visit, who: Actor, failure: Failure | None = None) -> Answer:
    found = await moderating.against(who, Page(limit=LIST_LIMIT))
    return await admin.panel(
        visit,
        "admin_person.html",
        who.username,
        who=views.actor_view(who, presenting.scene(visit)),
        is_suspended=who.suspended_at is not None,
        under=await _under(who),
        strikes=await _strike_views(visit, found),
        acts=_ACTS,
        f={"text": visit.form.text("text"), "how": visit.form.get("how", "none")},
        text_letters_max=moderating.TEXT_LETTERS_MAX,
        failure=failure,
    )


async def _under(who: Actor) -> tuple[tuple[str, str, str], ...]:
    """Return what somebody is under now: action, what they are, words that take it back."""
    user = await users.find_by_actor(who.id)
    is_frozen = user is not None and user.state is UserState.DISABLED
    holds = (
        (who.suspended_at, StrikeAction.SUSPEND, "Let in again"),
        (is_frozen, StrikeAction.DISABLE, "Thaw"),
        (who.silenced_at, StrikeAction.SILENCE, "Take the silence back"),
        (who.sensitized_at, StrikeAction.SENSITIVE, "Cover no more"),
    )
    return tuple((action.value, _DID[action], text) for is_so, action, text in holds if is_so)


# ---------------------------------------------------------------- appeals


async def appeals(visit: Visit) -> Answer:
    """GET /admin/appeals: those that nobody has answered."""
    return await _appeals_page(visit)


async def answer_appeal(visit: Visit) -> Answer:
    """POST /admin/appeals: take back what was done, or leave it."""
    form = visit.form
    answer = appealing.accept if form.get("do") == "accept" else appealing.refuse
    try:
        await answer(visit.instance, RowId(form.id("strike")), by=visit.me.user)
    except (Conflict, Forbidden) as failure:
        return await _appeals_page(visit, failure)
    return redirect("/admin/appeals?said=saved")


async def _appeals_page(visit: Visit, failure: Failure | None = None) -> Answer:
    page = Page(limit=LIST_LIMIT + 1, max_id=paging.read(visit.query).max_id)
    found = await appealing.waiting(visit.me.user, page)
    shown = found[:LIST_LIMIT]
    return await admin.panel(
        visit,
        "admin_appeals.html",
        "Appeals",
        strikes=await _strike_views(visit, shown),
        older=presenting.older(visit, shown[-1].id if len(found) > LIST_LIMIT else None),
        failure=failure,
    )


async def _strike_views(visit: Visit, found: list[Strike]) -> list[dict[str, Any]]:
    named = {each.target_id for each in found} | {each.by_id for each in found if each.by_id}
    people, how = await actors.by_ids(named), presenting.scene(visit)
    return [
        {
            "id": each.id,
            "target": views.actor_view(people[each.target_id], how),
            "did": _DID[each.action],
            "by": people[each.by_id].username if each.by_id in people else "the command line",
            "text": each.text,
            "when": words.when(each.created_at, how.now),
            "is_lifted": each.lifted_at is not None,
            "appeal": each.appeal,
            "state": each.appeal_state.value if each.appeal_state else "",
        }
        for each in found
        if each.target_id in people
    ]
