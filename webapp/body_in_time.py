"""Bounds the time that the body of a request may take, in front of either HTTP server."""

import asyncio
from typing import Any

from webapp.front import Asgi, Receive, Scope, Send


def body_in_time(application: Asgi, read_timeout_s: int) -> Asgi:
    """Let nobody wait without end for the rest of a body (RX-19)."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        is_whole = False
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await application(scope, receive, send)  # has no body that we read
            return

        async def bounded() -> dict[str, Any]:
            nonlocal is_whole
            if is_whole:
                return await receive()
            try:
                async with asyncio.timeout(read_timeout_s):
                    message = await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}
            is_whole = not message.get("more_body", False)
            return message

        await application(scope, bounded, send)

    return asgi
