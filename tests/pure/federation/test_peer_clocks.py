"""Our clock against those of others: FA-31, `wrong own clock detected from peers' Date`."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as some

from federation.peer_clocks import HOSTS_MAX, HOSTS_MIN, PeerClocks
from tests.pure.federation import making
from tests.pure.federation.loopback_peer import client, document, peer
from tests.pure.federation.making import NOW

SIGNER = making.signer(key_id="https://our.example/actors/1#main-key")


def _heard(*ahead: timedelta) -> PeerClocks:
    clocks = PeerClocks()
    for number, each in enumerate(ahead):
        date = format_datetime(NOW - each, usegmt=True)
        clocks.note(f"h{number}.test", date, NOW)
    return clocks


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(minutes=-7)])
def test_fa31_a_wrong_own_clock_is_noticed(ahead: timedelta) -> None:
    """E145."""
    assert _heard(*[ahead] * HOSTS_MIN).ahead() == ahead


def test_a_few_hosts_prove_nothing() -> None:
    assert _heard(*[timedelta(hours=1)] * (HOSTS_MIN - 1)).ahead() is None


def test_a_clock_that_is_right_stays_right_among_wrong_ones() -> None:
    wrong = [timedelta(days=day) for day in range(1, 5)]
    assert _heard(*[timedelta(seconds=1)] * 5, *wrong).ahead() is None


def test_those_who_disagree_with_each_other_say_nothing() -> None:
    assert _heard(*(timedelta(hours=hour) for hour in range(1, 9))).ahead() is None


def test_one_host_counts_once() -> None:
    clocks = PeerClocks()
    for _ in range(100):
        clocks.note("h.test", format_datetime(NOW - timedelta(days=1), usegmt=True), NOW)
    assert clocks.ahead() is None


def test_it_is_over_when_new_answers_say_so() -> None:
    clocks = _heard(*[timedelta(hours=1)] * HOSTS_MAX)
    for number in range(HOSTS_MAX):
        clocks.note(f"n{number}.test", format_datetime(NOW, usegmt=True), NOW)
    assert clocks.ahead() is None


async def test_fa31_the_operator_is_told_once_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """E145: By answers over HTTP, whose Date the client reads; then our clock is set right."""
    now = [NOW + timedelta(days=1)]

    async def dated(_: web.Request) -> web.Response:
        answer = document()
        answer.headers["Date"] = format_datetime(NOW, usegmt=True)
        return answer

    names = [f"h{number}.example" for number in range(HOSTS_MIN + 1)]
    # Each name is another host to us, and all are asked at one port.
    async with peer(dated) as other, client(now=lambda: now[0]) as http:
        for _ in range(2):
            for name in names:
                await http.get_document(other.url("/a", name), SIGNER)
        assert [each.levelname for each in caplog.records] == ["WARNING"]
        assert "1 day, 0:00:00 ahead of" in caplog.text
        now[0] = NOW
        for name in names:
            await http.get_document(other.url("/a", name), SIGNER)
    assert "agrees with other servers again" in caplog.records[-1].message


@given(some.text(max_size=80))
def test_no_date_breaks_anything(date: str) -> None:
    clocks = PeerClocks()
    clocks.note("h.test", date, NOW)
    assert clocks.ahead() is None
