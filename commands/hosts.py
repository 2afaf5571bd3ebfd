"""The command `host`: which other servers are kept away, and what a change of that would mean."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import serving
from commands.results import Result, table
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from instance.settings import Settings
from moderation import host_lists, hosts
from moderation.hosts import Consequences
from storage import host_rules
from storage.records import HostRule, HostSeverity

ROWS_MAX = 100_000
COMMENT_LETTERS_SHOWN = 60
NAMES_SHOWN = 5

_SEVERITIES = {
    "suspend": HostSeverity.SUSPEND,
    "silence": HostSeverity.SILENCE,
    "allow": HostSeverity.ALLOW,
}
_TEXTS = {
    "suspend": "no fetch, no delivery, nothing taken in; its people and their posts are gone",
    "silence": "its people are met by those who follow them alone",
    "allow": "welcome, whatever holds for the domain above, and in allow-list mode",
}


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs; `common` has what all commands take."""
    names = "list|suspend|silence|allow|lift|import|export"
    verbs = noun.add_subparsers(dest="verb", required=True, metavar=names)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("list", "list the rules, by host")
    for name, text in _TEXTS.items():
        making = verb(name, f"{text}; sub-domains too")
        making.add_argument("--reason", default="", help="for the operators of this server")
        making.add_argument("--public-comment", default="", help="for everybody")
        making.add_argument("--no-media", action="store_true", help="do not show its pictures")
        making.add_argument("--no-reports", action="store_true", help="take no reports of it")
        making.add_argument("--obfuscate", action="store_true", help="hide its name in public")
        _add_hosts(making)
    _add_hosts(verb("lift", "take rules back, and what they did"))
    importing = verb("import", "make the rules of a list in Mastodon's CSV; - reads it")
    importing.add_argument("file", metavar="FILE")
    importing.add_argument("--replace", action="store_true", help="also where there is a rule")
    importing.add_argument("--dry-run", action="store_true", help="only say what would happen")
    verb("export", "write the rules as a list in Mastodon's CSV")


def _add_hosts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("hosts", metavar="HOST", nargs="+", help="such as bad.example")
    parser.add_argument("--dry-run", action="store_true", help="only say what would happen")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the verbs."""
    if given.verb == "list":
        return await list_rules(settings)
    if given.verb == "export":
        return await export(settings)
    if given.verb == "import":
        return await import_list(
            settings, _read(given.file), replaces=given.replace, is_dry=given.dry_run
        )
    if given.verb == "lift":
        return await lift(settings, given.hosts, is_dry=given.dry_run)
    return await make(settings, given)


async def list_rules(settings: Settings) -> Result:
    """List the rules, by host."""
    async with serving.opened(settings):
        rules = await host_rules.list_all(ROWS_MAX)
    rows = [_row(rule) for rule in rules]
    text = table(("HOST", "RULE", "ALSO", "SINCE", "REASON"), rows)
    if settings.federation.allow_list:
        text += "\nAllow-list mode: nobody else is asked, told or heard."
    return Result(text, {"rules": [_data(rule) for rule in rules]})


async def make(settings: Settings, given: argparse.Namespace) -> Result:
    """Make a rule about each host."""
    async with serving.opened(settings) as instance:
        rules = [
            hosts.rule_for(
                instance,
                host,
                _SEVERITIES[given.verb],
                rejects_media=given.no_media,
                rejects_reports=given.no_reports,
                comment=given.reason,
                public_comment=given.public_comment,
                obfuscates=given.obfuscate,
            )
            for host in given.hosts
        ]
        return await _put(instance, rules, is_dry=given.dry_run)


async def lift(settings: Settings, names: Sequence[str], *, is_dry: bool) -> Result:
    """Take rules back."""
    async with serving.opened(settings) as instance:
        wanted = [hosts.rule_for(instance, name, HostSeverity.ALLOW).host for name in names]
        known = [host for host in wanted if await host_rules.find(host) is not None]
        if not known:
            raise NotFound(f"There is no rule about {', '.join(wanted)}. `host list` shows all.")
        foreseen = await hosts.foresee(instance, [], known)
        if not is_dry:
            await hosts.lift(instance, known)
    verb = "Would be lifted" if is_dry else "Lifted"
    text = f"{verb}: {', '.join(known)}. {foreseen.told}"
    return Result(text, {"lifted": known, "dry_run": is_dry, **_counted(foreseen)})


async def export(settings: Settings) -> Result:
    """Write the rules as CSV."""
    async with serving.opened(settings):
        rules = await host_rules.list_all(ROWS_MAX)
    text = host_lists.write(rules)
    return Result(text.rstrip("\n"), {"csv": text})


async def import_list(settings: Settings, text: str, *, replaces: bool, is_dry: bool) -> Result:
    """Make the rules of a list; those that are there stay unless it `replaces`."""
    async with serving.opened(settings) as instance:
        found = host_lists.read(instance, text)
        known = {rule.host for rule in await host_rules.list_all(ROWS_MAX)}
        rules = [rule for rule in found.rules if replaces or rule.host not in known]
        result = await _put(instance, rules, is_dry=is_dry)
    lines = [result.text]
    if len(rules) < len(found.rules):
        lines.append(f"{len(found.rules) - len(rules)} have a rule already (--replace).")
    lines += found.mistakes
    if found.mistakes_total > len(found.mistakes):
        lines.append(f"… and {found.mistakes_total - len(found.mistakes)} more entries are none.")
    data = {"known_already": len(found.rules) - len(rules), "mistakes": list(found.mistakes)}
    return Result("\n".join(lines), {**result.data, **data})


async def _put(instance: Instance, rules: Sequence[HostRule], *, is_dry: bool) -> Result:
    foreseen = await hosts.foresee(instance, rules)
    if not is_dry:
        await hosts.put(instance, rules)
    names = ", ".join(rule.host for rule in rules[:NAMES_SHOWN])
    more = f" and {len(rules) - NAMES_SHOWN} more" if len(rules) > NAMES_SHOWN else ""
    noun = "rule" if len(rules) == 1 else "rules"
    said = f"{'Would be made' if is_dry else 'Made'}: {len(rules)} {noun}"
    text = f"{said} ({names}{more}). {foreseen.told}" if rules else f"{said}."
    data = {"rules": [_data(rule) for rule in rules], "dry_run": is_dry, **_counted(foreseen)}
    return Result(text, data)


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read(host_lists.BYTES_MAX + 1)
        with Path(file).open(encoding="utf-8", newline="") as opened:
            return opened.read(host_lists.BYTES_MAX + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} cannot be read: {error}.") from error


# ---------------------------------------------------------------- showing


def _counted(found: Consequences) -> dict[str, object]:
    return {name: getattr(found, name) for name in Consequences.__dataclass_fields__}


def _row(rule: HostRule) -> tuple[str, ...]:
    flags = {"no media": rule.rejects_media, "no reports": rule.rejects_reports}
    also = ", ".join(name for name, holds in flags.items() if holds) or "-"
    comment = " ".join((rule.comment or rule.public_comment).split())[:COMMENT_LETTERS_SHOWN]
    return rule.host, rule.severity.value, also, f"{rule.created_at:%Y-%m-%d}", comment or "-"


def _data(rule: HostRule) -> dict[str, object]:
    return {
        "host": rule.host,
        "severity": rule.severity.value,
        "rejects_media": rule.rejects_media,
        "rejects_reports": rule.rejects_reports,
        "comment": rule.comment,
        "public_comment": rule.public_comment,
        "obfuscates": rule.obfuscates,
        "created_at": rule.created_at.isoformat(),
    }
