"""Where fuzzing begins: the recorded documents and the pasture, and hostile pieces of the tests."""

import json
from collections.abc import Iterator

from tests.pure.actors.test_markup import HOSTILE
from tests.pure.federation import making, recordings
from tests.pure.federation.making import Arrival

_PASTURE = recordings.DATA / "pasture" / "inputs.json"


def of(target: str) -> list[bytes]:
    """The inputs that a target begins with."""
    makers = {"markup": _markup, "signature": _requests, "key": _keys, "linked": _linked}
    return list(makers.get(target, _documents)())


def _documents() -> Iterator[bytes]:
    for name in recordings.names():
        yield recordings.body(name)
    for note in _pasture():
        yield json.dumps(note).encode()


def _linked() -> Iterator[bytes]:
    """Documents that say `@id` and `@type`, as JSON-LD may."""
    for data in _documents():
        yield data.replace(b'"id":', b'"@id":').replace(b'"type":', b'"@type":')


def _pasture() -> Iterator[dict[str, object]]:
    whole = {"type": "Note", "id": "https://pasture.test/1", "to": ["as:Public"]}
    for examples in json.loads(_PASTURE.read_text()).values():
        for example in examples:
            yield {**whole, "attributedTo": "https://pasture.test/actor", **example}


def _markup() -> Iterator[bytes]:
    for text in HOSTILE.values():
        yield text.encode()
    for note in _pasture():
        if isinstance(note.get("content"), str):
            yield str(note["content"]).encode()


def _requests() -> Iterator[bytes]:
    for scheme in ("cavage", "rfc9421"):
        arrived = making.arrive(making.post(), scheme=scheme)
        yield _wire(arrived)
    for name in recordings.names():
        found = json.loads((recordings.SAMPLES / f"{name}.json").read_text())
        if found.get("signature"):
            headers = dict(found["headers"])
            yield _wire(Arrival("POST", "/inbox", headers, recordings.body(name)))


def _wire(arrived: Arrival) -> bytes:
    lines = [f"{arrived.method} {arrived.target}"]
    lines += [f"{name}: {value}" for name, value in arrived.headers.items()]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + arrived.body


def _keys() -> Iterator[bytes]:
    for form in ("spki", "pkcs1"):
        yield making.public_pem(making.rsa_key(), form).encode()
    yield making.public_pem(making.ed25519_key()).encode()
    yield b"z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQXJPt4swbTQ2"
