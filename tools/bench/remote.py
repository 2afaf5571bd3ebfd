"""People on other servers, as the bench needs them: keys, documents, signed requests; pure.

Signed here with plain `cryptography` calls and before the measuring begins, so that the load
generator never limits what the server can do.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tools.bench.client import request

ACTIVITY = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
WORDS = "Some words of the usual length, as people write them to each other every day. "
"""Three of these make a post of 234 letters."""


@dataclass(frozen=True)
class Person:
    """Somebody on one of the hosts; `host` is an address with its port."""

    host: str
    number: int
    key: rsa.RSAPrivateKey

    @property
    def uri(self) -> str:
        """The id of the actor."""
        return f"https://{self.host}/users/{self.number}"

    @property
    def pem(self) -> str:
        """The public key."""
        made = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return made.decode()


def actor_document(uri: str, pem: str) -> dict[str, Any]:
    """Return what a host answers when it is asked for a person."""
    return {
        "@context": CONTEXT,
        "id": uri,
        "type": "Person",
        "preferredUsername": f"user{uri.rpartition('/')[2]}",
        "name": "Somebody elsewhere",
        "summary": f"<p>{WORDS}</p>",
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "following": f"{uri}/following",
        "url": uri,
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": pem},
    }


def create(person: Person, serial: str, at: datetime) -> dict[str, Any]:
    """Return a Create of a public post."""
    note_id = f"https://{person.host}/notes/{serial}"
    to, cc = [PUBLIC], [f"{person.uri}/followers"]
    note = {
        "id": note_id,
        "type": "Note",
        "attributedTo": person.uri,
        "content": f"<p>{WORDS * 3}{serial}</p>",
        "to": to,
        "cc": cc,
        "url": note_id,
        "published": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tag": [],
        "attachment": [],
    }
    return _activity(person, "Create", f"{note_id}/activity", object=note, to=to, cc=cc)


def follow(person: Person, target: str) -> dict[str, Any]:
    """Return a Follow of somebody."""
    return _activity(person, "Follow", f"{person.uri}/follows/{target}", object=target)


def _activity(person: Person, kind: str, uri: str, **more: Any) -> dict[str, Any]:
    return {"@context": CONTEXT, "id": uri, "type": kind, "actor": person.uri, **more}


def signed_post(person: Person, host: str, path: str, body: Any, at: datetime) -> bytes:
    """Return a POST of a document to a path of `host`, signed (draft-cavage-12)."""
    data = json.dumps(body).encode()
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(data).digest()).decode()
    headers = _signed(person, f"post {path}", {"host": host, "date": _date(at), "digest": digest})
    return request("POST", path, host, {**headers, "content-type": ACTIVITY}, data)


def signed_get(person: Person, host: str, path: str, at: datetime) -> bytes:
    """Return a signed GET."""
    headers = _signed(person, f"get {path}", {"host": host, "date": _date(at)})
    return request("GET", path, host, {**headers, "accept": ACTIVITY})


def _date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _signed(person: Person, target: str, headers: dict[str, str]) -> dict[str, str]:
    lines = [f"(request-target): {target}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    signature = person.key.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    names = " ".join(["(request-target)", *headers])
    return {
        **headers,
        "signature": (
            f'keyId="{person.uri}#main-key",algorithm="rsa-sha256",headers="{names}",'
            f'signature="{base64.b64encode(signature).decode()}"'
        ),
    }
