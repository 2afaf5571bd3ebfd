"""View models: records -> exactly what the templates show. Pure; templates decide nothing."""

from dataclasses import dataclass, replace
from typing import Literal, Protocol
from urllib.parse import urlencode

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
from webapp.pages import here, richtext, words
from webapp.pages.attached import PictureView, media_words, picture_view
from webapp.pages.holes import hole
from webapp.pages.hung import Hung, hung_on
from webapp.pages.people import ActorView as ActorView
from webapp.pages.people import Scene as Scene
from webapp.pages.people import actor_path as actor_path
from webapp.pages.people import actor_view as actor_view

Place = Literal["feed", "pinned", "main", "glimpse"]
"""Where a post stands on a page. A glimpse is a post without buttons, for strangers."""

PICTURES_MAX = 4
VEILS = ("veil", "unveil", "media_veil", "media_unveil")
"""Where a reader's own filters (B91) begin and end to hide a post, or its files."""
_PINNABLE = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


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
class Press:
    """A button that can be pressed twice: what pressing it does, and whether it is pressed."""

    do: str
    on: str
    words: str = ""


_PRESSED, _UNPRESSED = Press("undo", "true"), Press("do", "false")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands beside the buttons of a post; for members nothing instead of a nought."""

    replies: str
    boosts: str
    likes: str


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
    hung: Hung
    counts: PostCounts
    flags: ViewerFlags
    numbers: Numbers
    boost: Press
    like: Press
    save: Press
    pin: Press
    original_url: str | None
    excerpt: str
    label: Markup
    is_mine: bool
    is_public: bool
    offers_boost: bool
    may_pin: bool
    answers_elsewhere: bool = False
    answers: ActorView | None = None
    answers_path: str = ""
    booster: ActorView | None = None
    is_deleted: bool = False
    place: Place = "feed"
    why_id: int = 0
    is_cut: bool = False
    veil: str = ""
    unveil: str = ""
    media_veil: str = ""
    media_unveil: str = ""

    @property
    def is_main(self) -> bool:
        """Whether the page is about this post."""
        return self.place == "main"

    @property
    def is_pinned_here(self) -> bool:
        """Whether it stands on top of its author's profile."""
        return self.place == "pinned"

    @property
    def is_glimpse(self) -> bool:
        """Whether it is shown without buttons."""
        return self.place == "glimpse"

    @property
    def key(self) -> str:
        """What no other post on the same page has, even when it is the same one boosted."""
        return "-".join(map(str, (self.id, *self._unusual.values())))

    @property
    def stood(self) -> str:
        """The query that brings this rendering of the post again: '' as it stands in a feed."""
        return f"?{urlencode(self._unusual)}" if self._unusual else ""

    def reacting(self, content: str) -> str:
        """The path that puts an emoji under the post, and brings this rendering again."""
        query = urlencode({"emoji": content, **self._unusual})
        return f"/posts/{self.id}/react?{query}"

    @property
    def _unusual(self) -> dict[str, str | int]:
        found: dict[str, str | int] = {}
        if self.place in ("main", "pinned"):
            found["as"] = self.place
        if self.why_id:
            found["why"] = self.why_id
        return found


def post_path(post: Post, author: Actor) -> str:
    """Return the path of a post's page on this server."""
    return f"{actor_path(author)}/{post.id}"


def post_view(item: Shown, scene: Scene) -> PostView:
    """Return a post as shown."""
    post = here.post(item.post, scene.addresses)
    author = actor_view(item.author, scene)
    when = words.when(post.created_at, scene.now)
    pictures = tuple(p for a in post.attachments if (p := picture_view(a)) is not None)
    answered = item.in_reply_to_author
    signposts, (seen_by, audience_icon) = _signposts(item, scene), words.audience(post)
    return PostView(
        id=post.id,
        uri=post.uri,
        path=post_path(post, item.author),
        author=author,
        content=richtext.shown(post.content, post.emojis, signposts),
        summary=post.summary,
        shown_summary=richtext.shown_line(post.summary, post.emojis),
        shown_title=richtext.shown_line(post.title, post.emojis),
        language=post.language,
        when=when,
        edited=words.when(post.edited_at, scene.now) if post.edited_at else None,
        visibility=post.visibility.value,
        audience=seen_by,
        audience_icon=audience_icon,
        pictures=pictures[:PICTURES_MAX],
        pictures_left=max(0, len(pictures) - PICTURES_MAX),
        hides_media=bool(pictures) and _is_sensitive(post),
        media_words=media_words(pictures),
        hung=hung_on(post, item.author, signposts, scene.now),
        counts=item.counts,
        flags=item.flags,
        numbers=_numbers(item.counts, scene),
        boost=press(item.flags.boosted),
        like=press(item.flags.liked),
        save=press(item.flags.bookmarked),
        pin=pin(item.flags.pinned),
        original_url=original_url(post, item.author),
        excerpt=post_excerpt(post),
        label=_label(item, author, when.spoken),
        is_mine=post.actor_id == scene.viewer_id,
        is_public=post.visibility in _PINNABLE,
        offers_boost=offers_boost(post, item.flags, scene.viewer_id),
        may_pin=post.visibility in _PINNABLE,
        answers_elsewhere=post.in_reply_to_uri is not None and answered is None,
        answers=actor_view(answered, scene) if answered else None,
        answers_path=_answers_path(post, answered) if answered else "",
        booster=actor_view(item.booster, scene) if item.booster else None,
        is_deleted=post.deleted_at is not None,
        why_id=item.booster.id if item.booster else 0,
    )


