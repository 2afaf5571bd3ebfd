"""Reports to those who run the server. See docs.joinmastodon.org, methods, reports."""

from outbox import reporting
from outbox.reporting import Complaint
from storage import actors
from storage.records import ReportCategory, RowId
from webapp.calls import Call
from webapp.mastodon import notification_entities as e
from webapp.mastodon import notifications_loading as loading
from webapp.mastodon.paging import row_id


async def create(call: Call) -> e.Report:
    """POST /api/v1/reports."""
    sent = call.parameters
    target = await actors.get(row_id(sent.text("account_id")))
    complaint = Complaint(
        comment=sent.text("comment"),
        category=sent.text("category", ReportCategory.OTHER.value),
        post_ids=tuple(RowId(each) for each in sent.ids("status_ids")),
        forwards=sent.flag("forward"),
        rule_ids=tuple(RowId(each) for each in sent.ids("rule_ids")),
        pack_ids=tuple(RowId(each) for each in sent.ids("collection_ids")),
    )
    made = await reporting.report(call.instance, call.me.actor, target, complaint)
    return await loading.report(call.instance, made, target)
