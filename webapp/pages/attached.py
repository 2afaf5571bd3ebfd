"""What hangs on a post, as templates show it: pictures, polls, reactions, links, times. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from actors.links import host_of, web_link
from federation.addresses import still_address
from storage.records import Attachment, Emoji, LinkCard, Poll, Post, PostDetails
from webapp.pages import cropping, richtext, words
from webapp.pages.holes import hole

_MAY_MOVE = frozenset({"image/gif", "image/webp", "image/apng"})


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture, film, sound or other file of a post; `focus` are classes for cropping.

    `still` is what stands for it if it moves, else itself; `preview` is a small picture of it.
    """

    url: str
    still: str
    preview: str | None
    kind: str
    media_type: str
    description: str
    width: int | None
    height: int | None
    focus: str


@dataclass(frozen=True, slots=True)
class OptionView:
    """One answer of a poll; `mine` says where the reader chose it."""

    text: Markup
    percent: int
    is_first: bool
    field: str
    mine: Markup


@dataclass(frozen=True, slots=True)
class PollView:
    """A poll: the answers, to be chosen or as they stand.

    `shown` is what stands in the post: one of its renderings, by who looks and when.
    """

    options: tuple[OptionView, ...]
    is_multiple: bool
    is_secret: bool
    people: str
    words: Markup
    shown: Markup


@dataclass(frozen=True, slots=True)
class ReactionView:
    """An emoji under a post, how many put it there, and the button that joins them."""

    content: str
    name: str
    picture: Markup
    number: int
    do: Markup
    on: Markup


@dataclass(frozen=True, slots=True)
class CardView:
    """A page that a post links to."""

    url: str
    title: str
    description: str
    image: str | None
    host: str


@dataclass(frozen=True, slots=True)
class EventView:
    """When and where something happens."""

    starts: words.When
    ends: words.When | None
    place: str
    place_url: str | None


def picture_view(attachment: Attachment) -> PictureView | None:
    """Return a file as shown; HX-4: what is not http or https is not shown at all."""
    url = web_link(attachment.url)
    if url is None:
        return None
    return PictureView(
        url,
        _still(url, attachment),
        web_link(attachment.preview_url) if attachment.preview_url else None,
        attachment.kind,
        attachment.media_type,
        attachment.description,
        attachment.width,
        attachment.height,
        cropping.classes_of(attachment.focal_point),
    )


def _still(url: str, attachment: Attachment) -> str:
    """Return what stands for a file: an address of ours may have a seal, for that name alone."""
    if "/media/moving-" in url and attachment.preview_url:
        return attachment.preview_url
    return still_address(url) if attachment.media_type in _MAY_MOVE else url


def media_words(pictures: Sequence[PictureView]) -> str:
    """Return what stands where sensitive pictures are hidden."""
    return "Sensitive picture" if len(pictures) == 1 else f"{len(pictures)} sensitive pictures"


def poll_view(post: Post, poll: Poll) -> PollView:
    """Return a poll as it stands; what differs from look to look are holes (`articles.py`)."""
    votes = sum(option.votes for option in poll.options)
    best = max((option.votes for option in poll.options), default=0)
    people = poll.voters if poll.voters is not None else votes
    options = tuple(
        OptionView(
            richtext.shown_line(option.text, post.emojis),
            round(100 * option.votes / votes) if votes else 0,
            option.votes == best and best > 0,
            f"v{post.id}-{place}" if poll.is_multiple else f"v{post.id}",
            hole(f"mine_{place}"),
        )
        for place, option in enumerate(poll.options)
    )
    noun = "person" if people == 1 else "people"
    voted = f"{people} {noun}"
    is_secret = poll.hides_totals and not poll.is_closed
    left = Markup("{} · {}").format(voted, hole("left"))
    return PollView(options, poll.is_multiple, is_secret, voted, left, shown=hole("poll"))


def reaction_views(post: Post) -> tuple[ReactionView, ...]:
    """Return the emoji under a post; whether the reader put them there are holes."""
    return tuple(
        ReactionView(
            content=each.content,
            name=reaction_name(each.content),
            picture=reaction_picture(each.content, each.emoji_url),
            number=each.number,
            do=hole(f"react_do_{place}"),
            on=hole(f"react_on_{place}"),
        )
        for place, each in enumerate(post.reactions)
    )


def reaction_name(content: str) -> str:
    """Return how a reaction is called: an emoji by itself, a custom one by its name."""
    return content.strip(":").partition("@")[0]


def reaction_picture(content: str, url: str | None) -> Markup:
    """Return a reaction as it is shown."""
    if url is None:
        return escape(content)
    name = reaction_name(content)
    return richtext.shown_line(f":{name}:", [Emoji(name, url)])


def card_views(post: Post) -> tuple[CardView, ...]:
    """Return the pages that a post links to, but for links that stand in its words already."""
    links = post.details.links if post.details is not None else ()
    new = (link for link in links if link.title or str(escape(link.url)) not in post.content)
    return tuple(card for card in map(card_view, new) if card is not None)


def card_view(link: LinkCard) -> CardView | None:
    """Return a page that is linked to as it is shown; None for addresses that are no links."""
    url = web_link(link.url)
    if url is None:
        return None
    image = web_link(link.image_url) if link.image_url else None
    return CardView(url, link.title or url, link.description, image, host_of(url))


def event_view(details: PostDetails | None, now: datetime) -> EventView | None:
    """Return when and where it is what a post announces."""
    if details is None or details.starts_at is None:
        return None
    return EventView(
        starts=words.when(details.starts_at, now),
        ends=words.when(details.ends_at, now) if details.ends_at else None,
        place=details.place,
        place_url=web_link(details.place_url) if details.place_url else None,
    )
