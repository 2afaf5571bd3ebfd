"""A remote post becomes a row: wanted or not, stored once, shown and told; edited later.

Whether its author may say it was decided before, by `handlers/create.py` or `fetching.py`. No
network here: parents that are missing become a `fetch_thread` job.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from actors.activitystreams import not_after
from actors.handles import is_ours
from federation import vocabulary as v
from federation import webfinger
from feeds import fanout, notifications
from inbox import consent, meant, measuring
from instance import hints
from instance.errors import Invalid
from instance.hints import Kind
from instance.resources import Instance
from posts import cards
from posts.activitystreams import edited, named_uris, post_from_note
from posts.polls import has_same_answers
from posts.visibility import WIDE
from storage import actors, polls, posts, relations, streams
from storage.records import Actor, Post, QuoteState, Revision

FETCH_THREAD = "fetch_thread"
SETTLE_QUOTE = "settle_quote"
LOOK_FOR_CONVERSATION = "look_for_conversation"
LOOK_FOR_CONVERSATION_AFTER = timedelta(minutes=1)


async def people_named(instance: Instance, note: v.Note, author: Actor) -> dict[str, Actor]:
    """The actors we know among those a note names, by what the note calls them (E82)."""
    # The author's followers are no actor: most posts name nobody, and cost no query here.
    uris = [uri for uri in named_uris(note) if uri != author.followers_url]
    people: dict[str, Actor] = dict(await actors.by_uris(uris))
    mentioned = {tag.href for tag in note.mentions}
    for uri in uris:
        found = people.get(uri)
        if found is None and instance.addresses.is_ours(uri):
            found = await meant.local_person(instance, uri)
        elif found is None and uri in mentioned:
            found = await actors.find_by_url(uri)
        if found is not None:
            people[uri] = found
    for tag in note.mentions:
        if tag.href is None and (found := await _by_name(instance, tag.name)) is not None:
            people[tag.name.removeprefix("@").lower()] = found
    return people


async def _by_name(instance: Instance, name: str) -> Actor | None:
    handle = webfinger.parse_handle(name)
    if handle is None:
        return None
    host = None if is_ours(instance, handle) else handle.host
    return await actors.find_by_handle(handle.username, host)


async def is_wanted(
    instance: Instance, note: v.Note, author: Actor, people: Mapping[str, Actor]
) -> bool:
    """Whether anybody here would see the note (SG-32): a follower, somebody named, a thread."""
    if await relations.has_local_followers(author.id):
        return True
    blockers = await relations.blocked_by_ids(author.id)
    if any(each.is_local and each.id not in blockers for each in people.values()):
        return True
    if note.in_reply_to is None:
        return False
    return await meant.living_post(instance, note.in_reply_to) is not None


async def store(
    instance: Instance,
    note: v.Note,
    author: Actor,
    people: Mapping[str, Actor],
    *,
    follows_quotes: bool = True,
) -> Post | None:
    """Insert a note of `author`, or return what is there.

    None when it was deleted before, or when who is answered does not let it (`consent.why_not`).
    Safe against a second arrival at the same moment (E111, FL-17). Raises `Invalid`.
    """
    now = instance.now()
    async with instance.store.transaction():
        undone = meant.undone_key(author, note.id)
        obstacles = await posts.obstacles(note.id, tombstone=undone)
        if "tombstone" in obstacles:
            return None  # E109, FL-5, SG-23
        if "actor" in obstacles:
            raise Invalid("This id belongs to an actor.")  # OR-30
        parent = await meant.living_post(instance, note.in_reply_to) if note.in_reply_to else None
        post = post_from_note(
            note,
            id=instance.ids.at(not_after(note.published, now)),
            author=author,
            now=now,
            people=people,
            parent=parent,
        )
        post = await _named_to_strangers(post)
        if author.host in instance.settings.feeds.bubble:
            post = replace(post, in_bubble=True)
        placed = await consent.place(post, parent, author)
        if placed.post is None:
            return None
        post = placed.post
        if not await posts.insert(post):
            return await _there_already(note, author)
        await posts.adopt_replies(post)
        await consent.adopted(instance, post)
        await consent.settle(instance, placed, parent, author)
        if follows_quotes:
            await enqueue_quote(instance, post)
    return post


async def _named_to_strangers(post: Post) -> Post:
    """The post as one that names those who would not find it at home: who do not follow (B37)."""
    silent = [each.actor_id for each in post.mentions if each.is_silent and each.actor_id]
    if not silent:
        return post
    following = await streams.following([post.actor_id], silent)
    at_home = following.get(post.actor_id, set())
    mentions = (
        replace(each, is_silent=each.is_silent and each.actor_id in at_home)
        for each in post.mentions
    )
    return replace(post, mentions=tuple(mentions))


async def _there_already(note: v.Note, author: Actor) -> Post | None:
    known = await posts.find_by_uri(note.id)
    if known is None or known.deleted_at is not None:
        return None
    if known.actor_id != author.id:
        raise Invalid("This post belongs to another author.")
    return known


async def show(instance: Instance, post: Post, author: Actor) -> None:
    """Put a new post into feeds, tell who is concerned, look for its parents; in a transaction.

    One that is held is shown to nobody yet.
    """
    if post.held is not None:
        return
    await fanout.distribute(instance, post, author)
    await notifications.tell_about_post(instance, post)
    await measuring.enqueue(instance, post)
    await cards.enqueue(instance, post)
    if post.in_reply_to_uri is not None and post.in_reply_to_id is None:
        await enqueue_thread(instance, post.in_reply_to_uri, depth=1)
    if post.in_reply_to_uri is not None and post.visibility in WIDE and _names_one_of_us(post):
        await _look_for_conversation(instance, post)


def _names_one_of_us(post: Post) -> bool:
    return any(each.actor_id is not None and "@" not in each.handle for each in post.mentions)


async def _look_for_conversation(instance: Instance, post: Post) -> None:
    """Queue the search for the rest of a conversation in which somebody here takes part."""
    name, now = hashlib.sha256((post.conversation or post.uri).encode()).hexdigest(), instance.now()
    await instance.queue.enqueue(
        LOOK_FOR_CONVERSATION,
        {"post_id": post.id},
        now=now,
        due_at=now + LOOK_FOR_CONVERSATION_AFTER,  # many answers are one search
        unique_key=f"rest of {name}",
    )


async def enqueue_quote(instance: Instance, post: Post) -> None:
    """Queue the look at what a post quotes, as long as nobody has decided whether it is shown."""
    if post.quote_uri is None or post.quote_state is not QuoteState.PENDING:
        return
    await instance.queue.enqueue(
        SETTLE_QUOTE,
        {"post_id": post.id},
        now=instance.now(),
        unique_key=f"{SETTLE_QUOTE}:{post.id}",
    )


async def enqueue_thread(instance: Instance, uri: str, *, depth: int) -> None:
    """Queue the fetch of what a post answers; `depth` counts how far up we are (RX-11)."""
    if instance.addresses.is_ours(uri):
        return
    name = hashlib.sha256(uri.encode()).hexdigest()
    await instance.queue.enqueue(
        FETCH_THREAD,
        {"uri": uri, "depth": depth},
        now=instance.now(),
        unique_key=f"thread:{name}",
    )


async def edit(instance: Instance, known: Post, note: v.Note, author: Actor) -> str:
    """Apply a newer version of a post; returns what became of it, as a reason (E105).

    Only a newer `updated` changes the text (FL-10); without it at most a poll is counted again.
    """
    people, now = await people_named(instance, note, author), instance.now()
    async with instance.store.transaction():
        locked = await posts.find_locked(known.id)
        if locked is None or locked.deleted_at is not None:
            return "the post was deleted"
        known = locked
        read = post_from_note(note, id=known.id, author=author, now=now, people=people)
        fresh = await _named_to_strangers(edited(known, read))
        latest = known.edited_at or known.created_at
        if fresh.edited_at is None or fresh.edited_at <= latest:
            return await _take_stamps(instance, known, fresh) or await _count_poll(known, fresh)
        await posts.insert_revision(
            Revision(
                id=instance.ids.new(),
                post_id=known.id,
                content=known.content,
                source=known.source,
                summary=known.summary,
                is_sensitive=known.is_sensitive,
                attachments=known.attachments,
                created_at=latest,
            )
        )
        await posts.save(fresh)
        await _look_at_stamps(instance, fresh)
        if known.poll is not None and not has_same_answers(known.poll, fresh.poll):
            await polls.remove_of_post(known.id)  # E107
        await measuring.enqueue(instance, fresh)
        await cards.enqueue(instance, fresh, was=known)
        await notifications.tell_of_edit(instance, fresh)
        await notifications.tell_about_post(instance, fresh)
        hints.give(instance, Kind.EDITED, fresh.id)
    return "edited"


async def _take_stamps(instance: Instance, known: Post, fresh: Post) -> str:
    """An Update without a newer `updated` may bring approvals, as Mastodon sends them; '' if not.

    What is quoted does not change by it.
    """
    if fresh.quote_uri != known.quote_uri:
        return ""
    changed = replace(
        known,
        approval_uri=fresh.approval_uri,
        quote_approval_uri=fresh.quote_approval_uri,
        policy=fresh.policy,
    )
    if changed == known:
        return ""
    await posts.save(changed)
    await _look_at_stamps(instance, changed)
    return "its approvals were read again"


async def _look_at_stamps(instance: Instance, post: Post) -> None:
    await enqueue_quote(instance, post)
    if post.held is not None:
        await consent.verify_later(instance, post)


async def _count_poll(known: Post, fresh: Post) -> str:
    """An Update without a newer `updated` may bring new counts of the same answers (E133)."""
    if known.poll is None or fresh.poll is None:
        return "not newer than what is here"
    if not has_same_answers(known.poll, fresh.poll):
        return "not newer than what is here, and its answers differ"  # OR-26
    await polls.save(known.id, replace(fresh.poll, is_closed=known.poll.is_closed))
    return "the poll was counted again"
