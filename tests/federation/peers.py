"""Other servers that a test makes up: people with keys, documents, WebFinger, and an inbox.

They sign with plain `cryptography` calls, so that a mistake in our own signing and verifying cannot
hide itself; and every part of a signature can be made wrong.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.internet import FakeInternet

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
ACTIVITY = "application/activity+json"
COVERED = ("(request-target)", "host", "date", "digest")


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """The same few keys for all tests: making one takes long."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@dataclass
class Peer:
    """A server: what it answers to GETs by path, and what came to its inboxes."""

    internet: FakeInternet
    host: str
    now: Callable[[], datetime]
    documents: dict[str, Any] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)
    handles: dict[str, Any] = field(default_factory=dict)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.serial = count(1)
        self.internet.add(self.host, self.answer)

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        parts = urlsplit(str(request.url))
        if request.method == "POST":
            self.inbox.append(json.loads(request.content))
            return httpx2.Response(202)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.gets.append(target)
        if parts.path == "/.well-known/webfinger":
            return self._webfinger(parse_qs(parts.query).get("resource", [""])[0])
        found = self.documents.get(target)
        if isinstance(found, httpx2.Response):
            return found
        if found is None:
            return httpx2.Response(404)
        kind = self.content_types.get(target, ACTIVITY)
        return httpx2.Response(200, content=json.dumps(found), headers={"content-type": kind})

    def _webfinger(self, resource: str) -> httpx2.Response:
        found = self.handles.get(resource.removeprefix("acct:").lower())
        if found is None:
            return httpx2.Response(404)
        return httpx2.Response(
            200, content=json.dumps(found), headers={"content-type": "application/jrd+json"}
        )

    def put(self, document: dict[str, Any]) -> dict[str, Any]:
        """Serve a document at its own id."""
        parts = urlsplit(document["id"])
        self.documents[parts.path + (f"?{parts.query}" if parts.query else "")] = document
        return document

    def join(self, username: str, key_number: int, **changes: Any) -> "Person":
        """Somebody new on this server, with an actor document and a handle."""
        person = Person(self, username, rsa_key(key_number))
        self.put(person.document(**changes))
        self.name(person)
        return person

    def name(self, person: "Person", uri: str | None = None, subject: str | None = None) -> None:
        """Let WebFinger answer for a person."""
        handle = f"{person.username}@{self.host}".lower()
        self.handles[handle] = {
            "subject": subject or f"acct:{handle}",
            "links": [{"rel": "self", "type": ACTIVITY, "href": uri or person.uri}],
        }


