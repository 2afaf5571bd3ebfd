"""Chapter statuses of the client API, https://docs.joinmastodon.org/methods/statuses/."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from feeds import around, notifications, translating
from instance.resources import Instance
from outbox import approvals, interacting, publishing, quotable, repeating, scheduling
from posts.drafts import Draft
from storage.records import Actor, InteractionKind, RowId
from users import apps
from webapp.calls import Call, CallHandler, Reply
from webapp.mastodon import accounts_loading, async_refreshes, drafts, scheduled
from webapp.mastodon import entities as e
from webapp.mastodon import statuses_loading as loading
from webapp.mastodon import statuses_rendering as rendering
from webapp.mastodon.paging import ids_at_once, linked, page, row_id

NAME_LETTERS_MAX: Final = 500
SHOWN_AT_ONCE_MAX: Final = 20

Press = Callable[[Instance, Actor, RowId], Awaitable[Any]]

# ---------------------------------------------------------------- say, change, take back


async def create(call: Call) -> e.Status | e.ScheduledStatus:
    """POST /api/v1/statuses: the same `Idempotency-Key` within an hour makes one post (B51).

    What is scheduled for a time that is over is said at once, as with Mastodon.
    """
    draft = await _about_posts(drafts.new(call.parameters, call.me.user.preferences))
    draft = replace(draft, application=await apps.written_with(call.me.token))
    name = call.asked.header("idempotency-key")[:NAME_LETTERS_MAX]
    due_at = call.parameters.instant("scheduled_at")
    if due_at is not None and due_at > call.instance.now():
        row = await scheduling.schedule(call.instance, call.me.actor, draft, due_at, name)
        return await scheduled.entity(call, row)
    post = await repeating.publish(call.instance, call.me.actor, draft, name)
    return await loading.status(call.instance, post.id, call.me.actor)


async def _about_posts(draft: Draft) -> Draft:
    """What answers or quotes a boost answers or quotes what is boosted, as with Mastodon."""
    answered, quoted = draft.in_reply_to_id, draft.quote_of
    return replace(
        draft,
        in_reply_to_id=await loading.post_id(answered) if answered is not None else None,
        quote_of=await loading.post_id(quoted) if quoted is not None else None,
    )


async def change(call: Call, status_id: str) -> e.Status:
    """PUT /api/v1/statuses/<id>."""
    me, post_id = call.me.actor, row_id(status_id)
    before = await around.own(call.instance, me, post_id)
    draft = drafts.edited(call.parameters, before)
    post = await publishing.edit(call.instance, me, post_id, draft)
    return await loading.status(call.instance, post.id, me)


async def delete(call: Call, status_id: str) -> e.DeletedStatus:
    """DELETE /api/v1/statuses/<id>: answers with what was typed, to be written anew (B41)."""
    me, post_id = call.me.actor, row_id(status_id)
    before = await around.own(call.instance, me, post_id)
    shown = await loading.status(call.instance, post_id, me)
    keeps_files = not call.parameters.flag("delete_media")
    await publishing.delete(call.instance, me, post_id, keeps_files=keeps_files)
    return {**shown, "text": before.source, "content_type": before.source_type}


# ---------------------------------------------------------------- read


async def show(call: Call, status_id: str) -> e.Status:
    """GET /api/v1/statuses/<id>."""
    return await loading.status(call.instance, row_id(status_id), call.reader)


async def show_many(call: Call) -> list[e.Status]:
    """GET /api/v1/statuses?id[]=…: those that the viewer may see, in the order asked for."""
    ids = ids_at_once(call, SHOWN_AT_ONCE_MAX)
    found = await loading.by_post_ids(call.instance, ids, call.reader)
    return [found[each] for each in ids if each in found]


async def context(call: Call, status_id: str) -> Reply[e.Context]:
    """GET /api/v1/statuses/<id>/context; the rest of it is looked for elsewhere meanwhile (B78)."""
    post_id = await loading.post_id(row_id(status_id))
    found = await around.thread(call.instance, post_id, call.reader)
    above = len(found.ancestors)
    shown = await loading.statuses(
        call.instance, (*found.ancestors, *found.descendants), call.reader, context="thread"
    )
    value: e.Context = {"ancestors": shown[:above], "descendants": shown[above:]}
    return Reply(value, headers=await async_refreshes.of_thread(call, found.thread))


async def history(call: Call, status_id: str) -> list[e.StatusEdit]:
    """GET /api/v1/statuses/<id>/history: how it read, the oldest first."""
    post_id = await loading.post_id(row_id(status_id))
    post, before = await around.history(call.instance, post_id, call.reader)
    return await loading.history(call.instance, post, before)


async def source(call: Call, status_id: str) -> e.StatusSource:
    """GET /api/v1/statuses/<id>/source: as it was typed, for its author."""
    post = await around.own(call.instance, call.me.actor, row_id(status_id))
    return {
        "id": str(post.id),
        "text": post.source,
        "spoiler_text": post.summary,
        "content_type": post.source_type,
    }


def who(kind: InteractionKind) -> CallHandler:
    """GET /api/v1/statuses/<id>/favourited_by and reblogged_by."""

    async def answer(call: Call, status_id: str) -> Reply[list[e.Account]]:
        post_id = await loading.post_id(row_id(status_id))
        asked = page(call, default=40, most=80)
        found = await around.who(call.instance, post_id, kind, asked, call.reader)
        shown = await accounts_loading.accounts(call.instance, found.people)
        return linked(shown, call, found.next_max_id, found.prev_min_id)

    return answer


# ---------------------------------------------------------------- press


def press(act: Press) -> CallHandler:
    """Make a handler of something that one does to a post; it answers with the post."""

    async def answer(call: Call, status_id: str) -> e.Status:
        post_id = await loading.post_id(row_id(status_id))
        await act(call.instance, call.me.actor, post_id)
        return await loading.status(call.instance, post_id, call.me.actor)

    return answer


favourite = press(interacting.like)
unfavourite = press(interacting.unlike)
bookmark = press(interacting.bookmark)
unbookmark = press(interacting.unbookmark)
pin = press(interacting.pin)
unpin = press(interacting.unpin)
unreblog = press(interacting.unboost)
mute = press(notifications.mute_thread)
unmute = press(notifications.unmute_thread)
favourited_by = who(InteractionKind.LIKE)
reblogged_by = who(InteractionKind.BOOST)


async def reblog(call: Call, status_id: str) -> e.Status:
    """POST /api/v1/statuses/<id>/reblog: answers with the boost."""
    post_id = await loading.post_id(row_id(status_id))
    shown_to = drafts.boost_visibility(call.parameters)
    boost = await interacting.boost(call.instance, call.me.actor, post_id, shown_to)
    return await loading.boosted(call.instance, boost, call.me.actor)


# ---------------------------------------------------------------- quotes


async def quotes(call: Call, status_id: str) -> Reply[list[e.Status]]:
    """GET /api/v1/statuses/<id>/quotes."""
    post_id = await loading.post_id(row_id(status_id))
    found = await around.quotes(call.instance, post_id, page(call), call.reader)
    shown = await loading.statuses(call.instance, found.items, call.reader, context="thread")
    return linked(shown, call, found.next_max_id, found.prev_min_id)


async def revoke_quote(call: Call, status_id: str, quoting_id: str) -> e.Status:
    """POST /api/v1/statuses/<id>/quotes/<quoting id>/revoke."""
    me, post_id = call.me.actor, row_id(quoting_id)
    await around.own(call.instance, me, row_id(status_id))
    await approvals.remove_quote(call.instance, me, post_id)
    return await loading.status(call.instance, post_id, me)


async def allow_quotes(call: Call, status_id: str) -> e.Status:
    """PUT /api/v1/statuses/<id>/interaction_policy: who may quote a post of one's own."""
    me, post_id = call.me.actor, row_id(status_id)
    await around.own(call.instance, me, post_id)  # PV-3: before what is wrong with the rest is said
    quoters = drafts.quote_rule(call.parameters.text("quote_approval_policy"))
    await quotable.let_quote(call.instance, me, post_id, quoters)
    return await loading.status(call.instance, post_id, me)


async def translate(call: Call, status_id: str) -> e.Translation:
    """POST /api/v1/statuses/<id>/translate (B84): 404 where nothing translates."""
    sent, me = call.parameters, call.me
    post_id = await loading.post_id(row_id(status_id))
    language = sent.text("lang") or me.user.preferences.language
    found = await translating.translate(call.instance, post_id, me.actor, language)
    return rendering.translation(found)
