"""What a web page says about itself in its head: Open Graph and its older relatives. Pure.

https://ogp.me, https://html.spec.whatwg.org/multipage/semantics.html#the-meta-element; whom a page
names as its author on the fediverse: `fediverse:creator`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from actors.links import web_link
from actors.text import clean_line
from posts.text import language_tag

TITLE_LETTERS_MAX: Final = 300
DESCRIPTION_LETTERS_MAX: Final = 500
NAME_LETTERS_MAX: Final = 100
_TAGS_MAX: Final = 2000
_PIXELS_MAX: Final = 65_535
_VALUE_LETTERS_MAX: Final = 4000
_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_HANDLE: Final = re.compile(r"@?([A-Za-z0-9_.-]{1,64})@([A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)")
_TITLES: Final = ("og:title", "twitter:title")
_DESCRIPTIONS: Final = ("og:description", "twitter:description", "description")
_IMAGES: Final = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image")
_TIMES: Final = ("article:published_time", "og:article:published_time", "date")


@dataclass(frozen=True, slots=True)
class PageHead:
    """What a page says of itself, cleaned and bounded; `creator` is (username, host)."""

    title: str
    description: str = ""
    language: str = ""
    site_name: str = ""
    author_name: str = ""
    author_url: str = ""
    image_url: str | None = None
    image_alt: str = ""
    width: int | None = None
    height: int | None = None
    published_at: datetime | None = None
    creator: tuple[str, str] | None = None


def read(page: str, url: str) -> PageHead | None:
    """Read the head of a page that came from `url`; None for one without a title."""
    head = _Head()
    head.feed(page)
    said = head.said
    title = clean_line(_first(said, _TITLES) or head.title, TITLE_LETTERS_MAX)
    if not title:
        return None
    image_url = _address(_first(said, _IMAGES), url)
    author = said.get("author", "") or said.get("article:author", "")
    author_url = _address(author, url) if author.startswith(("https://", "http://")) else None
    return PageHead(
        title=title,
        description=clean_line(_first(said, _DESCRIPTIONS), DESCRIPTION_LETTERS_MAX),
        language=language_tag(head.language) or "",
        site_name=clean_line(said.get("og:site_name", ""), NAME_LETTERS_MAX),
        author_name="" if author_url else clean_line(author, NAME_LETTERS_MAX),
        author_url=author_url or "",
        image_url=image_url,
        image_alt=clean_line(said.get("og:image:alt", ""), DESCRIPTION_LETTERS_MAX),
        width=_pixels(said.get("og:image:width", "")) if image_url else None,
        height=_pixels(said.get("og:image:height", "")) if image_url else None,
        published_at=_moment(_first(said, _TIMES)),
        creator=_creator(said.get("fediverse:creator", "")),
    )


@dataclass
class _Head(HTMLParser):
    """Reads until the head ends, a few thousand tags at most."""

    said: dict[str, str] = field(default_factory=dict)
    title: str = ""
    language: str = ""
    _tags: int = 0
    _is_over: bool = False
    _is_in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._tags += 1
        self._is_over = self._is_over or tag == "body" or self._tags > _TAGS_MAX
        if self._is_over:
            return
        given = {name: (value or "")[:_VALUE_LETTERS_MAX] for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "title" and not self.title:
            self._is_in_title = True
        elif tag == "meta" and "content" in given:
            name = (given.get("property") or given.get("name") or "").strip().lower()
            if given["content"].strip():
                self.said.setdefault(name, given["content"])

    def handle_endtag(self, tag: str) -> None:
        self._is_over = self._is_over or tag == "head"
        self._is_in_title = self._is_in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._is_in_title and len(self.title) < TITLE_LETTERS_MAX:
            self.title += data


def _first(said: dict[str, str], names: Sequence[str]) -> str:
    return next((said[name] for name in names if name in said), "")


def _address(text: str, base: str) -> str | None:
    try:
        return web_link(urljoin(base, text.strip())) if text.strip() else None
    except ValueError:
        return None


def _pixels(text: str) -> int | None:
    found = int(text) if _NUMBER.fullmatch(text.strip()) else 0
    return found if 0 < found <= _PIXELS_MAX else None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _creator(text: str) -> tuple[str, str] | None:
    found = _HANDLE.fullmatch(text.strip())
    return (found[1], found[2].lower()) if found else None
