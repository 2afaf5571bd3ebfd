"""Progress: a bar for people, a line per tenth for logs."""

import io

from commands.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_one_line_that_changes() -> None:
    stream = Terminal()
    progress = Progress(stream)
    progress("copying posts", 0, 2000)
    progress("copying posts", 2000, 2000)
    progress("copying actors", 1, 2)
    progress.end()
    first, second, rest = stream.getvalue().split("\n")
    assert first.count("\r") == 2
    assert "2,000 of 2,000" in first
    assert "copying actors" in second
    assert rest == ""


def test_a_file_gets_a_line_per_tenth() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    for done in range(1001):
        progress("copying posts", done, 1000)
    progress("copying nothing", 0, 0)
    progress.end()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 12
    assert lines[-1] == "copying nothing: 0 of 0"
