"""A local actor takes another name. Its id stays, and the old name goes on leading to it.

Mastodon keeps the handle that it knows when an Update says another one. It asks WebFinger again for
who it has not asked about for a day, is told the new name there, and merges both by their id.
https://www.w3.org/TR/activitypub/#update-activity-outbox
"""

from dataclasses import replace

from actors import identity
from instance.errors import Conflict, Invalid
from instance.resources import Instance
from moderation import audit, limits
from outbox import profiles
from storage import actors
from storage.records import Actor, AuditKind, FormerHandle


async def rename(
    instance: Instance, actor: Actor, wanted: str, *, is_operator: bool = False
) -> Actor:
    """Give an actor another username and tell the followers' servers, in one commit.

    Nobody else gets the name of before (PV-26, MO-12); its owner may take it back. Raises
    `Invalid`, `Conflict` for names that somebody has or had, `TooMany`; operators are not counted.
    """
    username = identity.check_username(wanted)
    if username == actor.username:
        reason = "That is the name of now."
        raise Invalid(reason, fields={"username": reason})
    if not is_operator:  # once in 30 days, and once back: who mistyped need not wait
        had = await actors.find_by_former_handle(username)
        is_return = had is not None and had.id == actor.id
        is_same_name = username.lower() == actor.username.lower()
        if not (is_return or is_same_name) and await actors.is_handle_taken(username):
            raise _handle_taken()  # and nothing was counted
        await limits.allow_rename(instance, actor.id, is_return=is_return)
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        is_same_name = username.lower() == before.username.lower()
        if not is_same_name:
            is_mine = await actors.remove_former_handle(before.id, username)
            if not is_mine and await actors.is_handle_taken(username):
                raise _handle_taken()
            await actors.insert_former_handle(
                FormerHandle(instance.ids.new(), before.id, before.username, instance.now())
            )
        page = instance.addresses.profile_page(username)
        after = replace(before, username=username, url=page)
        await actors.save(after)
        await profiles.tell_profile(instance, after)
        if is_operator:
            words = f"renamed {before.username} to {username}"
            await audit.note(instance, None, AuditKind.PERSON, username, words)
    return after


def _handle_taken() -> Conflict:
    return Conflict("This handle is taken. Choose another.")
