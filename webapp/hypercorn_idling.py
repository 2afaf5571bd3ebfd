"""Idle connections of Hypercorn, watched for what they cost: nothing while a client goes on asking.

After each answer Hypercorn begins a task that closes the connection unless something comes, and
cancels it when something does: two tasks and a timer, a tenth of a small answer. It also waits for
that task when the client has hung up long ago, so that the connection is held for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable

from hypercorn.asyncio import tcp_server
from hypercorn.asyncio.worker_context import AsyncioSingleTask
from hypercorn.typing import TaskGroup

IDLE_AFTER_S = 0.2
"""Who asks again within this time was not idle."""


class LateTask(AsyncioSingleTask):
    """The task of an idle connection, begun when it has been idle for a moment.

    It belongs to the connection alone, which stops it at its end (`TCPServer`), and not to the
    group of tasks that the connection waits for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer: asyncio.TimerHandle | None = None

    async def restart(self, _: TaskGroup, action: Callable[[], Awaitable[None]]) -> None:
        """Begin in a moment, in place of what was begun."""
        await self.stop()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE_AFTER_S, self._begin, action)

    async def stop(self) -> None:
        """End it, or do not begin it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._handle is not None:
            await super().stop()

    def _begin(self, action: Callable[[], Awaitable[None]]) -> None:
        self._timer = None
        self._handle = asyncio.ensure_future(action())


def install() -> None:
    """Let Hypercorn watch its connections so."""
    tcp_server.AsyncioSingleTask = LateTask  # type: ignore[attr-defined]  # imported there
