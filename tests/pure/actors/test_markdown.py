"""Posts written in Markdown (B48): what becomes of it, and what of hostile Markdown."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from actors import markdown
from actors.markup import (
    RAW_LETTERS_MAX,
    SAFE_LETTERS_MAX,
    clean_html,
    render,
    render_markdown,
    said_in_markdown,
)
from actors.text import find_hashtags, find_mentions
from instance.errors import Invalid
from instance.settings import LimitSettings
from posts.drafts import Draft, check
from storage.records import SourceType
from tests.pure.actors.test_markup import HOME, MENTIONS, REL, assert_safe

LONG = 16_000


def made(source: str) -> str:
    return render_markdown(source, MENTIONS, HOME)


PLAIN = {
    "**a** *b* ~~c~~ `d`": "<strong>a</strong> <em>b</em> <s>c</s> <code>d</code>",
    "one\ntwo\\\nthree  \nfour": "one<br>two<br>three<br>four",
    'a < b & "c" 2*3 snake_case_word': "a &lt; b &amp; &quot;c&quot; 2*3 snake_case_word",
    "<b>no</b> <!-- HTML -->": "&lt;b&gt;no&lt;/b&gt; &lt;!-- HTML --&gt;",
    "above\n---\nbelow": "above<br>---<br>below",
    "| a | b |\n|---|---|": "| a | b |<br>|---|---|",
    "[a]: https://x.test\n[a]": None,
    "![gull](https://x.test/a.png)": f'!<a href="https://x.test/a.png" {REL}>gull [x.test]</a>',
}


@pytest.mark.parametrize("source", PLAIN)
def test_b48_what_markdown_becomes(source: str) -> None:
    """B48: CommonMark without HTML, pictures, rules and definitions; a line end is one."""
    expected = PLAIN[source]
    if expected is None:
        assert "[a]" in made(source)
    else:
        assert made(source) == f"<p>{expected}</p>"


def test_b48_blocks() -> None:
    """B48: headings become strong, as those of others do; nothing stands between blocks."""
    source = "# Head\n- a\n- b\n  1. c\n\n> d\n\n```py\nif x:\n    y\n```"
    assert made(source) == (
        "<p><strong>Head</strong></p><ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"
        "<blockquote><p>d</p></blockquote><pre><code>if x:\n    y\n</code></pre>"
    )


WORDS = "@alice #Tag https://x.test/_a_(b_c)/*d* :blob_cat_:"


def test_b48_names_and_links_are_those_of_plain_words() -> None:
    """B48: letter by letter, also where they look like Markdown; and the same inside of it."""
    assert made(WORDS) == render(WORDS, MENTIONS, HOME)
    inner = render("@alice #Tag", MENTIONS, HOME).removeprefix("<p>").removesuffix("</p>")
    assert made("**@alice #Tag**") == f"<p><strong>{inner}</strong></p>"
    link = render("https://x.test", {}, HOME).removeprefix("<p>").removesuffix("</p>")
    assert made("_https://x.test_") == f"<p><em>{link}</em></p>"


def test_b48_code_and_links_name_nobody() -> None:
    """B48: and no hashtag of a post stands in them."""
    source = "`@alice #a`\n\n    @alice #b\n\n[@alice #c](https://x.test) _@bob_ #d"
    said = said_in_markdown(source)
    assert (find_mentions(said), find_hashtags(said)) == (["bob"], ["d"])
    assert "mention" not in made(source.replace("#d", ""))


@pytest.mark.parametrize(
    "source",
    [
        "[a](javascript:alert(1))",
        "[a](<javascript:alert(1)>)",
        "[a](&#106;avascript:alert(1))",
        "[a](data:text/html,x)",
        "<javascript:alert(1)>",
        "[a](vbscript:x 'y')",
        "[a](/admin)",
        '<a href="javascript:x">',
        '[a](https://x.test "onmouseover=alert(1)")',
        '```"><script>\nx\n```',
    ],
)
def test_hx1_hostile_links_lead_nowhere(source: str) -> None:
    """HX-1: Markdown is cleaned as the markup of others is."""
    assert_safe(made(source))


def test_hx14_a_link_tells_its_host() -> None:
    """HX-14: of words that name another one, and of those that name none."""
    shown = made("[https://bank.test](https://evil.test) [x.test](https://x.test)")
    assert shown.count("[evil.test]") == 1
    assert "[x.test]" not in shown


BOMBS = {
    "quotes": ">" * LONG,
    "lists": "- " * LONG,
    "brackets": "[" * LONG,
    "pictures": "![" * (LONG // 2),
    "links": "[a](" * (LONG // 4),
    "stars": "*a " * (LONG // 3),
    "strong": "**a*" * (LONG // 4),
    "tildes": "~~a" * (LONG // 3),
    "ticks": "".join(f"{'`' * n} " for n in range(300)),
    "autolinks": "<https://" * (LONG // 9),
    "definitions": f"[a]: https://x.test/{'y' * 2000}\n\n" + "[a]" * (LONG // 3),
    "entities": "&quot;" * (LONG // 6),
    "table": "|" * (LONG // 2) + "\n" + "|-" * (LONG // 4),
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS)
def test_rx16_bombs_stay_small(source: str) -> None:
    """RX-16: whatever is nested or repeated, what comes out is bounded, shallow and safe."""
    shown = made(source[:500])
    assert_safe(clean_html(shown[:RAW_LETTERS_MAX]))
    assert shown.count("<blockquote>") <= 12
    assert shown.count("<li>") <= 12
    assert 0 < len(shown) <= SAFE_LETTERS_MAX
    assert len(said_in_markdown(source[:500])) <= 2500


REPEATED = [
    *("[[a](", "[", "_[", "![<[a](", "[a](b ", "<b@c>", "><b@c", "``#", "*", "*a _", "a_", "~~a"),
    *("\n\n[", "a\n\n", "a\n", "> ", "- ", "1. a\n", "&#106;", "#tag ", "@a@b.c ", "h", "\\*"),
    *("https://x.test/", "(https://x.test/", "<a:", "```\n", "    a\n", "[a](https://x.test/é) "),
]


@pytest.mark.parametrize("letters", [7_000, 50_000])
def test_rx16_work_is_bounded_whatever_the_length(
    letters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RX-16: of all that is repeated, at the longest that may be typed and where it may be more."""
    calls: Counter[str] = Counter()

    def counted(kind: type, name: str) -> None:
        does = getattr(kind, name)

        def count(*args: object, **named: object) -> object:
            calls[name] += 1
            return does(*args, **named)

        monkeypatch.setattr(kind, name, count)

    counted(ParserInline, "skipToken")  # what a bracket looks at
    counted(StateInline, "push")  # what is made of it
    counted(StateBlock, "push")
    for piece in REPEATED:
        calls.clear()
        with suppress(Invalid):
            markdown.to_html((piece * letters)[:letters])
        assert calls["skipToken"] <= markdown.STEPS_MAX, piece
        assert calls["push"] <= markdown.STEPS_MAX // 8, piece


