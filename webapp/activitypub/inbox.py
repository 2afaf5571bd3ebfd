"""POST to a personal inbox or to the shared one: bounded here, decided in `inbox/reception.py`."""

from werkzeug.exceptions import BadRequest, MethodNotAllowed, UnsupportedMediaType

from inbox import reception
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage.records import RowId
from webapp import paging
from webapp.activitypub import negotiation
from webapp.asking import Answer, Asked

BODY_TIMEOUT_S = 30.0


async def post_personal(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """POST /actors/<id>/inbox."""
    found = paging.row_id(actor_id)
    if found is None:
        raise NotFound("There is no such inbox.")
    return await _receive(instance, asked, RowId(found))


async def post_shared(instance: Instance, asked: Asked) -> Answer:
    """POST /inbox, for everybody here (ActivityPub 7.1.3)."""
    return await _receive(instance, asked, None)


async def _receive(instance: Instance, asked: Asked, owner_id: RowId | None) -> Answer:
    if (await instance.rulebook.hosts()).welcome_nobody:
        raise MethodNotAllowed([], "This server does not federate.")  # ActivityPub 7.1 (A27)
    body = await asked.body(instance.settings.limits.inbox_body_bytes_max, BODY_TIMEOUT_S)
    if not negotiation.is_activity_type(asked.header("content-type")):
        raise UnsupportedMediaType("An inbox takes application/activity+json.")
    try:
        await reception.receive(
            instance,
            negotiation.signed_request(asked, body),
            address=asked.address(instance.settings),
            owner_id=owner_id,
        )
    except Invalid as wrong:
        raise BadRequest(wrong.public) from wrong  # E11: what cannot be read is 400
    return Answer(202, [("Content-Type", "text/plain")])