@dataclass
class Person:
    """Somebody on a peer who acts and signs."""

    peer: Peer
    username: str
    key: rsa.RSAPrivateKey

    @property
    def uri(self) -> str:
        return f"{self.peer.url}/users/{self.username}"

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"

    @property
    def followers(self) -> str:
        return f"{self.uri}/followers"

    def document(self, **changes: Any) -> dict[str, Any]:
        found = {
            "@context": CONTEXT,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.username,
            "name": self.username.title(),
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "endpoints": {"sharedInbox": f"{self.peer.url}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": pem_of(self.key)},
            **changes,
        }
        return {name: value for name, value in found.items() if value is not None}

    def note(self, text: str = "Hello", **changes: Any) -> dict[str, Any]:
        """A public note, served at its id."""
        note: dict[str, Any] = {
            "id": f"{self.peer.url}/notes/{next(self.peer.serial)}",
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>{text}</p>",
            "to": [PUBLIC],
            "cc": [self.followers],
            "published": self.peer.now().isoformat().replace("+00:00", "Z"),
            **changes,
        }
        if urlsplit(note["id"]).netloc == self.peer.host:
            self.peer.put({"@context": CONTEXT, **note})
        return note

    def create(self, note: dict[str, Any] | str, **changes: Any) -> dict[str, Any]:
        told = note if isinstance(note, dict) else {}
        audience = {name: told[name] for name in ("to", "cc") if name in told}
        return self.activity("Create", object=note, **(audience | changes))

    def activity(self, kind: str, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = {
            "@context": CONTEXT,
            "id": f"{self.peer.url}/activities/{next(self.peer.serial)}",
            "type": kind,
            "actor": self.uri,
            **more,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Forgery:
    """What is wrong with a signature; the default is a right one (draft-cavage-12)."""

    key_id: str | None = None
    key: rsa.RSAPrivateKey | None = None
    covered: tuple[str, ...] = COVERED
    headers_parameter: str | None = None
    algorithm: str | None = "rsa-sha256"
    signature: str | None = None
    signed_body: bytes | None = None
    signed_target: str | None = None
    signed_host: str | None = None
    late: timedelta = timedelta(0)
    without: tuple[str, ...] = ()
    extra: str = ""
    digest: str | None = None
    also: Mapping[str, str] = field(default_factory=dict)


def signed(
    person: Person,
    method: str,
    host: str,
    target: str,
    body: bytes,
    forgery: Forgery = Forgery(),
) -> dict[str, str]:
    """Headers of a request signed by a person, with what is wrong about it."""
    moment = person.peer.now() + forgery.late
    digest = hashlib.sha256(forgery.signed_body if forgery.signed_body is not None else body)
    headers = {
        "host": host,
        "date": format_datetime(moment, usegmt=True),
        "digest": forgery.digest or "SHA-256=" + base64.b64encode(digest.digest()).decode(),
        **forgery.also,
    }
    if method == "GET":
        del headers["digest"]
    values = headers | {
        "(request-target)": f"{method.lower()} {forgery.signed_target or target}",
        "host": forgery.signed_host or host,
    }
    covered = tuple(name for name in forgery.covered if name in values)
    text = "\n".join(f"{name}: {values[name]}" for name in covered)
    key = forgery.key or person.key
    made = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    named = " ".join(covered) if forgery.headers_parameter is None else forgery.headers_parameter
    parts = [f'keyId="{forgery.key_id or person.key_id}"']
    if forgery.algorithm:
        parts.append(f'algorithm="{forgery.algorithm}"')
    parts.append(f'headers="{named}"')
    parts.append(f'signature="{made if forgery.signature is None else forgery.signature}"')
    headers["signature"] = ",".join(parts) + forgery.extra
    return {name: value for name, value in headers.items() if name not in forgery.without}


def signed_rfc9421(  # noqa: PLR0913 - as above
    person: Person,
    method: str,
    host: str,
    target: str,
    body: bytes,
    *,
    components: tuple[str, ...] = ("@method", "@target-uri", "content-digest"),
    parameters: str = "",
    scheme: str = "https",
) -> dict[str, str]:
    """Headers of a request signed by RFC 9421."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"host": host, "content-digest": f"sha-256=:{digest}:"}
    if "date" in components:
        headers["date"] = format_datetime(person.peer.now(), usegmt=True)
    if method == "GET":
        components = tuple(each for each in components if each != "content-digest")
        del headers["content-digest"]
    values = headers | {
        "@method": method,
        "@target-uri": f"{scheme}://{host}{target}",
        "@authority": host,
        "@path": target.split("?", maxsplit=1)[0],
    }
    created = int(person.peer.now().timestamp())
    inner = " ".join(f'"{name}"' for name in components)
    given = parameters or f';created={created};keyid="{person.key_id}";alg="rsa-v1_5-sha256"'
    given = given.replace("CREATED", str(created)).replace("KEYID", person.key_id)
    lines = [f'"{name}": {values[name]}' for name in components]
    lines.append(f'"@signature-params": ({inner}){given}')
    made = person.key.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    return headers | {
        "signature-input": f"sig1=({inner}){given}",
        "signature": f"sig1=:{base64.b64encode(made).decode()}:",
    }


def with_new_key(person: Person, key_number: int) -> Person:
    """The same person after a change of keys, served by the peer."""
    changed = replace(person, key=rsa_key(key_number))
    person.peer.put(changed.document())
    return changed
