"""BlurHash: hashes as another program makes them."""

import pytest

from media import blurhash
from media.blurhash import Pixel

RED = [[(255, 0, 0)] * 32 for _ in range(32)]
SLOPE = [[(x * 8, y * 8, 128) for x in range(32)] for y in range(32)]


@pytest.mark.parametrize(
    ("pixels", "hashed"),
    # What the package `blurhash` 1.1.5 makes of them, with 4 by 3 components.
    [(RED, "L9TI:j|cfQ|c|co1fQo1fQfQfQfQ"), (SLOPE, "LxH2cX2swxX8l}WDjte;gJfjfQfj")],
)
def test_hashes_are_those_of_others(pixels: list[list[Pixel]], hashed: str) -> None:
    assert blurhash.encode(pixels) == hashed
