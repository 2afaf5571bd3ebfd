"""Like, boost, bookmark, pin and their undo."""

import json

import pytest

from feeds import home, notifications, public
from instance.errors import Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import interacting, publishing
from storage import posts, receipts, relations
from storage.records import Actor, InteractionKind, NotificationKind, Page, PostCounts, Visibility
from tests.internet import FakeInternet
from tests.usecases.social import (
    answering,
    befriend,
    delivered,
    hear,
    make_person,
    make_remote,
    say,
    settle,
)

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def _told(instance: Instance, owner: Actor) -> list[NotificationKind]:
    page = await notifications.read(instance, owner, Page())
    return [item.notification.kind for item in page.items]


# ---------------------------------------------------------------- like


async def test_a_like_is_counted_and_told_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """FL-1."""
    post = await say(instance, bob)
    made = {(await interacting.like(instance, alice, post.id)).id for _ in range(3)}
    assert len(made) == 1
    assert (await posts.counts([post.id]))[post.id].likes == 1
    assert await _told(instance, bob) == [NotificationKind.LIKE]
    await interacting.unlike(instance, alice, post.id)
    await interacting.unlike(instance, alice, post.id)
    assert (await posts.counts([post.id])).get(post.id, PostCounts()).likes == 0
    assert await _told(instance, bob) == []


async def test_nobody_is_told_of_their_own_like(instance: Instance, alice: Actor) -> None:
    post = await say(instance, alice)
    await interacting.like(instance, alice, post.id)
    assert await _told(instance, alice) == []


