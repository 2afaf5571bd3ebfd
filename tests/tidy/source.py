"""The files of the project as the tidy tests read them. Nothing here judges."""

import ast
import functools
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class File:
    """One file of the project: its path from the root, with slashes, and its text."""

    path: str
    text: str

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree. Walking is the slow part, so it is done once for all rules."""
        return list(ast.walk(self.tree))

    @property
    def name(self) -> str:
        """`records.py` of `storage/records.py`."""
        return self.path.rpartition("/")[2]

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")


@dataclass(frozen=True)
class Problem:
    """A rule broken at a line. Several are printed one below the other."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


@functools.cache
def project_paths() -> tuple[str, ...]:
    """Every file that is in git or could be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git has no fixed place
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [path for path in listed.stdout.split("\0") if (ROOT / path).is_file()]
    return tuple(sorted(set(paths)))


@functools.cache
def python_files() -> tuple[File, ...]:
    """Every Python file but the generated migrations."""
    return tuple(
        File(path, (ROOT / path).read_text())
        for path in project_paths()
        if path.endswith(".py") and not path.startswith("storage/migrations/")
    )


def text_files() -> Iterator[File]:
    """Every file that is text; images and the like are left out."""
    for path in project_paths():
        try:
            yield File(path, (ROOT / path).read_text())
        except UnicodeDecodeError:
            continue


def report(problems: Iterable[Problem]) -> str:
    """One line a problem, for the message of a failed assertion; empty when all is well."""
    return "\n".join(sorted(map(str, problems)))
