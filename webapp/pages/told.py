"""What somebody was told -> one sentence with faces. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from feeds.items import AboutPost
from feeds.matching import NONE, Filters
from storage.records import Actor, Notification, NotificationKind
from webapp.pages import veiling, words
from webapp.pages.views import ActorView, Press, Scene, actor_view, post_excerpt, post_path, press

NAMED_MAX = 2


class Group(Protocol):
    """Notifications of one kind: `feeds.notifications.NotificationGroup`, seen from here."""

    @property
    def kind(self) -> NotificationKind: ...  # noqa: D102 - as in NotificationGroup
    @property
    def post(self) -> AboutPost | None: ...  # noqa: D102 - as in NotificationGroup
    @property
    def actors(self) -> tuple[Actor, ...]: ...  # noqa: D102 - as in NotificationGroup
    @property
    def newest(self) -> Notification: ...  # noqa: D102 - as in NotificationGroup
    @property
    def is_unread(self) -> bool: ...  # noqa: D102 - as in NotificationGroup


@dataclass(frozen=True, slots=True)
class Named:
    """The post that somebody was told about."""

    id: int
    path: str
    author: str
    excerpt: str
    like: Press


def _named(about: AboutPost, filters: Filters) -> Named:
    post, author = about.post, about.author
    return Named(
        id=post.id,
        path=post_path(post, author),
        author=author.name.strip() or author.username,
        excerpt=veiling.said(filters.matches(post)) or post_excerpt(post),
        like=press(about.sight.flags.liked),
    )


@dataclass(frozen=True, slots=True)
class GroupView:
    """One line of the notifications page."""

    kind: str
    icon: str
    colour: str
    sentence: str
    people: tuple[ActorView, ...]
    named: tuple[ActorView, ...]
    others: int
    post: Named | None
    said: str
    lost_with: str
    shows_words: bool
    is_unread: bool
    when: words.When


_NOTES: Mapping[NotificationKind, tuple[str, str, str]] = {
    NotificationKind.MENTION: ("at", "pine", "mentioned you"),
    NotificationKind.REPLY: ("reply", "pine", "replied to you"),
    NotificationKind.FOLLOW: ("follow", "pine", "now follows you"),
    NotificationKind.FOLLOW_REQUEST: ("door", "pine", "would like to follow you"),
    NotificationKind.LIKE: ("heart", "clay", "favourited your post"),
    NotificationKind.BOOST: ("boost", "plum", "boosted your post"),
    NotificationKind.QUOTE: ("msg", "plum", "quoted your post"),
    NotificationKind.APPROVAL: ("door", "pine", "waits for your answer about this post"),
    NotificationKind.EDIT: ("pen", "muted", "changed a post you boosted"),
    NotificationKind.REACTION: ("smile", "clay", "reacted to your post"),
    NotificationKind.POLL: ("poll", "pine", "asked in a poll that has ended"),
    NotificationKind.MOVE: ("follow", "pine", "moved; you follow the new account now"),
    NotificationKind.REPORT: ("shield", "clay", "was reported to the moderators"),
    NotificationKind.STATUS: ("msg", "pine", "posted"),
    NotificationKind.QUOTED_EDIT: ("pen", "muted", "changed a post you quoted"),
    NotificationKind.IN_PACK: ("users", "pine", "added you to people they recommend"),
    NotificationKind.PACK_CHANGED: ("pen", "muted", "calls a list otherwise that recommends you"),
    NotificationKind.SIGN_UP: ("door", "pine", "joined this server"),
    NotificationKind.SEVERED: ("shield", "clay", "lost follows: a server was shut out"),
    NotificationKind.WARNING: (
        "shield",
        "clay",
        "got a warning from the moderators of this server",
    ),
    NotificationKind.UNSENT: (
        "clock",
        "clay",
        "A post that you scheduled could not be posted; it is a draft again.",
    ),
}


_ACTS: Mapping[str, str] = {
    "none": "got a warning from the moderators of this server",
    "disable": "was frozen by the moderators of this server",
    "sensitive": "is covered by the moderators: files you post are shown on a click",
    "silence": "was limited by the moderators: followers alone meet what you write",
    "suspend": "was suspended by the moderators of this server",
}


def sentence(kind: NotificationKind) -> str:
    """Return what somebody did, to stand after their name."""
    return _NOTES[kind][2]


def group_view(group: Group, scene: Scene, filters: Filters = NONE) -> GroupView:
    """Return a group of notifications as one sentence with faces; filters cover words (B91)."""
    icon, colour, sentence = _NOTES[group.kind]
    details = group.newest.details
    if details is not None and details.host:
        by = "you do not want to meet" if details.is_own else "this server shut out"
        sentence = f"lost follows with {details.host}, which {by}"
    if details is not None and details.action:
        sentence = _ACTS[details.action]
    people = tuple(actor_view(actor, scene) for actor in group.actors)
    return GroupView(
        kind=group.kind.value,
        icon=icon,
        colour=colour,
        sentence=sentence,
        people=people,
        named=() if group.kind is NotificationKind.UNSENT else people[:NAMED_MAX],
        others=max(0, len(people) - NAMED_MAX),
        post=_named(group.post, filters) if group.post else None,
        said=details.text if details is not None else "",
        lost_with=details.host if details is not None else "",
        shows_words=group.kind in (NotificationKind.MENTION, NotificationKind.REPLY),
        is_unread=group.is_unread,
        when=words.when(group.newest.created_at, scene.now),
    )
