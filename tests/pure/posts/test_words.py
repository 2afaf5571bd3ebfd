"""Which words a text holds for a search, and what a search asks for."""

from datetime import UTC, datetime

import pytest

from instance.errors import Invalid
from posts import queries, words
from posts.queries import Scope
from storage.matching import Match, Term
from storage.records import Attachment, Poll, PollOption, SafeHtml
from tests.factories import make_actor, make_post


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Kittiwake's nests!", ["the", "kittiwake", "s", "nests"]),
        ("Crème BRÛLÉE, Ünïcode, ёлка", ["creme", "brulee", "unicode", "елка"]),
        ("Straße \uff21\uff22\uff23 soft\u00adhyphen zero\u200bwidth", None),
        ("snake_case 3.14", ["snake", "case", "3", "14"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー", "ー"]),
        ("猫 and 黒猫", ["猫", "and", "黒猫", "猫"]),
        ("がか", ["がか", "か"]),
        ("हिन्दी लिखना", ["हिन्दी", "लिखना"]),
        ("สวัสดี", ["สว", "วั", "ัส", "สด", "ดี", "ี"]),
        ("' \" \\ % & | ! ( ) :* <->", []),
    ],
)
def test_b101_words_are_folded_and_scripts_without_spaces_cut(
    text: str, found: list[str] | None
) -> None:
    """B101: accents and width make no difference; any piece of a Chinese or Thai text is found."""
    expected = found or ["strasse", "abc", "softhyphen", "zerowidth"]
    if found == []:
        expected = []
    assert words.words_of(text) == expected


def test_words_hold_nothing_that_a_database_could_take_for_its_own() -> None:
    text = "".join(map(chr, range(0x3000))) + "'\"\\:*&|!()<->"
    for word in words.words_of(text):
        assert not set(word) & set("'\"\\:*&|!()<>- \n\t=#"), word


def test_a_post_is_found_by_all_that_is_written_in_it() -> None:
    """B101: title, warning, choices of a poll, alt texts; not by its markup."""
    post = make_post(
        make_actor(),
        content=SafeHtml(
            '<p class="x">Look <a href="https://news.test/1?a=1&amp;b=2">here</a> '
            '<a href="https://b.test/@ann" class="u-url mention">@ann</a></p><p>again</p>'
        ),
        title="Heading",
        summary="Warned",
        poll=Poll(
            (PollOption("Yes", 1), PollOption("No", 0)), is_multiple=False, ends_at=None, voters=1
        ),
        attachments=(Attachment("https://b.test/1.png", "image/png", "image", "A gull"),),
        hashtags=("birds_of_sea",),
        language="de-CH",
    )
    entry = words.entry_of(post)
    assert list(entry.words) == (
        ["heading", "warned", "look", "here", "ann", "again", "yes", "no", "a", "gull"]
    )
    assert entry.marks == [
        *(f"=a{post.actor_id}", "#birds_of_sea", "=lde"),
        *("=himage", "=hlink", "=hmedia", "=hpoll", "=isensitive"),
    ]
    assert words.links_of(post) == ["https://news.test/1?a=1&b=2"]


def test_b102_operators_are_read() -> None:
    """B102: from, has, is, before, after, during, in, language, phrases, negation, order."""
    query = queries.parse(
        "cats “black Cat” -dog #CatUrday from:@ann@b.test -from:bob has:images is:reply "
        "language:en in:library before:2026-05-01 after:2025-12-31 order:relevance kitt*"
    )
    assert query.wanted == [
        Term(("cats",)),
        Term(("black", "cat")),
        Term(("#caturday",)),
        Term(("=himage",)),
        Term(("=ireply",)),
        Term(("=len",)),
        Term(("kitt",), is_prefix=True),
    ]
    assert query.unwanted == [Term(("dog",))]
    assert (query.authors, query.not_authors) == (["ann@b.test"], ["bob"])
    assert (query.since, query.before) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 5, 1, tzinfo=UTC),
    )
    assert (query.scope, query.is_by_relevance) == (Scope.LIBRARY, True)
    during = queries.parse("x during:2026-02")
    assert during.since == datetime(2026, 2, 1, tzinfo=UTC)
    assert during.before == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://news.test/a", [Term(("https", "news", "test", "a"))]),
        ("re: this", [Term(("re",)), Term(("this",))]),
        ("from: this", [Term(("from",)), Term(("this",))]),
        ("well-known", [Term(("well", "known"))]),
        ('"never closed', [Term(("never", "closed"))]),
        ("猫", [Term(("猫",), is_prefix=True)]),
        ("黒猫が", [Term(("黒猫", "猫が"))]),
        ('"黒猫 cat"', [Term(("黒猫", "猫", "cat"))]),
        ('- "" :) *', []),
        ("a:b:c", [Term(("a", "b", "c"))]),
    ],
)
def test_what_is_no_operator_is_words(text: str, wanted: list[Term]) -> None:
    assert queries.parse(text).wanted == wanted


@pytest.mark.parametrize(
    "text",
    ["x" * 401, "before:yesterday", "after:2026-02-30", "during:9999", "in:attic", "a " * 17],
)
def test_op4_impossible_searches_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        queries.parse(text)


def test_a_match_is_written_for_both_databases() -> None:
    match = Match((Term(("a", "b")), Term(("c",), is_prefix=True)), (Term(("=hpoll",)),))
    assert match.for_sqlite() == '("a b" AND "c" *) NOT ("=hpoll")'
    assert match.for_postgres() == "('a' <-> 'b') & ('c':*) & !('=hpoll')"
