"""What is announced, as one person reads it. Pure: `feeds/announcements.py` looks things up."""

from dataclasses import dataclass

from storage.records import Announcement, Emoji, SafeHtml


@dataclass(frozen=True, slots=True)
class Counted:
    """An emoji under an announcement; with a `url` it is one of this server."""

    name: str
    count: int
    is_mine: bool
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement as one person reads it."""

    announcement: Announcement
    content: SafeHtml
    hashtags: tuple[str, ...]
    emojis: tuple[Emoji, ...]
    is_read: bool
    reactions: tuple[Counted, ...]
