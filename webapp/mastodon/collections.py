"""People whom somebody recommends together. See docs.joinmastodon.org, methods, collections."""

from instance.errors import Invalid, NotFound
from storage import actors
from storage.records import Actor
from users import starter_packs
from users.starter_packs import PackDraft, ShownPack
from webapp import paging
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading
from webapp.mastodon import collections_loading as loading
from webapp.mastodon import collections_rendering as rendering
from webapp.mastodon import entities as e
from webapp.mastodon.paging import by_offset
from webapp.parameters import Parameters

_LIMIT, _LIMIT_MAX, _OFFSET_MAX = 40, 80, 1000


async def create(call: Call) -> e.WrappedCollection:
    """POST /api/v1/collections."""
    people = call.parameters.ids("account_ids")
    draft = _draft(call.parameters)
    made = await starter_packs.create(call.instance, call.me.actor, draft, people)
    return {"collection": _entity(call, made)}


async def show(call: Call, pack_id: str) -> e.CollectionWithAccounts:
    """GET /api/v1/collections/<id>: with its owner and everybody in it."""
    found, owner = await starter_packs.read(call.instance, _id(pack_id), call.reader)
    people = [owner, *(actor for _, actor in found.members)]
    return {
        "accounts": await accounts_loading.accounts(call.instance, people),
        "collection": _entity(call, found),
    }


async def change(call: Call, pack_id: str) -> e.WrappedCollection:
    """PATCH /api/v1/collections/<id>."""
    draft = _draft(call.parameters)
    me = call.me.actor
    changed = await starter_packs.change(call.instance, me, _id(pack_id), draft)
    return {"collection": _entity(call, changed)}


async def remove(call: Call, pack_id: str) -> e.Empty:
    """DELETE /api/v1/collections/<id>."""
    await starter_packs.discard(call.instance, call.me.actor, _id(pack_id))
    return {}


async def add_item(call: Call, pack_id: str) -> e.WrappedCollectionItem:
    """POST /api/v1/collections/<id>/items."""
    who = call.parameters.id("account_id")
    if who is None:
        raise Invalid("`account_id` parameter is missing")
    me = call.me.actor
    added = await starter_packs.add(call.instance, me, _id(pack_id), who)
    return {"collection_item": rendering.item(added)}


async def remove_item(call: Call, pack_id: str, item_id: str) -> e.Empty:
    """DELETE /api/v1/collections/<id>/items/<id>: the owner takes somebody out."""
    me = call.me.actor
    await starter_packs.take_out(call.instance, me, _id(pack_id), _id(item_id))
    return {}


async def revoke_item(call: Call, pack_id: str, item_id: str) -> e.Empty:
    """POST /api/v1/collections/<id>/items/<id>/revoke: somebody leaves, for good."""
    me = call.me.actor
    await starter_packs.leave(call.instance, me, _id(pack_id), _id(item_id))
    return {}


async def of_account(call: Call, account_id: str) -> Reply[e.Collections]:
    """GET /api/v1/accounts/<id>/collections."""
    limit, offset = _place(call.parameters)
    actor = await _somebody(account_id)
    found = await starter_packs.of_actor(actor, call.reader, limit=limit + 1, offset=offset)
    return _page(call, found, limit, offset)


async def with_account(call: Call, account_id: str) -> Reply[e.Collections]:
    """GET /api/v1/accounts/<id>/in_collections."""
    limit, offset = _place(call.parameters)
    actor = await _somebody(account_id)
    found = await starter_packs.with_member(actor, call.reader, limit=limit + 1, offset=offset)
    return _page(call, found, limit, offset)


# ---------------------------------------------------------------- reading


def _draft(sent: Parameters) -> PackDraft:
    return PackDraft(
        name=sent.maybe_text("name"),
        description=sent.maybe_text("description"),
        language=sent.maybe_text("language"),
        hashtag=sent.maybe_text("tag_name"),
        is_sensitive=sent.maybe_flag("sensitive"),
        is_discoverable=sent.maybe_flag("discoverable"),
    )


def _place(sent: Parameters) -> tuple[int, int]:
    limit = sent.number("limit", _LIMIT, least=1, most=_LIMIT_MAX)
    return limit, sent.number("offset", 0, least=0, most=_OFFSET_MAX)


async def _somebody(account_id: str) -> Actor:
    found = (await actors.by_ids([_id(account_id)])).values()
    actor = next(iter(found), None)
    if actor is None or actor.deleted_at or actor.suspended_at:
        raise NotFound("Record not found")
    return actor


def _id(text: str) -> int:
    found = paging.row_id(text)
    if found is None:
        raise NotFound("Record not found")
    return found


def _page(call: Call, found: list[ShownPack], limit: int, offset: int) -> Reply[e.Collections]:
    """One more than the page was read: so it is known whether there is a next one."""
    value: e.Collections = {"collections": [_entity(call, each) for each in found[:limit]]}
    return by_offset(value, call, limit=limit, offset=offset, has_more=len(found) > limit)


def _entity(call: Call, shown: ShownPack) -> e.Collection:
    return loading.collection(call.instance, shown)
