"""What may be done once, or so often, done many times at once: each wins as often as it may."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from feeds import custom, keeping, lists
from instance.errors import Failure
from instance.resources import Instance
from instance.settings import RegistrationSettings
from outbox import appealing, following, moderating, repeating, scheduling, voting
from posts.drafts import Draft, PollDraft
from storage import factors, relations, transfers
from storage import notifications as told
from storage.records import (
    Actor,
    NotificationKind,
    Page,
    RegistrationMode,
    StrikeAction,
    User,
    Wanted,
)
from tests.instances import FakeClock
from tests.usecases.users.people import PASSWORD, add, choose, form
from transfers import archiving
from users import (
    apps,
    grants,
    invites,
    login,
    registration,
    starter_packs,
    totp,
    two_factor,
)
from users.grants import AuthorizationRequest, Issued
from users.starter_packs import PackDraft

AT_ONCE = 6
FROM = {"address": "203.0.113.5", "user_agent": "Firefox"}


async def won(act: Callable[[int], Awaitable[Any]], times: int = AT_ONCE) -> list[Any]:
    """Do something many times at once; what came of those that were not refused."""
    results = await asyncio.gather(*(act(n) for n in range(times)), return_exceptions=True)
    refused = [each for each in results if isinstance(each, BaseException)]
    assert all(isinstance(each, Failure) for each in refused), refused
    return [each for each in results if not isinstance(each, BaseException)]


@pytest.fixture
async def alice(instance: Instance) -> tuple[User, Actor]:
    return await add(instance, "alice")


async def test_au28_one_handle_is_one_persons(instance: Instance) -> None:
    await choose(RegistrationMode.OPEN)
    joined = await won(
        lambda _: registration.register(instance, form("Mara"), address="203.0.113.5")
    )
    assert len(joined) == 1


async def test_b107_an_invitation_for_one_lets_one_in(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    await choose(RegistrationMode.INVITE)
    code = (await invites.create(instance, alice[0], uses_max=1)).code
    joined = await won(
        lambda n: registration.register(
            instance, form(f"guest{n}", invite=code), address="203.0.113.5"
        )
    )
    assert len(joined) == 1


async def test_b107_nobody_has_more_open_invitations_than_they_may(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    month = timedelta(days=30)
    lets_all = RegistrationSettings("open", invites_by="everyone")
    here = replace(instance, settings=replace(instance.settings, registration=lets_all))
    await won(
        lambda _: invites.create_own(here, alice[0], uses_max=1, valid_for=month),
        invites.OPEN_PER_PERSON_MAX + AT_ONCE,
    )
    assert len(await invites.list_own(alice[0])) == invites.OPEN_PER_PERSON_MAX


async def test_fl7_somebody_votes_once(instance: Instance, alice: tuple[User, Actor]) -> None:
    _, bob = await add(instance, "bob")
    poll = Draft("?", poll=PollDraft(["a", "b"], is_multiple=True))
    post = await repeating.publish(instance, alice[1], poll, "")
    votes = await won(lambda n: voting.vote(instance, bob, post.id, [n % 2]))
    assert len(votes) == 1


async def test_op9_what_an_app_sends_twice_is_one_post(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    said = await won(lambda _: repeating.publish(instance, alice[1], Draft("Hello"), "key"))
    assert [post.id for post in said] == [said[0].id] * AT_ONCE
    due_at = instance.now() + timedelta(days=1)
    kept = await won(
        lambda _: scheduling.schedule(instance, alice[1], Draft("Later"), due_at, "another key")
    )
    assert [row.id for row in kept] == [kept[0].id] * AT_ONCE


async def test_fl1_who_follows_at_once_follows_once(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    _, bob = await add(instance, "bob")
    await won(lambda _: following.follow(instance, bob, alice[1]))
    assert len(await relations.followers(alice[1].id, Page())) == 1
    wanted = Wanted(kinds=(NotificationKind.FOLLOW,))
    assert len(await told.page(alice[1].id, Page(), wanted)) == 1


async def test_au15_a_code_that_comes_many_times_at_once_leaves_no_token(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    back, scopes = "https://x.test/", frozenset({"read"})
    app, _ = await apps.register(instance, "x", [back], scopes, website=None, address="127.0.0.1")
    code = await grants.grant(
        instance, alice[0], AuthorizationRequest(app, back, scopes, None, None)
    )
    issued: list[Issued] = await won(
        lambda _: grants.exchange_code(instance, app, code, redirect_uri=back, verifier=None)
    )
    assert len(issued) == 1
    assert await grants.bearer(instance, issued[0].access) is None


async def test_au22_a_code_of_an_app_lets_in_once(
    instance: Instance, alice: tuple[User, Actor], clock: FakeClock
) -> None:
    user, _ = alice
    await two_factor.begin(instance, user, PASSWORD)
    secret = await factors.find_totp(user.id)
    assert secret is not None
    step = totp.step_of(clock())
    recovery = (await two_factor.confirm(instance, user, totp.code(secret.secret, step)))[0]
    for typed in (totp.code(secret.secret, step + 1), recovery):
        with pytest.raises(login.SecondStepNeeded) as first:
            await login.log_in(instance, "alice", PASSWORD, **FROM)
        given = (instance, first.value.token, typed)
        entered = await won(partial(_finish, given), 4)
        assert len(entered) == 1


async def _finish(given: tuple[Instance, str, str], number: int) -> Any:
    del number
    instance, step, typed = given
    return await two_factor.finish_log_in(instance, step, typed, **FROM)


async def test_b13_an_appeal_is_made_once(instance: Instance, alice: tuple[User, Actor]) -> None:
    user, actor = alice
    strike = await moderating.strike(instance, actor, StrikeAction.WARN, "Calm down")
    assert len(await won(lambda n: appealing.appeal(instance, user, strike.id, f"No {n}"))) == 1
    answered = await won(lambda _: appealing.accept(instance, strike.id))
    assert len(answered) == 1


async def test_b126_one_archive_is_made_at_once(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    assert len(await won(lambda _: archiving.ask(instance, alice[0]))) == 1
    assert len(await transfers.archives_of(alice[0].id)) == 1


async def test_nobody_has_more_lists_feeds_and_collections_than_they_may(
    instance: Instance, alice: tuple[User, Actor]
) -> None:
    """B70, B83, B105."""
    actor, more = alice[1], 3
    many = starter_packs.PACKS_MAX + more
    await won(lambda n: starter_packs.create(instance, actor, PackDraft(name=f"P{n}"), []), many)
    packs = await starter_packs.of_actor(actor, actor, limit=many, offset=0)
    assert len(packs) == starter_packs.PACKS_MAX
    await won(lambda n: lists.create(instance, actor, f"L{n}"), keeping.LISTS_MAX + more)
    assert len(await lists.all_of(instance, actor)) == keeping.LISTS_MAX
    await won(lambda n: custom.create(instance, actor, f"F{n}", ["cats"]), custom.FEEDS_MAX + more)
    assert len(await custom.all_of(actor)) == custom.FEEDS_MAX
