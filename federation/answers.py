"""What another server answered: read within limits and judged by its status and content type."""

import re
import zlib
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from instance.errors import RemoteNonsense, RemoteRefused, RemoteUnreachable

RETRY_AFTER_S_MAX = 24 * 3600
DRAINED_BYTES_MAX = 64 * 1024
HEADER_BYTES_MAX = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_ACTIVITYSTREAMS = "https://www.w3.org/ns/activitystreams"
_PARAMETER = re.compile(r'\s*;\s*([A-Za-z0-9_-]+)\s*=\s*("[^"]*"|[^\s;,"]*)')
_MEDIA_TYPE = re.compile(r"\s*([A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+)\s*")
_TRY_LATER = frozenset({408, 429})
_SERVER_ERROR = 500
_CLIENT_ERROR = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names in lower case, `url` is where it came from in the end."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the classes of RFC 9110 15

    @property
    def is_redirect(self) -> bool:
        """Whether another address is named."""
        return self.status in REDIRECTS and "location" in self.headers


def read_headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read the header of an answer, `HEADER_BYTES_MAX` at most; raises `RemoteNonsense` (SF-19)."""
    if sum(len(name) + len(value) for name, value in raw) > HEADER_BYTES_MAX:
        raise RemoteNonsense(f"The header of the answer is larger than {HEADER_BYTES_MAX} bytes.")
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


async def read_body(
    stream: AsyncIterable[bytes], encoding: str, bytes_max: int, *, is_cut: bool = False
) -> bytes:
    """Read and decode a body, at most `bytes_max` decoded bytes; raises `RemoteNonsense`.

    `is_cut`: of a larger one the beginning will do.

    Decoded here, not by aiohttp: the limit must hold before a bomb is unpacked (RX-4), and gzip
    within gzip is refused.
    """
    decode = _decoder(encoding.strip().lower())
    parts: list[bytes] = []
    room = raw_room = bytes_max + 1
    async for chunk in stream:
        found = decode.decompress(chunk, room) if decode else chunk
        parts.append(found)
        room -= len(found)
        raw_room -= len(chunk)  # Packed data may also unpack to nothing, for ever.
        if room <= 0 and is_cut:
            return b"".join(parts)[:bytes_max]
        if room <= 0 or raw_room <= 0:
            raise RemoteNonsense(f"The answer is larger than {bytes_max} bytes.")
        if decode is not None and decode.eof:
            break  # What follows would be kept by zlib without limit.
    if decode is not None and not decode.eof:
        raise RemoteNonsense("The answer ends too early.")
    return b"".join(parts)


async def drain(stream: AsyncIterable[bytes]) -> None:
    """Read a little of a body that nobody needs."""
    seen = 0
    async for chunk in stream:
        seen += len(chunk)
        if seen > DRAINED_BYTES_MAX:
            return


class _Unzip:
    """gzip or zlib, with errors of ours."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: either header

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    def decompress(self, chunk: bytes, bytes_max: int) -> bytes:
        try:
            return self._zlib.decompress(chunk, bytes_max)
        except zlib.error as error:
            raise RemoteNonsense("The answer is not the gzip it claims to be.") from error


def _decoder(encoding: str) -> _Unzip | None:
    if encoding in {"", "identity"}:
        return None
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return _Unzip()
    raise RemoteNonsense("The answer is encoded in a way that was not asked for.")


def check_status(answer: Answer, now: datetime) -> None:
    """Raise the `RemoteFailure` that a status means, if it is not a success."""
    if answer.is_success:
        return
    words = f"The other server answered {answer.status}."
    detail = f"{answer.url} answered {answer.status}"
    if answer.status >= _SERVER_ERROR or answer.status in _TRY_LATER:
        wait = retry_after_s(answer.headers.get("retry-after"), now)
        raise RemoteUnreachable(words, status=answer.status, retry_after_s=wait, detail=detail)
    if answer.status >= _CLIENT_ERROR:
        raise RemoteRefused(words, status=answer.status, detail=detail)
    raise RemoteNonsense(words, status=answer.status, detail=detail)


def retry_after_s(value: str | None, now: datetime) -> int | None:
    """Read Retry-After (RFC 9110 10.2.3): seconds or a date, a day at most."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), RETRY_AFTER_S_MAX)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0, min(int((moment - now).total_seconds()), RETRY_AFTER_S_MAX))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def media_type(value: str) -> tuple[str, dict[str, str]]:
    """Take a Content-Type apart; `("", {})` for anything that is not exactly one."""
    start = _MEDIA_TYPE.match(value)
    if start is None:
        return "", {}
    position = start.end()
    parameters: dict[str, str] = {}
    while position < len(value.rstrip()):
        match = _PARAMETER.match(value, position)
        if match is None:
            return "", {}
        parameters[match[1].lower()] = match[2].strip('"')
        position = match.end()
    return start[1].lower(), parameters


def is_activity(value: str) -> bool:
    """Whether a Content-Type is ActivityPub's (E3, OR-5): anything else may be an upload."""
    name, parameters = media_type(value)
    if name == "application/ld+json":
        return _ACTIVITYSTREAMS in parameters.get("profile", "").split()
    return name == "application/activity+json"


def is_json(value: str) -> bool:
    """Whether a Content-Type may carry WebFinger or NodeInfo (E24)."""
    name, _ = media_type(value)
    return name in {"application/json", "application/jrd+json"}


def is_page(value: str) -> bool:
    """Whether a Content-Type is a page for people."""
    name, _ = media_type(value)
    return name in {"text/html", "application/xhtml+xml"}


def page_text(answer: Answer) -> str:
    """Return the text of a page in the encoding it names, UTF-8 if none or an unknown one."""
    _, parameters = media_type(answer.headers.get("content-type", ""))
    try:
        return answer.body.decode(parameters.get("charset", "utf-8"), errors="replace")
    except (LookupError, UnicodeError, ValueError):
        return answer.body.decode(errors="replace")
