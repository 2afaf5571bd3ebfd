"""Puts posts into the home feeds they belong to, and takes them out again. Reads no page.

Feeds are written when something happens and only read when somebody looks. An entry stands where
it arrived: then a reader who asks for what is newer than the last thing seen misses nothing. What
is older than that - a server comes back after days, a new follow is filled - stands at its time.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial

from instance.resources import Instance
from posts.visibility import WIDE, may_see
from storage import actors, posts, relations, timelines
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

FAN_OUT = "fan_out"

BACKFILLED_POSTS_MAX = 20
ENTRIES_PER_TRANSACTION_MAX = 1000
NEWEST_WITHOUT_REPEATS = 40
"""A boost is not shown when the post is within this many of the newest entries already."""

_LATE_AFTER = timedelta(minutes=10)


async def enqueue(instance: Instance, post: Post) -> None:
    """Queue the distribution of a post; in the caller's transaction."""
    await instance.queue.enqueue(
        FAN_OUT,
        {"post_id": post.id},
        now=instance.now(),
        order_key=_order_of(post.actor_id),
        unique_key=f"fan_out:{post.id}",
    )


async def enqueue_boost(instance: Instance, interaction: Interaction) -> None:
    """Queue the distribution of a boost; in the caller's transaction."""
    await instance.queue.enqueue(
        FAN_OUT,
        {"post_id": interaction.post_id, "booster_id": interaction.actor_id},
        now=instance.now(),
        order_key=_order_of(interaction.actor_id),
    )


def _order_of(actor_id: RowId) -> str:
    """What one person says is read in the order it was said: entries stand where they arrive."""
    return f"fan_out:{actor_id}"


async def fan_out(instance: Instance, payload: dict[str, object]) -> None:
    """Job: distribute a post or a boost that is still there.

    May run twice: an entry that is there is not inserted again.
    """
    post_id, booster_id = payload.get("post_id"), payload.get("booster_id")
    post = await posts.find(RowId(post_id)) if isinstance(post_id, int) else None
    if post is None or post.deleted_at is not None:
        return
    if isinstance(booster_id, int):
        kind = InteractionKind.BOOST
        interaction = await posts.find_interaction(kind, RowId(booster_id), post.id)
        if interaction is not None:
            await distribute_boost(instance, interaction, post)
        return
    author = await actors.find(post.actor_id)
    if author is not None:
        await distribute(instance, post, author)


async def distribute(instance: Instance, post: Post, author: Actor) -> None:
    """Push a post into the feeds of its author, if local, and of the local followers."""
    owners = await _readers(post, author)
    place = _place(instance, post.id)
    entries = [FeedEntry(place(), owner_id, post.id, post.actor_id) for owner_id in owners]
    await _insert(entries)


async def distribute_boost(instance: Instance, interaction: Interaction, post: Post) -> None:
    """Push a boost into the feeds of the booster, if local, and of the local followers.

    Whoever has the post among the newest entries is spared the repetition.
    """
    booster = await actors.find(interaction.actor_id)
    if booster is None or (post.visibility not in WIDE and post.actor_id != booster.id):
        return  # PV-7: a boost widens nothing.
    owners = dict.fromkeys(await relations.local_follower_ids(booster.id))
    if booster.is_local:
        owners[booster.id] = None
    have_it = await timelines.recent_owners(post.id, NEWEST_WITHOUT_REPEATS)
    place = _place(instance, interaction.id)
    entries = [
        FeedEntry(place(), owner_id, post.id, post.actor_id, booster_id=booster.id)
        for owner_id in owners
        if owner_id not in have_it
    ]
    await _insert(entries)


async def backfill(instance: Instance, follower_id: RowId, followed_id: RowId) -> None:
    """Fill a new follower's feed with the latest posts of whom they follow, at their time."""
    kinds = (*WIDE, Visibility.FOLLOWERS)
    page = Page(limit=BACKFILLED_POSTS_MAX)
    found = await timelines.of_actor(followed_id, page, visibilities=kinds, with_replies=False)
    await _insert(
        [
            FeedEntry(instance.ids.at(moment_of(post.id)), follower_id, post.id, post.actor_id)
            for post in reversed(found)  # ids of one millisecond are larger the later they are made
            if may_see(post, follower_id, follows_author=True, is_blocked=False)
        ]
    )


async def _readers(post: Post, author: Actor) -> list[RowId]:
    """The local people whose home a post belongs to: the author, and followers it concerns."""
    followers = await relations.local_follower_ids(author.id)
    if post.visibility is Visibility.DIRECT:
        named = {mention.actor_id for mention in post.mentions}
        followers = [each for each in followers if each in named]
    elif post.in_reply_to_uri is not None and post.in_reply_to_actor_id != author.id:
        followers = await _interested(followers, post.in_reply_to_actor_id)
    return list(dict.fromkeys([author.id, *followers] if author.is_local else followers))


async def _interested(followers: Collection[RowId], answered: RowId | None) -> list[RowId]:
    """Who follows both: an answer to somebody one does not follow is half a conversation."""
    if answered is None:
        return []
    both = {answered, *await relations.local_follower_ids(answered)}
    return [each for each in followers if each in both]


def _place(instance: Instance, origin_id: RowId) -> Callable[[], RowId]:
    """Where the entries of something go: on top as it arrives, or far down when it is old."""
    happened_at = moment_of(origin_id)
    if instance.now() - happened_at > _LATE_AFTER:
        return partial(instance.ids.at, happened_at)
    return instance.ids.new


async def _insert(entries: Sequence[FeedEntry]) -> None:
    """In slices, so that nobody waits long for the writing connection."""
    for start in range(0, len(entries), ENTRIES_PER_TRANSACTION_MAX):
        await timelines.insert_entries(entries[start : start + ENTRIES_PER_TRANSACTION_MAX])
