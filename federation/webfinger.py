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
_INTENT = "https://w3id.org/fep/3b86/"
_AS_PROFILE = "https://www.w3.org/ns/activitystreams"
_NAME = r"\w(?:[\w.-]{0,253}\w)?"
_HANDLE = re.compile(rf"(?:acct:)?@?({_NAME})@([^@/\s?#]{{1,260}})")
_LOCAL_HANDLE = re.compile(rf"@({_NAME})")


@dataclass(frozen=True, slots=True)
class Handle:
    """`alice@example.org`: the name as it was typed, the host in its canonical form, with port.

    `host` is None for `@alice`: somebody here.
    """

    username: str
    host: str | None

    def __str__(self) -> str:
        """Write it as `alice@example.org`."""
        return self.username if self.host is None else f"{self.username}@{self.host}"

    @property
    def resource(self) -> str:
        """What WebFinger is asked for."""
        return f"acct:{self}"


@dataclass(frozen=True, slots=True)
class Jrd:
    """What a WebFinger answer says: claims of the server that gave it."""

    subject: str
    self_links: tuple[str, ...] = ()
    profile_url: str | None = None
    subscribe_template: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def self_link(self) -> str | None:
        """The actor. A Lemmy host names a person and a group of one name: the first (E33)."""
        return self.self_links[0] if self.self_links else None

    @property
    def handle(self) -> Handle | None:
        """The canonical handle, when the subject is one (E25: it may be a plain URL)."""
        return parse_handle(self.subject) if self.subject.startswith("acct:") else None


def parse_handle(text: str) -> Handle | None:
    """Read `@a@host`, `a@host`, `acct:a@host` or, for somebody here, `@a`; else None."""
    text = text.strip()
    local = _LOCAL_HANDLE.fullmatch(text)
    if local is not None:
        return Handle(local[1], None)
    match = _HANDLE.fullmatch(text)
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
        self_links=_self(links),
        profile_url=_uri(_first(links, _PROFILE, "href")),
        subscribe_template=template if isinstance(template, str) and "{uri}" in template else None,
        aliases=reading.ids(document.get("aliases"), ALIASES_MAX),
    )


def _first(links: Iterable[Document], rel: str, key: str) -> Json:
    return next((link[key] for link in links if link.get("rel") == rel and link.get(key)), None)


def _uri(value: Json) -> str | None:
    return value if isinstance(value, str) and reading.is_id(value) else None


def _self(links: Iterable[Document]) -> tuple[str, ...]:
    """All actors: `rel=self` with an ActivityPub type, in either of its spellings."""
    found: dict[str, None] = {}
    for link in links:
        kind = link.get("type")
        if link.get("rel") != "self" or not isinstance(kind, str):
            continue
        is_ld = reading.media_type(kind) == "application/ld+json" and _AS_PROFILE in kind
        if is_ld or reading.media_type(kind) == ACTIVITY_TYPE:
            href = _uri(link.get("href"))
            found |= {href: None} if href else {}
    return tuple(found)


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
        *_intents(found.base_url),
    ]
    if found.avatar_url:
        links.append({"rel": _AVATAR, "href": found.avatar_url})
    aliases = dict.fromkeys([found.profile_url, found.actor_url])
    return {
        "subject": found.handle.resource,
        "aliases": list(aliases),
        "links": [link for link in links if not rels or link["rel"] in rels],
    }


def _intents(base_url: str) -> Iterable[Document]:
    """FEP-3b86 (A131): what a page elsewhere may ask its visitor to do here, on a page of ours."""
    for intent in ("Object", "Follow", "Like", "Announce"):
        template = f"{base_url}/authorize_interaction?uri={{object}}"
        yield {"rel": _INTENT + intent, "template": template}
    yield {"rel": f"{_INTENT}Create", "template": f"{base_url}/compose?text={{content}}"}


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
