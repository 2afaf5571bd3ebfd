"""The 262 objects of fediverse-pasture-inputs: each is sent to us, and what we keep was read once.

`KITTIWAKE_TEST_WRITE_GOLDEN=1 pytest tests/interop/test_pasture.py` writes what is kept now to
`tests/data/golden/pasture/`; then read the difference.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from storage.records import Post
from tests.federation.peers import PUBLIC, Peer, Person
from tests.federation.world import World
from tests.pure.federation.recordings import DATA

INPUTS: dict[str, list[dict[str, Any]]] = json.loads((DATA / "pasture" / "inputs.json").read_text())
GOLDEN: Path = DATA / "golden" / "pasture"
# What says nothing about how an object was understood.
_OWN = (
    *("id", "actor_id", "uri", "conversation", "version", "created_at", "in_reply_to_actor_id"),
    "source_type",
)


class Pastor(Person):
    """Who sends the examples; the ids are those that they name."""

    @property
    def uri(self) -> str:
        return f"{self.peer.url}/actor"


def _pasture(world: World) -> Pastor:
    peer = Peer(world.internet, "pasture.test", world.clock)
    person = Pastor(peer, "actor", world.honest.key)
    peer.put(person.document())
    peer.name(person)
    for number in (1, 2):
        uri = f"{peer.url}/assets/note{number}.jsonap"
        person.note(f"Number {number}", id=uri)
    return person


def _create(person: Person, number: int, example: dict[str, Any]) -> dict[str, Any]:
    """As the pasture wraps its examples: the object says what its Create says; null is absent."""
    note = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "type": "Note",
        "id": f"{person.peer.url}/objects/{number}",
        "attributedTo": person.uri,
        "to": [PUBLIC],
        "published": "2026-11-22T12:00:00Z",
        **example,
    }
    note = {name: value for name, value in note.items() if value is not None}
    if note.get("id"):
        person.peer.put(note)
    return person.activity("Create", to=note["to"], object=note)


async def _understood(world: World, person: Person, activity: dict[str, Any]) -> dict[str, Any]:
    """What became of an example: the status, the outcome with its reason, and what is kept."""
    answer = await world.post(person, activity)
    await world.settle()
    receipt = await world.receipt(activity)
    post = await world.find(activity["object"].get("id", ""))
    found: dict[str, Any] = {"status": answer.status}
    if receipt is not None:
        found["outcome"] = f"{receipt.outcome}: {receipt.reason}".removesuffix(": ")
    if post is not None:
        found["kept"] = _kept(post)
    return found


def _kept(post: Post) -> dict[str, Any]:
    """What is not at its default, without what is ours alone."""
    record = {name: value for name, value in asdict(post).items() if name not in _OWN}
    record["in_reply_to_id"] = post.in_reply_to_id is not None
    record["quote_id"] = post.quote_id is not None
    record["mentions"] = [mention.handle for mention in post.mentions]
    found: dict[str, Any] = _full(json.loads(json.dumps(record, default=str)))
    return found


def _full(value: Any) -> Any:
    """Nothing is said about what is empty."""
    if isinstance(value, dict):
        shown = {name: _full(each) for name, each in value.items()}
        return {name: each for name, each in shown.items() if each not in (None, "", [], {}, False)}
    return [_full(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("group", sorted(INPUTS))
async def test_what_is_kept_of_each_object(world: World, group: str) -> None:
    """A98, A101, A104, A105, A111, E62, E65, E90, E98, E99, E103, E112: shapes of the pasture."""
    person = _pasture(world)
    await world.follow(world.alice, person)
    found = []
    for number, example in enumerate(INPUTS[group], start=1):
        understood = await _understood(world, person, _create(person, number, example))
        found.append({"sent": example, **understood})
    assert {each["status"] for each in found} <= {202, 400}
    path = GOLDEN / f"{group}.json"
    if os.environ.get("KITTIWAKE_TEST_WRITE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(path.read_text())
    await world.sentinel()


def test_there_are_262_objects_and_each_has_a_golden_answer() -> None:
    assert sum(len(each) for each in INPUTS.values()) == 262
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == sorted(INPUTS)
    for group, examples in INPUTS.items():
        golden = json.loads((GOLDEN / f"{group}.json").read_text())
        assert [each["sent"] for each in golden] == examples


async def test_the_feed_shows_what_was_kept(world: World) -> None:
    """E90, E96: a page of everything that the pasture sent is whole, and nothing runs in it."""
    person = _pasture(world)
    await world.follow(world.alice, person)
    number = 0
    for group in ("html_bad", "html_tags", "html_anchor", "mentions", "object_types"):
        for example in INPUTS[group]:
            number += 1
            await _understood(world, person, _create(person, number, example))
    page = await world.get("/@actor@pasture.test", accept="text/html")
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert page.text.count("<article") >= 20
