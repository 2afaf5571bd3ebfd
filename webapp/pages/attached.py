"""What hangs on a post, pictures and polls, as the templates show it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from actors.links import web_link
from storage.records import Attachment, Poll, Post
from webapp.pages import richtext, words


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture, film, sound or other file of a post; `focus` are classes for cropping."""

    url: str
    kind: str
    media_type: str
    description: str
    width: int | None
    height: int | None
    focus: str


@dataclass(frozen=True, slots=True)
class OptionView:
    """One answer of a poll."""

    text: Markup
    percent: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class PollView:
    """A poll as read here; one votes on its own server."""

    options: tuple[OptionView, ...]
    people: str
    words: str


def picture_view(attachment: Attachment) -> PictureView | None:
    """Return a file as shown; HX-4: what is not http or https is not shown at all."""
    url = web_link(attachment.url)
    if url is None:
        return None
    x, y = attachment.focal_point or (0.0, 0.0)
    focus = f"fx{_third(x)} fy{_third(-y)}"
    return PictureView(
        url,
        attachment.kind,
        attachment.media_type,
        attachment.description,
        attachment.width,
        attachment.height,
        focus,
    )


def _third(value: float) -> int:
    """Return in which third of a picture a focal point (-1 to 1) lies."""
    third = 1.0 / 3.0
    if value < -third:
        return 0
    return 2 if value > third else 1


def media_words(pictures: Sequence[PictureView]) -> str:
    """Return what stands where sensitive pictures are hidden."""
    return "Sensitive picture" if len(pictures) == 1 else f"{len(pictures)} sensitive pictures"


def poll_view(post: Post, poll: Poll, now: datetime) -> PollView:
    """Return a poll as it stands."""
    votes = sum(option.votes for option in poll.options)
    best = max((option.votes for option in poll.options), default=0)
    people = poll.voters if poll.voters is not None else votes
    options = tuple(
        OptionView(
            richtext.shown_line(option.text, post.emojis),
            round(100 * option.votes / votes) if votes else 0,
            option.votes == best and best > 0,
        )
        for option in poll.options
    )
    noun = "person" if people == 1 else "people"
    voted = f"{people} {noun}"
    return PollView(options, voted, f"{voted} · {words.remaining(poll.ends_at, now)}")
