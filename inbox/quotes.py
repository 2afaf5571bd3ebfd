"""What a remote post quotes is found, and whether its author agrees: until then it is a link.

FEP-044f, "Verifying third-party quote posts". Depth one: what a quoted post quotes itself is not
looked for (RX-26).
"""

from dataclasses import replace

from federation import origin
from feeds import notifications
from inbox import arrivals, fetching, stamps
from instance.errors import NotFound, RemoteFailure, RemoteUnreachable
from instance.resources import Instance
from outbox import asking
from posts import consent
from posts.policies import Verdict
from posts.visibility import WIDE, is_mentioned
from storage import actors, approvals, posts, relations
from storage.records import (
    Act,
    Actor,
    InteractionRequest,
    NotificationKind,
    Post,
    QuoteState,
    RequestState,
    RowId,
)


async def settle(instance: Instance, payload: dict[str, object]) -> None:
    """Job `settle_quote`: fetch what is quoted and its stamp, and decide whether it is shown."""
    post = await posts.find(int(str(payload["post_id"])))
    if post is None or post.quote_uri is None or post.quote_state is not QuoteState.PENDING:
        return
    try:
        quoted = await fetching.fetch_post(instance, post.quote_uri, follows_quotes=False)
    except RemoteUnreachable:
        await fetching.try_again(instance, arrivals.SETTLE_QUOTE, payload)
        return
    except (RemoteFailure, NotFound):
        return
    author = await actors.find(post.actor_id)
    if quoted is None or author is None:
        return
    if not quoted.is_local and quoted.actor_id != author.id:
        await stamps.try_fetch(instance, post.quote_approval_uri, quoted, author)
    async with instance.store.transaction():
        await decide(instance, post.id, quoted, author)


async def decide(instance: Instance, post_id: RowId, quoted: Post, author: Actor) -> None:
    """Write down whether a remote post may show what it quotes; in the caller's transaction."""
    post = await posts.find_locked(post_id)
    if post is None or post.deleted_at is not None or post.quote_uri != quoted.uri:
        return
    request = await approvals.find_for(Act.QUOTE, quoted.id, post.uri)
    state = await _state(instance, post, quoted, author, request)
    changed = replace(post, quote_id=quoted.id, quote_state=state)
    if changed == post:
        return
    await posts.save(changed)
    if state is QuoteState.ACCEPTED and quoted.is_local:
        await notifications.tell(
            instance, NotificationKind.QUOTE, quoted.actor_id, author.id, post.id
        )


async def _state(
    instance: Instance,
    post: Post,
    quoted: Post,
    author: Actor,
    request: InteractionRequest | None,
) -> QuoteState:
    if quoted.actor_id == author.id:
        return QuoteState.ACCEPTED
    if request is not None and request.state is not RequestState.WAITING:
        is_accepted = request.state is RequestState.ACCEPTED
        return QuoteState.ACCEPTED if is_accepted else QuoteState.REJECTED
    if quoted.visibility not in WIDE:
        return QuoteState.REJECTED
    if quoted.is_local:
        return await _of_ours(instance, post, quoted, author)
    # Whom a post names may quote it (FEP-044f). Servers that know no consent say nothing about it:
    # between two people of one such server, the server speaks for both.
    is_silent = quoted.policy is None or quoted.policy.quote is None
    if is_mentioned(quoted, author.id) or (is_silent and origin.same_origin(post.uri, quoted.uri)):
        return QuoteState.ACCEPTED
    return QuoteState.PENDING


async def _of_ours(instance: Instance, post: Post, quoted: Post, author: Actor) -> QuoteState:
    """A quote of somebody here that came without asking, as by servers that know no consent."""
    verdict = await consent.verdict(Act.QUOTE, quoted, author)
    is_blocked = await relations.is_blocked_between(quoted.actor_id, author.id)
    if verdict is Verdict.NEVER or is_blocked:
        return QuoteState.REJECTED
    if verdict is Verdict.ASK:
        await asking.keep_waiting(instance, Act.QUOTE, author, quoted, post.uri)
        return QuoteState.PENDING
    await asking.allow(instance, Act.QUOTE, author, quoted, post.uri)
    return QuoteState.ACCEPTED
