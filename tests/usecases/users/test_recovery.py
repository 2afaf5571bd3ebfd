"""A new password by mail, another e-mail address, and mails about unfamiliar log-ins."""

import asyncio

import pytest

from instance.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from instance.resources import Instance
from storage import factors, users
from storage.records import SignInWay
from tests.instances import FakeClock, drain
from tests.usecases.users.people import PASSWORD, add
from tests.usecases.users.test_mail import JOBS, MailServer
from tests.usecases.users.test_mail import mail_server as mail_server
from tests.usecases.users.test_mail import posting as posting
from users import apps, grants, login, recovery, sign_ins, totp, two_factor
from users.grants import AuthorizationRequest

ADDRESS = "203.0.113.5"
NEW = "an even longer password"


async def enter(instance: Instance, password: str = PASSWORD, **changes: str) -> str:
    asked = {"address": ADDRESS, "user_agent": "Firefox"} | changes
    return (await login.log_in(instance, "alice", password, **asked)).token


def link_of(server: MailServer, path: str) -> str:
    """The newest link to there; several mails go out at once, and any of them arrives last."""
    texts = [str(message.get_content()) for message in server.received]
    (*_, newest) = (text for text in texts if path in text)
    return newest.partition(path)[2].split()[0]


async def test_b3_a_new_password_comes_by_mail(posting: Instance, mail_server: MailServer) -> None:
    """B3, AU-19: all sessions and tokens end with the old password."""
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        session = await enter(posting)
        token = await grants.issue_token(posting, user, ["read"])
        await recovery.ask(posting, "A@b.de", address=ADDRESS)
        await drain(posting, JOBS)
        link = link_of(mail_server, "https://posting.test/reset/")
        await recovery.check(posting, link)
        with pytest.raises(Invalid):
            await recovery.reset(posting, link, "short")
        await recovery.reset(posting, link, NEW)
        assert await login.session(posting, session) is None
        assert await grants.bearer(posting, token) is None
        with pytest.raises(Unauthenticated):
            await enter(posting)
        await enter(posting, NEW)
        with pytest.raises(NotFound):
            await recovery.reset(posting, link, NEW)
        await drain(posting, JOBS)
        assert "Your password was changed" in mail_server.received[-1]["Subject"]


async def test_the_link_for_a_password_is_good_for_an_hour(
    posting: Instance, mail_server: MailServer, clock: FakeClock
) -> None:
    """B3."""
    with posting.store.active():
        await add(posting, "alice", email="a@b.de")
        await recovery.ask(posting, "a@b.de", address=ADDRESS)
        await drain(posting, JOBS)
        clock.advance(minutes=61)
        with pytest.raises(NotFound):
            await recovery.reset(posting, link_of(mail_server, "/reset/"), NEW)
        await enter(posting)


async def test_a_link_to_an_old_mailbox_changes_no_password(
    posting: Instance, mail_server: MailServer
) -> None:
    """B3: who has only the address of before is not the owner."""
    with posting.store.active():
        user, _ = await add(posting, "alice", email="old@b.de")
        await recovery.ask(posting, "old@b.de", address=ADDRESS)
        await drain(posting, JOBS)
        link = link_of(mail_server, "/reset/")
        await recovery.change_email(posting, user, "new@b.de", PASSWORD)
        await drain(posting, JOBS)
        await recovery.confirm_email(posting, link_of(mail_server, "/confirm-address/"))
        with pytest.raises(NotFound):
            await recovery.reset(posting, link, NEW)


async def test_au11_nobody_learns_whether_an_address_is_known(
    posting: Instance, mail_server: MailServer
) -> None:
    with posting.store.active():
        await add(posting, "alice", email="a@b.de")
        for email in ("nobody@b.de", "a@b.de"):
            await recovery.ask(posting, email, address=ADDRESS)
        # The same work for both: a job each, of which one finds nobody.
        assert await drain(posting, JOBS) == 2
        assert [one["To"] for one in mail_server.received] == ["a@b.de"]


async def test_au17_a_mailbox_is_not_flooded_from_many_addresses(posting: Instance) -> None:
    with posting.store.active():
        await add(posting, "alice", email="a@b.de")
        for n in range(3):
            await recovery.ask(posting, "a@b.de", address=f"203.0.113.{n}")
        with pytest.raises(TooMany):
            await recovery.ask(posting, "A@B.de", address="198.51.100.7")


async def test_b3_a_new_address_counts_once_its_link_was_opened(
    posting: Instance, mail_server: MailServer
) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="old@b.de")
        with pytest.raises(Invalid):
            await recovery.change_email(posting, user, "new@b.de", "wrong password")
        await recovery.change_email(posting, user, "New@b.de", PASSWORD)
        await drain(posting, JOBS)
        assert mail_server.received[-1]["To"] == "new@b.de"
        assert await users.find_by_email("new@b.de") is None
        await recovery.confirm_email(posting, link_of(mail_server, "/confirm-address/"))
        found = await users.find_by_email("new@b.de")
        assert found is not None
        assert found.id == user.id
        await drain(posting, JOBS)
        assert mail_server.received[-1]["To"] == "old@b.de"  # told, in case it was a thief


