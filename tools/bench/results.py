"""What was measured: samples by operation and database, and their medians; also as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tools.bench.budgets import BUDGETS, Budget

_LEAST = 1e-9


@dataclass
class Results:
    """Everything one run saw. `samples`: id of a budget -> one value a round."""

    about: Mapping[str, Any]
    samples: dict[str, list[float]] = field(default_factory=dict)
    database: dict[str, list[float]] = field(default_factory=dict)
    """The same for the CPU time of PostgreSQL's processes."""
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the load began, MiB."""
    load: dict[str, float] = field(default_factory=dict)
    """What the server did while its memory was watched."""

    sizes: dict[str, float] = field(default_factory=dict)
    """Bytes on disk per post, feed row, follow, user; bytes of a page and of an activity."""

    def add(self, name: str, value: float) -> None:
        """Keep one value."""
        self.samples.setdefault(name, []).append(value)

    def growth(self, name: str, base: str, grown: str) -> None:
        """Keep how much dearer something is, round by round; nothing where it was not measured."""
        if grown not in self.samples:
            return
        pairs = zip(self.samples.get(base, ()), self.samples.get(grown, ()), strict=True)
        self.samples[name] = [more / max(less, _LEAST) for less, more in pairs]

    def data(self) -> dict[str, Any]:
        """Return all of it for a file."""
        return {
            "about": dict(self.about),
            "rows": {
                budget.id: self._row(budget) for budget in BUDGETS if budget.id in self.samples
            },
            "samples": self.samples,
            "database": self.database,
            "memory": self.memory,
            "load": self.load,
            "sizes": self.sizes,
        }

    def _row(self, budget: Budget) -> dict[str, Any]:
        values = self.samples[budget.id]
        server = str(self.about["server"])
        found = {
            "title": budget.title,
            "unit": budget.unit,
            "median": round(median(values), 4),
            "low": round(min(values), 4),
            "high": round(max(values), 4),
            "budget": budget.of(server),
            "met": budget.is_met(median(values), server),
        }
        if budget.id in self.database:
            found["database_median"] = round(median(self.database[budget.id]), 4)
        return found


def from_data(data: Mapping[str, Any]) -> Results:
    """Read what `data` wrote."""
    memory: Sequence[Sequence[float]] = data["memory"]
    return Results(
        data["about"],
        data["samples"],
        data["database"],
        [(at, mib) for at, mib in memory],
        data["load"],
        data["sizes"],
    )
