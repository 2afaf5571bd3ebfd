"""What happens when the author of a post lets something be done to it, or does so no more.

The author may live here (`approvals.py`) or elsewhere (`inbox/handlers/accept.py`, `delete.py`); so
may who asked. All of it in the caller's transaction, and twice is once.
"""

from dataclasses import replace

from feeds import fanout, notifications
from instance.resources import Instance
from outbox import delivery
from outbox.audience import Audience
from outbox.making_known import announce_of, make_known, send_update, show_here
from posts.visibility import WIDE, held_back, let_in
from storage import actors, interactions, posts, receipts, timelines
from storage.records import (
    Act,
    Interaction,
    InteractionKind,
    InteractionRequest,
    NotificationKind,
    Post,
    QuoteState,
    RowId,
)

_KINDS = {Act.LIKE: InteractionKind.LIKE, Act.BOOST: InteractionKind.BOOST}


async def carry_out(instance: Instance, request: InteractionRequest) -> None:
    """Let happen what was asked for, once its request is accepted."""
    if request.act is Act.REPLY:
        await _show_answer(instance, request)
    elif request.act is Act.QUOTE:
        await _set_quote(instance, request, QuoteState.ACCEPTED)
    else:
        await _add(instance, request)


async def take_back(instance: Instance, request: InteractionRequest) -> None:
    """Undo what was asked for, once its request is refused, or its stamp deleted."""
    if request.act is Act.REPLY:
        post = await _locked(request)
        if post is not None and post.held is None:
            await posts.save(replace(held_back(post), approval_uri=None))
    elif request.act is Act.QUOTE:
        await _set_quote(instance, request, QuoteState.REJECTED)
    else:
        await _remove(request)


async def _locked(request: InteractionRequest) -> Post | None:
    """The answer or quote, for who changes it; it is its author's who asked."""
    found = await posts.find_by_uri(request.object_uri)
    post = await posts.find_locked(found.id) if found is not None else None
    if post is None or post.deleted_at is not None or post.actor_id != request.actor_id:
        return None
    return post


async def _show_answer(instance: Instance, request: InteractionRequest) -> None:
    post = await _locked(request)
    if post is None:
        return
    was_held = post.held is not None
    post = replace(let_in(post), approval_uri=request.stamp_uri)
    await posts.save(post)
    if not was_held:
        return
    author = await actors.get(post.actor_id)
    # What was hidden and is shown again was sent before.
    was_sent = author.is_local and await receipts.find_activity(post.id) is not None
    await (show_here if was_sent else make_known)(instance, author, post)


async def _set_quote(instance: Instance, request: InteractionRequest, state: QuoteState) -> None:
    post = await _locked(request)
    target = await posts.find(request.post_id)
    if post is None or target is None or post.quote_uri != target.uri:
        return
    stamp = request.stamp_uri if state is QuoteState.ACCEPTED else None
    changed = replace(post, quote_id=request.post_id, quote_state=state, quote_approval_uri=stamp)
    if changed == post:
        return
    await posts.save(changed)
    author = await actors.get(post.actor_id)
    if state is QuoteState.ACCEPTED:
        await notifications.tell(
            instance, NotificationKind.QUOTE, request.owner_id, author.id, post.id
        )
    if author.is_local:
        # FEP-044f: whoever has the post gets it with its stamp, or without what it quoted.
        await send_update(instance, author, changed)


async def _add(instance: Instance, request: InteractionRequest) -> None:
    post = await posts.find(request.post_id)
    if post is None or post.deleted_at is not None:
        return
    row = instance.addresses.activity_id(request.object_uri)
    made = Interaction(
        id=instance.ids.new(),
        kind=_KINDS[request.act],
        actor_id=request.actor_id,
        post_id=post.id,
        uri=request.object_uri,
        created_at=instance.now(),
    )
    if not await interactions.insert_interaction(made) or request.act is Act.LIKE:
        return
    await fanout.distribute_boost(instance, made, post)
    booster = await actors.get(request.actor_id)
    if not booster.is_local or row is None:
        return
    author = await actors.get(post.actor_id)
    activity = announce_of(instance, booster, author, post, made)
    await delivery.send(
        instance,
        booster,
        replace(activity, authorization=request.stamp_uri),
        Audience(followers=True, actor_ids=(author.id,)),
        row=RowId(row),
        is_public=post.visibility in WIDE,
        post_id=post.id,
    )


async def _remove(request: InteractionRequest) -> None:
    kind = _KINDS[request.act]
    await interactions.remove_interaction(kind, request.actor_id, request.post_id)
    if request.act is Act.BOOST:
        await timelines.remove_boost(request.actor_id, request.post_id)
