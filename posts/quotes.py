"""The words by which servers that know no quotes still show a link: written, and taken off. Pure.

FEP-044f, "Backward compatibility": `RE:` and a link, best in an element of the class
`quote-inline`; Mastodon writes it first, Misskey and Akkoma last, Misskey without the class (E104).
"""

import html
import re

from actors.links import web_link

TAIL_LETTERS_MAX = 8_000
"""So near the end of a text the fallback stands; what is before is not looked at."""

_TAG_LETTERS_MAX = 300
_WORD = re.compile(r"\b(?:RE|QT):\s*", re.IGNORECASE)
_ANCHOR = (
    r'<a [^<>]{0,2000}?href="([^"<>]{1,2048})"[^<>]{0,2000}>'
    r"(?:[^<>]|</?span[^<>]{0,200}>){0,4000}</a>"
)
_LINK = re.compile(_ANCHOR, re.IGNORECASE)
# Mastodon writes it before everything else.
_FIRST = re.compile(rf'<p class="quote-inline">\s*RE:\s*{_ANCHOR}\s*</p>', re.IGNORECASE)
_BARE_LINK = re.compile(r"(https?://[^\s<>]{1,2048})")
_NOTHING_MORE = re.compile(r"(?:\s|</?(?:p|span|div)(?: [^<>]{0,200})?>|<br\s*/?>)*", re.IGNORECASE)
_EMPTY_BEFORE = re.compile(r"<(?:br\s*/?|(?:p|span|div)(?: [^<>]{0,200})?)>\Z", re.IGNORECASE)


def fallback(uri: str) -> str:
    """The words to write below a text that quotes something."""
    shown = html.escape(uri)
    return f'<p class="quote-inline">RE: <a href="{shown}">{shown}</a></p>'


def without_fallback(markup: str) -> str:
    """Markup without the words that stand for a quote; as it came where there are none.

    Only for a post that says what it quotes: then the quote itself is shown instead. What is left
    is no more trusted than before; cleaning it closes what stays open.
    """
    first = _FIRST.match(markup)
    if first is not None and _is_link(first[1]):
        return markup[first.end() :]
    begins = list(_WORD.finditer(markup, max(0, len(markup) - TAIL_LETTERS_MAX)))
    if not begins:
        return markup
    word = begins[-1]
    link = _LINK.match(markup, word.end()) or _BARE_LINK.match(markup, word.end())
    if link is None or not _is_link(link[1]):
        return markup
    if _NOTHING_MORE.fullmatch(markup, link.end()) is None:
        return markup
    return _trimmed(markup[: word.start()])


def _is_link(href: str) -> bool:
    return web_link(html.unescape(href)) is not None


def _trimmed(markup: str) -> str:
    """Markup without line breaks at its end, and without elements that hold nothing yet."""
    while True:
        markup = markup.rstrip()
        empty = _EMPTY_BEFORE.search(markup[-_TAG_LETTERS_MAX:])
        if empty is None:
            return markup
        markup = markup[: -len(empty[0])]
