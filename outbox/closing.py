"""Closing a server for good: everybody who lives here is deleted, and others are told (A155).

Nothing is forgotten by others unless they are told so: each account goes with a signed Delete, as
when its owner deletes it. Rows, addresses and keys stay, so that what is on its way can be signed,
and who asks later is answered that it is gone. Done again, it goes on where it was.
"""

from collections.abc import Callable
from dataclasses import replace

from instance.resources import Instance
from moderation import audit
from outbox import profiles
from storage import actors, site, users
from storage.claiming import DEAD
from storage.records import ActorKind, AuditKind, Page, RegistrationMode

PEOPLE_PER_READ = 100


async def close(instance: Instance, report: Callable[[str, int, int], None]) -> int:
    """Let nobody in any more, and delete all accounts; returns how many there were.

    Each account is a commit of its own; `report` is told what, how many, of how many.
    """
    async with instance.store.transaction():
        await site.save(replace(await site.read(), registration=RegistrationMode.CLOSED))
        words = "closed this server and deleted all accounts"
        await audit.note(instance, None, AuditKind.SERVER, instance.settings.domain, words)
    total, done = await actors.count_local_people(), 0
    max_id: int | None = None
    while True:
        page = await actors.list_local(Page(limit=PEOPLE_PER_READ, max_id=max_id))
        for actor in page:
            if actor.kind is not ActorKind.APPLICATION:
                user = await users.find_by_actor(actor.id)
                await profiles.delete_account(instance, user, actor)
                done += 1
                report("accounts deleted", done, max(total, done))
        if len(page) < PEOPLE_PER_READ:
            return done
        max_id = page[-1].id


async def waiting(instance: Instance) -> int:
    """How many jobs are left until everybody was told; those that were given up do not count."""
    counts = await instance.queue.counts()
    return sum(number for state, number in counts.items() if state != DEAD)
