"""Small readers for values that other servers spell in many ways; pure, and they never raise.

A value of the wrong type reads as if it were absent, so that one bad field costs that field alone.
Every reader has a limit. Documents: https://www.w3.org/TR/activitystreams-core/#jsonld
"""

import html
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urljoin

from federation.vocabulary import PUBLIC, Document, Json

URL_LETTERS_MAX = 2048
NAME_LETTERS_MAX = 500
CONTENT_BYTES_MAX = 64 * 1024
LANGUAGES_MAX = 32
RECIPIENTS_MAX = 1000
LINKS_MAX = 50
PIXELS_MAX = 1_000_000
INTEGER_MAX = 2**53
DIGITS_MAX = 16
INSTANT_LETTERS_MAX = 64
_REGION_LETTERS = 2

# An id is compared letter by letter, never repaired: it is read only when every reader must see
# the same host in it. No user name, no backslash, no percent sign before the path (OR-22).
_ID = re.compile(r"https?://[^\s/?#\\@%\x00-\x1f\x7f]+(?:[/?#][^\s\\\x00-\x1f\x7f]*)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INSTANT = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?"
    r"\s*([Zz]|[+-]\d{2}:?\d{2})?\s*"
)
_DURATION = re.compile(
    r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?)?"
)
_PREFIX = re.compile(r"(?:_|as|toot|schema|sc|litepub|misskey|sec|xsd):")
_PUBLIC_NAMES = frozenset({PUBLIC, "as:Public", "Public"})


def plain(value: Json) -> Json:
    """The value of a typed literal: Hollo writes `{"type": "xsd:…", "@value": 0}` for 0."""
    if isinstance(value, dict) and "@value" in value:
        return value["@value"]
    return value


def many(value: Json, most: int) -> list[Json]:
    """One, several or none, as a list of at most `most` without nulls (E62)."""
    if isinstance(value, dict):
        if isinstance(value.get("@list"), list):
            value = value["@list"]
        elif isinstance(value.get("@set"), list):
            value = value["@set"]
    if not isinstance(value, list):
        return [] if value is None else [value]
    return [item for item in value[:most] if item is not None]


def documents(value: Json, most: int) -> Iterator[Document]:
    """The embedded objects among one, several or none; the rest is passed over."""
    for item in many(value, most):
        if isinstance(item, dict):
            yield item


def is_id(text: str) -> bool:
    """Whether text may be the id of something: http(s), one reading of its host, bounded."""
    return len(text) <= URL_LETTERS_MAX and _ID.fullmatch(text) is not None


def one_id(value: Json) -> str | None:
    """The id in a URI, an embedded object or a Link, or the first of a list that has one (A113)."""
    for item in many(value, RECIPIENTS_MAX):
        text = item
        if isinstance(item, dict):
            text = item.get("href") if item.get("type") == "Link" else item.get("id")
        if isinstance(text, str) and is_id(text):
            return text
    return None


def ids(value: Json, most: int) -> tuple[str, ...]:
    """All ids, in order and without repetition; other schemes are passed over (E31)."""
    found: dict[str, None] = {}
    for item in many(value, most):
        uri = one_id(item)
        if uri is not None:
            found[uri] = None
    return tuple(found)


def recipients(value: Json) -> tuple[str, ...]:
    """Addressees; the three names of the Public collection become its full URI (INTEROP 5)."""
    found: dict[str, None] = {}
    for item in many(value, RECIPIENTS_MAX):
        text = item.get("id") if isinstance(item, dict) else item
        if not isinstance(text, str):
            continue
        if text in _PUBLIC_NAMES:
            found[PUBLIC] = None
        elif is_id(text):
            found[text] = None
    return tuple(found)


def types(value: Json) -> tuple[str, ...]:
    """The names in `type`, without prefixes: `_:Hashtag`, `as:Note`, full URIs (bovine, Hollo)."""
    names = [item for item in many(value, 8) if isinstance(item, str)]
    return tuple(_PREFIX.sub("", name.rsplit("#", 1)[-1])[:80] for name in names)


def one_type(document: Document, known: frozenset[str]) -> str:
    """The first type that is known, else the first, else nothing (E19, A111)."""
    names = types(document.get("type"))
    return next((name for name in names if name in known), names[0] if names else "")


def text(value: Json, bytes_max: int = CONTENT_BYTES_MAX) -> str:
    """A string cut to `bytes_max` bytes of UTF-8, without control characters; else nothing."""
    found = plain(next(iter(many(value, 1)), None))
    if not isinstance(found, str):
        return ""
    return cut(_CONTROLS.sub("", found), bytes_max)


