"""WebFinger, host-meta and NodeInfo: how others find us and what we say about ourselves."""

from datetime import timedelta
from typing import Final, Literal
from urllib.parse import parse_qsl

from werkzeug.exceptions import BadRequest

from actors import handles, identity
from federation import nodeinfo, webfinger
from federation.client import VERSION
from federation.vocabulary import Document
from federation.webfinger import Finding, Handle
from instance.errors import Gone, NotFound
from instance.resources import Instance
from storage import actors, posts, site, users
from storage.records import Actor, ActorKind, RegistrationMode, RowId
from users import registration
from webapp import forms
from webapp.activitypub import negotiation
from webapp.activitypub.negotiation import Caching, write
from webapp.asking import Answer, Asked

RESOURCE_LETTERS_MAX = 2048
RELS_MAX = 16
MONTH: Final = timedelta(days=30)
HALF_YEAR: Final = timedelta(days=180)

# Everybody gets the same, and nothing of it is a secret or in a hurry.
_CACHING = Caching("public, max-age=60", "Accept")


async def find(instance: Instance, asked: Asked) -> Answer:
    """GET /.well-known/webfinger (RFC 7033): all forms of `resource` that people use (E23)."""
    query = forms.read_query(asked.query_string)
    resource = query.get("resource", "").strip()
    if not resource or len(resource) > RESOURCE_LETTERS_MAX:
        raise BadRequest("WebFinger needs a resource, such as acct:name@host.")
    actor = await _named(instance, resource)
    if actor.deleted_at is not None:
        raise Gone("This account was deleted.")
    found = Finding(
        handle=Handle(actor.username, instance.settings.domain),
        actor_url=actor.uri,
        profile_url=_profile_url(instance, actor),
        base_url=instance.settings.base_url,
        avatar_url=actor.avatar_url,
    )
    rels = [value for name, value in parse_qsl(asked.query_string.decode()) if name == "rel"]
    return _open(asked, webfinger.jrd_document(found, rels[:RELS_MAX]), webfinger.JRD_TYPE)


async def _named(instance: Instance, resource: str) -> Actor:
    """Whom a resource names: a handle with or without @ or acct:, an id, a page, our address."""
    addresses = instance.addresses
    found: Actor | None = None
    handle = webfinger.parse_handle(resource)
    actor_id, username = addresses.actor_id(resource), addresses.username(resource)
    if handle is not None and handles.is_ours(instance, handle):
        username = handle.username
    if resource.rstrip("/") == addresses.base_url:
        found = await identity.instance_actor(instance)  # FEP-d556
    elif actor_id is not None:
        found = await actors.find(RowId(actor_id))
    elif username is not None:
        found = await actors.find_by_handle(username, None)
    if found is None or not found.is_local or await registration.is_waiting(found):
        raise NotFound("There is nobody of that name here.")
    return found


def _profile_url(instance: Instance, actor: Actor) -> str:
    if actor.kind is ActorKind.APPLICATION:
        return instance.settings.base_url
    return instance.addresses.profile_page(actor.username)


async def host_meta(instance: Instance, asked: Asked) -> Answer:
    """GET /.well-known/host-meta (RFC 6415): XRD, or JSON when that is asked for."""
    if "json" in asked.header("accept"):
        return await host_meta_json(instance, asked)
    headers = [
        ("Content-Type", "application/xrd+xml; charset=utf-8"),
        ("Vary", "Accept"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    return Answer(200, headers, webfinger.host_meta_xml(instance.settings.base_url).encode())


async def host_meta_json(instance: Instance, asked: Asked) -> Answer:
    """GET /.well-known/host-meta.json."""
    return _open(
        asked, webfinger.host_meta_document(instance.settings.base_url), webfinger.JRD_TYPE
    )


async def nodeinfo_links(instance: Instance, asked: Asked) -> Answer:
    """GET /.well-known/nodeinfo."""
    application = await identity.instance_actor(instance)
    document = nodeinfo.links_document(instance.settings.base_url, application.uri)
    return _open(asked, document, "application/json")


async def nodeinfo_2_0(instance: Instance, asked: Asked) -> Answer:
    """GET /nodeinfo/2.0."""
    return await _nodeinfo(instance, asked, "2.0")


async def nodeinfo_2_1(instance: Instance, asked: Asked) -> Answer:
    """GET /nodeinfo/2.1."""
    return await _nodeinfo(instance, asked, "2.1")


async def _nodeinfo(instance: Instance, asked: Asked, version: Literal["2.0", "2.1"]) -> Answer:
    now, about = instance.now(), await site.read()
    facts = nodeinfo.Facts(
        version=VERSION,
        node_name=about.name,
        node_description=about.description,
        is_open=await registration.mode(instance) is RegistrationMode.OPEN,
        users_total=await actors.count_local_people(),
        users_active_month=await users.count_active_since(now - MONTH),
        users_active_halfyear=await users.count_active_since(now - HALF_YEAR),
        posts_total=await posts.count_local(),
    )
    return _open(asked, nodeinfo.nodeinfo_document(facts, version), nodeinfo.media_type(version))


def _open(asked: Asked, document: Document, kind: str) -> Answer:
    """An answer that pages of other sites may read too."""
    return negotiation.answer(asked, write(document), _CACHING, kind=kind, is_open=True)
