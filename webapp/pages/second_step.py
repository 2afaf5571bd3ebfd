"""Chapter entry, second step: a code or a passkey after the password, or a passkey alone."""

import msgspec

from instance.errors import Failure
from users import passkeys, two_factor
from webapp import security
from webapp.asking import Answer
from webapp.errors import of_failure
from webapp.pages import entry, sessions
from webapp.pages.visit import Visit

JSON = ("Content-Type", "application/json; charset=utf-8")
_OK = 200


async def enter_code(visit: Visit) -> Answer:
    """POST /log-in/second-step: a code of an app, or a recovery code."""
    form, next_path = visit.form, _next(visit)
    step = form.get("step", "")
    try:
        entered = await two_factor.finish_log_in(
            visit.instance,
            step,
            form.get("code", ""),
            address=visit.address,
            user_agent=visit.user_agent,
        )
    except Failure as failure:
        return await entry.second_step_page(visit, step, next_path, failure)
    return await sessions.begin(visit, entered, next_path)


async def passkey_options(visit: Visit) -> Answer:
    """POST /log-in/passkey/options: what a script hands to the browser, as JSON."""
    try:
        options = await passkeys.request_options(
            visit.instance, address=visit.address, step_token=visit.form.get("step")
        )
    except Failure as failure:
        return refused(failure)
    return Answer(_OK, [JSON], options)


async def enter_passkey(visit: Visit) -> Answer:
    """POST /log-in/passkey: what the authenticator answered."""
    form, next_path, step = visit.form, _next(visit), visit.form.get("step")
    try:
        entered = await passkeys.log_in(
            visit.instance,
            form.get("answer", ""),
            address=visit.address,
            user_agent=visit.user_agent,
            step_token=step,
        )
    except Failure as failure:
        if step is not None:
            return await entry.second_step_page(visit, step, next_path, failure)
        return await entry.log_in_page(visit, next_path, failure=failure)
    return await sessions.begin(visit, entered, next_path)


def refused(failure: Failure) -> Answer:
    """Return what a script is told that asked for options."""
    mistake = of_failure(failure)
    body = msgspec.json.encode({"error": mistake.words})
    return Answer(mistake.status, [JSON, *mistake.all_headers.items()], body)


def _next(visit: Visit) -> str:
    return security.local_path(visit.form.get("next", ""), "/home")
