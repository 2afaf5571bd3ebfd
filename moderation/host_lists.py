"""Lists of rules about hosts as CSV, in the form that Mastodon exports and imports; no tables.

The first line names the columns: `#domain,#severity,#reject_media,#reject_reports,#public_comment,
#obfuscate`. Lists without that line, of one host a line, mean that all of them are suspended.
https://docs.joinmastodon.org/admin/moderation/
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from instance.errors import Invalid
from instance.resources import Instance
from moderation import hosts
from storage.records import HostRule, HostSeverity

BYTES_MAX = 10 * 1024 * 1024
ROWS_MAX = 50_000
MISTAKES_SHOWN_MAX = 20

COLUMNS = ("domain", "severity", "reject_media", "reject_reports", "public_comment", "obfuscate")

# What Mastodon calls "noop" is a rule that changes nothing but media and reports.
_SEVERITIES = {
    "": HostSeverity.SUSPEND,
    "suspend": HostSeverity.SUSPEND,
    "silence": HostSeverity.SILENCE,
    "limit": HostSeverity.SILENCE,
    "noop": HostSeverity.ALLOW,
}
_NAMES = {HostSeverity.ALLOW: "noop"}
_YES = frozenset({"true", "t", "1", "yes"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list says: the rules in it, and which lines are none and why."""

    rules: tuple[HostRule, ...]
    mistakes: tuple[str, ...] = ()
    mistakes_total: int = 0


def read(instance: Instance, text: str) -> Reading:
    """Read a list; lines that name no host are passed over and reported. Raises `Invalid`."""
    if len(text.encode()) > BYTES_MAX:
        raise Invalid(f"The list has more than {BYTES_MAX // 1024 // 1024} MB.")
    found: dict[str, HostRule] = {}
    mistakes: list[str] = []
    try:
        for number, row in enumerate(_rows(text), start=1):
            if number > ROWS_MAX:
                raise Invalid(f"The list has more than {ROWS_MAX} lines.")
            try:
                rule = _rule(instance, row)
            except Invalid as wrong:
                mistakes.append(f"Entry {number}: {wrong.public}")
                continue
            found[rule.host] = rule
    except csv.Error as error:
        raise Invalid(f"This is no CSV: {error}.") from error
    return Reading(tuple(found.values()), tuple(mistakes[:MISTAKES_SHOWN_MAX]), len(mistakes))


def _rows(text: str) -> Iterable[Mapping[str, str]]:
    """The lines as columns by name; their heads may stand with or without `#`."""
    lines = [line for line in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(line)]
    heads: Sequence[str] = ("domain",)
    if lines and lines[0][0].strip().lower().lstrip("#") in {"domain", "host"}:
        heads = [head.strip().lower().lstrip("#") for head in lines.pop(0)]
        heads = ["domain" if head == "host" else head for head in heads]
    for line in lines:
        if not line[0].lstrip().startswith("#"):
            yield dict(zip(heads, line, strict=False))


def _rule(instance: Instance, row: Mapping[str, str]) -> HostRule:
    host = row.get("domain", "").strip()
    if "*" in host.removeprefix("*."):
        raise Invalid(f"{host[:100]} is hidden by its author.")
    severity = _SEVERITIES.get(row.get("severity", "").strip().lower())
    if severity is None:
        raise Invalid(f"{row['severity'][:50]!r} is no severity.")
    return hosts.rule_for(
        instance,
        host,
        severity,
        rejects_media=_is_yes(row.get("reject_media")),
        rejects_reports=_is_yes(row.get("reject_reports")),
        public_comment=row.get("public_comment", "")[: hosts.COMMENT_LETTERS_MAX],
        comment=row.get("private_comment", "")[: hosts.COMMENT_LETTERS_MAX],
        obfuscates=_is_yes(row.get("obfuscate")),
    )


def _is_yes(text: str | None) -> bool:
    return (text or "").strip().lower() in _YES


def write(rules: Iterable[HostRule]) -> str:
    """Write rules as a list; what operators say among themselves stays here."""
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\n")
    out.writerow([f"#{name}" for name in COLUMNS])
    for rule in rules:
        severity = _NAMES.get(rule.severity, rule.severity.value)
        flags = [str(flag).lower() for flag in (rule.rejects_media, rule.rejects_reports)]
        comment, obfuscates = _harmless(rule.public_comment), str(rule.obfuscates).lower()
        out.writerow([rule.host, severity, *flags, comment, obfuscates])
    return written.getvalue()


def _harmless(comment: str) -> str:
    """A comment that no spreadsheet takes for a formula."""
    return f"'{comment}" if comment[:1] in {"=", "+", "-", "@", "\t"} else comment
