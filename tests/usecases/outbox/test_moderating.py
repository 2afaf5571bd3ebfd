"""Moderators act on people who live here: what they are told, what is kept of it, and appeals."""

from dataclasses import replace
from datetime import timedelta

import pytest

from feeds import notifications, public
from instance.errors import Conflict, Failure, Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import appealing, drafting, moderating, profiles, publishing, scheduling
from posts import files
from posts.drafts import Draft
from storage import actors, audit, strikes, users
from storage.records import (
    Actor,
    AppealState,
    NotificationKind,
    Page,
    Role,
    Strike,
    StrikeAction,
    User,
    UserState,
)
from tests.factories import make_user
from tests.instances import FakeClock
from tests.pictures import picture
from tests.usecases.social import make_person, say
from users import suspending
from users.mail import SEND_MAIL

PAGE = Page(limit=10)
WARN, SILENCE, SUSPEND = StrikeAction.WARN, StrikeAction.SILENCE, StrikeAction.SUSPEND
FREEZE, COVER = StrikeAction.DISABLE, StrikeAction.SENSITIVE


async def taken(actor: Actor) -> set[StrikeAction]:
    """What somebody is under."""
    user = await users.find_by_actor(actor.id)
    assert user is not None
    holds = {
        SILENCE: actor.silenced_at is not None,
        SUSPEND: actor.suspended_at is not None,
        FREEZE: user.state is UserState.DISABLED,
        COVER: actor.sensitized_at is not None,
    }
    return {action for action, is_so in holds.items() if is_so}


@pytest.fixture
def instance(instance: Instance) -> Instance:
    """With a mail server, so that mails wait to be sent."""
    mail = replace(instance.settings.mail, host="mail.test")
    return replace(instance, settings=replace(instance.settings, mail=mail))


@pytest.fixture
async def user(alice: Actor) -> User:
    made = make_user(alice)
    await users.insert(made)
    return made


async def moderator(instance: Instance, name: str, role: Role) -> User:
    made = replace(make_user(await make_person(instance, name)), role=role)
    await users.insert(made)
    return made


async def mails(instance: Instance) -> list[tuple[object, object]]:
    """Template and words of the mails that wait; they wait no more."""
    found = await instance.queue.claim(20, instance.now())
    sent = [each.payload for each in found if each.kind == SEND_MAIL]
    return [(each["template"], each.get("details")) for each in sent]


async def now_of(strike: Strike) -> Strike:
    (found,) = await strikes.by_ids([strike.id])
    return found


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("action", StrikeAction)
async def test_b13_who_is_struck_is_told_here_and_by_mail(
    alice: Actor, instance: Instance, action: StrikeAction
) -> None:
    """B13: the act, a strike, a notification, a mail and a line in the log, all or nothing."""
    owner = await moderator(instance, "olga", Role.OWNER)
    made = await moderating.strike(instance, alice, action, " Be kind. ", by=owner)
    assert [each.id for each in await moderating.against(alice, PAGE)] == [made.id]
    after = await actors.get(alice.id)
    assert await taken(after) == ({action} - {WARN})
    ((template, details),) = await mails(instance)
    named = {WARN: "warned", SILENCE: "silenced", SUSPEND: "suspended"}
    named |= {FREEZE: "frozen", COVER: "covered"}
    assert (template, details) == (named[action], {"text": "Be kind."})
    (line, *_) = await audit.list_page(PAGE)
    did = {FREEZE: "froze", COVER: "covers the files of"}.get(action, named[action])
    assert (line.words, line.actor_name) == (f"{did} alice: Be kind.", "olga")
    if action is SUSPEND:
        await moderating.lift(instance, alice, SUSPEND, by=owner)
    (told,) = (await notifications.read(instance, alice, PAGE)).items
    assert told.notification.kind is NotificationKind.WARNING
    said = told.notification.details
    assert said is not None
    assert (said.strike_id, said.action, said.text) == (made.id, action.value, "Be kind.")


@pytest.mark.usefixtures("user")
async def test_b13_letters_of_any_length_are_mailed(alice: Actor, instance: Instance) -> None:
    """Each of two warnings that begin alike is a mail of its own; no index is too small for it."""
    start = "É" * (moderating.TEXT_LETTERS_MAX - 1)
    for end in "ab":
        await moderating.strike(instance, alice, WARN, start + end)
    assert [template for template, _ in await mails(instance)] == ["warned", "warned"]


@pytest.mark.usefixtures("user")
async def test_b13_who_is_silenced_is_met_by_followers_alone(
    alice: Actor, instance: Instance
) -> None:
    post = await say(instance, alice, "Hello")

    async def shown() -> list[int]:
        return [each.post.id for each in (await public.local(instance, PAGE, None)).items]

    assert await shown() == [post.id]
    await moderating.strike(instance, alice, SILENCE, "")
    assert await shown() == []
    await moderating.lift(instance, alice, SILENCE)
    assert await shown() == [post.id]
    (made,) = await moderating.against(alice, PAGE)
    assert made.lifted_at is not None


@pytest.mark.usefixtures("user")
async def test_b13_nobody_is_struck_without_words_or_while_shut_out(
    alice: Actor, instance: Instance
) -> None:
    for text in ("  ", "x" * (moderating.TEXT_LETTERS_MAX + 1)):
        with pytest.raises(Invalid):
            await moderating.strike(instance, alice, WARN, text)
    for lifted in StrikeAction:
        with pytest.raises(Conflict):
            await moderating.lift(instance, alice, lifted)
    await suspending.suspend(instance, alice)
    for action in StrikeAction:
        with pytest.raises(Conflict):
            await moderating.strike(instance, alice, action, "Be kind.")
    assert await strikes.against(alice.id, PAGE) == []


