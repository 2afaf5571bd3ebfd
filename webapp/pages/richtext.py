"""Cleaned markup -> what pages here show: people and tags lead to our pages, emoji are pictures.

Pure. In the tables and on the wire everything stays as it was written. Only declared emoji become
pictures, and only in words: never in an attribute, a link or code (E102, HX-5).
"""

import html
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from actors.links import web_link
from actors.text import fold_hashtag, is_hashtag
from storage.records import Emoji, SafeHtml

# In cleaned markup `<` and `>` of texts and attributes are entities, so tags are found by them.
_TAG = re.compile(r"<(/?)([a-z0-9]+)([^<>]*)>")
_HREF = re.compile(r' href="([^"]*)"')
_CLASS = re.compile(r' class="([^"]*)"')
_EMOJI = re.compile(r":([A-Za-z0-9_]+):")
_CODE = frozenset({"code", "pre"})


@dataclass(frozen=True, slots=True)
class Signposts:
    """Where links lead here: pages of people by `address_key`, and the tags that were declared."""

    people: Mapping[str, str] = field(default_factory=dict)
    hashtags: Collection[str] = ()


NO_SIGNPOSTS = Signposts()


def address_key(url: str) -> str:
    """How addresses of people are compared: http or https, with a last slash or without."""
    parts = urlsplit(web_link(url) or "")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc}{parts.path.rstrip('/')}{query}"


def shown(markup: SafeHtml, emojis: Iterable[Emoji], signposts: Signposts = NO_SIGNPOSTS) -> Markup:
    """Cleaned markup as this server shows it."""
    walk = _Walk(_pictures(emojis), signposts)
    at = 0
    for tag in _TAG.finditer(markup):
        walk.add_text(markup[at : tag.start()])
        walk.add_tag(tag)
        at = tag.end()
    walk.add_text(markup[at:])
    return Markup("".join(walk.parts))  # noqa: S704 - SafeHtml, and what we put into it


def shown_line(text: str, emojis: Iterable[Emoji]) -> Markup:
    """Plain text, such as a name, as this server shows it."""
    pictures = _pictures(emojis)
    if not pictures or ":" not in text:
        return escape(text)
    return Markup(_with_pictures(str(escape(text)), pictures))  # noqa: S704 - escaped just now


def _pictures(emojis: Iterable[Emoji]) -> dict[str, str]:
    found = {}
    for emoji in emojis:
        url = web_link(emoji.url)
        if url is not None and _EMOJI.fullmatch(f":{emoji.shortcode}:"):
            name = f":{emoji.shortcode}:"
            found[emoji.shortcode] = (
                f'<img class="emoji" src="{escape(url)}" alt="{name}" title="{name}"'
                ' width="20" height="20" loading="lazy">'
            )
    return found


def _with_pictures(escaped: str, pictures: Mapping[str, str]) -> str:
    """`:a:b:` holds one emoji: a colon ends or begins, never both."""
    return _EMOJI.sub(lambda found: pictures.get(found[1], found[0]), escaped)


class _Walk:
    """One pass over cleaned markup; knows the open link and what it says."""

    def __init__(self, pictures: Mapping[str, str], signposts: Signposts) -> None:
        self.parts: list[str] = []
        self._pictures = pictures
        self._signposts = signposts
        self._link: int | None = None  # where in `parts` the open link begins
        self._said: list[str] = []
        self._code = 0

    def add_text(self, text: str) -> None:
        is_plain = self._link is None and not self._code and self._pictures
        self.parts.append(_with_pictures(text, self._pictures) if is_plain else text)
        self._said.append(text)

    def add_tag(self, tag: re.Match[str]) -> None:
        is_end, name = bool(tag[1]), tag[2]
        if name in _CODE:
            self._code += -1 if is_end else 1
        if name == "a" and is_end and self._link is not None:
            self.parts[self._link] = self._redirected(self.parts[self._link])
            self._link = None
        elif name == "a" and not is_end:
            self._link, self._said = len(self.parts), []
        self.parts.append(tag[0])

    def _redirected(self, opening: str) -> str:
        """The link to our own page where there is one, else as it was."""
        said = html.unescape("".join(self._said)).strip()
        classes = _CLASS.search(opening)
        path = self._path(opening, said, classes[1].split() if classes else ())
        if path is None:
            return opening
        return f'<a href="{escape(path)}"{classes[0] if classes else ""}>'

    def _path(self, opening: str, said: str, classes: Collection[str]) -> str | None:
        if said.startswith("#") and is_hashtag(said[1:]):
            name = fold_hashtag(said)
            if "hashtag" in classes or name in self._signposts.hashtags:
                return f"/tags/{quote(name, safe='')}"
        href = _HREF.search(opening)
        # HX-14: what does not call itself a person is a link like others.
        if href is None or not said.startswith("@"):
            return None
        return self._signposts.people.get(address_key(html.unescape(href[1])))
