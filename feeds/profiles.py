"""What one actor said and boosted, narrowed as apps ask for it; pages: `public.profile`."""

from dataclasses import replace

from actors.text import fold_hashtag
from feeds import public
from feeds.items import FeedPage, Slot
from feeds.paging import Chunk, read_page
from instance.resources import Instance
from posts.visibility import visible_kinds
from storage import profile_feeds, relations
from storage.profile_feeds import Wanted as Wanted
from storage.records import Actor, FollowState, Page


async def read(
    instance: Instance, owner: Actor, page: Page, viewer: Actor | None, wanted: Wanted
) -> FeedPage:
    """A page of it as far as the viewer may see it; a mute of this actor does not count here.

    Pins are all on one page, the latest first.
    """
    if owner.suspended_at is not None or owner.deleted_at is not None:
        return FeedPage()
    if wanted.only_pinned:
        is_first = page.max_id is None and page.min_id is None
        return FeedPage(await public.pinned(instance, owner, viewer) if is_first else ())
    folded = fold_hashtag(wanted.hashtag) if wanted.hashtag is not None else None
    wanted = replace(wanted, hashtag=folded)
    follow = await relations.find_follow(viewer.id, owner.id) if viewer is not None else None
    follows = follow is not None and follow.state is FollowState.ACCEPTED  # PV-13
    kinds = visible_kinds(viewer, owner.id, follows_author=follows)

    async def rows(cursor: Page) -> Chunk[Slot]:
        found = await profile_feeds.read(owner.id, cursor, wanted, kinds)
        slots = [
            Slot(place, post_id, owner.id if is_boost else None)
            for place, post_id, is_boost in found
        ]
        return Chunk([each[0] for each in found], slots)

    return await read_page(instance, page, rows, viewer, shows_muted=True)
