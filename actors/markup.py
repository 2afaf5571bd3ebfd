"""Typed text and markup of other servers -> `SafeHtml`. The only file that makes one. Pure.

Allow-list of elements and classes: https://docs.joinmastodon.org/spec/activitypub/#sanitization
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

import nh3

from actors import markdown
from actors.links import host_of, shown_link, tells_its_host, web_link
from actors.text import Token, clean_source, cut_marks, fold_hashtag, tokens
from storage.records import SafeHtml

RAW_LETTERS_MAX = 65_536
SAFE_LETTERS_MAX = 4 * RAW_LETTERS_MAX
REL = "nofollow noopener noreferrer"

# E92: other schemes become text. `javascript:` and `data:` are what this is about.
_SCHEMES = {"http", "https", "mailto", "xmpp", "magnet", "gemini", "gopher", "ipfs", "dat"}
_CLASS = re.compile(
    r"(?:h|p|u|dt|e)-[a-z0-9-]{1,30}|mention|hashtag|ellipsis|invisible|quote-inline"
)
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_KEPT = {
    *("p", "br", "span", "a", "del", "s", "pre", "code", "em", "strong", "b", "i", "u"),
    *("ul", "ol", "li", "blockquote"),
}
_UNSPOKEN = {"a", "code", "pre"}
# Contents of these are never words that somebody wrote for people to read.
_DROPPED = {
    *(
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "noembed",
        "noframes",
        "noscript",
        "template",
    ),
    *("svg", "math", "title", "textarea", "select", "form", "audio", "video", "canvas", "head"),
}
_TAG = re.compile(r"<(/?)([a-z0-9]+)([^<>]*)>")
_HREF = re.compile(r' href="([^"]*)"')
_ANY_TAG = re.compile(r"<[^<>]*>")
_LOOKS_LIKE_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_HANDLE_OR_TAG = re.compile(r"#[^\s/.:]{1,100}|@[\w.-]{1,64}(?:@[\w.-]{1,253}(?::[0-9]{1,5})?)?")
# HTML re-opens these in every later block (section 13.2.4.3 of the standard): a few hundred open
# ones times a few hundred blocks would fill the memory. Deep nesting costs the square of its depth.
_FORMATTING = re.compile(
    r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE
)
_OPENING = re.compile(r"<[a-zA-Z]")
_REOPENED_MAX = 120_000
_ELEMENTS_MAX = 6_000
_BREAKS = re.compile(r"<(?:br|/p|/li|/blockquote|/pre|/ul|/ol|/div|/h[1-6])>")


@dataclass(frozen=True, slots=True)
class ResolvedMention:
    """Somebody named in a text whom we know: `url` is the profile page people open."""

    username: str
    url: str


def _attribute(element: str, name: str, value: str) -> str | None:
    """nh3 asks about each attribute on its list; None drops it."""
    if name == "class":
        return " ".join(word for word in value.split() if _CLASS.fullmatch(word)) or None
    if name == "href":
        return _link_target(value)
    if name in {"start", "value"}:
        return value if _NUMBER.fullmatch(value) else None
    if name == "reversed":
        return ""
    return value if (element, name, value) == ("a", "rel", REL) else None


def _link_target(value: str) -> str | None:
    scheme = value.split(":", 1)[0].lower()
    if scheme in {"http", "https"}:
        return web_link(value)
    is_short_line = len(value) <= 2048 and value.isprintable()  # noqa: PLR2004 - as web_link
    return value if scheme in _SCHEMES and is_short_line else None


_cleaner = nh3.Cleaner(
    tags=_KEPT | _HEADINGS,
    clean_content_tags=_DROPPED,
    attributes={
        "a": {"href", "class"},
        "span": {"class"},
        "p": {"class"},
        "ol": {"start", "reversed"},
        "li": {"value"},
    },
    attribute_filter=_attribute,
    url_schemes=_SCHEMES,
    url_relative="deny",
    link_rel=REL,
)
_flattener = nh3.Cleaner(
    tags={"p", "br", "li", "blockquote", "pre", "ul", "ol", "div"} | _HEADINGS,
    clean_content_tags=_DROPPED,
    attributes={},
    link_rel=None,
)


def clean_html(raw: str) -> SafeHtml:
    """Markup of another server by the allow-list of E90-E92; linear, bounded, idempotent.

    A link whose words do not tell its host gets the host behind them (HX-14, CVE-2023-36462).
    """
    raw = raw[:RAW_LETTERS_MAX].replace("\x00", "")
    if not _LOOKS_LIKE_MARKUP.search(raw):
        return render_plain(html.unescape(raw))
    if _is_bomb(raw):
        return render_plain(_flat_text(raw))
    cleaned = _cleaner.clean(raw)
    if len(cleaned) > SAFE_LETTERS_MAX:
        return render_plain(_flat_text(raw))
    cleaned = _tidy(cleaned).strip()
    return SafeHtml(cleaned if "<" in cleaned or not cleaned else f"<p>{cleaned}</p>")


def plain_text(markup: str) -> str:
    """What markup says, without it: blocks become lines, entities letters. Not escaped."""
    markup = markup[:SAFE_LETTERS_MAX].replace("\x00", "")
    if not _LOOKS_LIKE_MARKUP.search(markup):
        return html.unescape(markup).strip()
    if _is_bomb(markup):
        return _flat_text(markup)
    flat = _flattener.clean(markup.replace("\n", " "))
    lines = _ANY_TAG.sub("", _BREAKS.sub("\n", flat)).split("\n")
    return "\n".join(" ".join(html.unescape(line).split()) for line in lines).strip()


def render(source: str, mentions: Mapping[str, ResolvedMention], base_url: str) -> SafeHtml:
    """Text of a local person as markup; `mentions` by handle as `find_mentions` gives them.

    Mentions as E93, hashtags as E94 (pages below `base_url`), links cut but with their whole host.
    """
    return _paragraphs(source, _Links(mentions=mentions, base_url=base_url))


def render_markdown(
    source: str, mentions: Mapping[str, ResolvedMention], base_url: str
) -> SafeHtml:
    """Markdown of a local person as markup (B48): links and names as `render` has them.

    Cleaned as that of other servers is. What is no post but a bomb is rendered as plain text.
    Raises `Invalid` for more than `markdown.STEPS_MAX`.
    """
    cleaned = _cleaned_markdown(source)
    if cleaned is None:
        return render(source, mentions, base_url)
    links = _Links(mentions=mentions, base_url=base_url)
    return SafeHtml("".join(_linked(each, links) for each in _pieces(cleaned)))


def said_in_markdown(source: str) -> str:
    """The words of Markdown in which there may be names: not those in code and of links."""
    cleaned = _cleaned_markdown(source)
    if cleaned is None:
        return source
    spoken = (each.text for each in _pieces(cleaned) if each.is_spoken and each.text.strip())
    return "\n".join(map(html.unescape, spoken))


def render_plain(text: str) -> SafeHtml:
    """Plain text as paragraphs with links; mentions and hashtags stay words (E100)."""
    return _paragraphs(text[:RAW_LETTERS_MAX], _Links())


def render_field(value: str) -> SafeHtml:
    """A value of a profile's table, one line; links carry rel=me so that they can be verified."""
    return SafeHtml(_inline(" ".join(clean_source(value).split()), _Links(rel=f"me {REL}")))


