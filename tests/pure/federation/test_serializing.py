"""What we write, so that the strictest reader understands it (INTEROP 6, group E.4)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from federation import jsonld_processing, parsing, serializing, writing
from federation import vocabulary as v
from federation.vocabulary import PUBLIC

A = "https://our.example/actors/1"
N = "https://our.example/posts/1"
B = "https://b.example/users/bob"
AT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
CUT = AT.replace(microsecond=123000)

NOTE = v.Note(
    id=N,
    type="Note",
    attributed_to=A,
    content="<p>hallo</p>",
    language="de",
    content_by_language={"de": "<p>hallo</p>"},
    to=(PUBLIC,),
    cc=(f"{A}/followers",),
    published=CUT,
    url="https://our.example/@alice/1",
    summary="careful",
    is_sensitive=True,
    in_reply_to=f"{B}/1",
    updated=CUT,
    conversation="tag:our.example,2026:1",
    context=f"{N}/context",
    name="A title",
    attachments=(
        v.Attachment(
            "Document",
            f"{N}.webp",
            "image/webp",
            "a blue field",
            320,
            200,
            "UBL_:rOpGG",
            (0.5, -0.5),
        ),
        v.Attachment("Video", f"{N}.mp4", "video/mp4", duration_s=62.5, is_sensitive=True),
    ),
    mentions=(v.MentionTag(B, "@bob@b.example"),),
    hashtags=(v.HashtagTag("Café", "https://our.example/tags/caf%C3%A9"),),
    emojis=(v.EmojiTag("kappa", "https://our.example/e.png", "https://our.example/emojis/1", CUT),),
    replies=f"{N}/replies",
    quote=f"{B}/2",
    audience=(f"{B}/group",),
)

ACTOR = v.Actor(
    id=A,
    type="Person",
    preferred_username="alice",
    inbox=f"{A}/inbox",
    name="Alice",
    summary="<p>hi</p>",
    webfinger="alice@our.example",
    outbox=f"{A}/outbox",
    followers=f"{A}/followers",
    following=f"{A}/following",
    featured=f"{A}/featured",
    shared_inbox="https://our.example/inbox",
    url="https://our.example/@alice",
    icon=v.Image("https://our.example/i.webp", "image/webp", "me"),
    image=v.Image("https://our.example/h.webp", "image/webp"),
    fields=(v.PropertyValue("Web", "<a>x</a>"),),
    public_keys=(v.PublicKey(f"{A}#main-key", A, "PEM"),),
    manually_approves_followers=True,
    discoverable=True,
    indexable=True,
    also_known_as=(B,),
    moved_to=f"{B}/new",
    published=CUT,
    updated=CUT,
    suspended=True,
    memorial=True,
    emojis=(v.EmojiTag("kappa", "https://our.example/e.png"),),
)


def test_what_we_write_we_read() -> None:
    assert parsing.parse_note(serializing.note_document(NOTE)) == NOTE
    assert parsing.parse_actor(serializing.actor_document(ACTOR)) == ACTOR


def test_polls_are_written_and_read() -> None:
    for is_multiple in (True, False):
        poll = v.Poll((v.PollOption("one", 3), v.PollOption("two")), is_multiple, CUT, CUT, 3)
        question = v.Note(N, "Question", A, poll=poll)
        assert parsing.parse_note(serializing.note_document(question)).poll == poll


def _activities() -> list[v.Activity]:
    follow = v.Follow(f"{A}#f", A, B)
    announce = v.Announce(f"{A}#b", A, f"{B}/1", (PUBLIC,), (f"{A}/followers",), CUT)
    like = v.Like(f"{A}#l", A, f"{B}/1")
    block = v.Block(f"{A}#x", A, B)
    return [
        v.Create(f"{N}/create", A, NOTE, NOTE.to, NOTE.cc, CUT),
        v.Update(f"{N}/update", A, NOTE, NOTE.to, NOTE.cc),
        v.Update(f"{A}/update", A, ACTOR, (PUBLIC,)),
        v.Delete(f"{N}/delete", A, N, (PUBLIC,)),
        v.Delete(f"{A}/delete", A, A, (PUBLIC,)),
        follow,
        announce,
        like,
        block,
        v.Like(f"{A}#l2", A, f"{B}/1", "⭐"),
        v.Accept(f"{A}#a", A, v.Follow(f"{B}#f", B, A)),
        v.Reject(f"{A}#r", A, v.Follow(f"{B}#f", B, A)),
        v.Accept(f"{A}#a2", A, f"{B}#f"),
        v.Undo(f"{A}#u1", A, follow),
        v.Undo(f"{A}#u2", A, announce),
        v.Undo(f"{A}#u3", A, like),
        v.Undo(f"{A}#u4", A, block),
        v.Undo(f"{A}#u5", A, f"{A}#f"),
        v.Undo(f"{A}#u6", A, v.Unknown(f"{A}#e", A, "Dislike")),
        v.Add(f"{A}#p", A, N, f"{A}/featured"),
        v.Remove(f"{A}#q", A, N, f"{A}/featured"),
        v.Move(f"{A}#m", A, A, B),
        v.Flag(f"{A}#g", A, (B, f"{B}/1"), "spam"),
    ]


@pytest.mark.parametrize("activity", _activities(), ids=lambda activity: type(activity).__name__)
def test_a108_each_activity_is_written_and_read(activity: v.Activity) -> None:
    document = serializing.activity_document(activity)
    assert parsing.parse_activity(parsing.parse_json(json.dumps(document).encode())) == activity
    assert document["id"]  # A5
    assert document["actor"] == A  # E64: a plain id


@pytest.mark.parametrize("activity", _activities(), ids=lambda activity: type(activity).__name__)
def test_interop_6_lists_are_lists_and_public_is_spelt_out(activity: v.Activity) -> None:
    """E63, E65, E4."""

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key in ("to", "cc", "tag", "attachment", "orderedItems", "alsoKnownAs", "audience"):
                assert isinstance(value.get(key, []), list)
            assert "bto" not in value  # A97
            assert "bcc" not in value
            for inner in value.values():
                look(inner)
        if isinstance(value, list):
            for inner in value:
                look(inner)
        assert value not in ("as:Public", "Public")

    document = serializing.activity_document(activity)
    del document["@context"]
    look(document)
    assert "@context" not in json.dumps(document)


def test_e113_alt_text_as_name_and_summary_with_sizes() -> None:
    """INTEROP 6 and 7."""
    document: Any = serializing.note_document(NOTE)
    picture = document["attachment"][0]
    assert picture["name"] == picture["summary"] == "a blue field"
    assert (picture["width"], picture["height"]) == (320, 200)
    icon: Any = serializing.actor_document(ACTOR)["icon"]
    assert icon["name"] == icon["summary"] == "me"


def test_interop_6_updated_and_content_map() -> None:
    """E105: without a newer `updated` Mastodon drops the new text."""
    document = serializing.note_document(NOTE)
    assert document["updated"] == "2026-11-22T12:00:00.123Z"
    assert document["contentMap"] == {"de": NOTE.content}
    bare = v.Note(N, "Note", A, "<p>x</p>", language="en")
    assert serializing.note_document(bare)["contentMap"] == {"en": "<p>x</p>"}
    assert "contentMap" not in serializing.note_document(v.Note(N, "Note", A, "<p>x</p>"))


def test_interop_3_in_reply_to_is_there_even_when_null() -> None:
    """WordPress answers 400 to a Create without it."""
    document = serializing.note_document(v.Note(N, "Note", A))
    assert document["inReplyTo"] is None
    assert document["summary"] is None


def test_a1_every_document_has_a_context_that_knows_its_terms() -> None:
    documents = [
        serializing.note_document(NOTE),
        serializing.tombstone_document(v.Tombstone(N, "Note", AT)),
        serializing.collection_document(v.Collection(f"{A}/outbox", "OrderedCollection")),
        *(serializing.activity_document(activity) for activity in _activities()),
    ]
    for document in [*documents, serializing.actor_document(ACTOR)]:
        context: Any = document["@context"]
        declared = {name: part for part in context if isinstance(part, dict) for name in part}
        used = {name for name in _names(document) if name in writing.TERMS}
        assert context[:2] == [writing.ACTIVITYSTREAMS, writing.SECURITY]
        assert used <= declared.keys()
        # Besides what is used, the prefixes of that.
        assert all(is_prefix(writing.TERMS[name]) for name in declared.keys() - used)
        assert (writing.MULTIKEY in context) == ("assertionMethod" in used)


def is_prefix(meaning: Any) -> bool:
    return isinstance(meaning, str) and meaning.endswith("#")


def _names(value: Any) -> set[str]:
    """Keys and types, of whatever is in it."""
    if isinstance(value, list):
        return set().union(*(_names(part) for part in value))
    if not isinstance(value, dict):
        return set()
    inner = set().union(*(_names(part) for name, part in value.items() if name != "@context"))
    return inner | value.keys() | {str(value.get("type"))}


def test_a1_json_ld_readers_understand_our_documents() -> None:
    """The long way, through pyld, must lead to the same note."""
    document = serializing.note_document(NOTE)
    odd = {
        **document,
        "@id": document["id"],
        "@type": document["type"],
        "@context": document["@context"],
    }
    del odd["id"], odd["type"]
    found = parsing.parse_note(jsonld_processing.compacted(odd))
    assert (found.id, found.attributed_to, found.content) == (N, A, NOTE.content)
    assert (found.to, found.mentions, found.hashtags) == (NOTE.to, NOTE.mentions, NOTE.hashtags)
    assert found.attachments[0].focal_point == (0.5, -0.5)


def test_e18_actors_have_both_names_and_a_key() -> None:
    document: Any = serializing.actor_document(ACTOR)
    assert (document["preferredUsername"], document["webfinger"]) == ("alice", "alice@our.example")
    assert document["publicKey"] == {"id": f"{A}#main-key", "owner": A, "publicKeyPem": "PEM"}
    assert document["endpoints"] == {"sharedInbox": "https://our.example/inbox"}
    assert document["manuallyApprovesFollowers"] is True
    bare = serializing.actor_document(v.Actor(A, "Application", "app", f"{A}/inbox"))
    assert "publicKey" not in bare
    assert "endpoints" not in bare


def test_tombstones() -> None:
    document = serializing.tombstone_document(v.Tombstone(N, "Note", CUT))
    assert parsing.parse_object(document) == v.Tombstone(N, "Note", CUT)
    delete: Any = serializing.activity_document(v.Delete(f"{N}#d", A, N))
    assert delete["object"] == {"id": N, "type": "Tombstone"}
    gone = serializing.activity_document(v.Delete(f"{A}#d", A, A))
    assert gone["object"] == A


def test_collections_and_pages() -> None:
    """A22, A107, E63."""
    page = v.Collection(
        f"{A}/outbox?page=1",
        "OrderedCollectionPage",
        (N,),
        part_of=f"{A}/outbox",
        next=f"{A}/outbox?page=2",
    )
    whole = v.Collection(f"{A}/outbox", "OrderedCollection", total=0, first=f"{A}/outbox?page=1")
    assert serializing.collection_document(page)["orderedItems"] == [N]
    assert serializing.collection_document(page)["partOf"] == f"{A}/outbox"
    document = serializing.collection_document(whole)
    assert document["totalItems"] == 0
    assert "orderedItems" not in document
    inline = v.Collection(
        f"{N}/replies", "Collection", first=v.Collection(f"{N}/replies?1", "CollectionPage", (N,))
    )
    again = serializing.collection_document(inline)
    assert again["first"] == {"id": f"{N}/replies?1", "type": "CollectionPage", "items": [N]}
    assert parsing.parse_collection(again) == inline
    empty = v.Collection(f"{A}/featured", "OrderedCollection", total=0)
    assert serializing.collection_document(empty)["orderedItems"] == []
