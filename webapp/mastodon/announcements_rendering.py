"""Announcements as the client API shows them; pure."""

from typing import Any, TypedDict
from urllib.parse import quote

from federation.addresses import still_address
from feeds.announced import Shown
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import Here, emojis, instant


class Announcement(TypedDict):
    """What those who run the server tell everybody on it."""

    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    read: bool
    mentions: list[Any]
    statuses: list[Any]
    tags: list[e.StatusTag]
    emojis: list[e.CustomEmoji]
    reactions: list[e.Reaction]


def announcement(shown: Shown, here: Here) -> Announcement:
    """Render an announcement as one person reads it."""
    found = shown.announcement
    published_at = instant(found.created_at)
    return {
        "id": str(found.id),
        "content": shown.content,
        "starts_at": instant(found.starts_at) if found.starts_at else None,
        "ends_at": instant(found.ends_at) if found.ends_at else None,
        "all_day": found.is_all_day,
        "published_at": published_at,
        "updated_at": published_at,
        "read": shown.is_read,
        "mentions": [],
        "statuses": [],
        "tags": [_tag(name, here) for name in shown.hashtags],
        "emojis": emojis(shown.emojis, here),
        "reactions": [
            {
                "name": each.name,
                "count": each.count,
                "me": each.is_mine,
                "url": here.absolute(each.url) if each.url else None,
                "static_url": still_address(here.absolute(each.url)) if each.url else None,
            }
            for each in shown.reactions
        ],
    }


def _tag(name: str, here: Here) -> e.StatusTag:
    return {"name": name, "url": f"{here.base_url}/tags/{quote(name, safe='')}"}
