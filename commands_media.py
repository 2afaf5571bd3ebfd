"""The command `media`: pictures that nobody may upload here (MO-11)."""

import argparse
from pathlib import Path

import serving
from commands import Result, read_file
from instance.settings import Settings
from posts import blocked_pictures
from storage import media
from storage.records import BlockedPicture, RowId


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `block`, `list` and `unblock`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="block|list|unblock")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    blocking = verb("block", "refuse a picture, and copies of it in other sizes and formats")
    blocking.add_argument("picture", metavar="FILE|URL", help="a file, or a picture of this server")
    verb("list", "list what is blocked")
    unblocking = verb("unblock", "let a picture be uploaded again")
    unblocking.add_argument("id", metavar="ID", type=int, help="as `list` shows it")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the three."""
    async with serving.opened(settings) as instance:
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


def _data(blocked: BlockedPicture) -> dict[str, object]:
    return {
        "id": str(blocked.id),
        "fingerprint": blocked.fingerprint,
        "since": blocked.created_at.isoformat(),
    }
