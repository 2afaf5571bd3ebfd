"""The command `media`: what files take up, and pictures that nobody may upload here (MO-11)."""

import argparse
from pathlib import Path

import serving
from commands.results import Result, read_file
from instance.resources import Instance
from instance.settings import Settings
from media import usage
from posts import blocked_pictures
from storage import media
from storage.records import BlockedPicture, RowId


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
    found = await usage.usage(instance)
    size = usage.in_words
    lines = [
        f"Uploads of people here:     {size(found.local_bytes)}",
        f"Copies from other servers:  {size(found.remote_bytes)} of {size(found.budget_bytes)}",
        f"Files among them:           {found.files}",
        f"In the last {usage.LATELY.days} days came:    {size(found.lately_bytes)}",
    ]
    if found.failed:
        lines.append(f"Could not be had:           {found.failed} files")
    lines += [f"{each.host:<27} {size(each.size_bytes)}" for each in found.hosts]
    if forecast := usage.forecast(found):
        lines.append(forecast)
    data = {
        "local_bytes": found.local_bytes,
        "remote_bytes": found.remote_bytes,
        "remote_budget_bytes": found.budget_bytes,
        "remote_files": found.files,
        "remote_files_failed": found.failed,
        "remote_bytes_a_day": round(found.bytes_a_day),
        "hosts": {each.host: each.size_bytes for each in found.hosts},
    }
    return Result("\n".join(lines), data)


def _data(blocked: BlockedPicture) -> dict[str, object]:
    return {
        "id": str(blocked.id),
        "fingerprint": blocked.fingerprint,
        "since": blocked.created_at.isoformat(),
    }
