"""The picture of somebody who chose none: four Bauhaus tiles from the hash of the handle. Pure.

Pages show it as SVG; as PNG it is for apps, which draw no SVG.
https://www.w3.org/TR/png-3/
"""

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Final

# Each palette: a dark tone, its tint as ground, and an accent.
_PALETTES = (
    ("#0b5a4b", "#dcece5", "#e9b44c"),
    ("#9c3620", "#fbe6df", "#2f4b6e"),
    ("#66347f", "#efe3f5", "#e07a5f"),
    ("#2f4b6e", "#dfe8f2", "#f2cc8f"),
    ("#6d4a00", "#faedcf", "#0b5a4b"),
    ("#34544a", "#e4ece0", "#c8553d"),
    ("#7a2e4d", "#f8e3ea", "#3d8b7a"),
    ("#205072", "#d9ecf2", "#f4a259"),
)
_TILE = 32
_PIXELS_OF_TILE: Final = 200
_PALETTE_COLOURS, _NO_FILTER = 3, b"\x00"


@dataclass(frozen=True, slots=True)
class _Tile:
    """One of the four: which shape, and whether in the accent or the tone."""

    shape: int
    is_accent: bool


def default_avatar(handle: str) -> str:
    """An SVG document; the same handle ("alice" or "alice@host", any case) gives the same one."""
    (tone, ground, accent), tiles = _plan(handle)
    paths = []
    for place, tile in enumerate(tiles):
        x, y = (place % 2) * _TILE, (place // 2) * _TILE
        paths.append(_path(tile.shape, x, y, accent if tile.is_accent else tone))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<path fill="{ground}" d="M0 0h64v64H0z"/>{"".join(paths)}</svg>'
    )


def default_avatar_png(handle: str) -> bytes:
    """The same as a PNG of three colours: apps make it smaller, and smooth."""
    (tone, ground, accent), tiles = _plan(handle)
    lines = []
    for left, right in (tiles[:2], tiles[2:]):
        for line in range(_PIXELS_OF_TILE):
            place = (line + 0.5) / _PIXELS_OF_TILE
            lines.append(_NO_FILTER + _pixels(left, place) + _pixels(right, place))
    size = 2 * _PIXELS_OF_TILE
    head = struct.pack(">IIBBBBB", size, size, 8, _PALETTE_COLOURS, 0, 0, 0)
    colours = b"".join(bytes.fromhex(each[1:]) for each in (ground, tone, accent))
    parts = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(b"".join(lines))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def _plan(handle: str) -> tuple[tuple[str, str, str], list[_Tile]]:
    digest = hashlib.sha256(handle.lower().removeprefix("@").encode()).digest()
    tiles = [
        _Tile(digest[place + 5] % 5, is_accent=(digest[place + 1] + place) % 2 == 1)
        for place in range(4)
    ]
    return _PALETTES[digest[0] % len(_PALETTES)], tiles


def _path(shape: int, x: int, y: int, colour: str) -> str:
    half = _TILE // 2
    shapes = (
        f"M{x} {y}h32a32 32 0 0 1-32 32z",
        f"M{x + _TILE} {y + _TILE}h-32a32 32 0 0 1 32-32z",
        f"M{x} {y + half}a16 16 0 1 1 32 0a16 16 0 1 1-32 0z",
        f"M{x} {y + _TILE}a16 16 0 0 1 32 0z",
        f"M{x} {y}h32v32z",
    )
    return f'<path fill="{colour}" d="{shapes[shape]}"/>'


# ---------------------------------------------------------------- as PNG


def _width(radius: float, away: float) -> float:
    """Half of a chord of a circle, so far away from its middle."""
    return sqrt(max(radius * radius - away * away, 0))


# From where to where each shape goes in a line of its tile; all from 0 to 1, lines from the top.
_SPANS: tuple[Callable[[float], tuple[float, float]], ...] = (
    lambda line: (0, _width(1, line)),
    lambda line: (1 - _width(1, 1 - line), 1),
    lambda line: (0.5 - _width(0.5, line - 0.5), 0.5 + _width(0.5, line - 0.5)),
    lambda line: (0.5 - _width(0.5, 1 - line), 0.5 + _width(0.5, 1 - line)),
    lambda line: (line, 1),
)


def _pixels(tile: _Tile, line: float) -> bytes:
    """A line of a tile: 0 the ground, 1 the tone, 2 the accent."""
    start, end = (round(edge * _PIXELS_OF_TILE) for edge in _SPANS[tile.shape](line))
    drawn = b"\x02" if tile.is_accent else b"\x01"
    return bytes(start) + drawn * (end - start) + bytes(_PIXELS_OF_TILE - end)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
