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
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

import commands
import commands_announcements
import commands_discovery
import commands_emoji
import commands_hosts
import commands_inspect
import commands_instance
import commands_log
import commands_media
import commands_queue
import commands_relays
import commands_reports
import commands_rules
import commands_site
import demo
import serving
import two
from commands import Result
from instance.errors import Failure, Invalid
from instance.log import escape, set_up_logging
from instance.settings import Settings, load
from instance.settings_reading import PORT_MAX
from jobs import JOBS, SCHEDULE
from storage.records import Role

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


def _run(arguments: argparse.Namespace, settings: Settings) -> Result | None:
    """Run the command; those that go on until they are stopped have no result."""
    return _COMMANDS[arguments.command](arguments, settings)


def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    runs_jobs, as_json = not arguments.web, arguments.json
    asyncio.run(serving.serve(settings, JOBS, SCHEDULE, runs_jobs=runs_jobs, as_json=as_json))


def _work(_: argparse.Namespace, settings: Settings) -> None:
    asyncio.run(serving.work(settings, JOBS, SCHEDULE))


def _two(arguments: argparse.Namespace, settings: Settings) -> None:
    running = two.run(settings.data_dir, JOBS, port=arguments.port, as_json=arguments.json)
    asyncio.run(running)


def _user(arguments: argparse.Namespace, settings: Settings) -> Result:
    if arguments.verb == "rotate-keys":
        return asyncio.run(commands_instance.rotate_keys(settings, arguments.name))
    if arguments.verb == "suspend":
        return asyncio.run(commands.suspend_user(settings, arguments.name))
    if arguments.verb == "unsuspend":
        return asyncio.run(commands.unsuspend_user(settings, arguments.name))
    if arguments.verb == "two-factor":
        return asyncio.run(commands.two_factor_off(settings, arguments.name))
    if arguments.verb == "rename":
        return asyncio.run(commands.rename_user(settings, arguments.name, arguments.new))
    password, email = _secret(arguments.password), arguments.email
    adding = commands.add_user(settings, arguments.name, password, email=email, role=arguments.role)
    return asyncio.run(adding)


def _add_token(arguments: argparse.Namespace, settings: Settings) -> Result:
    name, scopes = arguments.name, arguments.scopes
    return asyncio.run(commands.add_token(settings, name, scopes, arguments.label))


def _add_invite(arguments: argparse.Namespace, settings: Settings) -> Result:
    name, uses = arguments.name, arguments.uses
    return asyncio.run(commands.add_invite(settings, name, uses, arguments.days))


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Settings], Result | None]] = MappingProxyType(
    {
        "serve": _serve,
        "worker": _work,
        "two": _two,
        "user": _user,
        "token": _add_token,
        "invite": _add_invite,
        "storage": lambda given, to: asyncio.run(commands.move_storage(to, _secret(given.url))),
        "queue": lambda given, of: asyncio.run(commands_queue.run(given, of)),
        "emoji": lambda given, of: asyncio.run(commands_emoji.run(given, of)),
        "announcement": lambda given, of: asyncio.run(commands_announcements.run(given, of)),
        "inspect": lambda given, of: asyncio.run(commands_inspect.inspect(of, given.what)),
        "media": lambda given, of: asyncio.run(commands_media.run(given, of)),
        "host": lambda given, of: asyncio.run(commands_hosts.run(given, of)),
        "instance": lambda given, of: asyncio.run(commands_instance.run(given, of)),
        "rule": lambda given, of: asyncio.run(commands_rules.run_rule(given, of)),
        "held": lambda given, of: asyncio.run(commands_rules.run_held(given, of)),
        "relay": lambda given, of: asyncio.run(commands_relays.run(given, of)),
        "report": lambda given, of: asyncio.run(commands_reports.run(given, of)),
        "log": lambda given, of: asyncio.run(commands_log.run(given, of)),
        "site": lambda given, of: asyncio.run(commands_site.run(given, of)),
        "search": lambda given, of: asyncio.run(commands_discovery.run_search(given, of)),
        "trends": lambda given, of: asyncio.run(commands_discovery.run_trends(given, of)),
        "shell": lambda _, of: asyncio.run(commands.shell(of)),
        "demo": lambda _, of: asyncio.run(demo.fill(of, JOBS)),
        "migrate": lambda _, of: asyncio.run(commands.migrate(of)),
        "check": lambda _, of: asyncio.run(commands.check(of)),
        "version": lambda _, __: commands.version(),
        "capacity": lambda given, _: _capacity(given),
        "settings": lambda given, of: commands.list_settings(of, as_markdown=given.markdown),
    }
)


def _capacity(given: argparse.Namespace) -> Result:
    return Result(*_capacity_command().answer(given))


def _capacity_command() -> Any:
    """Load the model only for who asks: it has no place in a server that runs."""
    return importlib.import_module("capacity_command")