async def test_au11_an_address_of_somebody_else_is_told_to_them_alone(
    posting: Instance, mail_server: MailServer
) -> None:
    """B3."""
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        await add(posting, "bob", email="bob@b.de")
        assert await recovery.change_email(posting, user, "bob@b.de", PASSWORD)
        await drain(posting, JOBS)
        assert [one["To"] for one in mail_server.received] == ["bob@b.de"]
        assert "/confirm-address/" not in mail_server.received[0].get_content()


async def test_b3_without_a_mail_server_the_address_is_changed_at_once(
    instance: Instance,
) -> None:
    user, _ = await add(instance, "alice", email="a@b.de")
    await add(instance, "bob", email="bob@b.de")
    assert not await recovery.change_email(instance, user, "new@b.de", PASSWORD)
    assert await users.find_by_email("new@b.de") is not None
    with pytest.raises(Invalid, match="already"):
        await recovery.change_email(instance, user, "bob@b.de", PASSWORD)


@pytest.mark.parametrize("how", ["changed", "reset"])
async def test_au19_what_was_begun_with_the_old_password_leads_nowhere(
    posting: Instance, mail_server: MailServer, clock: FakeClock, how: str
) -> None:
    """A thief's link to another address, first step and code are over with the old password."""
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        await recovery.change_email(posting, user, "thief@b.de", PASSWORD)
        await drain(posting, JOBS)
        thiefs = link_of(mail_server, "/confirm-address/")
        app, _ = await apps.register(
            posting, "x", ["https://x.test/"], frozenset({"read"}), website=None, address=ADDRESS
        )
        asked = AuthorizationRequest(app, "https://x.test/", frozenset({"read"}), None, None)
        code = await grants.grant(posting, user, asked)
        await two_factor.begin(posting, user, PASSWORD)
        secret = await factors.find_totp(user.id)
        assert secret is not None
        await two_factor.confirm(posting, user, totp.code(secret.secret, totp.step_of(clock())))
        with pytest.raises(login.SecondStepNeeded) as first:
            await enter(posting)
        await recovery.ask(posting, "a@b.de", address=ADDRESS)
        await drain(posting, JOBS)
        link = link_of(mail_server, "/reset/")
        if how == "reset":
            await recovery.reset(posting, link, NEW)
        else:
            await login.change_password(posting, user, PASSWORD, NEW, kept=None)
            with pytest.raises(NotFound):
                await recovery.reset(posting, link, NEW)
        with pytest.raises(NotFound):
            await recovery.confirm_email(posting, thiefs)
        with pytest.raises(grants.GrantRefused):
            await grants.exchange_code(
                posting, app, code, redirect_uri="https://x.test/", verifier=None
            )
        with pytest.raises(Forbidden):
            await two_factor.started(posting, first.value.token)


async def test_of_two_who_open_one_link_one_has_it(
    posting: Instance, mail_server: MailServer
) -> None:
    """B3."""
    with posting.store.active():
        await add(posting, "alice", email="a@b.de")
        await recovery.ask(posting, "a@b.de", address=ADDRESS)
        await drain(posting, JOBS)
        link = link_of(mail_server, "/reset/")
        tries = [recovery.reset(posting, link, f"{NEW} {n}") for n in range(3)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(one).__name__ for one in results) == ["NoneType", "NotFound", "NotFound"]


# ---------------------------------------------------------------- who logged in


async def test_b8_an_unfamiliar_log_in_is_told_by_mail(
    posting: Instance, mail_server: MailServer, clock: FakeClock
) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        await enter(posting)  # the first is not unfamiliar: there is nothing to compare with
        clock.advance(minutes=1)
        await enter(posting)
        assert await drain(posting, JOBS) == 0
        clock.advance(minutes=1)
        await enter(posting, address="198.51.100.7")
        clock.advance(minutes=1)
        await enter(posting, user_agent="Mallory's browser")
        assert await drain(posting, JOBS) == 2
        texts = [one.get_content() for one in mail_server.received]
        assert any("198.51.100.7" in text for text in texts)
        assert any("Mallory's browser" in text for text in texts)
        found = await sign_ins.list_recent(user)
        assert found[0].user_agent == "Mallory's browser"
        assert {one.way for one in found} == {SignInWay.PASSWORD}
        assert len(found) == 4


async def test_b8_a_wrong_password_is_no_log_in(posting: Instance) -> None:
    with posting.store.active():
        user, _ = await add(posting, "alice", email="a@b.de")
        with pytest.raises(Unauthenticated):
            await enter(posting, "wrong password")
        assert await sign_ins.list_recent(user) == []
