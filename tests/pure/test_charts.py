"""Charts are well-formed SVG whose lines and bars stand where their values are."""

import xml.etree.ElementTree as ET

import pytest

from capacity.charts import Axis, Bar, Series, bars, lines, short

pytestmark = pytest.mark.pure

SVG = "{http://www.w3.org/2000/svg}"


def test_lines_stand_where_their_values_are() -> None:
    x, y = Axis("people", 1, 100, is_log=True), Axis("cores", 0, 10)
    series = [Series("a < b & c", [(1, 0), (10, 5), (100, 10)]), Series("d", [(1, 99)], group=1)]
    picture = ET.fromstring(lines("<Title>", series, x, y, limit=5))  # noqa: S314 - our own
    first, second = picture.findall(f"{SVG}polyline")
    points = [tuple(map(float, each.split(","))) for each in first.get("points", "").split()]
    (left, bottom), (middle, half), (right, top) = points
    assert middle - left == pytest.approx(right - middle)
    assert bottom - half == pytest.approx(half - top)
    assert float(second.get("points", "").split(",")[1]) == top, "what is outside is at the edge"
    assert "dasharray" in second.get("style", "")
    texts = [each.text for each in picture.findall(f"{SVG}text")]
    assert {"<Title>", "a < b & c", "people", "cores", "10", "100"} <= set(texts)


def test_bars_show_what_is_above_its_limit() -> None:
    rows = [Bar("good", 1, limit=2, peer=(3, 4)), Bar("bad", 5, limit=2)]
    picture = ET.fromstring(bars("Costs", rows, Axis("ms", 0.1, 10, is_log=True)))  # noqa: S314 - our own
    styles = [each.get("style", "") for each in picture.findall(f"{SVG}rect")]
    assert [style for style in styles if "--c" in style] == [
        *("fill: var(--c0)", "fill: var(--c2)", "fill: var(--c1)"),
    ]


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis("", 0.5, 2000, is_log=True), [1, 10, 100, 1000]),
        (Axis("", 0, 10), [0, 2, 4, 6, 8, 10]),
        (Axis("", 0, 0.9), [0, 0.2, 0.4, 0.6, 0.8]),
    ],
)
def test_ticks_are_round_numbers(axis: Axis, ticks: list[float]) -> None:
    assert axis.ticks() == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("value", "text"), [(0.35, "0.35"), (12, "12"), (3400, "3.4k"), (1e7, "10M"), (2e9, "2G")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text
