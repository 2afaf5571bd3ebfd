"""GET the context of a conversation that began here: all its posts, the first one first.

https://codeberg.org/fediverse/fep/src/branch/main/fep/7888/fep-7888.md and
https://codeberg.org/fediverse/fep/src/branch/main/fep/f228/fep-f228.md: chronological. Everybody
gets what everybody may see; a server that signs gets what the one who signs may see.
"""

from collections.abc import Sequence

from federation import serializing
from federation import vocabulary as v
from inbox import authentication
from instance.resources import Instance
from posts import threads
from posts.activitystreams import note_from_post
from posts.visibility import WIDE
from storage import actors, posts
from storage.records import Post, RowId
from webapp import forms, paging
from webapp.activitypub import negotiation
from webapp.activitypub.objects import hidden, local_post
from webapp.asking import Answer, Asked

PAGE_ITEMS = 40
POSTS_MAX = 1000


async def show(instance: Instance, asked: Asked, post_id: str) -> Answer:
    """GET /posts/<id>/context: a conversation is found at its first post alone (A181)."""
    first = await local_post(post_id)
    if first.in_reply_to_uri is not None:
        raise hidden()
    request = negotiation.signed_request(asked)
    asker = (
        await authentication.recognise(instance, request)
        if first.visibility in WIDE
        else await authentication.authenticate_fetch(instance, request)
    )
    visible = await threads.visible_post(instance, first.id, asker)
    thread = await threads.thread(instance, visible, asker, descendants_max=POSTS_MAX)
    shown = [first.id, *(twig.id for twig in thread.descendants if twig.id in thread.seen)]
    caching = negotiation.PUBLIC if asker is None else negotiation.SIGNED
    document = await _document(instance, first, shown, asked)
    return negotiation.answer(asked, negotiation.write(document), caching)


async def _document(
    instance: Instance, first: Post, shown: Sequence[RowId], asked: Asked
) -> v.Document:
    """The collection with its first page within it, or the page that is asked for."""
    url, query = instance.addresses.context(first.id), forms.read_query(asked.query_string)
    if "page" in query or "min_id" in query:
        page = await _page(instance, url, shown, paging.read(query, limit=PAGE_ITEMS).min_id)
        return serializing.collection_document(page)
    found = v.Collection(
        id=url,
        type="OrderedCollection",
        total=len(shown),
        first=await _page(instance, url, shown, None),
    )
    owner = await actors.get(first.actor_id)
    return {**serializing.collection_document(found), "attributedTo": owner.uri}


async def _page(
    instance: Instance, url: str, shown: Sequence[RowId], min_id: int | None
) -> v.Collection:
    """The posts after `min_id`; those of people here stand in it whole, which spares a request."""
    rest = shown if min_id is None else [each for each in shown[1:] if each > min_id]
    ids = rest[:PAGE_ITEMS]
    found = await posts.by_ids(ids)
    authors = await actors.by_ids({post.actor_id for post in found.values() if post.is_local})
    items: list[v.Document | str] = []
    for post in (found[each] for each in ids if each in found):
        author = authors.get(post.actor_id)
        if author is None or post.visibility not in WIDE:
            items.append(post.uri)
        else:
            note = note_from_post(post, author, addresses=instance.addresses)
            items.append(serializing.note_document(note, with_context=False))
    return v.Collection(
        id=f"{url}?page=true" + (f"&min_id={min_id}" if min_id is not None else ""),
        type="OrderedCollectionPage",
        items=tuple(items),
        next=f"{url}?page=true&min_id={ids[-1]}" if len(rest) > PAGE_ITEMS else None,
        part_of=url,
    )
