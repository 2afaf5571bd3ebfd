"""Forgetting a user: what remains is the handle, which nobody else may take."""

from instance.resources import Instance
from storage import (
    cleanups,
    custom_feeds,
    drafts,
    markers,
    scheduled,
    strikes,
    traces,
    transfers,
    users,
)
from storage.records import User

REMOVE_ARCHIVE = "remove_archive"
"""The job that removes the parts of an archive (`transfers/archiving.py`)."""


async def forget(instance: Instance, user: User) -> None:
    """Remove the user's row, sessions, tokens and links, within the caller's transaction.

    The actor's row stays as a tombstone and keeps the handle (PV-26); its owner wipes it. Of who is
    suspended the trace of the sign-up stays for its year (MO-7).
    """
    async with instance.store.transaction():
        for archive in await transfers.archives_of(user.id):
            parts: dict[str, object] = {"name": archive.name, "blobs": archive.blobs}
            await instance.queue.enqueue(REMOVE_ARCHIVE, parts, now=instance.now())
        await users.remove_sessions(user.id)
        await users.remove_tokens(user.id)
        await traces.forget_of(user.actor_id)
        await markers.forget_of(user.actor_id)
        await scheduled.forget_of(user.actor_id)
        await transfers.forget_imported_of(user.actor_id)
        await drafts.forget_of(user.actor_id)
        await custom_feeds.forget_of(user.actor_id)
        await cleanups.forget_of(user.actor_id)
        await strikes.forget_of(user.actor_id)
        await users.remove(user.id)
