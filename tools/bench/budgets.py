"""The budgets: what each operation may cost, and what others were measured at; pure data.

CPU milliseconds of all processes of the server per operation, until it is quiet again.
"""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["ms CPU", "per s", "MiB", "s", "KiB", "times"]


@dataclass(frozen=True, slots=True)
class Budget:
    """A line of the table. `peer` is GoToSocial's figure (low to high) where there is one."""

    id: str
    title: str
    unit: Unit
    hypercorn: float
    granian: float
    peer: tuple[float, float] | None = None
    is_least: bool = False
    """Whether more is better."""

    def of(self, server: str) -> float:
        """Return the budget with this HTTP server."""
        return self.granian if server == "granian" else self.hypercorn

    def is_met(self, value: float, server: str) -> bool:
        """Whether a measured value is within it."""
        limit = self.of(server)
        return value >= limit if self.is_least else value <= limit


BUDGETS = (
    Budget("webfinger", "WebFinger", "ms CPU", 0.20, 0.05, (0.03, 0.035)),
    Budget("nodeinfo", "NodeInfo", "ms CPU", 0.20, 0.05, (0.026, 0.026)),
    Budget("actor", "actor, signed GET", "ms CPU", 0.28, 0.11, (0.13, 0.14)),
    Budget("object", "object, signed GET", "ms CPU", 0.28, 0.12, (0.19, 0.22)),
    Budget("home_api", "home timeline of an app, 20 posts", "ms CPU", 0.35, 0.15, (0.29, 0.39)),
    Budget("public_api", "public timeline, no login", "ms CPU", 0.30, 0.10, (0.97, 1.02)),
    Budget("home", "home page (HTML), 20 posts", "ms CPU", 0.35, 0.15),
    Budget("public", "page of public posts (HTML), no login", "ms CPU", 0.30, 0.10),
    Budget("post", "POST status, 2 local users", "ms CPU", 3, 3, (7.4, 7.4)),
    Budget("post_50", "POST status, 50 local users", "ms CPU", 3, 3, (32, 64)),
    Budget("inbox", "inbox Create to visible, 2 local users", "ms CPU", 2, 2, (10.8, 12.9)),
    Budget("inbox_50", "inbox Create to visible, 50 local users", "ms CPU", 2, 2, (50, 75)),
    Budget("delivery", "one delivery of 1,000 to 100 hosts", "ms CPU", 0.8, 0.8, (1.13, 1.18)),
    Budget(
        "slow_hosts",
        "the same, answered after 100 ms",
        "per s",
        800,
        800,
        (37, 37),
        is_least=True,
    ),
    Budget("fan_out", "a fan-out to 10,000 local followers", "ms CPU", 100, 100),
    Budget("memory_idle", "idle memory (RSS)", "MiB", 120, 130, (128, 140)),
    Budget("memory_loaded", "memory after load", "MiB", 200, 200, (207, 207)),
    Budget("start", "start to first 200", "s", 1.5, 1.5, (1.7, 1.9)),
    Budget("post_bytes", "bytes written per post", "KiB", 40, 40, (200, 270)),
    Budget("inbox_bytes", "bytes written per inbox Create", "KiB", 40, 40, (200, 270)),
    Budget("home_posts", "home: growth with 10 times the posts", "times", 1.2, 1.2),
    Budget("inbox_posts", "inbox: growth with 10 times the posts", "times", 1.2, 1.2),
    Budget("post_posts", "POST: growth with 10 times the posts", "times", 1.2, 1.2),
    Budget("home_million", "home: growth with 100 times the posts", "times", 1.2, 1.2),
    Budget("inbox_million", "inbox: growth with 100 times the posts", "times", 1.2, 1.2),
    Budget("post_million", "POST: growth with 100 times the posts", "times", 1.2, 1.2),
    Budget("home_follows", "home: growth with 10 times the follows", "times", 1.2, 1.2),
    Budget("inbox_follows", "inbox: growth with 10 times the follows", "times", 1.2, 1.2),
    Budget("post_follows", "POST: growth with 10 times the follows", "times", 1.2, 1.2),
    Budget("home_users", "home: growth with 25 times the users", "times", 1.2, 1.2),
    Budget("inbox_users", "inbox: growth with 25 times the users", "times", 1.2, 1.2),
    Budget("post_users", "POST: growth with 25 times the users", "times", 1.2, 1.2),
)
