"""Chapter admin, rules: about words, links and hashtags; what is held, and what was refused."""

from typing import Any

from inbox import policing
from instance.errors import Failure, Invalid
from instance.rulebook import CONTENT_RULES_MAX
from moderation import contents, wording
from storage import content_rules, receipts
from storage.records import ContentAction, ContentKind, ContentRule, Page, Receipt, RowId
from webapp.asking import Answer
from webapp.pages import admin, presenting, words
from webapp.pages.visit import Visit, redirect

PATH = "/admin/rules"
HELD_SHOWN_MAX = 40
REFUSED_SHOWN_MAX = 20
WORDS_SHOWN_MAX = 500

_KINDS = (
    (ContentKind.WORD, "Words"),
    (ContentKind.LINK, "Links to a server"),
    (ContentKind.HASHTAG, "A hashtag"),
)
_ACTIONS = (
    (ContentAction.HOLD, "hold for a moderator"),
    (ContentAction.REJECT, "refuse"),
    (ContentAction.SENSITIVE, "hide behind a warning"),
)


async def rules_form(visit: Visit) -> Answer:
    """GET /admin/rules."""
    return await _page(visit)


async def add_rule(visit: Visit) -> Answer:
    """POST /admin/rules."""
    form = visit.form
    try:
        await contents.add(
            visit.instance,
            _chosen(ContentKind, form.line("kind")),
            form.line("pattern"),
            _chosen(ContentAction, form.line("then")),
            only_strangers=form.is_checked("strangers"),
            comment=form.line("comment"),
            by=visit.me.actor.id,
        )
    except Failure as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=saved")


def _chosen(kind: Any, text: str) -> Any:
    if text not in set(kind):
        raise Invalid("Choose what the rule looks for, and what it does.")
    return kind(text)


async def remove_rule(visit: Visit) -> Answer:
    """POST /admin/rules/remove."""
    await contents.remove(visit.instance, RowId(visit.form.id("rule")), by=visit.me.actor.id)
    return redirect(f"{PATH}?said=saved")


async def answer_held(visit: Visit) -> Answer:
    """POST /admin/held: act on what was held, or forget it."""
    act = policing.release if visit.form.get("do") == "release" else policing.drop
    await act(visit.instance, RowId(visit.form.id("held")), by=visit.me.actor.id)
    return redirect(f"{PATH}?said=saved")


async def _page(visit: Visit, failure: Failure | None = None) -> Answer:
    how, form = presenting.scene(visit), visit.form
    held = await receipts.list_held(Page(limit=HELD_SHOWN_MAX))
    refused = await receipts.list_refused(Page(limit=REFUSED_SHOWN_MAX))
    return await admin.panel(
        visit,
        "admin_rules.html",
        "Rules",
        rules=[_line(rule) for rule in await content_rules.list_all(CONTENT_RULES_MAX)],
        held=[{**_came(each, how.now), "words": _words(each)} for each in held],
        refused=[_came(each, how.now) for each in refused],
        kinds=_KINDS,
        actions=_ACTIONS,
        f={name: form.line(name) for name in ("kind", "pattern", "then", "comment")}
        | {"strangers": form.is_checked("strangers")},
        failure=failure,
    )


def _line(rule: ContentRule) -> dict[str, object]:
    return {
        "id": rule.id,
        "kind": dict(_KINDS)[rule.kind],
        "pattern": rule.pattern,
        "action": dict(_ACTIONS)[rule.action],
        "whom": "strangers alone" if rule.only_strangers else "everybody",
        "comment": rule.comment,
    }


def _came(receipt: Receipt, now: Any) -> dict[str, Any]:
    return {
        "id": receipt.id,
        "actor": receipt.actor_uri or "nobody named",
        "kind": receipt.kind or "Something",
        "activity": receipt.activity_uri,
        "why": receipt.reason,
        "when": words.when(receipt.received_at, now),
    }


def _words(receipt: Receipt) -> str:
    """What a held post says, as plain text."""
    return wording.held_words(receipt.document)[:WORDS_SHOWN_MAX]
