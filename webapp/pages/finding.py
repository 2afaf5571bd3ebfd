"""The words of an address or search box -> the actor or post they name."""

import asyncio
from dataclasses import dataclass, field

from actors import handles, identity, remote
from federation import webfinger
from federation.webfinger import Handle
from inbox import backfilling, fetching
from instance.errors import Failure, Gone, NotFound, RemoteUnreachable
from instance.resources import Instance
from moderation import limits
from storage import actors, posts
from storage.records import Actor, Post, RowId
from webapp import paging
from webapp.pages.visit import Visit

QUERY_LETTERS_MAX = 500
_NO_ANSWER = "The other server does not answer. Try again later."


@dataclass(frozen=True, slots=True)
class Found:
    """Whom and what a search box named, and why not, in our words."""

    actors: list[Actor] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    error: str = ""


def handle_in_path(instance: Instance, text: str) -> Handle:
    """Return the handle in `/@name` or `/@name@host`; our own host may stand there too."""
    domain = instance.settings.handles_at
    handle = webfinger.parse_handle(text if "@" in text else f"{text}@{domain}")
    if handle is None:
        raise NotFound("There is nobody of this name here.")
    return handle


async def known_actor(instance: Instance, text: str) -> Actor:
    """Return the actor of a path as far as we know them; no network. NotFound, or Gone."""
    handle = handle_in_path(instance, text)
    host = None if handles.is_ours(instance, handle) else handle.host
    found = await actors.find_by_handle(handle.username, host)
    if found is None:
        raise NotFound("There is nobody of this name here.")
    return _living(found)


async def actor_of_page(visit: Visit, text: str) -> Actor:
    """Return the actor of a profile page.

    Somebody elsewhere whom we have not met is looked up there, for people who are logged in alone:
    strangers cannot make this server ask others.
    """
    try:
        return await _looked_at(visit, await known_actor(visit.instance, text))
    except Gone:
        raise
    except NotFound:
        if visit.viewer is None or "@" not in text:
            raise
    handle = handle_in_path(visit.instance, text)
    await allow_asking(visit)
    return await _looked_at(visit, _living(await remote.by_handle(visit.instance, handle)))


async def _looked_at(visit: Visit, actor: Actor) -> Actor:
    """What is old of somebody elsewhere is asked anew, by jobs, for people who are logged in."""
    if visit.viewer is not None and not actor.is_local:
        await remote.refresh_later(visit.instance, actor)
        await backfilling.look_later(visit.instance, actor)
    return actor


async def allow_asking(visit: Visit) -> None:
    """Nobody makes this server ask others without end."""
    await limits.allow_look_up(visit.instance, visit.me.actor.id, address=visit.address)


def post_id(text: str) -> RowId:
    """Return the id in the path of a post; NotFound when it is none."""
    found = paging.row_id(text)
    if found is None:
        raise NotFound("There is no post at this address, or it is not for you.")
    return RowId(found)


def is_name_or_link(text: str) -> bool:
    """Whether a search box holds a handle or a link, not words."""
    is_one_word = len(text.split()) == 1
    is_handle = "@" in text[1:] and webfinger.parse_handle(text) is not None
    return is_one_word and (is_handle or text.startswith(("http://", "https://")))


async def look_up(visit: Visit, text: str) -> Found:
    """Find what a handle or link names, on its own server if need be (bounded to 10 s there)."""
    known = await _known_post(visit.instance, text)
    if known is not None:
        return Found(posts=[known])
    if visit.viewer is None:
        return await _look_up_here(visit.instance, text)
    await allow_asking(visit)
    try:
        async with asyncio.timeout(remote.ASKED_TIMEOUT_S):
            return await _ask(visit.instance, visit.viewer.actor, text)
    except TimeoutError:
        return Found(error=_NO_ANSWER)


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


def _living(actor: Actor) -> Actor:
    if actor.deleted_at is not None:
        raise Gone("This account was deleted.")
    if actor.suspended_at is not None:
        raise NotFound("There is nobody of this name here.")
    return actor
