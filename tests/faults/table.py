"""The table of faults: each is a function that breaks something and says what it saw.

    @fault("FA-38", promised="the second server refuses to start", databases=SQLITE)
    def two_servers_on_one_database(stage: Stage, seen: Seen) -> None:
        ...
        seen.check(f"the second ended with {code}", code == 1)

`run` carries one out; `make faults` runs all of them, `make test` the quick ones.
"""

import asyncio
import inspect
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.ledger import Ledger
from tests.faults.stage import Stage

SQLITE = ("sqlite",)
POSTGRES = ("postgres",)
BOTH = (*SQLITE, *POSTGRES)


@dataclass
class Seen:
    """What a fault saw: claims, each true or not, and the ledger."""

    ledger: Ledger = field(default_factory=Ledger)
    claims: list[tuple[str, bool]] = field(default_factory=list)

    def check(self, claim: str, holds: object) -> None:
        """Write down a claim, with the figure that was measured, and whether the promise holds."""
        self.claims.append((claim, bool(holds)))

    def note(self, text: str) -> None:
        """Write down a figure that is no promise."""
        self.claims.append((text, True))

    @property
    def is_ok(self) -> bool:
        return self.ledger.is_clean and all(holds for _, holds in self.claims)

    def __str__(self) -> str:
        return "; ".join(text if holds else f"BROKEN: {text}" for text, holds in self.claims)


Act = Callable[[Stage, Seen], Awaitable[None] | None]


@dataclass(frozen=True)
class Fault:
    """A line of RELIABILITY.md. `is_alone`: measures times, so that nothing else may run."""

    id: str
    promised: str
    act: Act
    databases: tuple[str, ...]
    quick: tuple[str, ...]
    is_alone: bool

    @property
    def number(self) -> int:
        return int(self.id.partition("-")[2])


@dataclass(frozen=True)
class Outcome:
    """What came of a fault on one database; `logs` of the servers, if a promise was broken."""

    fault: Fault
    database: str
    seen: Seen
    took_s: float
    logs: str = ""

    @property
    def is_ok(self) -> bool:
        return self.seen.is_ok

    def as_json(self) -> dict[str, Any]:
        return {
            "fault": self.fault.id,
            "database": self.database,
            "promised": self.fault.promised,
            "seen": str(self.seen),
            "ledger": self.seen.ledger.totals,
            "ok": self.is_ok,
            "took_s": round(self.took_s, 1),
        }


FAULTS: list[Fault] = []


def fault(
    id: str,  # noqa: A002 - reads well where it is used
    *,
    promised: str,
    databases: tuple[str, ...] = BOTH,
    quick: tuple[str, ...] = (),
    is_alone: bool = False,
) -> Callable[[Act], Act]:
    """Put a function into the table. `quick`: the databases on which `make test` runs it."""

    def enter(act: Act) -> Act:
        FAULTS.append(Fault(id, promised, act, databases, quick, is_alone))
        return act

    return enter


def run(found: Fault, database: str, folder: Path, *, is_full: bool) -> Outcome:
    """Carry out a fault on a database; whatever it raises is a broken promise."""
    seen, begun, logs = Seen(), time.monotonic(), ""
    try:
        with Stage(database, folder, is_full=is_full) as stage:
            _act(found, stage, seen)
            logs = "" if seen.is_ok else stage.logs()
    except Exception as error:  # noqa: BLE001 - also the clearing of the stage may fail
        seen.check(_in_words(error), holds=False)
    return Outcome(found, database, seen, time.monotonic() - begun, logs)


def _act(found: Fault, stage: Stage, seen: Seen) -> None:
    try:
        acted = found.act(stage, seen)
        if inspect.iscoroutine(acted):
            asyncio.run(acted)
    except Exception as error:  # noqa: BLE001 - the table shows it, and the other faults go on
        seen.check(_in_words(error), holds=False)


def _in_words(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {where.name}: {str(error)[:500]}"
