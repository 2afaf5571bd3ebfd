"""Chapter admin, hosts: which other servers are kept away, and what a change would mean."""

from collections.abc import Sequence

from instance.errors import Failure, Invalid
from moderation import host_lists, hosts
from storage import host_rules
from storage.records import HostRule, HostSeverity
from webapp.asking import Answer
from webapp.pages import admin, words
from webapp.pages.visit import Visit, redirect

PATH = "/admin/hosts"
SHOWN_MAX = 300
RULES_MAX = 100_000

_SEVERITIES = (
    (HostSeverity.SUSPEND, "Suspend", "Nothing is asked of it, sent there or taken in."),
    (HostSeverity.SILENCE, "Silence", "Its people are met by those who follow them alone."),
    (HostSeverity.ALLOW, "Allow", "Welcome, whatever holds for the domain above it."),
)
_SAID = {HostSeverity.SUSPEND: "suspended", HostSeverity.SILENCE: "silenced"}


async def hosts_form(visit: Visit) -> Answer:
    """GET /admin/hosts."""
    return await _page(visit)


async def change_hosts(visit: Visit) -> Answer:
    """POST /admin/hosts: say what a rule would do, and then make it."""
    form = visit.form
    try:
        rule = hosts.rule_for(
            visit.instance,
            form.line("host"),
            _severity(form.line("severity")),
            rejects_media=form.is_checked("no_media"),
            rejects_reports=form.is_checked("no_reports"),
            comment=form.line("comment"),
            public_comment=form.line("public_comment"),
            obfuscates=form.is_checked("obfuscate"),
        )
        if form.get("do") != "make":
            return await _page(visit, told=(await hosts.foresee(visit.instance, [rule])).told)
        await hosts.put(visit.instance, [rule], by=visit.me.actor.id)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=saved")


def _severity(text: str) -> HostSeverity:
    if text not in set(HostSeverity):
        raise Invalid("Choose what holds for the server.", fields={"severity": "Choose one."})
    return HostSeverity(text)


async def lift(visit: Visit) -> Answer:
    """POST /admin/hosts/lift: take a rule back, and what it did."""
    await hosts.lift(visit.instance, [visit.form.line("host")], by=visit.me.actor.id)
    return redirect(f"{PATH}?said=saved")


async def import_list(visit: Visit) -> Answer:
    """POST /admin/hosts/import: say what a list in Mastodon's CSV would do, and then make it."""
    try:
        found = host_lists.read(visit.instance, visit.form.text("list"))
        known = {rule.host for rule in await host_rules.list_all(RULES_MAX)}
        rules = [rule for rule in found.rules if rule.host not in known]
        if visit.form.get("do") != "make":
            foreseen = await hosts.foresee(visit.instance, rules)
            return await _page(visit, list_told=_told(found, rules, foreseen.told))
        await hosts.put(visit.instance, rules, by=visit.me.actor.id)
    except Failure as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=saved")


def _told(found: host_lists.Reading, rules: Sequence[HostRule], foreseen: str) -> list[str]:
    lines = [f"{len(rules)} new rules. {foreseen}"]
    if len(rules) < len(found.rules):
        lines.append(f"{len(found.rules) - len(rules)} servers have a rule already; it stays.")
    lines += found.mistakes
    if found.mistakes_total > len(found.mistakes):
        lines.append(f"{found.mistakes_total - len(found.mistakes)} more entries are none.")
    return lines


async def export_list(visit: Visit) -> Answer:
    """GET /admin/hosts.csv."""
    del visit
    text = host_lists.write(await host_rules.list_all(RULES_MAX))
    headers = [
        ("Content-Type", "text/csv; charset=utf-8"),
        ("Content-Disposition", 'attachment; filename="hosts.csv"'),
        ("Cache-Control", "private, no-store"),
    ]
    return Answer(200, headers, text.encode())


async def _page(
    visit: Visit,
    failure: Failure | None = None,
    *,
    told: str = "",
    list_told: Sequence[str] = (),
) -> Answer:
    rules, form = await host_rules.list_all(SHOWN_MAX), visit.form
    lines = ("host", "comment", "public_comment")
    boxes = ("no_media", "no_reports", "obfuscate")
    f = {name: form.line(name) for name in lines} | {name: form.is_checked(name) for name in boxes}
    return await admin.panel(
        visit,
        "admin_hosts.html",
        "Hosts",
        rules=[_line(rule) for rule in rules],
        rules_total=await host_rules.count(),
        severities=_SEVERITIES,
        f={
            **f,
            "severity": form.line("severity") or HostSeverity.SUSPEND,
            "list": form.text("list"),
        },
        is_allow_list=visit.instance.settings.federation.allow_list,
        failure=failure,
        told=told,
        list_told=list_told,
    )


def _line(rule: HostRule) -> dict[str, object]:
    also = [("no pictures", rule.rejects_media), ("no reports", rule.rejects_reports)]
    return {
        "host": rule.host,
        "said": ", ".join(
            [_SAID.get(rule.severity, "welcome"), *(t for t, holds in also if holds)]
        ),
        "is_suspended": rule.severity is HostSeverity.SUSPEND,
        "since": words.day(rule.created_at),
        "comment": rule.comment or rule.public_comment,
    }
