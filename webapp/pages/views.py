"""View models: records -> exactly what the templates show. Pure; templates decide nothing."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from markupsafe import Markup

from actors.links import host_of, web_link
from posts.text import plain_text
from posts.visibility import may_boost
from storage.records import (
    Actor,
    ActorKind,
    Post,
    PostCounts,
    RowId,
    ViewerFlags,
    Visibility,
)
from webapp.pages import richtext, words
from webapp.pages.attached import PictureView, PollView, media_words, picture_view, poll_view

DOT_COLOURS = 10
PICTURES_MAX = 4
_AUTOMATIC = frozenset({ActorKind.SERVICE, ActorKind.APPLICATION})
_PINNABLE = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


@dataclass(frozen=True, slots=True)
class Scene:
    """What views depend on besides the record: who looks, when, and at which server."""

    now: datetime
    domain: str
    viewer_id: RowId | None = None


# ---------------------------------------------------------------- people


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
    home = actor.host or scene.domain
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
        is_me=actor.id == scene.viewer_id,
        is_locked=actor.is_locked,
        is_bot=actor.kind in _AUTOMATIC,
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


# ---------------------------------------------------------------- posts


class Shown(Protocol):
    """A loaded post: `feeds.loading.FeedItem`, seen from here."""

    @property
    def post(self) -> Post: ...  # noqa: D102 - as in FeedItem
    @property
    def author(self) -> Actor: ...  # noqa: D102 - as in FeedItem
    @property
    def booster(self) -> Actor | None: ...  # noqa: D102 - as in FeedItem
    @property
    def counts(self) -> PostCounts: ...  # noqa: D102 - as in FeedItem
    @property
    def flags(self) -> ViewerFlags: ...  # noqa: D102 - as in FeedItem
    @property
    def in_reply_to_author(self) -> Actor | None: ...  # noqa: D102 - as in FeedItem
    @property
    def mentioned(self) -> tuple[Actor, ...]: ...  # noqa: D102 - as in FeedItem


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as shown to one viewer."""

    id: int
    uri: str
    path: str
    author: ActorView
    content: Markup
    summary: str
    shown_summary: Markup
    shown_title: Markup
    language: str | None
    when: words.When
    edited: words.When | None
    visibility: str
    audience: str
    audience_icon: str
    pictures: tuple[PictureView, ...]
    pictures_left: int
    hides_media: bool
    media_words: str
    poll: PollView | None
    counts: PostCounts
    flags: ViewerFlags
    original_url: str | None
    excerpt: str
    label: str
    is_mine: bool
    is_public: bool
    may_boost: bool
    may_pin: bool
    answers_elsewhere: bool = False
    answers: ActorView | None = None
    answers_path: str = ""
    booster: ActorView | None = None
    is_deleted: bool = False
    is_pinned_here: bool = False
    is_main: bool = False
    why_id: int = 0

    @property
    def key(self) -> str:
        """What no other post on the same page has, even when it is the same one boosted."""
        place = "main" if self.is_main else "pin" if self.is_pinned_here else "feed"
        return f"{place}-{self.id}-{self.why_id}"


def post_path(post: Post, author: Actor) -> str:
    """Return the path of a post's page on this server."""
    return f"{actor_path(author)}/{post.id}"


def post_view(item: Shown, scene: Scene) -> PostView:
    """Return a post as shown."""
    post = item.post
    author = actor_view(item.author, scene)
    when = words.when(post.created_at, scene.now)
    pictures = tuple(p for a in post.attachments if (p := picture_view(a)) is not None)
    shown = _excerpt(post)
    answered = item.in_reply_to_author
    return PostView(
        id=post.id,
        uri=post.uri,
        path=post_path(post, item.author),
        author=author,
        content=richtext.shown(post.content, post.emojis, _signposts(item, scene)),
        summary=post.summary,
        shown_summary=richtext.shown_line(post.summary, post.emojis),
        shown_title=richtext.shown_line(post.title, post.emojis),
        language=post.language,
        when=when,
        edited=words.when(post.edited_at, scene.now) if post.edited_at else None,
        visibility=post.visibility.value,
        audience=words.SEEN_BY[post.visibility],
        audience_icon=words.AUDIENCE_ICONS[post.visibility],
        pictures=pictures[:PICTURES_MAX],
        pictures_left=max(0, len(pictures) - PICTURES_MAX),
        hides_media=bool(pictures) and _is_sensitive(post),
        media_words=media_words(pictures),
        poll=poll_view(post, post.poll, scene.now) if post.poll else None,
        counts=item.counts,
        flags=item.flags,
        original_url=_original_url(post, item.author),
        excerpt=shown,
        label=_label(item, author, when),
        is_mine=post.actor_id == scene.viewer_id,
        is_public=post.visibility in _PINNABLE,
        may_boost=scene.viewer_id is not None and may_boost(post, scene.viewer_id),
        may_pin=post.visibility in _PINNABLE,
        answers_elsewhere=post.in_reply_to_uri is not None and answered is None,
        answers=actor_view(answered, scene) if answered else None,
        answers_path=_answers_path(post, answered) if answered else "",
        booster=actor_view(item.booster, scene) if item.booster else None,
        is_deleted=post.deleted_at is not None,
        why_id=item.booster.id if item.booster else 0,
    )


def _signposts(item: Shown, scene: Scene) -> richtext.Signposts:
    """Return where the links to people and tags in a post lead here."""
    people: dict[str, str] = {}
    known = {actor.id for actor in item.mentioned}
    for mention in item.post.mentions:
        username, _, host = mention.handle.partition("@")
        # A name that another server gives to somebody whom we do not know: at its word only for
        # people of the host that it points to.
        if mention.actor_id not in known and host and host == host_of(mention.uri):
            people |= _addresses(f"/@{mention.handle}", username, host, mention.uri)
    for actor in item.mentioned:
        home = actor.host or scene.domain
        path = actor_path(actor)
        people |= _addresses(path, actor.username, home, actor.uri, actor.url or "")
    return richtext.Signposts(people, frozenset(item.post.hashtags))


def _addresses(path: str, username: str, host: str, *given: str) -> dict[str, str]:
    """Return what other servers write as the address of somebody, each with the page here."""
    usual = (f"https://{host}/@{username}", f"https://{host}/users/{username}")
    return {richtext.address_key(url): path for url in (*given, *usual) if url}


def pinned_view(item: Shown, scene: Scene) -> PostView:
    """Return a post as shown on top of its author's profile."""
    return replace(post_view(item, scene), is_pinned_here=True)


def _answers_path(post: Post, author: Actor) -> str:
    parent = post.in_reply_to_id
    return f"{actor_path(author)}/{parent}" if parent is not None else actor_path(author)


def _is_sensitive(post: Post) -> bool:
    return post.is_sensitive or any(each.is_sensitive for each in post.attachments)


def _original_url(post: Post, author: Actor) -> str | None:
    if author.is_local:
        return None
    return web_link(post.url or "") or web_link(post.uri)


def _excerpt(post: Post) -> str:
    text = post.summary or post.title or plain_text(post.content)
    if text.strip():
        return words.excerpt(text)
    return "A post with pictures" if post.attachments else "A post without words"


def _label(item: Shown, author: ActorView, when: words.When) -> str:
    parts = [f"{author.name}, {when.spoken}"]
    if item.booster:
        parts.append(f"boosted by {item.booster.name or item.booster.username}")
    if item.post.summary:
        parts.append(f"content note: {words.excerpt(item.post.summary, 100)}")
    return ", ".join(parts)
