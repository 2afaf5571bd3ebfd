"""Hints for streams: what happens is told once it can be read, and never what was rolled back."""

import contextlib

from instance import hints
from instance.hints import Hint, Kind
from instance.resources import Instance


def test_a_hint_says_the_same_after_its_way_between_processes(instance: Instance) -> None:
    """B118: a hint is read as it was given; what a newer version says is passed over."""
    heard: list[bytes] = []
    with instance.events.listening(hints.STREAMS, lambda event: heard.append(event.payload)):
        hints.give(instance, Kind.REACTED, 7, text="🎉")
    assert [hints.read(payload) for payload in heard] == [Hint(Kind.REACTED, (7,), "🎉")]
    assert hints.read(b'{"kind":"something newer","ids":[1]}') is None
    assert hints.read(b"\xff") is None


async def test_hints_go_out_when_the_transaction_is_committed(instance: Instance) -> None:
    """B118, FA-29: who hears of a row finds it in the database."""
    heard: list[bytes] = []
    with instance.events.listening(hints.STREAMS, lambda event: heard.append(event.payload)):
        async with instance.store.transaction():
            hints.give(instance, Kind.POSTED, 1)
            assert heard == []
        assert len(heard) == 1
        with contextlib.suppress(RuntimeError):
            async with instance.store.transaction():
                hints.give(instance, Kind.POSTED, 2)
                raise RuntimeError("rolled back")
    assert len(heard) == 1
