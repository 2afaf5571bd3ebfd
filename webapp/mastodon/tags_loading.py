"""Loads hashtags and pages as entities, with how they were used, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from instance.resources import Instance
from posts import cards, featuring
from posts.featuring import Featured
from storage import actors, lists, profiles, uses
from storage import cards as pages
from storage.records import Actor, RowId
from storage.uses import Use
from webapp.mastodon import accounts_loading, statuses_rendering
from webapp.mastodon import entities as e
from webapp.mastodon.statuses_rendering import Scene

DAYS_SHOWN = 7
_NOT_USED = (0, 0)


async def tags(instance: Instance, names: Sequence[str], viewer: Actor | None) -> list[e.Tag]:
    """Render (folded) hashtags, in their order; three queries at most."""
    if not names:
        return []
    history = await _history(instance, uses.HASHTAG, names)
    made = [_tag(instance, name, history[name]) for name in names]
    if viewer is not None:
        followed = await lists.followed_among(viewer.id, list(names))
        featured = {each.name for each in await profiles.featured_by(viewer.id)}
        for tag in made:
            tag["following"] = tag["id"] in followed
            tag["featuring"] = tag["id"] in featured
    return made


async def tag(instance: Instance, name: str, viewer: Actor | None) -> e.Tag:
    """Render one hashtag."""
    return (await tags(instance, [name], viewer))[0]


async def featured(instance: Instance, owner: Actor) -> list[e.FeaturedTag]:
    """Render the hashtags that somebody shows on their profile; two queries."""
    return [featured_tag(instance, each) for each in await featuring.of(owner)]


def featured_tag(instance: Instance, of: Featured) -> e.FeaturedTag:
    """Render a hashtag of a profile."""
    last = of.last_used_at
    return {
        "id": str(of.hashtag.id),
        "name": of.hashtag.shown_name,
        "url": f"{instance.settings.base_url}/tags/{quote(of.hashtag.name)}",
        "statuses_count": str(of.uses),
        "last_status_at": last.strftime("%Y-%m-%d") if last else None,
    }


async def links(instance: Instance, card_ids: Sequence[str]) -> list[e.TrendsLink]:
    """Render pages that are linked to, in their order; those without a preview are missing."""
    found = await pages.ready([int(each) for each in card_ids])
    shown = [found[RowId(int(each))] for each in card_ids if int(each) in found]
    authors = await actors.by_ids({card.author_id for card in shown if card.author_id is not None})
    people = await accounts_loading.by_id(instance, authors.values())
    scene = Scene(accounts_loading.here(instance), instance.now(), people)
    history = await _history(instance, uses.PAGE, card_ids)
    return [
        {**statuses_rendering.card(cards.shown(card), scene), "history": history[str(card.id)]}
        for card in shown
    ]


def _tag(instance: Instance, name: str, history: list[e.DayOfUse]) -> e.Tag:
    url = f"{instance.settings.base_url}/tags/{quote(name, safe='')}"
    return {"id": name, "name": name, "url": url, "history": history}


async def _history(
    instance: Instance, kind: str, names: Sequence[str]
) -> Mapping[str, list[e.DayOfUse]]:
    """The last week of each, today first."""
    today = uses.day_of(instance.now())
    found = await uses.of_names(kind, names, today - DAYS_SHOWN + 1)
    days: dict[str, dict[int, Use]] = defaultdict(dict)
    for use in found:
        days[use.name][use.day] = use
    return {name: [_day(today - back, days[name]) for back in range(DAYS_SHOWN)] for name in names}


def _day(day: int, found: Mapping[int, Use]) -> e.DayOfUse:
    use = found.get(day)
    number, people = (use.uses, use.accounts) if use is not None else _NOT_USED
    began = int(uses.start_of(day).timestamp())
    return {"day": str(began), "uses": str(number), "accounts": str(people)}
