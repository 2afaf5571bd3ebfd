"""The words of an address or search box -> the actor or post they name."""

from actors import remote
from inbox import backfilling, searching
from inbox.searching import Found as Found
from inbox.searching import handle_in_path as handle_in_path
from inbox.searching import is_name_or_link as is_name_or_link
from inbox.searching import known_actor as known_actor
from instance.errors import Gone, NotFound
from moderation import limits
from storage.records import Actor, RowId
from webapp import paging
from webapp.pages.visit import Visit

QUERY_LETTERS_MAX = 500


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
    return await _looked_at(visit, searching.living(await remote.by_handle(visit.instance, handle)))


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
    return paging.named_row(text, "There is no post at this address, or it is not for you.")


async def look_up(visit: Visit, text: str) -> Found:
    """Find what a handle or link names, on its own server if need be."""
    return await searching.look_up(visit.instance, text, visit.reader, visit.address)
