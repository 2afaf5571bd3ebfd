"""Chapter settings: profile, looks, writing, privacy, devices, password, blocks, leaving."""

from dataclasses import replace
from typing import Any

from actors.profile import ProfileChange
from instance.errors import Failure, Invalid, TooMany
from outbox import profiles
from storage.records import (
    AccessToken,
    OauthApp,
    Policy,
    Preferences,
    RowId,
    Session,
    SignIn,
    SignInWay,
    SourceType,
)
from users import grants, invites, login, preferences, recovery, sign_ins
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages import composing, consenting, presenting, sessions, words
from webapp.pages.permissions import sentences
from webapp.pages.visit import Visit, redirect

FIELDS_SHOWN = 4
LIST_LIMIT = 200
_MEGABYTE = 1024 * 1024
_OK = 200
TOKEN_SCOPES = ("read", "write", "follow", "push")
_WAYS = {
    SignInWay.PASSWORD: "by password",
    SignInWay.TWO_FACTORS: "by password and app",
    SignInWay.RECOVERY_CODE: "by password and recovery code",
    SignInWay.PASSKEY: "by passkey",
}
SECTIONS = (
    ("Profile", "users", "/settings/profile"),
    ("Looks", "palette", "/settings/looks"),
    ("Writing", "pen", "/settings/posting"),
    ("Old posts", "clock", "/settings/old-posts"),
    ("Privacy and reach", "lock", "/settings/privacy"),
    ("Blocks and mutes", "quiet", "/settings/blocks"),
    ("Notifications", "bell", "/settings/notifications"),
    ("Filters", "eye", "/settings/filters"),
    ("Sign-in and devices", "key", "/settings/sign-in"),
    ("Accounts", "users", "/accounts"),
    ("Two-step log-in", "shield", "/settings/two-step"),
    ("Your data", "down", "/settings/data"),
    ("Invites", "mail", "/settings/invites"),
    ("Moving", "door", "/settings/moving"),
)


async def panel(
    visit: Visit, template: str, title: str, failure: Failure | None = None, **context: Any
) -> Answer:
    """Return a page of this chapter; a failure is shown above its forms, and at its fields."""
    may_invite = invites.may_invite(visit.instance, visit.me.user)
    sections = [each for each in SECTIONS if may_invite or each[0] != "Invites"]
    return await presenting.page(
        visit, template, here="Settings", title=title, sections=sections, failure=failure, **context
    )


async def start(visit: Visit) -> Answer:
    """GET /settings: the first chapter; a narrow screen shows the list of chapters alone."""
    return await profile_form(visit)


# ---------------------------------------------------------------- profile


async def profile_form(visit: Visit) -> Answer:
    """GET /settings/profile."""
    me = visit.me.actor
    typed = {"name": me.name, "bio": me.summary_source, "lines": list(me.fields_source)}
    return await _profile_page(visit, typed)


async def change_profile(visit: Visit) -> Answer:
    """POST /settings/profile."""
    form = visit.form
    lines = _lines(form)
    change = ProfileChange(
        name=form.line("name"),
        bio=form.text("bio"),
        fields=tuple(line for line in lines if line[0] or line[1]),
        avatar=_picture(form, "avatar"),
        header=_picture(form, "header"),
    )
    try:
        await profiles.change(visit.instance, visit.me.actor, change)
    except Invalid as failure:
        typed = {"name": form.line("name"), "bio": form.text("bio"), "lines": lines}
        return await _profile_page(visit, typed, failure)
    return redirect("/settings/profile?said=saved")


def _lines(form: Fields) -> list[tuple[str, str]]:
    numbers = range(1, FIELDS_SHOWN + 1)
    return [(form.line(f"field_name_{n}"), form.line(f"field_value_{n}")) for n in numbers]


def _picture(form: Fields, name: str) -> bytes | None:
    """Return a new picture; empty bytes when the old one is to go; None when it stays."""
    return b"" if form.is_checked(f"{name}_remove") else form.file(name)


