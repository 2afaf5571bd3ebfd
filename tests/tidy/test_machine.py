"""No tracked file knows the machine it was written on, or where its packages came from."""

import re
from collections.abc import Iterator

import pytest

from tests.tidy.source import File, Problem, report, text_files

# Written in pieces, so that this file keeps its own rule.
FOLDERS = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/tm" + "p/venv")
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs")

# A folder counts at the start of a path only: example.org/home/ is somebody's page.
MACHINE = re.compile("|".join([*(rf"(?<![\w.~-]){folder}" for folder in FOLDERS), *REGISTRIES]))

# Documents that other servers sent stay as they were.
RECORDED = "tests/data/"


def _traces(file: File) -> Iterator[Problem]:
    if not MACHINE.search(file.text):
        return
    for number, line in enumerate(file.lines, start=1):
        if found := MACHINE.search(line):
            rule = f"{found[0]} belongs to one machine; no file of the project names it"
            yield Problem(file.path, number, rule)


def test_no_file_names_a_developers_machine() -> None:
    files = [file for file in text_files() if not file.path.startswith(RECORDED)]
    problems = [problem for file in files for problem in _traces(file)]
    assert not problems, report(problems)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"cd {FOLDERS[0]}main", True),
        (f"'{FOLDERS[2]}ada/kittiwake'", True),
        (f"--index-url https://{REGISTRIES[0]}/simple", True),
        ("https://gulls.example/home/nest", False),
        ("GET /home", False),
    ],
)
def test_the_rule_tells_paths_from_addresses(text: str, found: bool) -> None:  # noqa: FBT001 - a table's column
    assert bool(list(_traces(File("README.md", text)))) is found
