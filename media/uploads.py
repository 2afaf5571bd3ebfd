"""Accepts uploaded pictures: sniffs, bounds, strips and stores them. Fetches nothing.

Stored under random names (MD-6, MD-12) and served at `/media/<name>` by `webapp`.
"""

import re
import secrets
from typing import Literal, TypeAlias

from instance.errors import Invalid, Unavailable
from instance.resources import Instance
from media import blocked, decoding, kinds
from media.processing import Box, Picture

Purpose: TypeAlias = Literal["avatar", "header", "emoji"]

REMOVE_FILE = "remove_file"

AVATAR = Box(400, 400)
HEADER = Box(1500, 500)
EMOJI = Box(128, 128)
_BOXES: dict[Purpose, Box] = {"avatar": AVATAR, "header": HEADER, "emoji": EMOJI}
_NAME = re.compile(r"(?:original-|moving-|still-)?[0-9a-f]{32}\.[a-z0-9]{3,4}")
_MOVING, _STILL = "moving-", "still-"
_MEGABYTE = 1024 * 1024
_MEGABYTES_IN_TENTHS_MAX = 10


async def store_picture(instance: Instance, data: bytes, *, purpose: Purpose) -> str:
    """Store a picture cut to its purpose and return its absolute URL. Raises `Invalid`.

    Decodes in another process and writes files: not for use inside a transaction. A header does not
    move; what else moves lies beside what stands for it, and its name says so (`still_address`).
    """
    check_size(instance, data)
    if purpose == "header":
        still, moving = await decoding.cropped(instance, data, HEADER), None
    else:
        still, moving = await decoding.cropped_moving(instance, data, _BOXES[purpose])
    await blocked.check(still)
    if moving is None:
        return await store(instance, still)
    return await store_moving(instance, moving, still)


async def store_moving(instance: Instance, moving: Picture, still: Picture) -> str:
    """Store a picture that moves with what stands for it; returns the URL of the first (B66)."""
    name = f"{secrets.token_hex(16)}.{kinds.EXTENSIONS[moving.media_type]}"
    await instance.blobs.put(f"{_STILL}{name}", still.data, still.media_type)
    await instance.blobs.put(f"{_MOVING}{name}", moving.data, moving.media_type)
    return f"{instance.settings.base_url}/media/{_MOVING}{name}"


async def store(instance: Instance, picture: Picture) -> str:
    """Store a picture under a random name (MD-6, MD-12); returns its absolute URL."""
    return await store_file(instance, picture.data, picture.media_type)


async def store_file(instance: Instance, data: bytes, media_type: str) -> str:
    """Store a file that we made ourselves in the same way."""
    name = f"{secrets.token_hex(16)}.{kinds.EXTENSIONS[media_type]}"
    await instance.blobs.put(name, data, media_type)
    return f"{instance.settings.base_url}/media/{name}"


async def store_original(instance: Instance, data: bytes, media_type: str) -> str:
    """Store a file as it came, until it is prepared; returns its name, at which nobody gets it."""
    name = f"original-{secrets.token_hex(16)}.{kinds.EXTENSIONS[media_type]}"
    await instance.blobs.put(name, data, media_type)
    return name


def check_size(instance: Instance, data: bytes, bytes_max: int | None = None) -> None:
    """Raise `Invalid` for a file that is empty or larger than this server takes."""
    bytes_max = bytes_max or instance.settings.limits.upload_bytes_max
    if len(data) > bytes_max:
        raise Invalid(f"This file has {_megabytes(len(data))}, {_takes(bytes_max)}")
    if not data:
        raise Invalid("This file is empty.")


async def remove_picture(instance: Instance, url: str | None) -> None:
    """Remove a picture of ours, if the URL is one; others are left alone (MD-13).

    Where files cannot be removed just now a job does it later.
    """
    name = stored_name(url, instance.settings.base_url)
    if name is not None:
        await remove_stored(instance, name)


async def remove_stored(instance: Instance, name: str) -> None:
    """Remove a stored file by its name; later, where that cannot be done just now."""
    if name.startswith(_MOVING):
        await remove_stored(instance, name.replace(_MOVING, _STILL, 1))
    try:
        await instance.blobs.remove(name)
    except Unavailable:
        await instance.queue.enqueue(REMOVE_FILE, {"name": name}, now=instance.now())


async def remove_file(instance: Instance, payload: dict[str, object]) -> None:
    """Job: remove a file of ours; tried again while the store is away (FA-30)."""
    name = payload.get("name")
    if isinstance(name, str) and _NAME.fullmatch(name):
        await instance.blobs.remove(name)


def stored_name(url: str | None, base_url: str) -> str | None:
    """The name of the stored file behind one of our media URLs, else None (MD-6)."""
    start = f"{base_url}/media/"
    if url is None or not url.startswith(start):
        return None
    name = url.removeprefix(start)
    return name if _NAME.fullmatch(name) else None


def _takes(bytes_max: int) -> str:
    return f"the server takes {_megabytes(bytes_max)}."


def _megabytes(size: int) -> str:
    whole, rest = divmod(size, _MEGABYTE)
    is_rough = whole >= _MEGABYTES_IN_TENTHS_MAX
    return f"{whole} MB" if not rest or is_rough else f"{size / _MEGABYTE:.1f} MB"
