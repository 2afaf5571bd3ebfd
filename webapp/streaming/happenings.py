"""From a hint to what open streams say: who hears it is asked once, and it is written once.

Who reads a post here is decided as in feeds: it goes where it stands in a feed, to whoever meets
its people (PV-17), without what they filter out. What a reader did to it, or a filter of theirs
finds in it, only they are shown: for them it is rendered apart.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feeds import keyword_filters, loading, public
from feeds.items import Slot
from instance.hints import Hint, Kind
from instance.resources import Instance
from media import remote
from posts.visibility import WIDE
from storage import interactions, posts, streams
from storage.records import (
    Actor,
    FilterContext,
    InteractionKind,
    Page,
    Post,
    RowId,
    Visibility,
)
from webapp.mastodon import statuses_loading
from webapp.streaming import private
from webapp.streaming.messages import Message, of_entity
from webapp.streaming.streams import (
    DIRECT,
    HASHTAG,
    HASHTAG_LOCAL,
    LIST,
    OPEN,
    PUBLIC,
    USER,
    Channel,
)

UPDATE, EDIT, DELETE = "update", "status.update", "delete"


async def tell(instance: Instance, hint: Hint) -> None:
    """Tell the open streams of this process what happened."""
    if not instance.streams.connections:
        return
    # All who listen live here: files of other servers have the addresses that members are told.
    instance = replace(instance, addresses=await remote.addresses_for_member(instance))
    match hint.kind, hint.ids:
        case Kind.POSTED, (post_id,):
            await _in_public(instance, RowId(post_id), UPDATE)
        case Kind.FED, (post_id, booster_id):
            await _in_feeds(instance, RowId(post_id), UPDATE, booster_id=RowId(booster_id))
        case Kind.EDITED, (post_id,):
            await _in_public(instance, RowId(post_id), EDIT)
            await _in_feeds(instance, RowId(post_id), EDIT, booster_id=None)
        case Kind.DELETED, ids:
            pairs = zip(map(RowId, ids[::2]), map(RowId, ids[1::2]), strict=True)
            await _deleted(instance, dict(pairs), hint.text.split())
        case _:
            await private.tell(instance, hint)


# ---------------------------------------------------------------- posts


@dataclass(frozen=True, slots=True)
class _Thing:
    """What is told of: a post, or somebody's boost of it; `id` is that of its status."""

    event: str
    id: RowId
    post: Post
    booster_id: RowId | None = None
    quoted: Post | None = None

    @property
    def people(self) -> set[RowId]:
        """Whom a reader must want to meet to hear of it."""
        return {self.post.actor_id} | ({self.booster_id} if self.booster_id else set())


async def _in_public(instance: Instance, post_id: RowId, event: str) -> None:
    """Tell the streams of public posts, and of private conversations."""
    channels = [each for each in _channels(instance) if each.name in (*OPEN, DIRECT)]
    thing = await _thing(event, post_id, None) if channels else None
    if thing is not None and event == UPDATE:
        await private.converse(instance, thing.post)
    if thing is not None:
        found = await _open_channels(instance, thing.post, channels)
        await _spread(instance, thing, found, FilterContext.PUBLIC)


async def _in_feeds(
    instance: Instance, post_id: RowId, event: str, *, booster_id: RowId | None
) -> None:
    """Tell those who have it in a feed: 0: of itself, else by this booster; None: anyhow."""
    channels = [each for each in _channels(instance) if each.name in (USER, LIST)]
    thing = await _thing(event, post_id, booster_id or None) if channels else None
    if thing is not None:
        found = await _feeds_holding(thing.post, channels, booster_id)
        await _spread(instance, thing, found, FilterContext.HOME)


def _channels(instance: Instance) -> list[Channel]:
    return [each for each in instance.streams.channels() if isinstance(each, Channel)]


async def _thing(event: str, post_id: RowId, booster_id: RowId | None) -> _Thing | None:
    post = await posts.find(post_id)
    if post is None or post.deleted_at is not None:
        return None
    status_id = post.id
    if booster_id is not None:
        boost = await interactions.find_interaction(InteractionKind.BOOST, booster_id, post.id)
        if boost is None:
            return None
        status_id = boost.id
    quoted = await posts.find(post.quote_id) if post.quote_id is not None else None
    return _Thing(event, status_id, post, booster_id, quoted)


async def _open_channels(
    instance: Instance, post: Post, channels: Iterable[Channel]
) -> list[Channel]:
    """Those streams of public posts whose feed has this post: a window of one is looked at."""
    if post.visibility is not Visibility.PUBLIC:
        return []
    around = Page(limit=1, max_id=post.id + 1, since_id=post.id - 1)
    where = "local" if post.is_local else "remote"
    kinds = {"public", f"public:{where}"}
    if post.attachments:
        kinds |= {f"{kind}:media" for kind in kinds}
    tags = {HASHTAG, HASHTAG_LOCAL} if post.is_local else {HASHTAG}
    found = [each for each in channels if each.name in kinds]
    if found and not (await public.federated(instance, around, None)).items:
        found = []
    for each in channels:
        if each.name in tags and each.key in post.hashtags:
            page = await public.hashtag(instance, each.key, around, None)
            found += [each] if page.items else []
    return found


