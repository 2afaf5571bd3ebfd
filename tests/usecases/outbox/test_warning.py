"""Moderators warn people who live here: what they are told, and what is kept of it."""

from dataclasses import replace

import pytest

from feeds import notifications
from instance.errors import Conflict, Invalid
from instance.resources import Instance
from outbox import profiles, warning
from storage import audit, strikes, users
from storage.records import Actor, NotificationKind, Page, StrikeAction
from tests.factories import make_user
from users import suspending
from users.mail import SEND_MAIL

PAGE = Page(limit=10)


async def test_b13_who_is_warned_is_told_here_and_by_mail(alice: Actor, instance: Instance) -> None:
    """B13: a strike, a notification, a mail and a line in the log, all or nothing."""
    mail = replace(instance.settings.mail, host="mail.test")
    instance = replace(instance, settings=replace(instance.settings, mail=mail))
    await users.insert(make_user(alice))
    first = await warning.warn(instance, alice, " Be kind. ")
    again = await warning.warn(instance, alice, "Be kind.")
    assert [each.id for each in await warning.strikes_against(alice, PAGE)] == [again.id, first.id]
    assert first.action is StrikeAction.WARN
    found = await notifications.read(instance, alice, PAGE)
    told = [each.newest for each in found.groups]
    assert {each.kind for each in told} == {NotificationKind.WARNING}
    details = told[0].details
    assert details is not None
    assert (details.strike_id, details.action, details.text) == (again.id, "none", "Be kind.")
    jobs = await instance.queue.claim(9, instance.now())
    mails = [each.payload for each in jobs if each.kind == SEND_MAIL]
    assert [each["details"] for each in mails] == [{"text": "Be kind."}]
    (line, *_) = await audit.list_page(PAGE)
    assert line.words == "warned alice: Be kind."


async def test_b13_nobody_is_warned_without_words_or_while_shut_out(
    alice: Actor, instance: Instance
) -> None:
    for text in ("  ", "x" * (warning.TEXT_LETTERS_MAX + 1)):
        with pytest.raises(Invalid):
            await warning.warn(instance, alice, text)
    await suspending.suspend(instance, alice)
    with pytest.raises(Conflict):
        await warning.warn(instance, alice, "Be kind.")
    assert await strikes.against(alice.id, PAGE) == []


async def test_b13_strikes_go_with_who_leaves(alice: Actor, instance: Instance) -> None:
    user = make_user(alice)
    await users.insert(user)
    await warning.warn(instance, alice, "Be kind.")
    await profiles.delete_account(instance, user, alice)
    assert await strikes.against(alice.id, PAGE) == []
