"""What all commands share: how they answer, read a file, and write a table, a time, a line."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from instance.errors import Invalid

ERROR_LETTERS_SHOWN = 110


@dataclass(frozen=True, slots=True)
class Result:
    """What a command says: `text` to people, `data` with --json."""

    text: str
    data: Mapping[str, object]


def read_file(path: Path) -> bytes:
    """Return what is in a file; raises `Invalid`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def read_secret(given: str) -> str:
    """Return what the command line says, or with `-` a line of standard input (OP-11)."""
    return sys.stdin.readline().rstrip("\n") if given == "-" else given


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write rows below their heads, in columns; `(none)` when there are none."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, *rows)
    ]
    return "\n".join(lines if rows else [*lines, "(none)"])


def shortened(text: str) -> str:
    """Write a text in one line of bounded length, without what a terminal would act on."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= ERROR_LETTERS_SHOWN else line[: ERROR_LETTERS_SHOWN - 1] + "…"


def distance(moment: datetime | None, now: datetime) -> str:
    """Write a time from now in one unit: `in 5 min`, `3 h ago`."""
    if moment is None:
        return "-"
    seconds = (moment - now).total_seconds()
    size, words = abs(seconds), ("in {}", "{} ago")[seconds <= 0]
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if size >= length:
            return words.format(f"{size / length:.0f} {unit}")
    return words.format(f"{size:.0f} s")
