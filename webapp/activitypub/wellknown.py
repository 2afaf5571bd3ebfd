"""WebFinger, host-meta and NodeInfo: how others find us and what we say about ourselves."""

from datetime import timedelta
from typing import Final, Literal
from urllib.parse import parse_qsl

from werkzeug.exceptions import BadRequest

from actors import handles, identity
from federation import nodeinfo, webfinger
from federation.client import VERSION
from federation.webfinger import Finding, Handle
from instance.errors import Gone, NotFound
from instance.resources import Instance
from storage import actors, posts, served, site, users
from storage.kept import Written
from storage.records import Actor, ActorKind, RegistrationMode, RowId, Site
from storage.served import ServedActor
from users import registration
from webapp import forms
from webapp.activitypub import negotiation
from webapp.activitypub.negotiation import Caching, write
from webapp.asking import Answer, Asked

RESOURCE_LETTERS_MAX = 2048
RELS_MAX = 16
MONTH: Final = timedelta(days=30)
HALF_YEAR: Final = timedelta(days=180)

COUNTED_FOR_S: Final = 60
"""As long as the answer may be kept by others too."""

# Everybody gets the same, and nothing of it is a secret or in a hurry.
_CACHING = Caching(f"public, max-age={COUNTED_FOR_S}", "Accept")


async def find(instance: Instance, asked: Asked) -> Answer:
    """GET /.well-known/webfinger (RFC 7033): all forms of `resource` that people use (E23)."""
    query = forms.read_query(asked.query_string)
    resource = query.get("resource", "").strip()
    if not resource or len(resource) > RESOURCE_LETTERS_MAX:
        raise BadRequest("WebFinger needs a resource, such as acct:name@host.")
    found = await _named(instance, resource)
    if found is None or found.is_hidden:
        raise NotFound("There is nobody of that name here.")
    if found.is_deleted:
        raise Gone("This account was deleted.")
    rels = [value for name, value in parse_qsl(asked.query_string.decode()) if name == "rel"]
    # Only the whole answer is kept: of parts there are as many as somebody can think of.
    document = instance.kept.get(("jrd", found.id, found.version)) if not rels else None
    if document is None:
        document = await _write_jrd(instance, found.id, rels[:RELS_MAX])
    return _open(asked, document, webfinger.JRD_TYPE)


async def _named(instance: Instance, resource: str) -> ServedActor | None:
    """Whom a resource names: a handle with or without @ or acct:, an id, a page, our address."""
    addresses = instance.addresses
    handle = webfinger.parse_handle(resource)
    actor_id, username = addresses.actor_id(resource), addresses.username(resource)
    if handle is not None and handles.is_ours(instance, handle):
        username = handle.username
    if resource.rstrip("/") == addresses.base_url:
        actor_id = (await identity.instance_actor(instance)).id  # FEP-d556
    if actor_id is not None:
        return await served.actor(actor_id)
    return await served.actor_named(username) if username is not None else None


async def _write_jrd(instance: Instance, actor_id: RowId, rels: list[str]) -> Written:
    actor = await actors.get(actor_id)
    finding = Finding(
        handle=Handle(actor.username, instance.settings.handles_at),
        actor_url=actor.uri,
        profile_url=_profile_url(instance, actor),
        base_url=instance.settings.base_url,
        avatar_url=actor.avatar_url,
    )
    document = write(webfinger.jrd_document(finding, rels))
    if not rels:
        instance.kept.keep(("jrd", actor.id, actor.version), document)
    return document


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
    document = write(webfinger.host_meta_document(instance.settings.base_url))
    return _open(asked, document, webfinger.JRD_TYPE)


async def nodeinfo_links(instance: Instance, asked: Asked) -> Answer:
    """GET /.well-known/nodeinfo: the same as long as the server lives."""
    document = instance.kept.get("nodeinfo links")
    if document is None:
        application = await identity.instance_actor(instance)
        document = write(nodeinfo.links_document(instance.settings.base_url, application.uri))
        instance.kept.keep("nodeinfo links", document)
    return _open(asked, document, "application/json")


async def nodeinfo_2_0(instance: Instance, asked: Asked) -> Answer:
    """GET /nodeinfo/2.0."""
    return await _nodeinfo(instance, asked, "2.0")


async def nodeinfo_2_1(instance: Instance, asked: Asked) -> Answer:
    """GET /nodeinfo/2.1."""
    return await _nodeinfo(instance, asked, "2.1")


async def _nodeinfo(instance: Instance, asked: Asked, version: Literal["2.0", "2.1"]) -> Answer:
    """What the owner says is read each time; people and posts are counted once a minute."""
    about = await site.read()
    minute = int(instance.now().timestamp()) // COUNTED_FOR_S
    key = ("nodeinfo", version, about, minute)
    document = instance.kept.get(key)
    if document is None:
        facts = await _facts(instance, about)
        document = write(nodeinfo.nodeinfo_document(facts, version))
        instance.kept.keep(key, document)
    return _open(asked, document, nodeinfo.media_type(version))


async def _facts(instance: Instance, about: Site) -> nodeinfo.Facts:
    now = instance.now()
    return nodeinfo.Facts(
        version=VERSION,
        node_name=about.name,
        node_description=about.description,
        is_open=registration.mode_of(instance, about) is RegistrationMode.OPEN,
        users_total=await actors.count_local_people(),
        users_active_month=await users.count_active_since(now - MONTH),
        users_active_halfyear=await users.count_active_since(now - HALF_YEAR),
        posts_total=await posts.count_local(),
        staff=await _staff(),
        bubble=instance.settings.feeds.bubble,
    )


async def _staff() -> tuple[str, ...]:
    """Owner and moderators, of those who show themselves at all."""
    people = await actors.by_ids(user.actor_id for user in await users.list_moderators())
    here = (each for each in people.values() if not each.deleted_at and not each.suspended_at)
    return tuple(actor.uri for actor in here if actor.is_discoverable)


def _open(asked: Asked, document: Written, kind: str) -> Answer:
    """An answer that pages of other sites may read too."""
    return negotiation.answer(asked, document, _CACHING, kind=kind, is_open=True)
