"""What the code imports is named in requirements/, what is named there is locked, and only that."""

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from tests.tidy.source import ROOT, File, Problem, python_files, report

# Packages whose name is not that of the module they bring.
PACKAGE_OF_MODULE = {
    "PIL": "pillow",
    "markdown_it": "markdown-it-py",
    "tortoise": "tortoise-orm",
}
# The one file that imports what a server can do without; it is loaded when a setting asks for it.
OPTIONAL = {"webapp/granian_server.py": {"granian"}}


def _names(file: str) -> set[str]:
    """The packages at the starts of the lines of one of the files."""
    text = (ROOT / "requirements" / file).read_text()
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)", text, re.MULTILINE))


@pytest.mark.parametrize("part", ["runtime", "optional", "dev", "fuzz"])
def test_every_requirement_is_locked(part: str) -> None:
    missing = _names(f"{part}.in") - _names(f"{part}.txt")
    assert not missing, f"not locked: {sorted(missing)}; run `make lock`"


@pytest.mark.parametrize("part", ["runtime", "optional", "dev", "fuzz"])
def test_every_lock_has_a_version_and_a_hash(part: str) -> None:
    text = (ROOT / "requirements" / f"{part}.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    bad = [entry.splitlines()[0] for entry in entries if not _is_pinned(entry)]
    assert entries
    assert not bad


def _is_pinned(entry: str) -> bool:
    return re.search("==.*--hash=", entry, re.DOTALL) is not None


def test_the_server_imports_only_what_it_names() -> None:
    problems = [problem for file in python_files() for problem in _unnamed_imports(file)]
    assert not problems, report(problems)


def _unnamed_imports(file: File) -> Iterator[Problem]:
    """Imports of server code that come with another package by chance, or with dev.txt."""
    if file.path.startswith(("tests/", "tools/")):
        return
    own = {other.path.removesuffix(".py").partition("/")[0] for other in python_files()}
    named = _names("runtime.in") | _names("optional.in") & OPTIONAL.get(file.path, set())
    for node in file.nodes:
        for module in _imported(node):
            package = PACKAGE_OF_MODULE.get(module, module.replace("_", "-").lower())
            if module not in own | sys.stdlib_module_names and package not in named:
                rule = f"{package} is not in requirements/runtime.in"
                yield Problem(file.path, getattr(node, "lineno", 1), rule)


def _imported(node: ast.AST) -> list[str]:
    """The top-level modules that one statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").partition(".")[0]]
    return []
