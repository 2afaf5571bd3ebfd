"""Which pictures nobody may upload here, as those who run the server say (MO-11)."""

from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from media import blocked, decoding, uploads
from moderation import audit
from storage import media
from storage.records import AuditKind, BlockedPicture, RowId

TOO_PLAIN = "This picture is too plain: many others look the same, and would be refused with it."


async def block(instance: Instance, data: bytes, *, by: RowId | None = None) -> BlockedPicture:
    """Refuse a picture and its copies from now on. Raises `Invalid`, `Conflict`."""
    picture = await decoding.cropped(instance, data, uploads.AVATAR)
    if blocked.is_plain(picture.fingerprint):
        raise Invalid(TOO_PLAIN)
    made = BlockedPicture(instance.ids.new(), picture.fingerprint, instance.now())
    async with instance.store.transaction():
        known = await media.list_blocked()
        if len(known) >= media.BLOCKED_MAX:
            raise Invalid(f"{media.BLOCKED_MAX} pictures are blocked: there is room for no more.")
        if any(each.fingerprint == made.fingerprint for each in known):
            raise Conflict("This picture is blocked already.")
        await media.block(made)
        await _note(instance, by, "blocked", made.id)
    return made


async def unblock(instance: Instance, blocked_id: RowId, *, by: RowId | None = None) -> None:
    """Let a picture be uploaded again; raises `NotFound`."""
    async with instance.store.transaction():
        if not await media.unblock(blocked_id):
            raise NotFound("No blocked picture has this number. `media list` shows them.")
        await _note(instance, by, "unblocked", blocked_id)


async def read(instance: Instance, url: str) -> bytes:
    """Return a picture that is stored here, by its address; raises `NotFound`."""
    name = uploads.stored_name(url, instance.settings.base_url)
    data = await instance.blobs.read(name) if name is not None else None
    if data is None:
        raise NotFound(f"There is no picture of this server at {url}.")
    return data


async def _note(instance: Instance, by: RowId | None, did: str, blocked_id: RowId) -> None:
    words = f"{did} the picture {blocked_id} for uploads"
    await audit.note(instance, by, AuditKind.PICTURE, str(blocked_id), words)
