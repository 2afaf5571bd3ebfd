"""Chapter discovering: what more people than usual speak of, and people one does not know yet."""

from dataclasses import dataclass
from typing import Final

from actors.markup import plain_text
from feeds import loading, suggestions, trends
from feeds.suggestions import Reason
from feeds.trends import Rising
from storage import discovery
from storage.discovery import Seeker
from storage.records import Actor, RowId
from storage.trends import Trend
from webapp.asking import Answer
from webapp.pages import attached, here, presenting, reading, views, words
from webapp.pages.attached import CardView
from webapp.pages.views import ActorView
from webapp.pages.visit import Visit, redirect

HASHTAGS_SHOWN_MAX: Final = 10
PAGES_SHOWN_MAX: Final = 5
POSTS_SHOWN_MAX: Final = 10
SUGGESTED_MAX: Final = 10
LISTED_MAX: Final = 40
ABOUT_LETTERS: Final = 140
_CHART: Final = (70, 20)

WHY: Final = {
    Reason.FRIENDS_OF_FRIENDS: "Followed by people you follow",
    Reason.SIMILAR: "Like those you followed lately",
    Reason.MOST_FOLLOWED: "Many here follow them",
    Reason.MOST_INTERACTIONS: "Many here answer and boost them",
}


@dataclass(frozen=True, slots=True)
class Line:
    """How often something was used on the last days, as points of a line in a box of 70 by 20."""

    people: int
    points: str


@dataclass(frozen=True, slots=True)
class SuggestedView:
    """Somebody, and in words why they are suggested."""

    person: ActorView
    why: str
    about: str


async def trending(visit: Visit) -> Answer:
    """GET /explore/trending: hashtags, posts and pages (B99), as the last count found them."""
    ids = await trends.of(visit.instance, Trend.POST, POSTS_SHOWN_MAX)
    items = await loading.met(visit.instance, [RowId(int(each)) for each in ids], visit.reader)
    shown = await presenting.posts(visit, items)
    return await presenting.page(
        visit,
        "trending.html",
        here="Explore",
        tabs=reading.explore_tabs(visit, "/explore/trending"),
        hashtags=[
            (each.name, line(each))
            for each in await trends.hashtags(visit.instance, HASHTAGS_SHOWN_MAX)
        ],
        pages=await _pages(visit),
        posts=[presenting.markup(each) for each in shown],
    )


async def _pages(visit: Visit) -> list[tuple[CardView, Line]]:
    found = await trends.pages(visit.instance, PAGES_SHOWN_MAX)
    views = (
        (attached.card_view(here.card(page, visit.instance.addresses)), line(each))
        for page, each in found
    )
    return [(view, how_often) for view, how_often in views if view is not None]


def line(risen: Rising) -> Line:
    """Draw how often something was used; pure."""
    width, height = _CHART
    most = max(1, *risen.days)
    step = width / max(1, len(risen.days) - 1)
    points = (
        f"{place * step:.0f},{height - 1 - (height - 2) * number / most:.0f}"
        for place, number in enumerate(risen.days)
    )
    return Line(risen.people, " ".join(points))


async def people(visit: Visit) -> Answer:
    """GET /explore/people: who is suggested to oneself (B104), and who wants to be found (B103)."""
    is_local, by_age = visit.query.get("where") == "here", visit.query.get("order") == "new"
    list_people = discovery.newest_people if by_age else discovery.active_people
    seeker = Seeker(visit.reader.id if visit.reader is not None else 0, visit.instance.now())
    listed = await list_people(seeker, local_only=is_local, limit=LISTED_MAX, offset=0)
    shown = [actor for actor in listed if actor.id != seeker.actor_id]
    return await presenting.page(
        visit,
        "discover_people.html",
        here="Explore",
        tabs=reading.explore_tabs(visit, "/explore/people"),
        suggested=await suggested(visit, SUGGESTED_MAX),
        people=presenting.people(visit, shown),
        words_about={actor.id: _about(actor) for actor in shown},
        relations=await presenting.relationships(visit, shown),
        is_local=is_local,
        by_age=by_age,
    )


async def suggested(visit: Visit, most: int) -> list[SuggestedView]:
    """Whom the reader might want to follow, and why; nobody for who is not logged in."""
    if visit.reader is None:
        return []
    how = presenting.scene(visit)
    found = await suggestions.suggest(visit.instance, visit.reader, most)
    return [
        SuggestedView(views.actor_view(each.actor, how), WHY[each.reasons[0]], _about(each.actor))
        for each in found
    ]


def _about(actor: Actor) -> str:
    return words.excerpt(plain_text(actor.summary), ABOUT_LETTERS)


async def dismiss(visit: Visit) -> Answer:
    """POST /explore/people/dismiss: somebody is not suggested any more."""
    who = RowId(visit.form.id("who"))
    await suggestions.dismiss(visit.instance, visit.me.actor, who)
    return redirect("/explore/people?said=not_suggested")
