"""Any document of any kind: read, made a post, shown and written again; nothing but `Invalid`."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from federation import parsing, reaction_parsing, reading, serializing
from federation.addresses import Addresses
from federation.vocabulary import POST_TYPES
from instance.errors import Invalid
from posts.activitystreams import note_from_post, post_from_note
from posts.details import worded
from storage.records import Actor, ActorKind, ActorUri, Post, RowId
from storage.rows import POSTS
from storage.values import bind
from tests.pure.actors.test_markup import HOSTILE, assert_safe
from webapp.pages.attached import card_views, event_view, poll_view, reaction_picture

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ADDRESSES = Addresses("https://home.test")
BOB = Actor(
    id=RowId(2),
    uri=ActorUri("https://far.test/users/bob"),
    username="bob",
    host="far.test",
    kind=ActorKind.PERSON,
    inbox_url="https://far.test/users/bob/inbox",
    created_at=NOW,
)

_WORDS = st.one_of(
    st.sampled_from([*HOSTILE.values(), ":x:", "en", "de-AT", "https://far.test/x", "👍", "PT1S"]),
    st.sampled_from(["2026-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "text/html", "Link"]),
    st.sampled_from(["Image", "Place", "Emoji", "Document", "application/x-mpegURL", "video/mp4"]),
    st.text(max_size=12),
)
_NAMES = st.sampled_from(
    [
        *("type", "name", "content", "summary", "url", "href", "icon", "image", "preview", "tag"),
        *("mediaType", "location", "address", "streetAddress", "en", "de", "height", "replies"),
        *("totalItems", "@value", "@list", "duration", "size", "digestMultibase", "focalPoint"),
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=12,
)
_FIELDS = st.sampled_from(
    [
        *("name", "nameMap", "content", "contentMap", "summary", "summaryMap", "mediaType"),
        *("source", "attachment", "tag", "url", "oneOf", "anyOf", "endTime", "closed", "preview"),
        *("startTime", "location", "votersCount", "published", "updated", "sensitive", "duration"),
    ]
)


def _check(post: Post) -> None:
    details = post.details
    pieces = [post.content]
    if details is not None:
        pieces += [details.preview, *(each.content for each in details.wordings)]
        for each in details.wordings:
            assert worded(post, each.language).content == each.content
    for piece in pieces:
        assert_safe(piece)
    for card in card_views(post):
        assert card.url.startswith(("https://", "http://"))
    event_view(details, NOW)
    if post.poll is not None:
        assert "<script" not in "".join(each.text for each in poll_view(post, post.poll).options)
    row = [bind(value) for value in POSTS.values(post)]
    assert POSTS.from_row(row) == post


@settings(max_examples=250, deadline=None)
@given(st.dictionaries(_FIELDS, _VALUES, max_size=10), st.sampled_from(sorted(POST_TYPES)))
def test_e90_any_document_becomes_a_post_that_can_be_shown(
    fields: dict[str, Any], kind: str
) -> None:
    """E90, E91, E92, E103, E112, A111."""
    document = {"id": "https://far.test/1", "attributedTo": BOB.uri, "type": kind, **fields}
    try:
        note = parsing.parse_note(document)
    except Invalid:
        return
    post = post_from_note(note, id=RowId(9), author=BOB, now=NOW)
    _check(post)
    written = serializing.note_document(note_from_post(post, BOB, addresses=ADDRESSES))
    assert parsing.parse_note(written).id == note.id


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["content", "tag", "_misskey_reaction"]), _VALUES))
def test_e131_any_reaction_is_an_emoji_or_none(fields: dict[str, Any]) -> None:
    document = {"type": "EmojiReact", **fields}
    found = reaction_parsing.reaction(document, "https://far.test/2", BOB.uri, "https://a.test/1")
    if found is not None:
        assert (found.emoji is not None) != reaction_parsing.is_emoji(found.content)
        url = found.emoji.url if found.emoji else None
        assert "<script" not in reaction_picture(found.content, url)


@settings(max_examples=300)
@given(st.text(max_size=6))
def test_hx5_letters_and_signs_of_a_keyboard_are_no_emoji(text: str) -> None:
    if reaction_parsing.is_emoji(text):
        assert not any(letter.isspace() or letter.isalpha() for letter in text)
        assert reading.name(text) == text


def test_e131_what_is_one_emoji() -> None:
    for one in ("👍", "👍🏽", "❤️", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#⃣", "‼️", "☕", "©"):
        assert reaction_parsing.is_emoji(one), one
    for other in (
        "",
        "a",
        "1",
        "👍👍",
        "🇩",
        "🇩🇪🇫🇷",
        "nice👍",
        "👍 ",
        "\u200d",
        "️",
        "é",
        "字",
        "#",
        "👍" * 30,
    ):
        assert not reaction_parsing.is_emoji(other), other
