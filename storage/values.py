"""How values of Python become values of a column; the only border where text is cleaned.

Instants are microseconds since 1970. Text loses NUL characters (PostgreSQL refuses them) and halves
of surrogate pairs (neither database stores them). Numbers are bounded to 64 bits: one that came
from an address line then finds nothing, instead of breaking the query.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NUMBER_MAX = 2**63 - 1
NUMBER_MIN = -(2**63)


def bind(value: Any) -> Any:
    """Return the value as the drivers take it: None, bool, int, float, str, or a list of those."""
    kind = type(value)
    is_id = kind is int and NUMBER_MIN <= value <= NUMBER_MAX  # most of all values are
    if is_id or value is None or kind is bool or kind is float:
        return value
    if kind is not str and isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int):
        return min(max(value, NUMBER_MIN), NUMBER_MAX)
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, Sequence | set | frozenset):
        return [bind(item) for item in value]
    message = f"a query cannot take a {kind.__name__}"
    raise TypeError(message)


def clean(text: str) -> str:
    """Return the text without NUL and with a replacement character for half a surrogate pair."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def to_microseconds(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware moment."""
    return (moment - EPOCH) // MICROSECOND


def to_moment(microseconds: int) -> datetime:
    """Return the moment (UTC) of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


def to_json(value: Any) -> str:
    """Return a dataclass, list, set or dict as JSON text, its strings cleaned."""
    try:
        encoded = msgspec.json.encode(value, order="deterministic")
    except UnicodeEncodeError:
        encoded = b"\\u0000"  # there is something to clean
    if b"\\u0000" in encoded:
        encoded = msgspec.json.encode(_cleaned(msgspec.to_builtins(value)), order="deterministic")
    return encoded.decode()


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(name): _cleaned(item) for name, item in value.items()}
    return value
