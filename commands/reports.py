"""The command `report`: what people here and elsewhere reported, settled or opened again."""

import argparse

import serving
from actors.activitystreams import handle_of
from commands.results import Result
from instance.errors import NotFound
from instance.resources import Instance
from instance.settings import Settings
from outbox import reporting
from storage import users
from storage.records import Page, Report, RowId, User

ROWS_MAX = 200


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `list`, `resolve` and `reopen`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|resolve|reopen")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    listing = verb("list", "list the reports that wait, the newest first")
    listing.add_argument("--resolved", action="store_true", help="those that are settled instead")
    resolving = verb("resolve", "settle a report")
    resolving.add_argument("--note", default="", help="for the other moderators")
    for each in (resolving, verb("reopen", "let a settled report wait again")):
        each.add_argument("id", metavar="ID", type=int, help="as `list` names it")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the three; who has the machine acts as the first of those who run the server."""
    async with serving.opened(settings) as instance:
        moderator = await _moderator()
        if given.verb == "list":
            page = Page(limit=ROWS_MAX)
            found = await reporting.list_reports(moderator, page, resolved=given.resolved)
            return await _listed(instance, found)
        report_id = RowId(given.id)
        if given.verb == "resolve":
            after = await reporting.resolve(
                instance, moderator, report_id, given.note, is_operator=True
            )
            return Result("Settled.", {"id": str(after.id)})
        after = await reporting.reopen(instance, moderator, report_id, is_operator=True)
        return Result("It waits again.", {"id": str(after.id)})


async def _moderator() -> User:
    found = await users.list_moderators()
    if not found:
        raise NotFound("Nobody runs this server yet. `python main.py user add` makes an owner.")
    return found[0]


async def _listed(instance: Instance, found: list[Report]) -> Result:
    people = await reporting.about(found)
    domain = instance.settings.handles_at
    rows = [
        {
            "id": str(each.id),
            "about": handle_of(people[each.target_id], domain),
            # OR-27: of a report from elsewhere only the server is known for sure.
            "by": people[each.actor_id].host or handle_of(people[each.actor_id], domain),
            "category": each.category.value,
            "comment": each.comment,
            "posts": [str(post_id) for post_id in each.post_ids],
            "at": each.created_at.isoformat(),
            "note": each.note,
        }
        for each in found
        if each.target_id in people and each.actor_id in people
    ]
    lines = [
        f"{row['id']}  {row['about']}, reported by {row['by']} ({row['category']})" for row in rows
    ]
    return Result("\n".join(lines) or "No reports.", {"reports": rows})
