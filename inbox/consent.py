"""Whether what arrives may be done to the post that it is about, as that post's author says (A190).

About posts of people here we decide: it is shown, held until they agree, or refused. About posts
elsewhere a stamp of their author's decides; who needs one and has none is not shown here either.
No network: a stamp that was not seen yet is fetched first (`stamps.py`).
"""

from dataclasses import dataclass

from federation import vocabulary as v
from inbox import meant, stamps
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.resources import Instance
from outbox import approvals as answers
from outbox import asking, permitted
from posts import consent
from posts.policies import EVERYBODY, Verdict, rule_for
from posts.visibility import held_back
from storage import actors, approvals, posts
from storage.records import Act, Actor, InteractionRequest, Page, Post, RequestState

VERIFY_ANSWER = "verify_answer"
ADOPTED_MAX = 200


@dataclass(frozen=True, slots=True)
class Placed:
    """An answer as it may stand, None where it may not; `request`: what is known of it."""

    post: Post | None
    verdict: Verdict = Verdict.FREE
    request: InteractionRequest | None = None


async def place(answer: Post, parent: Post | None, author: Actor) -> Placed:
    """How a remote answer may stand below its parent, if that is here; before it is stored."""
    if parent is not None and parent.held is not None:
        return Placed(None, Verdict.NEVER)  # what answers it is as little shown as itself
    free = Verdict.FREE
    verdict = free if parent is None else await consent.verdict(Act.REPLY, parent, author)
    if parent is None or verdict is free:
        return Placed(answer)
    request = await approvals.find_for(Act.REPLY, parent.id, answer.uri)
    if _is_accepted(request):
        return Placed(answer, verdict, request)
    if not parent.is_local or verdict is Verdict.NEVER or _is_refused(request):
        return Placed(None, verdict, request)
    stands = answer if verdict is Verdict.MEMBER else held_back(answer)
    return Placed(stands, verdict, request)


async def settle(instance: Instance, placed: Placed, parent: Post | None, author: Actor) -> None:
    """Keep what a new answer asks without asking, or that it is allowed; in its transaction."""
    post = placed.post
    if parent is None or post is None or placed.request is not None:
        return
    if post.held is not None:
        await asking.keep_waiting(instance, Act.REPLY, author, parent, post.uri)
    elif placed.verdict is Verdict.MEMBER:
        await _allow(instance, Act.REPLY, author, parent, post.uri)


async def adopted(instance: Instance, parent: Post) -> None:
    """Hold the answers that came before a post and that its author does not let everybody write.

    Their stamps, if they have any, are looked at in jobs.
    """
    if rule_for(parent, Act.REPLY) == EVERYBODY:
        return
    for answer in await posts.replies_to(parent.id, Page(limit=ADOPTED_MAX)):
        author = await actors.find(answer.actor_id)
        if answer.is_local or answer.held is not None or author is None:
            continue
        placed = await place(answer, parent, author)
        if placed.post is not None and placed.post.held is None:
            continue
        await posts.save(held_back(answer))
        await verify_later(instance, answer)


async def verify_later(instance: Instance, answer: Post) -> None:
    """Queue a look at the stamp of an answer that is held for want of one."""
    if answer.approval_uri is not None:
        await instance.queue.enqueue(
            VERIFY_ANSWER,
            {"post_id": answer.id},
            now=instance.now(),
            unique_key=f"{VERIFY_ANSWER}:{answer.id}",
        )


async def why_not(instance: Instance, note: v.Note, author: Actor) -> Result:
    """Why a note was not stored. Its server is told, where its author may not answer.

    Raises `FetchFirst` for a stamp that was not looked at yet.
    """
    parent = await meant.living_post(instance, note.in_reply_to) if note.in_reply_to else None
    if parent is None:
        return ignored("deleted before")
    verdict = await consent.verdict(Act.REPLY, parent, author)
    if parent.held is None and verdict is Verdict.FREE:
        return ignored("deleted before")
    if parent.is_local:
        if parent.held is None:
            await _refuse(instance, Act.REPLY, author, parent, note.id)
        return refused("who is answered does not let this actor answer")
    await _stamp_first(note.reply_authorization, Act.REPLY, parent, note.id)
    return refused("it carries no approval by who is answered")


