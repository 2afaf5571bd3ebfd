"""What is read of an answer: Retry-After, content types."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from federation import answers
from instance.errors import RemoteNonsense
from tests.pure.federation.making import NOW


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("999999999999999999999", 24 * 3600),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=500), usegmt=True), 24 * 3600),
        ("Sun, 22 Nov 2026 12:10:00 -0000", 600),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
    ],
)
def test_a93_retry_after_in_seconds_or_as_a_date(value: str | None, expected: int | None) -> None:
    assert answers.retry_after_s(value, NOW) == expected


def test_sf19_a_header_of_more_than_64_kib_is_refused() -> None:
    line = (b"X-Line", b"y" * 8000)
    assert answers.read_headers([line] * 8) == {"x-line": "y" * 8000}
    with pytest.raises(RemoteNonsense, match="header"):
        answers.read_headers([line] * 9)


@pytest.mark.parametrize(
    "value", ["", "x", "text/html; charset", "text/html x", "a/b; c=d e", "a/b,c/d"]
)
def test_what_is_not_one_content_type_is_none(value: str) -> None:
    assert answers.media_type(value) == ("", {})


def test_json_and_pages() -> None:
    assert answers.is_json("application/jrd+json; charset=utf-8")
    assert not answers.is_json("text/json")
    assert answers.is_page("application/xhtml+xml")
    assert not answers.is_page("text/plain")
