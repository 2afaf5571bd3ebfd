"""A post that answers or quotes another: whether that one's author lets it, and how they are asked.

An answer that needs approval is held until it has it. A quote goes out at once and is shown as a
link until it is approved (FEP-044f leaves the choice); quoting oneself needs no approval.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from feeds import notifications
from instance.errors import Forbidden, Invalid
from instance.resources import Instance
from outbox import asking
from outbox.making_known import make_known
from posts import consent
from posts.activitystreams import note_from_post
from posts.drafts import CheckedDraft
from posts.policies import Verdict
from posts.threads import visible_post
from posts.visibility import held_back
from storage import actors
from storage.records import (
    Act,
    Actor,
    Mention,
    NotificationKind,
    Post,
    QuoteState,
    RequestState,
    Visibility,
)


@dataclass(frozen=True, slots=True)
class Around:
    """What a draft answers and quotes, and what the authors of these say to its writer."""

    parent: Post | None = None
    to_reply: Verdict = Verdict.FREE
    quoted: Post | None = None
    to_quote: Verdict = Verdict.FREE

    @property
    def reply_waits(self) -> bool:
        """Whether the answer is held until it is let in."""
        return self.parent is not None and asking.waits(self.parent, self.to_reply)

    @property
    def asks_elsewhere(self) -> bool:
        """Whether somebody on another server would have to be asked."""
        asks_to_reply = self.reply_waits and self.parent is not None and not self.parent.is_local
        return asks_to_reply or (self.quoted is not None and not self.quoted.is_local)


async def look_around(instance: Instance, author: Actor, draft: CheckedDraft) -> Around:
    """Find what a draft answers and quotes.

    Raises `NotFound` for what its writer may not see, `Forbidden` for what the writer may not do.
    """
    found = Around()
    if draft.in_reply_to_id is not None:
        parent = await visible_post(instance, draft.in_reply_to_id, author)
        if parent.held is not None:
            raise Forbidden("This reply is not shown to others, so it cannot be answered yet.")
        verdict = await consent.check(Act.REPLY, parent, author)
        found = replace(found, parent=parent, to_reply=verdict)
    if draft.quote_of is not None:
        quoted = await visible_post(instance, draft.quote_of, author)
        verdict = await consent.check(Act.QUOTE, quoted, author)
        found = replace(found, quoted=quoted, to_quote=verdict)
    return found


def check_quote_in_private(
    author: Actor, draft: CheckedDraft, around: Around, named: Collection[Mention]
) -> None:
    """Raise `Invalid` for a private mention that quotes somebody who is not in it.

    Whose post is quoted is asked, or told: with what was not meant for them. As Mastodon has it.
    """
    if around.quoted is None or draft.visibility is not Visibility.DIRECT:
        return
    quoted_id = around.quoted.actor_id
    if quoted_id != author.id and all(mention.actor_id != quoted_id for mention in named):
        reason = "A private mention can quote only who is named in it."
        raise Invalid(reason, fields={"quoted_status_id": reason})


async def placed(instance: Instance, author: Actor, post: Post, around: Around) -> Post:
    """A new post as it is kept: held if it waits, and with what is known about its quote.

    In the caller's transaction, before the post is there: stamps that people here give by their
    policy are part of it.
    """
    parent, quoted = around.parent, around.quoted
    if quoted is not None:
        post = replace(post, quote_uri=quoted.uri, quote_id=quoted.id)
        post = await _with_quote_state(instance, author, post, quoted, around.to_quote)
    if parent is not None and parent.is_local and around.to_reply is Verdict.MEMBER:
        stamp = await asking.allow(instance, Act.REPLY, author, parent, post.uri)
        post = replace(post, approval_uri=stamp.stamp_uri)
    return held_back(post) if around.reply_waits else post


async def _with_quote_state(
    instance: Instance, author: Actor, post: Post, quoted: Post, verdict: Verdict
) -> Post:
    if quoted.actor_id == author.id:
        return replace(post, quote_state=QuoteState.ACCEPTED)
    if not quoted.is_local or verdict is Verdict.ASK:
        return replace(post, quote_state=QuoteState.PENDING)
    stamp = await asking.allow(instance, Act.QUOTE, author, quoted, post.uri)
    is_allowed = stamp.state is RequestState.ACCEPTED
    return replace(
        post,
        quote_state=QuoteState.ACCEPTED if is_allowed else QuoteState.REJECTED,
        quote_approval_uri=stamp.stamp_uri if is_allowed else None,
    )


async def send_out(instance: Instance, author: Actor, post: Post, around: Around) -> None:
    """Make a new post known, or ask to be let; in the transaction that keeps it."""
    parent, quoted = around.parent, around.quoted
    if post.held is None or parent is None:
        await make_known(instance, author, post)
    else:
        await _ask(instance, Act.REPLY, author, post, parent)
    if quoted is None or quoted.actor_id == author.id:
        return
    if post.quote_state is QuoteState.PENDING:
        await _ask(instance, Act.QUOTE, author, post, quoted)
    elif post.quote_state is QuoteState.ACCEPTED and post.held is None:
        await notifications.tell(
            instance, NotificationKind.QUOTE, quoted.actor_id, author.id, post.id
        )


async def _ask(instance: Instance, act: Act, author: Actor, post: Post, target: Post) -> None:
    owner = await actors.get(target.actor_id)
    note = note_from_post(post, author, addresses=instance.addresses)
    await asking.ask(instance, act, author, target, owner, note)
