"""The command `announcement`: what everybody on this server is told."""

import argparse
from datetime import UTC, datetime

import serving
from commands.results import Result
from feeds import announcements
from instance.errors import Invalid
from instance.settings import Settings
from storage.records import Announcement, RowId


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `add`, `list` and `remove`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="add|list|remove")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("list", "list the newest, also those that are over")
    adding = verb("add", "tell everybody on this server something")
    adding.add_argument("text", metavar="TEXT", help="links, hashtags and :emoji: work")
    adding.add_argument("--at", metavar="TIME", default="", help="when it is told; else now")
    adding.add_argument("--starts", metavar="TIME", default="", help="when it begins")
    adding.add_argument("--ends", metavar="TIME", default="", help="when it is over, and gone")
    adding.add_argument("--all-day", action="store_true", help="it is about days, not hours")
    removing = verb("remove", "take it back, with the emoji under it")
    removing.add_argument("id", metavar="ID", type=int)


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the three."""
    async with serving.opened(settings) as instance:
        if given.verb == "add":
            made = await announcements.announce(
                instance,
                given.text,
                at=_time(given.at),
                starts_at=_time(given.starts),
                ends_at=_time(given.ends),
                is_all_day=given.all_day,
            )
            return Result(f"Announced, as {made.id}.", {"id": str(made.id)})
        if given.verb == "remove":
            await announcements.withdraw(instance, RowId(given.id))
            return Result("Removed.", {"removed": str(given.id)})
        found = await announcements.everything()
        text = "\n".join(_line(each) for each in found) or "There is none."
        return Result(text, {"announcements": {str(each.id): each.text for each in found}})


def _line(each: Announcement) -> str:
    until = f" until {each.ends_at:%Y-%m-%d %H:%M} UTC" if each.ends_at else ""
    return f"{each.id}{until}  {' '.join(each.text.split())[:100]}"


def _time(text: str) -> datetime | None:
    """A time as it was typed, UTC where it names no zone."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text} is no time: write 2026-12-24T18:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
