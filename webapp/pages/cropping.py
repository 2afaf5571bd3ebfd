"""What stays in sight where a picture is cropped (B60): one of its nine parts, its middle. Pure.

Focal points go from -1 to 1, to the right and upwards: https://docs.joinmastodon.org/api/guidelines/
"""

from typing import Final

Point = tuple[float, float]

PARTS: Final = (
    *("Top left", "Top", "Top right"),
    *("Left", "Middle", "Right"),
    *("Bottom left", "Bottom", "Bottom right"),
)
_CENTRE: Final = (0.0, 0.0)
_STEP: Final = 2.0 / 3.0
_THIRD: Final = 1.0 / 3.0


def part_of(point: Point | None) -> int:
    """Return in which part of a picture a point lies, as a place in `PARTS`."""
    x, y = point or _CENTRE
    return _third(x) + 3 * _third(-y)


def middle_of(part: int) -> Point:
    """Return the point in the middle of a part."""
    row, column = divmod(part, 3)
    return (column - 1) * _STEP, (1 - row) * _STEP


def classes_of(point: Point | None) -> str:
    """Return the classes that a cropped picture has for its point."""
    row, column = divmod(part_of(point), 3)
    return f"fx{column} fy{row}"


def _third(value: float) -> int:
    if value < -_THIRD:
        return 0
    return 2 if value > _THIRD else 1
