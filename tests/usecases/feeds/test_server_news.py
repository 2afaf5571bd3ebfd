"""What people are told of the server itself, and of edits of what they quote."""

from dataclasses import replace
from datetime import timedelta

from feeds import notifications
from feeds.items import NotificationItem
from instance.resources import Instance
from moderation import hosts
from outbox import publishing
from posts.drafts import Draft
from storage import posts, users
from storage.records import (
    Actor,
    HostSeverity,
    NotificationKind,
    Page,
    QuoteState,
    RegistrationMode,
    Role,
)
from tests.instances import FakeClock, drain
from tests.usecases.social import befriend, make_person, make_remote, say
from tests.usecases.users.people import PASSWORD, choose, form
from users import registration, setup
from webapp.pages import told


async def _told(instance: Instance, owner: Actor) -> list[NotificationItem]:
    return list((await notifications.read(instance, owner, Page())).items)


async def test_b111_moderators_hear_of_who_joined(instance: Instance) -> None:
    """B111: when they are let in, and not before."""
    _, boss = await setup.add_user(instance, "nadia", PASSWORD, role=Role.MODERATOR)
    await choose(RegistrationMode.OPEN)
    user, actor = await registration.register(instance, form("newbie"), address="192.0.2.7")
    await drain(instance)
    [item] = await _told(instance, boss)
    assert (item.notification.kind, item.actor.id) == (NotificationKind.SIGN_UP, actor.id)
    assert [each.role for each in await users.list_moderators()] == [Role.MODERATOR]
    assert user.actor_id == actor.id


async def test_b111_people_hear_once_how_many_follows_ended_with_a_host(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    """B111: severed_relationships; each about their own, and nobody who lost nothing."""
    ben, bea = [await make_remote(instance, name) for name in ("ben", "bea")]
    for fan in (ben, bea):
        await befriend(instance, fan, alice)
    await befriend(instance, alice, ben)
    await befriend(instance, bob, bea)
    rule = hosts.rule_for(instance, "beta.test", HostSeverity.SUSPEND)
    await hosts.put(instance, [rule])
    await drain(instance)
    clock.moment += timedelta(minutes=2)
    await drain(instance)
    [item] = await _told(instance, alice)
    assert item.notification.kind is NotificationKind.SEVERED
    details = item.notification.details
    assert details is not None
    assert (details.host, details.followers, details.following) == ("beta.test", 2, 1)
    [theirs] = await _told(instance, bob)
    assert theirs.notification.details == replace(details, followers=0, following=1)
    assert await _told(instance, await make_person(instance, "carol")) == []


async def test_b111_who_quotes_a_post_hears_that_it_was_changed(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice, "First words")
    quoting = await say(instance, bob, "Look at this")
    await posts.save(
        replace(
            quoting,
            quote_uri=post.uri,
            quote_id=post.id,
            quote_state=QuoteState.ACCEPTED,
        )
    )
    await publishing.edit(instance, alice, post.id, Draft(text="Other words"))
    [item] = await _told(instance, bob)
    assert item.notification.kind is NotificationKind.QUOTED_EDIT
    assert item.post is not None
    assert item.post.post.id == post.id


def test_every_kind_has_a_sentence_on_the_page() -> None:
    assert set(told._NOTES) == set(NotificationKind)
