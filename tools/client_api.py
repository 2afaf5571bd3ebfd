"""Writes docs/client-api.md: each line of Mastodon's API, its scope here, and its tests.

The lines are in tests/data/client_api.tsv (method, path, area, whether a token is needed); what is
served stands in the route tables. A test names the line whose content it looks at by method and
path in its docstring: `GET /api/v1/accounts/{id}`.
`make docs` calls this and prints the sums; a test fails when the page is stale.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools import named_tests
from webapp import app
from webapp.mastodon import routes

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "client-api.md"
LINES = ROOT / "tests" / "data" / "client_api.tsv"
TESTS_SHOWN_MAX = 2

_VARIABLE = re.compile(r"<(?:\w+:)?\w+>|\{\w+\}")
_IN_TEXT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w./{}-]+)")
_HEAD = """# The client API: Mastodon's lines, and what becomes of them here

Written by `make docs` from `tests/data/client_api.tsv` (Mastodon 4.7, all but administration), the
route tables, and the tests that name a line in their docstring. The same as OpenAPI is served at
`/api/openapi.json`. Scopes: *public* is anybody, *app* an app with any token, *session* a person
with a browser; others are those of OAuth.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of Mastodon's API."""

    method: str
    path: str
    area: str

    @property
    def key(self) -> str:
        """Method and path, whatever the variables of the path are called."""
        return key(self.method, self.path)


def key(method: str, path: str) -> str:
    """Return method and path as they compare: `GET /api/v1/accounts/{}`."""
    return f"{method} {_VARIABLE.sub('{}', path.partition(' ')[0]).rstrip('.')}"


@cache
def lines() -> Sequence[Line]:
    """Return every line of the list."""
    rows = (text.split("\t") for text in LINES.read_text().splitlines())
    return [Line(method, path, area) for method, path, area, *_ in rows]


@cache
def served() -> Mapping[str, str]:
    """Return line -> the scope that it asks for, of everything that this server answers."""
    return {key(route.method, route.path): route.scope for route in app.ROUTES}


def of_apps() -> Sequence[str]:
    """Return the lines of our own table, in its order."""
    return [key(route.method, route.path) for route in routes.ROUTES]


def keys_in(_name: str, text: str) -> set[str]:
    """Return the lines that the docstring of a test names."""
    return {key(method, path) for method, path in _IN_TEXT.findall(" ".join(text.split()))}


@cache
def tests() -> Mapping[str, Sequence[str]]:
    """Return line -> the tests that name it."""
    return named_tests.named(keys_in)


def missing() -> list[str]:
    """Return the lines that are not served."""
    return [f"{line.method} {line.path}" for line in lines() if line.key not in served()]


def untested() -> list[str]:
    """Return the lines of our table that no test names."""
    return [each for each in of_apps() if each not in tests()]


def sums() -> str:
    """Return how many lines of each area are served and tested."""
    counted = Counter[tuple[str, str]]()
    for line in lines():
        counted[line.area, "lines"] += 1
        counted[line.area, "served"] += line.key in served()
        counted[line.area, "tested"] += line.key in served() and line.key in tests()
    rows = ["| area | lines | served | with a test |", "|-|-|-|-|"]
    for area in (*dict.fromkeys(line.area for line in lines()), ""):
        each = [
            sum(count for (of, what), count in counted.items() if what == column and of == area)
            if area
            else sum(count for (_, what), count in counted.items() if what == column)
            for column in ("lines", "served", "tested")
        ]
        rows.append(f"| {area or '**all**'} | {' | '.join(map(str, each))} |")
    return "\n".join(rows)


def written() -> str:
    """Return the page as it should be."""
    return f"{_HEAD}\n{sums()}\n" + "\n".join(_body()) + "\n"


def _body() -> Iterator[str]:
    area = ""
    for line in lines():
        if line.area != area:
            area = line.area
            yield f"\n## {area}\n"
            yield "| line | scope | tests |\n|-|-|-|"
        scope = served().get(line.key, "*missing*")
        shown = named_tests.cell(tests().get(line.key, ()), TESTS_SHOWN_MAX)
        yield f"| `{line.method} {line.path}` | {scope} | {shown} |"
    known = {line.key for line in lines()}
    yield "\n## beyond Mastodon\n"
    yield "| line | scope | tests |\n|-|-|-|"
    for each in of_apps():
        if each not in known:
            shown = named_tests.cell(tests().get(each, ()), TESTS_SHOWN_MAX)
            yield f"| `{each}` | {served()[each]} | {shown} |"


if __name__ == "__main__":
    PAGE.write_text(written())
    sys.stdout.write(sums().splitlines()[-1] + "\n")
