"""The rules of the house that ruff and mypy do not know, each a function from file to problems.

Rules about docstrings of functions, imports inside functions, bare suppressions and broad excepts
are not here: ruff has them (D1, PLC0415, PGH, BLE001).
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.tidy.source import File, Problem

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

# Tables of lines: long because there is much, not because it is tangled.
TABLES = {"records.py", "tables.py", "entities.py", "routes.py", "vocabulary.py"}

NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "core", "helpers", "helper", "misc"}

# What is called in few places only: name -> how the paths of those files begin, and why.
TASKS = "tasks are started in instance/worker.py only: anywhere else nobody waits for them"
BORDERS = {
    "VerifiedActivity": (
        ("inbox/authentication.py",),
        "a VerifiedActivity is made in inbox/authentication.py only: holding one is the proof",
    ),
    "SafeHtml": (
        ("actors/markup.py", "storage/"),
        "a SafeHtml is made in actors/markup.py (storage/ reads it back): holding one is the proof",
    ),
    # storage/redis_events.py ends its two tasks when it is closed, webapp/streaming/ as the last
    # stream ends.
    "create_task": (
        ("instance/worker.py", "main.py", "storage/redis_events.py", "webapp/streaming/"),
        TASKS,
    ),
    # storage/sqlite.py awaits its task to the end, also when the waiting one is cancelled; a
    # connection ends the one that waits for it to be idle.
    "ensure_future": (
        ("instance/worker.py", "main.py", "storage/sqlite.py", "webapp/hypercorn_idling.py"),
        TASKS,
    ),
}
# An empty text needs no proof, and records have it as a default.
SAFE_ANYWHERE = "SafeHtml('')"
ENVIRONMENT_READERS = {"instance/settings.py"}

# A reason is words after the code, as in the message of `suppressions_have_reasons`.
SUPPRESSION = re.compile(
    r"#\s*(?:"
    r"(?:ruff:\s*)?noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?"
    r"|type:\s*ignore(?:\[[^\]]*\])?"
    r"|pragma:\s*no cover"
    r")(?P<reason>.*)"
)
REASON_LENGTH_MIN = 6
WHOLE_FILE_SUPPRESSION = re.compile(r"#\s*(?:ruff:\s*noqa(?!:)|flake8:\s*noqa|mypy:)")

ASSERTING_PREFIXES = ("assert", "check", "expect", "fail", "raises", "warns")


def opens_with_a_sentence(file: File) -> Iterator[Problem]:
    """Every module says in one sentence what it is for."""
    if not file.text:
        return
    first = (ast.get_docstring(file.tree) or "").partition("\n\n")[0]
    if not first.endswith((".", "?", "!")):
        yield Problem(file.path, 1, "a module opens with a sentence that says what it is for")


def file_is_short(file: File) -> Iterator[Problem]:
    """A file stays below 400 lines; tables and tests may be longer."""
    if file.is_test or file.name in TABLES:
        return
    if len(file.lines) >= FILE_LINES_MAX:
        rule = f"{len(file.lines)} lines; a file stays below {FILE_LINES_MAX}: find the second noun"
        yield Problem(file.path, FILE_LINES_MAX, rule)


def functions_are_short(file: File) -> Iterator[Problem]:
    """A function stays below 50 lines, with its docstring; tests may be longer."""
    if file.is_test:
        return
    for function in _functions(file):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length >= FUNCTION_LINES_MAX:
            rule = (
                f"{function.name} has {length} lines; a function stays below {FUNCTION_LINES_MAX}"
            )
            yield Problem(file.path, function.lineno, rule)


def init_is_empty(file: File) -> Iterator[Problem]:
    """A re-export in __init__.py is how cycles begin."""
    if file.name == "__init__.py" and file.text:
        yield Problem(file.path, 1, "an __init__.py is empty: import from the module itself")


def name_says_something(file: File) -> Iterator[Problem]:
    """A helper lives beside its only user or gets a noun."""
    for part in file.path.removesuffix(".py").split("/"):
        if part in NAMES_THAT_SAY_NOTHING:
            rule = f"no module is called {part}: put its parts beside their users, or find a noun"
            yield Problem(file.path, 1, rule)


def borders_hold(file: File) -> Iterator[Problem]:
    """What proves something is made in one place; so are tasks. Tests may make what they need."""
    if file.is_test:
        return
    for node in file.nodes:
        if not isinstance(node, ast.Call):
            continue
        allowed, rule = BORDERS.get(_called_name(node), (("",), ""))
        if not file.path.startswith(allowed) and ast.unparse(node) != SAFE_ANYWHERE:
            yield Problem(file.path, node.lineno, rule)


def environment_is_read_once(file: File) -> Iterator[Problem]:
    """Settings come from instance/settings.py, the environment's only reader."""
    if file.is_test or file.path in ENVIRONMENT_READERS:
        return
    for node in file.nodes:
        if _is_environment(node):
            rule = "the environment is read in instance/settings.py only: take it from Settings"
            yield Problem(file.path, getattr(node, "lineno", 1), rule)


