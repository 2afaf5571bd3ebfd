"""The commands `rule` and `held`: rules about what other servers send, and what they hold."""

import argparse
from datetime import datetime

import serving
from commands.results import Result, distance, shortened, table
from inbox import policing
from instance.rulebook import CONTENT_RULES_MAX
from instance.settings import Settings
from moderation import contents
from storage import content_rules, receipts
from storage.records import ContentAction, ContentKind, ContentRule, Page, Receipt, RowId

ROWS_MAX = 1000


def add_arguments_of_rule(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `list`, `add` and `remove`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|add|remove")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("list", "list the rules, in the order in which they are tried")
    adding = verb("add", "refuse, hold or mark what holds some words, a link or a hashtag")
    adding.add_argument("kind", choices=[kind.value for kind in ContentKind])
    adding.add_argument("pattern", metavar="PATTERN", help="words, the host of a link, a hashtag")
    adding.add_argument(
        "--then", default=ContentAction.HOLD.value, choices=[each.value for each in ContentAction]
    )
    adding.add_argument("--strangers", action="store_true", help="only of whom nobody here follows")
    adding.add_argument("--reason", default="", help="for the operators of this server")
    removing = verb("remove", "remove a rule")
    removing.add_argument("id", metavar="ID", type=int, help="as `rule list` names it")


def add_arguments_of_held(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `list`, `release` and `drop`."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|release|drop")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("list", "list what policies hold, the newest first")
    for each in (
        verb("release", "act on it after all"),
        verb("drop", "forget what it says"),
    ):
        each.add_argument("ids", metavar="ID", nargs="+", type=int, help="as `held list` names it")


async def run_rule(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the verbs of `rule`."""
    async with serving.opened(settings) as instance:
        if given.verb == "add":
            made = await contents.add(
                instance,
                ContentKind(given.kind),
                given.pattern,
                ContentAction(given.then),
                only_strangers=given.strangers,
                comment=given.reason,
            )
            return Result(f"Made rule {made.id}: {_said(made)}.", {"rule": _data(made)})
        if given.verb == "remove":
            removed = await contents.remove(instance, RowId(given.id))
            return Result(f"Removed: {_said(removed)}.", {"removed": _data(removed)})
        rules = await content_rules.list_all(CONTENT_RULES_MAX)
    rows = [
        (str(rule.id), rule.kind.value, rule.pattern, rule.action.value, _whom(rule), rule.comment)
        for rule in rules
    ]
    heads = ("ID", "KIND", "PATTERN", "THEN", "OF", "REASON")
    return Result(table(heads, rows), {"rules": [_data(rule) for rule in rules]})


async def run_held(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the verbs of `held`."""
    async with serving.opened(settings) as instance:
        if given.verb != "list":
            act = policing.release if given.verb == "release" else policing.drop
            for receipt_id in given.ids:
                await act(instance, RowId(receipt_id))
            done = "will be acted on" if given.verb == "release" else "dropped"
            return Result(f"{len(given.ids)} {done}.", {given.verb: len(given.ids)})
        found = await receipts.list_held(Page(limit=ROWS_MAX))
        now = instance.now()
    rows = [_row(each, now) for each in found]
    text = table(("ID", "CAME", "KIND", "ACTOR", "WHY"), rows)
    return Result(text, {"held": [_data_of_held(each) for each in found]})


def _said(rule: ContentRule) -> str:
    return f"{rule.kind} {rule.pattern!r} of {_whom(rule)}: {rule.action}"


def _whom(rule: ContentRule) -> str:
    return "strangers" if rule.only_strangers else "everybody"


def _row(receipt: Receipt, now: datetime) -> tuple[str, ...]:
    came = distance(receipt.received_at, now)
    why, actor = shortened(receipt.reason), shortened(receipt.actor_uri)
    return str(receipt.id), came, shortened(receipt.kind), actor, why


def _data(rule: ContentRule) -> dict[str, object]:
    return {
        "id": str(rule.id),
        "kind": rule.kind.value,
        "pattern": rule.pattern,
        "action": rule.action.value,
        "only_strangers": rule.only_strangers,
        "comment": rule.comment,
        "created_at": rule.created_at.isoformat(),
    }


def _data_of_held(receipt: Receipt) -> dict[str, object]:
    return {
        "id": str(receipt.id),
        "activity": receipt.activity_uri,
        "actor": receipt.actor_uri,
        "kind": receipt.kind,
        "reason": receipt.reason,
        "received_at": receipt.received_at.isoformat(),
        "document": receipt.document,
    }
