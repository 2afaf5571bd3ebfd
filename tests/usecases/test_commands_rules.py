"""The commands `host`, `rule` and `held`: what they print and change, and what is wrong."""

from pathlib import Path

import pytest

from tests.usecases.test_commands import Run
from tests.usecases.test_commands import _own_environment as _own_environment
from tests.usecases.test_commands import run as run

HEAD = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate"


def test_c37_hosts_are_suspended_and_lifted(run: Run) -> None:
    """C37, A92."""
    made = run("host", "suspend", "Bad.Example.", "--reason", "spam", "--no-reports")
    assert made.code == 0
    assert "Made: 1 rule (bad.example). Nobody known here is concerned." in made.out
    run("host", "silence", "loud.example", "--no-media")
    listed = run("host", "list").out
    assert "bad.example   suspend  no reports" in listed
    assert "loud.example  silence  no media" in listed
    assert "spam" in listed
    dry = run.json("host", "lift", "bad.example", "--dry-run")
    assert dry["lifted"] == ["bad.example"]
    assert "bad.example" in run("host", "list").out
    assert run("host", "lift", "BAD.example").code == 0
    assert "bad.example" not in run("host", "list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("host", "suspend", "https://bad.example/"), "is not a host"),
        (("host", "suspend", "localhost"), "That is this server"),
        (("host", "lift", "bad.example"), "There is no rule about bad.example"),
        (("host", "import", "nowhere.csv"), "cannot be read"),
        (("rule", "add", "word", "!!!"), "finds nothing"),
        (("rule", "add", "link", "no host"), "is not the host of a link"),
        (("rule", "remove", "7"), "no rule of this number"),
        (("held", "release", "7"), "Nothing of this number is held"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run: Run, words: tuple[str, ...], said: str) -> None:
    assert said in run(*words).error


def test_c38_lists_of_mastodon_are_read_and_written(run: Run, tmp_path: Path) -> None:
    """C38: with a preview; what is no host is reported, what has a rule stays."""
    run("host", "silence", "known.example")
    text = f"""{HEAD}
bad.example,suspend,true,true,"spam, and more",false
LOUD.example,silence,false,false,,true
pics.example,noop,true,false,,false
known.example,suspend,false,false,,false
hid***.example,suspend,false,false,,false
also bad,suspend,false,false,,false
"""
    file = tmp_path / "list.csv"
    file.write_text(text)
    dry = run("host", "import", str(file), "--dry-run").out
    assert "Would be made: 3 rules (bad.example, loud.example, pics.example)" in dry
    assert "1 have a rule already" in dry
    assert "Entry 5: hid***.example is hidden by its author." in dry
    assert "Entry 6: 'also bad' is not a host." in dry
    assert (
        run.json("host", "export")["csv"] == f"{HEAD}\nknown.example,silence,false,false,,false\n"
    )
    run("host", "import", str(file))
    assert run("host", "export").out.splitlines() == [
        HEAD,
        'bad.example,suspend,true,true,"spam, and more",false',
        "known.example,silence,false,false,,false",
        "loud.example,silence,false,false,,true",
        "pics.example,noop,true,false,,false",
    ]
    run("host", "import", str(file), "--replace")
    assert "known.example,suspend" in run("host", "export").out


def test_c38_a_list_without_heads_suspends(run: Run, tmp_path: Path) -> None:
    """C38: one host a line; a comment that looks like a formula is written as text."""
    file = tmp_path / "list.txt"
    file.write_text("one.example\n# a remark\n\ntwo.example\n")
    assert "2 rules (one.example, two.example)" in run("host", "import", str(file)).out
    run("host", "suspend", "three.example", "--public-comment", "=1+1")
    assert "three.example,suspend,false,false,'=1+1,false" in run("host", "export").out


def test_c47_rules_about_contents_are_made_and_removed(run: Run) -> None:
    """C47."""
    made = run.json("rule", "add", "word", "Cheap  PILLS", "--then", "reject", "--strangers")
    rule = made["rule"]
    assert isinstance(rule, dict)
    assert (rule["pattern"], rule["only_strangers"]) == ("cheap pills", True)
    assert "There is a word rule" in run("rule", "add", "word", "cheap pills").error
    assert "cheap pills  reject  strangers" in run("rule", "list").out
    assert run("rule", "remove", str(rule["id"])).code == 0
    assert "(none)" in run("rule", "list").out
    assert "(none)" in run("held", "list").out
