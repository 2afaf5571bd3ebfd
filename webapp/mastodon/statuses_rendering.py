"""Posts as entities of the client API, https://docs.joinmastodon.org/entities/Status/. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import escape

from actors.links import web_link
from federation.addresses import still_address
from feeds.items import FeedItem, FullItem, Translation
from feeds.matching import NONE, Filters
from posts.details import is_over
from posts.visibility import boost_visibility, file_address
from storage.records import (
    BOOKMARKED,
    BOOSTED,
    LIKED,
    PINNED,
    Actor,
    Attachment,
    Interaction,
    LinkCard,
    Poll,
    Post,
    QuoteState,
    ReactionCount,
    Revision,
    RowId,
    Sight,
    Visibility,
)
from webapp.mastodon import entities as e
from webapp.mastodon import filters_rendering
from webapp.mastodon.accounts_rendering import (
    Here,
    acct,
    emojis,
    instant,
    page_url,
    quote_approval,
    visibility,
)
from webapp.mastodon.media_rendering import attachment

_QUOTE_STATES = {
    QuoteState.PENDING: "pending",
    QuoteState.ACCEPTED: "accepted",
    QuoteState.REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A post as it was rendered for all its readers; `stamp` is of the rows it was made of."""

    stamp: int
    post: Post
    author_version: int
    words: e.StatusWords


@dataclass(frozen=True, slots=True)
class Scene:
    """What statuses that are shown together share.

    `people` are rendered; `boosts` by (post, booster); `quoted` are the posts that may be shown in
    their quotes.
    """

    here: Here
    now: datetime
    people: Mapping[RowId, e.Account]
    viewer: Actor | None = None
    boosts: Mapping[tuple[RowId, RowId], Interaction] = field(default_factory=dict)
    quoted: Mapping[RowId, tuple[Sight, Said]] = field(default_factory=dict)
    quotes: Mapping[RowId, int] = field(default_factory=dict)
    muted: frozenset[RowId] = frozenset()
    filters: Filters = NONE

    @property
    def viewer_id(self) -> RowId | None:
        """Who reads; None for nobody."""
        return self.viewer.id if self.viewer is not None else None


def said(item: FullItem, here: Here) -> Said:
    """Render what a post says to all its readers until one of its rows is changed.

    What differs from reader to reader, or from look to look, is added by `status`.
    """
    post, named = item.post, {each.actor_id for each in item.post.named}
    words: e.StatusWords = {
        "id": str(post.id),
        "created_at": instant(post.created_at),
        "in_reply_to_id": _id(post.in_reply_to_id),
        "in_reply_to_account_id": _id(post.in_reply_to_actor_id),
        "sensitive": post.is_sensitive,
        "spoiler_text": post.summary,
        "visibility": visibility(post.visibility),
        "language": post.language,
        "uri": post.uri,
        "url": _url(post, item.author, here.base_url),
        "edited_at": instant(post.edited_at) if post.edited_at else None,
        "content": content(post),
        "media_attachments": attachments(post, post.attachments, here),
        "mentions": [_mention(each, here) for each in item.mentioned if each.id in named],
        "tags": [_tag(name, here.base_url) for name in post.hashtags],
        "emojis": emojis(post.emojis, here),
        "local_only": post.visibility is Visibility.LOCAL,
        "application": _application(post) if item.author.shows_applications else None,
    }
    return Said(item.stamp_of_words, post, item.author.version, words)


def status(item: FeedItem, found: Said, scene: Scene) -> e.Status:
    """Render a post as its reader meets it; a boosted one inside the boost."""
    shown = _post(item.post, found, scene)
    shown["quote"] = _quote(found.post, scene)
    if item.booster is None:
        return shown
    return _boost(item, found.post, shown, scene)


def _boost(item: FeedItem, post: Post, shown: e.Status, scene: Scene) -> e.Status:
    booster_id = item.booster.id if item.booster is not None else item.post.author_id
    boost = scene.boosts.get((post.id, booster_id))
    outer = shown.copy()
    outer["id"] = str(boost.id if boost is not None else item.order_id)
    outer["account"] = scene.people[booster_id]
    outer["reblog"] = shown
    outer["uri"] = (boost.uri if boost is not None else "") or shown["uri"]
    outer["created_at"] = instant(boost.created_at) if boost is not None else shown["created_at"]
    if boost is not None:
        outer["visibility"] = visibility(boost_visibility(post, boost.visibility))
    outer["in_reply_to_id"] = outer["in_reply_to_account_id"] = None
    outer["media_attachments"], outer["mentions"], outer["tags"] = [], [], []
    outer["card"] = outer["poll"] = outer["quote"] = outer["application"] = None
    outer["pinned"] = False
    outer["reactions"] = []
    return outer


