"""Who is told what, what is read, and how it is grouped."""

from collections.abc import Awaitable, Callable

import pytest

from feeds import notifications
from feeds.items import NotificationPage
from instance.resources import Instance
from outbox import blocking, following, interacting, publishing
from posts.drafts import Draft
from storage.records import Actor, NotificationKind, Page, Visibility
from tests.instances import FakeClock
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, hear, make_person, make_remote, say


async def _read(instance: Instance, owner: Actor) -> NotificationPage:
    return await notifications.read(instance, owner, Page(limit=40))


async def _kinds(instance: Instance, owner: Actor) -> list[NotificationKind]:
    return [item.notification.kind for item in (await _read(instance, owner)).items]


# ---------------------------------------------------------------- telling


async def test_only_living_local_people_are_told_and_never_of_themselves(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    ben = await make_remote(instance, "ben")
    kind = NotificationKind.FOLLOW
    assert not await notifications.tell(instance, kind, alice.id, alice.id)
    assert not await notifications.tell(instance, kind, ben.id, alice.id)
    assert not await notifications.tell(instance, kind, instance.ids.new(), alice.id)
    assert await notifications.tell(instance, kind, alice.id, ben.id)
    assert not await notifications.tell(instance, kind, alice.id, ben.id)  # FL-3
    await change(bob, deleted_at=clock())
    assert not await notifications.tell(instance, kind, bob.id, alice.id)


@pytest.mark.parametrize("act", [blocking.block, blocking.mute])
async def test_pv18_no_news_of_the_blocked_and_muted(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    act: Callable[[Instance, Actor, int], Awaitable[object]],
) -> None:
    await act(instance, alice, bob.id)
    assert not await notifications.tell(instance, NotificationKind.FOLLOW, alice.id, bob.id)


async def test_pv11_no_news_to_somebody_who_is_blocked(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await blocking.block(instance, alice, bob.id)
    assert not await notifications.tell(instance, NotificationKind.LIKE, bob.id, alice.id)


async def test_a_remote_reply_and_mention_are_told(instance: Instance, alice: Actor) -> None:
    ben = await make_remote(instance, "ben")
    post = await say(instance, alice)
    reply = await hear(instance, ben, parent=post, mentions=(alice,))
    await notifications.tell_about_post(instance, reply)
    mention = await hear(instance, ben, mentions=(alice,))
    await notifications.tell_about_post(instance, mention)
    page = await _read(instance, alice)
    assert [(item.notification.kind, item.post and item.post.post.id) for item in page.items] == [
        (NotificationKind.MENTION, mention.id),
        (NotificationKind.REPLY, reply.id),
    ]
    assert page.items[0].actor == ben


async def test_pv18_nobody_is_told_of_a_post_they_may_not_see(
    instance: Instance, alice: Actor
) -> None:
    """An answer meant for others tells nothing, not even that there is one."""
    ben = await make_remote(instance, "ben")
    post = await say(instance, alice)
    for narrow in (Visibility.FOLLOWERS, Visibility.DIRECT):
        reply = await hear(instance, ben, parent=post, visibility=narrow)
        await notifications.tell_about_post(instance, reply)
    assert await _kinds(instance, alice) == []
    await befriend(instance, alice, ben)
    reply = await hear(instance, ben, parent=post, visibility=Visibility.FOLLOWERS)
    await notifications.tell_about_post(instance, reply)
    assert await _kinds(instance, alice) == [NotificationKind.REPLY]


async def test_all_kinds_arrive(instance: Instance, alice: Actor, bob: Actor) -> None:
    """Issue 2, section 7: mention, reply, follow, request, like, boost, edit of a boosted post."""
    alice = await change(alice, is_locked=True)
    post = await say(instance, alice)
    await following.follow(instance, bob, alice)
    assert await _kinds(instance, alice) == [NotificationKind.FOLLOW_REQUEST]
    await following.accept(instance, alice, bob.id)
    await interacting.like(instance, bob, post.id)
    await interacting.boost(instance, bob, post.id)
    reply = await say(instance, bob, in_reply_to_id=post.id)
    await say(instance, bob, "Hey @alice")
    await interacting.boost(instance, alice, reply.id)
    await publishing.edit(instance, bob, reply.id, Draft("Other words"))
    assert await _kinds(instance, alice) == [
        NotificationKind.EDIT,
        NotificationKind.MENTION,
        NotificationKind.REPLY,
        NotificationKind.BOOST,
        NotificationKind.LIKE,
        NotificationKind.FOLLOW,
    ]


# ---------------------------------------------------------------- reading


async def test_likes_and_boosts_are_grouped_by_post_and_kind(
    instance: Instance, alice: Actor
) -> None:
    one, other = await say(instance, alice), await say(instance, alice)
    people = [await make_person(instance, f"reader{n}") for n in range(3)]
    for person in people:
        await interacting.like(instance, person, one.id)
    await interacting.boost(instance, people[0], one.id)
    await interacting.like(instance, people[1], other.id)
    for person in people[:2]:
        await following.follow(instance, person, alice)
    groups = (await _read(instance, alice)).groups
    told = [
        (group.kind, group.post and group.post.post.id, [actor.username for actor in group.actors])
        for group in groups
    ]
    assert told == [
        (NotificationKind.FOLLOW, None, ["reader1"]),
        (NotificationKind.FOLLOW, None, ["reader0"]),
        (NotificationKind.LIKE, other.id, ["reader1"]),
        (NotificationKind.BOOST, one.id, ["reader0"]),
        (NotificationKind.LIKE, one.id, ["reader2", "reader1", "reader0"]),
    ]
    assert all(group.is_unread for group in groups)


async def test_unread_until_the_marker_passes_and_never_again(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B115."""
    first, second = await say(instance, alice), await say(instance, alice)
    await interacting.like(instance, bob, first.id)
    await interacting.like(instance, bob, second.id)
    assert await notifications.unread_count(instance, alice) == 2
    newest, oldest = (await _read(instance, alice)).items
    await notifications.mark_read(instance, alice, oldest.notification.id)
    assert await notifications.unread_count(instance, alice) == 1
    await notifications.mark_read(instance, alice, newest.notification.id)
    await notifications.mark_read(instance, alice, oldest.notification.id)
    assert await notifications.unread_count(instance, alice) == 0
    assert not any(item.is_unread for item in (await _read(instance, alice)).items)


async def test_pages_are_cut_by_ids(instance: Instance, alice: Actor, bob: Actor) -> None:
    for _ in range(5):
        await interacting.like(instance, bob, (await say(instance, alice)).id)
    everything = [item.notification.id for item in (await _read(instance, alice)).items]
    found: list[int] = []
    max_id = None
    while True:
        page = await notifications.read(instance, alice, Page(limit=2, max_id=max_id))
        found += [item.notification.id for item in page.items]
        max_id = page.next_max_id
        if max_id is None:
            break
        await interacting.like(instance, bob, (await say(instance, alice)).id)
    assert found == everything
    page = await notifications.read(instance, alice, Page(limit=2, min_id=everything[-1]))
    assert [item.notification.id for item in page.items] == everything[2:4]


async def test_what_became_hidden_is_not_shown(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    """PV-18, MO-2, PV-20."""
    carol = await make_person(instance, "carol")
    post = await say(instance, alice)
    await interacting.like(instance, bob, post.id)
    mention = await say(instance, carol, "@alice")
    assert len((await _read(instance, alice)).items) == 2
    await publishing.delete(instance, carol, mention.id)
    await change(bob, suspended_at=clock())
    assert (await _read(instance, alice)).items == ()


async def test_a_page_costs_the_same_number_of_queries_for_20_and_40(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(41):
        await interacting.like(instance, bob, (await say(instance, alice)).id)
    await _read(instance, alice)  # her filters are then known
    costs = []
    for limit in (20, 40):
        with counted(instance, monkeypatch) as queries:
            page = await notifications.read(instance, alice, Page(limit=limit))
        assert len(page.items) == limit
        costs.append(len(queries))
    assert costs[0] == costs[1] > 0
