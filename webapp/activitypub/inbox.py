"""POST to a personal inbox or to the shared one: bounded here, decided in `inbox/reception.py`."""

import asyncio

from quart import Response, request
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)

from inbox import reception
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage.records import RowId
from webapp import paging
from webapp.activitypub import negotiation
from webapp.auth import client_address

BODY_TIMEOUT_S = 30.0


async def post_personal(instance: Instance, actor_id: str) -> Response:
    """POST /actors/<id>/inbox."""
    found = paging.row_id(actor_id)
    if found is None:
        raise NotFound("There is no such inbox.")
    return await _receive(instance, RowId(found))


async def post_shared(instance: Instance) -> Response:
    """POST /inbox, for everybody here (ActivityPub 7.1.3)."""
    return await _receive(instance, None)


async def _receive(instance: Instance, owner_id: RowId | None) -> Response:
    body = await _read_body(instance.settings.limits.inbox_body_bytes_max)
    if not negotiation.is_activity_type(request.headers.get("Content-Type", "")):
        raise UnsupportedMediaType("An inbox takes application/activity+json.")
    peer = request.scope.get("client") or ("", 0)
    address = client_address(instance.settings, peer[0], request.headers.get("X-Forwarded-For", ""))
    try:
        await reception.receive(
            instance, negotiation.signed_request(body), address=address, owner_id=owner_id
        )
    except Invalid as wrong:
        raise BadRequest(wrong.public) from wrong  # E11: what cannot be read is 400
    return Response("", status=202, content_type="text/plain")


async def _read_body(bytes_max: int) -> bytes:
    """At most `bytes_max`; more is refused before or while it is read (RX-6)."""
    too_big = RequestEntityTooLarge(f"An activity has at most {bytes_max} bytes.")
    if request.content_length is not None and request.content_length > bytes_max:
        raise too_big
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.body:
                body += chunk
                if len(body) > bytes_max:
                    raise too_big
    except TimeoutError as slow:
        raise RequestTimeout("The body came too slowly.") from slow
    return bytes(body)