def _post(sight: Sight, found: Said, scene: Scene) -> e.Status:
    post, done, filters = found.post, sight.done, scene.filters
    filtered: list[Any] = filters_rendering.results(filters.matches(post)) if filters else []
    shown: e.Status = {
        **found.words,
        "replies_count": sight.replies,
        "reblogs_count": sight.boosts,
        "favourites_count": sight.likes,
        "quotes_count": scene.quotes.get(post.id, 0),
        "reblog": None,
        "account": scene.people[post.actor_id],
        "card": _card(post, scene),
        "poll": poll(post.poll, sight, post, scene) if post.poll is not None else None,
        "quote": None,
        "quote_approval": quote_approval(sight, post, scene.viewer),
        "favourited": bool(done & LIKED),
        "reblogged": bool(done & BOOSTED),
        "muted": post.id in scene.muted,
        "bookmarked": bool(done & BOOKMARKED),
        "pinned": bool(done & PINNED) and post.actor_id == scene.viewer_id,
        "filtered": filtered,
        "reactions": [
            reaction(each, scene.here, is_mine=each.content == sight.reacted)
            for each in post.reactions
        ],
    }
    if post.actor_id == scene.viewer_id:  # who wrote it is told, whatever others are
        shown["application"] = _application(post)
    return shown


def content(post: Post) -> str:
    """Return the markup of a post; that of an Article and its like begins with its title."""
    return (
        f"<p><strong>{escape(post.title)}</strong></p>{post.content}"
        if post.title
        else post.content
    )


def attachments(post: Post, given: Iterable[Attachment], here: Here) -> list[e.MediaAttachment]:
    """Render files that a post has or had; those of other servers have ids made of the post's."""
    shown = file_address(post.visibility, here.addresses)
    return [
        attachment(each, str(each.media_id or f"{post.id}-{number}"), shown)
        for number, each in enumerate(given)
    ]


# ---------------------------------------------------------------- polls


def poll(found: Poll, sight: Sight, post: Post, scene: Scene) -> e.Poll:
    """Render a poll as its reader meets it; its id is that of its post.

    Hidden is how it stands, not how many voted, as with Mastodon.
    """
    ended = is_over(found, scene.now)
    is_hidden = found.hides_totals and not ended and post.actor_id != scene.viewer_id
    voted = sight.voted
    votes = sum(option.votes for option in found.options)
    return {
        "id": str(post.id),
        "expires_at": instant(found.ends_at) if found.ends_at else None,
        "expired": ended,
        "multiple": found.is_multiple,
        "votes_count": votes,
        "voters_count": _voters(found, votes),
        "options": [
            {"title": option.text, "votes_count": None if is_hidden else option.votes}
            for option in found.options
        ],
        "emojis": emojis(post.emojis, scene.here),
        # Authors are told that they voted, so that apps show them how it stands.
        "voted": bool(voted) or post.actor_id == scene.viewer_id,
        "own_votes": [number for number in range(len(found.options)) if voted >> number & 1],
    }


def _voters(found: Poll, votes: int) -> int | None:
    return votes if not found.is_multiple else found.voters


# ---------------------------------------------------------------- quotes


def _quote(post: Post, scene: Scene) -> e.Quote | None:
    """What is quoted, where whose it is has agreed and the reader may see it.

    Its own quote is named by its id alone: https://docs.joinmastodon.org/entities/ShallowQuote/.
    """
    if post.quote_uri is None:
        return None
    state = _QUOTE_STATES[post.quote_state or QuoteState.PENDING]
    if state != "accepted":
        return {"state": state, "quoted_status": None}
    quoted = scene.quoted.get(post.quote_id) if post.quote_id is not None else None
    if quoted is None:
        gone = "deleted" if post.quote_id is None else "unauthorized"
        return {"state": gone, "quoted_status": None}
    shown = _post(*quoted, scene)
    its_post = quoted[1].post
    if its_post.quote_uri is not None:
        inner = _QUOTE_STATES[its_post.quote_state or QuoteState.PENDING]
        of = _id(its_post.quote_id) if inner == "accepted" else None
        shown["quote"] = {"state": inner, "quoted_status_id": of}
    return {"state": "accepted", "quoted_status": shown}


