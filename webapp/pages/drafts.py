"""Chapter drafts: what somebody has not finished (B44), and what waits for its time (B43)."""

from dataclasses import dataclass
from datetime import datetime

from outbox import drafting, scheduling
from posts.drafts import Draft, circle_of
from storage.records import Page, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.pages import finding, presenting, words
from webapp.pages.visit import Visit, redirect

_AUDIENCES = dict(words.AUDIENCES)


@dataclass(frozen=True, slots=True)
class DraftView:
    """A post that is not there yet, in a line; `when` it was kept, or when it will be posted."""

    id: int
    excerpt: str
    facts: tuple[str, ...]
    when: words.When
    reason: str = ""


async def drafts(visit: Visit) -> Answer:
    """GET /drafts: what is not finished, and what could not be posted."""
    page = _page(visit)
    found = await drafting.all_of(visit.me.actor, page)
    now = visit.instance.now()
    shown = [
        _view(each.id, drafting.draft_of(each.draft), each.created_at, now, each.reason)
        for each in found
    ]
    return await _list_page(visit, "Drafts", shown, page)


async def scheduled(visit: Visit) -> Answer:
    """GET /scheduled: what waits for its time."""
    page = _page(visit)
    found = await scheduling.all_of(visit.me.actor, page)
    now = visit.instance.now()
    shown = [_view(each.id, scheduling.draft_of(each), each.due_at, now) for each in found]
    return await _list_page(visit, "Scheduled", shown, page)


async def discard(visit: Visit, draft_id: str) -> Answer:
    """POST /drafts/<id>/discard."""
    await drafting.discard(visit.instance, visit.me.actor, finding.post_id(draft_id))
    return redirect("/drafts?said=discarded")


async def cancel(visit: Visit, scheduled_id: str) -> Answer:
    """POST /scheduled/<id>/cancel."""
    await scheduling.cancel(visit.instance, visit.me.actor, finding.post_id(scheduled_id))
    return redirect("/scheduled?said=cancelled")


def _page(visit: Visit) -> Page:
    return paging.read(visit.query)


async def _list_page(visit: Visit, title: str, shown: list[DraftView], page: Page) -> Answer:
    tabs = (("Drafts", "/drafts"), ("Scheduled", "/scheduled"))
    is_full = len(shown) >= page.limit
    return await presenting.page(
        visit,
        "drafts.html",
        here="Write",
        title=title,
        tabs=tuple((text, path, text == title) for text, path in tabs),
        drafts=shown,
        older=presenting.older(visit, shown[-1].id if is_full else None),
    )


def _view(
    row_id: RowId, draft: Draft, moment: datetime, now: datetime, reason: str = ""
) -> DraftView:
    posts, files = 1 + len(draft.following), len(drafting.media_ids(draft))
    facts = (
        "Reply" if draft.in_reply_to_id is not None else "",
        "Quote" if draft.quote_of is not None else "",
        f"{posts} posts" if posts > 1 else "",
        f"{files} {'file' if files == 1 else 'files'}" if files else "",
        "Poll" if draft.poll is not None else "",
        "Chosen followers" if circle_of(draft.visibility) else _AUDIENCES.get(draft.visibility, ""),
    )
    excerpt = words.excerpt(" · ".join(part for part in (draft.summary, draft.text) if part))
    return DraftView(
        id=row_id,
        excerpt=excerpt or "No words yet",
        facts=tuple(fact for fact in facts if fact),
        when=words.when(moment, now),
        reason=reason,
    )
