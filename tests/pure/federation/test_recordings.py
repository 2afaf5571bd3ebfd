"""Done-when 4: what is understood of each of the 149 recorded documents, in golden files."""

from typing import Any

import pytest

from federation import addressing, parsing, serializing
from federation.vocabulary import Actor, Create, Note, Update
from tests.pure.federation import recordings

GOLDEN = recordings.golden()
SERVERS = ("bovine", "fedify", "hollo", "microblogpub", "takahe", "wordpress")


def test_there_are_149_recordings_and_each_has_a_golden_answer() -> None:
    assert len(recordings.names()) == 149
    assert sorted(GOLDEN) == recordings.names()


@pytest.mark.parametrize("name", recordings.names())
def test_a_recording_is_understood_as_before(name: str) -> None:
    assert recordings.understood(name) == GOLDEN[name]


@pytest.mark.parametrize("name", recordings.names())
def test_only_prose_is_refused(name: str) -> None:
    """What Mastodon's documentation shows of headers, and one example with a comma too many."""
    if "refused" in GOLDEN[name]:
        assert name.startswith("mastodondoc-")
        assert not recordings.body(name).startswith(b'{"')


def _read(name: str) -> Any:
    return parsing.parse_object(parsing.parse_json(recordings.body(name)))


@pytest.mark.parametrize(
    "name", [name for name in recordings.names() if GOLDEN[name].get("_") == "Create"]
)
def test_interop_5_every_create_has_author_text_and_visibility(name: str) -> None:
    create = _read(name)
    assert isinstance(create, Create)
    note = create.object
    assert isinstance(note, Note)
    assert note.attributed_to == create.actor
    assert note.content or note.name
    assert note.to or note.cc
    assert not note.published or note.published.tzinfo is not None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("takahe-create-note", "public"),
        ("takahe-create-note-nonpublic", "followers"),
        ("takahe-create-note-mention-reply-unlisted", "unlisted"),
        ("hollo-create-note-hashtag-unlisted", "unlisted"),
        ("hollo-create-note-image", "public"),
        ("bovine-create-note-mention", "public"),
        ("microblogpub-create-note-cw", "public"),
        ("wordpress-create-note-mention-hashtag", "public"),
        ("mastodondoc-activitypub-polls-2", "direct"),
    ],
)
def test_e79_the_visibility_of_recorded_posts(name: str, expected: str) -> None:
    note = _read(name).object
    followers = {
        "takahe": "https://takahe.test/@alice@takahe.test/followers/",
        "hollo": "https://hollo.test/@holly/followers",
    }.get(name.partition("-")[0])
    assert addressing.visibility(note.to, note.cc, followers) == expected


@pytest.mark.parametrize("server", SERVERS)
def test_e39_the_actor_of_each_server_has_a_key_that_can_be_used(server: str) -> None:
    actor = _read(f"{server}-actor-person")
    assert isinstance(actor, Actor)
    assert actor.preferred_username
    assert actor.inbox.startswith("https://")
    assert actor.public_keys[0].owner == actor.id


def test_interop_5_update_without_an_id_and_with_only_the_id_of_its_object() -> None:
    """WordPress."""
    update = _read("wordpress-update")
    assert update == Update(
        id="",
        actor="https://wordpress.test/?author=1",
        object="https://wordpress.test/?author=1",
        to=("https://www.w3.org/ns/activitystreams#Public",),
    )


@pytest.mark.parametrize(
    "name", [name for name in recordings.names() if GOLDEN[name].get("_") not in (None, "Jrd")]
)
def test_what_we_understood_survives_our_own_spelling(name: str) -> None:
    """Serialize what was parsed and parse it again: nothing is lost (INTEROP 15)."""
    first = _read(name)
    again = parsing.parse_object(_document(first))
    assert _essence(again) == _essence(first)


def _document(thing: Any) -> Any:
    match type(thing).__name__:
        case "Actor":
            return serializing.actor_document(thing)
        case "Note":
            return serializing.note_document(thing)
        case "Collection":
            return serializing.collection_document(thing)
        case "Tombstone":
            return serializing.tombstone_document(thing)
        case _:
            return serializing.activity_document(thing)


def _essence(thing: Any) -> Any:
    """All but what is not written: the author's source text, second keys, finer times."""
    found = recordings.plain(thing)

    def strip(value: Any) -> Any:
        if isinstance(value, list):
            return [strip(item) for item in value]
        if not isinstance(value, dict):
            cut = isinstance(value, str) and value.endswith("+00:00")
            return value[:19] if cut else value
        if value.get("_") == "Actor":
            value = {**value, "public_keys": value.get("public_keys", [])[:1]}
        left_out = {"source", "source_media_type", "public_key_ids", "listed_replies"}
        return {key: strip(item) for key, item in value.items() if key not in left_out}

    return strip(found)