async def test_b13_moderators_decide_about_nobody_of_their_rank(
    alice: Actor, user: User, instance: Instance
) -> None:
    """B13: nor do people, about anybody; nor anybody about their own appeal."""
    lower = await moderator(instance, "mia", Role.MODERATOR)
    higher = await moderator(instance, "ada", Role.ADMIN)
    mia, ada = [await actors.get(each.actor_id) for each in (lower, higher)]
    for by, target in ((user, mia), (lower, ada), (lower, mia), (higher, ada), (user, alice)):
        with pytest.raises(Forbidden):
            await moderating.strike(instance, target, WARN, "Be kind.", by=by)
    made = await moderating.strike(instance, mia, SILENCE, "Be kind.", by=higher)
    await appealing.appeal(instance, lower, made.id, "I was.")
    for refused in (
        appealing.accept(instance, made.id, by=lower),
        moderating.lift(instance, mia, SILENCE, by=lower),
        appealing.waiting(user, PAGE),
    ):
        with pytest.raises(Forbidden):
            await refused
    assert [each.id for each in await appealing.waiting(lower, PAGE)] == [made.id]


@pytest.mark.parametrize("action", StrikeAction)
async def test_b13_an_appeal_that_is_accepted_takes_the_act_back(
    alice: Actor, user: User, instance: Instance, action: StrikeAction
) -> None:
    owner = await moderator(instance, "olga", Role.OWNER)
    made = await moderating.strike(instance, alice, action, "Be kind.")
    await appealing.appeal(instance, user, made.id, "I was.")
    await appealing.accept(instance, made.id, by=owner)
    after, actor = await now_of(made), await actors.get(alice.id)
    assert (after.appeal_state, after.appeal) == (AppealState.APPROVED, "I was.")
    assert after.lifted_at is not None
    assert await taken(actor) == set()
    told = [template for template, _ in await mails(instance)]
    assert sorted(map(str, told[1:])) == ["appeal_accepted", "appealed"]
    assert await appealing.waiting(owner, PAGE) == []


async def test_b13_one_appeals_once_and_in_bounds_and_for_oneself(
    alice: Actor, user: User, instance: Instance
) -> None:
    """B13: refused is told by mail, and nothing changes; nobody appeals in the name of others."""
    other = await moderator(instance, "bob", Role.USER)
    made = await moderating.strike(instance, alice, SUSPEND, "Be kind.")
    cases: tuple[tuple[User, str, type[Failure]], ...] = (
        (user, " ", Invalid),
        (user, "x" * (appealing.TEXT_LETTERS_MAX + 1), Invalid),
        (other, "Not me", NotFound),
    )
    for who, text, failure in cases:
        with pytest.raises(failure):
            await appealing.appeal(instance, who, made.id, text)
    with pytest.raises(Conflict):
        await appealing.refuse(instance, made.id)
    await appealing.appeal(instance, user, made.id, "I was.")
    await appealing.refuse(instance, made.id)
    with pytest.raises(Conflict):
        await appealing.appeal(instance, user, made.id, "Once more")
    with pytest.raises(Conflict):
        await appealing.accept(instance, made.id)
    after = await now_of(made)
    assert (after.appeal_state, after.lifted_at) == (AppealState.REJECTED, None)
    assert (await actors.get(alice.id)).suspended_at is not None
    assert ("appeal_refused", {"text": "I was."}) in await mails(instance)


async def test_b13_who_is_let_in_again_waits_for_no_answer(
    alice: Actor, user: User, instance: Instance
) -> None:
    made = await moderating.strike(instance, alice, SUSPEND, "Be kind.")
    await appealing.appeal(instance, user, made.id, "I was.")
    await moderating.lift(instance, alice, SUSPEND)
    after = await now_of(made)
    assert (after.appeal_state, await strikes.count_appealed()) == (AppealState.APPROVED, 0)


async def test_b13_strikes_go_with_who_leaves(alice: Actor, user: User, instance: Instance) -> None:
    await moderating.strike(instance, alice, WARN, "Be kind.")
    await profiles.delete_account(instance, user, alice)
    assert await strikes.against(alice.id, PAGE) == []


@pytest.mark.usefixtures("user")
async def test_c34_files_of_who_is_covered_are_sensitive_whatever_they_say(
    alice: Actor, instance: Instance
) -> None:
    """C34: those of new and edited posts; words alone are not touched, nor is what was before."""
    ids = tuple([(await files.accept(instance, alice, picture())).id for _ in range(3)])
    before = await say(instance, alice, "Before", media_ids=ids[:1])
    await moderating.strike(instance, alice, COVER, "Too much.")
    alice = await actors.get(alice.id)
    words = await say(instance, alice, "Words")
    shown = await say(instance, alice, "A picture", media_ids=ids[1:2])
    assert [each.is_sensitive for each in (before, words, shown)] == [False, False, True]
    added = await publishing.edit(instance, alice, words.id, Draft("Words", media_ids=ids[2:]))
    assert added.is_sensitive


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("action", [FREEZE, SUSPEND])
async def test_b43_who_is_shut_out_posts_nothing_later(
    instance: Instance, clock: FakeClock, alice: Actor, action: StrikeAction
) -> None:
    """B43, C34: what they scheduled is a draft again, for when they are let in."""
    later = instance.now() + timedelta(hours=1)
    waiting = await scheduling.schedule(instance, alice, Draft("for later"), later)
    await moderating.strike(instance, await actors.get(alice.id), action, "Enough.")
    clock.advance(hours=1)
    await scheduling.publish(instance, {"scheduled_id": waiting.id})
    assert await scheduling.all_of(alice, PAGE) == []
    [back] = await drafting.all_of(alice, PAGE)
    assert (drafting.draft_of(back.draft).text, bool(back.reason)) == ("for later", True)
