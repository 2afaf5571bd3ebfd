"""Granian, the other HTTP server (`KITTIWAKE_SERVER=granian`), in our own event loop.

It costs a fraction of Hypercorn's CPU time and has the same bounds, one of them by our own hand.
It calls being embedded experimental, so it is not the default. Imported only where a setting names
it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from webapp.body_in_time import body_in_time
from webapp.front import Asgi

BACKLOG: Final = 1024
CONNECTIONS_MAX: Final = 20_000
"""Requests and streams at once, above which it takes no new one: more than streams there may be."""

# Its lines go where ours go. Below errors it says at each start that it is experimental.
_LOGGING = {
    "handlers": {},
    "loggers": {"_granian": {"level": "ERROR", "handlers": [], "propagate": True}},
}
_log = logging.getLogger("kittiwake.http")


async def serve(  # noqa: PLR0913 - its bounds
    application: Asgi,
    address: tuple[str, int],
    *,
    until: Callable[[], Awaitable[object]],
    header_bytes_max: int,
    header_timeout_s: int,
    read_timeout_s: int,
    graceful_timeout_s: int,
) -> None:
    """Answer requests until `until` returns; then finish those that are running, within a bound."""
    host, port = address
    server = Server(
        body_in_time(application, read_timeout_s),
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=True,
        backlog=BACKLOG,
        backpressure=CONNECTIONS_MAX,
        http1_settings=HTTP1Settings(
            header_read_timeout=1000 * header_timeout_s, max_buffer_size=header_bytes_max
        ),
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
    )
    try:
        async with asyncio.timeout(None) as limit:

            async def end() -> None:
                await until()
                server.stop()  # type: ignore[no-untyped-call] # it has no types
                limit.reschedule(asyncio.get_running_loop().time() + graceful_timeout_s)

            await asyncio.gather(server.serve(), end())
    except TimeoutError:
        _log.warning("requests that took longer than %s s were not finished", graceful_timeout_s)
