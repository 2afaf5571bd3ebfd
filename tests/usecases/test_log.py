"""Log lines: one per event, whatever is in them."""

import logging
import sys

import pytest

from instance.log import OneLine, escape, set_up_logging


def line(message: str, *args: object, level: int = logging.INFO) -> str:
    record = logging.LogRecord("kittiwake.worker", level, "x.py", 1, message, args, None)
    return OneLine().format(record)


@pytest.mark.parametrize(
    "text",
    ["a\r\nb", "a\nERROR forged", "\x1b[31mred", "a\u2028b", "\u202egnp.exe", "\x00", "\udc80"],
)
def test_op12_nothing_in_a_message_poses_as_another_line(text: str) -> None:
    shown = line("user agent %s", text)
    assert shown.isprintable()
    assert len(shown.splitlines()) == 1
    shown.encode()


def test_a_line_says_when_how_bad_and_where() -> None:
    shown = line("sent to %s", "beta.test", level=logging.WARNING)
    moment, level, rest = shown.split(" ", 2)
    assert moment.endswith("Z")
    assert (level, rest) == ("warning", "worker: sent to beta.test")


def test_a_traceback_is_part_of_its_line() -> None:
    try:
        int("line one\nline two")
    except ValueError:
        found = sys.exc_info()
    else:
        found = (None, None, None)
    shown = OneLine().format(logging.LogRecord("kittiwake", 40, "", 1, "failed", (), found))
    assert len(shown.splitlines()) == 1
    assert "line one" in shown
    assert "ValueError" in shown
    assert "Traceback" in shown


def test_long_texts_are_cut() -> None:
    assert len(escape("x" * 10**6)) == 20_000


def test_libraries_are_quiet_and_we_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    logging.getLogger("aiohttp.access").info("chatter")
    logging.getLogger("kittiwake.worker").info("something")
    shown = capsys.readouterr().err
    assert "something" in shown
    assert "chatter" not in shown
