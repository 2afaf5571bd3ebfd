"""NodeInfo: what a server says about itself; pure.

http://nodeinfo.diaspora.software/protocol.html, schemas 2.0 and 2.1.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from federation import reading
from federation.vocabulary import Document, Json

Version: TypeAlias = Literal["2.0", "2.1"]

SOFTWARE = "kittiwake"
REPOSITORY = ""
API_VERSION = "4.6.0"
"""The version of Mastodon whose client API is spoken here."""

_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
_APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
_NAME = re.compile(r"[a-z0-9-]{1,80}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What we tell: counts of local people and posts, never more precise than rows are.

    `staff` are the ids of who keeps order here and lets others see it (FEP-0151, FEP-f1d5),
    `bubble` the servers whose posts apps find at `timelines/bubble`, as Akkoma says it.
    """

    version: str
    node_name: str
    is_open: bool
    users_total: int
    users_active_month: int
    users_active_halfyear: int
    posts_total: int
    node_description: str = ""
    staff: tuple[str, ...] = ()
    bubble: tuple[str, ...] = ()


def links_document(base_url: str, application_url: str | None = None) -> Document:
    """Write `/.well-known/nodeinfo`; the instance actor stands there too (FEP-2677)."""
    links: list[Json] = [
        {"rel": f"{_SCHEMA}{version}", "href": f"{base_url}/nodeinfo/{version}"}
        for version in ("2.0", "2.1")
    ]
    if application_url:
        links.append({"rel": _APPLICATION, "href": application_url})
    return {"links": links}


def media_type(version: Version) -> str:
    """The content type of a NodeInfo document."""
    return f'application/json; profile="{_SCHEMA}{version}#"'


def nodeinfo_document(facts: Facts, version: Version) -> Document:
    """Write NodeInfo 2.0 or 2.1; valid against the schema."""
    software: Document = {"name": SOFTWARE, "version": facts.version}
    if version == "2.1" and REPOSITORY:
        software["repository"] = REPOSITORY
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": facts.is_open,
        "usage": {
            "users": {
                "total": facts.users_total,
                "activeMonth": facts.users_active_month,
                "activeHalfyear": facts.users_active_halfyear,
            },
            "localPosts": facts.posts_total,
        },
        "metadata": {
            "nodeName": facts.node_name,
            "nodeDescription": facts.node_description,
            "staffAccounts": list(facts.staff),
            "federation": {"enabled": True},
            "features": list(features(facts.bubble)),
            "localBubbleInstances": list(facts.bubble),
            # Programs that know servers by their names take one that they do not know for this.
            "upstream": {"name": "Mastodon", "version": API_VERSION},
        },
    }


def features(bubble: Collection[str]) -> tuple[str, ...]:
    """What apps of Akkoma and its relatives look for: the extensions of theirs that we have."""
    here = ("pleroma_emoji_reactions", "exposable_reactions", "custom_emoji_reactions")
    return ("bubble_timeline", *here) if bubble else here


def parse_links(document: Document) -> str | None:
    """The address of the newest NodeInfo document another server names."""
    found: dict[str, str] = {}
    for link in reading.documents(document.get("links"), 16):
        rel, href = link.get("rel"), reading.one_id(link.get("href"))
        if isinstance(rel, str) and href and rel.startswith(_SCHEMA):
            found[rel.removeprefix(_SCHEMA)] = href
    newest = max((version for version in found if version in {"2.0", "2.1"}), default=None)
    return found[newest] if newest else None


def parse_software(document: Document) -> tuple[str, str] | None:
    """Name and version of another server's software: a claim, good for statistics."""
    software = document.get("software")
    if not isinstance(software, dict):
        return None
    name = reading.name(software.get("name")).lower()
    if not _NAME.fullmatch(name):
        return None
    return name, reading.name(software.get("version"), 80)
