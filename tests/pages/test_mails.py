"""Mails about notifications and the digest: what is in them, how many there are, how they end."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from feeds import notifications
from instance.resources import Instance
from instance.settings import RegistrationSettings, Settings
from outbox import following
from storage import users
from storage.records import (
    Actor,
    MailKind,
    NotificationKind,
    Page,
    Post,
    User,
    UserState,
    Visibility,
)
from tests.instances import FakeClock, Instances, drain
from tests.pages.browser import Browser
from tests.usecases.social import hear, make_remote, say
from tests.usecases.users.people import PASSWORD, add, with_mail
from tests.usecases.users.test_mail import MailServer
from tests.usecases.users.test_mail import mail_server as mail_server
from users import suspending, unsubscribing
from webapp.app import create_asgi
from webapp.pages import mailing


@pytest.fixture
async def instance(instances: Instances, mail_server: MailServer) -> AsyncIterator[Instance]:
    """An instance that mails news; its store is active."""
    made = await instances.make("alpha", with_mail(Settings(), port=mail_server.port))
    with made.store.active():
        yield made


@pytest.fixture
async def reader(instance: Instance) -> tuple[User, Actor]:
    """Alice, who has an address."""
    return await add(instance, "alice", email="a@b.de")


async def log_in(app: Any, name: str) -> Browser:
    browser = Browser(app)
    await browser.get("/log-in")
    await browser.submit("/log-in", name=name, password=PASSWORD)
    assert browser.path == "/home"
    return browser


async def write_to(
    instance: Instance,
    by: Actor,
    alice: Actor,
    text: str,
    visibility: Visibility = Visibility.PUBLIC,
) -> None:
    post = await hear(instance, by, text, mentions=(alice,), visibility=visibility)
    await notifications.tell_about_post(instance, post)


async def like(instance: Instance, post: Post, *names: str) -> None:
    for name in names:
        who = await make_remote(instance, name)
        await notifications.tell(instance, NotificationKind.LIKE, post.actor_id, who.id, post.id)


async def visit(instance: Instance, clock: FakeClock, user: User, **ago: int) -> None:
    """Let somebody have been here, and time go by since."""
    await users.save(replace(await found(user), last_seen_at=clock()))
    clock.advance(**ago)
    await mailing.plan_digests(instance, {})
    await drain(instance)


async def found(user: User) -> User:
    row = await users.find(user.id)
    assert row is not None
    return row


def text_of(message: EmailMessage) -> str:
    text: str = message.get_content()
    return text.replace("\r\n", "\n")


async def test_b114_news_are_gathered_and_say_nothing_that_is_private(
    instance: Instance, reader: tuple[User, Actor], mail_server: MailServer, clock: FakeClock
) -> None:
    """B114: one mail for a burst, of what one wants and has not read, and hours to the next."""
    user, alice = reader
    await unsubscribing.choose(instance, user, [*user.preferences.mails, MailKind.LIKE])
    mine = await say(instance, alice, "A post of mine")
    ben = await make_remote(instance, "ben", name="Ben\u202e Bolt")
    await write_to(instance, ben, alice, "Said to everybody")
    secret = Visibility.FOLLOWERS
    await write_to(instance, ben, alice, "Said in private", secret)
    await like(instance, mine, *(f"fan{number}" for number in range(12)))
    await drain(instance)
    assert mail_server.received == [], "they are gathered for some minutes"
    clock.advance(minutes=11)
    await drain(instance)
    (message,) = mail_server.received
    assert message["To"] == "a@b.de"
    assert message["Subject"].startswith("New for you (")
    text = text_of(message)
    assert "Ben Bolt (@ben@beta.test) mentioned you:\n  “Said to everybody”" in text
    assert "Said in private" not in text
    assert text.count("Ben Bolt (@ben@beta.test) mentioned you") == 2
    assert "@fan11@beta.test, @fan10@beta.test and 10 others favourited your post:" in text
    assert f"https://alpha.test/@alice/{mine.id}" in text

    await write_to(instance, ben, alice, "And one more")
    clock.advance(hours=2)
    await drain(instance)
    assert len(mail_server.received) == 1, "one in three hours"
    clock.advance(hours=1)
    await drain(instance)
    assert message["Subject"] != mail_server.received[1]["Subject"]
    assert mail_server.received[1]["Subject"].startswith("Ben Bolt (@ben@beta.test) mentioned")
    assert "And one more" in text_of(mail_server.received[1])
    assert "Said to everybody" not in text_of(mail_server.received[1])

    await write_to(instance, ben, alice, "Read at once")
    page = await notifications.read(instance, alice, Page(limit=1))
    await notifications.mark_read(instance, alice, page.items[0].notification.id)
    clock.advance(hours=4)
    await drain(instance)
    assert len(mail_server.received) == 2


async def test_b114_a_link_ends_mails_without_a_log_in(
    instance: Instance, reader: tuple[User, Actor], mail_server: MailServer, clock: FakeClock
) -> None:
    """B114: RFC 8058, as a mail program sends it: no cookie, no form of ours, no redirect."""
    user, alice = reader
    ben = await make_remote(instance, "ben")
    await write_to(instance, ben, alice, "Hello")
    clock.advance(minutes=11)
    await drain(instance)
    (message,) = mail_server.received
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert link in text_of(message)
    path = link.removeprefix("https://alpha.test")
    stranger = Browser(create_asgi(instance))
    await stranger.get(path)
    assert "No more mails?" in stranger.text
    assert "a@b.de" not in stranger.text
    assert "alice" not in stranger.text
    assert MailKind.MENTION in (await found(user)).preferences.mails, "a GET changes nothing"
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://mail.test"}
    forged = path[:-1] + ("A" if path[-1] != "A" else "B")
    nobodys = f"/unsubscribe/{'9' * 19}{path[path.index('-') :]}"
    for wrong in (forged, nobodys, "/unsubscribe/1-news-x"):
        await stranger.request("POST", wrong, b"List-Unsubscribe=One-Click", kind)
        assert stranger.status == 404
    await Browser(stranger.app).request("POST", path, b"List-Unsubscribe=One-Click", kind)
    assert (await found(user)).preferences.mails == (MailKind.DIGEST,)
    await stranger.request("POST", path, b"List-Unsubscribe=One-Click", kind)
    assert stranger.status == 200, "again is no mistake"
    await users.save(replace(await found(user), email="new@b.de"))
    await stranger.request("POST", path, b"List-Unsubscribe=One-Click", kind)
    assert stranger.status == 404, "who reads the mailbox of before ends nothing"
    await write_to(instance, ben, alice, "Hello again")
    clock.advance(hours=4)
    await drain(instance)
    assert len(mail_server.received) == 1


async def test_b114_who_was_away_a_week_gets_one_digest(
    instance: Instance, reader: tuple[User, Actor], mail_server: MailServer, clock: FakeClock
) -> None:
    """B114: of all that happened, once; and none to those who do not come back."""
    user, alice = reader
    mine = await say(instance, alice, "A post of mine")
    await unsubscribing.choose(instance, user, [MailKind.DIGEST])
    await users.save(replace(await found(user), last_seen_at=clock()))
    clock.advance(minutes=1)
    await like(instance, mine, "ann", "bea")
    clock.advance(minutes=1)
    await visit(instance, clock, user, days=0)
    assert mail_server.received == []
    clock.advance(hours=1)
    await like(instance, mine, "cleo")
    clock.advance(days=8)
    await mailing.plan_digests(instance, {})
    await drain(instance)
    (digest,) = mail_server.received
    assert digest["Subject"].startswith("What happened while you were away")
    assert "you were last here 8 days ago" in text_of(digest)
    assert "@cleo@beta.test favourited your post" in text_of(digest)
    assert "@ann@" not in text_of(digest), "that was before"  # its link could hold three letters
    clock.advance(days=8)
    await mailing.plan_digests(instance, {})
    await drain(instance)
    assert len(mail_server.received) == 1, "nothing happened since"
    await like(instance, mine, "dora")
    clock.advance(days=61)
    await mailing.plan_digests(instance, {})
    await drain(instance)
    assert len(mail_server.received) == 1, "they will not come back by mails"


@pytest.mark.parametrize(
    "why", ["suspended", "unconfirmed", "no address", "unchecked", "no server"]
)
async def test_b114_nobody_else_is_mailed(
    instance: Instance,
    reader: tuple[User, Actor],
    mail_server: MailServer,
    clock: FakeClock,
    why: str,
) -> None:
    """B114: no mail to who is shut out or whose address is not known to be theirs."""
    user, alice = reader
    settings = instance.settings
    ben = await make_remote(instance, "ben")
    if why == "unchecked":
        settings = replace(settings, registration=RegistrationSettings(confirm_email=False))
    if why == "no server":
        settings = replace(settings, mail=replace(settings.mail, host=""))
    changed = replace(instance, settings=settings)
    await following.follow(instance, alice, ben)
    await write_to(changed, ben, alice, "Hello")
    if why == "suspended":
        await suspending.suspend(instance, alice)
    if why == "unconfirmed":
        await users.save(replace(user, state=UserState.UNCONFIRMED))
    if why == "no address":
        await users.save(replace(user, email=None))
    clock.advance(days=8)
    await drain(changed)
    await visit(changed, clock, user, days=8)
    assert mail_server.received == []


async def test_b114_an_address_is_confirmed_where_the_sign_up_did_not_ask(
    instance: Instance,
    reader: tuple[User, Actor],
    mail_server: MailServer,
    clock: FakeClock,
) -> None:
    """B114, AU-17: the page says why nothing comes and sends a link; opened, mails begin."""
    user, alice = reader
    registration = RegistrationSettings(confirm_email=False)
    changed = replace(instance, settings=replace(instance.settings, registration=registration))
    browser = await log_in(create_asgi(changed), "alice")
    await browser.get("/settings/notifications")
    assert "does not know that a@b.de is yours" in browser.text
    await browser.submit("/settings/mails")
    assert "Open the link in the mail" in browser.text
    await drain(changed)
    (message,) = mail_server.received
    link = re.search(r"https://alpha\.test(/confirm/\S+)", text_of(message))
    assert message["To"] == "a@b.de"
    assert link
    moved = await found(user)
    await users.save(replace(moved, email="new@b.de"))
    await browser.get(link[1])
    await browser.submit("/confirm/")
    assert browser.status == 404, "the link says nothing of another address"
    await browser.get("/settings/notifications")
    await browser.submit("/settings/mails")
    await drain(changed)
    link = re.search(r"https://alpha\.test(/confirm/\S+)", text_of(mail_server.received[-1]))
    assert link
    await browser.get(link[1])
    await browser.submit("/confirm/")
    assert "Your e-mail address is confirmed" in browser.text
    assert "does not know" not in browser.text
    mail_server.received.clear()
    await write_to(changed, await make_remote(changed, "ben"), alice, "Hello")
    clock.advance(minutes=11)
    await drain(changed)
    (message,) = mail_server.received
    assert (message["To"], "Hello" in text_of(message)) == ("new@b.de", True)


async def test_b114_one_chooses_which_mails_come(
    instance: Instance, reader: tuple[User, Actor], instances: Instances
) -> None:
    """B114: usually those of Mastodon; where there is no mail server, the page says so."""
    user, _ = reader
    browser = await log_in(create_asgi(instance), "alice")
    await browser.get("/settings/notifications")
    form = browser.form("/settings/mails")
    assert {name for name in form.fields if name.startswith("mail_")} == {
        *("mail_mention", "mail_quote", "mail_follow", "mail_follow_request", "mail_digest")
    }
    await browser.post("/settings/mails", {"csrf": form.fields["csrf"], "mail_like": "1"})
    assert "Saved." in browser.text
    staff = {MailKind.REPORT, MailKind.SIGN_UP}
    assert set((await found(user)).preferences.mails) == {MailKind.LIKE} | staff
    await browser.get("/settings/looks")
    await browser.submit("/settings/looks", theme="dark")
    assert MailKind.LIKE in (await found(user)).preferences.mails
    silent = await instances.make("silent")
    with silent.store.active():
        await add(silent, "bob")
        other = await log_in(create_asgi(silent), "bob")
        await other.get("/settings/notifications")
        assert "This server sends no mail" in other.text
        assert "mail_mention" not in other.text
