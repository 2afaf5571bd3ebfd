"""A person here answers who wants to do something to a post, takes an approval back, hides answers.

An approval is a stamp that others can check (`webapp/activitypub/stamps.py`); to take it back is to
Delete it. https://docs.gotosocial.org/en/latest/federation/interaction_controls/ and FEP-044f.
"""

from dataclasses import replace

from federation import vocabulary as v
from instance.errors import NotFound
from instance.resources import Instance
from outbox import asking, delivery, permitted
from outbox.audience import Audience
from posts.visibility import WIDE, let_in
from storage import actors, approvals, notifications, posts
from storage.records import (
    Act,
    Actor,
    InteractionRequest,
    NotificationKind,
    Page,
    Post,
    RequestState,
    RowId,
)

_NOTHING = "There is nothing that waits for your answer."


async def accept(instance: Instance, owner: Actor, request_id: RowId) -> InteractionRequest:
    """Let happen what was asked for, also what was refused before; `NotFound`: nobody asked."""
    async with instance.store.transaction():
        request = await _own(owner, request_id)
        if request.state is RequestState.ACCEPTED:
            return request
        accepted = asking.stamped(instance, request)
        await approvals.save(accepted)
        await permitted.carry_out(instance, accepted)
        await _forget_told(accepted)
        await send_accept(instance, owner, accepted)
    return accepted


async def refuse(instance: Instance, owner: Actor, request_id: RowId) -> InteractionRequest:
    """Refuse what was asked for, or take back what was allowed; `NotFound`: nobody asked."""
    async with instance.store.transaction():
        return await _refuse(instance, owner, await _own(owner, request_id))


async def _refuse(
    instance: Instance, owner: Actor, request: InteractionRequest
) -> InteractionRequest:
    if request.state is RequestState.REJECTED:
        return request
    refused = replace(request, state=RequestState.REJECTED)
    await approvals.save(refused)
    await permitted.take_back(instance, refused)
    await _forget_told(refused)
    if request.state is RequestState.ACCEPTED:
        await _delete_stamp(instance, owner, refused)
    else:
        await send_reject(instance, owner, refused)
    return refused


async def hide_answer(instance: Instance, owner: Actor, post_id: RowId) -> None:
    """Hide somebody's answer to a post of one's own from everybody (P10).

    It is refused as if it had asked: its own server is told. `NotFound` for anything else.
    """
    async with instance.store.transaction():
        answer = await posts.find(post_id)
        target = await _answered(owner, answer)
        if answer is None or target is None:
            raise NotFound("There is no reply to a post of yours at this address.")
        await _refuse_unasked(instance, owner, Act.REPLY, target, answer)
        await notifications.remove_one(owner.id, NotificationKind.REPLY, answer.actor_id, answer.id)


async def remove_quote(instance: Instance, owner: Actor, post_id: RowId) -> None:
    """Take a post of one's own out of somebody's quote of it; `NotFound` for anything else."""
    async with instance.store.transaction():
        quoting = await posts.find(post_id)
        target_id = quoting.quote_id if quoting is not None else None
        target = await posts.find(target_id) if target_id is not None else None
        if quoting is None or target is None or target.actor_id != owner.id:
            raise NotFound("No post of yours is quoted at this address.")
        await _refuse_unasked(instance, owner, Act.QUOTE, target, quoting)
        await notifications.remove_one(
            owner.id, NotificationKind.QUOTE, quoting.actor_id, quoting.id
        )


async def _refuse_unasked(
    instance: Instance, owner: Actor, act: Act, target: Post, made: Post
) -> None:
    """Refuse what somebody made of a post of the owner's, whether it was asked for or not."""
    request = await approvals.find_for(act, target.id, made.uri)
    if request is None:
        author, row = await actors.get(made.actor_id), instance.ids.new()
        request = asking.new_request(instance, row, act, target, author, made.uri)
        await approvals.insert(request)
    await _refuse(instance, owner, request)


