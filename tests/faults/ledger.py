"""The ledger: what was accepted before a fault, and what came of it afterwards."""

import time
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Every accepted mark (the words of a post, the id of an activity) and what was seen of it.

    A mark is *lost* when nothing of it was seen, *doubled* when it was seen under two identities:
    as two posts, or as an activity with two ids. The same activity twice is no harm to anybody.
    """

    late_after_s: float = float("inf")
    accepted: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _first_seen: dict[str, float] = field(default_factory=dict)

    def accept(self, mark: str, at: float | None = None) -> None:
        """Write down what was answered with yes, at the moment of the answer."""
        self.accepted.setdefault(mark, time.monotonic() if at is None else at)

    def merge(self, other: "Ledger") -> None:
        """Take over the lines of another ledger."""
        self.accepted |= other.accepted
        self._seen |= other._seen
        self._first_seen |= other._first_seen

    def withdraw(self, mark: str) -> None:
        """Forget a mark whose author took it back."""
        self.accepted.pop(mark, None)

    def see(self, mark: str, identity: str = "", at: float | None = None) -> None:
        """Note that a mark is where it belongs."""
        self._seen[mark].add(identity)
        self._first_seen.setdefault(mark, time.monotonic() if at is None else at)

    @property
    def lost(self) -> list[str]:
        return [mark for mark in self.accepted if not self._seen.get(mark)]

    @property
    def doubled(self) -> list[str]:
        return [mark for mark in self.accepted if len(self._seen.get(mark, ())) > 1]

    @property
    def late(self) -> list[str]:
        return [mark for mark, waited_s in self.waits_s.items() if waited_s > self.late_after_s]

    @property
    def waits_s(self) -> dict[str, float]:
        """How long it took from the answer until each mark was seen."""
        return {
            mark: max(0.0, self._first_seen[mark] - at)
            for mark, at in self.accepted.items()
            if mark in self._first_seen
        }

    @property
    def slowest_s(self) -> float:
        return max(self.waits_s.values(), default=0.0)

    def percentile_s(self, share: float) -> float:
        waits = sorted(self.waits_s.values())
        return waits[min(len(waits) - 1, int(len(waits) * share))] if waits else 0.0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.late)

    @property
    def totals(self) -> dict[str, int]:
        return {
            "accepted": len(self.accepted),
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "late": len(self.late),
        }

    def __str__(self) -> str:
        return "/".join(str(number) for number in self.totals.values())
