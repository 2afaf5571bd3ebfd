"""Loads what accounts show besides their rows, in a fixed number of queries for any number."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from instance.resources import Instance
from outbox import moving
from storage import actors, relations, users
from storage.ids import moment_of
from storage.records import Actor, ActorCounts, RowId, User
from webapp.mastodon import accounts_rendering as rendering
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import Here, Known

_NOTHING = ActorCounts(0, 0, 0)


def here(instance: Instance) -> Here:
    """Return what entities need to know of this server."""
    return Here(instance.settings.base_url, instance.addresses)


async def accounts(instance: Instance, people: Sequence[Actor]) -> list[e.Account]:
    """Return people as accounts, in their order; three queries at most."""
    return [rendering.account(each, here(instance)) for each in await _known(people)]


async def account(instance: Instance, actor: Actor) -> e.Account:
    """Return somebody as an account."""
    return (await accounts(instance, [actor]))[0]


async def by_id(instance: Instance, people: Iterable[Actor]) -> dict[RowId, e.Account]:
    """Return people as accounts by their ids, each once however often they are named."""
    distinct = list({actor.id: actor for actor in people}.values())
    found = await accounts(instance, distinct)
    return {actor.id: shown for actor, shown in zip(distinct, found, strict=True)}


async def credential_account(instance: Instance, actor: Actor, user: User) -> e.CredentialAccount:
    """Return the person whose token it is."""
    known = (await _known([actor]))[0]
    requests = await relations.count_requests_to(actor.id)
    return rendering.credential_account(known, user, here(instance), requests=requests)


async def _known(people: Sequence[Actor]) -> list[Known]:
    moved = await moving.whereabouts_of(people)
    everybody = {actor.id: actor for actor in (*people, *moved.values())}
    counts = await actors.counts_many(everybody)
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
