"""Whom somebody wants to hear from: their policy, and the requests of those it holds back (B93)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from feeds import conversations
from instance import hints
from instance.errors import Invalid, NotFound
from instance.hints import Kind
from instance.resources import Instance
from storage import notification_requests as rows
from storage.notification_requests import Request
from storage.records import (
    Actor,
    NotificationPermission,
    NotificationPolicy,
    Page,
    PolicyAction,
    RowId,
)


@dataclass(frozen=True, slots=True)
class Summary:
    """How many people wait to be heard, and with how much."""

    requests: int
    notifications: int


async def policy(owner: Actor) -> tuple[NotificationPolicy, Summary]:
    """Return the policy of somebody, and what it holds back."""
    return await rows.policy_of(owner.id), Summary(*await rows.counts(owner.id))


async def at_the_door(owner: Actor) -> tuple[int, int]:
    """Return how many ask to follow somebody, and how many people are held back."""
    return await rows.at_the_door(owner.id)


async def change_policy(
    instance: Instance, owner: Actor, wishes: dict[str, str]
) -> tuple[NotificationPolicy, Summary]:
    """Change what is wished of the policy: what was told, or held back, stays so."""
    try:
        wished: dict[str, Any] = {name: PolicyAction(each) for name, each in wishes.items()}
    except ValueError:
        raise Invalid("Validation failed: accept, filter or drop") from None
    async with instance.store.transaction():
        await rows.save_policy(replace(await rows.policy_of(owner.id), **wished))
    return await policy(owner)


async def requests(owner: Actor, page: Page) -> list[Request]:
    """Return a page of those who are held back."""
    return await rows.page(owner.id, page)


async def request(owner: Actor, request_id: RowId) -> Request:
    """Return one of those who are held back, or `NotFound`."""
    for found in await rows.by_ids(owner.id, [request_id]):
        return found
    raise NotFound("Record not found")


async def accept(instance: Instance, owner: Actor, request_ids: Sequence[RowId]) -> bool:
    """Hear from these people: what was held back is told, and from now on they are let through.

    Who is not held back is passed over; False: nobody was.
    """
    async with instance.store.transaction():
        held_back = await rows.by_ids(owner.id, request_ids)
        for each in held_back:
            now = instance.now()
            made = NotificationPermission(instance.ids.new(), owner.id, each.actor_id, now)
            await rows.let_through(made)
        if held_back:
            hints.give(instance, Kind.MERGED, owner.id)
    return bool(held_back)


async def dismiss(instance: Instance, owner: Actor, request_ids: Sequence[RowId]) -> bool:
    """Forget what is held back from these people; False: nothing was."""
    async with instance.store.transaction():
        held_back = await rows.by_ids(owner.id, request_ids)
        people = [each.actor_id for each in held_back]
        await conversations.forget_held_back(instance, owner, people)
        await rows.dismiss(owner.id, people)
    return bool(held_back)
