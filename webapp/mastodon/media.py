"""Files for posts: uploaded, described, thrown away. See docs.joinmastodon.org, methods, media."""

import math

from instance.errors import Invalid, NotFound
from posts import files
from storage.records import Media, MediaState, RowId
from webapp import paging
from webapp.calls import Call, Reply
from webapp.mastodon import entities as e
from webapp.mastodon.media_rendering import attachment as render

_IS_ACCEPTED, _IS_PROCESSING = 202, 206


async def upload(call: Call) -> Reply[e.MediaAttachment]:
    """POST /api/v1/media, /api/v2/media: pictures are ready at once, films and sounds later."""
    made = await _accepted(call)
    return Reply(_entity(call, made), 200 if made.state is MediaState.READY else _IS_ACCEPTED)


async def _accepted(call: Call) -> Media:
    data = call.parameters.file("file")
    if data is None:
        raise Invalid("Choose a file.", fields={"file": "can't be blank"})
    return await files.accept(
        call.instance,
        call.me.actor,
        data,
        description=call.parameters.text("description"),
        focal_point=focal_point(call.parameters.text("focus")),
        thumbnail=call.parameters.file("thumbnail"),
    )


async def show(call: Call, media_id: str) -> Reply[e.MediaAttachment]:
    """GET /api/v1/media/<id>: 206 while it is being prepared."""
    found = await files.find(call.me.actor, _id(media_id))
    if found.state is MediaState.FAILED:
        raise Invalid(found.error)
    return Reply(_entity(call, found), 200 if found.state is MediaState.READY else _IS_PROCESSING)


async def change(call: Call, media_id: str) -> e.MediaAttachment:
    """PUT /api/v1/media/<id>: describe it, or say where its middle is."""
    after = await files.describe(
        call.instance,
        call.me.actor,
        _id(media_id),
        description=call.parameters.maybe_text("description"),
        focal_point=focal_point(call.parameters.text("focus")),
        thumbnail=call.parameters.file("thumbnail"),
    )
    return _entity(call, after)


async def discard(call: Call, media_id: str) -> e.Empty:
    """DELETE /api/v1/media/<id>: only while it belongs to no post."""
    await files.discard(call.instance, call.me.actor, _id(media_id))
    return {}


def focal_point(text: str) -> tuple[float, float] | None:
    """Read "x,y", moved to where -1 to 1 is the picture; None for nothing."""
    if not text:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _no_focus() from error
    if math.isnan(x) or math.isnan(y):
        raise _no_focus()
    return min(max(x, -1.0), 1.0), min(max(y, -1.0), 1.0)


def _no_focus() -> Invalid:
    return Invalid("The focus is two numbers from -1 to 1.", fields={"focus": "is invalid"})


def _entity(call: Call, of: Media) -> e.MediaAttachment:
    return render(files.attachment(of), str(of.id), call.instance.addresses.private_file)


def _id(text: str) -> RowId:
    found = paging.row_id(text)
    if found is None:
        raise NotFound("There is no such file, or it is not yours.")
    return RowId(found)
