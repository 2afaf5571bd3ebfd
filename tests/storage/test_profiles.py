"""How follows are meant, hosts that people block, and what profiles show, on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from storage import (
    acquaintances,
    follow_options,
    hashtag_uses,
    host_blocks,
    profile_feeds,
    profiles,
    relations,
    sights,
)
from storage.profile_feeds import Wanted
from storage.records import (
    BLOCKS,
    PASSES_OVER,
    Actor,
    Attachment,
    Endorsement,
    FeaturedHashtag,
    FollowState,
    HostBlock,
    InteractionKind,
    Page,
    PrivateNote,
    QuoteState,
    RelationshipDetails,
    Visibility,
)
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_post,
    insert_remote_actor,
    make_follow,
    make_interaction,
    make_mute,
    new_id,
)

pytestmark = pytest.mark.usefixtures("store")

ALL = Page(limit=50)
LATER = START + timedelta(hours=1)


async def mean(follower: Actor, followed: Actor, **options: Any) -> None:
    given: dict[str, Any] = {"shows_boosts": None, "notifies": None, "languages": None, **options}
    await follow_options.change(follower.id, followed.id, **given)


async def test_b31_how_a_follow_is_meant_is_changed_and_copied() -> None:
    alice, bob, moved = await insert_actor(), await insert_remote_actor(), await insert_actor()
    await insert(make_follow(alice, bob), make_follow(alice, moved))
    await mean(alice, bob, shows_boosts=False)
    await mean(alice, bob, notifies=True, languages=("de", "pt-BR"))
    await mean(alice, bob)
    meant = RelationshipDetails(shows_boosts=False, notifies=True, languages=("de", "pt-BR"))
    usual = RelationshipDetails(shows_boosts=True)
    assert await profiles.details(alice.id, [bob.id, moved.id], START) == {
        bob.id: meant,
        moved.id: usual,
    }
    await follow_options.copy(alice.id, bob.id, moved.id)
    assert (await profiles.details(alice.id, [moved.id], START))[moved.id] == meant


async def test_b31_a_follow_that_is_accepted_is_meant_as_before() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    asked = make_follow(alice, bob, state=FollowState.REQUESTED)
    await relations.save_follow(asked)
    await mean(alice, bob, shows_boosts=False, languages=("en",))
    await relations.save_follow(make_follow(alice, bob, uri=asked.uri))
    found = await relations.find_follow(alice.id, bob.id)
    assert found is not None
    assert (found.state, found.shows_boosts) == (FollowState.ACCEPTED, False)
    assert found.languages == ("en",)


async def test_b31_who_waits_for_posts_comes_in_slices() -> None:
    author = await insert_actor()
    fans = [await insert_actor() for _ in range(4)]
    for fan in fans[:3]:
        await insert(make_follow(fan, author, notifies=True))
    await insert(make_follow(fans[3], author))
    first = await follow_options.awaiting_ids(author.id, 0, 2)
    assert first == [fans[0].id, fans[1].id]
    assert await follow_options.awaiting_ids(author.id, first[-1], 2) == [fans[2].id]


async def test_b31_what_is_passed_over() -> None:
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_actor()
    options: dict[str, Any] = {"shows_boosts": False, "languages": ("de",)}
    await insert(make_follow(alice, bob, **options), make_follow(carol, bob))
    texts = [await insert_post(bob, language=each) for each in ("de", "en", None)]
    for reader, expected in ((alice, [0, PASSES_OVER, 0]), (carol, [0, 0, 0])):
        seen, people = await sights.look([each.id for each in texts], [bob.id], reader.id, START)
        assert [seen[each.id].standing & PASSES_OVER for each in texts] == expected
        assert people[bob.id].standing == (PASSES_OVER if reader is alice else 0)


async def test_pv12_people_of_a_blocked_host_are_met_nowhere() -> None:
    alice, carol = await insert_actor(), await insert_actor()
    far = await insert_remote_actor(host="far.test")
    near = await insert_remote_actor(host="near.test")
    block = HostBlock(new_id(), alice.id, "far.test", START)
    assert await host_blocks.insert(block)
    assert not await host_blocks.insert(HostBlock(new_id(), alice.id, "far.test", LATER))
    said = {each.id: await insert_post(each) for each in (far, near)}
    for reader, standing in ((alice, BLOCKS), (carol, 0)):
        seen, people = await sights.look(
            [post.id for post in said.values()], [far.id, near.id], reader.id, START
        )
        assert seen[said[far.id].id].standing == people[far.id].standing == standing
        assert seen[said[near.id].id].standing == people[near.id].standing == 0
        assert await relations.is_not_to_be_told(reader.id, far.id, START) is bool(standing)
    standing_of = await relations.relationships(alice.id, [far.id, near.id], START)
    assert [standing_of[each.id].blocking_host for each in (far, near)] == [True, False]
    assert await host_blocks.of(alice.id, ALL) == [block]
    assert await host_blocks.remove(alice.id, "far.test")
    assert not await host_blocks.is_blocked(alice.id, "far.test")


async def test_pv12_a_quote_of_a_blocked_host_is_not_shown() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    far = await insert_remote_actor(host="far.test")
    quoted = await insert_post(far)
    quoting = await insert_post(
        bob, quote_id=quoted.id, quote_uri=quoted.uri, quote_state=QuoteState.ACCEPTED
    )
    seen, _ = await sights.look([quoting.id], [], alice.id, START)
    assert seen[quoting.id].quote_stamp is not None
    await host_blocks.insert(HostBlock(new_id(), alice.id, "far.test", START))
    seen, _ = await sights.look([quoting.id], [], alice.id, START)
    assert seen[quoting.id].quote_stamp is None


async def test_who_is_tied_at_a_host() -> None:
    alice = await insert_actor()
    followed, fan, other = [await insert_remote_actor(host="far.test") for _ in range(3)]
    near = await insert_remote_actor(host="near.test")
    await insert(
        make_follow(alice, followed),
        make_follow(fan, alice, state=FollowState.REQUESTED),
        make_follow(alice, near),
        make_follow(other, near),
    )
    found = await host_blocks.tied_at(alice.id, "far.test", 10)
    assert {each.id for each in found} == {followed.id, fan.id}
    assert len(await host_blocks.tied_at(alice.id, "far.test", 1)) == 1


async def test_notes_endorsements_and_mutes_are_details() -> None:
    alice, bob, carol = await insert_actor(), await insert_actor(), await insert_actor()
    await profiles.save_note(PrivateNote(new_id(), alice.id, bob.id, "tea", START))
    await profiles.save_note(PrivateNote(new_id(), alice.id, bob.id, "coffee", START))
    shown = Endorsement(new_id(), alice.id, bob.id, START)
    assert await profiles.endorse(shown)
    assert not await profiles.endorse(Endorsement(new_id(), alice.id, bob.id, START))
    await insert(make_mute(alice, bob, expires_at=LATER, hides_notifications=False))
    await insert(make_mute(alice, carol))
    found = await profiles.details(alice.id, [bob.id, carol.id], START)
    assert found[bob.id] == RelationshipDetails(
        note="coffee", is_endorsed=True, mute_ends_at=LATER, mutes_notifications=False
    )
    assert found[carol.id] == RelationshipDetails(mutes_notifications=True)
    assert (await profiles.details(bob.id, [alice.id], START))[alice.id] == RelationshipDetails()
    # The list shows only whom one follows.
    assert await profiles.endorsed_by(alice.id, ALL) == []
    await insert(make_follow(alice, bob))
    assert await profiles.endorsed_by(alice.id, ALL) == [(shown.id, bob)]
    await profiles.remove_note(alice.id, bob.id)
    await profiles.end_endorsement(alice.id, bob.id)
    left = await profiles.details(alice.id, [bob.id], LATER)
    assert left[bob.id] == RelationshipDetails(shows_boosts=True)


async def test_hashtags_of_a_profile_and_how_often_they_were_used() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    sea = FeaturedHashtag(new_id(), alice.id, "sea", "Sea", START)
    assert await profiles.feature(sea)
    assert not await profiles.feature(FeaturedHashtag(new_id(), alice.id, "sea", "SEA", START))
    assert await profiles.featured_by(alice.id) == [sea]
    last = None
    for author, tags, visibility in (
        (alice, ("sea", "gulls"), Visibility.PUBLIC),
        (alice, ("sea",), Visibility.UNLISTED),
        (alice, ("sea", "secret"), Visibility.FOLLOWERS),
        (bob, ("sea", "storm"), Visibility.PUBLIC),
    ):
        made = await insert_post(author, hashtags=tags, visibility=visibility)
        if author is alice and visibility is Visibility.UNLISTED:
            last = made.id
    assert await hashtag_uses.of_actor(alice.id, ["sea", "storm"]) == {"sea": (2, last)}
    assert await hashtag_uses.most_used(alice.id, 5) == ["sea", "gulls"]
    assert not await profiles.end_featuring(bob.id, sea.id)
    assert await profiles.end_featuring(alice.id, sea.id)
    assert await profiles.find_featured(alice.id, "sea") is None


async def test_whom_one_knows_among_followers() -> None:
    alice, star = await insert_actor(), await insert_actor()
    friend, stranger = await insert_actor(), await insert_actor()
    shy = await insert_actor(hides_follows=True)
    await insert(
        *(make_follow(alice, each) for each in (friend, shy)),
        *(make_follow(each, star) for each in (friend, shy, stranger)),
    )
    assert await acquaintances.familiar_followers(alice.id, [star.id]) == [(star.id, friend.id)]
    assert await acquaintances.familiar_followers(friend.id, [star.id]) == []


async def test_a_profile_narrowed() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    theirs = await insert_post(bob)
    plain = await insert_post(alice)
    picture = Attachment(url="https://far.test/a.png", media_type="image/png", kind="image")
    photo = await insert_post(alice, attachments=(picture,))
    reply = await insert_post(
        alice, in_reply_to_uri=theirs.uri, in_reply_to_id=theirs.id, in_reply_to_actor_id=bob.id
    )
    boost = make_interaction(alice, theirs, InteractionKind.BOOST)
    await insert(boost)
    kinds = [Visibility.PUBLIC]

    async def found(page: Page = ALL, **wanted: Any) -> list[tuple[int, bool]]:
        rows = await profile_feeds.read(alice.id, page, Wanted(**wanted), kinds)
        return [(post_id, is_boost) for _, post_id, is_boost in rows]

    everything = [(theirs.id, True), (reply.id, False), (photo.id, False), (plain.id, False)]
    assert await found() == everything
    assert await found(with_boosts=False) == everything[1:]
    assert await found(with_replies=False) == [everything[0], *everything[2:]]
    assert await found(only_media=True) == [(photo.id, False)]
    assert await found(hashtag="none") == []
    assert await found(Page(limit=2, max_id=photo.id)) == [(plain.id, False)]
    assert await found(Page(limit=2, min_id=plain.id)) == [(reply.id, False), (photo.id, False)]
