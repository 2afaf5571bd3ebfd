"""Chapter reports: the form of people who report, and the page of those who look at it."""

from collections.abc import Mapping, Sequence
from typing import Any

from instance.errors import Failure, Invalid
from outbox import reporting
from outbox.reporting import Complaint
from posts import threads
from posts.text import plain_text
from storage import actors, posts, starter_packs
from storage.records import Actor, Page, Post, Report, RowId, StarterPack
from webapp import paging
from webapp.asking import Answer
from webapp.pages import admin, finding, presenting, views, words
from webapp.pages.visit import Visit, redirect, said

LIST_LIMIT = 20
EXCERPT_LETTERS_MAX = 300


# ---------------------------------------------------------------- people report


async def form_about_person(visit: Visit, handle: str) -> Answer:
    """GET /@name/report."""
    return await _form(visit, await finding.known_actor(visit.instance, handle), None)


async def form_about_post(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/report: for whoever may see the post."""
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), visit.me.actor)
    return await _form(visit, await actors.get(post.actor_id), post)


async def report_person(visit: Visit, handle: str) -> Answer:
    """POST /@name/report."""
    return await _report(visit, await finding.known_actor(visit.instance, handle), None)


async def report_post(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/report."""
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), visit.me.actor)
    return await _report(visit, await actors.get(post.actor_id), post)


async def _report(visit: Visit, who: Actor, post: Post | None) -> Answer:
    form = visit.form
    complaint = Complaint(
        comment=form.text("comment"),
        category=form.line("category"),
        post_ids=(post.id,) if post is not None else (),
        forwards=form.is_checked("forward"),
    )
    try:
        await reporting.report(visit.instance, visit.me.actor, who, complaint)
    except Invalid as failure:
        return await _form(visit, who, post, failure)
    return redirect(said(views.actor_path(who), "reported"))


async def _form(
    visit: Visit, who: Actor, post: Post | None, failure: Failure | None = None
) -> Answer:
    person = views.actor_view(who, presenting.scene(visit))
    return await presenting.page(
        visit,
        "report.html",
        who=person,
        excerpt=_words_of(post) if post is not None else "",
        action=f"/posts/{post.id}/report" if post is not None else f"{person.path}/report",
        back_to=views.post_path(post, who) if post is not None else person.path,
        f={"comment": visit.form.text("comment"), "category": visit.form.line("category")},
        categories=words.REPORT_CATEGORIES,
        comment_letters_max=reporting.COMMENT_LETTERS_MAX,
        failure=failure,
    )


# ---------------------------------------------------------------- moderators answer


async def reports(visit: Visit) -> Answer:
    """GET /admin/reports: those that wait, or with `?resolved=1` those that are settled."""
    return await _reports_page(visit)


async def answer_report(visit: Visit) -> Answer:
    """POST /admin/reports: settle a report with a note, or let it wait again."""
    form, me = visit.form, visit.me.user
    report_id = RowId(form.id("report"))
    if form.get("do") == "reopen":
        await reporting.reopen(visit.instance, me, report_id)
        return redirect("/admin/reports?said=saved")
    try:
        await reporting.resolve(visit.instance, me, report_id, form.text("note"))
    except Invalid as failure:
        return await _reports_page(visit, failure)
    return redirect("/admin/reports?said=saved")


async def _reports_page(visit: Visit, failure: Failure | None = None) -> Answer:
    is_resolved = visit.query.is_checked("resolved")
    max_id = paging.read(visit.query).max_id
    page = Page(limit=LIST_LIMIT + 1, max_id=max_id)
    found = await reporting.list_reports(visit.me.user, page, resolved=is_resolved)
    shown = found[:LIST_LIMIT]
    people = await reporting.about(shown)
    named = await posts.by_ids({post_id for each in shown for post_id in each.post_ids})
    packs = await starter_packs.by_ids({pack_id for each in shown for pack_id in each.pack_ids})
    return await admin.panel(
        visit,
        "admin_reports.html",
        "Reports",
        reports=_report_views(visit, shown, people, named, packs),
        is_resolved=is_resolved,
        older=presenting.older(visit, shown[-1].id if len(found) > LIST_LIMIT else None),
        failure=failure,
    )


def _report_views(
    visit: Visit,
    shown: Sequence[Report],
    people: Mapping[RowId, Actor],
    named: Mapping[RowId, Post],
    packs: Sequence[StarterPack],
) -> list[dict[str, Any]]:
    how = presenting.scene(visit)
    found = []
    for each in shown:
        reporter, target = people.get(each.actor_id), people.get(each.target_id)
        if reporter is None or target is None:
            continue
        settled_by = people.get(each.resolved_by_id) if each.resolved_by_id else None
        found.append(
            {
                "id": each.id,
                "target": views.actor_view(target, how),
                # OR-27: of a report from elsewhere only the server is known for sure.
                "reporter": views.actor_view(reporter, how) if reporter.is_local else None,
                "host": reporter.host or "",
                "category": dict(words.REPORT_CATEGORIES)[each.category],
                "comment": each.comment,
                "is_forwarded": each.is_forwarded,
                "when": words.when(each.created_at, how.now),
                "posts": [_post_view(named.get(post_id), target) for post_id in each.post_ids],
                "packs": [pack.name for pack in packs if pack.id in each.pack_ids],
                "note": each.note,
                "settled": words.when(each.resolved_at, how.now) if each.resolved_at else None,
                "settled_by": settled_by.username if settled_by else "",
            }
        )
    return found


def _post_view(post: Post | None, author: Actor) -> dict[str, str]:
    if post is None or post.deleted_at is not None:
        return {"path": "", "words": "This post was deleted."}
    return {"path": views.post_path(post, author), "words": _words_of(post)}


def _words_of(post: Post) -> str:
    """What a post says, its content note first; without markup."""
    said_here = " ".join(filter(None, (post.summary, post.title, plain_text(post.content))))
    return words.excerpt(said_here, EXCERPT_LETTERS_MAX) or "A post without words"
