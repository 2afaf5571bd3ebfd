"""Markup with holes: rendered once with marks in it, cut at the marks, filled at each look. Pure.

What goes into a hole is a `Filling`, which this file alone makes: a number, escaped text, or markup
that Jinja has written. A mark cannot be forged by what people write: it holds a secret of this
process, and NUL, which nothing that is stored can hold.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import NewType

from markupsafe import Markup, escape

Filling = NewType("Filling", bytes)
"""Markup in UTF-8 that may stand in a page as it is. Only this file makes one."""

NOTHING = Filling(b"")

_SECRET = secrets.token_hex(8)
_MARK = re.compile(f"\x00{_SECRET}([a-z_0-9]+)\x00")


def hole(name: str) -> Markup:
    """Return the mark of a hole; it may stand in text and in the value of an attribute."""
    return Markup(f"\x00{_SECRET}{name}\x00")  # noqa: S704 - a word of ours between two marks


@dataclass(frozen=True, slots=True)
class Cut:
    """Markup cut at its holes: between two pieces there is one hole, whose name is in `names`."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]
    pick: Callable[[Mapping[str, Filling]], tuple[Filling, ...]]
    """The fillings of all holes, in their order."""

    def fill(self, values: Mapping[str, Filling]) -> Filling:
        """Return the markup; KeyError when a hole has no value."""
        parts = list(self.pieces)
        parts[1::2] = self.pick(values)
        return Filling(b"".join(parts))

    @property
    def size(self) -> int:
        """How many bytes the pieces have."""
        return sum(map(len, self.pieces))


def cut(markup: Markup) -> Cut:
    """Cut markup at the marks in it."""
    parts = _MARK.split(markup)
    names = tuple(parts[1::2])
    pieces = [part.encode() for part in parts]
    pieces[1::2] = [b""] * len(names)
    return Cut(tuple(pieces), names, _picking(names))


def _picking(names: tuple[str, ...]) -> Callable[[Mapping[str, Filling]], tuple[Filling, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def rendered(markup: Markup) -> Filling:
    """Return markup that has no holes."""
    return Filling(markup.encode())


@lru_cache(maxsize=4096)
def text(said: str) -> Filling:
    """Return plain text, escaped."""
    return Filling(str(escape(said)).encode())


@lru_cache(maxsize=4096)
def any_number(number: int) -> Filling:
    """Return a number."""
    return Filling(f"{number:,}".encode())


def number(number: int) -> Filling:
    """Return a number, nothing for nought."""
    return any_number(number) if number else NOTHING
