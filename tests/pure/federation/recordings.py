"""What we understand of each recorded document, as plain JSON to be read by people.

`python -m tests.pure.federation.recordings` writes `tests/data/golden/documents/` anew: then read
the difference.
"""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from federation import nodeinfo, parsing, webfinger
from federation.vocabulary import Document
from instance.errors import Invalid

DATA = Path(__file__).parents[2] / "data"
SAMPLES = DATA / "samples"
GOLDEN = DATA / "golden" / "documents"
VECTORS = "mastodon-signature-vectors"


def names() -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob("*.json"))


def body(name: str) -> bytes:
    """The recorded document as bytes: text where the recording is text, else JSON."""
    found = json.loads((SAMPLES / f"{name}.json").read_text())
    if name == VECTORS:
        return json.dumps(found).encode()
    content = found["body"]
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


def understood(name: str) -> Any:
    """What is read from a recording; `{"refused": why}` for prose that is no document."""
    try:
        document = parsing.parse_json(body(name))
        return plain(_read(name, document))
    except Invalid as refused:
        return {"refused": refused.public}


def _read(name: str, document: Document) -> Any:
    if name == VECTORS:
        cases = document["cases"]
        assert isinstance(cases, list)
        return {"signature cases": len(cases)}
    if "webfinger" in name and "links" in document:
        return webfinger.parse_jrd(document)
    if name.endswith("nodeinfo-links"):
        return {"nodeinfo": nodeinfo.parse_links(document)}
    if name.endswith("nodeinfo"):
        return {"software": nodeinfo.parse_software(document)}
    return parsing.parse_object(document)


def plain(value: Any) -> Any:
    """Dataclasses as objects that name their class and leave out what is empty."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {"_": type(value).__name__}
        for part in fields(value):
            content = getattr(value, part.name)
            is_required = part.default is MISSING and part.default_factory is MISSING
            if is_required or content not in (part.default, {}, ()):
                found[part.name] = plain(content)
        return found
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def golden() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(GOLDEN.glob("*.json")):
        found |= json.loads(path.read_text())
    return found


def write() -> None:
    by_server: dict[str, dict[str, Any]] = {}
    for name in names():
        by_server.setdefault(name.partition("-")[0], {})[name] = understood(name)
    for server, found in by_server.items():
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (GOLDEN / f"{server}.json").write_text(text + "\n")


if __name__ == "__main__":
    write()