async def _profile_page(
    visit: Visit, typed: dict[str, Any], failure: Failure | None = None
) -> Answer:
    me = visit.me.actor
    missing = FIELDS_SHOWN - len(typed["lines"])
    return await panel(
        visit,
        "settings_profile.html",
        "Profile",
        failure,
        f={**typed, "lines": typed["lines"] + [("", "")] * missing},
        has_avatar=me.avatar_url is not None,
        has_header=me.header_url is not None,
        upload_mb=visit.instance.settings.limits.upload_bytes_max // _MEGABYTE,
    )


# ---------------------------------------------------------------- preferences


async def looks_form(visit: Visit) -> Answer:
    """GET /settings/looks."""
    return await panel(visit, "settings_looks.html", "Looks")


async def change_looks(visit: Visit) -> Answer:
    """POST /settings/looks."""
    old = visit.me.user.preferences
    wanted = preferences.parse(old, visit.form.line("theme"), old.language, old.default_visibility)
    await preferences.save(visit.instance, visit.me.user, wanted)
    return redirect("/settings/looks?said=saved")


async def posting_form(visit: Visit) -> Answer:
    """GET /settings/posting."""
    return await _posting_page(visit, visit.me.user.preferences)


async def change_posting(visit: Visit) -> Answer:
    """POST /settings/posting."""
    form, old = visit.form, visit.me.user.preferences
    wanted = preferences.parse(old, old.theme, form.line("language"), form.line("audience"))
    policy = consenting.read(form, old.policy) or Policy()
    wanted = replace(wanted, policy=policy, source_type=composing.source_type(form))
    await preferences.save(visit.instance, visit.me.user, wanted)
    return redirect("/settings/posting?said=saved")


async def _posting_page(visit: Visit, chosen: Preferences) -> Answer:
    return await panel(
        visit,
        "settings_posting.html",
        "Writing",
        f={
            "audience": chosen.default_visibility.value,
            "language": chosen.language,
            "markdown": chosen.source_type is SourceType.MARKDOWN,
        },
        audience_choices=words.AUDIENCE_HINTS,
        consent=consenting.fields(chosen.policy),
    )


async def privacy_form(visit: Visit) -> Answer:
    """GET /settings/privacy."""
    me = visit.me.actor
    return await panel(
        visit,
        "settings_privacy.html",
        "Privacy and reach",
        f={
            "approve": me.is_locked,
            "hide_follows": me.hides_follows,
            "discoverable": me.is_discoverable,
            "indexable": me.is_indexable,
            "applications": me.shows_applications,
        },
    )


async def change_privacy(visit: Visit) -> Answer:
    """POST /settings/privacy."""
    change = ProfileChange(
        is_locked=visit.form.is_checked("approve"),
        hides_follows=visit.form.is_checked("hide_follows"),
        is_discoverable=visit.form.is_checked("discoverable"),
        is_indexable=visit.form.is_checked("indexable"),
        shows_applications=visit.form.is_checked("applications"),
    )
    was_locked = visit.me.actor.is_locked
    await profiles.change(visit.instance, visit.me.actor, change)
    is_opened = was_locked and not change.is_locked
    return redirect(f"/settings/privacy?said={'opened' if is_opened else 'saved'}")


# ---------------------------------------------------------------- sign-in and devices


async def sign_in_form(visit: Visit) -> Answer:
    """GET /settings/sign-in."""
    return await _sign_in_page(visit)


async def change_password(visit: Visit) -> Answer:
    """POST /settings/sign-in/password: the other sessions end (AU-19)."""
    form, me = visit.form, visit.me
    old, new = form.get("old_password", ""), form.get("password", "")
    try:
        await login.change_password(visit.instance, me.user, old, new, kept=me.session)
    except Failure as failure:
        return await _sign_in_page(visit, failure)
    return redirect("/settings/sign-in?said=password")


async def end_session(visit: Visit) -> Answer:
    """POST /settings/sign-in/end: log one device out."""
    session_id = RowId(visit.form.id("session"))
    await login.end_session(visit.instance, visit.me.user, session_id)
    return redirect("/settings/sign-in?said=ended")


async def end_other_sessions(visit: Visit) -> Answer:
    """POST /settings/sign-in/end-others: log all other devices out (B4)."""
    await login.end_other_sessions(visit.instance, visit.me.user, visit.me.session)
    return redirect("/settings/sign-in?said=ended-others")


