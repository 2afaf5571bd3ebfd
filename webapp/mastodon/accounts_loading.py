"""Loads what accounts show besides their rows, in a fixed number of queries for any number.

Numbers are read off rows (`actors/numbers.py`). Where people only come along, with posts or in
lists, they may be a minute old; who asks for one account, or changes something, gets those of now,
unless they are very many.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from actors import numbers
from instance.resources import Instance
from outbox import moving
from storage import actors, relations, users
from storage.ids import moment_of
from storage.records import Actor, ActorCounts, RowId, User
from webapp import files
from webapp.mastodon import accounts_rendering as rendering
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import Here, Known

NUMBERS_HOLD_FOR: Final = timedelta(minutes=1)

_NOTHING = ActorCounts(0, 0, 0)
_ACCOUNT_BYTES = 3000


def here(instance: Instance) -> Here:
    """Return what entities need to know of this server."""
    return Here(instance.settings.base_url, files.url("banner.webp"), instance.addresses)


async def accounts(instance: Instance, people: Sequence[Actor]) -> list[e.Account]:
    """Return people as accounts, in their order; three queries at most."""
    known = await _known(instance, people, NUMBERS_HOLD_FOR)
    return [rendering.account(each, here(instance)) for each in known]


async def account(instance: Instance, actor: Actor) -> e.Account:
    """Return somebody as an account."""
    return rendering.account((await _known(instance, [actor]))[0], here(instance))


async def by_id(instance: Instance, people: Iterable[Actor]) -> dict[RowId, e.Account]:
    """Return people as accounts by their ids, each once however often they are named."""
    distinct = list({actor.id: actor for actor in people}.values())
    found = await accounts(instance, distinct)
    return {actor.id: shown for actor, shown in zip(distinct, found, strict=True)}


async def by_version(instance: Instance, versions: Mapping[RowId, int]) -> dict[RowId, e.Account]:
    """Return people by their ids, kept as they were rendered while row and numbers hold.

    Who moved shows whom they have become, whose row is not looked at: they are rendered anew.
    """
    now, found = instance.now(), dict[RowId, e.Account]()
    is_member = bool(instance.addresses.file_key)
    for actor_id, version in versions.items():
        kept = instance.renderings.get(("account", actor_id, is_member))
        if kept is not None and kept[0] == version and kept[1] <= now < kept[1] + NUMBERS_HOLD_FOR:
            found[actor_id] = kept[2]
    missing = await actors.by_ids([each for each in versions if each not in found])
    for actor_id, shown in (await by_id(instance, missing.values()) if missing else {}).items():
        found[actor_id] = shown
        counted = instance.renderings.get(("counts", actor_id))
        if counted is not None and missing[actor_id].moved_to is None:
            kept = missing[actor_id].version, counted[0], shown
            size = _ACCOUNT_BYTES + len(shown["note"])
            instance.renderings.put(("account", actor_id, is_member), kept, size)
    return found


async def credential_account(instance: Instance, actor: Actor, user: User) -> e.CredentialAccount:
    """Return the person whose token it is."""
    known = (await _known(instance, [actor]))[0]
    requests = await relations.count_requests_to(actor.id)
    return rendering.credential_account(known, user, here(instance), requests=requests)


async def _known(
    instance: Instance, people: Sequence[Actor], holds_for: timedelta = timedelta(0)
) -> list[Known]:
    moved = await moving.whereabouts_of(people)
    everybody = {actor.id: actor for actor in (*people, *moved.values())}
    counts = await numbers.of(instance, list(everybody.values()), holds_for)
    local = [actor.id for actor in everybody.values() if actor.is_local]
    roles = await users.roles_of(local) if local else {}

    def known(actor: Actor) -> Known:
        counted = counts.get(actor.id, _NOTHING)
        last_id = counted.last_post_id
        return Known(
            actor=actor,
            followers=counted.followers,
            following=counted.following,
            posts=counted.posts,
            last_post_at=moment_of(last_id) if last_id is not None else None,
            role=roles.get(actor.id),
        )

    found = []
    for actor in people:
        target = moved.get(actor.id)
        found.append(replace(known(actor), moved=known(target) if target is not None else None))
    return found