def press(is_on: bool) -> Press:  # noqa: FBT001 - it has no other parameter
    """Return the button of an act that was done, or not."""
    return _PRESSED if is_on else _UNPRESSED


def pin(is_on: bool) -> Press:  # noqa: FBT001 - it has no other parameter
    """Return the button that pins a post to its author's profile."""
    words_of_it = "Unpin from profile" if is_on else "Pin to profile"
    return replace(press(is_on), words=words_of_it)


def offers_boost(post: Post, flags: ViewerFlags, viewer_id: RowId | None) -> bool:
    """Return whether there is a button to boost a post, or to take a boost back."""
    return viewer_id is not None and (flags.boosted or may_boost(post, viewer_id))


def _numbers(counts: PostCounts, scene: Scene) -> Numbers:
    shown = (counts.replies, counts.boosts, counts.likes)
    if scene.viewer_id is not None:
        return Numbers(*(f"{number:,}" if number else "" for number in shown))
    return Numbers(*(f"{number:,}" for number in shown))


def _signposts(item: Shown, scene: Scene) -> richtext.Signposts:
    """Return where the links to people and tags in a post lead here."""
    people: dict[str, str] = {}
    known = {actor.id for actor in item.mentioned}
    for mention in item.post.named:
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


def standing(view: PostView, place: Place) -> PostView:
    """Return a post as shown in some place of a page: a long text as a whole on its own alone."""
    if view.hung.short and place != "main":
        return replace(view, place=place, content=view.hung.short, is_cut=True)
    return replace(view, place=place)


def _answers_path(post: Post, author: Actor) -> str:
    parent = post.in_reply_to_id
    return f"{actor_path(author)}/{parent}" if parent is not None else actor_path(author)


def _is_sensitive(post: Post) -> bool:
    return post.is_sensitive or any(each.is_sensitive for each in post.attachments)


def original_url(post: Post, author: Actor) -> str | None:
    """Return the page of a post where its author lives; None for those of people here."""
    if author.is_local:
        return None
    return web_link(post.url or "") or web_link(post.uri)


def post_excerpt(post: Post) -> str:
    """Return the beginning of what a post says, on one line."""
    text = post.summary or post.title or plain_text(post.content)
    if text.strip():
        return words.excerpt(text)
    return "A post with pictures" if post.attachments else "A post without words"


def _label(item: Shown, author: ActorView, spoken: str) -> Markup:
    parts = [Markup("{}, {}").format(author.name, spoken)]
    if item.booster:
        is_group = item.booster.kind is ActorKind.GROUP
        how = Markup("in {}") if is_group else Markup("boosted by {}")
        parts.append(how.format(item.booster.name or item.booster.username))
    if item.post.summary:
        parts.append(Markup("content note: {}").format(words.excerpt(item.post.summary, 100)))
    return Markup(", ").join(parts)


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of a post besides showing it."""

    id: int
    uri: str
    path: str
    author: ActorView
    excerpt: str
    is_public: bool
    is_mine: bool


def head(view: PostView) -> Head:
    """Return what a page says of a post besides showing it."""
    return Head(
        id=view.id,
        uri=view.uri,
        path=view.path,
        author=view.author,
        excerpt=view.excerpt,
        is_public=view.is_public,
        is_mine=view.is_mine,
    )


# ---------------------------------------------------------------- the same for everybody


def holed(view: PostView, item: Shown) -> PostView:
    """Return a view with holes for what differs from look to look; `articles.py` fills them.

    What may be seen of numbers in words (`facts`) stays: only the main post of a page has them.
    """
    return replace(
        view,
        when=replace(view.when, short=hole("short"), spoken=hole("spoken")),
        edited=replace(view.edited, short=hole("edited")) if view.edited else None,
        numbers=Numbers(hole("replies"), hole("boosts"), hole("likes")),
        boost=Press(hole("boost_do"), hole("boost_on")),
        like=Press(hole("like_do"), hole("like_on")),
        save=Press(hole("save_do"), hole("save_on")),
        pin=Press(hole("pin_do"), "", hole("pin_words")),
        label=_label(item, view.author, hole("spoken")),
        veil=hole("veil"),
        unveil=hole("unveil"),
        media_veil=hole("media_veil"),
        media_unveil=hole("media_unveil"),
    )
