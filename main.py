"""Kittiwake: composition and command line. `python main.py --help` lists the commands.

A command's body lives with the noun it serves; here it is only wired.
"""

import signal

if __name__ == "__main__":
    # Ctrl-C ends us without a word, also during half a second of imports; what must end in order
    # asks for it (`serving.stop_on_signals`).
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import serving
from commands import (
    about,
    announcements,
    database,
    demo,
    discovery,
    emoji,
    hosts,
    inspect,
    instance,
    log,
    media,
    queue,
    relays,
    reports,
    rules,
    shell,
    site,
    two,
    users,
)
from commands.results import Result
from instance.errors import Failure, Invalid
from instance.log import escape, set_up_logging
from instance.settings import Settings, load
from instance.settings_reading import PORT_MAX
from jobs import JOBS, SCHEDULE

FAILED = 1
USAGE = 2


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 wrong usage."""
    given = sys.argv[1:] if words is None else list(words)
    try:
        arguments = parser(given).parse_args(given)
    except WrongUsage as wrong:
        return _fail(wrong, as_json="--json" in given, code=USAGE)
    set_up_logging(logging.DEBUG if arguments.verbose else logging.INFO)
    try:
        result = _run(arguments, load())
    except Failure as failure:
        return _fail(failure, as_json=arguments.json)
    except BrokenPipeError:
        return FAILED
    if result is not None:
        text = json.dumps(result.data) if arguments.json else result.text
        sys.stdout.write(text + "\n")
    return 0


def _fail(failure: Failure, *, as_json: bool, code: int = FAILED) -> int:
    """Say in one line what is wrong and what mends it."""
    fields = failure.fields if isinstance(failure, Invalid) else {}
    if as_json:
        text = json.dumps({"error": failure.public, "fields": fields})
    else:
        reasons = [reason for reason in fields.values() if reason not in failure.public]
        text = f"kittiwake: {escape(' '.join([failure.public, *reasons]))}"
    sys.stderr.write(text + "\n")
    return code


class Noun(NamedTuple):
    """A command with verbs of its own: `queue list`, `queue retry`."""

    text: str
    add_arguments: Callable[[argparse.ArgumentParser, argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, Result]]


NOUNS: Mapping[str, Noun] = MappingProxyType(
    {
        "user": Noun("users and their keys", users.add_arguments, users.run),
        "token": Noun("access tokens", users.add_arguments_of_token, users.run_token),
        "invite": Noun("invitations", users.add_arguments_of_invite, users.run_invite),
        "queue": Noun(
            "what waits to be done, and for which hosts; try again, or drop",
            queue.add_arguments,
            queue.run,
        ),
        "emoji": Noun(
            "custom emoji of this server: add, list, remove", emoji.add_arguments, emoji.run
        ),
        "announcement": Noun(
            "what everybody on this server is told: add, list, remove",
            announcements.add_arguments,
            announcements.run,
        ),
        "media": Noun(
            "what files take up, and pictures that nobody may upload",
            media.add_arguments,
            media.run,
        ),
        "host": Noun(
            "rules about other hosts: suspend, silence, allow", hosts.add_arguments, hosts.run
        ),
        "instance": Noun("close this server for good", instance.add_arguments, instance.run),
        "relay": Noun(
            "relays that pass public posts on, both ways", relays.add_arguments, relays.run
        ),
        "report": Noun(
            "what people reported: list, settle, reopen", reports.add_arguments, reports.run
        ),
        "site": Noun("rules and texts of this server: list, publish", site.add_arguments, site.run),
        "log": Noun("what those who run this server did, and when", log.add_arguments, log.run),
        "search": Noun(
            "the index of words: fill it", discovery.add_arguments_of_search, discovery.run_search
        ),
        "trends": Noun(
            "what trends: list, allow, refuse",
            discovery.add_arguments_of_trends,
            discovery.run_trends,
        ),
        "rule": Noun(
            "rules about words, links and hashtags", rules.add_arguments_of_rule, rules.run_rule
        ),
        "held": Noun(
            "what policies hold for a moderator", rules.add_arguments_of_held, rules.run_held
        ),
        "storage": Noun("where everything is kept", database.add_arguments, database.run),
    }
)


def _run(given: argparse.Namespace, settings: Settings) -> Result | None:
    """Run the command; those that go on until they are stopped have no result."""
    noun = NOUNS.get(given.command)
    if noun is not None:
        return asyncio.run(noun.run(given, settings))
    return _COMMANDS[given.command](given, settings)


def _serve(given: argparse.Namespace, settings: Settings) -> None:
    runs_jobs, as_json = not given.web, given.json
    asyncio.run(serving.serve(settings, JOBS, SCHEDULE, runs_jobs=runs_jobs, as_json=as_json))


def _work(_: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(serving.work(settings, JOBS, SCHEDULE))


def _two(given: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(two.run(settings.data_dir, JOBS, port=given.port, as_json=given.json))


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Settings], Result | None]] = MappingProxyType(
    {
        "serve": _serve,
        "worker": _work,
        "two": _two,
        "inspect": lambda given, of: asyncio.run(inspect.inspect(of, given.what)),
        "shell": lambda _, of: asyncio.run(shell.shell(of)),
        "demo": lambda _, of: asyncio.run(demo.fill(of, JOBS)),
        "migrate": lambda _, of: asyncio.run(database.migrate(of)),
        "check": lambda _, of: asyncio.run(about.check(of)),
        "version": lambda _, __: about.version(),
        "capacity": lambda given, _: Result(*_capacity().answer(given)),
        "settings": lambda given, of: about.list_settings(of, as_markdown=given.markdown),
    }
)


def _capacity() -> Any:
    """Load the model only for who asks: it has no place in a server that runs."""
    return importlib.import_module("commands.capacity")


class WrongUsage(Invalid):
    """The words of the command line mean nothing to us."""


class _Parser(argparse.ArgumentParser):
    """Answers wrong usage in one line that names the command that explains more."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending: `main` knows whether a program or a person asked."""
        raise WrongUsage(f"{message}. Try: python {self.prog} --help")


def parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the grammar of the command line; what only one command has, if `words` name it."""
    top = _Parser(prog="main.py", description="Kittiwake, a federated social server.")
    common = _Parser(add_help=False)
    _add_common_arguments(top, default=False)
    _add_common_arguments(common, default=argparse.SUPPRESS)  # what stood before holds
    found = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> "_Parser":
        return found.add_parser(name, help=text, description=text, parents=[common])

    web = command("serve", "answer requests and run jobs, until Ctrl-C")
    web.add_argument("--web", action="store_true", help="run no jobs: `worker` does (PostgreSQL)")
    command("worker", "run jobs alone, beside `serve` on one PostgreSQL")
    command("migrate", "bring the database up to date (`serve` does it too)")
    command("demo", "fill the database with demo people and posts")
    pair = command("two", "run alpha and beta, two servers that federate, with demo people")
    pair.add_argument("--port", type=_port, default=two.PORT, help="of alpha; beta has the next")
    for name, noun in NOUNS.items():
        noun.add_arguments(found.add_parser(name, help=noun.text, description=noun.text), common)
    looking = command("inspect", "the federation debugger: what we make of something elsewhere")
    looking.add_argument("what", metavar="URL|HANDLE|ACTIVITY-ID", help="what to look at")
    command("shell", "Python with `instance` ready and top-level await")
    command("check", "show the settings in force and whether what they name can be used")
    settings = command("settings", "list all settings")
    settings.add_argument("--markdown", action="store_true", help="write docs/settings.md")
    capacity = command("capacity", "what a community of some size needs: machines and money")
    if "capacity" in words:
        _capacity().add_arguments(capacity)
    command("version", "say which version this is")
    return top


def _port(text: str) -> int:
    """Read a port that has a next one."""
    if not 1 <= int(text) < PORT_MAX:
        raise ValueError
    return int(text)


def _add_common_arguments(any_parser: argparse.ArgumentParser, *, default: object) -> None:
    for name, help_text in (("--json", "answer in JSON, for programs"), ("--verbose", "log more")):
        any_parser.add_argument(name, action="store_true", default=default, help=help_text)


if __name__ == "__main__":
    sys.exit(main())
