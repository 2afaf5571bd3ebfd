"""Finds out who is named in a text: asks other servers, within limits, before anything is written.

A server that does not answer costs its mention and nothing else: the handle stays plain text.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from actors import handles as written
from actors import remote
from federation.webfinger import Handle
from instance.errors import Failure
from instance.resources import Instance
from moderation import limits
from posts.activitystreams import MENTIONS_MAX
from storage import actors
from storage.records import Actor, Mention, Post, RowId

LOOK_UPS_TIMEOUT_S = 10.0
"""For all look-ups of one post together; they run side by side."""

LOOK_UPS_AT_ONCE_MAX = 8


async def find_people(
    instance: Instance, author: Actor, handles: Sequence[str]
) -> dict[str, Actor]:
    """Whom these handles ("alice", "bob@host") mean, as far as that can be found out in time.

    The author may make us ask other servers only so often; what is above stays plain text.
    """
    deadline = asyncio.get_running_loop().time() + LOOK_UPS_TIMEOUT_S
    at_once = asyncio.Semaphore(LOOK_UPS_AT_ONCE_MAX)

    async def find(handle: str) -> Actor | None:
        username, _, host = handle.partition("@")
        asked = Handle(username, host or None)
        try:
            async with asyncio.timeout_at(deadline), at_once:
                if not await _is_known(instance, asked):
                    await limits.allow_look_up(instance, author.id)
                return await remote.by_handle(instance, asked)
        except (Failure, TimeoutError):
            return None

    # Also bounds what a text full of handles costs: each of them may be a request elsewhere.
    typed = list(dict.fromkeys(handles))[:MENTIONS_MAX]
    found = await asyncio.gather(*(find(handle) for handle in typed))
    return {handle: person for handle, person in zip(typed, found, strict=True) if person}


async def _is_known(instance: Instance, handle: Handle) -> bool:
    """Whether nobody has to be asked whom a handle means."""
    if written.is_ours(instance, handle):
        return True
    known = await actors.find_by_handle(handle.username, handle.host)
    return known is not None and known.deleted_at is None


async def addressed(
    author: Actor,
    typed: Iterable[Actor],
    parent: Post | None,
    *,
    also: Collection[RowId] = (),
    blind: Collection[RowId] = (),
) -> tuple[Mention, ...]:
    """Everybody a post is for by name: whom it answers, whom it names, who takes part (E89).

    Somebody whom nobody here knows is not addressed, and the author does not mention itself. `also`
    are those named apart from the text; `blind` get it without being named (A40).
    """
    taking_part = [] if parent is None else _participants(parent)
    asked_for = [*taking_part, *also, *blind]
    known = await actors.by_ids(asked_for) if asked_for else {}
    answered = [known[each] for each in taking_part[:1] if each in known]
    others = [known[each] for each in taking_part[1:] if each in known]
    named = [known[each] for each in also if each in known]
    hidden = [known[each] for each in blind if each in known]
    people = {person.id: person for person in (*answered, *typed, *named, *others, *hidden)}
    open_ids = {person.id for person in (*answered, *typed, *named, *others)}
    return tuple(
        replace(mention_of(person), is_blind=person.id not in open_ids)
        for person in people.values()
        if person.id != author.id and person.deleted_at is None and person.suspended_at is None
    )[:MENTIONS_MAX]


def mention_of(person: Actor) -> Mention:
    """The mention of an actor that we know."""
    handle = person.username if person.host is None else f"{person.username}@{person.host}"
    return Mention(person.uri, handle, person.id)


def _participants(parent: Post) -> list[RowId]:
    """The author of a post, then whom it names."""
    named = [mention.actor_id for mention in parent.named if mention.actor_id is not None]
    return list(dict.fromkeys([parent.actor_id, *named]))
