"""The command `instance`: closes the server for good; may be done again when it was interrupted."""

import argparse
import asyncio
import sys

import serving
from commands.progress import Progress
from commands.results import Result
from instance.errors import Invalid
from instance.resources import Instance
from instance.settings import Settings
from outbox import closing

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
