"""Handles and the documents that find them: WebFinger (RFC 7033) and host-meta (RFC 6415); pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from federation import origin, reading
from federation.vocabulary import Document, Json
from instance.errors import Invalid

JRD_TYPE = "application/jrd+json"
ACTIVITY_TYPE = "application/activity+json"
LINKS_MAX = 64
ALIASES_MAX = 32

_PROFILE = "http://webfinger.net/rel/profile-page"
_AVATAR = "http://webfinger.net/rel/avatar"
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_AS_PROFILE = "https://www.w3.org/ns/activitystreams"
_HANDLE = re.compile(r"(?:acct:)?@?([\w](?:[\w.-]{0,253}[\w])?|[\w])@([^@/\s?#]{1,253})")


@dataclass(frozen=True, slots=True)
class Handle:
    """`alice@example.org`: the name as it was typed, the host in its canonical form, with port."""

    username: str
    host: str

    def __str__(self) -> str:
        """Write it as `alice@example.org`."""
        return f"{self.username}@{self.host}"

    @property
    def resource(self) -> str:
        """What WebFinger is asked for."""
        return f"acct:{self.username}@{self.host}"


@dataclass(frozen=True, slots=True)
class Jrd:
    """What a WebFinger answer says: claims of the server that gave it."""

    subject: str
    self_url: str | None = None
    profile_url: str | None = None
    subscribe_template: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def handle(self) -> Handle | None:
        """The canonical handle, when the subject is one (E25: it may be a plain URL)."""
        return parse_handle(self.subject) if self.subject.startswith("acct:") else None


def parse_handle(text: str) -> Handle | None:
    """Read `@a@host`, `a@host` or `acct:a@host`; None for anything else, `@a` alone included."""
    match = _HANDLE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return Handle(match[1], origin.host_of(f"https://{match[2]}/"))
    except Invalid:
        return None


def parse_jrd(document: Document) -> Jrd:
    """Read a JRD; raises `Invalid` when it names no subject."""
    subject = document.get("subject")
    if not isinstance(subject, str) or not 0 < len(subject) <= reading.URL_LETTERS_MAX:
        raise Invalid("The WebFinger answer names no subject.")
    links = list(reading.documents(document.get("links"), LINKS_MAX))
    template = _first(links, _SUBSCRIBE, "template")
    return Jrd(
        subject=subject,
        self_url=_self(links),
        profile_url=_uri(_first(links, _PROFILE, "href")),
        subscribe_template=template if isinstance(template, str) and "{uri}" in template else None,
        aliases=reading.ids(document.get("aliases"), ALIASES_MAX),
    )


def _first(links: Iterable[Document], rel: str, key: str) -> Json:
    return next((link[key] for link in links if link.get("rel") == rel and link.get(key)), None)


def _uri(value: Json) -> str | None:
    return value if isinstance(value, str) and reading.is_id(value) else None


def _self(links: Iterable[Document]) -> str | None:
    """The actor: `rel=self` with an ActivityPub type, in either of its spellings."""
    for link in links:
        kind = link.get("type")
        if link.get("rel") != "self" or not isinstance(kind, str):
            continue
        is_ld = reading.media_type(kind) == "application/ld+json" and _AS_PROFILE in kind
        if is_ld or reading.media_type(kind) == ACTIVITY_TYPE:
            return _uri(link.get("href"))
    return None


@dataclass(frozen=True, slots=True)
class Finding:
    """What we tell about one local actor."""

    handle: Handle
    actor_url: str
    profile_url: str
    base_url: str
    avatar_url: str | None = None


def jrd_document(found: Finding, rels: Collection[str] = ()) -> Document:
    """Write a JRD; with `rels` only the links of those relations (RFC 7033 4.3)."""
    links: list[Document] = [
        {"rel": _PROFILE, "type": "text/html", "href": found.profile_url},
        {"rel": "self", "type": ACTIVITY_TYPE, "href": found.actor_url},
        {
            "rel": "self",
            "type": f'application/ld+json; profile="{_AS_PROFILE}"',
            "href": found.actor_url,
        },
        {"rel": _SUBSCRIBE, "template": f"{found.base_url}/authorize_interaction?uri={{uri}}"},
    ]
    if found.avatar_url:
        links.append({"rel": _AVATAR, "href": found.avatar_url})
    aliases = dict.fromkeys([found.profile_url, found.actor_url])
    return {
        "subject": found.handle.resource,
        "aliases": list(aliases),
        "links": [link for link in links if not rels or link["rel"] in rels],
    }


def _template(base_url: str) -> str:
    return f"{base_url}/.well-known/webfinger?resource={{uri}}"


def host_meta_xml(base_url: str) -> str:
    """Write host-meta as XRD (RFC 6415)."""
    template = quoteattr(_template(base_url))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="{JRD_TYPE}" template={template}/>\n'
        "</XRD>\n"
    )


def host_meta_document(base_url: str) -> Document:
    """Write host-meta as JSON (RFC 6415 appendix A)."""
    return {"links": [{"rel": "lrdd", "type": JRD_TYPE, "template": _template(base_url)}]}
