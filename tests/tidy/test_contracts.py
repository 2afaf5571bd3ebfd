"""The import contracts of pyproject.toml name every package and module that they are meant for."""

import ast
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tests.tidy.source import ROOT, File, Problem, python_files, report

PYPROJECT = (ROOT / "pyproject.toml").read_text()
IMPORT_LINTER: dict[str, Any] = tomllib.loads(PYPROJECT)["tool"]["importlinter"]


def _contract(name: str) -> dict[str, Any]:
    return next(item for item in IMPORT_LINTER["contracts"] if item["name"] == name)


def _modules() -> dict[str, File]:
    """`posts.text` -> its file, for all code of the server."""
    return {
        file.path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file
        for file in python_files()
        if "/" in file.path and not file.path.startswith(("tests/", "tools/"))
    }


def _awaited_but_written() -> Iterator[Problem]:
    """Modules that still stand as a comment, or in parentheses, although they exist by now."""
    modules = _modules()
    for number, line in enumerate(PYPROJECT.splitlines(), start=1):
        commented = re.fullmatch(r'\s*# "([a-z_.]+)",', line)
        in_parentheses = re.search(r'"\(([a-z_.]+)\)', line)
        for found in (commented, in_parentheses):
            if found and found[1] in modules:
                rule = f"{found[1]} is written now: let the contract count it"
                yield Problem("pyproject.toml", number, rule)


def test_contracts_count_every_module_that_is_written() -> None:
    problems = list(_awaited_but_written())
    assert not problems, report(problems)


def test_every_package_is_on_the_ladder() -> None:
    packages = {name.partition(".")[0] for name in _modules()}
    assert packages == set(IMPORT_LINTER["root_packages"])


def test_every_module_of_instance_is_on_the_ladder() -> None:
    # instance/ is the one package whose modules stand on different rungs.
    rungs = " ".join(_contract("Imports only go down the ladder")["layers"])
    on_the_ladder = set(re.findall(r"[a-z_.]+", rungs))
    problems = [
        Problem(file.path, 1, "this module needs a rung in pyproject.toml, `layers`")
        for name, file in _modules().items()
        if name.startswith("instance.") and name not in on_the_ladder
    ]
    assert not problems, report(problems)


def test_modules_that_call_themselves_pure_are_under_the_contract() -> None:
    held = set(_contract("Pure modules do no input or output")["source_modules"])
    problems = [
        Problem(file.path, 1, f'add "{name}" to the contract of pure modules in pyproject.toml')
        for name, file in _modules().items()
        if _calls_itself_pure(file) and name not in held
    ]
    assert not problems, report(problems)


def _calls_itself_pure(file: File) -> bool:
    """Whether the first paragraph says so, as in "Visibility of posts: who may see what; pure."."""
    first = (ast.get_docstring(file.tree) or "").partition("\n\n")[0]
    return re.search(r"(?<!not )\bpure\b", first, re.IGNORECASE) is not None


def test_no_package_imports_what_stands_beside_main() -> None:
    # They compose, as main.py does, so they stand above the ladder of those that serve.
    beside = {file.name.removesuffix(".py") for file in python_files() if "/" not in file.path}
    contract = _contract("Nobody imports main and what it wires")
    assert beside == set(contract["forbidden_modules"])
