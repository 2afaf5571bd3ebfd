"""Finds the tests that name something, by an id in their name or docstring."""

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]


def named(ids_in: Callable[[str, str], set[str]]) -> Mapping[str, Sequence[str]]:
    """Return id -> the tests that name it; `ids_in` reads the ids in a name and a docstring."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").glob("**/test_*.py")):
        where = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("test_"):
                for each in sorted(ids_in(node.name, ast.get_docstring(node) or "")):
                    found[each].append(f"`{where}` {node.name}")
    return found


def cell(tests: Sequence[str], shown_max: int) -> str:
    """Return the first tests as a cell of a table, and how many more there are."""
    text = "<br>".join(tests[:shown_max])
    return f"{text}<br>and {len(tests) - shown_max} more" if len(tests) > shown_max else text
