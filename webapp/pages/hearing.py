"""Chapter notifications: from whom somebody wants to hear, and who waits to be heard (B92, B93)."""

from datetime import datetime
from typing import Final

from feeds import notification_requests as use
from instance.errors import Invalid
from storage import actors
from storage.notification_requests import Request
from storage.records import Page, PolicyAction, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.pages import mails, presenting, settings, views, words
from webapp.pages.visit import Visit, redirect, said

LIST_LIMIT: Final = 40
_QUESTIONS: Final = (
    ("for_not_following", "People I do not follow"),
    ("for_not_followers", "People who do not follow me", "Or only for three days."),
    ("for_new_accounts", "New accounts", "Made in the last thirty days."),
    (
        "for_private_mentions",
        "Private messages nobody asked for",
        "From people I do not follow, unless they answer one of mine.",
    ),
    ("for_limited_accounts", "Accounts that moderators limited"),
)
_CHOICES: Final = (
    (PolicyAction.ACCEPT.value, "Tell me"),
    (PolicyAction.FILTER.value, "Hold back, so that I can look"),
    (PolicyAction.DROP.value, "Ignore"),
)


async def form(visit: Visit) -> Answer:
    """GET /settings/notifications."""
    found, summary = await use.policy(visit.me.actor)
    questions = [(*each, "")[:3] for each in _QUESTIONS]
    return await settings.panel(
        visit,
        "settings_notifications.html",
        "Notifications",
        questions=[(*each, getattr(found, each[0]).value) for each in questions],
        choices=_CHOICES,
        waiting=summary.requests,
        mails=mails.choices(visit),
        no_mails=mails.why_none(visit),
        unconfirmed=mails.unconfirmed(visit),
        no_address=mails.NO_ADDRESS,
    )


async def change(visit: Visit) -> Answer:
    """POST /settings/notifications."""
    wishes = {each[0]: visit.form.line(each[0]) for each in _QUESTIONS if each[0] in visit.form}
    await use.change_policy(visit.instance, visit.me.actor, wishes)
    return redirect(said("/settings/notifications", "saved"))


async def requests(visit: Visit) -> Answer:
    """GET /notifications/requests: who is held back, with how much, and the last that they said."""
    page = Page(limit=LIST_LIMIT + 1, max_id=paging.read(visit.query).max_id)
    found = await use.requests(visit.me.actor, page)
    shown = found[:LIST_LIMIT]
    people = await actors.by_ids([each.actor_id for each in shown])
    excerpts = await presenting.excerpts(visit, [each.post_id for each in shown if each.post_id])
    how = presenting.scene(visit)
    return await presenting.page(
        visit,
        "notification_requests.html",
        here="Notifications",
        requests=[
            (
                each.id,
                views.actor_view(people[each.actor_id], how),
                _said(each, visit.instance.now()),
                excerpts.get(each.post_id or 0),
            )
            for each in shown
            if each.actor_id in people
        ],
        older=presenting.older(visit, shown[-1].id if len(found) > LIST_LIMIT else None),
    )


async def answer(visit: Visit) -> Answer:
    """POST /notifications/requests: hear from those who are ticked, or forget what they said."""
    names = (name.partition("_") for name in visit.form if visit.form.is_checked(name))
    ids = [paging.row_id(last) for first, _, last in names if first == "who"]
    chosen = [RowId(each) for each in ids if each is not None]
    if not chosen:
        raise Invalid("Choose somebody first.")
    is_welcome = visit.form.get("do") == "accept"
    act = use.accept if is_welcome else use.dismiss
    if not await act(visit.instance, visit.me.actor, chosen):
        # Pressed twice, or answered in an app meanwhile.
        return redirect("/notifications/requests")
    return redirect(said("/notifications/requests", "heard" if is_welcome else "unheard"))


def _said(request: Request, now: datetime) -> str:
    count = "1 notification" if request.total == 1 else f"{request.total} notifications"
    return f"{count}, the last {words.when(request.last_at, now).spoken}"
