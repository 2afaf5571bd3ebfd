"""The picture of somebody who chose none: four Bauhaus tiles from the hash of the handle. Pure."""

import hashlib

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


def default_avatar(handle: str) -> str:
    """An SVG document; the same handle ("alice" or "alice@host", any case) gives the same one."""
    digest = hashlib.sha256(handle.lower().removeprefix("@").encode()).digest()
    tone, ground, accent = _PALETTES[digest[0] % len(_PALETTES)]
    tiles = []
    for place in range(4):
        colour = (tone, accent, tone, accent)[(digest[place + 1] + place) % 4]
        x, y = (place % 2) * _TILE, (place // 2) * _TILE
        tiles.append(_tile(digest[place + 5] % 5, x, y, colour))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<path fill="{ground}" d="M0 0h64v64H0z"/>{"".join(tiles)}</svg>'
    )


def _tile(shape: int, x: int, y: int, colour: str) -> str:
    half = _TILE // 2
    shapes = (
        f"M{x} {y}h32a32 32 0 0 1-32 32z",
        f"M{x + _TILE} {y + _TILE}h-32a32 32 0 0 1 32-32z",
        f"M{x} {y + half}a16 16 0 1 1 32 0a16 16 0 1 1-32 0z",
        f"M{x} {y + _TILE}a16 16 0 0 1 32 0z",
        f"M{x} {y}h32v32z",
    )
    return f'<path fill="{colour}" d="{shapes[shape]}"/>'
