"""A clock that was wrong: what is written next stands after what is there (RELIABILITY, FA-31)."""

import logging

import pytest

import serving
from instance.resources import Instance
from storage.ids import IdSource, moment_of
from storage.newest import newest_id
from tests import factories
from tests.instances import FakeClock


async def test_fa31_the_next_id_is_the_newest_also_after_the_clock_went_back(
    instance: Instance, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    assert await newest_id() == 0
    author = factories.make_actor()
    await factories.insert(author)
    await factories.insert(factories.make_post(author, id=instance.ids.new()))
    newest = await newest_id()
    assert moment_of(newest) == clock.moment
    clock.advance(days=-1)
    restarted = IdSource(clock)
    object.__setattr__(instance, "ids", restarted)
    with caplog.at_level(logging.WARNING):
        await serving.prepare(instance)
    assert restarted.new() > newest
    assert "1 day, 0:00:00 from now" in caplog.text


async def test_a_clock_that_is_right_is_no_news(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await serving.prepare(instance)
    assert "clock" not in caplog.text
