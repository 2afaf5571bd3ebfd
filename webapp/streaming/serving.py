"""Opens streams: a WebSocket that listens to many, and server-sent events, which are one stream.

https://docs.joinmastodon.org/methods/streaming/
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import msgspec
from werkzeug.exceptions import BadRequest

from feeds import lists
from instance.errors import Failure, Invalid, NotFound, Unauthenticated
from instance.resources import Instance
from users import tokens
from webapp import auth, calls, parameters
from webapp.asking import Asked
from webapp.auth import Viewer
from webapp.calls import Call, CallHandler, Reply
from webapp.errors import status_of
from webapp.front import Receive, Scope, Send
from webapp.streaming import pump, streams
from webapp.streaming.connections import (
    ENDED,
    SEND_TIMEOUT_S,
    TOO_MUCH,
    Connection,
    EventsConnection,
    SocketConnection,
)
from webapp.streaming.messages import GREETING, mistake
from webapp.streaming.streams import LIST, Stream

PATH: Final = "/api/v1/streaming"
EVENTS: Final = "text/event-stream"
GOODBYE_S: Final = 3.0
SAID_MAX: Final = 64 * 1024
"""Bytes or letters that an app may say at once over a WebSocket."""

_BAD_REQUEST: Final = 400

_POLICY, _AGAIN, _TOO_BIG = 1008, 1013, 1009
"""Codes of RFC 6455, section 7.4.1, and of its registry: not allowed, try again later."""


async def _stream(
    instance: Instance, viewer: Viewer, name: str, value: Callable[[str], str]
) -> Stream:
    """The stream that an app asks for, if it may; AU-2, and lists are their owner's alone."""
    found = streams.read(name, value, viewer.actor.id)
    streams.check_scope(found.channel.name, viewer.scopes)
    if found.channel.name == LIST:
        owned = {each.id for each in await lists.all_of(instance, viewer.actor)}
        if int(found.channel.key) not in owned:
            raise NotFound("Record not found")
    return found


async def root(call: Call) -> Reply[bytes]:
    """GET /api/v1/streaming: a WebSocket alone is opened there (`socket`)."""
    raise BadRequest(f"Unknown channel requested: {call.asked.path} is for WebSockets.")


async def health(call: Call) -> Reply[bytes]:
    """GET /api/v1/streaming/health: that streams can be opened."""
    await call.instance.store.check()
    return Reply(b"OK", headers=[("Content-Type", "text/plain; charset=utf-8")])


# ---------------------------------------------------------------- server-sent events


def events(name: str) -> CallHandler:
    """Make the handler of one stream: its answer goes on until one of both ends it."""

    async def answer(call: Call) -> Reply[bytes]:
        instance, token = call.instance, auth.bearer_token(call.asked.header("authorization"))
        viewer = call.viewer
        if viewer is None:
            token = token or call.parameters.text("access_token")
            if not token:
                raise Unauthenticated("Missing access token")
            viewer = await calls.person(instance, call.asked, token)
        try:
            stream = await _stream(instance, viewer, name, call.parameters.text)
        except Invalid as wrong:
            raise BadRequest(wrong.public) from wrong
        instance.streams.check_room(viewer.actor.id)

        async def rest(receive: Receive, send: Send) -> None:
            connection = EventsConnection(viewer, tokens.hash_of(token), send)
            await _serve_events(instance, connection, stream, receive)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

        head = (
            ("Content-Type", EVENTS),
            ("Cache-Control", "no-store"),
            ("X-Accel-Buffering", "no"),
        )
        return Reply(b"", headers=head, rest=rest)

    return answer


async def _serve_events(
    instance: Instance, connection: EventsConnection, stream: Stream, receive: Receive
) -> None:
    async def listen() -> None:
        with pump.of(instance).running(connection):
            instance.streams.subscribe(connection, stream.channel, stream.label)
            connection.begin()
            connection.put(GREETING)  # who has read it misses nothing any more
            while (await receive())["type"] != "http.disconnect":
                pass

    await connection.run(listen)


# ---------------------------------------------------------------- WebSocket


