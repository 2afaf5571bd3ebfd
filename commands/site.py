"""The command `site`: rules of this server, and its texts: about, privacy, terms, contact."""

import argparse
import sys
from datetime import date
from pathlib import Path

import serving
from commands.results import Result, read_file
from instance.errors import Invalid
from instance.resources import Instance
from instance.settings import Settings
from storage import site_texts as stored
from storage.records import RowId, SiteRule, SiteTextKind
from users import site_texts

_VERBS = "rules|add-rule|remove-rule|publish|contact"


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar=_VERBS)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("rules", "list the rules of this server")
    adding = verb("add-rule", "add a rule, below those that are there")
    adding.add_argument("text", metavar="TEXT", help='such as "Be kind."')
    adding.add_argument("--hint", default="", help="a sentence that says more")
    removing = verb("remove-rule", "put a rule out of force")
    removing.add_argument("id", metavar="ID", type=int, help="as `rules` names it")
    publishing = verb("publish", "publish a text in place of the one before")
    publishing.add_argument("kind", choices=[kind.value for kind in SiteTextKind])
    publishing.add_argument("file", metavar="FILE", help="plain text, UTF-8; - reads it from input")
    publishing.add_argument("--from", dest="day", type=date.fromisoformat, metavar="YYYY-MM-DD")
    contact = verb("contact", "say where people reach who runs this server")
    contact.add_argument("email", metavar="E-MAIL", help='an address; "" removes it')


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the verbs."""
    async with serving.opened(settings) as instance:
        if given.verb == "rules":
            return _listed(await stored.rules())
        if given.verb == "add-rule":
            made = await site_texts.add_rule(instance, given.text, hint=given.hint)
            return Result(f"Rule {made.id}: {made.text}", _data(made))
        if given.verb == "remove-rule":
            await site_texts.remove_rule(instance, RowId(given.id))
            return Result("The rule is no longer in force.", {"id": str(given.id)})
        if given.verb == "contact":
            await site_texts.set_contact(instance, given.email)
            return Result("Saved.", {"email": given.email})
        return await _publish(instance, given)


async def _publish(instance: Instance, given: argparse.Namespace) -> Result:
    data = sys.stdin.buffer.read() if given.file == "-" else read_file(Path(given.file))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Invalid("The text is not UTF-8.") from error
    kind = SiteTextKind(given.kind)
    made = await site_texts.publish(instance, kind, text, effective_on=given.day)
    day = made.effective_at.date().isoformat()
    words = f"Published: {site_texts.NAMES[kind]}, in force from {day}."
    return Result(words, {"kind": kind.value, "effective_date": day})


def _listed(rules: list[SiteRule]) -> Result:
    lines = [f"{rule.id}  {rule.text}" for rule in rules]
    return Result("\n".join(lines) or "No rules.", {"rules": [_data(rule) for rule in rules]})


def _data(rule: SiteRule) -> dict[str, object]:
    return {"id": str(rule.id), "text": rule.text, "hint": rule.hint}
