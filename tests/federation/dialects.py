"""Recorded servers brought to life: their documents and signatures, with a key of ours.

What a software sent on a real wire is sent to us, with the people and posts it speaks of exchanged
for ours and nothing else changed. Hosts, ids, shapes and signed headers stay as recorded.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.federation.peers import Forgery, Peer, Person, pem_of, rsa_key, signed, signed_rfc9421
from tests.federation.world import S, World
from tests.pure.federation.recordings import SAMPLES

_HEADERS = re.compile(r'headers="([^"]*)"')
_COMPONENTS = re.compile(r'"([^"]+)"')


def recorded(name: str) -> dict[str, Any]:
    """A recording with its headers; `body` is the document."""
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return found


@dataclass
class Speaker(Person):
    """Somebody on a recorded server: the ids are those of the recorded actor document."""

    actor: dict[str, Any] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        return str(self.actor["id"])

    @property
    def key_id(self) -> str:
        return str(self.actor["publicKey"]["id"])


@dataclass
class Dialect:
    """One recorded software, its person, and what it said."""

    world: World
    software: str
    peer: Peer
    speaker: Speaker

    def heard(self, name: str, exchanged: dict[str, str] | None = None) -> dict[str, Any]:
        """A recorded activity with these whole values exchanged."""
        document = recorded(f"{self.software}-{name}")["body"]
        found: dict[str, Any] = _exchange(document, exchanged or {})
        return found

    async def say(
        self, name: str, exchanged: dict[str, str] | None = None, **changes: Any
    ) -> dict[str, Any]:
        """Send a recorded activity, signed over the headers that the recording signed."""
        activity = {**self.heard(name, exchanged), **changes}
        body = json.dumps(activity).encode()
        answer = await self.world.post(
            self.speaker, body, headers=self._signature(f"{self.software}-{name}", body)
        )
        assert answer.status == 202, (name, answer.status, answer.text)
        await self.world.settle()
        return activity

    def _signature(self, name: str, body: bytes) -> dict[str, str]:
        """The headers that this software signs, in its order and spelling."""
        found = recorded(name)
        headers = {key.lower(): value for key, value in found["headers"]}
        if found["signature"] == "rfc9421":
            covered = headers["signature-input"].partition(")")[0]
            components = tuple(_COMPONENTS.findall(covered))
            return signed_rfc9421(self.speaker, "POST", S, "/inbox", body, components=components)
        match = _HEADERS.search(headers["signature"])
        assert match is not None
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        how = Forgery(
            covered=tuple(match[1].split()),
            digest=f"{headers['digest'].partition('=')[0]}={digest}",
            also={name: headers[name] for name in ("content-type", "user-agent")},
        )
        return signed(self.speaker, "POST", S, "/inbox", body, how)

    def answers(self, kind: str) -> list[dict[str, Any]]:
        """What we sent to this server, of one type."""
        return [each for each in self.peer.inbox if each["type"] == kind]


def _exchange(value: Any, exchanged: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _exchange(item, exchanged) for key, item in value.items()}
    if isinstance(value, list):
        return [_exchange(item, exchanged) for item in value]
    return exchanged.get(value, value) if isinstance(value, str) else value


def bring(world: World, software: str) -> Dialect:
    """Let a recorded server answer at its own name, its person with a key of ours."""
    actor = recorded(f"{software}-actor-person")["body"]
    actor["publicKey"] = {**actor["publicKey"], "publicKeyPem": pem_of(rsa_key(5))}
    host = urlsplit(actor["id"]).netloc
    peer = Peer(world.internet, host, world.clock)
    parts = urlsplit(actor["id"])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    peer.documents[target] = actor
    jrd = recorded(f"{software}-webfinger")["body"]
    peer.handles[jrd["subject"].removeprefix("acct:")] = jrd
    return Dialect(
        world, software, peer, Speaker(peer, actor["preferredUsername"], rsa_key(5), actor=actor)
    )
