"""Hints for streams: what happens is told once it can be read, and never what was rolled back."""

import contextlib
from functools import partial

import pytest

from instance import hints
from instance.hints import Hint, Kind
from instance.resources import Instance
from outbox import profiles
from posts import burying
from storage.events import Event
from storage.records import Actor, InteractionKind
from tests.factories import insert, make_actor, make_interaction, make_post, make_user


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


async def test_the_end_of_an_account_is_told_while_it_is_known_who_has_its_posts(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B118, PV-20: the latest posts, boosts of them and boosts by who leaves, bounded all."""
    monkeypatch.setattr(burying, "POSTS_TOLD_MAX", 60)
    user = make_user(alice)
    said = [make_post(alice, hashtags=(f"tag{number % 2}",)) for number in range(61)]
    other = make_post(bob)
    boost = partial(make_interaction, kind=InteractionKind.BOOST)
    by_bob, by_alice, old = boost(bob, said[-1]), boost(alice, other), boost(bob, said[0])
    for each in (user, *said, other, by_bob, by_alice, old):
        await insert(each)
    heard: list[Hint] = []
    with instance.events.listening(hints.STREAMS, lambda event: heard.append(_read(event))):
        await profiles.delete_account(instance, user, alice)
    heard = [each for each in heard if each.kind is Kind.DELETED]
    assert [len(each.ids) for each in heard] == [100, 20, 4]
    ends = [value for each in heard[:2] for value in each.ids]
    assert ends == [value for each in said[:0:-1] for value in (each.id, alice.id)]
    assert sorted(heard[0].text.split()) == ["tag0", "tag1"]
    assert heard[2].ids == (by_alice.id, alice.id, by_bob.id, bob.id)


def _read(event: Event) -> Hint:
    hint = hints.read(event.payload)
    assert hint is not None
    return hint
