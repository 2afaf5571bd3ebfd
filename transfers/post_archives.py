"""Posts in the archives of other servers, as lines of an import (B127); pure.

Read are Mastodon's `outbox.json`, alone or in its zip file, and the JSON that Misskey and Pixelfed
write. Nothing is ever unpacked but that one entry, into memory, within a limit (MD-10).
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final

from actors.markup import clean_html, plain_text, render_plain
from federation import addressing, reading
from instance.errors import Invalid
from transfers.lists import LINES_MAX, Line

BYTES_MAX: Final = 32 * 1024 * 1024
UNPACKED_BYTES_MAX: Final = 64 * 1024 * 1024
ENTRIES_MAX: Final = 100_000
CONTENT_BYTES_MAX: Final = 64 * 1024
_URI_LETTERS_MAX: Final = 2048
_NOTE: Final = "Note"
_OUTBOX = re.compile(r"(?:[^/\\]{1,200}/)?outbox\.json")
_ITEMS = re.compile(r'"orderedItems"\s*:\s*\[')
_UNKEPT = re.compile("[\0\ud800-\udfff]")
_SPACE = re.compile(r"[\s,]*")
_VISIBILITIES: Final = {
    "public": "public",
    "home": "unlisted",
    "unlisted": "unlisted",
    "followers": "followers",
    "private": "followers",
}
_decoder = json.JSONDecoder()


def read(data: bytes) -> list[Line]:
    """Return what a file says its owner posted, in its order; raises `Invalid`.

    The cells of a line: address, time, visibility, markup, content note, "1" when it is sensitive,
    language, the address of what it answers.
    """
    if len(data) > BYTES_MAX:
        megabytes = BYTES_MAX // 1024 // 1024
        raise _wrong(f"The file has more than {megabytes} MB. Its outbox.json alone is enough.")
    try:
        text = (_unpacked(data) if data.startswith(b"PK") else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong("This is no archive that can be read.") from error
    made: list[Line] = []
    for item in _items(text):
        line = _line(len(made) + 1, item)
        if line is not None:
            made.append(line)
        if len(made) > LINES_MAX:
            raise _wrong(f"There are more than {LINES_MAX} posts in this file.")
    if not made:
        raise _wrong("There are no posts in this file.")
    return made


def _unpacked(data: bytes) -> bytes:
    """Return outbox.json of a zip file, whatever the file says about sizes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            found = [each for each in entries if _OUTBOX.fullmatch(each.filename)]
            if len(entries) > ENTRIES_MAX or len(found) != 1:
                raise _wrong("There is no outbox.json in this file.")
            with archive.open(found[0]) as entry:
                text = entry.read(UNPACKED_BYTES_MAX + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise _wrong("This zip file cannot be read.") from error
    if len(text) > UNPACKED_BYTES_MAX:
        raise _wrong(f"Its outbox.json has more than {UNPACKED_BYTES_MAX // 1024 // 1024} MB.")
    return text


def _items(text: str) -> Iterator[Any]:
    """Yield what stands in the list of a document, one at a time: only that one is in memory."""
    start = text.lstrip()[:1]
    found = _ITEMS.search(text)
    at = found.end() if found and start == "{" else text.index("[") + 1 if start == "[" else None
    if at is None:
        raise _wrong("This is no archive of posts.")
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        if text[at : at + 1] in {"]", ""}:
            return
        try:
            item, at = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _wrong("This file is damaged, or no JSON.") from error
        yield item


def _line(number: int, item: Any) -> Line | None:
    """Return an item as a line; None for what is no post, such as a boost."""
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("object"), dict):
        return _of_note(number, item["object"]) if item.get("type") == "Create" else None
    if "createdAt" in item or "created_at" in item:
        return _of_status(number, item)
    return None


def _of_note(number: int, note: dict[str, Any]) -> Line | None:
    """A post as ActivityPub says it: Mastodon, and what Kittiwake's own archives hold."""
    if note.get("type") not in {_NOTE, "Article", "Page"}:
        return None
    to, cc = reading.recipients(note.get("to")), reading.recipients(note.get("cc"))
    followers = next((uri for uri in (*to, *cc) if uri.endswith("/followers")), None)
    visibility = addressing.visibility(to, cc, followers)
    return _checked(
        number,
        *(_text(note.get("id")), _text(note.get("published")), visibility),
        markup=_text(note.get("content")),
        summary=_text(note.get("summary")),
        is_sensitive=note.get("sensitive") is True,
        language=next(iter(reading.text_by_language(note.get("contentMap"))), ""),
        answers=_text(note.get("inReplyTo")),
    )


def _of_status(number: int, status: dict[str, Any]) -> Line | None:
    """A post as Misskey (`createdAt`, `text`) or Pixelfed (`created_at`, `content`) exports it."""
    is_misskey = "createdAt" in status
    text = _text(status.get("text"))
    markup = str(render_plain(text)) if is_misskey else _text(status.get("content"))
    who = _VISIBILITIES.get(_text(status.get("visibility")) or "public", "direct")
    name = _text(status.get("uri")) or _text(status.get("url")) or _text(status.get("id"))
    answers = _text(status.get("replyId") or status.get("in_reply_to_id"))
    return _checked(
        number,
        *(name, _text(status.get("createdAt") or status.get("created_at")), who),
        markup=markup,
        summary=_text(status.get("cw") or status.get("spoiler_text")),
        is_sensitive=status.get("sensitive") is True,
        language=_text(status.get("language")),
        answers=answers,
    )


def _checked(  # noqa: PLR0913 - the cells of a line
    number: int,
    uri: str,
    published: str,
    visibility: str,
    *,
    markup: str,
    summary: str,
    is_sensitive: bool,
    language: str,
    answers: str,
) -> Line:
    fault = _fault(uri, published, visibility, markup)
    if fault is not None:
        return Line(number, (uri[:_URI_LETTERS_MAX],), fault)
    cells = (uri, published, visibility, markup, summary, "1" if is_sensitive else "")
    return Line(number, (*cells, language, answers[:_URI_LETTERS_MAX]))


def _fault(uri: str, published: str, visibility: str, markup: str) -> str | None:
    """Why a post is left out, if it is."""
    if not uri or len(uri) > _URI_LETTERS_MAX or reading.instant(published) is None:
        return "It has no address or no date."
    if visibility == "direct":
        return "It was private: that is for who it was written to."
    if len(markup.encode("utf-8", "replace")) > CONTENT_BYTES_MAX:
        return "It is too long."
    if not plain_text(clean_html(markup)).strip():
        return "It has no words; pictures are not brought along."
    return None


def _text(value: Any) -> str:
    """Return a text without what no database keeps: NUL and half characters."""
    return _UNKEPT.sub("", value) if isinstance(value, str) else ""


def _wrong(reason: str) -> Invalid:
    return Invalid(reason, fields={"file": reason})
