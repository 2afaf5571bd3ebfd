"""Writes docs/attacks.md: known attacks and interop consequences, and the tests that name each.

Attacks are listed in tests/data/attacks.tsv (id, title, and what is open or why), consequences in
tests/data/consequences.tsv. A test names an attack in its own name (`test_sg3_…`) or in its
docstring ("SG-3"). `make docs` calls this, and a tidy test fails when the page is stale.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import named_tests

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "attacks.md"
ATTACKS = ROOT / "tests" / "data" / "attacks.tsv"
CONSEQUENCES = ROOT / "tests" / "data" / "consequences.tsv"
SHOWN_MAX = 6

_GROUPS = {
    "SG": "Signatures and identity",
    "OR": "Origin and spoofing",
    "SF": "SSRF and fetching",
    "RX": "Parsing and resource exhaustion",
    "HX": "HTML, XSS, pages",
    "FL": "Federation logic",
    "MD": "Files and pictures",
    "AU": "Logging in, apps, accounts",
    "PV": "Authorisation and privacy",
    "MO": "Moderation evasion",
    "C": "Consequences of how real servers speak",
}
_ATTACK_IN_NAME = re.compile(r"(?<=_)(sg|or|sf|rx|hx|fl|md|au|pv|mo)(\d+)(?=_|$)")
_ATTACK_IN_TEXT = re.compile(r"\b(SG|OR|SF|RX|HX|FL|MD|AU|PV|MO)-(\d+)\b")
_CONSEQUENCE_IN_NAME = re.compile(r"_(?:consequence|interop)_(\d+)(?=_|$)")
_CONSEQUENCE_IN_TEXT = re.compile(r"\b(?:INTEROP|[Cc]onsequences?) (\d+(?:(?:, | and |-)\d+\b)*)")
_HEAD = """# Attacks and consequences, and their tests

Written by `make docs` from `tests/data/attacks.tsv`, `tests/data/consequences.tsv` and the names
and docstrings of the tests. What has no test has its reason; a remark beside tests says what they
leave open.

Rule for all attacks: the answer is a 4xx or a silent 202 without any effect, never a 5xx, and a
lawful post right after it is visible.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One attack or consequence; `remark` is what is open, or why there is no test."""

    id: str
    title: str
    remark: str


def lines() -> list[Line]:
    """Return all attacks and consequences."""
    texts = [path.read_text().splitlines() for path in (ATTACKS, CONSEQUENCES)]
    return [Line(*text.split("\t")) for table in texts for text in table]


def ids_in(name: str, text: str) -> set[str]:
    """Return what a test names in its name and docstring."""
    found = {f"{group.upper()}-{number}" for group, number in _ATTACK_IN_NAME.findall(name)}
    found |= {f"{group}-{number}" for group, number in _ATTACK_IN_TEXT.findall(text)}
    found |= {f"C-{number}" for number in _CONSEQUENCE_IN_NAME.findall(name)}
    for numbers in _CONSEQUENCE_IN_TEXT.findall(text):
        found |= {f"C-{number}" for number in re.findall(r"\d+", numbers)}
    return found


def tests() -> Mapping[str, Sequence[str]]:
    """Return id -> the tests that name it, as `file: name`."""
    return named_tests.named(ids_in)


def written() -> str:
    """Return the page as it should be."""
    return _HEAD + "\n".join(_body()) + "\n"


def _body() -> Iterator[str]:
    found, group = tests(), ""
    for line in lines():
        if (prefix := line.id.partition("-")[0]) != group:
            group = prefix
            yield f"\n## {_GROUPS[group]}\n\n| id | what | tests | remark |\n|-|-|-|-|"
        cell = named_tests.cell(found.get(line.id, ()), SHOWN_MAX)
        yield f"| {line.id} | {line.title} | {cell} | {line.remark} |"


if __name__ == "__main__":
    PAGE.write_text(written())
