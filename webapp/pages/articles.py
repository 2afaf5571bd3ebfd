"""Posts as they stand on pages: rendered once for all readers, kept, and filled for each.

What is kept is checked and never invalidated: it carries the stamp of the rows it was made of, and
every look brings the stamp of today (`storage/sights.py`). Losing all of it costs only time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from feeds import loading
from feeds.items import FeedItem, FullItem
from posts.details import worded
from posts.visibility import is_boostable
from storage.least_used import LeastUsed
from storage.records import BOOKMARKED, BOOSTED, LIKED, PINNED, Poll, RowId
from storage.values import to_microseconds
from webapp.pages import holes, quoted, templating, views, words
from webapp.pages.holes import Cut, Filling
from webapp.pages.quoted import Consent
from webapp.pages.veiling import Veil
from webapp.pages.views import Head, Place, PostView, Scene


class Variant(NamedTuple):
    """In which of its few forms a post stands on a page; together with the post, a key."""

    post_id: RowId
    booster_id: RowId | None
    place: Place
    heading: str
    is_member: bool
    is_own: bool
    is_boostable: bool
    told: tuple[int, int] | None
    """Boosts and likes, of the main post alone: it says them in words."""
    shows_quote: bool
    consent: Consent
    sealed_until: int
    """When addresses of files in it end; 0: never (MD-12)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A rendered post with its holes, and what they are filled from besides the item."""

    stamp: int
    cut: Cut
    wordings: Mapping[str, Cut]
    """The same in each of its languages, of posts that have several."""
    head: Head
    created_us: int
    edited_us: int | None
    poll: "KeptPoll | None"
    reactions: tuple[str, ...]

    def in_language(self, language: str) -> Cut:
        """The post as its reader reads best: in that language, or as its author chose."""
        if not self.wordings:
            return self.cut
        main = language.partition("-")[0]
        near = (cut for tag, cut in self.wordings.items() if tag.partition("-")[0] == main)
        return self.wordings.get(language) or next(near, self.cut)

    @property
    def size(self) -> int:
        """How many bytes it keeps."""
        return self.cut.size + sum(cut.size for cut in self.wordings.values())


@dataclass(frozen=True, slots=True)
class KeptPoll:
    """The poll of a post in its forms: to vote in, as it stands, and as it stands at its end."""

    ends_at: datetime | None
    is_closed: bool
    answers: int
    form: Cut | None
    open_bars: Cut
    bars: Cut


@dataclass(frozen=True, slots=True)
class Article:
    """A post as it stands on the page of one reader."""

    item: FeedItem
    head: Head
    html: Filling


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom posts are shown: who looks, and when."""

    scene: Scene
    renderings: LeastUsed[Any]
    language: str = ""
    veils: Mapping[RowId, Veil] = field(default_factory=dict)
    """Of posts that the reader's own filters match; they never come into what is kept."""


async def articles(
    reader: Reader, items: Sequence[FeedItem], *, place: Place = "feed", heading: str = "h2"
) -> list[Article]:
    """Return the posts in their order; those that nobody has read yet are loaded and rendered."""
    scene = reader.scene
    look = _Look(place, heading, scene.viewer_id, scene.addresses.sealed_until)
    variants = [look.variant(item) for item in items]
    kept = [reader.renderings.get(variant) for variant in variants]
    stale = [
        number
        for number, found in enumerate(kept)
        if found is None or found.stamp != items[number].stamp
    ]
    if stale:
        full = {each.order_id: each for each in await loading.dress([items[n] for n in stale])}
        for number in stale:
            found = full.get(items[number].order_id)
            kept[number] = _render(found, variants[number], reader) if found else None
    filler = _Filler(reader)
    return [
        Article(item, found.head, filler.html(item, found))
        for item, found in zip(items, kept, strict=True)
        if found is not None
    ]


class _Look(NamedTuple):
    """How all posts of a list are shown."""

    place: Place
    heading: str
    viewer_id: RowId | None
    sealed_until: int

    def variant(self, item: FeedItem) -> Variant:
        post, booster = item.post, item.booster
        is_own = post.author_id == self.viewer_id
        boostable = bool(post.done & BOOSTED) or is_boostable(post.visibility, is_own=is_own)
        return Variant(
            post.id,
            booster.id if booster is not None else None,
            self.place,
            self.heading,
            self.viewer_id is not None,
            is_own,
            boostable,
            (post.boosts, post.likes) if self.place == "main" else None,
            post.quote_stamp is not None,
            quoted.consent(post, self.viewer_id),
            self.sealed_until,
        )


