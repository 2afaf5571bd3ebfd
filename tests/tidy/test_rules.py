"""The rules of the house hold in every file, and each rule finds what it is there to find."""

from collections.abc import Callable, Iterator

import pytest

from tests.tidy import rules
from tests.tidy.source import File, Problem, python_files, report

Rule = Callable[[File], Iterator[Problem]]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds_everywhere(rule: Rule) -> None:
    problems = [problem for file in python_files() for problem in rule(file)]
    assert not problems, report(problems)


# Each rule with files that break it at the line given.
BROKEN = [
    (rules.opens_with_a_sentence, "posts/text.py", "import re\n", 1),
    (rules.opens_with_a_sentence, "posts/text.py", '"""Text"""\n', 1),
    (rules.file_is_short, "posts/text.py", "x = 1\n" * 400, 400),
    (rules.functions_are_short, "posts/text.py", "def f():\n" + "    x = 1\n" * 49, 1),
    (rules.init_is_empty, "posts/__init__.py", "from posts.text import render\n", 1),
    (rules.name_says_something, "posts/utils.py", "", 1),
    (rules.name_says_something, "core/posts.py", "", 1),
    (rules.borders_hold, "inbox/dispatch.py", "\nx = VerifiedActivity(1)\n", 2),
    (rules.borders_hold, "inbox/dispatch.py", "authentication.VerifiedActivity(1)\n", 1),
    (rules.borders_hold, "webapp/app.py", "x = SafeHtml('<p>')\n", 1),
    (rules.borders_hold, "webapp/app.py", "asyncio.create_task(x)\n", 1),
    (rules.borders_hold, "webapp/app.py", "group.create_task(x)\n", 1),
    (rules.environment_is_read_once, "main.py", "import os\nx = os.environ['A']\n", 2),
    (rules.environment_is_read_once, "main.py", "from os import getenv\n", 1),
    (rules.suppressions_have_reasons, "main.py", "import re  # noqa: F401\n", 1),
    (rules.suppressions_have_reasons, "main.py", "x = 1\nx = 's'  # type: ignore[misc]\n", 2),
    (rules.suppressions_have_reasons, "main.py", "# mypy: ignore-errors\n", 1),
    (rules.suppressions_have_reasons, "main.py", "# ruff: noqa: E501\n", 1),
    (rules.suppressions_have_reasons, "main.py", "# ruff: noqa - all of it is generated\n", 1),
    (rules.tests_assert, "tests/pure/test_x.py", "def test_x():\n    run()\n", 1),
    (rules.skips_have_reasons, "tests/test_x.py", "@pytest.mark.skip\ndef test_x(): 1\n", 1),
    (rules.skips_have_reasons, "tests/test_x.py", "\npytest.mark.skipif(True)\n", 2),
]

# Files that look like it and are in order.
IN_ORDER = [
    (rules.opens_with_a_sentence, "posts/__init__.py", ""),
    (rules.file_is_short, "storage/records.py", "x = 1\n" * 400),
    (rules.borders_hold, "inbox/authentication.py", "x = VerifiedActivity(1)\n"),
    (rules.borders_hold, "posts/drafts.py", "x = SafeHtml('')\n"),
    (rules.borders_hold, "posts/drafts.py", "def f(x: SafeHtml) -> SafeHtml: return x\n"),
    (rules.environment_is_read_once, "instance/settings.py", "import os\nos.environ\n"),
    (rules.suppressions_have_reasons, "main.py", "import re  # noqa: F401 - loaded early\n"),
    (rules.suppressions_have_reasons, "main.py", "# ruff: noqa: E501 - a table of URLs\n"),
    (rules.suppressions_have_reasons, "main.py", "x = 1  # noqa: PLR2004 - RFC 1035 2.3.4\n"),
    (rules.suppressions_have_reasons, "main.py", "x = '# noqa'\n"),
    (rules.tests_assert, "tests/test_x.py", "def test_x():\n    with pytest.raises(E): f()\n"),
    (
        rules.tests_assert,
        "tests/test_x.py",
        "def test_x():\n    same(1, 1)\ndef same(a, b):\n    assert a == b\n",
    ),
    (rules.skips_have_reasons, "tests/test_x.py", "pytest.skip('no browser')\n"),
]


@pytest.mark.parametrize(("rule", "path", "text", "line"), BROKEN)
def test_a_broken_rule_is_found(rule: Rule, path: str, text: str, line: int) -> None:
    problems = list(rule(File(path, text)))
    assert [(problem.path, problem.line) for problem in problems] == [(path, line)]


@pytest.mark.parametrize(("rule", "path", "text"), IN_ORDER)
def test_what_is_in_order_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert list(rule(File(path, text))) == []


def test_every_rule_is_shown_to_bite() -> None:
    assert {rule for rule, *_ in BROKEN} == set(rules.RULES)
