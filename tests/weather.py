"""Bad weather for tests: a plugin of pytest that makes a slow, busy machine of a quiet one.

    make weather SEED=3 T=tests/clients

What is handed to threads begins late and ends late, the event loop stands still for a while, each
statement lets others go first, and rows that nobody put in an order come in any. A test that fails
in it waits for a time and not for what is to happen, or the product promises more than it keeps.
"""

import asyncio
import functools
import random
import time
from asyncio import base_events, events
from collections.abc import Callable
from typing import Any

import pytest

from storage.store import Store

STATEMENTS = ("read", "glance", "ponder", "write", "jot")
HAND_OVER_S, STATEMENT_S, STALL_S, LONG_STALL_S = 0.03, 0.02, 0.2, 2.5
STALLS, LONG_STALLS, LATE = 0.002, 0.0001, 0.25
"""Of what comes by, so many: of steps of the event loop; and of hand-overs and statements."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--weather", type=int, default=0, help="the seed of the bad weather")
    parser.addoption("--storm", type=float, default=1.0, help="how long it holds things up")


def pytest_report_header(config: pytest.Config) -> str:
    return f"bad weather: --weather={config.getoption('--weather')}"


def pytest_configure(config: pytest.Config) -> None:
    chance = random.Random(config.getoption("--weather"))
    Weather(chance, config.getoption("--storm")).begin()


class Weather:
    """What comes late, by chance."""

    def __init__(self, chance: random.Random, force: float) -> None:
        self._chance = chance
        self._force = force

    def begin(self) -> None:
        """Let it begin, for as long as this process runs."""
        loop: Any = base_events.BaseEventLoop
        loop.run_in_executor = self._late(loop.run_in_executor)
        handle: Any = events.Handle
        handle._run = self._stalled(handle._run)
        for name in STATEMENTS:
            setattr(Store, name, self._slow(getattr(Store, name)))

    def _delay(self, most_s: float) -> float:
        return self._time(most_s) if self._chance.random() < LATE else 0.0

    def _time(self, most_s: float) -> float:
        return self._chance.random() * most_s * self._force

    def _late(self, hand_over: Callable[..., Any]) -> Callable[..., Any]:
        def late(loop: Any, executor: Any, work: Callable[..., Any], *values: Any) -> Any:
            def begin_late() -> Any:
                time.sleep(self._delay(HAND_OVER_S))
                try:
                    return work(*values)
                finally:
                    time.sleep(self._delay(HAND_OVER_S))

            return hand_over(loop, executor, begin_late)

        return late

    def _stalled(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        def stalled(handle: Any) -> None:
            dice = self._chance.random()
            if dice < LONG_STALLS:
                time.sleep(LONG_STALL_S * self._force)
            elif dice < STALLS:
                time.sleep(self._time(STALL_S))
            run(handle)

        return stalled

    def _slow(self, statement: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(statement)
        async def slow(store: Store, sql: str, *values: Any) -> Any:
            await asyncio.sleep(self._delay(STATEMENT_S))
            rows = await statement(store, sql, *values)
            if "ORDER BY" in sql or len(rows or ()) < 2:
                return rows
            return self._chance.sample(list(rows), len(rows))

        return slow
