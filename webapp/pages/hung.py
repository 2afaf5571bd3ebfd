"""What hangs on few posts: polls, reactions, links, times; and a long text in short. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from actors.links import web_link
from posts.text import plain_text
from storage.records import Actor, Application, Post
from webapp.pages import richtext, words
from webapp.pages.attached import (
    CardView,
    EventView,
    PollView,
    ReactionView,
    card_views,
    event_view,
    poll_view,
    reaction_views,
)
from webapp.pages.richtext import Signposts

_LONG_BYTES = 4000
_SHORT_LETTERS = 400
# What is written to be read in a feed; of other kinds a link says where their home is.
_SHORT_KINDS = frozenset({"Note", "Question"})
_OPEN_WORDS = {
    "Note": "",
    "Question": "",
    "Article": "Read it on",
    "Event": "See the event on",
    "Video": "Watch it on",
    "Audio": "Listen to it on",
    "Image": "See it on",
}


@dataclass(frozen=True, slots=True)
class Hung:
    """What hangs on few posts. `short` stands for a long text among others."""

    poll: PollView | None
    reactions: tuple[ReactionView, ...]
    cards: tuple[CardView, ...]
    event: EventView | None
    short: Markup
    open_words: str
    origin: str = ""
    app: Application | None = None


def hung_on(post: Post, author: Actor, signposts: Signposts, now: datetime) -> Hung:
    """Return what hangs on a post."""
    return Hung(
        poll=poll_view(post, post.poll) if post.poll else None,
        reactions=reaction_views(post),
        cards=card_views(post),
        event=event_view(post.details, now),
        origin=post.details.origin if post.details is not None else "",
        short=_short(post, signposts),
        open_words=_OPEN_WORDS.get(post.kind, "Open it on"),
        app=_app(post, author),
    )


def _app(post: Post, author: Actor) -> Application | None:
    """Return what the post was written with, where its author lets that be seen."""
    if post.application is None or not author.shows_applications:
        return None
    return replace(post.application, website=web_link(post.application.website or ""))


def _short(post: Post, signposts: Signposts) -> Markup:
    """Return what stands for a long text among others (FEP-b2b8); nothing for most posts."""
    if post.kind in _SHORT_KINDS:
        return Markup()
    if post.details is not None and post.details.preview:
        return richtext.shown(post.details.preview, post.emojis, signposts)
    if len(post.content) <= _LONG_BYTES:
        return Markup()
    return Markup("<p>{}</p>").format(words.excerpt(plain_text(post.content), _SHORT_LETTERS))
