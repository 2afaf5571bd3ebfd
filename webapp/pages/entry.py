"""Chapter entry: landing, sign-up, log-in and out, setup, confirmation of an e-mail address."""

from typing import Any

from feeds import public
from instance.errors import Conflict, Failure, Invalid
from storage import actors
from storage.records import (
    Actor,
    ActorKind,
    ActorUri,
    Page,
    RegistrationMode,
    RowId,
    SignInWay,
    User,
    UserState,
)
from users import login, registration, setup
from users.login import SecondStepNeeded
from users.registration import SignUp
from users.setup import SetUp
from webapp import security
from webapp.asking import Answer
from webapp.errors import of_failure
from webapp.pages import presenting, sessions, views, words
from webapp.pages.visit import Visit, redirect

LANDING_POSTS = 3
_WAITS = {
    UserState.PENDING: (
        "Your request is here",
        "Somebody who runs this server reads it. Come back later and log in.",
    ),
    UserState.UNCONFIRMED: (
        "One more step",
        "We sent you a mail. Open the link in it, then you can log in.",
    ),
}


async def landing(visit: Visit) -> Answer:
    """GET /: what this server is, for strangers."""
    if visit.viewer is not None:
        return redirect("/home")
    found = await public.local(visit.instance, Page(limit=LANDING_POSTS), None)
    return await presenting.kept_page(
        visit,
        "landing.html",
        posts=await presenting.posts(visit, found.items, place="glimpse"),
        people_count=await actors.count_local_people(),
        example=_example(visit),
    )


# ---------------------------------------------------------------- sign-up


async def sign_up_form(visit: Visit) -> Answer:
    """GET /sign-up."""
    if visit.viewer is not None:
        return redirect("/home")
    return await _sign_up_page(visit, {"invite": visit.query.line("invite")[:100]})


async def sign_up(visit: Visit) -> Answer:
    """POST /sign-up: join, or ask to."""
    form = visit.form
    if form.get("website"):  # AU-28: nobody sees this field; who fills it in is a program
        return await _wait_page(visit, UserState.PENDING)
    asked = SignUp(
        username=form.line("handle"),
        password=form.get("password", ""),
        email=form.line("email"),
        reason=form.text("reason"),
        invite=form.line("invite"),
        language=visit.language,
    )
    try:
        joined = await registration.register(visit.instance, asked, address=visit.address)
    except Failure as failure:
        return await _sign_up_page(visit, form.texts, failure)
    return await _enter_or_wait(visit, *joined)


async def _sign_up_page(visit: Visit, typed: Any, failure: Failure | None = None) -> Answer:
    fields = ("handle", "email", "reason", "invite")
    return await presenting.page(
        visit,
        "sign_up.html",
        f={name: typed.get(name, "") for name in fields},
        email_required=visit.instance.settings.registration.confirm_email,
        **told(failure),
    )


async def _enter_or_wait(visit: Visit, user: User, actor: Actor) -> Answer:
    if user.state is not UserState.ACTIVE:
        return await _wait_page(visit, user.state)
    entered = await login.enter(
        visit.instance,
        (user, actor),
        SignInWay.PASSWORD,
        address=visit.address,
        user_agent=visit.user_agent,
    )
    return await sessions.begin(visit, entered, "/home")


async def _wait_page(visit: Visit, state: UserState) -> Answer:
    title, line = _WAITS[state]
    if state is UserState.UNCONFIRMED:
        again = {"link_path": "/confirm", "link_words": "No mail came? Send it again"}
        return await plain(visit, title, line, **again)
    return await plain(visit, title, line)


# ---------------------------------------------------------------- log-in


async def log_in_form(visit: Visit) -> Answer:
    """GET /log-in; with `again`, also for who is logged in, to become somebody else."""
    next_path = security.local_path(visit.query.get("next", ""), "/home")
    if visit.viewer is not None and not visit.query.is_checked("again"):
        return redirect(next_path)
    return await log_in_page(visit, next_path)


async def log_in(visit: Visit) -> Answer:
    """POST /log-in; AU-19: the token is always new, AU-27: on to a path of ours only."""
    form = visit.form
    next_path = security.local_path(form.get("next", ""), "/home")
    try:
        entered = await login.log_in(
            visit.instance,
            form.line("name"),
            form.get("password", ""),
            address=visit.address,
            user_agent=visit.user_agent,
        )
    except SecondStepNeeded as needed:
        return await second_step_page(visit, needed.token, next_path)
    except Failure as failure:
        return await log_in_page(visit, next_path, form.line("name"), failure)
    return await sessions.begin(visit, entered, next_path)