def name(value: Json, letters_max: int = NAME_LETTERS_MAX) -> str:
    """A short line of plain text; character references are decoded (E71)."""
    found = text(value, 8 * letters_max)
    if "&" in found:
        found = _CONTROLS.sub("", html.unescape(found))
    return found[:letters_max].strip()


def cut(words: str, bytes_max: int) -> str:
    """At most `bytes_max` bytes of UTF-8, never half a character."""
    if len(words) * 4 <= bytes_max:
        return words
    encoded = words.encode()
    if len(encoded) <= bytes_max:
        return words
    return encoded[:bytes_max].decode(errors="ignore")


def text_by_language(value: Json) -> dict[str, str]:
    """A natural language map (ActivityStreams Core 4.7.1); invalid tags are passed over (E99)."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for tag, words in list(value.items())[:LANGUAGES_MAX]:
        if isinstance(words, str) and (language := language_tag(tag)):
            found[language] = text(words)
    return found


def language_tag(value: Json) -> str | None:
    """A BCP 47 tag in lower case (its region in capitals), else None."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value) or value.lower() == "und":
        return None
    first, *rest = value.split("-")
    return "-".join(
        [first.lower(), *(part.upper() if len(part) == _REGION_LETTERS else part for part in rest)]
    )


def instant(value: Json) -> datetime | None:
    """An xsd:dateTime as aware UTC: nanoseconds cut, no zone read as UTC (E38).

    Dates of the far past or future are returned as they are: callers clamp them.
    """
    found = plain(value)
    match = (
        _INSTANT.fullmatch(found)
        if isinstance(found, str) and len(found) <= INSTANT_LETTERS_MAX
        else None
    )
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            min(int(second or 0), 59),  # a leap second
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text_: str | None) -> timezone:
    if text_ is None or text_ in "Zz":
        return UTC
    digits = text_[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text_[0] == "-" else offset)


def integer(value: Json, most: int = INTEGER_MAX) -> int | None:
    """A whole number from 0 to `most`; also as a string or a whole float (E71)."""
    found = plain(value)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= DIGITS_MAX:
        found = int(found)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= most:
        return None
    return found


def number(value: Json) -> float | None:
    """A finite number, else None."""
    found = plain(value)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) <= INTEGER_MAX and math.isfinite(found) else None


def boolean(value: Json) -> bool:
    """True for `true` and `"true"`, else False (E71)."""
    found = plain(value)
    return found is True or (isinstance(found, str) and found.lower() == "true")


def seconds(value: Json) -> float | None:
    """An xsd:duration of days or less as seconds, or a plain number of seconds (Pixelfed)."""
    found = plain(value)
    if isinstance(found, str):
        match = _DURATION.fullmatch(found)
        if match is None or not any(match.groups()):
            return None
        days, hours, minutes, rest = (float(part or 0) for part in match.groups())
        return days * 86400 + hours * 3600 + minutes * 60 + rest
    counted = number(found)
    return counted if counted is not None and counted >= 0 else None


@dataclass(frozen=True, slots=True)
class Link:
    """One way to what `url` names (ActivityStreams Vocabulary, Link)."""

    href: str
    media_type: str | None = None
    width: int | None = None
    height: int | None = None


def links(value: Json, base: str) -> list[Link]:
    """`url` as Links: strings, Link objects, lists of both; relative to `base` (E29, E32, E114)."""
    found: list[Link] = []
    for item in many(value, LINKS_MAX):
        document = item if isinstance(item, dict) else {"href": item}
        href = resolved(document.get("href", document.get("url")), base)
        if href is not None:
            kind = media_type(document.get("mediaType"))
            sizes = (integer(document.get(key), PIXELS_MAX) for key in ("width", "height"))
            found.append(Link(href, kind, *sizes))
    return found


def page_url(value: Json, base: str) -> str | None:
    """The address for people: text/html wins, then a link without a type, then any (E29)."""
    found = links(value, base)
    found.sort(key=lambda link: {"text/html": 0, None: 1}.get(link.media_type, 2))
    return found[0].href if found else None


def resolved(value: Json, base: str) -> str | None:
    """A URL, relative ones resolved against the id of the document they stand in (E32)."""
    if not isinstance(value, str) or len(value) > URL_LETTERS_MAX:
        return None
    if is_id(value):
        return value
    if not base or not value.startswith("/"):
        return None
    try:
        joined = urljoin(base, value)
    except ValueError:
        return None
    return joined if is_id(joined) else None


def media_type(value: Json) -> str | None:
    """`type/subtype` in lower case without parameters, else None."""
    if not isinstance(value, str):
        return None
    found = value.split(";", 1)[0].strip().lower()
    return found if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}", found) else None
