"""The command `inspect`: the federation debugger, in colours where somebody looks."""

import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Any

import serving
from commands.results import Result
from inbox import inspecting
from inbox.inspection import Finding, Inspection, Level
from instance.log import escape
from instance.settings import Settings

JSON_LINES_SHOWN = 200

_MARKS = {Level.GOOD: "ok  ", Level.NOTE: "--  ", Level.BAD: "BAD "}
_COLOURS = {Level.GOOD: "32", Level.NOTE: "36", Level.BAD: "31"}
_STEP_LETTERS = 10
_EMPTY: Sequence[Any] = (None, "", [], {}, False)


async def inspect(settings: Settings, text: str) -> Result:
    """Look at a handle, an address or an activity as this server does."""
    async with serving.opened(settings) as instance:
        found = await inspecting.inspect(instance, text)
    data = {
        "asked": found.asked,
        "is_good": found.is_good,
        "findings": [dataclasses.asdict(finding) for finding in found.findings],
        "document": found.document,
        "understood": shape(found.understood),
        "record": shape(found.record),
    }
    return Result(_written(found, is_coloured=sys.stdout.isatty()), data)


def _written(found: Inspection, *, is_coloured: bool) -> str:
    parts = ["\n".join(_line(finding, is_coloured=is_coloured) for finding in found.findings)]
    for head, value in (
        ("Document", found.document),
        ("Understood as", shape(found.understood)),
        ("Kept as", shape(found.record)),
    ):
        if value:
            parts.append(f"{_bold(head, is_coloured=is_coloured)}\n{_pretty(value)}")
    return "\n\n".join(parts)


def _line(finding: Finding, *, is_coloured: bool) -> str:
    mark = _MARKS[finding.level]
    if is_coloured:
        mark = f"\x1b[{_COLOURS[finding.level]}m{mark}\x1b[0m"
    # What other servers say must not drive the terminal (OP-12).
    return f"{mark}{finding.step.ljust(_STEP_LETTERS)}  {escape(finding.text)}"


def _bold(text: str, *, is_coloured: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if is_coloured else text


def _pretty(value: Any) -> str:
    # Everything but ASCII as \\u: a document cannot drive the terminal either.
    lines = json.dumps(value, indent=2).splitlines()
    if len(lines) > JSON_LINES_SHOWN:
        more = f"… and {len(lines) - JSON_LINES_SHOWN} more lines (--json shows all)"
        lines = [*lines[:JSON_LINES_SHOWN], more]
    return "\n".join(lines)


def shape(value: Any) -> Any:
    """A vocabulary or record as plain values, without what is empty; neither has private keys."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: shape(getattr(value, each.name)) for each in dataclasses.fields(value)}
        kept = {name: part for name, part in parts.items() if part not in _EMPTY}
        return {"is": type(value).__name__, **kept}
    if isinstance(value, dict):
        return {str(name): shape(part) for name, part in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [shape(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