def _secret(given: str) -> str:
    """Return what the command line says, or with `-` a line of standard input (OP-11)."""
    return sys.stdin.readline().rstrip("\n") if given == "-" else given


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

    def verbs_of(name: str, verb: str, text: str) -> Any:
        noun = found.add_parser(name, help=text, description=text)
        return noun.add_subparsers(dest="verb", required=True, metavar=verb)

    def doing(name: str, verb: str, text: str) -> Any:
        parser_of = verbs_of(name, verb, text).add_parser
        return parser_of(verb, help=text, description=text, parents=[common])

    web = command("serve", "answer requests and run jobs, until Ctrl-C")
    web.add_argument("--web", action="store_true", help="run no jobs: `worker` does (PostgreSQL)")
    command("worker", "run jobs alone, beside `serve` on one PostgreSQL")
    command("migrate", "bring the database up to date (`serve` does it too)")
    _add_verbs_of_user(verbs_of("user", "add|rename|suspend|…", "users and their keys"), common)
    token = doing("token", "add", "issue an access token; prints the token alone")
    token.add_argument("name", metavar="NAME", help="the handle of its owner")
    token.add_argument("--scopes", default="read", help='such as "read write follow push"')
    token.add_argument("--label", default="Command line", help="what the token is for")
    invite = doing("invite", "add", "make an invitation; prints its link alone")
    invite.add_argument("name", metavar="NAME", help="the handle of who invites")
    invite.add_argument("--uses", type=int, default=1, help="how many may join with it")
    invite.add_argument("--days", type=int, default=0, help="how long it is valid; 0: no end")
    command("demo", "fill the database with demo people and posts")
    pair = command("two", "run alpha and beta, two servers that federate, with demo people")
    pair.add_argument("--port", type=_port, default=two.PORT, help="of alpha; beta has the next")
    move = doing("storage", "move", "move from SQLite into an empty PostgreSQL database")
    move.add_argument("url", metavar="URL", help="postgres://user:password@host/name; - reads it")
    _add_nouns(found, common)
    command("shell", "Python with `instance` ready and top-level await")
    command("check", "show the settings in force and whether what they name can be used")
    settings = command("settings", "list all settings")
    settings.add_argument("--markdown", action="store_true", help="write docs/settings.md")
    capacity = command("capacity", "what a community of some size needs: machines and money")
    if "capacity" in words:
        _capacity_command().add_arguments(capacity)
    command("version", "say which version this is")
    return top


def _add_nouns(found: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands that have verbs of their own, and `inspect`."""
    queue = "what waits to be done, and for which hosts; try again, or drop"
    for noun, add_arguments, text in (
        ("queue", commands_queue.add_arguments, queue),
        ("emoji", commands_emoji.add_arguments, "custom emoji of this server: add, list, remove"),
        (
            "announcement",
            commands_announcements.add_arguments,
            "what everybody on this server is told: add, list, remove",
        ),
        (
            "media",
            commands_media.add_arguments,
            "what files take up, and pictures that nobody may upload",
        ),
        ("host", commands_hosts.add_arguments, "rules about other hosts: suspend, silence, allow"),
        ("instance", commands_instance.add_arguments, "close this server for good"),
        ("relay", commands_relays.add_arguments, "relays that pass public posts on, both ways"),
        ("report", commands_reports.add_arguments, "what people reported: list, settle, reopen"),
        ("site", commands_site.add_arguments, "rules and texts of this server: list, publish"),
        ("log", commands_log.add_arguments, "what those who run this server did, and when"),
        ("search", commands_discovery.add_arguments_of_search, "the index of words: fill it"),
        ("trends", commands_discovery.add_arguments_of_trends, "what trends: list, allow, refuse"),
        ("rule", commands_rules.add_arguments_of_rule, "rules about words, links and hashtags"),
        ("held", commands_rules.add_arguments_of_held, "what policies hold for a moderator"),
    ):
        add_arguments(found.add_parser(noun, help=text, description=text), common)
    text = "the federation debugger: what we make of something elsewhere"
    looking = found.add_parser("inspect", help=text, description=text, parents=[common])
    looking.add_argument("what", metavar="URL|HANDLE|ACTIVITY-ID", help="what to look at")


def _port(text: str) -> int:
    """Read a port that has a next one."""
    if not 1 <= int(text) < PORT_MAX:
        raise ValueError
    return int(text)


def _add_common_arguments(any_parser: argparse.ArgumentParser, *, default: object) -> None:
    for name, help_text in (("--json", "answer in JSON, for programs"), ("--verbose", "log more")):
        any_parser.add_argument(name, action="store_true", default=default, help=help_text)


def _add_verbs_of_user(verbs: Any, common: argparse.ArgumentParser) -> None:
    commands_instance.add_rotating(verbs, common)
    text = "give a user another handle; the old one goes on leading there"
    renaming = verbs.add_parser("rename", help=text, description=text, parents=[common])
    renaming.add_argument("name", metavar="NAME", help="the handle of now")
    renaming.add_argument("new", metavar="NEW", help="the handle from now on")
    for name, text in (
        ("suspend", "shut a user out: they and their posts are hidden, and nothing is deleted"),
        ("unsuspend", "let a suspended user in again"),
    ):
        verb = verbs.add_parser(name, help=text, description=text, parents=[common])
        verb.add_argument("name", metavar="NAME", help="the handle")
    text = "take app, passkeys and recovery codes from a user who lost them"
    off = verbs.add_parser("two-factor", help=text, description=text, parents=[common])
    off.add_argument("what", choices=["off"], help="there is nothing to switch on for others")
    off.add_argument("name", metavar="NAME", help="the handle")
    text = "add a user who may log in at once"
    user = verbs.add_parser("add", help=text, description=text, parents=[common])
    user.add_argument("name", metavar="NAME", help="the handle")
    user.add_argument("--password", required=True, help="8 to 128 characters; - reads a line")
    user.add_argument("--email", default="", help="for the log-in; optional")
    user.add_argument("--role", default=Role.USER.value, choices=[role.value for role in Role])


if __name__ == "__main__":
    sys.exit(main())