async def test_a_like_goes_to_the_author_and_its_undo_embeds_it(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    answering(internet, "gamma.test")
    await befriend(instance, await make_remote(instance, "gil", "gamma.test"), alice)
    post = await hear(instance, ben)
    await interacting.like(instance, alice, post.id)
    await interacting.unlike(instance, alice, post.id)
    await interacting.like(instance, alice, post.id)
    like, undo, again = await delivered(instance, internet)
    assert (like["type"], like["object"]) == ("Like", post.uri)
    assert undo["type"] == "Undo"
    assert undo["object"]["id"] == like["id"]
    assert undo["object"]["type"] == "Like"
    assert again["type"] == "Like"
    assert again["id"] != like["id"]
    assert internet.sent_to("gamma.test") == []


async def test_pv4_what_one_may_not_see_cannot_be_reacted_to(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    hidden = await say(instance, bob, visibility="followers")
    for act in (interacting.like, interacting.boost, interacting.bookmark, interacting.pin):
        with pytest.raises(NotFound):
            await act(instance, alice, hidden.id)
        with pytest.raises(NotFound):
            await act(instance, alice, instance.ids.new())


async def test_what_is_not_there_cannot_be_taken_back(instance: Instance, alice: Actor) -> None:
    for act in (interacting.unlike, interacting.unboost):
        with pytest.raises(NotFound):
            await act(instance, alice, instance.ids.new())


async def test_a_like_can_be_taken_back_when_the_post_is_hidden_since(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, alice, bob)
    post = await say(instance, bob, visibility="followers")
    await interacting.like(instance, alice, post.id)
    await relations.remove_follow(alice.id, bob.id)
    await interacting.unlike(instance, alice, post.id)
    assert await posts.find_interaction(InteractionKind.LIKE, alice.id, post.id) is None


# ---------------------------------------------------------------- boost


async def test_a_boost_is_in_local_feeds_and_told(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """FL-2, and its undo takes it out again."""
    carol = await make_person(instance, "carol")
    await befriend(instance, carol, alice)
    post = await say(instance, bob)
    for _ in range(2):
        await interacting.boost(instance, alice, post.id)
    await settle(instance)
    (item,) = (await home.read(instance, carol, Page())).items
    assert item.booster is not None
    assert (item.post.id, item.booster.id, item.post.author_id) == (post.id, alice.id, bob.id)
    assert item.counts.boosts == 1
    assert await _told(instance, bob) == [NotificationKind.BOOST]
    for _ in range(2):
        await interacting.unboost(instance, alice, post.id)
    assert (await home.read(instance, carol, Page())).items == ()
    assert await _told(instance, bob) == []


async def test_consequence_10_announce_and_its_undo_reach_followers_and_the_author(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    answering(internet, "gamma.test")
    await befriend(instance, await make_remote(instance, "gil", "gamma.test"), alice)
    post = await hear(instance, ben)
    await interacting.boost(instance, alice, post.id)
    await interacting.unboost(instance, alice, post.id)
    announce, undo = await delivered(instance, internet)
    at_followers = [json.loads(each.content) for each in internet.sent_to("gamma.test")]
    assert at_followers == [announce, undo]
    assert (announce["type"], announce["object"]) == ("Announce", post.uri)
    assert announce["to"] == [PUBLIC]
    assert set(announce["cc"]) == {ben.uri, instance.addresses.followers(alice.id)}
    assert undo["object"]["id"] == announce["id"]
    assert undo["object"]["type"] == "Announce"


@pytest.mark.parametrize("visibility", ["followers", "direct"])
async def test_pv6_private_posts_of_others_cannot_be_boosted(
    instance: Instance, alice: Actor, bob: Actor, visibility: str
) -> None:
    await befriend(instance, alice, bob)
    post = await say(instance, bob, "Psst @alice", visibility=visibility)
    with pytest.raises(Forbidden):
        await interacting.boost(instance, alice, post.id)


async def test_pv7_a_boost_is_no_wider_than_its_post(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    await befriend(instance, ben, alice)
    own = await say(instance, alice, visibility="followers")
    await delivered(instance, internet)
    await interacting.boost(instance, alice, own.id)
    (announce,) = await delivered(instance, internet)
    assert announce["to"] == [instance.addresses.followers(alice.id)]
    assert announce["cc"] == []
    assert await receipts.outbox(alice.id, Page()) == []
    direct = await say(instance, alice, "@ben@beta.test", visibility="direct")
    with pytest.raises(Forbidden):
        await interacting.boost(instance, alice, direct.id)


async def test_boosts_of_public_posts_stand_in_the_outbox(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, bob)
    await interacting.boost(instance, alice, post.id)
    (shown,) = await receipts.outbox(alice.id, Page())
    assert shown.kind == "Announce"


# ---------------------------------------------------------------- bookmark


async def test_a_bookmark_is_told_nobody(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    post = await hear(instance, ben)
    await interacting.bookmark(instance, alice, post.id)
    await interacting.bookmark(instance, alice, post.id)
    (item,) = (await public.bookmarks(instance, alice, Page())).items
    assert (item.post.id, item.flags.bookmarked) == (post.id, True)
    await interacting.unbookmark(instance, alice, post.id)
    await interacting.unbookmark(instance, alice, post.id)
    assert (await public.bookmarks(instance, alice, Page())).items == ()
    assert await delivered(instance, internet) == []


# ---------------------------------------------------------------- pin


async def test_consequence_14_pins_and_unpins_are_sent_at_once(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    await befriend(instance, ben, alice)
    post = await say(instance, alice)
    await delivered(instance, internet)
    await interacting.pin(instance, alice, post.id)
    await interacting.pin(instance, alice, post.id)
    (add,) = await delivered(instance, internet)
    featured = instance.addresses.featured(alice.id)
    assert (add["type"], add["object"], add["target"]) == ("Add", post.uri, featured)
    assert [item.post.id for item in await public.pinned(instance, alice, None)] == [post.id]
    await interacting.unpin(instance, alice, post.id)
    await interacting.unpin(instance, alice, post.id)
    (remove,) = await delivered(instance, internet)
    assert (remove["type"], remove["object"], remove["target"]) == ("Remove", post.uri, featured)
    assert await public.pinned(instance, alice, None) == ()


async def test_only_own_open_posts_are_pinned(instance: Instance, alice: Actor, bob: Actor) -> None:
    with pytest.raises(Forbidden):
        await interacting.pin(instance, alice, (await say(instance, bob)).id)
    for narrow in (Visibility.FOLLOWERS, Visibility.DIRECT):
        with pytest.raises(Invalid):
            await interacting.pin(
                instance, alice, (await say(instance, alice, visibility=narrow)).id
            )
    unlisted = await say(instance, alice, visibility="unlisted")
    await interacting.pin(instance, alice, unlisted.id)


async def test_at_most_five_posts_are_pinned(instance: Instance, alice: Actor) -> None:
    """B23."""
    made = [await say(instance, alice) for _ in range(6)]
    for post in made[:5]:
        await interacting.pin(instance, alice, post.id)
    with pytest.raises(Invalid):
        await interacting.pin(instance, alice, made[5].id)
    await interacting.pin(instance, alice, made[0].id)
    await interacting.unpin(instance, alice, made[0].id)
    await interacting.pin(instance, alice, made[5].id)
    assert len(await public.pinned(instance, alice, None)) == 5


async def test_a_deleted_post_is_no_pin_and_no_boost_any_more(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice)
    await interacting.pin(instance, alice, post.id)
    await interacting.boost(instance, bob, post.id)
    await publishing.delete(instance, alice, post.id)
    await settle(instance)
    assert await public.pinned(instance, alice, None) == ()
    page = await public.profile(instance, bob, Page(), None, with_replies=True)
    assert page.items == ()