async def list_waiting(owner: Actor, page: Page) -> list[InteractionRequest]:
    """What waits for the answer of a person, newest first."""
    return await approvals.of_owner(owner.id, RequestState.WAITING, page)


async def list_refused(owner: Actor, page: Page) -> list[InteractionRequest]:
    """What a person refused or hid, newest first."""
    return await approvals.of_owner(owner.id, RequestState.REJECTED, page)


async def _own(owner: Actor, request_id: RowId) -> InteractionRequest:
    request = await approvals.find_locked(request_id)
    if request is None or request.owner_id != owner.id:
        raise NotFound(_NOTHING)
    return request


async def _answered(owner: Actor, answer: Post | None) -> Post | None:
    """The own post that a living answer of somebody else is about."""
    if answer is None or answer.deleted_at is not None or answer.actor_id == owner.id:
        return None
    target = await posts.find(answer.in_reply_to_id) if answer.in_reply_to_id else None
    return target if target is not None and target.actor_id == owner.id else None


async def _forget_told(request: InteractionRequest) -> None:
    await notifications.remove_one(
        request.owner_id, NotificationKind.APPROVAL, request.actor_id, request.post_id
    )


# ---------------------------------------------------------------- what others are told


async def send_accept(instance: Instance, owner: Actor, request: InteractionRequest) -> None:
    """Tell who asked, in the form in which it was asked.

    Who did it without asking is told by its id, and all followers too, whose servers then know that
    it is approved although it carries no stamp (GoToSocial, "Broadcasting Accepts").
    """
    asker, post = await actors.get(request.actor_id), await posts.get(request.post_id)
    if asker.is_local:
        return
    activity_id = delivery.new_id(instance)
    accept_ = v.Accept(
        activity_id.uri, owner.uri, _asked(request, asker, post), result=request.stamp_uri
    )
    audience = Audience(actor_ids=(asker.id,))
    if not request.request_uri and request.act is not Act.LIKE:
        followers = owner.followers_url or instance.addresses.followers(owner.id)
        wide = (v.PUBLIC,) if let_in(post).visibility in WIDE else ()
        accept_ = replace(accept_, target=post.uri, to=(asker.uri,), cc=(*wide, followers))
        audience = replace(audience, followers=True)
    elif not request.request_uri:
        accept_ = replace(accept_, target=post.uri, to=(asker.uri,))
    await delivery.send(instance, owner, accept_, audience, row=activity_id.row)


async def send_reject(instance: Instance, owner: Actor, request: InteractionRequest) -> None:
    """Tell who asked, or did it without asking, that it is refused."""
    asker, post = await actors.get(request.actor_id), await posts.get(request.post_id)
    if asker.is_local:
        return
    activity_id = delivery.new_id(instance)
    reject_ = v.Reject(activity_id.uri, owner.uri, _asked(request, asker, post))
    if not request.request_uri:
        reject_ = replace(reject_, target=post.uri, to=(asker.uri,))
    audience = Audience(actor_ids=(asker.id,))
    await delivery.send(instance, owner, reject_, audience, row=activity_id.row)


def _asked(request: InteractionRequest, asker: Actor, post: Post) -> v.InteractionRequest | str:
    if not request.request_uri:
        return request.object_uri
    return v.InteractionRequest(
        request.request_uri, asking.TYPES[request.act], asker.uri, post.uri, request.object_uri
    )


async def _delete_stamp(instance: Instance, owner: Actor, request: InteractionRequest) -> None:
    """FEP-044f, "Revocation": to who asked, and to those who may have seen it."""
    asker = await actors.get(request.actor_id)
    if request.stamp_uri is None:
        return
    activity_id = delivery.new_id(instance)
    followers = owner.followers_url or instance.addresses.followers(owner.id)
    delete = v.Delete(
        activity_id.uri, owner.uri, request.stamp_uri, to=(asker.uri,), cc=(followers,)
    )
    audience = Audience(followers=True, actor_ids=(asker.id,))
    await delivery.send(instance, owner, delete, audience, row=activity_id.row)
