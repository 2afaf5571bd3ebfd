"""The command `emoji`: the custom emoji of this server."""

import argparse
from pathlib import Path

import serving
from actors import emoji
from commands.results import Result, read_file
from instance.settings import Settings
from storage import emojis


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `add`, `list` and `remove`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="add|list|remove")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("list", "list them all")
    adding = verb("add", "add an emoji that people here write as :name:")
    for each in (adding, verb("remove", "remove an emoji; posts show its name from now on")):
        each.add_argument("name", metavar="NAME", help="small letters, digits, underscores")
    adding.add_argument("file", metavar="FILE", type=Path, help="a picture; squares look best")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the three."""
    async with serving.opened(settings) as instance:
        if given.verb == "add":
            made = await emoji.add(instance, given.name, read_file(given.file))
            return Result(f":{made.shortcode}: can be used now.", {"shortcode": made.shortcode})
        if given.verb == "remove":
            await emoji.remove(instance, given.name)
            return Result("Removed.", {"removed": given.name})
        found = await emojis.list_all()
        lines = [f":{each.shortcode}:  {each.url}" for each in found]
        text = "\n".join(lines) or "There is none. `python main.py emoji add NAME FILE` adds one."
        return Result(text, {"emoji": {each.shortcode: each.url for each in found}})
