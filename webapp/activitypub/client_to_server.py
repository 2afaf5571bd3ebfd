"""ActivityPub for clients (section 6): POST to one's outbox, read one's inbox, fetch by proxy.

A client is an app that somebody let in by OAuth, as in the client API; the same token opens both.
"""

from dataclasses import replace
from typing import cast

from werkzeug.exceptions import UnsupportedMediaType

from actors import identity
from federation import parsing, reading, serializing
from federation import vocabulary as v
from federation.vocabulary import Document
from federation.webfinger import ACTIVITY_TYPE
from feeds import loading
from feeds.items import FullItem, Slot
from instance.errors import Forbidden, Invalid
from moderation import limits
from outbox import delivery
from posts import files
from posts.activitystreams import note_from_post
from storage import collections as members
from storage import interactions, receipts
from storage.records import Actor, Application, OutgoingActivity, RowId
from users import apps
from webapp import paging
from webapp.activitypub import client_acts, negotiation
from webapp.calls import Call, Reply

PAGE_ITEMS = 20
_CREATED = 201


async def post_outbox(call: Call, actor_id: str) -> Reply[dict[str, str]]:
    """POST /actors/<id>/outbox: do what is posted; 201 with its Location (A34 to A41, A49)."""
    if not negotiation.is_activity_type(call.asked.header("content-type")):
        raise UnsupportedMediaType("An outbox takes application/ld+json with ActivityStreams.")
    actor, instance = _own(call, actor_id), call.instance
    before = instance.ids.new()
    document, app = cast("Document", dict(call.parameters.tree)), await _written_with(call)
    done = await client_acts.act(instance, actor, document, app)
    location = await _location(call, actor, done, before)
    return Reply({"id": location}, _CREATED, [("Location", location)])


async def _written_with(call: Call) -> Application | None:
    return await apps.written_with(call.me.token)


async def _location(call: Call, actor: Actor, done: v.Activity | RowId, before: RowId) -> str:
    """The id of what was done: of what went out, or of a row of its own where nothing had to."""
    kind = "Create" if isinstance(done, int) else type(done).__name__
    sent = await receipts.done_since(actor.id, before)
    for activity in sent:
        if activity.kind == kind:
            return activity.uri
    if sent or isinstance(done, int):
        return sent[0].uri if sent else call.instance.addresses.post(cast("RowId", done))
    new = delivery.new_id(call.instance)
    async with call.instance.store.transaction():
        await receipts.insert_activity(_kept(call, actor, replace(done, id=new.uri), new.row))
    return new.uri


def _kept(call: Call, actor: Actor, activity: v.Activity, row: RowId) -> OutgoingActivity:
    document = serializing.activity_document(activity, with_context=True)
    return OutgoingActivity(
        id=row,
        uri=activity.id,
        actor_id=actor.id,
        kind=type(activity).__name__,
        document=negotiation.write(document).body.decode(),
        is_public=False,
        created_at=call.instance.now(),
    )


# ---------------------------------------------------------------- the inbox


async def read_inbox(call: Call, actor_id: str) -> Reply[Document]:
    """GET /actors/<id>/inbox: what came for its owner, as far as it may be seen (A24, A25).

    An ordered collection of Create and Announce, newest first. Posts from elsewhere are named by
    their ids: `proxyUrl` gets them.
    """
    actor, instance = _own(call, actor_id), call.instance
    url = instance.addresses.inbox(actor.id)
    if "page" not in call.parameters and "max_id" not in call.parameters:
        first = v.Collection(url, "OrderedCollection", first=f"{url}?page=true")
        return _document(serializing.collection_document(first))
    query = {name: call.parameters.text(name) for name in call.parameters}
    page = paging.read(query, limit=PAGE_ITEMS)
    rows = await members.inbox_of(actor.id, page)
    slots = [Slot(row, post_id, booster_id) for row, post_id, booster_id in rows]
    met = await loading.meet(instance, slots, actor)
    items = await _items(call, await loading.dress(met))
    following = f"{url}?max_id={rows[-1][0]}" if len(rows) == page.limit else None
    found = v.Collection(
        f"{url}?page=true", "OrderedCollectionPage", tuple(items), next=following, part_of=url
    )
    return _document(serializing.collection_document(found))


async def _items(call: Call, found: list[FullItem]) -> list[Document]:
    pairs = [(each.post.id, each.booster.id) for each in found if each.booster is not None]
    boosts = await interactions.boosts(pairs)
    return [_item(call, each, boosts) for each in found]


def _item(call: Call, item: FullItem, boosts: dict[tuple[RowId, RowId], str]) -> Document:
    if item.booster is not None:
        found: Document = {"type": "Announce", "actor": item.booster.uri, "object": item.post.uri}
        uri = boosts.get((item.post.id, item.booster.id))
        return {"id": uri, **found} if uri else found
    if not item.post.is_local:
        return {"type": "Create", "actor": item.author.uri, "object": item.post.uri}
    note = note_from_post(item.post, item.author, addresses=call.instance.addresses)
    create = v.Create(
        call.instance.addresses.activity(item.post.id),
        item.author.uri,
        note,
        note.to,
        note.cc,
        note.published,
    )
    return serializing.activity_document(create, with_context=False)


# ---------------------------------------------------------------- media


async def upload_media(call: Call) -> Reply[dict[str, str]]:
    """POST /upload: a picture in `file`, the post it belongs to in `object` (A62).

    The post is published with it; as with any Create, the answer is 201 and its Location.
    https://www.w3.org/wiki/SocialCG/ActivityPub/MediaUpload
    """
    actor, instance = call.me.actor, call.instance
    data, shell = call.parameters.file("file"), call.parameters.text("object")
    if data is None:
        raise Invalid("There is no file in this form.", fields={"file": "is missing"})
    document = parsing.parse_json(shell.encode())
    description = reading.text(document.get("name")) if document.get("type") != "Note" else ""
    made = await files.accept(instance, actor, data, description=description)
    before = instance.ids.new()
    app = await _written_with(call)
    done = await client_acts.publish_with(instance, actor, document, made.id, app)
    location = await _location(call, actor, done, before)
    return Reply({"id": location}, _CREATED, [("Location", location)])


# ---------------------------------------------------------------- the proxy


async def proxy(call: Call) -> Reply[Document]:
    """POST /proxy: get a document of another server, signed as the person who asks (AP 4.1)."""
    url = call.parameters.text("id")
    instance, actor = call.instance, call.me.actor
    if not url or instance.addresses.is_ours(url):
        raise Invalid("Name the id of something on another server.", fields={"id": "is missing"})
    await limits.allow_look_up(instance, actor.id, address=call.address)
    signer = await identity.signer(instance, actor.id)
    document, _ = await instance.http.get_document(url, signer)
    return _document(document)


def _own(call: Call, actor_id: str) -> Actor:
    """A36: the outbox and the inbox of who asks, and of nobody else."""
    me = call.me.actor
    if paging.row_id(actor_id) != me.id:
        raise Forbidden("This belongs to somebody else.")
    return me


def _document(document: Document) -> Reply[Document]:
    return Reply(document, headers=[("Content-Type", ACTIVITY_TYPE)])
