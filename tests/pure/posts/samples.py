"""The recorded servers: their documents, people and posts as records."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actors.activitystreams import actor_from_vocabulary
from federation import parsing
from federation.vocabulary import Create, Note
from storage.records import Actor, RowId

DATA = Path(__file__).parents[2] / "data"
SAMPLES = DATA / "samples"
SERVERS = ("bovine", "fedify", "hollo", "microblogpub", "takahe", "wordpress")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def document(name: str) -> dict[str, Any]:
    """The body of a recording, without what was said around it."""
    body = json.loads((SAMPLES / name).read_text())["body"]
    assert isinstance(body, dict)
    return body


def creates() -> list[str]:
    """Names of all recorded Creates of the six servers."""
    return [
        path.name for server in SERVERS for path in sorted(SAMPLES.glob(f"{server}-create-*.json"))
    ]


def note_of(name: str) -> Note:
    """The note in a recorded Create."""
    activity = parsing.parse_activity(document(name))
    assert isinstance(activity, Create)
    assert isinstance(activity.object, Note)
    return activity.object


def people() -> dict[str, Actor]:
    """One recorded person of each server, by id; row ids 1 to 6."""
    found = {}
    for number, server in enumerate(SERVERS, start=1):
        claim = parsing.parse_actor(document(f"{server}-actor-person.json"))
        actor = actor_from_vocabulary(claim, id=RowId(number), host=f"{server}.test", now=NOW)
        found[str(actor.uri)] = actor
    return found
