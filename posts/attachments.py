"""Attachments and polls of other servers' posts, cleaned and bounded, and back. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from math import isnan
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from actors.links import web_link
from actors.text import clean_line
from federation import vocabulary as v
from storage.records import Attachment, Poll, PollOption

ATTACHMENTS_MAX = 16
DESCRIPTION_LETTERS_MAX = 1500
OPTIONS_MAX = 20
OPTION_LETTERS_MAX = 200
_PIXELS_MAX = 65_535
_COUNT_MAX = 2**31 - 1

_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,80}")
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,120}")

# E112: where no media type is given, the end of the address says what it is.
_TYPES_BY_SUFFIX = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".svg": "image/svg+xml",
}
# E120: what a browser shows in an <img> without a surprise; other pictures become links.
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"})
_KINDS_BY_TYPE = {"Image": "image", "Video": "video", "Audio": "audio"}


def attachments_of(claims: Iterable[v.Attachment]) -> tuple[Attachment, ...]:
    """Attachments that can be shown or linked; at most 16 (E119, RX-14), each address once."""
    found: dict[str, Attachment] = {}
    for claim in claims:
        attachment = _attachment(claim)
        if attachment is not None:
            found.setdefault(attachment.url, attachment)
        if len(found) == ATTACHMENTS_MAX:
            break
    return tuple(found.values())


def attachment_claims(attachments: Iterable[Attachment]) -> tuple[v.Attachment, ...]:
    """Our attachments for other servers: Documents, as all of them read those (E112)."""
    return tuple(
        v.Attachment(
            type="Document",
            url=attachment.url,
            media_type=attachment.media_type,
            description=attachment.description,
            width=attachment.width,
            height=attachment.height,
            blurhash=attachment.blurhash,
            focal_point=attachment.focal_point,
            duration_s=attachment.duration_s,
            is_sensitive=attachment.is_sensitive,
            size_bytes=attachment.size_bytes,
            digest=attachment.digest,
        )
        for attachment in attachments
    )


def poll_of(claim: v.Poll | None) -> Poll | None:
    """The poll of a Question: at most 20 options of plain text (RX-13, HX-2)."""
    if claim is None or not claim.options:
        return None
    return Poll(
        options=tuple(
            PollOption(clean_line(option.name, OPTION_LETTERS_MAX), _count(option.votes) or 0)
            for option in claim.options[:OPTIONS_MAX]
        ),
        is_multiple=claim.is_multiple,
        # INTEROP 12: it is over when its end says so, whether an Update comes or not.
        ends_at=_earlier(claim.ends_at, claim.closed_at),
        voters=_count(claim.voters),
    )


def poll_claim(poll: Poll | None) -> v.Poll | None:
    """Our poll for other servers; how it stands is left out where its author hides that."""
    if poll is None:
        return None
    is_hidden = poll.hides_totals and not poll.is_closed
    return v.Poll(
        options=tuple(
            v.PollOption(option.text, None if is_hidden else option.votes)
            for option in poll.options
        ),
        is_multiple=poll.is_multiple,
        ends_at=poll.ends_at,
        closed_at=poll.ends_at if poll.is_closed else None,
        voters=poll.voters,
    )


def _attachment(claim: v.Attachment) -> Attachment | None:
    url = web_link(claim.url)
    if url is None:
        return None
    media_type = _media_type(claim, url)
    focus = claim.focal_point
    return Attachment(
        url=url,
        media_type=media_type,
        kind=_kind(claim.type, media_type),
        description=clean_line(claim.description, DESCRIPTION_LETTERS_MAX),
        width=_pixels(claim.width),
        height=_pixels(claim.height),
        blurhash=claim.blurhash if _BLURHASH.fullmatch(claim.blurhash or "") else None,
        focal_point=(_unit(focus[0]), _unit(focus[1])) if focus else None,
        duration_s=_seconds(claim.duration_s),
        is_sensitive=claim.is_sensitive,
        size_bytes=claim.size_bytes,
        digest=claim.digest,
    )


def _media_type(claim: v.Attachment, url: str) -> str:
    given = (claim.media_type or "").split(";", 1)[0].strip().lower()
    if _MEDIA_TYPE.fullmatch(given):
        return given
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    return _TYPES_BY_SUFFIX.get(suffix, "")


def _kind(type_name: str, media_type: str) -> str:
    if media_type in _PICTURES:
        return "image"
    family = media_type.split("/", 1)[0]
    if family in {"video", "audio"}:
        return family
    return "unknown" if media_type else _KINDS_BY_TYPE.get(type_name, "unknown")


def _pixels(length: int | None) -> int | None:
    return length if length is not None and 0 < length <= _PIXELS_MAX else None


def _count(number: int | None) -> int | None:
    return None if number is None else max(0, min(number, _COUNT_MAX))


def _seconds(duration: float | None) -> float | None:
    # `not (… <= …)` keeps NaN out as well.
    return duration if duration is not None and 0 <= duration <= _COUNT_MAX else None


def _unit(number: float) -> float:
    return 0.0 if isnan(number) else max(-1.0, min(number, 1.0))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
