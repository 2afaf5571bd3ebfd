"""Files that are stored: uploads, and copies of files of other servers; whole or in part (MD-15).

They can run nothing, even opened alone (MD-7), and any site may show them.
"""

import re
from typing import Final

from federation.addresses import remote_file_url
from instance.errors import NotFound
from instance.resources import Instance
from media import kinds, remote
from moderation import limits
from posts import files
from storage.records import RemoteFile
from webapp import auth, security
from webapp.asking import Answer, Asked
from webapp.files import YEAR

FETCHES_PER_MINUTE_MAX: Final = 300
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{8,80}\.([a-z0-9]{3,4})")
_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_SEALED: Final = re.compile(rb"(?:^|&)seal=([0-9a-f]{32})(?:&|$)")
_HEADERS: Final = (
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    ("Accept-Ranges", "bytes"),
)
_DAY: Final = "public, max-age=86400"
_WEEK: Final = "public, max-age=604800"
_TOO_MANY: Final = "Too many pictures at once. Please wait a little."
_OK, _PART, _FOUND, _UNSATISFIABLE = 200, 206, 302, 416


async def upload(instance: Instance, asked: Asked, name: str) -> Answer:
    """GET /media/<name>: what somebody uploaded (OP-1: the name is a plain word).

    MD-12: where the operator has files sealed, one whose post is not for everybody is here only
    at an address that was told, and never led on to the bucket, whose addresses do not end.
    """
    found = _NAME.fullmatch(name)
    media_type = kinds.TYPES_BY_EXTENSION.get(found[1]) if found else None
    if media_type is None or name.startswith(("remote-", "original-")):
        raise NotFound("There is no such file.")
    url = f"{instance.settings.base_url}/media/{name}"
    seals = instance.addresses.seals
    left_s = seals.left_s(url, asked.query_string) if seals is not None else 0
    if seals is not None and not left_s and not await files.is_for_all(url):
        raise NotFound("There is no such file.")
    cached = f"private, max-age={left_s}" if left_s else YEAR
    answer = await _served(instance, asked, name, media_type, cached)
    if answer is None:
        raise NotFound("There is no such file.")
    return answer


async def copy(instance: Instance, asked: Asked, name: str) -> Answer:
    """GET /media/remote/<name>: the copy of a file of another server.

    Strangers and crawlers get what is here already; only for members it is fetched (P1).
    """
    return await _copy(instance, asked, name, is_still=False)


async def still(instance: Instance, asked: Asked, name: str) -> Answer:
    """GET /media/still/<name>: the same, or what stands for it if it moves (B66)."""
    return await _copy(instance, asked, name, is_still=True)


async def _copy(instance: Instance, asked: Asked, name: str, *, is_still: bool) -> Answer:
    url = remote_file_url(name)
    if url is None or not url.startswith(("https://", "http://")):
        raise NotFound("There is no such file.")
    found = await remote.find(instance, url)
    if found is not None:
        answer = await _served_copy(instance, asked, found, is_still=is_still)
        if answer is not None:
            return answer
        await remote.lost(instance, found)  # as after a backup without copies
    await _check_member(instance, asked, name)
    found = await remote.fetch(instance, url)
    answer = await _served_copy(instance, asked, found, is_still=is_still)
    if answer is None:
        raise NotFound("There is no copy of this file here.")
    return answer


async def _served_copy(
    instance: Instance, asked: Asked, found: RemoteFile, *, is_still: bool
) -> Answer | None:
    name, media_type = found.name, found.media_type
    if is_still:
        name, media_type = await remote.find_still(instance, found)
    return await _served(instance, asked, name, media_type, _WEEK)


async def _check_member(instance: Instance, asked: Asked, name: str) -> None:
    cookie = asked.cookie(security.session_cookie_name(instance.settings))
    viewer = await auth.viewer_of_session(instance, cookie)
    if viewer is None:
        token = auth.bearer_token(asked.header("authorization"))
        viewer = await auth.viewer_of_bearer(instance, token)
    address = asked.address(instance.settings)
    if viewer is None:
        seal = _SEALED.search(asked.query_string)
        ours = await remote.addresses_for_member(instance)
        if seal is None or not ours.is_sealed(name, seal[1].decode()):
            raise NotFound("There is no copy of this file here.")
    who = str(viewer.actor.id) if viewer is not None else limits.source_of(address)
    await limits.allow(
        instance,
        f"remote files for {who}",
        max=FETCHES_PER_MINUTE_MAX,
        window_s=60,
        address=address,
        message=_TOO_MANY,
    )


async def _served(
    instance: Instance, asked: Asked, name: str, media_type: str, cached: str
) -> Answer | None:
    """Return a stored file, or what was asked of it; None where it is not."""
    public_url = instance.blobs.public_url(name)
    if public_url is not None and not cached.startswith("private"):
        return Answer(_FOUND, [("Location", public_url), ("Cache-Control", _DAY)])
    headers = [("Content-Type", media_type), ("Cache-Control", cached), *_HEADERS]
    given = _RANGE.fullmatch(asked.header("range").strip())
    if given is None or not any(given.groups()) or asked.header("if-range"):
        data = await instance.blobs.read(name)
        return Answer(_OK, headers, data) if data is not None else None
    size = await instance.blobs.size(name)
    if size is None:
        return None
    start, end = _bounds(given[1], given[2], size)
    if start >= end:
        return Answer(_UNSATISFIABLE, [*headers, ("Content-Range", f"bytes */{size}")])
    data = await instance.blobs.read_part(name, start, end)
    headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    return Answer(_PART, headers, data)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return where a range begins and ends (RFC 9110, section 14.1.2); empty if it cannot be."""
    if not first:
        return max(0, size - int(last)), size
    end = min(int(last) + 1, size) if last else size
    return int(first), end
