"""What a local actor tells others about itself: a changed profile, or that it is gone.

Deleting an account leaves a row that keeps the handle and the key: the Delete has to be signed as
long as it is on its way, and nobody else gets the name (PV-26).
"""

from dataclasses import replace

from actors import activitystreams, local_keys, profile
from actors.profile import ProfileChange
from federation import vocabulary as v
from instance.resources import Instance
from media.uploads import remove_picture
from moderation import audit
from outbox import delivery, following
from outbox.audience import Audience
from posts import burying, files
from storage import actors, posts, receipts, relations
from storage.records import (
    Actor,
    ActorKind,
    AuditKind,
    OutgoingActivity,
    RowId,
    SafeHtml,
    User,
)
from users import removal

WIPE = "wipe_account"

_WIPED_PER_JOB_MAX = 200


async def change(instance: Instance, actor: Actor, wanted: ProfileChange) -> Actor:
    """Change the profile of a local actor and tell the followers' servers, in one commit.

    Who lets everybody follow from now on lets those in who wait. Raises `Invalid`, `TooMany`.
    """
    return await profile.change_profile(instance, actor, wanted, tell=_tell_and_let_in)


async def _tell_and_let_in(instance: Instance, actor: Actor) -> None:
    await tell_profile(instance, actor)
    await following.accept_waiting_later(instance, actor)


async def tell_profile(instance: Instance, actor: Actor, *, key_row: RowId | None = None) -> None:
    """Send the profile as it is now to the followers' servers; in the caller's transaction.

    `key_row` as `delivery.send` has it.
    """
    keys = local_keys.shown(instance, actor.id, await actors.keys_of(actor.id))
    document = replace(
        activitystreams.vocabulary_from_actor(actor, keys, instance.addresses),
        updated=instance.now(),
    )
    activity_id = delivery.new_id(instance)
    await delivery.send(
        instance,
        actor,
        v.Update(
            id=activity_id.uri,
            actor=actor.uri,
            object=document,
            to=(v.PUBLIC,),
            cc=(instance.addresses.followers(actor.id),),
        ),
        Audience(followers=True),
        row=activity_id.row,
        key_row=key_row,
    )


async def rotate_keys(instance: Instance, actor: Actor) -> None:
    """Give a local actor new keys, and tell the followers' servers, who know the former one.

    An act of the operator.
    """
    private_pem = await local_keys.new_private_key()
    async with instance.store.transaction():
        actor = await actors.get_locked(actor.id)
        former = await local_keys.replace_both(instance, actor, private_pem)
        if actor.kind is not ActorKind.APPLICATION:
            await tell_profile(instance, actor, key_row=former.id if former else None)
        words = f"gave {actor.username} new keys"
        await audit.note(instance, None, AuditKind.PERSON, actor.username, words)


async def delete_account(instance: Instance, user: User | None, actor: Actor) -> None:
    """Delete a local account: who was told of it is told so, the rest is wiped by jobs.

    `user` None: nobody can log in as this actor.
    """
    activity_id = delivery.new_id(instance)
    async with instance.store.transaction():
        await actors.save(_emptied(await actors.get_locked(actor.id), instance))
        await burying.tell_all_end(instance, actor.id)
        if user is not None:
            await removal.forget(instance, user)
        await delivery.send(
            instance,
            actor,
            v.Delete(id=activity_id.uri, actor=actor.uri, object=actor.uri, to=(v.PUBLIC,)),
            Audience(followers=True, followed=True),
            row=activity_id.row,
        )
        # After the plan of the Delete, which has to see who followed.
        await _enqueue_wipe(instance, actor.id, activity_id.row)
    await remove_picture(instance, actor.avatar_url)
    await remove_picture(instance, actor.header_url)


async def wipe(instance: Instance, payload: dict[str, object]) -> None:
    """Job: wipe a slice of what a deleted account left; queues itself while something is left."""
    actor_id, delete_id = payload.get("actor_id"), payload.get("activity_id")
    if not isinstance(actor_id, int) or not isinstance(delete_id, int):
        return
    async with instance.store.transaction():
        actor = await actors.find(RowId(actor_id))
        if actor is None or not actor.is_local or actor.deleted_at is None:
            return
        # With the last slice goes what the actor did to the posts of others, and its feed.
        buried = await posts.bury_all_of(actor.id, instance.now(), limit=_WIPED_PER_JOB_MAX)
        if buried == _WIPED_PER_JOB_MAX or await relations.remove_slice_of(actor.id):
            await _enqueue_wipe(instance, actor.id, RowId(delete_id))
        else:
            await _wipe_rest(actor, await receipts.find_activity(RowId(delete_id)))
    await files.remove_all_of(instance, actor.id)


async def _wipe_rest(actor: Actor, delete: OutgoingActivity | None) -> None:
    """All it ever sent but for the Delete, which is still on its way."""
    await receipts.forget_activities_of(actor.id)
    if delete is not None:
        await receipts.insert_activity(delete)


async def _enqueue_wipe(instance: Instance, actor_id: RowId, delete_id: RowId) -> None:
    await instance.queue.enqueue(
        WIPE,
        {"actor_id": actor_id, "activity_id": delete_id},
        now=instance.now(),
        order_key=delivery.plan_key(actor_id),
    )


def _emptied(actor: Actor, instance: Instance) -> Actor:
    """The row that remains: a name that is taken, and addresses that answer 410."""
    return replace(
        actor,
        name="",
        summary=SafeHtml(""),
        summary_source="",
        fields=(),
        fields_source=(),
        emojis=(),
        avatar_url=None,
        avatar_alt="",
        header_url=None,
        header_alt="",
        also_known_as=(),
        is_discoverable=False,
        is_indexable=False,
        deleted_at=instance.now(),
    )
