"""The command `relay`: which relays pass public posts on, both ways."""

import argparse

import serving
from commands.results import Result
from instance.errors import NotFound
from instance.settings import Settings
from outbox import relaying
from storage import relays
from storage.records import Relay


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs `add`, `list` and `remove`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="add|list|remove")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    adding = verb("add", "ask a relay to exchange public posts with us")
    adding.add_argument("url", metavar="URL", help="its inbox (Mastodon) or its actor (LitePub)")
    verb("list", "list the relays, and whether they accepted")
    removing = verb("remove", "exchange nothing with a relay any more")
    removing.add_argument(
        "relay", metavar="RELAY", help="its inbox or its id, as `list` names them"
    )


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the three."""
    async with serving.opened(settings) as instance:
        if given.verb == "list":
            return _listed(await relays.list_all())
        if given.verb == "add":
            made = await relaying.add(instance, given.url)
            return Result(f"Asked {made.inbox_url} ({made.kind}).", _data(made))
        known = await relays.find_by_inbox(given.relay)
        if known is None and given.relay.isdigit():
            known = await relays.get(int(given.relay))
        if known is None:
            raise NotFound("There is no such relay. `python main.py relay list` lists them.")
        gone = await relaying.remove(instance, known.id)
        return Result(f"{gone.inbox_url} is no relay of ours any more.", _data(gone))


def _listed(found: list[Relay]) -> Result:
    lines = [f"{each.id}  {each.state:<9}  {each.kind:<8}  {each.inbox_url}" for each in found]
    return Result("\n".join(lines) or "No relays.", {"relays": [_data(each) for each in found]})


def _data(relay: Relay) -> dict[str, object]:
    return {
        "id": str(relay.id),
        "kind": relay.kind.value,
        "inbox": relay.inbox_url,
        "state": relay.state.value,
        "since": relay.created_at.isoformat(),
    }
