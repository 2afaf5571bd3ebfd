"""`make faults`: breaks everything that can break, on both databases, and counts what was lost.

    python -m tools.faults                 # all of them, about a quarter of an hour
    python -m tools.faults FA-14 FA-16 --database sqlite
    python -m tools.faults --quick --json

Ends with 1 when a promise of RELIABILITY is broken. Faults that mostly wait run side by side; those
that measure times follow, one after the other.
"""

import argparse
import json
import logging
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests import loopback, services
from tests.faults.all_faults import FAULTS
from tests.faults.table import BOTH, Fault, Outcome, run

AT_ONCE = 4
PAGE_HEAD = """# What is promised when something breaks

Written by `make docs` from the table of faults in `tests/faults`. `make faults` carries all of them
out against real server processes, with a ledger: whatever was accepted before the fault is counted
after it; nothing may be lost, doubled or late. Hours and days pass on a clock of the test's own, in
one process (`scaled_clock`, `partitioned`, `bad_networks` for names and certificates). What
`make test` runs is a smaller edition of the same: fewer kills, fewer hosts.

| fault | promised | in `tests/faults` | on | in `make test` |
|---|---|---|---|---|"""
WIDTHS = (6, 8, 44, 88, 18, 6)
TITLES = ("fault", "database", "promised", "seen", "ledger a/l/d/late", "ok")


def main() -> int:
    """Run the faults that were asked for; returns the exit code."""
    arguments = _arguments()
    if arguments.markdown:
        _say(page())
        return 0
    chosen = [
        (fault, database)
        for fault in sorted(FAULTS, key=lambda each: each.number)
        for database in (fault.quick if arguments.quick else fault.databases)
        if database in arguments.database and (fault.id in arguments.ids or not arguments.ids)
    ]
    loopback.forbid_other_networks()
    logging.disable()  # what servers in this process complain about is what they were made to
    services.begin_session()
    folder = Path(tempfile.mkdtemp(prefix="kittiwake-faults-"))
    begun = time.monotonic()
    try:
        outcomes = _run_all(chosen, folder, is_full=not arguments.quick)
    finally:
        services.end_session()
        shutil.rmtree(folder, ignore_errors=True)
    outcomes.sort(key=lambda each: (each.fault.number, each.database))
    if arguments.json:
        _say(json.dumps([each.as_json() for each in outcomes], indent=1))
    else:
        _show(outcomes, time.monotonic() - begun)
    return 0 if all(each.is_ok for each in outcomes) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="FA-n", help="these faults only")
    parser.add_argument("--database", action="append", choices=BOTH, help="on this one only")
    parser.add_argument("--quick", action="store_true", help="the part that `make test` runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--markdown", action="store_true", help="write docs/reliability.md")
    found = parser.parse_args()
    found.database = found.database or BOTH
    return found


def page() -> str:
    """Return docs/reliability.md: each promise, and the fault that shows it."""
    lines = [PAGE_HEAD]
    for each in sorted(FAULTS, key=lambda fault: fault.number):
        where = f"`{each.act.__module__.rpartition('.')[2]}.{each.act.__name__}`"
        in_tests = ", ".join(each.quick) or "-"
        row = (each.id, each.promised, where, ", ".join(each.databases), in_tests)
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _run_all(chosen: Sequence[tuple[Fault, str]], folder: Path, *, is_full: bool) -> list[Outcome]:
    outcomes = []
    together = [each for each in chosen if not each[0].is_alone]
    alone = [each for each in chosen if each[0].is_alone]
    for part, at_once in ((together, AT_ONCE), (alone, 1)):
        with ThreadPoolExecutor(max_workers=at_once) as threads:
            running = [
                threads.submit(
                    run, fault, database, folder / f"{fault.id}-{database}", is_full=is_full
                )
                for fault, database in part
            ]
            for done in as_completed(running):
                outcomes.append(done.result())
                _progress(outcomes[-1], len(outcomes), len(chosen))
    return outcomes


def _progress(outcome: Outcome, done: int, total: int) -> None:
    word = "ok" if outcome.is_ok else "BROKEN"
    sys.stderr.write(
        f"{done:3}/{total} {outcome.fault.id:6} {outcome.database:8} {word:6} "
        f"{outcome.took_s:5.1f} s  {outcome.seen.ledger}  {outcome.seen}\n{outcome.logs}"
    )
    sys.stderr.flush()


def _show(outcomes: Sequence[Outcome], took_s: float) -> None:
    """Print the table and the totals of all ledgers."""
    _line(TITLES)
    _line(["-" * width for width in WIDTHS])
    totals = dict.fromkeys(("accepted", "lost", "doubled", "late"), 0)
    for each in outcomes:
        ledger = each.seen.ledger
        for name, number in ledger.totals.items():
            totals[name] += number
        word = "ok" if each.is_ok else "BROKEN"
        seen, promised = str(each.seen), each.fault.promised
        _line([each.fault.id, each.database, promised, seen, str(ledger), word])
    broken = sum(not each.is_ok for each in outcomes)
    said = ", ".join(f"{number} {name}" for name, number in totals.items())
    _say(f"\n{len(outcomes)} runs in {took_s:.0f} s, {broken} broken; ledgers together: {said}")


def _line(cells: Sequence[str]) -> None:
    """Print one row, its long cells wrapped."""
    columns = [
        textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, WIDTHS, strict=True)
    ]
    for number in range(max(map(len, columns))):
        row = [column[number] if number < len(column) else "" for column in columns]
        _say("  ".join(text.ljust(width) for text, width in zip(row, WIDTHS, strict=True)).rstrip())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
