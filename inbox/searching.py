"""A search for everything: people, hashtags and posts by words, or what a link or handle names.

What is named is looked up on its own server, for people who are logged in alone and within limits:
strangers cannot make this server ask others (SF-9). Public pages and apps ask the same.
"""

import asyncio
from dataclasses import dataclass, field

from actors import handles, identity, remote
from actors.text import fold_hashtag, is_hashtag
from federation import webfinger
from federation.webfinger import Handle
from inbox import fetching
from instance.errors import Failure, Gone, NotFound, RemoteUnreachable
from instance.resources import Instance
from moderation import limits
from posts import search
from storage import actors, discovery, posts, trends, uses
from storage.discovery import Sought
from storage.records import Actor, Page, Post, RowId
from storage.trends import Trend

NAME_LETTERS_MAX = 100
NO_ANSWER = "The other server does not answer. Try again later."


@dataclass(frozen=True, slots=True)
class Found:
    """Whom and what a search found, and why not, in our words."""

    actors: list[Actor] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    hashtags: list[str] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is for: `kinds` of accounts, hashtags, statuses; `account_id` by whom."""

    text: str
    kinds: frozenset[str] = frozenset({"accounts", "hashtags", "statuses"})
    page: Page = field(default_factory=Page)
    offset: int = 0
    looks_elsewhere: bool = False
    only_followed: bool = False
    only_reviewed: bool = False
    account_id: RowId | None = None


async def find(instance: Instance, wanted: Wanted, viewer: Actor | None, address: str) -> Found:
    """B100: what is wanted; raises `Invalid` for a search that cannot be (`posts/queries.py`)."""
    text = wanted.text.strip()
    if not text:
        return Found()
    if is_name_or_link(text):
        who_asks = viewer if wanted.looks_elsewhere else None
        named = await look_up(instance, text, who_asks, address)
        if "://" in text or named.actors:
            return _wanted_of(named, wanted.kinds)
    people, tags, found = list[Actor](), list[str](), list[Post]()
    if "accounts" in wanted.kinds and not text.startswith("#"):
        people = await find_people(wanted, viewer)
    if "hashtags" in wanted.kinds and not text.startswith("@"):
        tags = await _find_hashtags(wanted)
    if "statuses" in wanted.kinds and not text.startswith("@"):
        found = await search.find_posts(
            instance,
            text,
            viewer,
            wanted.page,
            offset=wanted.offset,
            author_id=wanted.account_id,
        )
    return Found(people, found, tags)


def _wanted_of(found: Found, kinds: frozenset[str]) -> Found:
    people = found.actors if "accounts" in kinds else []
    return Found(people, found.posts if "statuses" in kinds else [], error=found.error)


async def find_people(wanted: Wanted, viewer: Actor | None) -> list[Actor]:
    """People by the beginning of their handle, their name or a word in it."""
    text = wanted.text.strip().removeprefix("@").lower()[:NAME_LETTERS_MAX]
    name, _, host = text.partition("@")
    if not name:
        return []
    return await discovery.people_named(
        Sought(name, host),
        viewer.id if viewer is not None else 0,
        only_followed=wanted.only_followed,
        page=wanted.page,
        offset=wanted.offset,
    )


async def _find_hashtags(wanted: Wanted) -> list[str]:
    """The hashtag of this name, and others that begin so; only what public posts have (PV-17)."""
    text = wanted.text.strip().removeprefix("#")
    if not is_hashtag(text):
        return []
    name, most = fold_hashtag(text), wanted.offset + wanted.page.limit
    exact = [name] if await uses.is_public(name) else []
    names = list(dict.fromkeys([*exact, *await uses.beginning_with(name, most)]))
    if wanted.only_reviewed:
        allowed = await trends.allowed_among(Trend.HASHTAG, names)
        names = [each for each in names if each in allowed]
    return names[wanted.offset : most]


# ---------------------------------------------------------------- handles and links


def is_name_or_link(text: str) -> bool:
    """Whether a search box holds a handle or a link, not words."""
    is_one_word = len(text.split()) == 1
    is_handle = "@" in text[1:] and webfinger.parse_handle(text) is not None
    return is_one_word and (is_handle or text.startswith(("http://", "https://")))


def handle_in_path(instance: Instance, text: str) -> Handle:
    """Return the handle in `/@name` or `/@name@host`; our own host may stand there too."""
    domain = instance.settings.handles_at
    handle = webfinger.parse_handle(text if "@" in text else f"{text}@{domain}")
    if handle is None:
        raise NotFound("There is nobody of this name here.")
    return handle


async def known_actor(instance: Instance, text: str) -> Actor:
    """Return the actor of a handle as far as we know them; no network. NotFound, or Gone."""
    handle = handle_in_path(instance, text)
    host = None if handles.is_ours(instance, handle) else handle.host
    found = await actors.find_by_handle(handle.username, host)
    if found is None:
        raise NotFound("There is nobody of this name here.")
    return living(found)


def living(actor: Actor) -> Actor:
    """Return the actor; Gone or NotFound for who is not here any more."""
    if actor.deleted_at is not None:
        raise Gone("This account was deleted.")
    if actor.suspended_at is not None:
        raise NotFound("There is nobody of this name here.")
    return actor


async def look_up(instance: Instance, text: str, viewer: Actor | None, address: str) -> Found:
    """Find what a handle or link names, on its own server if need be (bounded to 10 s there)."""
    known = await _known_post(instance, text)
    if known is not None:
        return Found(posts=[known])
    if viewer is None:
        return await _look_up_here(instance, text)
    await limits.allow_look_up(instance, viewer.id, address=address)
    try:
        async with asyncio.timeout(remote.ASKED_TIMEOUT_S):
            return await _ask(instance, viewer, text)
    except TimeoutError:
        return Found(error=NO_ANSWER)


async def _ask(instance: Instance, viewer: Actor, text: str) -> Found:
    """Ask the other server: for somebody first, then, of a link, for a post."""
    try:
        return Found(actors=[await remote.resolve(instance, text)])
    except RemoteUnreachable as failure:
        return Found(error=failure.public)
    except Failure as failure:
        if "://" not in text:
            return Found(error=failure.public)
    try:
        signer = await identity.signer(instance, viewer.id)
        post = await fetching.fetch_post(instance, text, signer=signer)
    except Failure as failure:
        return Found(error=f"There is no person and no post behind this link. {failure.public}")
    return Found(posts=[post] if post else [])


async def _look_up_here(instance: Instance, text: str) -> Found:
    handle = webfinger.parse_handle(text)
    try:
        if handle is not None:
            return Found(actors=[await known_actor(instance, str(handle))])
    except NotFound:
        return Found()
    by_url = await actors.find_by_uri(text) or await actors.find_by_url(text)
    return Found(actors=[by_url] if by_url else [])


async def _known_post(instance: Instance, text: str) -> Post | None:
    own = instance.addresses.post_id(text)
    if own is not None:
        return await posts.find(RowId(own))
    return await posts.find_by_uri(text) or await posts.find_by_url(text)
