"""Files of posts as entities of the client API. Pure."""

from collections.abc import Callable
from typing import Any

from actors.links import web_link
from storage.records import Attachment
from webapp.mastodon import entities as e

_KINDS = frozenset({"image", "video", "audio", "gifv"})


def attachment(given: Attachment, media_id: str, shown: Callable[[str], str]) -> e.MediaAttachment:
    """Render a file; `shown` says at which address of ours apps find it (B65, MD-12)."""
    link, preview = web_link(given.url), web_link(given.preview_url or "")
    url = shown(link) if link and given.kind in _KINDS else link
    meta: dict[str, Any] = {}
    if given.width and given.height:
        size = {
            "width": given.width,
            "height": given.height,
            "size": f"{given.width}x{given.height}",
            "aspect": given.width / given.height,
        }
        meta = {"original": size, "small": size}
    if given.focal_point is not None:
        meta["focus"] = {"x": given.focal_point[0], "y": given.focal_point[1]}
    if given.duration_s is not None:
        meta.setdefault("original", {})["duration"] = given.duration_s
    return {
        "id": media_id,
        "type": given.kind if given.kind in _KINDS else "unknown",
        "url": url,
        "preview_url": shown(preview) if preview else url,
        "remote_url": None if given.media_id is not None else link,
        "meta": meta,
        "description": given.description or None,
        "blurhash": given.blurhash,
    }
