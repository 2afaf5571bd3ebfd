"""The JSON Canonicalization Scheme: one spelling for one document, to be hashed; pure.

https://www.rfc-editor.org/rfc/rfc8785
"""

import json
import math
import re
from decimal import Decimal

from federation.vocabulary import Document, Json
from instance.errors import Invalid

EXACT_MAX = 2**53
"""Above, several whole numbers are one to a reader: only the one that it would write is read."""

_EXPONENT = re.compile(r"e([+-]?)0*([0-9]+)")
_PLAIN_MAX = 1e21
_PLAIN_MIN = 1e-6


def canonical(value: Json) -> bytes:
    """The bytes of a value as RFC 8785 writes it; raises `Invalid` for what has no such form."""
    return _text(value).encode()


def _text(value: Json) -> str:
    if isinstance(value, dict):
        return _object(value)
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        # 3.2.2.2: what json escapes without `ensure_ascii`, and how, is what the scheme asks for.
        return json.dumps(value, ensure_ascii=False)
    return _number(value)


def _object(document: Document) -> str:
    # 3.2.3: by UTF-16 code units, which differ from code points beyond U+FFFF.
    names = sorted(document, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{_text(name)}:{_text(document[name])}" for name in names) + "}"


def _number(value: float) -> str:
    """A number as ECMAScript writes it (3.2.2.3): Python's digits, with another exponent."""
    if isinstance(value, int):
        if abs(value) > EXACT_MAX and _number(float(value)) != str(value):
            raise Invalid("The document holds a number that no signature can cover.")
        return str(value)
    if not math.isfinite(value):
        raise Invalid("The document holds a number that is none.")
    if value == 0:
        return "0"
    if _PLAIN_MIN <= abs(value) < _PLAIN_MAX:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    found = repr(value).replace(".0e", "e")
    return _EXPONENT.sub(lambda match: f"e{match[1] or '+'}{match[2]}", found)
