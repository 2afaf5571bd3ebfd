"""Files of posts as entities of the client API. Pure."""

from collections.abc import Callable
from typing import Any

from actors.links import web_link
from media import processing
from storage.records import Attachment
from webapp.mastodon import entities as e

_KINDS = frozenset({"image", "video", "audio", "gifv"})


def attachment(given: Attachment, media_id: str, shown: Callable[[str], str]) -> e.MediaAttachment:
    """Render a file; `shown` says at which address of ours apps find it (B65, MD-12)."""
    link, preview = web_link(given.url), web_link(given.preview_url or "")
    url = shown(link) if link and given.kind in _KINDS else link
    meta: dict[str, Any] = {}
    if given.width and given.height:
        size = given.width, given.height
        # The preview of a picture of ours is made in that size; others are the file itself.
        is_made = given.media_id is not None and given.kind == "image" and preview != link
        small = processing.scaled_size(*size) if is_made and preview else size
        meta = {"original": _size(*size), "small": _size(*small)}
    if given.focal_point is not None:
        meta["focus"] = {"x": given.focal_point[0], "y": given.focal_point[1]}
    if given.duration_s is not None:
        meta.setdefault("original", {})["duration"] = given.duration_s
    return {
        "id": media_id,
        "type": given.kind if given.kind in _KINDS else "unknown",
        "url": url,
        # A picture of itself; a sound without one has none.
        "preview_url": shown(preview) if preview else None if given.kind == "audio" else url,
        "remote_url": None if given.media_id is not None else link,
        "preview_remote_url": None,
        "text_url": None,
        "meta": meta,
        "description": given.description or None,
        "blurhash": given.blurhash,
    }


def _size(width: int, height: int) -> dict[str, Any]:
    return {
        "width": width,
        "height": height,
        "size": f"{width}x{height}",
        "aspect": width / height,
    }
