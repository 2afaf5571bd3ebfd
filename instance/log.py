"""Logging: one line per event on standard error, in which nothing can pose as another line."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import ClassVar

# Control characters, and those that turn the direction of text or break lines (OP-12).
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LINE_LETTERS_MAX = 20_000

# Libraries that would repeat in their words what we say in ours.
QUIET = ("hypercorn", "hypercorn.error", "httpx", "httpcore", "aiohttp", "aiosqlite", "tortoise")


class OneLine(logging.Formatter):
    """Formats an event as one escaped line; a traceback follows behind the message."""

    LEVELS: ClassVar[dict[int, str]] = {logging.WARNING: "warning", logging.ERROR: "error"}

    def format(self, record: logging.LogRecord) -> str:
        """Return `2026-11-22T10:00:00Z level part: message`, without line breaks."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        level = self.LEVELS.get(record.levelno, record.levelname.lower())
        text = record.getMessage()
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        stamp = moment.replace("+00:00", "Z")
        return f"{stamp} {level} {record.name.removeprefix('kittiwake.')}: {escape(text)}"


def escape(text: str) -> str:
    """Return text in which control characters are spelt out, bounded in length (OP-12)."""
    shown = text[:LINE_LETTERS_MAX]
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), shown)


def set_up_logging(level: int = logging.INFO) -> None:
    """Send all events to standard error; ours from `level`, those of libraries from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("kittiwake").setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
