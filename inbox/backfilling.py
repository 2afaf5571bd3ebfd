"""Fills the profile of somebody elsewhere: the last posts, pins, numbers, whom they know.

By jobs, once a day at most, when a person who is logged in looks, or follows; never for strangers
and crawlers (E139). What is fetched so is shown on the profile: no feed and nobody hears of it.
"""

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import Literal, TypeAlias

from actors import counting, errands, identity, remote
from federation import addressing, origin, parsing
from federation import vocabulary as v
from inbox import arrivals, fetching, meant, policing
from instance.errors import Failure, Invalid, RemoteFailure
from instance.resources import Instance
from posts.visibility import WIDE
from storage import actors
from storage.records import Actor, Post

FETCH_POSTS = "fetch_posts"
FETCH_PEOPLE = "fetch_people"

READ_FOR = timedelta(days=1)
POSTS_MAX = 40
POSTS_BY_ID_MAX = 20
"""Of an outbox that names its posts without showing them: each costs a request."""
OUTBOX_PAGES_MAX = 3
PEOPLE_LISTED_MAX = 200
PEOPLE_FETCHED_MAX = 20
"""Strangers on a list whose own servers are asked who they are."""
PEOPLE_TIMEOUT_S = 60

Which: TypeAlias = Literal["followers", "following"]


async def look_later(instance: Instance, actor: Actor) -> None:
    """Queue what a profile lacks, unless that was done today."""
    if actor.is_local:
        return
    await counting.count_later(instance, actor)
    if await _is_due(instance, f"posts read {actor.id}"):
        await errands.enqueue(instance, FETCH_POSTS, actor)
        if actor.featured_url is not None:
            await fetching.enqueue_featured(instance, actor)


async def _is_due(instance: Instance, key: str) -> bool:
    if await instance.cache.get(key) is not None:
        return False
    await instance.cache.set(key, b"1", READ_FOR.total_seconds())
    return True


async def _remote_actor(payload: dict[str, object]) -> Actor | None:
    actor = await errands.actor_of(payload)
    return actor if actor is not None and actor.suspended_at is None else None


# ---------------------------------------------------------------- posts


async def fetch_posts(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_posts`: keep the last public posts of an outbox, newest first; bounded.

    Once: who does not answer is asked at a look on another day, and not for a week.
    """
    actor = await _remote_actor(payload)
    if actor is not None and _is_own(actor.outbox_url, actor):
        with suppress(RemoteFailure):
            await _read_outbox(instance, actor)


async def _read_outbox(instance: Instance, actor: Actor) -> None:
    signer = await identity.instance_signer(instance)
    seen = asked = pages_read = 0
    async for page in fetching.pages(instance, str(actor.outbox_url), signer):
        pages_read += 1
        is_theirs = origin.same_origin(page.url, actor.uri)
        for item in page.items[: POSTS_MAX - seen] if is_theirs else ():
            seen += 1
            note = _note(item, actor)
            if isinstance(note, str):
                asked += 1
                if asked <= POSTS_BY_ID_MAX:
                    with suppress(Failure):
                        await fetching.fetch_post(instance, note)
            elif note is not None:
                await _keep(instance, note, actor)
        if seen >= POSTS_MAX or pages_read >= OUTBOX_PAGES_MAX or not is_theirs:
            return


def _is_own(url: str | None, actor: Actor) -> bool:
    return url is not None and origin.same_origin(url, actor.uri)


def _note(item: v.Document | str, actor: Actor) -> v.Note | str | None:
    """The post that an item of an outbox tells of, its id where it is not shown; else None.

    What the actor's own host shows there is believed of this actor alone (FEP-fe34): a post of
    another host is not, and what somebody else is said to have written is not.
    """
    if isinstance(item, str):
        return None  # the id of an activity, which may be anything
    try:
        found = parsing.parse_object(item)
    except Invalid:
        return None
    if isinstance(found, v.Create):
        note = found.object if found.actor == actor.uri else None
    else:
        note = found if isinstance(found, v.Note) else None
    if isinstance(note, v.Note):
        is_theirs = note.attributed_to == actor.uri and origin.same_origin(note.id, actor.uri)
        return note if is_theirs else None
    return note if note is not None and origin.same_origin(note, actor.uri) else None


async def _keep(instance: Instance, note: v.Note, author: Actor) -> Post | None:
    """Store a post that everybody may see; it is told to nobody."""
    with suppress(Invalid, RemoteFailure):
        note = await policing.fetched(instance, note, author)
        people = await arrivals.people_named(instance, note, author)
        if addressing.visibility(note.to, note.cc, author.followers_url) not in WIDE:
            return None
        async with instance.store.transaction():
            await meant.one_by_one(instance, author.uri)
            return await arrivals.store(instance, note, author, people)
    return None


# ---------------------------------------------------------------- whom they know


async def people(instance: Instance, actor: Actor, which: Which) -> list[Actor]:
    """Who is on the list of somebody elsewhere, as far as we know them; asks for it, if it is due.

    The list was given by their own server, bounded, and is kept for a day.
    """
    held = await instance.cache.get(_people_key(actor, which))
    if held is None:
        if await _is_due(instance, f"{which} asked {actor.id}"):
            await errands.enqueue(instance, FETCH_PEOPLE, actor, which=which)
        return []
    uris = [str(uri) for uri in json.loads(held)]
    found = await actors.by_uris(uris)
    return [found[uri] for uri in uris if uri in found]


async def fetch_people(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_people`: read the start of a follow list, and who some strangers on it are."""
    actor = await _remote_actor(payload)
    which: Which = "followers" if payload["which"] == "followers" else "following"
    if actor is None:
        return
    url = actor.followers_url if which == "followers" else actor.following_url
    if url is None or not _is_own(url, actor):
        return
    try:
        uris = await fetching.collection_ids(instance, url, items_max=PEOPLE_LISTED_MAX)
    except RemoteFailure:
        return
    await instance.cache.set(
        _people_key(actor, which), json.dumps(uris).encode(), READ_FOR.total_seconds()
    )
    known = await actors.by_uris(uris)
    strangers = [uri for uri in uris if uri not in known and not instance.addresses.is_ours(uri)]
    with suppress(TimeoutError):
        async with asyncio.timeout(PEOPLE_TIMEOUT_S):
            for uri in strangers[:PEOPLE_FETCHED_MAX]:
                with suppress(Failure):
                    await remote.find_or_fetch(instance, uri)


def _people_key(actor: Actor, which: Which) -> str:
    return f"{which} of {actor.id}"