async def of_reaction(
    instance: Instance, act: Act, post: Post, actor: Actor, activity: v.Like | v.Announce
) -> Result | None:
    """What becomes of a Like or Announce that is not simply free; None: it may have its effect.

    Raises `FetchFirst` for a stamp that was not looked at yet.
    """
    verdict = await consent.verdict(act, post, actor)
    if verdict is Verdict.FREE:
        return None
    request = await approvals.find_for(act, post.id, activity.id)
    if _is_accepted(request):
        return None
    if not post.is_local:
        await _stamp_first(activity.authorization, act, post, activity.id)
        return refused("it carries no approval by the author of the post")
    if verdict is Verdict.NEVER or _is_refused(request) or not activity.id:
        await _refuse(instance, act, actor, post, activity.id)
        return refused("the author of the post does not let this actor do that")
    if verdict is Verdict.MEMBER:
        await _allow(instance, act, actor, post, activity.id)
        return None
    await asking.keep_waiting(instance, act, actor, post, activity.id)
    return done("it waits for the author of the post")


def _is_accepted(request: InteractionRequest | None) -> bool:
    return request is not None and request.state is RequestState.ACCEPTED


def _is_refused(request: InteractionRequest | None) -> bool:
    return request is not None and request.state is RequestState.REJECTED


async def _allow(instance: Instance, act: Act, actor: Actor, post: Post, object_uri: str) -> None:
    """Tell who is let by policy at once, so that other servers can know (GoToSocial)."""
    request = await asking.allow(instance, act, actor, post, object_uri)
    await answers.send_accept(instance, await actors.get(post.actor_id), request)


async def _refuse(instance: Instance, act: Act, actor: Actor, post: Post, object_uri: str) -> None:
    """Tell once who is refused by policy."""
    if not object_uri or await approvals.find_for(act, post.id, object_uri) is not None:
        return
    request = await asking.refuse(instance, act, actor, post, object_uri)
    await answers.send_reject(instance, await actors.get(post.actor_id), request)


async def _stamp_first(uri: str | None, act: Act, post: Post, object_uri: str) -> None:
    owner = await actors.get(post.actor_id)
    known = await approvals.find_for(act, post.id, object_uri)
    if uri is not None and not _is_refused(known) and stamps.may_speak(uri, owner.uri):
        raise FetchFirst(uri, is_stamp=True)


# ---------------------------------------------------------------- with the network, as a job


async def verify_note(instance: Instance, note: v.Note, author: Actor) -> None:
    """Look at the stamp of a fetched answer, where it needs one; network, before it is stored."""
    parent = await meant.living_post(instance, note.in_reply_to) if note.in_reply_to else None
    if parent is None or parent.is_local or note.reply_authorization is None:
        return
    if await consent.verdict(Act.REPLY, parent, author) is Verdict.FREE:
        return
    await stamps.try_fetch(instance, note.reply_authorization, parent, author)


async def verify_answer(instance: Instance, payload: dict[str, object]) -> None:
    """Job: look at the stamp of an answer that is held, and show it if its stamp is good."""
    answer = await posts.find(int(str(payload["post_id"])))
    parent_id = answer.in_reply_to_id if answer is not None else None
    parent = await posts.find(parent_id) if parent_id is not None else None
    if answer is None or parent is None or answer.held is None:
        return
    author = await actors.get(answer.actor_id)
    request = await stamps.try_fetch(instance, answer.approval_uri, parent, author)
    if request is not None and request.object_uri == answer.uri:
        async with instance.store.transaction():
            await permitted.carry_out(instance, request)
