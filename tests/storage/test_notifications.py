"""Notifications and read markers."""

import asyncio

import pytest

from storage import notifications
from storage.records import NotificationKind, Page
from tests.factories import insert, insert_actor, insert_post, make_notification

pytestmark = pytest.mark.usefixtures("store")

ALL = Page(limit=50)
LIKE, BOOST, FOLLOW = NotificationKind.LIKE, NotificationKind.BOOST, NotificationKind.FOLLOW


async def test_an_act_is_told_once() -> None:
    owner, actor = await insert_actor(), await insert_actor()
    post = await insert_post(owner)
    for kind, about in ((LIKE, post), (BOOST, post), (FOLLOW, None)):
        made = [make_notification(owner, actor, kind, post=about) for _ in range(5)]
        done = await asyncio.gather(*map(notifications.insert, made))
        assert sum(each.is_new for each in done) == 1
    assert len(await notifications.page(owner.id, ALL)) == 3


async def test_pages_are_the_owners_newest_first() -> None:
    owner, other = await insert_actor(), await insert_actor()
    made = [make_notification(owner, await insert_actor()) for _ in range(3)]
    await insert(*made, make_notification(other, owner))
    assert await notifications.page(owner.id, Page(limit=2)) == made[:0:-1]
    assert await notifications.page(owner.id, Page(limit=2, max_id=made[1].id)) == made[:1]


async def test_the_read_marker_moves_forward_only() -> None:
    owner = await insert_actor()
    made = [make_notification(owner, await insert_actor()) for _ in range(4)]
    await insert(*made)
    assert await notifications.read_marker(owner.id) == 0
    assert await notifications.unread_count(owner.id) == 4
    await notifications.mark_read(owner.id, made[2].id)
    await notifications.mark_read(owner.id, made[0].id)
    assert await notifications.read_marker(owner.id) == made[2].id
    assert await notifications.unread_count(owner.id) == 1


async def test_the_unread_are_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "UNREAD_MAX", 2)
    owner = await insert_actor()
    await insert(*[make_notification(owner, await insert_actor()) for _ in range(3)])
    assert await notifications.unread_count(owner.id) == 2


async def test_notifications_go_with_what_caused_them() -> None:
    owner, actor, other = [await insert_actor() for _ in range(3)]
    post = await insert_post(owner)
    liked, boosted = (make_notification(owner, actor, kind, post=post) for kind in (LIKE, BOOST))
    followed, theirs = make_notification(owner, actor), make_notification(owner, other)
    also = make_notification(owner, other, LIKE, post=post)
    await insert(liked, boosted, followed, theirs, also)
    await notifications.remove_one(owner.id, LIKE, actor.id, post.id)
    assert await notifications.page(owner.id, ALL) == [also, theirs, followed, boosted]
    await notifications.remove_one(owner.id, FOLLOW, actor.id, None)
    assert await notifications.page(owner.id, ALL) == [also, theirs, boosted]
    await notifications.remove_from(owner.id, actor.id)
    assert await notifications.page(owner.id, ALL) == [also, theirs]