def test_rx16_too_much_markdown_is_refused_in_words() -> None:
    """RX-16, B48: its author is told, and what usual long texts have is never too much."""
    limits = LimitSettings(post_letters_max=50_000)
    usual = (
        f"The *quick* [fox](https://x.test/a) jumps over **it**.\n\n{'It ran away, far. ' * 25}\n\n"
    )
    for text, kind in ((usual * 90, SourceType.MARKDOWN), ("[[a](" * 9_000, SourceType.PLAIN)):
        assert check(Draft(text=text, source_type=kind), limits).source == text.strip()
    with pytest.raises(Invalid, match="more Markdown than") as refused:
        check(Draft(text="[[a](" * 9_000, source_type=SourceType.MARKDOWN), limits)
    assert set(refused.value.fields) == {"text"}


def test_rx16_words_do_not_vanish() -> None:
    """RX-16: what is nested too deep to be shown is shown as it was typed."""
    assert made(">" * 40 + "deep") == render(">" * 40 + "deep", MENTIONS, HOME)
    assert made("# ") == "<p>#</p>"


PIECES = st.sampled_from(
    [
        *("*", "**", "_", "`", "```\n", "~~", "> ", "- ", "1. ", "# ", "\n", "\n\n", "    ", "\\"),
        *("[", "](", ")", "![", "<", ">", "&#106;", "javascript:", "https://x.test/", "@alice"),
        *("#tag", "<script>", "</a>", '"', "'", "\x00", "\u202e", "|", "[a]: ", "data:text/html,"),
    ]
)


@settings(max_examples=200)
@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=24).map("".join))
def test_hx6_any_markdown_becomes_safe_markup(source: str) -> None:
    """HX-6: and who is linked was found in the words that are asked for names."""
    shown = made(source)
    assert_safe(render_markdown(source, {}, ""))
    assert_safe(clean_html(shown))
    assert ('class="u-url mention"' in shown) == (
        "alice" in find_mentions(said_in_markdown(source))
    )
