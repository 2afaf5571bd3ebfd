"""Sign-up by apps (B1): modes, agreement, the token that waits, and mails for confirmation."""

from dataclasses import replace
from typing import Any

import pytest

from instance.errors import NotFound
from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from storage import users
from storage.records import UserState
from tests.clients.apps import EVERYTHING, App
from tests.clients.schema import assert_valid
from tests.instances import Instances
from tests.pages.browser import Browser
from tests.pages.conftest import LIMITS
from tests.usecases.users.people import add, with_mail
from users import invites, mail, mail_texts, registration
from webapp.app import create_asgi

FORM = {
    "username": "dora",
    "email": "dora@mail.example",
    "password": "a fine long password",
    "agreement": "true",
    "locale": "de",
}


async def by_itself(client: App) -> App:
    """The app with a token of its own."""
    issued = await client.post(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "scope": EVERYTHING,
        },
    )
    return replace(client, token=issued["access_token"])


async def at(instances: Instances, mode: str, *, confirms: bool) -> tuple[Instance, App]:
    """An instance where people join in this way, and an app there."""
    settings = with_mail(replace(Settings(), limits=LIMITS))
    asked = RegistrationSettings(mode, confirm_email=confirms)
    made = await instances.make("alpha", replace(settings, registration=asked))
    return made, await by_itself(await App(create_asgi(made)).register())


async def user_of(instance: Instance, name: str) -> Any:
    with instance.store.active():
        found = await users.find_by_login(name)
    assert found is not None
    return found[0]


async def test_b1_an_app_signs_somebody_up(client: App) -> None:
    """POST /api/v1/accounts"""
    mine = await by_itself(client)
    made = await mine.post("/api/v1/accounts", FORM)
    assert mine.status == 200, made
    assert_valid("POST", "/api/v1/accounts", 200, made)
    person = replace(client, token=made["access_token"])
    assert (await person.get("/oauth/userinfo"))["preferred_username"] == "dora"
    assert await person.get("/api/v1/emails/check_confirmation") is True


async def test_b1_without_a_token_of_the_app_nobody_signs_up(client: App, phone: App) -> None:
    """AU-1, AU-2."""
    await client.post("/api/v1/accounts", FORM)
    assert client.status == 401
    await phone.post("/api/v1/accounts", FORM)
    assert phone.status == 403


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"agreement": "false"}, "agreement", "ERR_ACCEPTED"),
        ({"username": "no spaces!"}, "username", "ERR_INVALID"),
        ({"username": "Alice"}, "username", "ERR_TAKEN"),
        ({"email": "nonsense"}, "email", "ERR_INVALID"),
        ({"password": "short"}, "password", "ERR_INVALID"),
    ],
)
async def test_b1_what_is_wrong_is_said_by_field(
    client: App, alice: Browser, changed: dict[str, str], field: str, code: str
) -> None:
    """B1: in the form that apps show at the field."""
    del alice
    mine = await by_itself(client)
    answer = await mine.post("/api/v1/accounts", FORM | changed)
    assert mine.status == 422
    assert_valid("POST", "/api/v1/accounts", 422, answer)
    assert answer["details"][field][0]["error"] == code


async def test_b2_where_nobody_may_join_no_app_helps(instances: Instances) -> None:
    _, mine = await at(instances, "closed", confirms=False)
    await mine.post("/api/v1/accounts", FORM)
    assert mine.status == 403


async def test_b2_an_invitation_is_good_for_apps_too(
    instances: Instances,
) -> None:
    made, mine = await at(instances, "invite", confirms=False)
    await mine.post("/api/v1/accounts", FORM)
    assert mine.status == 403
    with made.store.active():
        owner, _ = await add(made, "owner")
        invite = await invites.create(made, owner)
    await mine.post("/api/v1/accounts", FORM | {"invite_code": invite.code})
    assert mine.status == 200


async def test_b2_where_moderators_decide_the_token_waits(instances: Instances) -> None:
    made, mine = await at(instances, "approval", confirms=False)
    answer = await mine.post("/api/v1/accounts", FORM)
    assert mine.status == 422
    assert "reason" in answer["details"]
    token = (await mine.post("/api/v1/accounts", FORM | {"reason": "I like ferries."}))[
        "access_token"
    ]
    person = replace(mine, token=token)
    answer = await person.get("/oauth/userinfo")
    assert (person.status, answer["error"]) == (403, "Your login is currently pending approval")
    assert (await user_of(made, "dora")).reason == "I like ferries."


async def test_b1_the_token_waits_for_the_link_in_the_mail(instances: Instances) -> None:
    """POST /api/v1/emails/confirmations, GET /api/v1/emails/check_confirmation"""
    made, mine = await at(instances, "open", confirms=True)
    token = (await mine.post("/api/v1/accounts", FORM))["access_token"]
    person = replace(mine, token=token)
    await person.get("/oauth/userinfo")
    assert person.status == 403
    assert "confirmed e-mail" in person.value["error"]
    answer = await person.get("/api/v1/emails/check_confirmation")
    assert answer is False
    before = await user_of(made, "dora")
    with made.store.active():
        first = await mail.new_link(made, mail_texts.CONFIRM_EMAIL, before, before.email)
    answer = await person.post("/api/v1/emails/confirmations", {"email": "other@mail.example"})
    assert (person.status, answer) == (200, {})
    assert_valid("POST", "/api/v1/emails/confirmations", 200, answer)
    user = await user_of(made, "dora")
    assert user.email == "other@mail.example"
    with made.store.active():
        with pytest.raises(NotFound):  # it proves who reads the mailbox of before
            await registration.confirm(made, first)
        link = await mail.new_link(made, mail_texts.CONFIRM_EMAIL, user, user.email)
        confirmed, _ = await registration.confirm(made, link)
    assert confirmed.state is UserState.ACTIVE
    assert await person.get("/api/v1/emails/check_confirmation") is True
    await person.post("/api/v1/emails/confirmations")
    assert person.status == 403
    assert (await person.get("/oauth/userinfo"))["preferred_username"] == "dora"


async def test_au17_confirmations_by_apps_are_limited_per_mailbox(instances: Instances) -> None:
    _, mine = await at(instances, "open", confirms=True)
    token = (await mine.post("/api/v1/accounts", FORM))["access_token"]
    person = replace(mine, token=token)
    for _ in range(3):
        await person.post("/api/v1/emails/confirmations")
        assert person.status == 200
    await person.post("/api/v1/emails/confirmations")
    assert person.status == 429


async def test_au11_an_app_does_not_learn_who_has_an_address(instances: Instances) -> None:
    made, mine = await at(instances, "open", confirms=True)
    await mine.post("/api/v1/accounts", FORM)
    again = await mine.post("/api/v1/accounts", FORM | {"username": "eve"})
    assert mine.status == 200
    assert set(again) >= {"access_token", "scope", "created_at", "token_type"}
    eve = replace(mine, token=again["access_token"])
    answer = await eve.post("/api/v1/emails/confirmations", {"email": "dora@mail.example"})
    assert (eve.status, answer) == (200, {})
    assert (await user_of(made, "eve")).email is None
    assert (await user_of(made, "dora")).email == "dora@mail.example"