async def _feeds_holding(
    post: Post, channels: Iterable[Channel], booster_id: RowId | None
) -> list[Channel]:
    """Those home feeds and lists in which a post stands."""
    found: list[Channel] = []
    for name, holding in ((USER, streams.homes_holding), (LIST, streams.lists_holding)):
        ids = [int(each.key) for each in channels if each.name == name]
        if ids:
            held = await holding(post.id, ids, booster_id=booster_id)
            found += [Channel(name, str(feed_id)) for feed_id in held]
    return found


async def _spread(
    instance: Instance, thing: _Thing, channels: Sequence[Channel], context: FilterContext
) -> None:
    """Say it to all who listen to these channels and meet its people."""
    listening = [
        (connection, label)
        for channel in channels
        for connection, label in instance.streams.listening(channel).items()
    ]
    if not listening:
        return
    readers: dict[RowId, Actor] = {each.actor.id: each.actor for each, _ in listening}
    written = await _written(instance, thing, readers, context)
    for connection, label in listening:
        message = written.get(connection.actor.id)
        if message is not None:
            connection.tell(message, label)


async def _written(
    instance: Instance, thing: _Thing, readers: dict[RowId, Actor], context: FilterContext
) -> dict[RowId, Message]:
    """What each reader is told: most of them the very same."""
    now, post = instance.now(), thing.post
    apart = await streams.apart(readers, thing.people, now)
    alone = await _alone(thing, readers, now)
    shared: Message | None = None
    found: dict[RowId, Message] = {}
    for reader_id, reader in readers.items():
        if reader_id in apart:
            continue
        filters = await keyword_filters.of(instance, reader, context)
        if filters and filters.hides(post):
            continue
        if reader_id in alone or (filters and filters.matches(post)):
            message = await _for_one(instance, thing, reader, context)
        else:
            shared = shared or await _for_one(instance, thing, reader, context)
            message = shared
        if message is not None:
            found[reader_id] = message
    return found


async def _alone(thing: _Thing, readers: Collection[RowId], now: datetime) -> set[RowId]:
    """For whom it is looked up and rendered apart: what they see is not what all see."""
    post, quoted = thing.post, thing.quoted
    if post.visibility is Visibility.DIRECT:
        return set(readers)
    alone = await streams.involved(post.id, thing.people, readers) | thing.people
    if post.visibility is Visibility.FOLLOWERS:
        following = await streams.following([post.actor_id], readers)
        alone |= set(readers) - following[post.actor_id]
    if quoted is not None and quoted.visibility not in WIDE:
        return set(readers)
    if quoted is not None:
        alone |= await streams.apart(readers, {quoted.actor_id}, now)
    return alone


async def _for_one(
    instance: Instance, thing: _Thing, reader: Actor, context: FilterContext
) -> Message | None:
    """What one reader is told; None when they do not meet it."""
    items = await loading.meet(instance, [Slot(thing.id, thing.post.id, thing.booster_id)], reader)
    found = await statuses_loading.statuses(instance, items, reader, context=context.value)
    return of_entity(thing.event, found[0]) if found else None


# ---------------------------------------------------------------- what is gone


async def _deleted(instance: Instance, gone: dict[RowId, RowId], hashtags: Collection[str]) -> None:
    """Only ids are said, to whom the posts and boosts of these people may have come (PV-20)."""
    channels, people = _channels(instance), set(gone.values())
    homes, lists = (
        [int(each.key) for each in channels if each.name == name] for name in (USER, LIST)
    )
    followers = await streams.following(people, homes) if homes else {}
    listing = await streams.listing(people, lists) if lists else {}
    known = await posts.by_ids(gone)
    for status_id, actor_id in gone.items():
        at_home = {actor_id} | followers.get(actor_id, set())
        found = [Channel(LIST, str(each)) for each in listing.get(actor_id, ())]
        post = known.get(status_id)
        if post is not None and post.visibility is Visibility.PUBLIC:
            found += [each for each in channels if _had(each, hashtags)]
            if hashtags and homes:
                at_home |= await streams.following_hashtags(hashtags, homes)
        found += [Channel(USER, str(each)) for each in at_home]
        _say(instance, found, Message(DELETE, str(status_id)))


def _had(channel: Channel, hashtags: Collection[str]) -> bool:
    """Whether a public post with these hashtags may have come by this stream."""
    if channel.name in (HASHTAG, HASHTAG_LOCAL):
        return channel.key in hashtags
    return channel.name in PUBLIC


def _say(instance: Instance, channels: Iterable[Channel], message: Message) -> None:
    for channel in channels:
        for connection, label in tuple(instance.streams.listening(channel).items()):
            connection.tell(message, label)
