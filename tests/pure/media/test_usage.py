"""How long there is room for copies, in words of people."""

import pytest

from media.usage import MediaUsage, forecast

_GIGABYTE = 1_000_000_000


def _usage(lately_bytes: int, used: int = 0) -> MediaUsage:
    return MediaUsage(
        local_bytes=0,
        remote_bytes=used,
        budget_bytes=7 * _GIGABYTE,
        files=1,
        failed=0,
        lately_bytes=lately_bytes,
        hosts=(),
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (_usage(7 * _GIGABYTE), "full in 7 days; from then on a copy stays about 7 days after"),
        (_usage(7 * _GIGABYTE, 6 * _GIGABYTE), "full in 1 day; from then on"),
        (_usage(_GIGABYTE // 4), "full in 6 months; from then on a copy stays about 6 months"),
        (_usage(_GIGABYTE // 40), "full in 5 years; from then on a copy stays about 5 years"),
        (_usage(20_000), "the room lasts for more than a hundred years."),
        (_usage(0), ""),
    ],
)
def test_p1_the_forecast_is_in_spans_that_people_have(found: MediaUsage, said: str) -> None:
    """P1: days, months or years, never a million days."""
    assert said in forecast(found)
    assert bool(said) == bool(forecast(found))
