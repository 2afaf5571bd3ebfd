"""JSON of other servers, read strictly: one meaning per document or none; pure.

Python's reader takes the last of two equal keys, `NaN`, half characters and any depth. A signature
check and an effect that read such a document differently are a hole (OR-23), so it is refused.
"""

import json
import math
import re

from federation.vocabulary import Document, Json
from instance.errors import Invalid

DEPTH_MAX = 32
INTEGER_BITS_MAX = 63
DIGITS_MAX = 20
FLOAT_LETTERS_MAX = 400

# Strings are skipped; the closing quote is optional so that a match never has to start over: the
# scan stays linear for any input.
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{])|([\]}])', re.DOTALL)
_SUSPICIOUS_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(body: bytes) -> Document:
    """The JSON object in `body`, whose size the caller has bounded; raises `Invalid`.

    NUL characters inside values are dropped (PostgreSQL cannot store them). A list that holds one
    object reads as that object: so a document in expanded JSON-LD form begins.
    """
    _check_depth(body)
    try:
        value: Json = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise Invalid("The document is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise Invalid(f"The document is not JSON: {error.msg} at {error.pos}.") from error
    if _SUSPICIOUS_ESCAPE.search(body):
        value = _clean(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise Invalid("The document is not a JSON object.")
    return value


def _check_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= DEPTH_MAX:
        return
    depth = 0
    for match in _BRACKETS.finditer(body):
        if match.lastindex == 1:
            depth += 1
            if depth > DEPTH_MAX:
                raise Invalid(f"The document is nested deeper than {DEPTH_MAX} levels.")
        elif match.lastindex is not None:
            depth -= 1


def _object(pairs: list[tuple[str, Json]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid("The document holds the same key twice.")
    return found


def _integer(digits: str) -> int:
    # The length first: converting a million digits takes seconds (RX-7).
    if len(digits) > DIGITS_MAX or int(digits).bit_length() > INTEGER_BITS_MAX:
        raise Invalid("The document holds a number that is too large.")
    return int(digits)


def _number(digits: str) -> float:
    found = float(digits) if len(digits) <= FLOAT_LETTERS_MAX else math.inf
    if not math.isfinite(found):
        raise Invalid("The document holds a number that is too large.")
    return found


def _constant(name: str) -> float:
    raise Invalid(f"The document holds {name}, which is not JSON.")


def _clean(value: Json) -> Json:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise Invalid("The document holds half of a surrogate pair.")
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if "\x00" in key or _SURROGATE.search(key):
                raise Invalid("The document holds a key with a NUL or half a character.")
        return {key: _clean(item) for key, item in value.items()}
    return value
