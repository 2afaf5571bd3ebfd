"""Buries a post, and tells open streams of it while it is still known who has it."""

from itertools import chain
from typing import Final

from instance import hints
from instance.hints import Kind
from instance.resources import Instance
from storage import posts
from storage.records import Post

BOOSTS_TOLD_MAX: Final = 1000
_BOOSTS_PER_HINT: Final = 50
_HASHTAG_BYTES_MAX: Final = 2000


async def bury(instance: Instance, post: Post) -> None:
    """Leave a tombstone; its boosts go with it, which are statuses of their own to apps (PV-20).

    Of very many boosts the latest are told of: an app that asks for an older one gets 404.
    """
    async with instance.store.transaction():
        boosts = await posts.bury(post.id, instance.now())
        hints.give(instance, Kind.DELETED, post.id, post.actor_id, text=_hashtags(post))
        told = sorted(boosts, reverse=True)[:BOOSTS_TOLD_MAX]
        for start in range(0, len(told), _BOOSTS_PER_HINT):
            ids = chain.from_iterable(told[start : start + _BOOSTS_PER_HINT])
            hints.give(instance, Kind.DELETED, *ids)


def _hashtags(post: Post) -> str:
    """As many as find room in a hint."""
    text = " ".join(post.hashtags)
    while len(text.encode()) > _HASHTAG_BYTES_MAX:
        text = text.rpartition(" ")[0]
    return text
