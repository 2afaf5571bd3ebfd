"""The command `media`: what files take up, and pictures that nobody may upload here (MO-11)."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Final

import serving
from commands.results import Result, read_file
from instance.resources import Instance
from instance.settings import Settings
from posts import blocked_pictures
from storage import media, remote_files
from storage.records import BlockedPicture, RowId

LATELY: Final = timedelta(days=7)
THOUSAND: Final = 1000
TEN: Final = 10


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="usage|block|list|unblock")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    verb("usage", "say what files take up, and how long copies of others' files last")
    blocking = verb("block", "refuse a picture, and copies of it in other sizes and formats")
    blocking.add_argument("picture", metavar="FILE|URL", help="a file, or a picture of this server")
    verb("list", "list what is blocked")
    unblocking = verb("unblock", "let a picture be uploaded again")
    unblocking.add_argument("id", metavar="ID", type=int, help="as `list` shows it")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the verbs."""
    async with serving.opened(settings) as instance:
        if given.verb == "usage":
            return await _usage(instance)
        if given.verb == "block":
            is_url = given.picture.startswith(("https://", "http://"))
            data = (
                await blocked_pictures.read(instance, given.picture)
                if is_url
                else read_file(Path(given.picture))
            )
            made = await blocked_pictures.block(instance, data)
            return Result(f"Blocked as {made.id}.", _data(made))
        if given.verb == "unblock":
            await blocked_pictures.unblock(instance, RowId(given.id))
            return Result("It can be uploaded again.", {"unblocked": str(given.id)})
        found = await media.list_blocked()
        lines = [f"{each.id}  {each.fingerprint}  {each.created_at:%Y-%m-%d}" for each in found]
        text = "\n".join(lines) or "No picture is blocked."
        return Result(text, {"blocked": [_data(each) for each in found]})


async def _usage(instance: Instance) -> Result:
    budget = instance.settings.media.remote_budget_bytes
    usage = await remote_files.usage(instance.now() - LATELY)
    ours = await media.total_bytes()
    a_day = usage.bytes_since / LATELY.days
    lines = [
        f"Uploads of people here:     {_size(ours)}",
        f"Copies from other servers:  {_size(usage.size_bytes)} of {_size(budget)}",
        f"Files among them:           {usage.files}",
        f"In the last {LATELY.days} days came:    {_size(usage.bytes_since)}",
    ]
    if usage.failed:
        lines.append(f"Could not be had:           {usage.failed} files")
    if a_day:
        left_days = max(0, budget - usage.size_bytes) / a_day
        lines.append(
            f"At this pace the room is full in {left_days:.0f} days; from then on a copy stays"
            f" about {budget / a_day:.0f} days after it was used last."
        )
    data = {
        "local_bytes": ours,
        "remote_bytes": usage.size_bytes,
        "remote_budget_bytes": budget,
        "remote_files": usage.files,
        "remote_files_failed": usage.failed,
        "remote_bytes_a_day": round(a_day),
    }
    return Result("\n".join(lines), data)


def _size(size_bytes: float) -> str:
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < THOUSAND or unit == "GB":
            break
        size /= THOUSAND
    is_small = size < TEN and unit != "bytes"
    return f"{size:.1f} {unit}" if is_small else f"{size:.0f} {unit}"


def _data(blocked: BlockedPicture) -> dict[str, object]:
    return {
        "id": str(blocked.id),
        "fingerprint": blocked.fingerprint,
        "since": blocked.created_at.isoformat(),
    }
