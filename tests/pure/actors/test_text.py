"""What people type is read: links, mentions, hashtags, length, names."""

import pytest

from actors.text import (
    clean_line,
    clean_name,
    clean_source,
    find_hashtags,
    find_mentions,
    fold_hashtag,
    is_hashtag,
    letters,
    tokens,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@alice hi", ["alice"]),
        ("hi @Alice, @alice", ["alice"]),
        ("@bob@far.test.", ["bob@far.test"]),
        ("(@bob@Far.TEST)", ["bob@far.test"]),
        ("@bob@127.0.10.1:8001 x", ["bob@127.0.10.1:8001"]),
        ("@bob@localhost:8000", ["bob@localhost:8000"]),
        ("@b.o-b@far.test", ["b.o-b@far.test"]),
        ("@bob@bücher.test", ["bob@bücher.test"]),
        ("a@b.test", []),
        ("mail me at some@where.test or @me", ["me"]),
        ("https://far.test/@bob", []),
        ("@", []),
        ("@@bob", []),
        ("@bob's", ["bob"]),
        ("@one@a.test@two", ["one@a.test"]),
    ],
)
def test_mentions(text: str, found: list[str]) -> None:
    assert find_mentions(text) == found


def test_rx12_at_most_50_mentions() -> None:
    assert len(find_mentions(" ".join(f"@a{i}" for i in range(2000)))) == 50


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#One #two", ["one", "two"]),
        ("#One #ONE", ["one"]),
        ("#123 #1a", ["1a"]),
        ("#été #STRASSE #Straße", ["été", "strasse"]),
        ("#\uff34\uff45\uff53\uff54", ["test"]),  # full width
        ("\uff03tag", ["tag"]),
        ("#हिन्दी #日本語 #한국어", ["हिन्दी", "日本語", "한국어"]),
        ("#a_b, #c-d #e.f", ["a_b", "c", "e"]),
        ("a#b &#39; https://x.test/#frag", []),
        ("#", []),
        ("##x", []),
        ("(#x)", ["x"]),
        ("#_ #__1", []),
    ],
)
def test_e95_hashtags_are_folded(text: str, found: list[str]) -> None:
    assert find_hashtags(text) == found


def test_rx14_at_most_64_hashtags_of_100_letters() -> None:
    assert len(find_hashtags(" ".join(f"#a{i}" for i in range(2000)))) == 64
    assert find_hashtags("#" + "a" * 101) == []
    assert not is_hashtag("a b")
    assert not is_hashtag("")


def test_e95_a_hash_in_the_name_is_tolerated() -> None:
    assert fold_hashtag("#Tag") == "tag"
    assert fold_hashtag(" #Tag ") == "tag"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://a.test.", "https://a.test"),
        ("(https://a.test/b)", "https://a.test/b"),
        ("https://a.test/b_(c)", "https://a.test/b_(c)"),
        ("(https://a.test/b_(c))", "https://a.test/b_(c)"),
        ("https://a.test/?q=1&r=2!", "https://a.test/?q=1&r=2"),
        ('"https://a.test"', "https://a.test"),
        ("HTTPS://A.test", "HTTPS://A.test"),
        ("https://a.test/x,y", "https://a.test/x,y"),
    ],
)
def test_links_end_where_a_sentence_goes_on(text: str, url: str) -> None:
    assert [token.value for token in tokens(text) if token.kind == "link"] == [url]


@pytest.mark.parametrize(
    "text",
    ["ahttps://a.test", "https://", "https://.", "ftp://a.test", "https://u:p@a.test", "a.test"],
)
def test_not_links(text: str) -> None:
    assert not [token for token in tokens(text) if token.kind == "link"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("https://example.test/" + "a" * 300, 23),
        ("a https://x.test b", 27),
        ("@bob", 4),
        ("@bob@a.very.long.host.test", 4),
        ("#tag", 4),
        ("e\u0301", 1),
        ("Z" + "\u0301" * 100, 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),  # a family
        ("\U0001f44d\U0001f3fd", 1),  # thumb with a skin tone
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 2),  # two flags
        ("a\u200db\u200dc", 3),  # joiners do not hide letters
        ("日本", 2),
        ("a\nb", 3),
    ],
)
def test_letters(text: str, count: int) -> None:
    assert letters(text) == count


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Alice  ", "Alice"),
        ("Al\x00ice\x1b[31m", "Al ice [31m"),
        ("Alice\nBob", "Alice Bob"),
        ("\u202eecilA", "ecilA"),
        ("Ad\u200bmin\ufeff\u2066", "Admin"),
        ("<b>Al</b>", "<b>Al</b>"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("a" * 5000, "a" * 100),
        ("Z" + "\u0301" * 5000, "\u0179" + "\u0301" * 4),
        ("\u3164", ""),
    ],
)
def test_hx9_names_are_one_line_without_marks_that_deceive(text: str, name: str) -> None:
    assert clean_name(text) == name


def test_rx15_lines_are_cut_at_500() -> None:
    assert len(clean_line("a" * 1_000_000)) == 500
    assert clean_line("a\r\n b\t c\x85") == "a b c"


def test_clean_source_keeps_lines_and_drops_controls() -> None:
    assert clean_source(" a\r\nb\rc\x00\x08\u2028d ") == "a\nb\nc\nd"
