"""Hints for streams: what happens is told once it can be read, and never what was rolled back."""

import contextlib

from instance import hints
from instance.hints import Hint, Kind
from instance.resources import Instance
from posts import burying
from storage.events import Event
from storage.records import Actor, InteractionKind
from tests.factories import insert, make_actor, make_interaction, make_post


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


async def test_the_end_of_a_post_that_many_boosted_is_told_in_hints_of_a_bounded_size(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B118, PV-20: of boosts the latest, 50 a hint; of hashtags as many as find room."""
    hashtags = tuple(f"{number:02}{'ä' * 90}" for number in range(20))
    post = make_post(alice, hashtags=hashtags)
    await insert(post)
    await insert(make_interaction(bob, post, InteractionKind.LIKE))
    people = [make_actor() for _ in range(70)]
    boosts = [make_interaction(each, post, InteractionKind.BOOST) for each in people]
    for each in (*people, *boosts):
        await insert(each)
    heard: list[Hint] = []
    with instance.events.listening(hints.STREAMS, lambda event: heard.append(_read(event))):
        await burying.bury(instance, post)
    assert [len(each.ids) for each in heard] == [2, 100, 40]
    assert heard[0].ids == (post.id, alice.id)
    assert tuple(heard[0].text.split()) == hashtags[:10]
    told = [*heard[1].ids, *heard[2].ids]
    newest = sorted(boosts, key=lambda boost: boost.id, reverse=True)
    assert told == [value for each in newest for value in (each.id, each.actor_id)]


def _read(event: Event) -> Hint:
    hint = hints.read(event.payload)
    assert hint is not None
    return hint
