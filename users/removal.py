"""Forgetting a user: what remains is the handle, which nobody else may take."""

from instance.resources import Instance
from storage import users
from storage.records import User


async def forget(instance: Instance, user: User) -> None:
    """Remove the user's row, sessions, tokens and links, within the caller's transaction.

    The actor's row stays as a tombstone and keeps the handle (PV-26); its owner wipes it.
    """
    async with instance.store.transaction():
        await users.remove_sessions(user.id)
        await users.remove_tokens(user.id)
        await users.remove(user.id)