@dataclass(frozen=True, slots=True)
class _Links:
    mentions: Mapping[str, ResolvedMention] = field(default_factory=dict)
    base_url: str = ""
    rel: str = REL


@lru_cache(maxsize=8)  # a post is asked for its names and then for its markup
def _cleaned_markdown(source: str) -> str | None:
    """None for a bomb, and for what would show no words, such as quotes that are far too deep."""
    raw = markdown.to_html(clean_source(source))
    if len(raw) > RAW_LETTERS_MAX or _is_bomb(raw):
        return None
    cleaned = clean_html(raw)
    return cleaned if _ANY_TAG.sub("", cleaned).strip() else None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A tag of cleaned markup, or what stands between two; spoken: links and names are read."""

    text: str
    is_spoken: bool = False


def _pieces(cleaned: str) -> Iterable[_Piece]:
    at = inside = 0
    for tag in _TAG.finditer(cleaned):
        yield _Piece(cleaned[at : tag.start()], is_spoken=not inside)
        yield _Piece(tag[0])
        if tag[2] in _UNSPOKEN:
            inside += -1 if tag[1] else 1
        at = tag.end()
    yield _Piece(cleaned[at:], is_spoken=not inside)


def _linked(piece: _Piece, links: _Links) -> str:
    if not piece.is_spoken:
        return piece.text
    # Line ends are tags by now; those that are left stand between blocks.
    return _inline(html.unescape(piece.text).replace("\n", ""), links)


def _paragraphs(source: str, links: _Links) -> SafeHtml:
    blocks = re.split(r"\n[ \t]*\n\s*", cut_marks(clean_source(source)))
    return SafeHtml("".join(f"<p>{_inline(block, links)}</p>" for block in blocks if block))


def _inline(text: str, links: _Links) -> str:
    parts = []
    at = 0
    for token in tokens(text):
        parts.append(_escape(text[at : token.start]))
        parts.append(_token_markup(text[token.start : token.end], token, links))
        at = token.end
    parts.append(_escape(text[at:]))
    return "".join(parts)


def _token_markup(typed: str, token: Token, links: _Links) -> str:
    if token.kind == "link":
        return _link(token.value, links.rel)
    if token.kind == "hashtag":
        return _hashtag(token.value, links.base_url) if links.base_url else _escape(typed)
    mention = links.mentions.get(token.value)
    return _mention(mention) if mention else _escape(typed)


def _link(url: str, rel: str) -> str:
    target = web_link(url)
    if target is None:
        return _escape(url)
    cut = shown_link(target)
    css = ' class="ellipsis"' if cut.after else ""
    after = f'<span class="invisible">{_escape(cut.after)}</span>' if cut.after else ""
    return (
        f'<a href="{_escape(target)}" rel="{rel}">'
        f'<span class="invisible">{_escape(cut.before)}</span>'
        f"<span{css}>{_escape(cut.shown)}</span>{after}</a>"
    )


def _mention(mention: ResolvedMention) -> str:
    """E93: the form that every server recognises; href is the profile page."""
    href = _escape(web_link(mention.url) or "")
    return (
        f'<span class="h-card"><a href="{href}" class="u-url mention">'
        f"@<span>{_escape(mention.username)}</span></a></span>"
    )


def _hashtag(name: str, base_url: str) -> str:
    """E94: shown as typed, linked to the folded name."""
    href = _escape(f"{base_url}/tags/{quote(fold_hashtag(name), safe='')}")
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{_escape(name)}</span></a>'


def _escape(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _is_bomb(raw: str) -> bool:
    opened = len(_OPENING.findall(raw))
    formatting = len(_FORMATTING.findall(raw))
    return opened > _ELEMENTS_MAX or formatting * (opened - formatting) > _REOPENED_MAX


def _flat_text(raw: str) -> str:
    return html.unescape(_ANY_TAG.sub(" ", raw)).strip()


def _tidy(cleaned: str) -> str:
    """Headings become strong paragraphs, and every link tells its host.

    nh3 writes `<` and `>` inside text and attributes as entities, so tags can be found by them.
    """
    walk = _Walk()
    at = 0
    for tag in _TAG.finditer(cleaned):
        walk.add_text(cleaned[at : tag.start()])
        walk.add_tag(tag)
        at = tag.end()
    walk.add_text(cleaned[at:])
    return "".join(walk.parts)


class _Walk:
    """One pass over cleaned markup; knows the open link and whether its text is hidden."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._href: str | None = None
        self._in_link = False
        self._said: list[str] = []
        self._spans: list[bool] = []

    def add_text(self, text: str) -> None:
        self.parts.append(cut_marks(text))
        if self._in_link and not any(self._spans):
            self._said.append(text)

    def add_tag(self, tag: re.Match[str]) -> None:
        closing, name, attributes = tag[1], tag[2], tag[3]
        if name in _HEADINGS:
            self.parts.append("</strong></p>" if closing else "<p><strong>")
        elif name == "a":
            self._add_anchor(tag[0], attributes, is_end=bool(closing))
        elif name == "span":
            self._add_span(tag[0], attributes, is_end=bool(closing))
        else:
            self.parts.append(tag[0])

    def _add_anchor(self, tag: str, attributes: str, *, is_end: bool) -> None:
        if is_end:
            self.parts.extend(self._told_host())
        else:
            href = _HREF.search(attributes)
            self._href = html.unescape(href[1]) if href else None
            self._said, self._spans = [], []
        self._in_link = not is_end
        self.parts.append(tag)

    def _add_span(self, tag: str, attributes: str, *, is_end: bool) -> None:
        if is_end:
            if self._spans:
                self._spans.pop()
            self.parts.append(tag)
            return
        hides = "invisible" in attributes
        # Hidden words make sense only for the ends of a long link.
        self.parts.append(tag if self._in_link or not hides else "<span>")
        if self._in_link:
            self._spans.append(hides)

    def _told_host(self) -> Iterable[str]:
        if self._href is None:
            return ()
        said = html.unescape("".join(self._said)).strip()
        scheme = self._href.split(":", 1)[0].lower()
        if scheme not in {"http", "https"}:
            is_told = said.lower().startswith(f"{scheme}:") or said.endswith(f"[{scheme}]")
            return () if is_told or "." not in said or scheme == "mailto" else (f" [{scheme}]",)
        if _HANDLE_OR_TAG.fullmatch(said) or tells_its_host(said, self._href):
            return ()
        return (f" [{_escape(host_of(self._href))}]",)
