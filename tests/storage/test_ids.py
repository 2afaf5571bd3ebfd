"""Ids: ordered by time, unique, and monotonic when the clock is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from storage.ids import IdSource, first_at, moment_of
from tests.factories import START
from tests.instances import FakeClock

MILLISECOND = timedelta(milliseconds=1)
MOMENTS = some.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - as above
    timezones=some.just(UTC),
)


def test_ids_fit_into_63_bits_and_say_when_they_were_made() -> None:
    row_id = IdSource(FakeClock(START)).new()
    assert 0 < row_id < 2**63
    assert moment_of(row_id) == START


def test_ids_of_one_millisecond_are_different_and_ordered() -> None:
    ids = IdSource(FakeClock(START))
    made = [ids.new() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert {moment_of(row_id) for row_id in made} == {START}


def test_ids_stay_ordered_when_the_clock_jumps_back() -> None:
    """RELIABILITY, clock: ids monotonic under jumps (FA-31)."""
    clock = FakeClock(START)
    ids = IdSource(clock)
    made = [ids.new()]
    for days in (-1, 2, -3, 0):
        clock.advance(days=days)
        made += [ids.new() for _ in range(5)]
    assert made == sorted(set(made))


def test_ids_made_by_threads_are_different() -> None:
    ids = IdSource(FakeClock(START))
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: ids.new(), range(4000)))
    assert len(set(made)) == 4000


def test_two_processes_start_at_different_places() -> None:
    clock = FakeClock(START)
    assert len({IdSource(clock).new() for _ in range(20)}) > 1


def test_ids_of_the_past_sort_into_the_past() -> None:
    ids = IdSource(FakeClock(START))
    new = ids.new()
    old = [ids.at(START - timedelta(days=days)) for days in (1, 2)]
    assert old[1] < old[0] < new
    assert moment_of(old[0]) == START - timedelta(days=1)


def test_ids_of_the_future_are_of_now() -> None:
    """A remote post dated tomorrow does not stay on top of every feed."""
    ids = IdSource(FakeClock(START))
    assert moment_of(ids.at(START + timedelta(days=1))) == START


def test_new_ids_and_those_of_a_moment_never_meet() -> None:
    ids = IdSource(FakeClock(START))
    made = [each for _ in range(3000) for each in (ids.new(), ids.at(START))]
    assert len(set(made)) == len(made)


def test_ids_of_one_past_millisecond_are_different_and_ordered() -> None:
    ids = IdSource(FakeClock(START))
    made = [ids.at(START - MILLISECOND) for _ in range(3000)]
    assert made == sorted(set(made))


@given(MOMENTS)
def test_the_first_id_of_a_moment_is_below_all_of_it(moment: datetime) -> None:
    ids = IdSource(FakeClock(moment))
    assert first_at(moment) <= ids.new() < first_at(moment + MILLISECOND)
    assert first_at(moment) <= ids.at(moment) < first_at(moment + MILLISECOND)


def test_a_moment_before_1970_is_the_first() -> None:
    assert first_at(datetime(1960, 1, 1, tzinfo=UTC)) == 0
    assert IdSource(FakeClock(START)).at(datetime(1900, 1, 1, tzinfo=UTC)) < 2**21


def test_fa31_a_process_goes_on_after_what_is_in_the_database() -> None:
    """The clock went back by a day between two runs; `at` and `new` still never meet."""
    clock = FakeClock(START)
    before = IdSource(clock)
    old = [before.new(), before.at(START), before.at(START)]
    clock.advance(days=-1)
    after = IdSource(clock)
    after.go_on_after(max(old))
    made = [after.new() for _ in range(100)]
    assert made == sorted(set(made))
    assert min(made) > max(old)
    clock.advance(days=2)
    assert moment_of(after.new()) == clock.moment


def test_a_block_is_of_ids_that_nobody_else_gets() -> None:
    """The entries of a fan-out: as many ids in a row as there are readers, now or at a time."""
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    source = IdSource(lambda: moment)
    made: list[int] = []
    for count in (1, 1000, 500):
        first, past = source.new_block(count), source.block_at(moment - timedelta(days=1), count)
        made += [*range(first, first + count), *range(past, past + count)]
        made += [source.new(), source.at(moment - timedelta(days=1))]
    assert len(made) == len(set(made))
    assert {moment_of(each) for each in made} == {moment, moment - timedelta(days=1)}
    fresh = [each for each in made if moment_of(each) == moment]
    assert fresh == sorted(fresh)
