"""Followed hashtags: their public posts are read at home, by whomever they are."""

from actors.text import fold_hashtag, is_hashtag
from feeds import fanout
from instance.errors import Invalid
from instance.resources import Instance
from storage import feeds, lists, posts, timelines
from storage.feeding import Entry
from storage.records import Actor, FollowedHashtag, Page

FOLLOWED_MAX = 1000


async def follow(instance: Instance, actor: Actor, name: str) -> None:
    """Follow a hashtag in any spelling, with its latest posts. Again: nothing happens.

    Raises `Invalid` for what is no hashtag, and when too many are followed.
    """
    if not is_hashtag(name):
        raise Invalid("This is no hashtag.", fields={"name": "Letters, digits and _ alone."})
    name = fold_hashtag(name)
    async with instance.store.transaction():
        if await lists.count_hashtags(actor.id) >= FOLLOWED_MAX:
            raise Invalid(f"You follow {FOLLOWED_MAX} hashtags. Unfollow one first.")
        made = FollowedHashtag(instance.ids.new(), actor.id, name, instance.now())
        if not await lists.insert_hashtag(made):
            return
        found = await timelines.hashtag(name, Page(limit=fanout.BACKFILLED_POSTS_MAX))
        known = await posts.by_ids(found)
        entries = [Entry(each, known[each].actor_id) for each in found if each in known]
        await fanout.fill(instance, feeds.home_of(actor.id), entries)


async def unfollow(instance: Instance, actor: Actor, name: str) -> None:
    """Follow a hashtag no more; what stood at home for it alone goes. Nothing when it was not."""
    async with instance.store.transaction():
        folded = fold_hashtag(name)
        if await lists.remove_hashtag(actor.id, folded):
            await feeds.remove_hashtag(actor.id, folded)


async def followed(instance: Instance, actor: Actor, page: Page) -> list[FollowedHashtag]:
    """A page of the hashtags one follows, the last followed first."""
    del instance
    return await lists.hashtags_of(actor.id, page)
