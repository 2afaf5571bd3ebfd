"""The pump: hears hints as long as a stream is open here, and keeps watch over the open streams.

Whose token has ended, or who was suspended, is cut within `LOOK_EVERY_S` (AU-20), however it came
about and in whatever process: it is looked up, for an event could be missed.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Iterator
from typing import Any, Final

from instance import hints
from instance.errors import Failure
from instance.resources import Instance
from storage import actors, streams
from storage.events import MISSED, Subscription
from webapp.streaming import happenings
from webapp.streaming.connections import ENDED, STOPPING, Connection

LOOK_EVERY_S: Final = 2.0
BEAT_EVERY_LOOKS: Final = 7
HINTS_MAX: Final = 2000
TOKENS_AT_ONCE: Final = 1000

_log = logging.getLogger("kittiwake.streams")


class Pump:
    """Two tasks that run while anybody listens."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._heard = Subscription(HINTS_MAX)
        self._stack = contextlib.ExitStack()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    @contextlib.contextmanager
    def running(self, connection: Connection) -> Iterator[None]:
        """Let a connection in for as long as the block runs; raises `TooMany`."""
        opened = self._instance.streams
        opened.open(connection, connection.actor.id)
        try:
            self._start()
            yield
        finally:
            opened.close(connection)
            if not opened.connections:
                self._stop()

    def _start(self) -> None:
        if all(not task.done() for task in self._tasks) and self._tasks:
            return
        self._stop()
        # Listening begins here and now: what happens after the app was let in is not missed.
        listening = self._instance.events.listening(hints.STREAMS, self._heard.put)
        self._stack.enter_context(listening)
        with self._instance.store.active():
            self._tasks = (
                asyncio.create_task(self._hear(), name="streams: hear"),
                asyncio.create_task(self._watch(), name="streams: watch"),
            )

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = ()
        self._stack.close()

    async def _hear(self) -> None:
        while True:
            event = await self._heard.next()
            if event is MISSED:  # streams promise nothing: apps ask for what they lack
                continue
            hint = hints.read(event.payload)
            if hint is None:
                continue
            try:
                if hint.kind is hints.Kind.FILTERS:  # they hold for what comes next
                    await refresh(self._instance, set(hint.ids))
                await happenings.tell(self._instance, hint)
            except Failure as failure:  # the database is away, or what was told of is gone
                _log.info("a stream missed an event: %s", failure.public)
            except Exception:  # noqa: BLE001 - a bug with one event: the streams go on
                _log.exception("a stream missed an event: %s", hint)

    async def _watch(self) -> None:
        for look in itertools.count(1):
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._look_at_tokens()
            except Failure as failure:
                _log.warning("the tokens of streams were not looked at: %s", failure.public)
            if look % BEAT_EVERY_LOOKS == 0:
                for connection in tuple(self._instance.streams.connections):
                    connection.beat()

    async def _look_at_tokens(self) -> None:
        """AU-19, AU-20: cut whose token ended, or who may do nothing here any more."""
        opened = tuple(self._instance.streams.connections)
        hashes = list({each.token_hash for each in opened})
        versions: dict[str, int] = {}
        for start in range(0, len(hashes), TOKENS_AT_ONCE):
            versions |= await streams.good_tokens(hashes[start : start + TOKENS_AT_ONCE])
        changed = set()
        for connection in opened:
            version = versions.get(connection.token_hash)
            if version is None:
                connection.cut(ENDED)
            elif version != connection.actor.version:
                changed.add(connection.actor.id)
        if changed:
            await refresh(self._instance, changed)


def of(instance: Instance) -> Pump:
    """Return the pump of an instance, made when its first stream is opened."""
    if instance.streams.pump is None:
        instance.streams.pump = Pump(instance)
    pump: Pump = instance.streams.pump
    return pump


def end_all(instance: Instance) -> None:
    """Cut all streams: the server stops, and apps come again when it is back."""
    for connection in tuple(instance.streams.connections):
        connection.cut(STOPPING)


async def refresh(instance: Instance, actor_ids: set[Any]) -> None:
    """Read anew who listens: with the row come the person's filters."""
    fresh = await actors.by_ids(actor_ids)
    for connection in tuple(instance.streams.connections):
        if (actor := fresh.get(connection.actor.id)) is not None:
            connection.actor = actor
