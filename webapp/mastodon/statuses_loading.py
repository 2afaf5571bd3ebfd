"""Loads what statuses show besides the posts, in a fixed number of queries for any length.

A boost has the id of its interaction; whoever asks for it as a status is shown the post in it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from feeds import around, keyword_filters, loading
from feeds.items import FeedItem, FullItem, Slot
from feeds.matching import Filters
from instance.errors import NotFound
from instance.resources import Instance
from posts import policies
from posts.policies import Standing, Verdict
from storage import actors
from storage import statuses as rows
from storage.records import (
    IS_FOLLOWED,
    IS_FOLLOWER,
    IS_NAMED,
    Act,
    Actor,
    FilterContext,
    Interaction,
    Post,
    Revision,
    RowId,
    Sight,
)
from webapp.mastodon import accounts_loading, filters_rendering, statuses_rendering
from webapp.mastodon import entities as e
from webapp.mastodon.statuses_rendering import Scene

_APPROVALS = {
    Verdict.FREE: "automatic",
    Verdict.MEMBER: "automatic",
    Verdict.ASK: "manual",
    Verdict.NEVER: "denied",
}


async def statuses(
    instance: Instance, items: Sequence[FeedItem], viewer: Actor | None, *, context: str = ""
) -> list[e.Status]:
    """Render posts as their reader meets them, in their order; what is gone meanwhile is missing.

    `context` is where they are shown, by which keyword filters go: home, notifications, public,
    thread or account; with '' all filters are named, and apps choose.
    """
    full = await loading.dress(items)
    if not full:
        return []
    place = FilterContext(context) if context else None
    filters = await keyword_filters.of(instance, viewer, place)
    scene = await _scene(instance, items, full, viewer, filters)
    return [statuses_rendering.status(item, scene) for item in full]


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


async def _scene(
    instance: Instance,
    items: Sequence[FeedItem],
    full: Sequence[FullItem],
    viewer: Actor | None,
    filters: Filters,
) -> Scene:
    viewer_id = viewer.id if viewer is not None else None
    quoted_items = await _quoted(instance, items, viewer)
    quoted = await loading.dress(quoted_items)
    sights = {item.post.id: item.post for item in (*items, *quoted_items)}
    besides = await rows.besides(sights.keys(), viewer_id)
    shown = {item.post.id: item for item in (*full, *quoted)}
    return Scene(
        here=accounts_loading.here(instance),
        now=instance.now(),
        people=await _people(instance, (*full, *quoted)),
        viewer_id=viewer_id,
        boosts=await rows.boosts(
            {(item.post.id, item.booster.id) for item in full if item.booster is not None}
        ),
        quoted={item.post.id: item for item in quoted},
        quotes=besides.quotes,
        voted={post_id: sight.voted for post_id, sight in sights.items()},
        reacted={post_id: sight.reacted for post_id, sight in sights.items()},
        may_quote=_may_quote(shown, sights, viewer),
        muted=besides.muted,
        filtered={
            post_id: filters_rendering.results(matched)
            for post_id, item in shown.items()
            if filters and (matched := filters.matches(item.post))
        },
    )


async def _quoted(
    instance: Instance, items: Sequence[FeedItem], viewer: Actor | None
) -> list[FeedItem]:
    """What the posts quote, as far as the viewer may see it; no query where nothing is quoted."""
    ids = (item.post.quote_id for item in items if item.post.quote_stamp is not None)
    return await loading.load(instance, {each for each in ids if each is not None}, viewer)


async def _people(instance: Instance, items: Collection[FullItem]) -> dict[RowId, e.Account]:
    authors = (item.author for item in items)
    boosters = (item.booster for item in items if item.booster is not None)
    links = (item.post.details.links[:1] for item in items if item.post.details is not None)
    named = {link.author_id for (link,) in filter(None, links) if link.author_id is not None}
    writers = (await actors.by_ids(named)).values() if named else ()
    return await accounts_loading.by_id(instance, [*authors, *boosters, *writers])


def _may_quote(
    items: Mapping[RowId, FullItem], sights: Mapping[RowId, Sight], viewer: Actor | None
) -> dict[RowId, str]:
    """What a policy says to the viewer: https://docs.joinmastodon.org/entities/QuoteApproval/."""
    if viewer is None:
        return {}
    found = {}
    for post_id, item in items.items():
        sight, rule = sights[post_id], policies.rule_for(item.post, Act.QUOTE)
        who = Standing(
            uri=viewer.uri,
            is_author=item.author.id == viewer.id,
            is_named=bool(sight.closeness & IS_NAMED),
            follows=bool(sight.closeness & IS_FOLLOWER),
            is_followed=bool(sight.closeness & IS_FOLLOWED),
        )
        found[post_id] = _APPROVALS[policies.judge(rule, Act.QUOTE, who)]
    return found
