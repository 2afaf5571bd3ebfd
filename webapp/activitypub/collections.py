"""GET the collections of an actor, of a post, of a hashtag: ordered, in keyset pages.

They name what everybody may see, whoever asks (PV-5, PV-8). ActivityPub 5: newest first.
"""

import json
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

from actors import numbers
from actors.text import find_hashtags
from federation import origin, reading, serializing
from federation import vocabulary as v
from inbox import authentication
from instance.errors import Gone, Unauthenticated
from instance.resources import Instance
from posts.visibility import WIDE
from storage import collections as members
from storage import interactions, posts, receipts, relations
from storage.records import Actor, OutgoingActivity, Page, Post, RowId
from webapp import forms, paging
from webapp.activitypub import negotiation
from webapp.activitypub.actors import local_actor
from webapp.activitypub.negotiation import write
from webapp.activitypub.objects import local_post, visible_to_asker
from webapp.asking import Answer, Asked

PAGE_ITEMS = 40
FEATURED_TAGS_MAX = 10

Item = TypeVar("Item")


async def outbox(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>/outbox: public posts and boosts (A23)."""
    actor = await _living_actor(actor_id)
    url = instance.addresses.outbox(actor.id)
    page = _page(asked)
    if page is None:
        return _collection(asked, url, total=await receipts.count_outbox(actor.id))
    found = await receipts.outbox(actor.id, page)
    items = await _living_activities(found)
    return _collection_page(asked, url, items, found, page)


async def followers(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>/followers; only the number when the person hides the list (PV-9)."""
    actor = await _living_actor(actor_id)
    url, page = instance.addresses.followers(actor.id), _page(asked)
    if page is None or actor.hides_follows:
        total = (await numbers.of_one(instance, actor)).followers
        return _collection(asked, url, total=total, has_pages=not actor.hides_follows)
    return _people_page(asked, url, await relations.followers(actor.id, page), page)


async def followers_at_asker(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>/followers/synchronization: all of those at the host of who signs.

    FEP-8fcf: nobody else's followers are shown to a host, and hers are complete on one page.
    """
    actor = await _living_actor(actor_id)
    asker = await authentication.authenticate_fetch(instance, negotiation.signed_request(asked))
    if asker is None:
        raise Unauthenticated("Only signed requests are answered here.")
    theirs = origin.split(asker.uri)
    uris = await members.followers_at(actor.id, f"{theirs.scheme}://{theirs.authority}")
    url = instance.addresses.follower_synchronization(actor.id)
    found = v.Collection(url, "OrderedCollection", tuple(uris), len(uris))
    document = write(serializing.collection_document(found))
    return negotiation.answer(asked, document, negotiation.SIGNED)


async def following(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>/following; only the number when the person hides the list (PV-9)."""
    actor = await _living_actor(actor_id)
    url, page = instance.addresses.following(actor.id), _page(asked)
    if page is None or actor.hides_follows:
        total = (await numbers.of_one(instance, actor)).following
        return _collection(asked, url, total=total, has_pages=not actor.hides_follows)
    return _people_page(asked, url, await relations.following(actor.id, page), page)


async def featured(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>/featured: pinned posts, all at once, for there are few."""
    actor = await _living_actor(actor_id)
    pinned = [
        post.uri
        for post in await interactions.pinned_of(actor.id)
        if post.visibility in WIDE and post.deleted_at is None
    ]
    url = instance.addresses.featured(actor.id)
    found = v.Collection(url, "OrderedCollection", tuple(pinned), len(pinned))
    return negotiation.answer(asked, write(serializing.collection_document(found)))


async def featured_tags(instance: Instance, asked: Asked, actor_id: str) -> Answer:
    """GET /actors/<id>/tags: the hashtags that somebody's words about themselves name (A172)."""
    actor = await _living_actor(actor_id)
    url = instance.addresses.featured_tags(actor.id)
    names = find_hashtags(actor.summary_source)[:FEATURED_TAGS_MAX]
    tags: tuple[v.Document, ...] = tuple(
        {
            "type": "Hashtag",
            "href": instance.addresses.hashtag_page(quote(name, safe="")),
            "name": f"#{name}",
        }
        for name in names
    )
    found = v.Collection(url, "Collection", tags, len(tags))
    return negotiation.answer(asked, write(serializing.collection_document(found)))


async def replies(instance: Instance, asked: Asked, post_id: str) -> Answer:
    """GET /posts/<id>/replies: direct answers that everybody may see, from all hosts (A180)."""
    post = await visible_to_asker(instance, asked, await local_post(post_id))
    url, page, caching = instance.addresses.replies(post.id), _page(asked), _caching_of(post)
    if page is None:
        total = await members.count_public_replies(post.id)
        return _collection(asked, url, total=total, caching=caching)
    rows = await members.public_replies(post.id, page)
    return _collection_page(
        asked, url, [uri for _, uri in rows], [row for row, _ in rows], page, caching
    )


async def likes(instance: Instance, asked: Asked, post_id: str) -> Answer:
    """GET /posts/<id>/likes: how many, and not who (A30, PV-22)."""
    post = await visible_to_asker(instance, asked, await local_post(post_id))
    total = (await posts.counts([post.id]))[post.id].likes
    url = instance.addresses.likes(post.id)
    return _collection(asked, url, total=total, has_pages=False, caching=_caching_of(post))


async def shares(instance: Instance, asked: Asked, post_id: str) -> Answer:
    """GET /posts/<id>/shares: how many, and not who (A30, PV-22)."""
    post = await visible_to_asker(instance, asked, await local_post(post_id))
    total = (await posts.counts([post.id]))[post.id].boosts
    url = instance.addresses.shares(post.id)
    return _collection(asked, url, total=total, has_pages=False, caching=_caching_of(post))


async def hashtag(instance: Instance, asked: Asked, name: str) -> Answer:
    """GET /tags/<name> as ActivityPub: the public posts of people here; `name` is folded."""
    url, page = instance.addresses.hashtag_page(quote(name, safe="")), _page(asked)
    if page is None:
        return _collection(asked, url, total=None)
    rows = await members.with_hashtag(name, page)
    return _collection_page(asked, url, [uri for _, uri in rows], [row for row, _ in rows], page)


# ---------------------------------------------------------------- documents


async def _living_actor(actor_id: str) -> Actor:
    actor = await local_actor(actor_id)
    if actor.deleted_at is not None:
        raise Gone("This account was deleted.")
    return actor


def _caching_of(post: Post) -> negotiation.Caching:
    return negotiation.PUBLIC if post.visibility in WIDE else negotiation.SIGNED


def _page(asked: Asked) -> Page | None:
    """The page that is asked for; None for the collection itself."""
    query = forms.read_query(asked.query_string)
    if "page" not in query and "max_id" not in query and "min_id" not in query:
        return None
    return paging.read(query, limit=PAGE_ITEMS)


def _collection(
    asked: Asked,
    url: str,
    *,
    total: int | None,
    has_pages: bool = True,
    caching: negotiation.Caching = negotiation.PUBLIC,
) -> Answer:
    first = f"{url}?page=true" if has_pages else None
    found = v.Collection(url, "OrderedCollection", total=total, first=first)
    document = serializing.collection_document(found)
    if not has_pages:
        document.pop("orderedItems", None)  # the number alone
    return negotiation.answer(asked, write(document), caching)


def _collection_page(
    asked: Asked,
    url: str,
    items: Sequence[v.Document | str],
    rows: Sequence[RowId] | Sequence[OutgoingActivity],
    page: Page,
    caching: negotiation.Caching = negotiation.PUBLIC,
) -> Answer:
    """`rows` are what the page was read from: it may be full although little of it is shown."""
    is_full = len(rows) >= page.limit
    last = rows[-1] if is_full else None
    cursor = last.id if isinstance(last, OutgoingActivity) else last
    found = v.Collection(
        id=f"{url}?page=true" + (f"&max_id={page.max_id}" if page.max_id else ""),
        type="OrderedCollectionPage",
        items=tuple(items),
        next=f"{url}?page=true&max_id={cursor}" if cursor is not None else None,
        part_of=url,
    )
    return negotiation.answer(asked, write(serializing.collection_document(found)), caching)


def _people_page(
    asked: Asked, url: str, found: Sequence[tuple[RowId, Actor]], page: Page
) -> Answer:
    rows, uris = [row for row, _ in found], [each.uri for _, each in found]
    return _collection_page(asked, url, uris, rows, page)


async def _living_activities(found: Sequence[OutgoingActivity]) -> list[v.Document]:
    """Creates and Announces whose posts are there still (PV-20), without their contexts."""
    documents: list[v.Document] = [
        json.loads(each.document) for each in found if each.kind in {"Create", "Announce"}
    ]
    uris = [reading.one_id(document.get("object")) or "" for document in documents]
    known = await posts.by_uris(uris)
    living: list[v.Document] = []
    for document, uri in zip(documents, uris, strict=True):
        post = known.get(uri)
        if post is not None and post.deleted_at is None:
            living.append({key: value for key, value in document.items() if key != "@context"})
    return living
