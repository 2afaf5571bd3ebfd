"""docs/attacks.md is current, and what has no test has its reason."""

from tools import attacks


def test_the_page_is_current() -> None:
    assert attacks.PAGE.read_text() == attacks.written(), (
        "docs/attacks.md is stale; mend it with: make docs"
    )


def test_every_attack_has_a_test_or_a_reason() -> None:
    named = attacks.tests()
    open_ones = [line.id for line in attacks.lines() if line.id not in named and not line.remark]
    assert open_ones == []


def test_no_test_names_an_attack_that_is_not_listed() -> None:
    known = {line.id for line in attacks.lines()}
    assert set(attacks.tests()) <= known


def test_ids_are_read_from_names_and_docstrings() -> None:
    assert attacks.ids_in("test_sg3_or12_x", "RX-1, E12. INTEROP 5 and 6.") == {
        *("SG-3", "OR-12", "RX-1", "C-5", "C-6"),
    }
    assert attacks.ids_in("test_consequence_8_x", "Consequences 9, 16 hold") == {
        *("C-8", "C-9", "C-16"),
    }
    assert attacks.ids_in("test_words", "INTEROP 10.") == {"C-10"}
