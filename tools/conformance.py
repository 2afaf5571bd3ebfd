"""Writes docs/conformance.md: each line of what servers must do, where we do it, and which test.

The lines are in tests/data/features.tsv (id, priority, words): A is the protocol, B what people can
do (priorities 1 and 2), E the interop checklist, P are proposals. Code and tests name a line by its
id, in comments, docstrings and names of tests (`test_e139_…`). tests/data/conformance.tsv adds by
hand (id, files, words) where the code is that does not name its line, and why there is no test or
what it leaves open.
`make docs` calls this and prints the sums; a tidy test fails when the page is stale.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import house, named_tests

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "conformance.md"
FEATURES = ROOT / "tests" / "data" / "features.tsv"
BY_HAND = ROOT / "tests" / "data" / "conformance.tsv"
TESTS_SHOWN_MAX = 4
FILES_SHOWN_MAX = 4

GROUPS = {
    "A": "Protocol and federation",
    "B": "What people can do",
    "E": "Interop checklist",
    "P": "Proposals of this issue",
}
_IN_NAME = re.compile(r"(?<=_)([abep])(\d+)(?=_|$)")
_IN_TEXT = re.compile(r"\b([ABEP])([1-9]\d{0,2})(?:-\1?(\d{1,3}))?\b")
_HEAD = """# Conformance: what a server must do, what people can do with it, and where it is shown

Written by `make docs` from `tests/data/features.tsv`, from the ids that code and tests name in
comments, docstrings and names, and from `tests/data/conformance.tsv`, which is kept by hand.
Priority 1 is essential, 2 is expected, 3 is beyond; every line of the interop checklist (E) is
essential. A line without a test has its reason in the last column; a remark beside tests says
what they leave open.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what must hold, where it is done (by hand), and a reason or remark."""

    id: str
    priority: str
    words: str
    files: Sequence[str]
    remark: str


def lines() -> list[Line]:
    """Return all lines, with what was added by hand."""
    by_hand = {row[0]: row[1:] for row in _rows(BY_HAND)}
    found = []
    for id_, priority, words in _rows(FEATURES):
        files, remark = by_hand.pop(id_, ("", ""))
        found.append(Line(id_, priority, words, files.split(), remark))
    if by_hand:
        raise ValueError(f"{BY_HAND.name} names unknown lines: {', '.join(by_hand)}")
    return found


def _rows(path: Path) -> list[list[str]]:
    return [text.split("\t") for text in path.read_text().splitlines()]


def ids_in(name: str, text: str) -> set[str]:
    """Return the lines that a test (or code) names in its name and its words."""
    found = {f"{group.upper()}{number}" for group, number in _IN_NAME.findall(name)}
    for group, first, last in _IN_TEXT.findall(text):
        found |= {f"{group}{number}" for number in range(int(first), int(last or first) + 1)}
    return found


def tests() -> Mapping[str, Sequence[str]]:
    """Return id -> the tests that name it; ids that are no line are left out."""
    known = {line.id for line in lines()}
    return {id_: found for id_, found in named_tests.named(ids_in).items() if id_ in known}


def code() -> Mapping[str, Sequence[str]]:
    """Return id -> the files of the code that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder in house.FOLDERS:
        for path in sorted((ROOT / folder).glob("*.py")):
            for id_ in ids_in("", path.read_text()):
                found[id_].append(path.relative_to(ROOT).as_posix())
    return found


def open_lines() -> list[Line]:
    """Return the lines that have neither a test nor a reason."""
    found = tests()
    return [line for line in lines() if line.id not in found and not line.remark]


def sums() -> str:
    """Return how many lines of each group and priority have a test, a reason, or neither."""
    found, counted = tests(), Counter[tuple[str, str, str]]()
    for line in lines():
        state = "with a test" if line.id in found else "with a reason" if line.remark else "open"
        counted[line.id[0], line.priority, state] += 1
    states = ("with a test", "with a reason", "open")
    rows = [f"| group | priority | lines | {' | '.join(states)} |", "|-|-|-|-|-|-|"]
    for group, priority in sorted({key[:2] for key in counted}):
        each = [counted[group, priority, state] for state in states]
        rows.append(f"| {group} | {priority} | {sum(each)} | {' | '.join(map(str, each))} |")
    return "\n".join(rows)


def written() -> str:
    """Return the page as it should be."""
    return f"{_HEAD}\n{sums()}\n" + "\n".join(_body()) + "\n"


def _body() -> Iterator[str]:
    named, places, group = tests(), code(), ""
    for line in lines():
        if line.id[0] != group:
            group = line.id[0]
            yield f"\n## {GROUPS[group]}\n"
            yield "| id | priority | must hold | code | tests | remark |\n|-|-|-|-|-|-|"
        files = [*line.files, *(f for f in places.get(line.id, ()) if f not in line.files)]
        where = ", ".join(f"`{name}`" for name in files[:FILES_SHOWN_MAX])
        shown = named_tests.cell(named.get(line.id, ()), TESTS_SHOWN_MAX)
        words = line.words.replace("|", "\\|")
        yield f"| {line.id} | {line.priority} | {words} | {where} | {shown} | {line.remark} |"


if __name__ == "__main__":
    PAGE.write_text(written())
    sys.stdout.write(sums() + "\n")
