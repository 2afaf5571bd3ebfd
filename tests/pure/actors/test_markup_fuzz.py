"""Whatever comes in, what comes out is on the allow-list; generated bodies of hostile pieces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.markup import clean_html, plain_text, render, render_field
from actors.text import clean_line, clean_name, find_hashtags, find_mentions, letters
from tests.pure.actors.test_markup import HOME, HOSTILE, MENTIONS, assert_safe

PIECES = st.sampled_from(
    [
        *HOSTILE.values(),
        *("<p>", "</p>", "<h1>", "</h2>", "<a>", "</a>", "<b>", "</b>", "<li>", "<ul>", "</ul>"),
        *("<svg>", "<math>", "<mtext>", "<style>", "</style>", "<table>", "<td>", "<template>"),
        *('<a href="https://x.test">', '<a href="javascript:x">', '<span class="invisible">'),
        *(
            "</span>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?",
            "&lt;",
            "&#60;",
            "&amp;lt;",
            '"',
            "'",
        ),
        *("x.test", "@alice", "#tag", "https://x.test/y", "\n", "\n\n", "\x00", "\u202e", " "),
    ]
)
BODIES = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=14).map("".join)


@settings(max_examples=150)
@given(BODIES)
def test_hx1_anything_becomes_safe_markup(body: str) -> None:
    """A96."""
    cleaned = clean_html(body)
    assert_safe(cleaned)
    assert_safe(clean_html(cleaned))
    assert "\x00" not in plain_text(body)


@settings(max_examples=100)
@given(BODIES)
def test_hx6_anything_typed_becomes_safe_markup(body: str) -> None:
    """Our own markup has two forms more: links of tags carry rel=tag, mentions none."""
    foreign = render(body, {}, "")
    assert_safe(foreign)
    own = render(body, MENTIONS, HOME)
    assert "<script" not in own
    assert_safe(clean_html(own))
    assert "\n" not in render_field(body)


@settings(max_examples=100)
@given(st.text(max_size=200))
def test_reading_never_fails(text: str) -> None:
    assert 0 <= letters(text) <= max(len(text), 23 * len(text))
    assert all(text for text in (*find_mentions(text), *find_hashtags(text)))
    for line in (clean_line(text), clean_name(text)):
        assert line == " ".join(line.split())
        assert line.isprintable() or any(ord(letter) > 0x7F for letter in line)