def suppressions_have_reasons(file: File) -> Iterator[Problem]:
    """Whoever switches a check off for a line says why, on that line."""
    for line, comment in _comments(file):
        if WHOLE_FILE_SUPPRESSION.match(comment):
            rule = "not a whole tool for a whole file, only a rule: `# ruff: noqa: CODE - why`"
            yield Problem(file.path, line, rule)
        found = SUPPRESSION.search(comment)
        if found and sum(map(str.isalnum, found["reason"])) < REASON_LENGTH_MIN:
            rule = "a suppression says why: `# noqa: CODE - why`, `# type: ignore[code]  # why`"
            yield Problem(file.path, line, rule)


def tests_assert(file: File) -> Iterator[Problem]:
    """A test without an assertion passes whatever the code does."""
    if not file.is_test:
        return
    helpers = {f.name for f in _functions(file) if _asserts(f, set())}
    for function in _functions(file):
        if function.name.startswith("test_") and not _asserts(function, helpers):
            rule = f"{function.name} asserts nothing"
            yield Problem(file.path, function.lineno, rule)


def skips_have_reasons(file: File) -> Iterator[Problem]:
    """What is not tested is not tested for a reason that is printed."""
    if not file.is_test:
        return
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node) in _MARKS_NEEDING_REASONS:
            calls = [call for call in file.nodes if getattr(call, "func", None) is node]
            if not any(_has_reason(call) for call in calls):
                rule = f"{ast.unparse(node)} says why: reason=…"
                yield Problem(file.path, node.lineno, rule)


RULES = (
    opens_with_a_sentence,
    file_is_short,
    functions_are_short,
    init_is_empty,
    name_says_something,
    borders_hold,
    environment_is_read_once,
    suppressions_have_reasons,
    tests_assert,
    skips_have_reasons,
)

_MARKS_NEEDING_REASONS = {
    "pytest.skip",
    "pytest.xfail",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
}

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(file: File) -> list[_Function]:
    return [node for node in file.nodes if isinstance(node, _Function)]


def _called_name(call: ast.Call) -> str:
    """`c` of `c(…)` and of `a.b.c(…)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_environment(node: ast.AST) -> bool:
    """Whether this is `os.environ`, `os.getenv`, or an import of either from os."""
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in {"os.environ", "os.environb", "os.getenv"}
    if isinstance(node, ast.ImportFrom) and node.module == "os":
        return any(alias.name in {"environ", "environb", "getenv"} for alias in node.names)
    return False


def _comments(file: File) -> Iterator[tuple[int, str]]:
    """Line and text of each comment; a string that looks like one is none."""
    if not re.search("noqa|type: *ignore|pragma|mypy:", file.text):
        return
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _asserts(function: _Function, helpers: set[str]) -> bool:
    """Whether a function asserts, itself or by a function of its own file that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = _called_name(node)
            if name in helpers or name.lstrip("_").startswith(ASSERTING_PREFIXES):
                return True
    return False


def _has_reason(call: ast.AST) -> bool:
    """Whether a call of skip, skipif or xfail says why."""
    if not isinstance(call, ast.Call):
        return False
    named = any(keyword.arg == "reason" for keyword in call.keywords)
    # The first argument of skip() and xfail() is the reason, that of skipif() the condition.
    return named or (_called_name(call) != "skipif" and bool(call.args))
