"""Chapter settings, two-step log-in: an app with codes, recovery codes, passkeys."""

from typing import Any

from instance.errors import Conflict, Failure, Invalid, NotFound, TooMany
from storage import factors
from storage.records import Passkey, RowId
from users import passkeys, totp, two_factor
from webapp.asking import Answer
from webapp.pages import codes, presenting, settings, words
from webapp.pages.second_step import JSON, refused
from webapp.pages.visit import Visit, redirect

PATH = "/settings/two-step"
TITLE = "Two-step log-in"
_OK = 200
_EXPECTED = (Invalid, Conflict, NotFound, TooMany)


async def form(visit: Visit) -> Answer:
    """GET /settings/two-step."""
    return await _page(visit)


async def begin(visit: Visit) -> Answer:
    """POST /settings/two-step/begin: with the password; then the QR code is shown."""
    try:
        await two_factor.begin(visit.instance, visit.me.user, visit.form.get("password", ""))
    except _EXPECTED as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}#app")


async def confirm(visit: Visit) -> Answer:
    """POST /settings/two-step/confirm: a first code, and it counts."""
    try:
        codes = await two_factor.confirm(visit.instance, visit.me.user, visit.form.line("code"))
    except _EXPECTED as failure:
        return await _page(visit, failure)
    return await _done(visit, codes)


async def new_codes(visit: Visit) -> Answer:
    """POST /settings/two-step/codes: ten new recovery codes, shown this once."""
    password = visit.form.get("password", "")
    try:
        codes = await two_factor.new_codes(visit.instance, visit.me.user, password)
    except _EXPECTED as failure:
        return await _page(visit, failure)
    return await _done(visit, codes)


async def switch_off(visit: Visit) -> Answer:
    """POST /settings/two-step/off: with the password."""
    password = visit.form.get("password", "")
    try:
        await two_factor.switch_off(visit.instance, visit.me.user, password, kept=_kept(visit))
    except _EXPECTED as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=saved")


async def passkey_options(visit: Visit) -> Answer:
    """POST /settings/passkeys/options: what a script hands to the browser, as JSON."""
    me, password = visit.me, visit.form.get("password", "")
    try:
        made = await passkeys.creation_options(visit.instance, me.user, me.actor, password)
    except Failure as failure:
        return refused(failure)
    return Answer(_OK, [JSON], made)


async def add_passkey(visit: Visit) -> Answer:
    """POST /settings/passkeys: what the authenticator made."""
    form = visit.form
    try:
        codes = await passkeys.add(
            visit.instance, visit.me.user, form.get("answer", ""), form.line("name")
        )
    except Failure as failure:
        return await _page(visit, failure)
    return await _done(visit, codes)


async def remove_passkey(visit: Visit) -> Answer:
    """POST /settings/passkeys/remove: with the password."""
    passkey_id = RowId(visit.form.id("passkey"))
    password = visit.form.get("password", "")
    try:
        await passkeys.remove(
            visit.instance, visit.me.user, passkey_id, password, kept=_kept(visit)
        )
    except _EXPECTED as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=saved")


async def _done(visit: Visit, codes: list[str]) -> Answer:
    return await _page(visit, codes=codes) if codes else redirect(f"{PATH}?said=saved")


async def _page(
    visit: Visit, failure: Failure | None = None, *, codes: list[str] | None = None
) -> Answer:
    user = visit.me.user
    secret = await factors.find_totp(user.id)
    is_on = secret is not None and secret.confirmed_at is not None
    found = await factors.passkeys_of(user.id)
    return await settings.panel(
        visit,
        "settings_two_step.html",
        TITLE,
        failure,
        is_on=is_on,
        waiting=None if secret is None or is_on else await _waiting(visit, secret.secret),
        codes=codes or [],
        codes_left=await factors.count_codes(user.id),
        passkeys=[_passkey(visit, one) for one in found],
    )


async def _waiting(visit: Visit, secret: str) -> dict[str, Any]:
    """Return what somebody scans, or types, into their app."""
    site = (await presenting.surroundings(visit)).site.name
    address = totp.address(secret, issuer=site, name=visit.me.actor.username)
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return {"code": codes.code(address), "secret": " ".join(groups), "address": address}


def _passkey(visit: Visit, passkey: Passkey) -> dict[str, Any]:
    now, used = visit.instance.now(), passkey.last_used_at
    return {
        "id": passkey.id,
        "name": passkey.name,
        "since": words.when(passkey.created_at, now),
        "used": words.when(used, now) if used is not None else None,
    }


def _kept(visit: Visit) -> RowId | None:
    session = visit.me.session
    return session.id if session is not None else None