# ---------------------------------------------------------------- parts


def reaction(count: ReactionCount, here: Here, *, is_mine: bool) -> e.Reaction:
    """Render an emoji as Pleroma and its relatives do; Mastodon's apps pass over them."""
    link = web_link(count.emoji_url) if count.emoji_url else None
    url = here.absolute(link) if link else None
    return {
        "name": count.content.strip(":"),
        "count": count.number,
        "me": is_mine,
        "url": url,
        "static_url": still_address(url) if url else None,
    }


def _card(post: Post, scene: Scene) -> e.PreviewCard | None:
    links = post.details.links if post.details is not None else ()
    return card(links[0], scene) if links else None


def card(link: LinkCard, scene: Scene) -> e.PreviewCard:
    """Render a page that a post is about; its authors: whom we know of those whom it names."""
    parts = urlsplit(link.url)
    author = scene.people.get(link.author_id) if link.author_id is not None else None
    image = web_link(link.image_url) if link.image_url else None
    return {
        "url": link.url,
        "title": link.title,
        "description": link.description,
        "language": link.language or None,
        "type": "link",
        "author_name": link.author_name,
        "author_url": link.author_url,
        "authors": _authors(link, author),
        "provider_name": link.provider_name or parts.netloc,
        "provider_url": f"{parts.scheme}://{parts.netloc}",
        "html": "",
        "width": link.width or 0,
        "height": link.height or 0,
        "image": scene.here.absolute(image) if image else None,
        "image_description": link.image_alt,
        "embed_url": "",
        "blurhash": None,
        "published_at": instant(link.published_at) if link.published_at else None,
    }


def _authors(link: LinkCard, author: e.Account | None) -> list[dict[str, Any]]:
    if author is not None:
        return [{"name": author["display_name"], "url": author["url"], "account": author}]
    if not link.author_name and not link.author_url:
        return []
    return [{"name": link.author_name, "url": link.author_url, "account": None}]


def revision(found: Revision, post: Post, author: e.Account, here: Here) -> e.StatusEdit:
    """Render how a post read once."""
    return {
        "content": found.content,
        "spoiler_text": found.summary,
        "sensitive": found.is_sensitive,
        "created_at": instant(found.created_at),
        "account": author,
        "poll": None,
        "quote": None,
        "media_attachments": attachments(post, found.attachments, here),
        "emojis": emojis(post.emojis, here),
    }


def current(post: Post, author: e.Account, here: Here) -> e.StatusEdit:
    """Render how a post reads now."""
    options = post.poll.options if post.poll is not None else ()
    return {
        "content": content(post),
        "spoiler_text": post.summary,
        "sensitive": post.is_sensitive,
        "created_at": instant(post.edited_at or post.created_at),
        "account": author,
        "poll": {"options": [{"title": each.text} for each in options]} if options else None,
        "quote": None,
        "media_attachments": attachments(post, post.attachments, here),
        "emojis": emojis(post.emojis, here),
    }


def translation(found: Translation) -> e.Translation:
    """Render a post in another language: https://docs.joinmastodon.org/entities/Translation/."""
    post = found.post
    files = zip(post.attachments, found.descriptions, strict=True)
    options: list[e.TranslatedOption] = [{"title": each} for each in found.options]
    return {
        "content": found.content,
        "spoiler_text": found.summary,
        "language": found.language,
        "detected_source_language": found.detected,
        "provider": "LibreTranslate",
        "poll": {"id": str(post.id), "options": options} if options else None,
        "media_attachments": [
            {"id": str(each.media_id or f"{post.id}-{number}"), "description": words}
            for number, (each, words) in enumerate(files)
        ],
    }


def _application(post: Post) -> e.StatusApplication | None:
    app = post.application
    return {"name": app.name, "website": app.website or None} if app is not None else None


def _mention(actor: Actor, here: Here) -> e.StatusMention:
    return {
        "id": str(actor.id),
        "username": actor.username,
        "url": page_url(actor, here),
        "acct": acct(actor),
    }


def _tag(name: str, base_url: str) -> e.StatusTag:
    return {"name": name, "url": f"{base_url}/tags/{quote(name, safe='')}"}


def _url(post: Post, author: Actor, base_url: str) -> str | None:
    if post.is_local:
        return f"{base_url}/@{author.username}/{post.id}"
    return (web_link(post.url) if post.url else None) or web_link(post.uri)


def _id(row_id: RowId | None) -> str | None:
    return None if row_id is None else str(row_id)
