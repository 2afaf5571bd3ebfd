"""Query string, urlencoded or multipart body -> `Fields`; strict about bytes, bounded in number.

Bad UTF-8, NUL and malformed multipart are refused with a clear text instead of being repaired: a
repaired value would be stored and sent on as if the person had written it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from instance.errors import Invalid

FIELDS_MAX = 100
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came; the name is not kept and the type is told from the content (MD-6)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Fields(Mapping[str, str]):
    """The fields of a form or query; of a name sent twice the last counts."""

    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return a field's text; KeyError when it was not sent."""
        return self.texts[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names that were sent."""
        return iter(self.texts)

    def __len__(self) -> int:
        """Return how many names were sent."""
        return len(self.texts)

    def text(self, name: str) -> str:
        """Return a field's text with plain line ends, '' when it was not sent."""
        return self.texts.get(name, "").replace("\r\n", "\n").replace("\r", "\n")

    def line(self, name: str) -> str:
        """Return a field of one line, without spaces around it."""
        return " ".join(self.text(name).split("\n")).strip()

    def is_checked(self, name: str) -> bool:
        """Return whether a checkbox was sent."""
        return self.texts.get(name, "") != ""

    def is_undo(self) -> bool:
        """Return whether the button of an action that can be pressed twice says "undo"."""
        return self.texts.get("do") == "undo"

    def id(self, name: str) -> int:
        """Return a field that names a row; Invalid when it does not."""
        text = self.texts.get(name, "")
        if not (text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) < 2**63):  # noqa: PLR2004 - ids have 63 bits
            raise Invalid("This form was sent incompletely. Open the page again and try again.")
        return int(text)

    def file(self, name: str) -> bytes | None:
        """Return an uploaded file's bytes; None when the person chose none."""
        upload = self.files.get(name)
        return upload.data if upload is not None and upload.data else None

    def files_of(self, name: str) -> list[bytes]:
        """Return the bytes of all files that were chosen in one field."""
        found = (self.files[each] for each in self.files if each.partition("\n")[0] == name)
        return [upload.data for upload in found if upload.data]


def read_query(raw: bytes) -> Fields:
    """Return the fields of a query string; BadRequest when its bytes make no sense."""
    return Fields(dict(query_pairs(raw)))


def query_pairs(raw: bytes) -> list[tuple[str, str]]:
    """Return names and values of a query string in their order, for who reads lists from it."""
    return _pairs(raw, "address")


def read_body(content_type: str, body: bytes) -> Fields:
    """Return the fields of a form's body, by its content type."""
    texts, files = body_pairs(content_type, body)
    return Fields(dict(texts), files)


def body_pairs(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], dict[str, Upload]]:
    """Return names and values of a form's body in their order, and its files."""
    kind, options = parse_options_header(content_type)
    if kind == "application/x-www-form-urlencoded" or (not kind and not body):
        return _pairs(body, "form"), {}
    if kind == "multipart/form-data":
        return _multipart(options.get("boundary", ""), body)
    raise UnsupportedMediaType("A form is expected here.")


def _pairs(raw: bytes, what: str) -> list[tuple[str, str]]:
    try:
        text = raw.decode("ascii")
        _check_percents(text)
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except UnicodeDecodeError as error:
        raise BadRequest(f"The text of this {what} is not UTF-8.") from error
    except ValueError as error:
        raise BadRequest(f"This {what} has more than {FIELDS_MAX} fields.") from error
    return [(_clean(name), _clean(value)) for name, value in pairs]


def _check_percents(text: str) -> None:
    start = text.find("%")
    while start >= 0:
        code = text[start + 1 : start + 3]
        if len(code) < 2 or not set(code) <= _HEX:  # noqa: PLR2004 - a percent sign and two digits
            raise BadRequest("A percent sign in this address or form stands alone.")
        start = text.find("%", start + 1)


def _clean(text: str) -> str:
    """OP-7, RX-8: NUL cannot be stored, and nobody types it."""
    if "\x00" in text:
        raise BadRequest("The text holds a NUL character, which cannot be kept.")
    return text


_Parts = tuple[list[tuple[str, str]], dict[str, Upload]]


def _multipart(boundary: str, body: bytes) -> _Parts:
    if not boundary or not boundary.isascii():
        raise BadRequest("This form does not say where its parts begin.")
    decoder = MultipartDecoder(boundary.encode(), max_form_memory_size=None, max_parts=FIELDS_MAX)
    try:
        return _parts(decoder, body)
    except RequestEntityTooLarge as error:
        raise BadRequest(f"This form has more than {FIELDS_MAX} parts.") from error
    except (ValueError, IndexError, KeyError, AttributeError) as error:
        # Werkzeug 3.1.9 lets odd part headers out as any of these.
        raise BadRequest("This form is damaged: its parts cannot be told apart.") from error


def _parts(decoder: MultipartDecoder, body: bytes) -> _Parts:
    texts: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    decoder.receive_data(body)
    decoder.receive_data(None)
    current: Field | File | None = None
    content = bytearray()
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, NeedData):
            raise BadRequest("This form ends in the middle.")
        if isinstance(event, Field | File):
            if not event.name:  # Werkzeug gives None for a part that has no name
                raise BadRequest("A part of this form has no name.")
            current, content = event, bytearray()
        elif isinstance(event, Data) and current is not None:
            content += event.data
            if event.more_data:
                continue
            if isinstance(current, File):
                name = _clean(current.name).partition("\n")[0]
                # Another file of the same field: no field's name has a line end (`files_of`).
                files[f"{name}\n{len(files)}" if name in files else name] = Upload(bytes(content))
            else:
                texts.append((_clean(current.name), _clean(_utf8(bytes(content)))))
    return texts, files


def _utf8(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The text of this form is not UTF-8.") from error
