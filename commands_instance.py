"""The command `instance`: closes the server for good; and `user rotate-keys`: new keys for people.

Both may be done again when they were interrupted.
"""

import argparse
import asyncio
import sys

import serving
from commands import Result, person_here
from instance.errors import Invalid
from instance.resources import Instance
from instance.settings import Settings
from outbox import closing, profiles
from progress import Progress
from storage import actors
from storage.records import Page

PEOPLE_PER_READ = 100
LOOK_EVERY_S = 1.0


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="close")
    text = "delete every account here and tell the other servers; there is no way back"
    closes = verbs.add_parser("close", help=text, description=text, parents=[common])
    closes.add_argument(
        "--domain", required=True, help="of this server: so you say that you mean it"
    )
    closes.add_argument("--wait", action="store_true", help="until all were told (`serve` tells)")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Close the server; may be interrupted and done again."""
    if given.domain != settings.domain:
        raise Invalid(f"--domain is not that of this server. To close it: {settings.domain}")
    progress = Progress()
    async with serving.opened(settings) as instance:
        try:
            deleted = await closing.close(instance, progress)
            left = await _waiting(instance, progress, wait=given.wait)
        except asyncio.CancelledError:
            progress.end()
            sys.stderr.write("Interrupted; the same command goes on where it was.\n")
            raise
        finally:
            progress.end()
    text = f"{deleted} accounts deleted. "
    if left:
        text += (
            f"{left} jobs wait to tell other servers: keep this one running (`python main.py "
            "serve`) until `python main.py queue` shows none, some days for servers that are away."
        )
    else:
        text += "Everybody was told: the server may be stopped."
    return Result(text, {"deleted": deleted, "waiting": left})


async def _waiting(instance: Instance, progress: Progress, *, wait: bool) -> int:
    total = left = await closing.waiting(instance)
    while wait and left:
        progress("other servers told", total - left, total)
        await asyncio.sleep(LOOK_EVERY_S)
        left = await closing.waiting(instance)
        total = max(total, left)
    return left


def add_rotating(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Add `rotate-keys` to the verbs of `user`."""
    text = "give people new keys, and tell the servers that know the old ones"
    rotating = verbs.add_parser("rotate-keys", help=text, description=text, parents=[common])
    who = rotating.add_mutually_exclusive_group(required=True)
    who.add_argument("name", metavar="NAME", nargs="?", help="the handle of a local person")
    who.add_argument("--all", action="store_true", help="everybody, and the server itself")


async def rotate_keys(settings: Settings, name: str | None) -> Result:
    """New keys for one person, or for everybody here when there is no name."""
    progress = Progress()
    async with serving.opened(settings) as instance:
        if name is not None:
            await profiles.rotate_keys(instance, await person_here(name))
            return Result(f"{name} has new keys; followers' servers are told.", {"rotated": 1})
        total, done = await actors.count_local_people() + 1, 0
        max_id: int | None = None
        while True:
            page = await actors.list_local(Page(limit=PEOPLE_PER_READ, max_id=max_id))
            for actor in page:
                await profiles.rotate_keys(instance, actor)
                done += 1
                progress("people with new keys", done, max(total, done))
            if len(page) < PEOPLE_PER_READ:
                break
            max_id = page[-1].id
        progress.end()
    return Result(f"{done} actors have new keys; followers' servers are told.", {"rotated": done})