async def socket(instance: Instance, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a WebSocket, from its handshake to its end."""
    await receive()  # websocket.connect
    asked = Asked({**scope, "method": "GET"}, _nothing())
    sent = parameters.read(asked.query_string, "", b"")
    offered = scope.get("subprotocols") or ()
    try:
        token = _token(asked, sent.text("access_token"), offered)
        viewer = await calls.person(instance, asked, token)
        instance.streams.check_room(viewer.actor.id)
    except Failure as failure:
        await _refuse(scope, send, failure)
        return
    # A browser ends a connection in which nothing of what it offered is taken.
    accept = {"type": "websocket.accept", "subprotocol": token if token in offered else None}
    connection = SocketConnection(viewer, tokens.hash_of(token), send)
    session = _Session(instance, viewer, connection)
    name = sent.text("stream") or asked.path.removeprefix(PATH).strip("/").replace("/", ":")

    async def listen() -> None:
        with pump.of(instance).running(connection):
            if name:
                await session.subscribe(name, sent.text)
            await send(accept)  # who is let in misses nothing any more
            connection.begin()
            while (message := await receive())["type"] == "websocket.receive":
                text = message.get("text") or ""
                if len(text) > SAID_MAX:  # Granian has no limit of its own (RX-24)
                    connection.cut(TOO_MUCH)
                    return
                await session.hear(text)

    await connection.run(listen)
    if connection.why_cut:
        await _close(connection, receive, send)


class _Session:
    """What an app says over its WebSocket: it begins and ends subscriptions."""

    def __init__(self, instance: Instance, viewer: Viewer, connection: SocketConnection) -> None:
        self._instance = instance
        self._viewer = viewer
        self._connection = connection

    async def hear(self, text: str) -> None:
        """Do what an app asks for; what is no JSON is passed over, as Mastodon does."""
        try:
            said = msgspec.json.decode(text, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError):
            return
        name = said.get("stream")
        name = name[0] if isinstance(name, list) and name else name

        def value(parameter: str) -> str:
            found = said.get(parameter)
            return str(found).lower() if isinstance(found, bool) else str(found or "")

        if said.get("type") == "subscribe" and isinstance(name, str):
            await self.subscribe(name, value)
        elif said.get("type") == "unsubscribe" and isinstance(name, str):
            with contextlib.suppress(Invalid):
                found = streams.read(name, value, self._viewer.actor.id)
                self._instance.streams.unsubscribe(self._connection, found.channel)

    async def subscribe(self, name: str, value: Callable[[str], str]) -> None:
        """Listen to a stream, or say why not."""
        opened = self._instance.streams
        try:
            found = await _stream(self._instance, self._viewer, name, value)
            opened.subscribe(self._connection, found.channel, found.label)
        except Failure as failure:
            status = _BAD_REQUEST if isinstance(failure, Invalid) else status_of(failure)
            self._connection.put(mistake(failure.public, status))


def _token(asked: Asked, in_query: str, offered: Any) -> str:
    """The token, wherever it stands: a browser cannot set headers of a WebSocket."""
    found = auth.bearer_token(asked.header("authorization")) or in_query
    found = found or next(iter(offered), "")
    if not found:
        raise Unauthenticated("Missing access token")
    return found


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


async def _refuse(scope: Scope, send: Send, failure: Failure) -> None:
    """Answer the handshake with a status, where the server can; else it is 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": _POLICY})
        return
    body = msgspec.json.encode({"error": failure.public})
    headers = [
        (b"content-type", calls.JSON.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    status = status_of(failure)
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


_CODES: Final = {ENDED: _POLICY, TOO_MUCH: _TOO_BIG}


async def _close(connection: Connection, receive: Receive, send: Send) -> None:
    """Say goodbye, and let the other side do so too (RFC 6455, section 7.1.1)."""
    code = _CODES.get(connection.why_cut, _AGAIN)
    # Granian cancels what it cannot send any more; nothing comes after this.
    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(GOODBYE_S):
            await send({"type": "websocket.close", "code": code, "reason": connection.why_cut})
            while (await receive())["type"] != "websocket.disconnect":
                pass