async def _sign_in_page(visit: Visit, failure: Failure | None = None, *, token: str = "") -> Answer:
    if isinstance(failure, Invalid) and "old_password" in failure.fields:
        failure.fields.pop("password", None)  # one wrong field, not two
    sessions = await login.list_sessions(visit.instance, visit.me.user)
    shown = [_session_view(visit, each) for each in sessions]
    title = "Sign-in and devices"
    apps = [_app_view(visit, *each) for each in await grants.list_apps(visit.me.user)]
    recent = [_sign_in_view(visit, each) for each in await sign_ins.list_recent(visit.me.user)]
    return await panel(
        visit,
        "settings_sign_in.html",
        title,
        failure,
        sessions=shown,
        apps=apps,
        recent=recent,
        email=visit.me.user.email or "",
        token=token,
        token_scopes=[(scope, sentences(frozenset({scope}))[0]) for scope in TOKEN_SCOPES],
    )


async def change_email(visit: Visit) -> Answer:
    """POST /settings/sign-in/email: with the password; the new address has to agree."""
    email, password = visit.form.line("email"), visit.form.get("password", "")
    try:
        is_asked = await recovery.change_email(visit.instance, visit.me.user, email, password)
    except Failure as failure:
        return await _sign_in_page(visit, failure)
    return redirect(f"/settings/sign-in?said={'asked_address' if is_asked else 'address'}")


def _sign_in_view(visit: Visit, made: SignIn) -> dict[str, Any]:
    return {
        "device": words.device(made.user_agent),
        "address": made.address,
        "way": _WAYS[made.way],
        "when": words.when(made.created_at, visit.instance.now()),
    }


async def make_token(visit: Visit) -> Answer:
    """POST /settings/sign-in/token: one for a program of one's own, shown this once (B18)."""
    form, me = visit.form, visit.me
    wanted = [scope for scope in TOKEN_SCOPES if form.is_checked(f"may_{scope}")]
    try:
        await login.check_own_password(visit.instance, me.user, form.get("password", ""))
        token = await grants.issue_own_token(visit.instance, me.user, wanted, form.line("label"))
    except Failure as failure:
        return await _sign_in_page(visit, failure)
    return await _sign_in_page(visit, token=token)


async def end_app(visit: Visit) -> Answer:
    """POST /settings/sign-in/app: shut an app out; its token ends at once (AU-7)."""
    token_id = RowId(visit.form.id("token"))
    await grants.end_token(visit.instance, visit.me.user, token_id)
    return redirect("/settings/sign-in?said=shut")


def _app_view(visit: Visit, token: AccessToken, app: OauthApp | None) -> dict[str, Any]:
    now, used = visit.instance.now(), token.last_used_at
    return {
        "id": token.id,
        "name": app.name if app is not None else token.name,
        "is_personal": app is None,
        "website": app.website if app is not None else None,
        "may": sentences(token.scopes),
        "used": words.when(used, now) if used is not None else None,
        "since": words.when(token.created_at, now),
    }


def _session_view(visit: Visit, session: Session) -> dict[str, Any]:
    now, mine = visit.instance.now(), visit.me.session
    return {
        "id": session.id,
        "device": words.device(session.user_agent),
        "address": session.address,
        "used": words.when(session.last_used_at, now),
        "since": words.when(session.created_at, now),
        "is_this": mine is not None and mine.id == session.id,
    }


# ---------------------------------------------------------------- leaving


async def delete_form(visit: Visit) -> Answer:
    """GET /settings/delete."""
    return await panel(visit, "settings_delete.html", "Sign-in and devices")


async def delete(visit: Visit) -> Answer:
    """POST /settings/delete: with the password; other servers are told."""
    me = visit.me
    try:
        await login.check_own_password(visit.instance, me.user, visit.form.get("password", ""))
    except (Invalid, TooMany) as failure:
        return await panel(visit, "settings_delete.html", "Sign-in and devices", failure)
    await profiles.delete_account(visit.instance, me.user, me.actor)
    return await sessions.end(visit, "/log-in?said=left", next_path="/accounts?said=left")
