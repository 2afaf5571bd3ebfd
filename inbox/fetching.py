"""Fetches remote posts, what they answer, and pinned posts; all of it bounded, as jobs.

A post is believed only from its own id, and only when its author is of that host (OR-2 to OR-6).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urldefrag

from actors import errands, identity, remote
from federation import origin, parsing
from federation import vocabulary as v
from federation.client import Signer
from inbox import arrivals, consent, meant, policing
from instance.errors import (
    Gone,
    Invalid,
    NotFound,
    RemoteFailure,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnreachable,
)
from instance.resources import Instance
from posts import burying
from posts.visibility import WIDE
from storage import actors, interactions, posts
from storage.records import Actor, Interaction, InteractionKind, Post, RowId

ANCESTORS_MAX = 50
FEATURED_MAX = 10
COLLECTION_ITEMS_MAX = 200
COLLECTION_PAGES_MAX = 10
TRIES_MAX = 3
TRY_AGAIN_AFTER = timedelta(minutes=10)
POLL_LOOKED_AT_S = 60

_GONE = 410


# ---------------------------------------------------------------- one post


async def fetch_post(
    instance: Instance, uri: str, *, signer: Signer | None = None, follows_quotes: bool = True
) -> Post | None:
    """The post with this id, from our rows or from its origin; None when it is deleted.

    Network. Raises `RemoteFailure`, and `NotFound` for an address of ours without a post.
    """
    if instance.addresses.is_ours(uri):
        return await meant.living_post(instance, uri)  # SF-13: we do not ask ourselves
    known = await posts.find_by_uri(uri)
    if known is not None:
        return known if known.deleted_at is None else None
    note = await fetch_note(instance, uri, signer=signer)
    return await keep(instance, note, follows_quotes=follows_quotes)


async def keep(instance: Instance, note: v.Note, *, follows_quotes: bool = True) -> Post | None:
    """Store a note that its own origin gave us; None when it was deleted before.

    Network, when its author is not known. Raises `RemoteFailure`.
    """
    author = await remote.find_or_fetch(instance, note.attributed_to)
    if author.uri != note.attributed_to:
        raise RemoteNonsense("The author of the post has another id.")
    note = await policing.fetched(instance, note, author)
    await consent.verify_note(instance, note, author)
    try:
        people = await arrivals.people_named(instance, note, author)
        async with instance.store.transaction():
            await meant.one_by_one(instance, author.uri)
            return await arrivals.store(
                instance, note, author, people, follows_quotes=follows_quotes
            )
    except Invalid as wrong:
        raise RemoteNonsense(wrong.public, detail=wrong.detail) from wrong


async def fetch_note(instance: Instance, uri: str, *, signer: Signer | None = None) -> v.Note:
    """What the origin of a post says it is; raises `RemoteFailure`."""
    signer = signer or await identity.instance_signer(instance)
    note, final_url = await _get_note(instance, uri, signer)
    if not remote.is_at(note.id, final_url) and origin.same_origin(note.id, final_url):
        # E27: a page or an alias on the same host; its id has the last word, asked once.
        note, final_url = await _get_note(instance, note.id, signer)
    if not remote.is_at(note.id, final_url):
        raise RemoteNonsense("The post has another id than its address.")  # OR-4, OR-6
    if not origin.same_origin(note.attributed_to, note.id):
        raise RemoteNonsense("The post is attributed to another host.")  # OR-2
    return note


async def _get_note(instance: Instance, url: str, signer: Signer) -> tuple[v.Note, str]:
    address = urldefrag(url).url
    if instance.addresses.is_ours(address):
        raise RemoteNonsense("A document of another server claims to be ours.")  # OR-21
    document, final_url = await instance.http.get_document(address, signer)
    if instance.addresses.is_ours(final_url):
        raise RemoteNonsense("The address leads back to us.")
    try:
        found = parsing.parse_object(document)
    except Invalid as wrong:
        raise RemoteNonsense(f"Not a post: {wrong.public}", detail=wrong.detail) from wrong
    if isinstance(found, v.Tombstone):
        raise Gone("The post was deleted.")
    if isinstance(found, v.Create) and isinstance(found.object, v.Note):
        found = found.object  # FEP-f228: a context of activities; the post's id has the last word
    if not isinstance(found, v.Note):
        raise RemoteNonsense("The address holds something, but not a post.")
    return found, final_url


async def enqueue_refresh(instance: Instance, post: Post) -> None:
    """Queue the reading of a post as its origin has it now; once, however often it is asked for."""
    await instance.queue.enqueue(
        "refresh_post",
        {"post_id": post.id},
        now=instance.now(),
        unique_key=f"refresh_post:{post.id}",
        host=origin.host_of(post.uri),
    )


async def look_at_poll(instance: Instance, post_id: RowId) -> None:
    """Have a poll of another server counted as it stands there, once a minute at most.

    Its server tells those who voted and who follow its author alone. What is not for everybody is
    not asked for: nobody would be answered.
    """
    post = await posts.find(post_id)
    if post is None or post.is_local or post.poll is None or post.visibility not in WIDE:
        return
    if await instance.cache.count(f"poll {post.id}", POLL_LOOKED_AT_S, instance.now()) == 1:
        await enqueue_refresh(instance, post)


async def refresh_post(instance: Instance, payload: dict[str, object]) -> None:
    """Job `refresh_post`: read a remote post again and apply what is newer."""
    post = await posts.find(RowId(int(str(payload["post_id"]))))
    author = await actors.find(post.actor_id) if post is not None else None
    if post is None or author is None or author.is_local or post.deleted_at is not None:
        return
    try:
        note = await fetch_note(instance, post.uri)
    except (Gone, RemoteRefused) as failure:
        if isinstance(failure, RemoteRefused) and failure.status != _GONE:
            raise
        await burying.bury(instance, post)  # its origin says so
        return
    if note.id == post.uri and note.attributed_to == author.uri:
        note = await policing.fetched(instance, note, author)
        await arrivals.edit(instance, post, note, author)


# ---------------------------------------------------------------- threads


async def fetch_thread(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_thread`: fetch one post that was answered, and queue what it answers itself.

    At most `ANCESTORS_MAX` upwards (RX-11); a post that is here already ends it, so circles end
    too (RX-21).
    """
    uri, depth = str(payload["uri"]), int(str(payload.get("depth", 1)))
    if (known := await posts.find_by_uri(uri)) is not None:
        await posts.adopt_replies(known)  # it may have come at the same moment as its answer
        return
    if depth > ANCESTORS_MAX:
        return
    try:
        post = await fetch_post(instance, uri)
    except RemoteUnreachable:
        await try_again(instance, arrivals.FETCH_THREAD, payload)
        return
    except (RemoteFailure, NotFound):
        return  # The thread stays without its beginning.
    if post is not None and post.in_reply_to_uri and post.in_reply_to_id is None:
        await arrivals.enqueue_thread(instance, post.in_reply_to_uri, depth=depth + 1)


