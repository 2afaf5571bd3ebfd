"""Sign-up by apps. See docs.joinmastodon.org, methods, accounts and emails."""

from instance.errors import Forbidden
from storage.records import UserState
from users import sign_up_by_app
from users.registration import SignUp
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.oauth.tokens import Token, token_entity


async def create(call: Call) -> Token:
    """POST /api/v1/accounts: with the app's own token; answers with the token of the person."""
    if call.app is None:
        raise Forbidden("This method requires a token of the app itself")
    sent = call.parameters
    form = SignUp(
        username=sent.text("username"),
        password=sent.text("password"),
        email=sent.text("email"),
        reason=sent.text("reason"),
        invite=sent.text("invite_code"),
        language=sent.text("locale") or "en",
    )
    made = await sign_up_by_app.sign_up(
        call.instance,
        call.app,
        form,
        is_agreed=sent.flag("agreement"),
        address=call.address,
    )
    return token_entity(made)


async def confirm_email_again(call: Call) -> e.Empty:
    """POST /api/v1/emails/confirmations: another link, perhaps to another address."""
    email = call.parameters.maybe_text("email")
    await sign_up_by_app.confirm_again(call.instance, call.me.user, email)
    return {}


async def is_email_confirmed(call: Call) -> bool:
    """GET /api/v1/emails/check_confirmation."""
    return call.me.user.state is not UserState.UNCONFIRMED
