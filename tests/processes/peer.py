"""Another server, written apart from ours: people, WebFinger, inboxes that remember, ill manners.

It signs by draft-cavage-12 with plain `cryptography` calls, so that a mistake in our own signing
and verifying cannot hide itself. What it does with a POST is chosen by `answers` (`answering.py`).
"""

import asyncio
import base64
import hashlib
import json
import ssl
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from itertools import count
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.processes.answering import Line, Request, Way, take
from tests.processes.loop_thread import LoopThread
from tests.services import free_port

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
ANY_PATH = "*"


# One key for everybody: making one takes long.
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


@dataclass(frozen=True)
class Attempt:
    """One POST that came in, whatever was answered."""

    at: float
    host: str
    path: str
    activity: dict[str, Any]
    is_taken: bool
    signature: str = ""


class Peer:
    """`with Peer("127.0.10.9") as peer:` listens on a free port of that address.

    Everybody lives here who is asked for: `/actors/anybody`. On the address 0.0.0.0 it is as many
    hosts as loopback has addresses, each with its people.
    """

    def __init__(
        self,
        address: str,
        username: str = "remo",
        *,
        has_shared_inbox: bool = True,
        name: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.username = username
        self.address = address
        self.port = free_port(address)
        self.has_shared_inbox = has_shared_inbox
        self.attempts: list[Attempt] = []
        self.requests: list[str] = []
        self.documents: dict[str, dict[str, Any]] = {}  # by their ids, beside the actors
        self.lines: dict[Line, float | None] = {}  # when they ended
        self.tls = tls
        self.domain = f"{name or address}:{self.port}"
        self._serial = count(1)
        self._rules: dict[str, Way] = {ANY_PATH: take()}
        self._next: dict[str, deque[Way]] = defaultdict(deque)
        self._loop = LoopThread()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._loop.__enter__()
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_away()
        self._loop.__exit__()

    # ------------------------------------------------------------ who lives here

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.domain}"

    @property
    def actor(self) -> str:
        return self.actor_called(self.username)

    @property
    def handle(self) -> str:
        return f"@{self.username}@{self.domain}"

    def actor_called(self, username: str) -> str:
        return f"{self.url}/actors/{username}"

    @property
    def inbox(self) -> list[dict[str, Any]]:
        """The activities that were taken, in the order in which they came."""
        return [each.activity for each in self.attempts if each.is_taken]

    # ------------------------------------------------------------ manners

    def answers(self, way: Way, *, path: str = ANY_PATH, times: int = 0) -> None:
        """Answer POSTs to a path this way from now on, or only so many of them."""
        if times:
            self._next[path].extend([way] * times)
        else:
            self._next[path].clear()
            self._rules[path] = way

    def listen(self) -> None:
        self._loop.run(self._listen())

    def go_away(self) -> None:
        """Refuse connections, and end those that are open."""
        self._loop.run(self._go_away())

    @contextmanager
    def away(self) -> Iterator[None]:
        self.go_away()
        try:
            yield
        finally:
            self.listen()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._talk, self.address, self.port, ssl=self.tls, backlog=1024
            )

    async def _go_away(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for line, ended_at in list(self.lines.items()):
            if ended_at is None:
                line.reset()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        self.lines[line] = None
        try:
            while request := await line.request():
                self.requests.append(f"{request.method} {request.path}")
                if request.method == "POST":
                    await self._take(request, line)
                else:
                    await self._show(request, line)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.lines[line] = time.monotonic()
            line.close()

    async def _take(self, request: Request, line: Line) -> None:
        way = self._way(request.path)
        activity = json.loads(request.body)
        signature = request.headers.get("signature", "")
        self.attempts.append(
            Attempt(request.at, request.host, request.path, activity, way.is_taken, signature)
        )
        await way.answer(request, line)

    def _way(self, path: str) -> Way:
        for key in (path, ANY_PATH):
            if self._next[key]:
                return self._next[key].popleft()
        return self._rules.get(path) or self._rules[ANY_PATH]

    # ------------------------------------------------------------ documents

    async def _show(self, request: Request, line: Line) -> None:
        document = self.document(request.path, request.host)
        kind = "jrd" if "webfinger" in request.path else "activity"
        headers = {"Content-Type": f"application/{kind}+json"}
        await line.answer(200 if document else 404, headers, json.dumps(document).encode())

    def document(self, path: str, host: str) -> dict[str, Any] | None:
        """What a GET of one of our paths answers."""
        url = f"{urlsplit(self.url).scheme}://{host}"
        if path.startswith("/.well-known/webfinger"):
            username = path.partition("acct:")[2].partition("@")[0]
            href = f"{url}/actors/{username}"
            link = {"rel": "self", "type": "application/activity+json", "href": href}
            return {"subject": f"acct:{username}@{host}", "links": [link]}
        if f"{url}{path}" in self.documents:
            return self.documents[f"{url}{path}"]
        _, actors, username = path.rpartition("/actors/")
        return self._actor(url, username) if actors and "/" not in username else None

    def _actor(self, url: str, username: str) -> dict[str, Any]:
        uri = f"{url}/actors/{username}"
        return {
            "@context": CONTEXT,
            "id": uri,
            "type": "Person",
            "preferredUsername": username,
            "name": username.title(),
            "inbox": f"{uri}/inbox",
            "outbox": f"{uri}/outbox",
            "followers": f"{uri}/followers",
            **({"endpoints": {"sharedInbox": f"{url}/inbox"}} if self.has_shared_inbox else {}),
            "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": PUBLIC_PEM},
        }

    # ------------------------------------------------------------ activities of ours

    def note(self, text: str, *, actor: str = "", **more: object) -> dict[str, Any]:
        """A Create of a public post that says `text`."""
        author = actor or self.actor
        note = {
            "id": f"{author}/notes/{next(self._serial)}",
            "type": "Note",
            "attributedTo": author,
            "content": f"<p>{text}</p>",
            "to": [PUBLIC],
            "cc": [f"{author}/followers"],
            "published": "2026-11-22T12:00:00Z",
            **more,
        }
        return self.activity("Create", actor=author, object=note, to=note["to"], cc=note["cc"])

    def activity(self, kind: str, *, actor: str = "", **more: object) -> dict[str, Any]:
        author = actor or self.actor
        return {
            "@context": CONTEXT,
            "id": f"{author}/activities/{next(self._serial)}",
            "type": kind,
            "actor": author,
            **more,
        }

    def send(self, inbox: str, activity: dict[str, Any]) -> int:
        """POST an activity, signed; return the status."""
        body = json.dumps(activity).encode()
        headers = signed_headers(activity["actor"], inbox, body)
        return httpx.post(inbox, content=body, headers=headers, timeout=60).status_code


def signed_headers(actor: str, inbox: str, body: bytes) -> dict[str, str]:
    """The headers with which somebody POSTs a body to an inbox."""
    parts = urlsplit(inbox)
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"host": parts.netloc, "date": formatdate(usegmt=True), "digest": digest}
    lines = [f"(request-target): post {parts.path}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    signature = KEY.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    headers["signature"] = (
        f'keyId="{actor}#main-key",algorithm="rsa-sha256",'
        'headers="(request-target) host date digest",'
        f'signature="{base64.b64encode(signature).decode()}"'
    )
    return {**headers, "content-type": "application/activity+json"}
