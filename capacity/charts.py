"""Charts as SVG, readable on light and on dark pages: lines and bars, nothing else; pure."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 900, 80, 230, 56, 56
LINES_HEIGHT = 480
BAR_STEP = 30
BAR_LEFT = 290
COLOURS = 8
DASHES = ("", "7 4", "2 3", "10 3 2 3")

# Colours that keep their contrast on both grounds (Okabe and Ito, some darker on light).
_STYLE = """
svg { font: 13px system-ui, sans-serif; --ink: #1f2328; --faint: #d0d7de; --ground: #ffffff;
 --c0: #0072b2; --c1: #c14f00; --c2: #007a5a; --c3: #a8458c; --c4: #7a6200; --c5: #2b6ca8;
 --c6: #8a3b12; --c7: #555b66 }
@media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --faint: #3d444d; --ground: #0d1117;
 --c0: #56b4e9; --c1: #e69f00; --c2: #2fc79a; --c3: #e08bc4; --c4: #f0e442; --c5: #8cc8ff;
 --c6: #ff9d6b; --c7: #b0b8c4 } }
text { fill: var(--ink) } .title { font-size: 16px; font-weight: 600 }
.grid { stroke: var(--faint) } .axis { stroke: var(--ink) }
.end { text-anchor: end } .middle { text-anchor: middle }
.line { fill: none; stroke-width: 2 } .limit { stroke: var(--ink); stroke-dasharray: 6 4 }
"""


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a chart: its name, and its points from left to right; a group has its dashes."""

    name: str
    points: Sequence[tuple[float, float]]
    group: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows; a logarithmic one starts above 0."""

    label: str
    low: float
    high: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Return where a value stands, from 0 to 1; what is outside stands at the edge."""
        value = min(max(value, self.low), self.high)
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return round numbers along the axis."""
        if self.is_log:
            first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
            return [10.0**power for power in range(first, last + 1)]
        step = _round_step((self.high - self.low) / 5)
        first = math.ceil(self.low / step)
        return [step * each for each in range(first, math.floor(self.high / step) + 1)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a bar chart: a value, where its limit stands, and what others were measured at."""

    name: str
    value: float
    limit: float | None = None
    peer: tuple[float, float] | None = None


def lines(
    title: str, series: Sequence[Series], x: Axis, y: Axis, *, limit: float | None = None
) -> str:
    """Draw lines over two axes; `limit` is a horizontal line of its own."""
    plot = WIDTH - LEFT - RIGHT
    ground = LINES_HEIGHT - BOTTOM

    def at_x(value: float) -> float:
        return LEFT + x.place(value) * plot

    def at_y(value: float) -> float:
        return ground - y.place(value) * (ground - TOP)

    parts = [_text(LEFT, 28, title, "title")]
    for tick in x.ticks():
        parts += [_line(at_x(tick), TOP, at_x(tick), ground, "grid")]
        parts += [_text(at_x(tick), ground + 20, short(tick), "middle")]
    for tick in y.ticks():
        parts += [_line(LEFT, at_y(tick), LEFT + plot, at_y(tick), "grid")]
        parts += [_text(LEFT - 8, at_y(tick) + 4, short(tick), "end")]
    parts += [_line(LEFT, ground, LEFT + plot, ground, "axis")]
    parts += [_text(LEFT + plot / 2, LINES_HEIGHT - 12, x.label, "middle")]
    parts += [_text(LEFT, TOP - 8, y.label, "")]
    if limit is not None:
        parts += [_line(LEFT, at_y(limit), LEFT + plot, at_y(limit), "limit")]
    for number, each in enumerate(series):
        points = " ".join(f"{at_x(a):.1f},{at_y(b):.1f}" for a, b in each.points)
        style = f'style="{_stroke(number, each.group)}"'
        parts += [f'<polyline class="line" {style} points="{points}"/>']
        high = TOP + 16 + 22 * number
        key = WIDTH - RIGHT + 12
        parts += [f'<path class="line" {style} d="M{key} {high}h32"/>']
        parts += [_text(key + 38, high + 4, each.name, "")]
    return _svg(LINES_HEIGHT, title, parts)


def bars(title: str, rows: Sequence[Bar], x: Axis) -> str:
    """Draw a bar a row, a mark at its limit, and a stripe for what others were measured at."""
    ground = TOP + BAR_STEP * len(rows)
    plot = WIDTH - BAR_LEFT - 90

    def at_x(value: float) -> float:
        return BAR_LEFT + x.place(value) * plot

    parts = [_text(16, 28, title, "title")]
    for tick in x.ticks():
        parts += [_line(at_x(tick), TOP - 6, at_x(tick), ground, "grid")]
        parts += [_text(at_x(tick), ground + 18, short(tick), "middle")]
    parts += [_text(BAR_LEFT + plot / 2, ground + 40, x.label, "middle")]
    for number, row in enumerate(rows):
        parts += _bar(row, TOP + BAR_STEP * number, at_x)
    return _svg(ground + BOTTOM, title, parts)


def _bar(row: Bar, top: float, at_x: Callable[[float], float]) -> Iterator[str]:
    is_over = row.limit is not None and row.value > row.limit
    yield _text(BAR_LEFT - 10, top + 16, row.name, "end")
    width = max(at_x(row.value) - BAR_LEFT, 1)
    colour = "var(--c1)" if is_over else "var(--c0)"
    yield (
        f'<rect x="{BAR_LEFT}" y="{top + 3}" width="{width:.1f}" height="13" '
        f'style="fill: {colour}"/>'
    )
    right = at_x(row.value)
    if row.peer is not None:
        start, end = at_x(row.peer[0]), max(at_x(row.peer[1]), at_x(row.peer[0]) + 4)
        yield (
            f'<rect x="{start:.1f}" y="{top + 18}" width="{end - start:.1f}" height="5" '
            'style="fill: var(--c2)"/>'
        )
    if row.limit is not None:
        place = at_x(row.limit)
        yield _line(place, top, place, top + 24, "axis")
        right = max(right, place)
    yield _text(right + 6, top + 15, short(row.value), "")


def short(value: float) -> str:
    """Write a number in few letters: 0.35, 12, 3.4k, 10M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _round_step(rough: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least as large."""
    power = 10.0 ** math.floor(math.log10(max(rough, 1e-9)))
    return next((power * times for times in (1, 2, 5) if power * times >= rough), power * 10)


def _stroke(number: int, group: int) -> str:
    dash = DASHES[group % len(DASHES)]
    colour = f"stroke: var(--c{number % COLOURS})"
    return f"{colour}; stroke-dasharray: {dash}" if dash else colour


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(text)}</text>'


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'role="img" aria-label="{escape(title)}">\n<style>{_STYLE}</style>\n'
        f'<rect width="100%" height="100%" style="fill: var(--ground)"/>\n{body}\n</svg>\n'
    )
