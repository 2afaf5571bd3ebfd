"""Link previews: the page that a post is about is asked what it says of itself, for all at once.

Never while somebody posts: a job does it, up to a minute later (a post that goes to a thousand
servers must not bring a thousand requests at one moment), once for all posts with this link, and
not again before a card expires. Of direct posts nothing is asked: a link in a letter is private.
"""

import asyncio
import html
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from actors.links import web_link
from federation import origin
from instance.errors import RemoteFailure
from instance.resources import Instance
from posts import page_reading
from posts.page_reading import PageHead
from storage import actors, cards, posts
from storage.records import (
    Card,
    CardState,
    LinkCard,
    Post,
    PostDetails,
    RowId,
    Visibility,
)

LOOK_AT_LINK: Final = "look_at_link"
PAGE_BYTES_MAX: Final = 1024 * 1024
TIMEOUT_S: Final = 10.0
DELAY_S_MAX: Final = 60
KEPT_FOR: Final = timedelta(days=14)
FAILED_KEPT_FOR: Final = timedelta(days=1)
# Whoever took it on to ask a page, and did not come back, was killed.
GIVEN_UP_AFTER: Final = timedelta(minutes=5)

_LINK: Final = re.compile(r"<a ([^<>]*)>(.*?)</a>", re.DOTALL)
_HREF: Final = re.compile(r'href="([^"]*)"')
_CLASS: Final = re.compile(r'class="([^"]*)"')
_NO_PAGES: Final = frozenset({"mention", "hashtag", "u-url", "quote-inline"})
_NO_DETAILS: Final = PostDetails()


def link_of(post: Post) -> str | None:
    """The page that a post is about: its first link to one. None for what gets no card. Pure."""
    is_plain = not post.attachments and not post.summary and post.quote_uri is None
    if not is_plain or post.visibility is Visibility.DIRECT or post.deleted_at is not None:
        return None
    for link in _LINK.finditer(post.content):
        href, kind = _HREF.search(link[1]), _CLASS.search(link[1])
        is_page = not _NO_PAGES & set(kind[1].split() if kind else ())
        url = web_link(html.unescape(href[1])) if href else None
        said = re.sub(r"<[^<>]*>", "", link[2]).lstrip()
        if url is not None and is_page and not said.startswith(("@", "#")):
            return url
    return None


async def enqueue(instance: Instance, post: Post, *, was: Post | None = None) -> None:
    """Queue a look at what a post links to, if it does; in a transaction. `was`: before an edit."""
    url = link_of(post)
    if url == (link_of(was) if was is not None else None):
        return
    if url is not None and instance.addresses.is_ours(url):
        return
    delay = timedelta(milliseconds=1000 + secrets.randbelow(DELAY_S_MAX * 1000 - 1000))
    await _look_later(instance, post.id, delay)


async def look(instance: Instance, payload: dict[str, object]) -> None:
    """Job `look_at_link`: give a post its card; ask the page if nobody did lately."""
    post = await posts.find(RowId(int(str(payload["post_id"]))))
    if post is None:
        return
    url = link_of(post)
    if url is None:
        async with instance.store.transaction():
            if await cards.unlink(post.id):
                await cards.raise_post(post.id)
        return
    now = instance.now()
    card = Card(
        id=instance.ids.new(),
        key=cards.key_of(url),
        url=url,
        state=CardState.WAITING,
        asked_at=now,
        expires_at=now + KEPT_FOR,
    )
    async with instance.store.transaction():
        is_ours_to_ask = await cards.claim(card, now - GIVEN_UP_AFTER)
        card = await cards.find(card.key) or card
        await cards.link(post.id, card.id)
        await cards.raise_post(post.id)
        if not is_ours_to_ask and card.state is CardState.WAITING:
            await _look_later(instance, post.id, GIVEN_UP_AFTER)
    if is_ours_to_ask:
        await _ask(instance, card)


async def forget_old(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_cards`, once a day: cards that expired and that no post has."""
    del payload
    async with instance.store.transaction():
        await cards.remove_old(instance.now())


async def of_posts(post_ids: Collection[RowId]) -> dict[RowId, Card]:
    """Return the cards of these posts that have one to show; one query."""
    return await cards.of_posts(post_ids) if post_ids else {}


def with_card(post: Post, found: Mapping[RowId, Card]) -> Post:
    """A post with its card in front of the links that it has of its own. Pure."""
    card = found.get(post.id)
    if card is None:
        return post
    details = post.details or _NO_DETAILS
    others = tuple(link for link in details.links if link.url != card.url)
    return replace(post, details=replace(details, links=(shown(card), *others)))


def shown(card: Card) -> LinkCard:
    """What a page says about itself, as posts show it. Pure."""
    return LinkCard(
        url=card.url,
        title=card.title,
        description=card.description,
        image_url=card.image_url,
        image_alt=card.image_alt,
        width=card.width,
        height=card.height,
        language=card.language,
        author_name=card.author_name,
        author_url=card.author_url,
        author_id=card.author_id,
        provider_name=card.provider_name,
        published_at=card.published_at,
    )


async def _ask(instance: Instance, card: Card) -> None:
    """Ask a page and keep what it says; where it does not answer, what it said before."""
    now = instance.now()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            page, url = await instance.http.get_page_start(card.url, PAGE_BYTES_MAX)
        head = await asyncio.to_thread(page_reading.read, page, url)
    except (RemoteFailure, TimeoutError):
        head, url = None, card.url
    if head is not None:
        after = await _told(card, head, url)
    else:
        state = CardState.READY if card.title else CardState.FAILED
        after = replace(card, state=state, expires_at=now + FAILED_KEPT_FOR)
    async with instance.store.transaction():
        await cards.save(after)
        await cards.raise_posts(card.id)


async def _told(card: Card, head: PageHead, url: str) -> Card:
    parts = urlsplit(url)
    return replace(
        card,
        state=CardState.READY,
        expires_at=card.asked_at + KEPT_FOR,
        title=head.title,
        description=head.description,
        language=head.language,
        author_name=head.author_name,
        author_url=head.author_url,
        author_id=await _author(head, url),
        provider_name=head.site_name or origin.host_of(url),
        provider_url=f"{parts.scheme}://{parts.netloc}",
        image_url=head.image_url,
        image_alt=head.image_alt,
        width=head.width,
        height=head.height,
        published_at=head.published_at,
    )


async def _author(head: PageHead, url: str) -> RowId | None:
    """Whom a page names as its author: somebody we know, who says that this site may do that."""
    if head.creator is None:
        return None
    found = await actors.find_by_handle(*head.creator)
    if found is None:
        return None
    host = urlsplit(url).hostname or ""
    is_allowed = any(
        host == domain or host.endswith(f".{domain}") for domain in found.attribution_domains
    )
    return found.id if is_allowed else None


async def _look_later(instance: Instance, post_id: RowId, delay: timedelta) -> None:
    await instance.queue.enqueue(
        LOOK_AT_LINK,
        {"post_id": post_id},
        now=instance.now(),
        due_at=instance.now() + delay,
        unique_key=f"{LOOK_AT_LINK}:{post_id}",
    )