async def try_again(instance: Instance, kind: str, payload: dict[str, object]) -> None:
    """Queue a job once more, later; a few times only: nobody waits for it for a week."""
    tries = int(str(payload.get("tries", 1)))
    if tries < TRIES_MAX:
        now = instance.now()
        await instance.queue.enqueue(
            kind, {**payload, "tries": tries + 1}, now=now, due_at=now + tries * TRY_AGAIN_AFTER
        )


# ---------------------------------------------------------------- collections


async def enqueue_featured(instance: Instance, actor: Actor) -> None:
    """Queue the reading of an actor's pinned posts (consequence 14)."""
    await errands.enqueue(instance, "fetch_featured", actor)


async def fetch_featured(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_featured`: make our pins of a remote actor those of its featured collection."""
    actor = await errands.actor_of(payload)
    if actor is None or not actor.featured_url:
        return
    if not origin.same_origin(actor.featured_url, actor.uri):
        return
    uris = await collection_ids(instance, actor.featured_url, items_max=FEATURED_MAX)
    pinned: list[Post] = []
    for uri in uris:
        if not origin.same_origin(uri, actor.uri):
            continue
        try:
            post = await fetch_post(instance, uri)
        except (RemoteFailure, NotFound):
            continue
        if post is not None and post.actor_id == actor.id:
            pinned.append(post)
    await _save_pins(instance, actor, pinned)


async def _save_pins(instance: Instance, actor: Actor, pinned: list[Post]) -> None:
    async with instance.store.transaction():
        for gone in await interactions.pinned_of(actor.id):
            if gone.id not in {post.id for post in pinned}:
                await interactions.remove_interaction(InteractionKind.PIN, actor.id, gone.id)
        # The first of the collection is pinned last, so that it is shown first.
        for post in reversed(pinned):
            pin = Interaction(
                instance.ids.new(), InteractionKind.PIN, actor.id, post.id, "", instance.now()
            )
            await interactions.insert_interaction(pin)


@dataclass(frozen=True, slots=True)
class Page:
    """What one request for a collection brought, and whether there is more."""

    items: tuple[v.Document | str, ...]
    url: str
    has_more: bool


async def pages(instance: Instance, url: str, signer: Signer) -> AsyncIterator[Page]:
    """Read a collection page after page, on one host; a page for each request (RX-10: 10)."""
    seen: set[str] = set()
    next_url: str | None = url
    while next_url and next_url not in seen and len(seen) < COLLECTION_PAGES_MAX:
        seen.add(next_url)
        page, final_url = await _get_collection(instance, next_url, signer)
        if isinstance(page.first, v.Collection):
            next_url, items = page.first.next, (*page.items, *page.first.items)
        else:
            next_url, items = page.next or page.first, page.items
        if page.total == 0 or (next_url and not origin.same_origin(next_url, url)):
            next_url = None
        yield Page(items, final_url, has_more=next_url is not None and next_url not in seen)


async def collection_ids(
    instance: Instance, url: str, *, items_max: int = COLLECTION_ITEMS_MAX
) -> list[str]:
    """Ids in a collection, at most 200 (RX-10)."""
    signer = await identity.instance_signer(instance)
    found: dict[str, None] = {}
    async for page in pages(instance, url, signer):
        for item in page.items:
            uri = item if isinstance(item, str) else item.get("id")
            if isinstance(uri, str):
                found[uri] = None
        if len(found) >= items_max:
            break
    return list(found)[:items_max]


async def _get_collection(instance: Instance, url: str, signer: Signer) -> tuple[v.Collection, str]:
    document, final_url = await instance.http.get_document(urldefrag(url).url, signer)
    try:
        found = parsing.parse_object(document)
    except Invalid as wrong:
        raise RemoteNonsense(f"Not a collection: {wrong.public}") from wrong
    if isinstance(found, v.Note) and found.replies == url and found.listed_replies is not None:
        return found.listed_replies, final_url  # Hollo names `replies` by a fragment of the note
    if not isinstance(found, v.Collection):
        raise RemoteNonsense("The address holds something, but not a collection.")
    return found, final_url
