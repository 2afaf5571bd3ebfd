"""Chapter mails: what somebody wants to be told by mail, and the link that ends it (B114)."""

from typing import Final

from feeds import mailed
from instance.resources import Instance
from storage.records import MailKind
from users import recovery, unsubscribing
from users.unsubscribing import Series
from webapp.asking import Answer, Asked
from webapp.pages import entry
from webapp.pages.visit import Visit, open_visit, redirect, said

_CHOICES: Final = (
    (MailKind.MENTION, "Somebody mentions me or replies"),
    (MailKind.QUOTE, "Somebody quotes me"),
    (MailKind.FOLLOW, "Somebody follows me"),
    (MailKind.FOLLOW_REQUEST, "Somebody asks to follow me"),
    (MailKind.BOOST, "Somebody boosts a post of mine"),
    (MailKind.LIKE, "Somebody favourites a post of mine"),
    (MailKind.REPORT, "Somebody is reported"),
    (MailKind.SIGN_UP, "Somebody joins this server"),
    (MailKind.DIGEST, "What I missed, when I was away for a week"),
)
PATH: Final = "/settings/notifications"
NO_ADDRESS: Final = "Your account has no e-mail address."
_OF_MODERATORS: Final = frozenset({MailKind.REPORT, MailKind.SIGN_UP})
_ENDED: Final = {
    Series.NEWS: "You get no more mails about what happens here.",
    Series.DIGEST: "You get no more mails when you were away.",
}
_BACK: Final = {
    "link_path": PATH,
    "link_words": "Choose what you are mailed about",
}


def choices(visit: Visit) -> list[tuple[str, str, bool]]:
    """Return what somebody may be mailed about: name of the field, words, chosen or not."""
    wanted = visit.me.user.preferences.mails
    return [
        (f"mail_{kind}", text, kind in wanted)
        for kind, text in _CHOICES
        if kind not in _OF_MODERATORS or visit.me.is_moderator
    ]


def why_none(visit: Visit) -> str:
    """Return why no such mails can be sent to this person; '' where they can."""
    if not mailed.is_possible(visit.instance):
        return "This server sends no mail: no mail server is set up."
    return "" if visit.me.user.email else NO_ADDRESS


def unconfirmed(visit: Visit) -> str:
    """Return the address of which it is not known whose it is, '' where there is none such."""
    user = visit.me.user
    return "" if mailed.is_theirs(visit.instance, user) else user.email or ""


async def choose(visit: Visit) -> Answer:
    """POST /settings/mails; what is not offered stays as it is. The first time asks the address."""
    user = visit.me.user
    offered = {name for name, _, _ in choices(visit)}
    kept = [each for each in user.preferences.mails if f"mail_{each}" not in offered]
    wanted = [each for each in MailKind if visit.form.is_checked(f"mail_{each}")]
    await unsubscribing.choose(visit.instance, user, [*kept, *wanted])
    if wanted and mailed.is_possible(visit.instance) and unconfirmed(visit):
        await recovery.ask_whether_theirs(visit.instance, user)
        return redirect(said(PATH, "asked_confirmation"))
    return redirect(said(PATH, "saved"))


async def unsubscribe_form(visit: Visit, token: str) -> Answer:
    """GET /unsubscribe/<token>: a button, because a GET changes nothing."""
    user, series = await unsubscribing.read(visit.instance, token)
    del user  # the link says no more than what it ends
    return await entry.plain(
        visit,
        "No more mails?",
        "One press, and this server mails you no more "
        + ("about what happens here." if series is Series.NEWS else "when you were away."),
        "Mails about your log-in and your account still come.",
        action=f"/unsubscribe/{token}",
        button="No more mails",
        **_BACK,
    )


async def unsubscribe(instance: Instance, asked: Asked, token: str) -> Answer:
    """POST /unsubscribe/<token>: by the button, or by a mail program that knows nobody here.

    The link alone is what allows it: no cookie, no token of a form, and no redirect afterwards.
    https://www.rfc-editor.org/rfc/rfc8058#section-3.2
    """
    visit = await open_visit(instance, asked, is_signed=True)
    series = await unsubscribing.unsubscribe(instance, token)
    return await entry.plain(visit, "Done", _ENDED[series], **_BACK)