async def log_in_page(
    visit: Visit, next_path: str, name: str = "", failure: Failure | None = None
) -> Answer:
    """Return the log-in page, with what was typed and why it did not work."""
    return await presenting.page(
        visit,
        "log_in.html",
        next=next_path,
        name=name,
        confirms_email=visit.instance.settings.registration.confirm_email,
        sends_mail=bool(visit.instance.settings.mail.host),
        **told(failure),
    )


async def second_step_page(
    visit: Visit, step: str, next_path: str, failure: Failure | None = None
) -> Answer:
    """Return the page that asks for the second step; `step` stands for the first one."""
    return await presenting.page(
        visit, "log_in_second.html", step=step, next=next_path, **told(failure)
    )


# ---------------------------------------------------------------- setup


async def setup_form(visit: Visit, token: str) -> Answer:
    """GET /setup/<token>: the first page of a new server's owner."""
    await setup.check_setup_token(visit.instance, token)
    return await _setup_page(visit, token, {})


async def set_up(visit: Visit, token: str) -> Answer:
    """POST /setup/<token>: make the owner, then home with the composer focused."""
    form = visit.form
    try:
        asked = SetUp(form.line("handle"), form.get("password", ""), joining(form.line("join")))
        owner = await setup.set_up(visit.instance, token, asked)
    except Invalid as failure:
        return await _setup_page(visit, token, form.texts, failure)
    return await _enter_or_wait(visit, *owner)


def joining(text: str) -> RegistrationMode:
    """Return who may join as a form says; Invalid for anything else."""
    if text not in set(RegistrationMode):
        raise Invalid("Choose who can join.", fields={"join": "Choose one of these."})
    return RegistrationMode(text)


async def _setup_page(
    visit: Visit, token: str, typed: Any, failure: Failure | None = None
) -> Answer:
    return await presenting.page(
        visit,
        "setup.html",
        f={"handle": typed.get("handle", ""), "join": typed.get("join", "")},
        setup_token=token,
        modes=words.JOINING,
        **told(failure),
    )


# ---------------------------------------------------------------- confirmation


async def resend_form(visit: Visit) -> Answer:
    """GET /confirm: where to send the link again."""
    return await presenting.page(visit, "resend.html", email="")


async def resend(visit: Visit) -> Answer:
    """POST /confirm: says the same whether the address is known or not (AU-11); limited (AU-17)."""
    email = visit.form.line("email")
    try:
        await registration.resend_confirmation(visit.instance, email, address=visit.address)
    except Failure as failure:
        return await presenting.page(visit, "resend.html", email=email, **told(failure))
    return await plain(
        visit,
        "Look into your mail",
        "If this address waits to be confirmed, a new link is on its way. It works for two days.",
    )


async def confirm_form(visit: Visit, token: str) -> Answer:
    """GET /confirm/<token>: a button, because a GET changes nothing (mail programs open links)."""
    return await plain(
        visit,
        "Confirm your e-mail address",
        "One press and you are in." if visit.viewer is None else "One press and it is done.",
        action=f"/confirm/{token}",
        button="Confirm",
    )


async def confirm(visit: Visit, token: str) -> Answer:
    """POST /confirm/<token>."""
    user, _ = await registration.confirm(visit.instance, token)
    if visit.viewer is not None and visit.viewer.user.id == user.id:
        return redirect("/settings/notifications?said=confirmed_address")
    if user.state is UserState.ACTIVE:
        return redirect("/log-in?said=confirmed")
    return await _wait_page(visit, user.state)


async def plain(visit: Visit, title: str, *lines: str, **other: str) -> Answer:
    """Return a page of a title and some lines, with a button or a link below."""
    shown: dict[str, Any] = {
        "action": "",
        "button": "",
        "link_path": "/",
        "link_words": "Go to the front page",
        **other,
    }
    return await presenting.page(visit, "plain.html", title=title, lines=lines, **shown)


def told(failure: Failure | None) -> dict[str, Any]:
    """Return what a form shows again after a failure."""
    if failure is None:
        return {}
    mistake = of_failure(failure)
    # The use cases say "username", people read "handle".
    fields = {"handle" if name == "username" else name: why for name, why in mistake.fields.items()}
    if isinstance(failure, Conflict):  # of all that is typed to come in, only a handle can be taken
        fields = {"handle": mistake.words}
    return {"status": mistake.status, "error": mistake.words, "errors": fields}


def _example(visit: Visit) -> tuple[views.ActorView, ...]:
    """Return the three people of the conversation that the landing page tells."""
    how = presenting.scene(visit)
    people = (("jonas", "tea.example"), ("ines", "mar.example"), ("mara", None))
    return tuple(
        views.actor_view(
            Actor(
                id=RowId(0),
                uri=ActorUri(""),
                username=name,
                host=host,
                kind=ActorKind.PERSON,
                inbox_url="",
                created_at=visit.instance.now(),
            ),
            how,
        )
        for name, host in people
    )
