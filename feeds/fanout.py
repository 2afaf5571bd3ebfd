"""Puts posts into the feeds they belong to: at once for few readers, by a job for many.

An entry stands where it arrived: then a reader who asks for what is newer than the last thing seen
misses nothing. What is older than that - a server comes back after days, a new follow is filled -
stands at its time.

What somebody says whom very many follow here is not pushed to each of them: it stands once, in a
feed of its own, which they merge when they read (`records.PulledSource`). Each post is in one or
the other, so nobody misses or meets anything twice when a source becomes pulled, or no longer is.
An answer to somebody else is for the few who follow both, and is always pushed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from instance import hints
from instance.hints import Kind
from instance.resources import Instance
from posts.visibility import WIDE, may_see
from storage import feeding, feeds, posts, timelines
from storage.feeding import Entry, Reach, Readers
from storage.feeds import Feed
from storage.ids import moment_of
from storage.records import (
    Actor,
    FeedEntry,
    Interaction,
    InteractionKind,
    Page,
    Post,
    RowId,
    Visibility,
)
from storage.rows import FEW

FAN_OUT = "fan_out"

AT_ONCE_MAX = 500
"""So many readers get a post in the transaction in which it is made."""
READERS_PER_TRANSACTION_MAX = 1000
BACKFILLED_POSTS_MAX = 20

_LATE_AFTER = timedelta(minutes=10)
STREAMED_FOR = timedelta(hours=6)
"""What is older when it arrives stands in feeds, and no stream tells of it, as with Mastodon."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """What is distributed: a post, or a boost of it by `booster`; `id` says when it happened."""

    id: RowId
    post: Post
    actor_id: RowId
    is_boost: bool = False

    @property
    def entry(self) -> Entry:
        return Entry(self.post.id, self.post.actor_id, self.actor_id if self.is_boost else None)

    @property
    def answered(self) -> RowId | None:
        """Who else is answered; None for what is said to everybody, and for boosts."""
        post = self.post
        if self.is_boost or post.in_reply_to_uri is None:
            return None
        return post.in_reply_to_actor_id if post.in_reply_to_actor_id != post.actor_id else None

    @property
    def is_answer_to_unknown(self) -> bool:
        post = self.post
        return (
            not self.is_boost
            and post.in_reply_to_uri is not None
            and post.in_reply_to_actor_id is None
        )

    @property
    def is_for_followers(self) -> bool:
        return self.post.visibility is Visibility.FOLLOWERS

    @property
    def hashtags(self) -> Sequence[str]:
        is_for_all = self.post.visibility is Visibility.PUBLIC and not self.is_boost
        return self.post.hashtags if is_for_all else ()


# ---------------------------------------------------------------- in the transaction


async def distribute(instance: Instance, post: Post, author: Actor) -> bool:
    """Put a new post into the feeds of its author, if local, and of its readers.

    In the caller's transaction; when they are many, a job does the rest. Returns whether somebody
    wants to be told of it (B31).
    """
    await feeds.announce_push(author.id)
    thing = _Thing(post.id, post, post.actor_id)
    own = [author.id] if author.is_local else []
    if post.visibility is Visibility.DIRECT:
        named = [each.actor_id for each in post.mentions if each.actor_id is not None]
        own = list(dict.fromkeys([*own, *named]))
    if own:
        await _push(instance, thing, feeding.these(own, author.id), len(own))
    is_awaited = False
    if post.visibility is not Visibility.DIRECT:
        reach = await _distribute(instance, thing)
        is_awaited = bool(reach.awaiting) and post.in_reply_to_actor_id in (None, author.id)
    else:
        _has_fed(instance, thing)
    if not _is_new(instance, thing):
        return False
    hints.give(instance, Kind.POSTED, post.id)
    return is_awaited


async def distribute_boost(instance: Instance, interaction: Interaction, post: Post) -> None:
    """Put a boost into the feeds of the booster, if local, and of the booster's readers.

    Whoever has the post among the newest entries is spared the repetition. As `distribute`.
    """
    if post.visibility not in WIDE and post.actor_id != interaction.actor_id:
        return  # PV-7: a boost widens nothing.
    thing = _boost_of(interaction, post)
    booster_id = interaction.actor_id
    await feeds.announce_push(booster_id)
    await _push(instance, thing, feeding.these([booster_id], booster_id), 1)
    await _distribute(instance, thing)


def _boost_of(interaction: Interaction, post: Post) -> _Thing:
    return _Thing(interaction.id, post, interaction.actor_id, is_boost=True)


async def _distribute(instance: Instance, thing: _Thing) -> Reach:
    reach = await _reach(thing)
    count = _count(thing, reach)
    if count > min(AT_ONCE_MAX, instance.settings.feeds.pulled_above_followers):
        await _enqueue(instance, thing)
        return reach
    if count:
        for readers in await _readers(thing, reach):
            await _push(instance, thing, readers, count)
    _has_fed(instance, thing)
    return reach


def _has_fed(instance: Instance, thing: _Thing) -> None:
    """Tell streams that something stands in the feeds of its readers."""
    if _is_new(instance, thing):
        hints.give(instance, Kind.FED, thing.post.id, thing.actor_id if thing.is_boost else 0)


def _is_new(instance: Instance, thing: _Thing) -> bool:
    return instance.now() - moment_of(thing.id) <= STREAMED_FOR


async def _enqueue(instance: Instance, thing: _Thing) -> None:
    payload: dict[str, object] = {"post_id": thing.post.id}
    if thing.is_boost:
        payload["booster_id"] = thing.actor_id
    await instance.queue.enqueue(
        FAN_OUT,
        payload,
        now=instance.now(),
        # What one person says is read in the order it was said: entries stand where they arrive.
        order_key=f"fan_out:{thing.actor_id}",
        unique_key=f"fan_out:{thing.id}",
    )


# ---------------------------------------------------------------- by a job


async def fan_out(instance: Instance, payload: dict[str, object]) -> None:
    """Job: distribute a post or a boost that is still there, some readers per transaction.

    May run twice, or again after it was killed: an entry that is there is not inserted again.
    """
    thing = await _thing_of(payload)
    if thing is None:
        return
    for readers in await _readers(thing, await _reach(thing)):
        count = await _push_in_slices(instance, thing, readers)
        if count > instance.settings.feeds.pulled_above_followers and thing.answered is None:
            await _pull_from_now_on(instance, readers)
    _has_fed(instance, thing)


async def _thing_of(payload: dict[str, object]) -> _Thing | None:
    post_id, booster_id = payload.get("post_id"), payload.get("booster_id")
    post = await posts.find(RowId(post_id)) if isinstance(post_id, int) else None
    if post is None or post.deleted_at is not None:
        return None
    if not isinstance(booster_id, int):
        return _Thing(post.id, post, post.actor_id)
    found = await posts.find_interaction(InteractionKind.BOOST, RowId(booster_id), post.id)
    return _boost_of(found, post) if found is not None else None


async def _push_in_slices(instance: Instance, thing: _Thing, readers: Readers) -> int:
    """Returns how many readers there are; 0 if what they would read was taken back meanwhile."""
    after, count = 0, 0
    while True:
        async with instance.store.transaction():
            await feeds.announce_push(thing.actor_id)
            if not await feeding.is_there_locked(thing.entry):
                return 0
            part = await feeding.next_slice(readers, after, READERS_PER_TRANSACTION_MAX)
            if part.last is None:
                return count
            await _push(instance, thing, readers, part.size, after=after, until=part.last)
        after, count = part.last, count + part.size


async def _pull_from_now_on(instance: Instance, readers: Readers) -> None:
    source_id = instance.ids.new()
    if readers.followed_id is not None:
        await feeding.pull_actor(source_id, readers.followed_id)
    elif readers.hashtag is not None:
        await feeding.pull_hashtag(source_id, readers.hashtag)


# ---------------------------------------------------------------- who reads it


async def _reach(thing: _Thing) -> Reach:
    return await feeding.reach(
        thing.actor_id,
        answered=thing.answered,
        hashtags=thing.hashtags,
        limit=AT_ONCE_MAX + 1,
    )


def _count(thing: _Thing, reach: Reach) -> int:
    """How many feeds something is pushed to."""
    people = reach.followers
    if thing.answered is not None:
        people = min(reach.followers, reach.answered_followers + 1)
    elif reach.source_id is not None:
        return 1 + reach.hashtag_followers
    return people + reach.lists + reach.hashtag_followers


async def _readers(thing: _Thing, reach: Reach) -> list[Readers]:
    """Who gets it, the feeds of sources last: they are hidden where the post was pushed to."""
    found: list[Readers] = []
    sources = []
    if thing.answered is not None:
        found += _readers_of_answer(thing, thing.answered, reach)
    elif reach.source_id is not None:
        sources.append(feeding.source(reach.source_id))
    elif not thing.is_answer_to_unknown:
        if reach.followers:
            found.append(feeding.followers(thing.actor_id))
        found += _lists(thing, reach)
    if reach.hashtag_followers:
        pulled = await feeding.pulled_hashtags(thing.hashtags)
        sources += [feeding.source(source_id) for source_id in pulled.values()]
        found += [
            feeding.followers_of_hashtag(name) for name in thing.hashtags if name not in pulled
        ]
    return [*found, *sources]


def _readers_of_answer(thing: _Thing, answered: RowId, reach: Reach) -> list[Readers]:
    """Who follows both: an answer to somebody one does not follow is half a conversation."""
    actor_id = thing.actor_id
    lists = _lists(thing, reach)
    if reach.answered_followers >= reach.followers:
        return [feeding.followers(actor_id, who_follow=answered), *lists]
    both = feeding.followers(answered, who_follow=actor_id)
    return [feeding.these([answered], actor_id), both, *lists]


def _lists(thing: _Thing, reach: Reach) -> list[Readers]:
    if not reach.lists:
        return []
    only_followers = thing.is_for_followers
    return [
        feeding.lists_with(thing.actor_id, answered=thing.answered, for_followers=only_followers)
    ]


# ---------------------------------------------------------------- entries


async def _push(  # what, to whom, and which part of them
    instance: Instance,
    thing: _Thing,
    readers: Readers,
    count: int,
    *,
    after: int = 0,
    until: int = feeding.EVERYWHERE,
) -> None:
    place = _place(instance, thing.id, count)
    readers = replace(readers, are_few=count <= FEW)
    if not thing.is_boost or not readers.reads:
        await feeding.push(thing.entry, readers, place, after=after, until=until)
        return
    await feeding.push(
        thing.entry,
        readers,
        place,
        unless_within=feeds.NEWEST_WITHOUT_REPEATS,
        held_by=await feeding.sources_holding(thing.post.id),
        after=after,
        until=until,
    )


def _place(instance: Instance, origin_id: RowId, count: int) -> RowId:
    """The first place for so many entries: on top as it arrives, or far down when it is old."""
    happened_at = moment_of(origin_id)
    if instance.now() - happened_at > _LATE_AFTER:
        return instance.ids.block_at(happened_at, count)
    return instance.ids.new_block(count)


async def backfill(instance: Instance, follower_id: RowId, followed_id: RowId) -> None:
    """Fill a new follower's feed with the latest posts of whom they follow, at their time."""
    await backfill_feed(instance, feeds.home_of(follower_id), followed_id)


async def backfill_feed(
    instance: Instance, feed: Feed, followed_id: RowId, *, is_followed: bool = True
) -> None:
    """Fill a feed with the latest posts of who belongs to it now, at their time."""
    kinds = (*WIDE, Visibility.FOLLOWERS) if is_followed else WIDE
    page = Page(limit=BACKFILLED_POSTS_MAX)
    found = await timelines.of_actor(followed_id, page, visibilities=kinds, with_replies=False)
    there = await feeding.posts_in_source(followed_id, [post.id for post in found])
    await fill(
        instance,
        feed,
        [
            Entry(post.id, post.actor_id)
            for post in found
            if post.id not in there
            and may_see(
                post, feed.owner_id, follows_author=is_followed, is_blocked=False, is_here=True
            )
        ],
    )


async def fill(instance: Instance, feed: Feed, found: Sequence[Entry]) -> None:
    """Put posts into a feed at their time, given newest first; a feed that sleeps stays empty."""
    if await feeds.is_asleep(feed.id):
        return
    await feeds.insert_entries(
        [
            FeedEntry(instance.ids.at(moment_of(each.post_id)), feed.id, *each)
            for each in reversed(found)  # ids of one millisecond are larger the later they are made
        ]
    )
