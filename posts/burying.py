"""Buries a post, and tells open streams of it while it is still known who has it."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final, TypeVar

from instance import hints
from instance.hints import Kind
from instance.resources import Instance
from storage import posts
from storage.records import Post, RowId

T = TypeVar("T")

BOOSTS_TOLD_MAX: Final = 1000
POSTS_TOLD_MAX: Final = 200
_TOLD_PER_HINT: Final = 50
_HASHTAG_BYTES_MAX: Final = 2000


async def bury(instance: Instance, post: Post) -> None:
    """Leave a tombstone; its boosts go with it, which are statuses of their own to apps (PV-20).

    Of very many boosts the latest are told of: an app that asks for an older one gets 404.
    """
    async with instance.store.transaction():
        boosts = await posts.bury(post.id, instance.now())
        hints.give(instance, Kind.DELETED, post.id, post.actor_id, text=_hashtags(post))
        _tell_boosts(instance, boosts)


async def tell_all_end(instance: Instance, actor_id: RowId) -> None:
    """Tell open streams that all is gone which somebody said and boosted, before it goes.

    In the transaction that ends the account. Of very much the latest: apps that show older ones get
    404 for them.
    """
    said = await posts.latest_of(actor_id, POSTS_TOLD_MAX)
    for group in _groups(said):
        ids = chain.from_iterable((post.id, actor_id) for post in group)
        hints.give(instance, Kind.DELETED, *ids, text=_hashtags(*group))
    _tell_boosts(
        instance,
        await posts.latest_boosts(actor_id, [post.id for post in said], BOOSTS_TOLD_MAX),
    )


def _tell_boosts(instance: Instance, boosts: Iterable[tuple[RowId, RowId]]) -> None:
    told = sorted(boosts, reverse=True)[:BOOSTS_TOLD_MAX]
    for group in _groups(told):
        hints.give(instance, Kind.DELETED, *chain.from_iterable(group))


def _groups(told: Sequence[T]) -> Iterable[Sequence[T]]:
    """As many as one hint tells of."""
    for start in range(0, len(told), _TOLD_PER_HINT):
        yield told[start : start + _TOLD_PER_HINT]


def _hashtags(*gone: Post) -> str:
    """As many as find room in a hint."""
    text = " ".join(dict.fromkeys(chain.from_iterable(post.hashtags for post in gone)))
    while len(text.encode()) > _HASHTAG_BYTES_MAX:
        text = text.rpartition(" ")[0]
    return text
