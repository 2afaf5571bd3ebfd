"""MO-7: who had to go and comes again is not refused, but a moderator looks first."""

from dataclasses import replace

import pytest

from instance.resources import Instance
from storage import actors, traces, users
from storage.records import Actor, Role, User, UserState
from tests.instances import FakeClock
from tests.pages.browser import Browser
from tests.usecases.users.people import PASSWORD, add, form
from users import mail, mail_texts, registration, removal, resemblance, tidying, tokens
from webapp.app import create_asgi

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


async def join(
    instance: Instance, name: str, email: str = "", *, address: str = HOME
) -> tuple[User, Actor]:
    return await registration.register(instance, form(name, email=email), address=address)


async def suspend(instance: Instance, actor: Actor) -> None:
    await actors.save(replace(await actors.get(actor.id), suspended_at=instance.now()))


@pytest.mark.parametrize(
    ("email", "mailbox"),
    [
        ("Bad.Bird+news@Gmail.com", "badbird@gmail.com"),
        ("b.a.d.bird@googlemail.com", "badbird@gmail.com"),
        ("bad.bird+x+y@birds.example", "bad.bird@birds.example"),
        ("+tag@birds.example", "+tag@birds.example"),
    ],
)
def test_mo7_an_address_has_one_canonical_form(email: str, mailbox: str) -> None:
    assert resemblance.canonical(email) == mailbox


@pytest.mark.parametrize("email", ["b.ad+2@gmail.com", "BAD@googlemail.com"])
async def test_mo7_the_same_mailbox_in_other_letters_waits(
    open_instance: Instance, email: str
) -> None:
    user, first = await join(open_instance, "first", "bad@gmail.com")
    assert user.state is UserState.ACTIVE
    await suspend(open_instance, first)
    again, second = await join(open_instance, "second", email, address=ELSEWHERE)
    assert again.state is UserState.PENDING
    assert (await actors.get(second.id)).suspended_at is not None  # nobody sees them yet
    assert await resemblance.reasons(open_instance, [second.id]) == {
        second.id: ["Same e-mail address as @first, who is suspended"]
    }
    other, _ = await join(open_instance, "third", "good@gmail.com", address=ELSEWHERE)
    assert other.state is UserState.ACTIVE  # who waits is nobody who had to go


async def test_mo7_who_is_disabled_or_was_turned_away_is_known_by_mail(
    open_instance: Instance,
) -> None:
    first, _ = await join(open_instance, "first", "one@birds.example")
    await users.save(replace(first, state=UserState.DISABLED))
    again, disabled = await join(open_instance, "second", "one+2@birds.example")
    assert again.state is UserState.PENDING
    owner, _ = await add(open_instance, "olga", role=Role.OWNER)
    await registration.decline(open_instance, owner, again.id)
    await users.save(first)
    third, actor = await join(open_instance, "third", "ONE+3@birds.example", address=ELSEWHERE)
    assert third.state is UserState.PENDING
    assert (await actors.get(disabled.id)).deleted_at is not None
    assert await resemblance.reasons(open_instance, [actor.id]) == {
        actor.id: ["Same e-mail address as @second, who was turned away"]
    }


async def test_mo7_the_same_network_counts_for_a_month(
    open_instance: Instance, clock: FakeClock
) -> None:
    _, first = await join(open_instance, "first", address="2001:db8:1:2::1")
    await suspend(open_instance, first)
    near, actor = await join(open_instance, "second", address="2001:db8:1:2:aaaa::9")
    assert near.state is UserState.PENDING
    assert await resemblance.reasons(open_instance, [actor.id]) == {
        actor.id: ["Same network address as @first, who is suspended"]
    }
    far, _ = await join(open_instance, "third", address="2001:db8:1:3::1")
    assert far.state is UserState.ACTIVE
    clock.advance(days=31)
    later, _ = await join(open_instance, "fourth", address="2001:db8:1:2::1")
    assert later.state is UserState.ACTIVE


async def test_mo7_a_confirmed_address_waits_for_a_moderator(mailing: Instance) -> None:
    _, first = await join(mailing, "first", "bad@birds.example")
    user = await users.find_by_actor(first.id)
    assert user is not None
    await users.save(replace(user, state=UserState.ACTIVE))
    await suspend(mailing, first)
    again, _ = await join(mailing, "second", "bad+2@birds.example", address=ELSEWHERE)
    assert again.state is UserState.UNCONFIRMED
    confirmed, actor = await registration.confirm(
        mailing, await mail.new_link(mailing, mail_texts.CONFIRM_EMAIL, again)
    )
    assert confirmed.state is UserState.PENDING
    assert actor.suspended_at is not None


async def test_mo7_traces_of_who_leaves_go_and_all_go_after_a_year(
    open_instance: Instance, clock: FakeClock
) -> None:
    user, _ = await join(open_instance, "good", "good@birds.example")
    banned, bad = await join(open_instance, "bad", "bad@birds.example")
    await suspend(open_instance, bad)
    await removal.forget(open_instance, user)
    await removal.forget(open_instance, banned)
    assert {each.actor_id for each in await traces.TRACES.select("")} == {bad.id}
    clock.advance(days=366)
    await tidying.tidy(open_instance, {})
    assert await traces.TRACES.select("") == []


async def test_mo7_the_page_of_sign_ups_says_why(open_instance: Instance) -> None:
    _, first = await join(open_instance, "first", "bad@gmail.com")
    await suspend(open_instance, first)
    await join(open_instance, "second", "b.a.d@gmail.com", address=ELSEWHERE)
    await add(open_instance, "olga", role=Role.OWNER)
    browser = Browser(create_asgi(open_instance))
    await browser.get("/log-in")
    await browser.submit("/log-in", name="olga", password=PASSWORD)
    await browser.get("/admin")
    assert "Same e-mail address as @first, who is suspended" in browser.text
    await browser.submit("/admin/sign-ups", do="approve")
    user = await users.find_by_login("second")
    assert user is not None
    assert user[0].state is UserState.ACTIVE


async def test_mo7_what_is_kept_of_an_address_has_a_key_of_the_server_in_it(
    open_instance: Instance,
) -> None:
    """MO-7: who reads the table alone cannot try addresses against it."""
    await registration.register(open_instance, form(email="a@b.de"), address="203.0.113.9")
    ((kept,),) = await open_instance.store.read("SELECT email_hash FROM sign_up_traces")
    assert kept.startswith("keyed:")
    assert tokens.hash_of("a@b.de") not in kept


async def test_mo7_hashes_of_older_versions_get_the_key_and_are_known_again(
    open_instance: Instance,
) -> None:
    await registration.register(open_instance, form(email="a@b.de"), address="203.0.113.9")
    ((keyed,),) = await open_instance.store.read("SELECT email_hash FROM sign_up_traces")
    plain = tokens.hash_of("a@b.de")
    await open_instance.store.write("UPDATE sign_up_traces SET email_hash = ?", plain)
    await tidying.tidy(open_instance, {})
    assert await open_instance.store.read("SELECT email_hash FROM sign_up_traces") == [(keyed,)]
