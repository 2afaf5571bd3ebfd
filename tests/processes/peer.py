"""Another server, written apart from ours: one actor, WebFinger, an inbox that remembers.

It signs by draft-cavage-12 with plain `cryptography` calls, so that a mistake in our own signing
and verifying cannot hide itself.
"""

import base64
import hashlib
import json
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]


class Peer:
    """`with Peer("127.0.10.9") as peer:` listens on a free port of that address."""

    def __init__(self, address: str, username: str = "remo") -> None:
        self.username = username
        self.inbox: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._serial = count(1)
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                peer.requests.append(f"GET {self.path}")
                answer = peer.document(self.path)
                body = json.dumps(answer).encode()
                self.send_response(200 if answer else 404)
                self.send_header(
                    "Content-Type",
                    "application/jrd+json"
                    if "webfinger" in self.path
                    else "application/activity+json",
                )
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                peer.requests.append(f"POST {self.path}")
                peer.inbox.append(json.loads(body))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self.domain = f"{address}:{self._server.server_port}"
        self.url = f"http://{self.domain}"
        self.actor = f"{self.url}/actors/{username}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def handle(self) -> str:
        return f"@{self.username}@{self.domain}"

    def document(self, path: str) -> dict[str, Any] | None:
        """What a GET of one of our paths answers."""
        if path.startswith("/.well-known/webfinger"):
            link = {"rel": "self", "type": "application/activity+json", "href": self.actor}
            return {"subject": f"acct:{self.username}@{self.domain}", "links": [link]}
        if path == urlsplit(self.actor).path:
            pem = self._key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return {
                "@context": CONTEXT,
                "id": self.actor,
                "type": "Person",
                "preferredUsername": self.username,
                "name": "Remo",
                "inbox": f"{self.actor}/inbox",
                "outbox": f"{self.actor}/outbox",
                "followers": f"{self.actor}/followers",
                "endpoints": {"sharedInbox": f"{self.url}/inbox"},
                "publicKey": {
                    "id": f"{self.actor}#main-key",
                    "owner": self.actor,
                    "publicKeyPem": pem.decode(),
                },
            }
        return None

    def note(self, text: str, **more: object) -> dict[str, Any]:
        """A Create of a public post that says `text`."""
        number = next(self._serial)
        note = {
            "id": f"{self.url}/notes/{number}",
            "type": "Note",
            "attributedTo": self.actor,
            "content": f"<p>{text}</p>",
            "to": [PUBLIC],
            "cc": [f"{self.actor}/followers"],
            "published": "2026-11-22T12:00:00Z",
            **more,
        }
        return self.activity("Create", object=note, to=note["to"], cc=note["cc"])

    def activity(self, kind: str, **more: object) -> dict[str, Any]:
        number = next(self._serial)
        return {
            "@context": CONTEXT,
            "id": f"{self.url}/activities/{number}",
            "type": kind,
            "actor": self.actor,
            **more,
        }

    def signed_headers(self, inbox: str, body: bytes) -> dict[str, str]:
        parts = urlsplit(inbox)
        digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"host": parts.netloc, "date": formatdate(usegmt=True), "digest": digest}
        lines = [f"(request-target): post {parts.path}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        signature = self._key.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
        headers["signature"] = (
            f'keyId="{self.actor}#main-key",algorithm="rsa-sha256",'
            'headers="(request-target) host date digest",'
            f'signature="{base64.b64encode(signature).decode()}"'
        )
        return {**headers, "content-type": "application/activity+json"}

    def send(self, inbox: str, activity: dict[str, Any]) -> int:
        """POST an activity, signed; return the status."""
        body = json.dumps(activity).encode()
        return httpx.post(
            inbox, content=body, headers=self.signed_headers(inbox, body), timeout=20
        ).status_code
