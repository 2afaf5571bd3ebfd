"""Loads what statuses show besides the posts, in a fixed number of queries for any length.

A boost has the id of its interaction; whoever asks for it as a status is shown the post in it.
"""

from collections.abc import Iterable, Mapping, Sequence

from feeds import around, keyword_filters, loading
from feeds.items import FeedItem, Slot
from instance.errors import NotFound
from instance.resources import Instance
from storage import actors
from storage import statuses as rows
from storage.records import Actor, FilterContext, Interaction, Post, Revision, RowId
from webapp.mastodon import accounts_loading, statuses_rendering
from webapp.mastodon import entities as e
from webapp.mastodon.statuses_rendering import Said, Scene

_WORDS_BYTES = 2000


async def statuses(
    instance: Instance, items: Sequence[FeedItem], viewer: Actor | None, *, context: str = ""
) -> list[e.Status]:
    """Render posts as their reader meets them, in their order; what is gone meanwhile is missing.

    `context` is where they are shown, by which keyword filters go: home, notifications, public,
    thread or account; with '' all filters are named, and apps choose.
    """
    quoted = await _quoted(instance, items, viewer)
    found = await _said(instance, (*items, *quoted))
    if not found:
        return []
    place = FilterContext(context) if context else None
    filters = await keyword_filters.of(instance, viewer, place)
    shown = [item for item in items if item.post.id in found]
    besides = await rows.besides(found.keys(), viewer.id if viewer is not None else None)
    scene = Scene(
        here=accounts_loading.here(instance),
        now=instance.now(),
        people=await _people(instance, shown, found),
        viewer=viewer,
        boosts=await rows.boosts(
            {(item.post.id, item.booster.id) for item in shown if item.booster is not None}
        ),
        quoted={
            item.post.id: (item.post, found[item.post.id])
            for item in quoted
            if item.post.id in found
        },
        quotes=besides.quotes,
        muted=besides.muted,
        filters=filters,
    )
    return [
        statuses_rendering.status(item, found[item.post.id], scene)
        for item in shown
        if item.booster is None or item.booster.id in scene.people
    ]


async def by_post_ids(
    instance: Instance, ids: Iterable[RowId], viewer: Actor | None
) -> dict[RowId, e.Status]:
    """Render those of the posts that the viewer may see."""
    items = await loading.load(instance, ids, viewer)
    found = await statuses(instance, items, viewer)
    return {RowId(int(each["id"])): each for each in found}


async def status(instance: Instance, post_id: RowId, viewer: Actor | None) -> e.Status:
    """Render one post, or the boost with this id; `NotFound` for what is hidden, too (PV-3)."""
    boost = None
    item = await loading.load_one(instance, post_id, viewer)
    if item is None:
        boost = await rows.boost(post_id)
    if boost is not None:
        item = await _boosted(instance, boost, viewer)
    found = await statuses(instance, [item], viewer) if item is not None else []
    if not found:
        raise NotFound("Record not found")
    return found[0]


async def post_id(status_id: RowId) -> RowId:
    """Return the post that a status is: itself, or what is boosted by the boost with this id."""
    boost = await rows.boost(status_id)
    return boost.post_id if boost is not None else status_id


async def history(instance: Instance, post: Post, before: Sequence[Revision]) -> list[e.StatusEdit]:
    """Render how a post read, the oldest first; it itself is the last."""
    author = await accounts_loading.account(instance, await actors.get(post.actor_id))
    here = accounts_loading.here(instance)
    earlier = [statuses_rendering.revision(each, post, author, here) for each in before]
    return [*earlier, statuses_rendering.current(post, author, here)]


async def boosted(instance: Instance, boost: Interaction, viewer: Actor | None) -> e.Status:
    """Render a boost; `NotFound` for one that the viewer may not see."""
    item = await _boosted(instance, boost, viewer)
    found = await statuses(instance, [item], viewer) if item is not None else []
    if not found:
        raise NotFound("Record not found")
    return found[0]


async def _boosted(instance: Instance, boost: Interaction, viewer: Actor | None) -> FeedItem | None:
    if not await around.may_see_boost(boost, viewer):
        return None
    slot = Slot(boost.id, boost.post_id, boost.actor_id)
    items = await loading.meet(instance, [slot], viewer, shows_muted=True)
    return items[0] if items else None


async def _said(instance: Instance, items: Sequence[FeedItem]) -> dict[RowId, Said]:
    """What posts say to all their readers, kept as it was rendered; two queries for what is not.

    It is checked and never invalidated: a sight brings the stamp of today (`storage/sights.py`).
    """
    here = accounts_loading.here(instance)
    # Apps of members are told other addresses of files than strangers.
    is_member, until = bool(here.addresses.file_key), here.addresses.sealed_until
    sights = {item.post.id: item.post for item in items}
    found: dict[RowId, Said] = {}
    for post_id, sight in sights.items():
        kept = instance.renderings.get(("status", post_id, is_member, until))
        if kept is not None and kept.stamp == sight.stamp:
            found[post_id] = kept
    # What it quotes, and who boosted it, are looked up apart.
    stale = [
        FeedItem(post_id, sight._replace(quote_stamp=None))
        for post_id, sight in sights.items()
        if post_id not in found
    ]
    for full in await loading.dress(stale):
        made = statuses_rendering.said(full, here)
        found[full.post.id] = made
        size = _WORDS_BYTES + len(full.post.content)
        instance.renderings.put(("status", full.post.id, is_member, until), made, size)
    return found


async def _quoted(
    instance: Instance, items: Sequence[FeedItem], viewer: Actor | None
) -> list[FeedItem]:
    """What the posts quote, as far as the viewer may see it; no query where nothing is quoted."""
    ids = (item.post.quote_id for item in items if item.post.quote_stamp is not None)
    return await loading.load(instance, {each for each in ids if each is not None}, viewer)


async def _people(
    instance: Instance, items: Sequence[FeedItem], found: Mapping[RowId, Said]
) -> dict[RowId, e.Account]:
    """Authors, boosters, and who wrote the pages that posts link to."""
    versions = {each.post.actor_id: each.author_version for each in found.values()}
    versions |= {item.booster.id: item.booster.version for item in items if item.booster}
    cards = (each.post.details.links[:1] for each in found.values() if each.post.details)
    named = {link.author_id for (link,) in filter(None, cards) if link.author_id is not None}
    writers = await actors.by_ids(named - versions.keys()) if named else {}
    versions |= {actor.id: actor.version for actor in writers.values()}
    return await accounts_loading.by_version(instance, versions)
