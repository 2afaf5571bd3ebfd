"""Texts of other servers as shown here: whither links lead, and which words become pictures."""

import pytest

from storage.records import Emoji, SafeHtml
from webapp.pages.richtext import NO_SIGNPOSTS, Signposts, address_key, shown, shown_line

BLOB = Emoji("blob_cat", "https://beta.test/emoji/blob.png")
SIGNPOSTS = Signposts(
    people={address_key("https://beta.test/@bob"): "/@bob@beta.test"}, hashtags={"tide"}
)
MENTION = '<a href="{}" class="u-url mention" rel="nofollow noopener noreferrer">{}</a>'


def html(markup: str) -> str:
    return str(shown(SafeHtml(markup), [BLOB], SIGNPOSTS))


@pytest.mark.parametrize("href", ["https://beta.test/@bob", "http://beta.test/@bob/"])
def test_a_mention_leads_to_our_page(href: str) -> None:
    link = MENTION.format(href, "@<span>bob</span>")
    assert html(f"<p>{link} hi</p>") == (
        '<p><a href="/@bob@beta.test" class="u-url mention">@<span>bob</span></a> hi</p>'
    )


@pytest.mark.parametrize(
    "link",
    [
        MENTION.format("https://evil.test/@bob", "@bob"),
        MENTION.format("https://beta.test/@bob", "beta.test/@bob"),
        '<a href="https://beta.test/">#</a>',
        '<a href="https://beta.test/tags/tide">tide</a>',
        '<a href="https://beta.test/tags/other">#other</a>',
    ],
)
def test_hx14_other_links_go_where_they_say(link: str) -> None:
    assert html(link) == link


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://beta.test/tags/Tide" class="mention hashtag">#<span>Tide</span></a>',
        '<a href="https://beta.test/tags/Tide">#Tide</a>',
    ],
)
def test_a_hashtag_leads_to_our_page(link: str) -> None:
    assert 'href="/tags/tide"' in html(link)
    assert "beta.test" not in html(link)


def test_a_tag_in_other_letters_is_quoted() -> None:
    link = '<a href="https://beta.test/tags/x" class="hashtag">#Öl&#x27;</a>'
    assert html(link) == link
    assert 'href="/tags/%C3%B6l"' in html(link.replace("&#x27;", ""))


def test_e102_a_declared_emoji_is_a_picture_others_are_words() -> None:
    text = html("<p>:blob_cat: :unknown: :blob_cat:</p>")
    assert text.count('<img class="emoji" src="https://beta.test/emoji/blob.png"') == 2
    assert 'alt=":blob_cat:" title=":blob_cat:"' in text
    assert " :unknown: " in text


def test_hx5_no_emoji_in_attributes_links_or_code() -> None:
    link = '<a href="https://x.test/:blob_cat:" rel="nofollow">x.test/:blob_cat:</a>'
    assert html(link) == link
    code = "<pre><code>:blob_cat:</code></pre>"
    assert html(code) == code
    assert "<img" in html(f"{link}{code}:blob_cat:")


@pytest.mark.parametrize(
    "emoji",
    [
        Emoji('x" onerror="alert(1)', "https://beta.test/x.png"),
        Emoji("x", "javascript:alert(1)"),
        Emoji("x", 'https://beta.test/"onerror=alert(1)'),
    ],
)
def test_hx5_what_cannot_be_an_emoji_stays_words(emoji: Emoji) -> None:
    assert "<img" not in shown(SafeHtml(f":{emoji.shortcode}: :x:"), [emoji], NO_SIGNPOSTS)


def test_a_name_is_escaped_and_has_its_emoji() -> None:
    line = shown_line("Bob <b> :blob_cat:", [BLOB])
    assert line.startswith('Bob &lt;b&gt; <img class="emoji"')
    assert shown_line("Bob <b> :blob_cat:", []) == "Bob &lt;b&gt; :blob_cat:"
