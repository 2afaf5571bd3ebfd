"""People as the pages show them. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from actors.links import web_link
from federation.addresses import Addresses
from posts.text import plain_text
from storage.records import Actor, ActorKind, RowId
from webapp.pages import here, richtext, words

DOT_COLOURS = 10
_AUTOMATIC = frozenset({ActorKind.SERVICE, ActorKind.APPLICATION})


@dataclass(frozen=True, slots=True)
class Scene:
    """What views depend on besides the record: who looks, when, and at which server."""

    now: datetime
    domain: str
    viewer_id: RowId | None
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class FieldView:
    """One line of a profile."""

    name: Markup
    value: Markup
    is_verified: bool


@dataclass(frozen=True, slots=True)
class ActorView:
    """Somebody as shown. `path` is the page here, `url` the page at home.

    `name` is plain text, `shown_name` the same with custom emoji.
    """

    id: int
    uri: str
    username: str
    host: str | None
    name: str
    shown_name: Markup
    path: str
    full_handle: str
    mention: str
    dot: str
    avatar: str
    header: str | None
    header_alt: str
    summary: Markup
    excerpt: str
    fields: tuple[FieldView, ...]
    me_links: tuple[str, ...]
    url: str | None
    since: str
    is_local: bool
    is_me: bool
    is_locked: bool
    is_bot: bool
    is_group: bool
    is_memorial: bool
    is_discoverable: bool
    moved_to: str | None


def actor_path(actor: Actor) -> str:
    """Return the path of somebody's page on this server."""
    return f"/@{actor.username}@{actor.host}" if actor.host else f"/@{actor.username}"


def avatar_path(actor: Actor) -> str:
    """Return where somebody's picture is; four tiles from the handle when there is none."""
    given = web_link(actor.avatar_url) if actor.avatar_url else None
    return given or f"/avatars/{actor.username}.svg"


def dot_class(host: str) -> str:
    """Return the class of the coloured dot of a server: the same for one host everywhere."""
    return f"c{hashlib.sha256(host.encode()).digest()[0] % DOT_COLOURS}"


def actor_view(actor: Actor, scene: Scene) -> ActorView:
    """Return somebody as shown."""
    is_me = actor.id == scene.viewer_id
    return _actor_view(actor, scene.domain, scene.addresses, is_me=is_me)


@lru_cache(maxsize=1024)
def _actor_view(given: Actor, domain: str, addresses: Addresses, *, is_me: bool) -> ActorView:
    """The same; people are shown more often than they change."""
    actor = here.actor(given, addresses)
    home = actor.host or domain
    name = actor.name.strip() or actor.username
    return ActorView(
        id=actor.id,
        uri=actor.uri,
        username=actor.username,
        host=actor.host,
        name=name,
        shown_name=richtext.shown_line(name, actor.emojis),
        path=actor_path(actor),
        full_handle=f"@{actor.username}@{home}",
        mention=f"@{actor.username}@{actor.host}" if actor.host else f"@{actor.username}",
        dot=dot_class(home),
        avatar=avatar_path(actor),
        header=web_link(actor.header_url) if actor.header_url else None,
        header_alt=actor.header_alt,
        summary=richtext.shown(actor.summary, actor.emojis),
        excerpt=words.excerpt(plain_text(actor.summary)),
        fields=_fields(actor),
        me_links=_me_links(actor),
        url=web_link(actor.url) if actor.url else None,
        since=words.month(actor.created_at),
        is_local=actor.is_local,
        is_me=is_me,
        is_locked=actor.is_locked,
        is_bot=actor.kind in _AUTOMATIC,
        is_group=actor.kind is ActorKind.GROUP,
        is_memorial=actor.is_memorial,
        is_discoverable=actor.is_discoverable,
        moved_to=web_link(actor.moved_to) if actor.moved_to else None,
    )


def _fields(actor: Actor) -> tuple[FieldView, ...]:
    return tuple(
        FieldView(
            richtext.shown_line(line.name, actor.emojis),
            richtext.shown(line.value, actor.emojis),
            line.verified_at is not None,
        )
        for line in actor.fields
    )


def _me_links(actor: Actor) -> tuple[str, ...]:
    """Return the links of a local profile that its page claims with rel=me."""
    given = (value.strip() for _, value in actor.fields_source)
    return tuple(value for value in given if value.startswith(("https://", "http://")))
