"""Chapter entry, ways back in: a new password by mail, and links that confirm a new address."""

from instance.errors import Failure, Invalid
from users import recovery
from webapp.asking import Answer
from webapp.pages import entry, presenting, sessions
from webapp.pages.visit import Visit, redirect


async def forgotten_form(visit: Visit) -> Answer:
    """GET /forgotten."""
    return await presenting.page(visit, "forgotten.html", email="")


async def forgotten(visit: Visit) -> Answer:
    """POST /forgotten: says the same whether the address is known or not (AU-11)."""
    email = visit.form.line("email")
    try:
        await recovery.ask(visit.instance, email, address=visit.address)
    except Failure as failure:
        return await presenting.page(visit, "forgotten.html", email=email, **entry.told(failure))
    return await entry.plain(
        visit,
        "Look into your mail",
        "If somebody here has this address, a link is on its way. It works for an hour.",
    )


async def reset_form(visit: Visit, token: str) -> Answer:
    """GET /reset/<token>."""
    await recovery.check(visit.instance, token)
    return await presenting.page(visit, "reset.html", reset_token=token)


async def reset(visit: Visit, token: str) -> Answer:
    """POST /reset/<token>: everything that was logged in is out (AU-19)."""
    try:
        await recovery.reset(visit.instance, token, visit.form.get("password", ""))
    except Invalid as failure:
        return await presenting.page(visit, "reset.html", reset_token=token, **entry.told(failure))
    return await sessions.end(visit, "/log-in?said=reset")


async def confirm_form(visit: Visit, token: str) -> Answer:
    """GET /confirm-address/<token>: a button, because a GET changes nothing."""
    return await entry.plain(
        visit,
        "Confirm your new e-mail address",
        "One press and it is yours.",
        action=f"/confirm-address/{token}",
        button="Confirm",
    )


async def confirm(visit: Visit, token: str) -> Answer:
    """POST /confirm-address/<token>."""
    await recovery.confirm_email(visit.instance, token)
    return redirect("/settings/sign-in?said=address")
