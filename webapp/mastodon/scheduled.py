"""Chapter scheduled statuses, https://docs.joinmastodon.org/methods/scheduled_statuses/."""

from typing import Any

from outbox import scheduling
from posts import files
from posts.drafts import Draft, circle_of
from storage.records import ScheduledPost
from webapp.calls import Call, Reply
from webapp.mastodon import drafts
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import instant, visibility
from webapp.mastodon.media_rendering import attachment
from webapp.mastodon.paging import linked, page, row_id


async def index(call: Call) -> Reply[list[e.ScheduledStatus]]:
    """GET /api/v1/scheduled_statuses."""
    asked = page(call)
    found = await scheduling.all_of(call.me.actor, asked)
    older = found[-1].id if len(found) >= asked.limit else None
    shown = [await entity(call, each) for each in found]
    return linked(shown, call, older, found[0].id if found else None)


async def show(call: Call, scheduled_id: str) -> e.ScheduledStatus:
    """GET /api/v1/scheduled_statuses/<id>."""
    return await entity(call, await scheduling.find(call.me.actor, row_id(scheduled_id)))


async def change(call: Call, scheduled_id: str) -> e.ScheduledStatus:
    """PUT /api/v1/scheduled_statuses/<id>: at another time; without one it stays."""
    due_at = call.parameters.instant("scheduled_at")
    if due_at is None:
        return await show(call, scheduled_id)
    found = await scheduling.move(call.instance, call.me.actor, row_id(scheduled_id), due_at)
    return await entity(call, found)


async def cancel(call: Call, scheduled_id: str) -> e.Empty:
    """DELETE /api/v1/scheduled_statuses/<id>."""
    await scheduling.cancel(call.instance, call.me.actor, row_id(scheduled_id))
    return {}


async def entity(call: Call, row: ScheduledPost) -> e.ScheduledStatus:
    """Return a ScheduledStatus with its files."""
    draft = scheduling.draft_of(row)
    found = await files.checked(call.me.actor, draft.media_ids or ())
    return {
        "id": str(row.id),
        "scheduled_at": instant(row.due_at),
        "params": _parameters(draft),
        "media_attachments": [
            attachment(files.attachment(each), str(each.id), call.instance.addresses.private_file)
            for each in found
        ],
    }


def _parameters(draft: Draft) -> dict[str, Any]:
    """What an app would send to say it."""
    poll = draft.poll
    seconds = int(poll.open_for.total_seconds()) if poll and poll.open_for else 0
    return {
        "text": draft.text,
        "poll": poll
        and {
            "options": list(poll.options),
            "expires_in": seconds,
            "multiple": poll.is_multiple,
            "hide_totals": poll.hides_totals,
        },
        "media_ids": [str(each) for each in draft.media_ids or ()] or None,
        "sensitive": draft.is_sensitive,
        "spoiler_text": draft.summary,
        # Apps know no word for some followers alone; those posts are direct to them (B37).
        "visibility": "direct" if circle_of(draft.visibility) else visibility(draft.visibility),
        "in_reply_to_id": draft.in_reply_to_id,
        "language": draft.language or None,
        "content_type": draft.source_type,
        "application_id": 0,
        "scheduled_at": None,
        "idempotency": None,
        "with_rate_limit": False,
        "quoted_status_id": draft.quote_of and str(draft.quote_of),
        "quote_approval_policy": drafts.quoters(draft.policy),
        "allowed_mentions": None,
    }