def _render(full: FullItem, variant: Variant, reader: Reader) -> Kept:
    """Render a post for all who see it in this variant, and keep it."""
    details, edited_at = full.post.details, full.post.edited_at
    view = _view(full, variant, reader)
    kept = Kept(
        stamp=full.stamp,
        cut=_cut(full, variant, reader),
        wordings={
            each.language: _cut(
                replace(full, post=worded(full.post, each.language)), variant, reader
            )
            for each in (details.wordings if details is not None else ())
        },
        head=views.head(view),
        created_us=to_microseconds(full.post.created_at),
        edited_us=to_microseconds(edited_at) if edited_at is not None else None,
        poll=_kept_poll(full.post.poll, view, variant),
        reactions=tuple(each.content for each in full.post.reactions),
    )
    reader.renderings.put(variant, kept, kept.size)
    return kept


def _view(full: FullItem, variant: Variant, reader: Reader) -> PostView:
    view = views.standing(views.post_view(full, reader.scene), variant.place)
    if full.post.held is None:
        return view
    return replace(view, audience="Nobody else yet", audience_icon="lock")


def _cut(full: FullItem, variant: Variant, reader: Reader) -> Cut:
    view = views.holed(_view(full, variant, reader), full)
    more = quoted.more(full, variant.consent, reader.scene)
    heading, is_member = variant.heading, variant.is_member
    return holes.cut(templating.article(view, more, heading=heading, is_member=is_member))


def _kept_poll(poll: Poll | None, view: PostView, variant: Variant) -> KeptPoll | None:
    if poll is None or view.hung.poll is None:
        return None
    may_vote = variant.is_member and not variant.is_own and variant.place != "glimpse"
    public = replace(view.hung.poll, is_secret=False)
    known = public if variant.is_own else view.hung.poll
    return KeptPoll(
        ends_at=poll.ends_at,
        is_closed=poll.is_closed,
        answers=len(poll.options),
        form=holes.cut(templating.poll(view, view.hung.poll, is_form=True)) if may_vote else None,
        open_bars=holes.cut(templating.poll(view, known, is_form=False)),
        bars=holes.cut(templating.poll(view, public, is_form=False)),
    )


class _Filler:
    """Fills the holes of `views.holed` for one reader at one moment."""

    def __init__(self, reader: Reader) -> None:
        self._now = reader.scene.now
        self._language = reader.language
        self._veils = reader.veils
        self._now_us = to_microseconds(self._now)
        is_member = reader.scene.viewer_id is not None
        self._number = holes.number if is_member else holes.any_number

    def html(self, item: FeedItem, kept: Kept) -> Filling:
        post, number = item.post, self._number
        found = _PRESSED[post.done].copy()
        short, spoken = words.age(kept.created_us, self._now_us)
        found["short"], found["spoken"] = holes.text(short), holes.text(spoken)
        found["replies"] = number(post.replies)
        found["boosts"] = number(post.boosts)
        found["likes"] = number(post.likes)
        if kept.edited_us is not None:
            found["edited"] = holes.text(words.age(kept.edited_us, self._now_us)[0])
        if kept.poll is not None:
            found["poll"] = self._poll(kept.poll, post.voted)
        for place, content in enumerate(kept.reactions):
            button = views.press(content == post.reacted)
            found[f"react_do_{place}"] = holes.text(button.do)
            found[f"react_on_{place}"] = holes.text(button.on)
        if post.id in self._veils:
            found |= self._veils[post.id]
        return kept.in_language(self._language).fill(found)

    def _poll(self, poll: KeptPoll, voted: int) -> Filling:
        left = words.remaining(poll.ends_at, self._now)
        is_over = poll.is_closed or left == words.CLOSED
        found = {"left": holes.text(words.CLOSED if is_over else left)}
        for place in range(poll.answers):
            found[f"mine_{place}"] = _MINE if voted >> place & 1 else holes.NOTHING
        if is_over:
            return poll.bars.fill(found)
        return (poll.open_bars if voted or poll.form is None else poll.form).fill(found)


_MINE = holes.text(" (your choice)")


def _pressed(done: int) -> dict[str, Filling]:
    """Return the fillings of all buttons, by what the viewer has done."""
    pressed = {
        "boost": views.press(bool(done & BOOSTED)),
        "like": views.press(bool(done & LIKED)),
        "save": views.press(bool(done & BOOKMARKED)),
        "pin": views.pin(bool(done & PINNED)),
    }
    found = dict.fromkeys(views.VEILS, holes.NOTHING)
    for name, button in pressed.items():
        found[f"{name}_do"] = holes.text(button.do)
        found[f"{name}_on"] = holes.text(button.on)
        found[f"{name}_words"] = holes.text(button.words)
    return found


_PRESSED = [_pressed(done) for done in range((LIKED | BOOSTED | BOOKMARKED | PINNED) + 1)]
