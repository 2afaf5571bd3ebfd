"""The ledger counts what it should: nobody notices a ledger that never finds anything."""

from tests.faults.ledger import Ledger


def test_what_was_never_seen_is_lost() -> None:
    ledger = Ledger()
    ledger.accept("one")
    ledger.accept("two")
    ledger.see("one", "id")
    assert ledger.lost == ["two"]
    assert not ledger.is_clean


def test_the_same_thing_again_is_no_harm_but_another_one_is() -> None:
    ledger = Ledger()
    ledger.accept("one")
    ledger.see("one", "id")
    ledger.see("one", "id")
    assert ledger.is_clean
    ledger.see("one", "other id")
    assert ledger.doubled == ["one"]


def test_late_is_counted_from_the_answer_to_the_first_sight() -> None:
    ledger = Ledger(late_after_s=5)
    ledger.accept("in time", at=10)
    ledger.accept("late", at=10)
    ledger.see("in time", at=15)
    ledger.see("late", at=16)
    ledger.see("in time", at=99)
    assert ledger.late == ["late"]
    assert ledger.slowest_s == 6
    assert str(ledger) == "2/0/0/1"


def test_what_was_taken_back_is_not_missed() -> None:
    ledger = Ledger()
    ledger.accept("one")
    ledger.withdraw("one")
    assert ledger.is_clean
    assert ledger.totals["accepted"] == 0


def test_what_nobody_was_promised_is_not_counted() -> None:
    ledger = Ledger()
    ledger.see("stray", "a")
    ledger.see("stray", "b")
    assert ledger.is_clean
