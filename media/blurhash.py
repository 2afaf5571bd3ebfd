"""BlurHash: a picture in some thirty letters, shown while it loads; pure.

Algorithm: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

Pixel: TypeAlias = tuple[int, int, int]
_Factor: TypeAlias = tuple[float, float, float]

ACROSS, DOWN = 4, 3
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR_ABOVE = 0.0031308
_SRGB_ABOVE = 0.04045


def encode(pixels: Sequence[Sequence[Pixel]]) -> str:
    """Return the hash of rows of red, green and blue (0 to 255); 32 by 32 pixels are enough."""
    light = [[tuple(_linear(part) for part in pixel) for pixel in row] for row in pixels]
    factors = [_factor(light, x, y) for y in range(DOWN) for x in range(ACROSS)]
    average, others = factors[0], factors[1:]
    largest = max(abs(part) for factor in others for part in factor)
    quantised = max(0, min(82, math.floor(largest * 166 - 0.5)))
    scale = (quantised + 1) / 166
    found = _base83((ACROSS - 1) + (DOWN - 1) * 9, 1) + _base83(quantised, 1)
    red, green, blue = (_srgb(part) for part in average)
    found += _base83((red << 16) + (green << 8) + blue, 4)
    return found + "".join(_base83(_detail(factor, scale), 2) for factor in others)


def _factor(light: Sequence[Sequence[Sequence[float]]], x: int, y: int) -> _Factor:
    height, width = len(light), len(light[0])
    norm = (1 if x == y == 0 else 2) / (width * height)
    across = [math.cos(math.pi * x * column / width) for column in range(width)]
    sums = [0.0, 0.0, 0.0]
    for number, row in enumerate(light):
        down = math.cos(math.pi * y * number / height)
        for weight, pixel in zip(across, row, strict=True):
            for part in range(3):
                sums[part] += weight * down * pixel[part]
    return sums[0] * norm, sums[1] * norm, sums[2] * norm


def _detail(factor: _Factor, scale: float) -> int:
    red, green, blue = (_nineteen(part / scale) for part in factor)
    return red * 19 * 19 + green * 19 + blue


def _nineteen(value: float) -> int:
    signed = math.copysign(math.sqrt(abs(value)), value)
    return max(0, min(18, math.floor(signed * 9 + 9.5)))


def _linear(part: int) -> float:
    value = part / 255
    return value / 12.92 if value <= _SRGB_ABOVE else ((value + 0.055) / 1.055) ** 2.4


def _srgb(value: float) -> int:
    clear = max(0.0, min(1.0, value))
    if clear <= _LINEAR_ABOVE:
        return int(clear * 12.92 * 255 + 0.5)
    return int((1.055 * clear ** (1 / 2.4) - 0.055) * 255 + 0.5)


def _base83(value: int, letters: int) -> str:
    return "".join(
        _DIGITS[value // 83 ** (letters - place) % 83] for place in range(1, letters + 1)
    )
