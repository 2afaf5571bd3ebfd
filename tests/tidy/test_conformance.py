"""docs/conformance.md is current, and what has no test has its reason."""

import re

from tests.tidy.source import ROOT, python_files
from tools import conformance

_FEP = re.compile(r"(?<![0-9a-f])([0-9a-f]{4})(?=\]\(https://codeberg\.org/fediverse/fep)")


def test_the_page_is_current() -> None:
    assert conformance.PAGE.read_text() == conformance.written(), (
        "docs/conformance.md is stale; mend it with: make docs"
    )


def test_every_line_has_a_test_or_a_reason() -> None:
    assert [line.id for line in conformance.open_lines()] == []


def test_lines_added_by_hand_are_known_and_their_files_exist() -> None:
    for line in conformance.lines():
        assert line.files or line.remark or line.id not in _by_hand(), line.id
        for name in line.files:
            assert (conformance.ROOT / name).exists(), (line.id, name)


def _by_hand() -> set[str]:
    return {text.partition("\t")[0] for text in conformance.BY_HAND.read_text().splitlines()}


def test_every_line_stands_once() -> None:
    ids = [line.id for line in conformance.lines()]
    assert len(ids) == len(set(ids)) == 481
    assert {line.id[0] for line in conformance.lines()} == conformance.GROUPS.keys()


def test_ids_are_read_from_names_and_docstrings() -> None:
    assert conformance.ids_in("test_e139_a14_x", "A26, E12 and P5. E40-E42; A74-76.") == {
        *("E139", "A14", "A26", "E12", "P5", "E40", "E41", "E42", "A74", "A75", "A76"),
    }
    assert conformance.ids_in("test_ed25519", "FEP-8b32, SG-3, RFC 9421 B.2.6") == set()


def test_a126_federation_md_names_the_feps_that_the_code_names() -> None:
    """A126 (FEP-67ff): and what it names is named by the code or by a test."""
    promised = set(_FEP.findall((ROOT / "FEDERATION.md").read_text()))
    ours = [file for file in python_files() if not file.path.startswith("tests/tidy/")]
    named = {file.path: set(re.findall(r"FEP-([0-9a-f]{4})", file.text)) for file in ours}
    code = {each for path, feps in named.items() if not path.startswith("tests/") for each in feps}
    assert code - promised == set()
    assert promised - {each for feps in named.values() for each in feps} == {"67ff"}
