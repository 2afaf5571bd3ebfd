"""The HTTP server in front of the web app: Hypercorn with bounds on everything that can be slow.

The other one, if the settings name it: `granian_server.py`.
"""

import importlib
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from instance.errors import Misconfigured
from instance.settings import GRANIAN, Settings
from webapp import hypercorn_idling, hypercorn_sockets
from webapp.body_in_time import body_in_time
from webapp.streaming.serving import SAID_MAX

BACKLOG = 1024
HEADER_BYTES_MAX = 64 * 1024  # SF-19; webapp/app.py answers 431 above half of it (RX-20)
HEADER_TIMEOUT_S = 10  # RX-19: also how long an idle connection is kept
READ_TIMEOUT_S = 30
GRACEFUL_TIMEOUT_S = 10
PING_EVERY_S = 25.0
GONE_AFTER_S = 60


def bind(settings: Settings) -> socket.socket:
    """Take the address of `listen`; raises `Misconfigured` when that is not possible."""
    address, port = settings.listen_address, settings.listen_port
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Who takes nothing of what is sent for a minute is gone, or had better come again (RX-19).
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * GONE_AFTER_S)
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"KITTIWAKE_LISTEN: cannot listen on {settings.listen} "
            f"({error.strerror or error}). Stop what uses it, or choose another port."
        ) from error
    return listener


async def serve(
    settings: Settings,
    application: Any,
    listener: socket.socket,
    *,
    until: Callable[[], Awaitable[object]],
) -> None:
    """Answer requests until `until` returns; then finish those that are running, within 10 s."""
    if settings.server == GRANIAN:
        await _serve_by_granian(application, listener, until)
        return
    hypercorn_sockets.install()
    hypercorn_idling.install()
    bounded: Any = body_in_time(application, READ_TIMEOUT_S)  # plain dicts of ASGI
    await hypercorn_serve(bounded, _config(listener), mode="asgi", shutdown_trigger=until)


async def _serve_by_granian(
    application: Any, listener: socket.socket, until: Callable[[], Awaitable[object]]
) -> None:
    try:
        granian = importlib.import_module("webapp.granian_server")
    except ImportError as error:
        raise Misconfigured(
            "KITTIWAKE_SERVER=granian: Granian is not installed. Install it with "
            "`.venv/bin/pip install --require-hashes -r requirements/optional.txt`."
        ) from error
    address = listener.getsockname()[:2]
    listener.close()  # it has shown that the address is free; Granian binds by itself
    await granian.serve(
        application,
        address,
        until=until,
        header_bytes_max=HEADER_BYTES_MAX,
        header_timeout_s=HEADER_TIMEOUT_S,
        read_timeout_s=READ_TIMEOUT_S,
        graceful_timeout_s=GRACEFUL_TIMEOUT_S,
    )


def _config(listener: socket.socket) -> Config:
    config = Config()
    # Hypercorn closes the descriptor it is given: it gets one of its own.
    config.bind = [f"fd://{listener.detach()}"]
    config.backlog = BACKLOG
    config.h11_max_incomplete_size = HEADER_BYTES_MAX
    config.h2_max_header_list_size = HEADER_BYTES_MAX
    config.keep_alive_timeout = HEADER_TIMEOUT_S
    # None: who listens to a stream says nothing. How long a body may take is bounded per request.
    config.read_timeout = None
    config.websocket_ping_interval = PING_EVERY_S
    config.graceful_timeout = GRACEFUL_TIMEOUT_S
    config.shutdown_timeout = GRACEFUL_TIMEOUT_S
    config.websocket_max_message_size = SAID_MAX
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("kittiwake.http")
    config.loglevel = "WARNING"
    return config
