"""What a person may publish, and what they are told when not."""

import pytest

from instance.errors import Invalid
from instance.settings import LimitSettings
from posts.drafts import Draft, check
from posts.text import language_tag
from storage.records import RowId, Visibility

LIMITS = LimitSettings()


def wrong(draft: Draft, limits: LimitSettings = LIMITS) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(draft, limits)
    assert caught.value.public in caught.value.fields.values()
    return caught.value.fields


def test_a_draft_becomes_checked() -> None:
    checked = check(
        Draft(
            "Hi @Bob@far.test #Été\r\nhttps://x.test ",
            visibility="followers",
            summary=" careful ",
            language="PT-br",
            in_reply_to_id=RowId(7),
        ),
        LIMITS,
    )
    assert checked.source == "Hi @Bob@far.test #Été\nhttps://x.test"
    assert checked.visibility is Visibility.FOLLOWERS
    assert checked.summary == "careful"
    assert checked.is_sensitive
    assert checked.language == "pt-BR"
    assert checked.in_reply_to_id == 7
    assert checked.mentions == ("bob@far.test",)
    assert checked.hashtags == ("été",)


def test_defaults() -> None:
    checked = check(Draft("hi"), LIMITS)
    assert (checked.visibility, checked.summary, checked.is_sensitive, checked.language) == (
        Visibility.PUBLIC,
        "",
        False,
        None,
    )


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\x00\x07"])
def test_an_empty_post(text: str) -> None:
    assert wrong(Draft(text)) == {"text": "Write something first."}


def test_a_post_has_room_for_500_letters() -> None:
    check(Draft("a" * 500), LIMITS)
    assert wrong(Draft("a" * 501)) == {
        "text": "This is 1 letter too long: a post has room for 500."
    }
    assert "2 letters too long" in wrong(Draft("a" * 502))["text"]
    assert "room for 10." in wrong(Draft("a" * 12), LimitSettings(post_letters_max=10))["text"]


def test_links_count_23_letters_and_a_far_handle_as_a_near_one() -> None:
    check(Draft("a" * 476 + " https://x.test/" + "b" * 900), LIMITS)
    assert wrong(Draft("a" * 477 + " https://x.test/" + "b" * 900))
    check(Draft("a" * 495 + " @bob@a-very-long-host.test"), LIMITS)


def test_hx13_piles_of_accents_are_too_long() -> None:
    """They count as one letter, but nobody may store a megabyte of them."""
    assert "far too long" in wrong(Draft("Z" + "\u0301" * 20_000))["text"]
    assert "far too long" in wrong(Draft("a" * 5_000_000))["text"]


def test_hx13_accents_are_bounded_where_posts_may_be_long() -> None:
    """HX-13: one for each letter and links beside them have room; nine for each are no words."""
    limits = LimitSettings(post_letters_max=50_000)
    text = "Z\u0301" * 50_000
    assert check(Draft(text), limits).source == text
    with pytest.raises(Invalid, match="far too long"):
        check(Draft("Z\u0301\u0301" * 50_000), limits)


def test_an_unknown_visibility_or_language() -> None:
    fields = wrong(Draft("hi", visibility="everyone", language="klingonese language"))
    assert fields == {
        "visibility": "Choose who may read this.",
        "language": "This is not a language tag. It looks like en, or pt-BR.",
    }


def test_a_content_note_has_room_for_200_letters() -> None:
    check(Draft("hi", summary="a" * 200), LIMITS)
    assert wrong(Draft("hi", summary="a" * 201)) == {
        "summary": "The content note has room for 200 letters."
    }


def test_a_content_note_alone_is_no_post() -> None:
    assert "text" in wrong(Draft("", summary="note"))


def test_rx12_a_post_names_30_people_at_most() -> None:
    assert "30 people" in wrong(Draft(" ".join(f"@a{n}" for n in range(31))))["text"]


def test_every_wrong_field_is_named_at_once() -> None:
    fields = wrong(Draft("", visibility="x", summary="a" * 300, language="!"))
    assert set(fields) == {"text", "summary", "visibility", "language"}


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("pt-br", "pt-BR"),
        ("zh-hant-TW", "zh-Hant-TW"),
        ("zh_CN", "zh-CN"),
        ("gsw", "gsw"),
        ("und", None),
        ("", None),
        (None, None),
        ("e", None),
        ("english language", None),
        ("en-", None),
        ("x" * 300, None),
        ("<b>", None),
    ],
)
def test_e99_language_tags(text: str, tag: str | None) -> None:
    assert language_tag(text) == tag
