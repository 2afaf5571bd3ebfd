"""Actor record <-> Person, Service, Group, Organization, Application. Pure.

https://www.w3.org/TR/activitystreams-vocabulary/#actor-types
"""

import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from actors.links import web_link
from actors.markup import clean_html
from actors.text import clean_line, clean_name
from federation import addressing, origin
from federation import vocabulary as v
from federation.addresses import Addresses
from federation.keys import multikey_of
from instance.errors import Invalid
from storage.records import (
    Actor,
    ActorKey,
    ActorKind,
    ActorUri,
    Emoji,
    ProfileField,
    RowId,
    SearchableBy,
)

FIELDS_MAX = 16
FIELD_NAME_LETTERS_MAX = 255
ALIASES_MAX = 16
EMOJIS_MAX = 64
ALT_LETTERS_MAX = 1500

_USERNAME = re.compile(r"[\w.~-]{1,100}")
_SHORTCODE = re.compile(r"[A-Za-z0-9_]{1,64}")
IMPLEMENTED = ("https://datatracker.ietf.org/doc/html/rfc9421", "https://w3id.org/fep/8b32")
"""What this server can do, for others to know before they try (FEP-844e)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def actor_from_vocabulary(
    claim: v.Actor,
    *,
    id: RowId,  # noqa: A002 - named as the field of the record
    host: str,  # of the proven handle
    now: datetime,
    known: Actor | None = None,
) -> Actor:
    """A remote actor as we keep it: cleaned and bounded; who may claim it the caller knows.

    `known` is the row we have: its times and verified links stay. `Invalid` without name or inbox.
    """
    username, inbox_url = _name_and_inbox(claim)
    avatar_url, avatar_alt = _picture(claim.icon)
    header_url, header_alt = _picture(claim.image)
    actor = Actor(
        id=id,
        uri=ActorUri(claim.id),
        username=username,
        host=host,
        kind=ActorKind(claim.type) if claim.type in v.ACTOR_TYPES else ActorKind.PERSON,
        inbox_url=inbox_url,
        created_at=not_after(claim.published, now),
        name=clean_name(claim.name),
        summary=clean_html(claim.summary),
        fields=_fields(claim),
        emojis=emojis_of(claim.emojis),
        url=_link(claim.url),
        avatar_url=avatar_url,
        avatar_alt=avatar_alt,
        header_url=header_url,
        header_alt=header_alt,
        shared_inbox_url=_link(claim.shared_inbox),
        outbox_url=_link(claim.outbox),
        followers_url=_link(claim.followers),
        following_url=_link(claim.following),
        featured_url=_link(claim.featured),
        is_locked=claim.manually_approves_followers,
        is_discoverable=claim.discoverable,
        is_indexable=claim.indexable,
        searchable_by=_searchable_by(claim),
        also_known_as=_links(claim.also_known_as),
        moved_to=_link(claim.moved_to),
        fetched_at=now,
        suspended_at=now if claim.suspended else None,
        is_memorial=claim.memorial,
        attribution_domains=_hosts(claim.attribution_domains),
    )
    return actor if known is None else _with_our_knowledge(actor, known)


def vocabulary_from_actor(actor: Actor, keys: Sequence[ActorKey], addresses: Addresses) -> v.Actor:
    """A local actor as other servers read it; `keys` as `local_keys.shown` has them."""
    public_keys = tuple(
        v.PublicKey(key.uri, actor.uri, key.public_pem, multikey_of(key.public_pem)) for key in keys
    )
    return v.Actor(
        id=actor.uri,
        type=actor.kind.value,
        preferred_username=actor.username,
        inbox=actor.inbox_url,
        name=actor.name,
        summary=actor.summary,
        webfinger=handle_of(actor, domain_of(addresses)).removeprefix("@"),
        outbox=actor.outbox_url or addresses.outbox(actor.id),
        followers=actor.followers_url or addresses.followers(actor.id),
        following=actor.following_url or addresses.following(actor.id),
        featured=actor.featured_url or addresses.featured(actor.id),
        featured_tags=addresses.featured_tags(actor.id),
        shared_inbox=actor.shared_inbox_url or addresses.shared_inbox,
        url=actor.url or addresses.profile_page(actor.username),
        icon=_image(actor.avatar_url, actor.avatar_alt),
        image=_image(actor.header_url, actor.header_alt),
        fields=tuple(v.PropertyValue(line.name, line.value) for line in actor.fields),
        emojis=emoji_claims(actor.emojis, addresses),
        public_keys=public_keys,
        public_key_ids=tuple(one.id for one in public_keys),
        manually_approves_followers=actor.is_locked,
        discoverable=actor.is_discoverable,
        indexable=actor.is_indexable,
        searchable_by=(v.PUBLIC if actor.is_indexable else addresses.followers(actor.id),),
        implements=IMPLEMENTED,
        also_known_as=actor.also_known_as,
        moved_to=actor.moved_to,
        published=actor.created_at,
        suspended=actor.suspended_at is not None,
        memorial=actor.is_memorial,
        attribution_domains=actor.attribution_domains,
        endpoints=addresses.client_endpoints,
    )


def handle_of(actor: Actor, domain: str) -> str:
    """How people write an actor: "@alice@host", with our own `domain` for local ones."""
    return f"@{actor.username}@{actor.host or domain}"


def domain_of(addresses: Addresses) -> str:
    """The domain of our handles, with its port where it has one."""
    return addresses.handle_domain or addresses.base_url.split("://", 1)[1]


EMOJI_MEDIA_TYPE = "image/webp"
"""What uploads become (`media/uploads.py`)."""


def emoji_claims(emojis: Iterable[Emoji], addresses: Addresses) -> tuple[v.EmojiTag, ...]:
    """Emoji of this server for others, each with its own id (A184, E68)."""
    return tuple(
        v.EmojiTag(
            emoji.shortcode,
            emoji.url,
            id=addresses.emoji(emoji.shortcode),
            media_type=EMOJI_MEDIA_TYPE,
        )
        for emoji in emojis
    )


def emojis_of(tags: Iterable[v.EmojiTag]) -> tuple[Emoji, ...]:
    """Declared custom emoji with a usable name and picture, each name once (HX-5, E102)."""
    found: dict[str, Emoji] = {}
    for tag in tags:
        shortcode = tag.name.strip().strip(":")
        url = web_link(tag.url)
        if url and _SHORTCODE.fullmatch(shortcode) and len(found) < EMOJIS_MAX:
            found.setdefault(shortcode, Emoji(shortcode, url))
    return tuple(found.values())


def not_after(moment: datetime | None, now: datetime) -> datetime:
    """A time that another server claims, within 1970 and now (FL-4); now when it claims none."""
    return now if moment is None else max(_EPOCH, min(moment, now))


def _name_and_inbox(claim: v.Actor) -> tuple[str, str]:
    inbox_url = web_link(claim.inbox)
    if inbox_url is None:
        raise Invalid("This account has no inbox that we could write to.")
    username = claim.preferred_username.strip()
    if not _USERNAME.fullmatch(username):
        raise Invalid("This account has no name that we could write.")
    return username, inbox_url


def _with_our_knowledge(actor: Actor, known: Actor) -> Actor:
    verified = {line.value: line.verified_at for line in known.fields}
    return replace(
        actor,
        created_at=known.created_at,
        fields=tuple(replace(line, verified_at=verified.get(line.value)) for line in actor.fields),
        followers_total=known.followers_total,
        following_total=known.following_total,
        posts_total=known.posts_total,
        suspended_at=actor.suspended_at and (known.suspended_at or actor.suspended_at),
        moved_at=known.moved_at,
        silenced_at=known.silenced_at,
        host_limit=known.host_limit,
    )


def _fields(claim: v.Actor) -> tuple[ProfileField, ...]:
    lines = []
    for line in claim.fields[:FIELDS_MAX]:
        name, value = clean_line(line.name, FIELD_NAME_LETTERS_MAX), clean_html(line.value[:2047])
        if name or value:
            lines.append(ProfileField(name, value))
    return tuple(lines)


def _link(url: str | None) -> str | None:
    return web_link(url) if url else None


def _searchable_by(claim: v.Actor) -> SearchableBy | None:
    """A195: everybody, the followers, or nobody; by default as `indexable` says."""
    if claim.searchable_by is None:
        return None
    if any(map(addressing.is_public, claim.searchable_by)):
        return SearchableBy.EVERYBODY
    is_for_followers = claim.followers is not None and claim.followers in claim.searchable_by
    return SearchableBy.FOLLOWERS if is_for_followers else SearchableBy.NOBODY


def _picture(image: v.Image | None) -> tuple[str | None, str]:
    if image is None:
        return None, ""
    # WordPress ActivityPub 4.0 writes `&#038;` for `&` here (wordpress-actor-person.json).
    url = web_link(image.url.replace("&#038;", "&"))
    return url, clean_line(image.description, ALT_LETTERS_MAX)


def _links(urls: Iterable[str]) -> tuple[str, ...]:
    found = (web_link(url) for url in urls)
    return tuple(dict.fromkeys(url for url in found if url))[:ALIASES_MAX]


def _hosts(names: Iterable[str]) -> tuple[str, ...]:
    """Names of hosts in canonical form; what is none is left out."""
    found = []
    for name in names:
        with contextlib.suppress(Invalid):
            found.append(origin.canonical_host(name))
    return tuple(dict.fromkeys(found))


def _image(url: str | None, description: str) -> v.Image | None:
    return v.Image(url, "image/webp", description) if url else None
