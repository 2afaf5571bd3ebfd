"""Feeds for feed readers: RSS 2.0 and Atom (RFC 4287); pure.

Written as a tree of elements, which escapes all that people wrote (HX-15).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

ATOM: Final = "http://www.w3.org/2005/Atom"
MEDIA: Final = "http://search.yahoo.com/mrss/"
RSS_TYPE: Final = "application/rss+xml; charset=utf-8"
ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
GENERATOR: Final = "Kittiwake"
# XML 1.0, section 2.2: what no document may contain, however it is written.
_NO_CHARACTERS = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("atom", ATOM)
register_namespace("media", MEDIA)


@dataclass(frozen=True, slots=True)
class File:
    """A picture, film or sound of an entry."""

    url: str
    media_type: str
    description: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as feed readers show it; `html` is cleaned markup."""

    id: str
    url: str
    title: str
    html: str
    published_at: datetime
    updated_at: datetime
    author: str
    author_url: str
    hashtags: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed; `own_url` is where it is, `page_url` the page that people read."""

    title: str
    subtitle: str
    own_url: str
    page_url: str
    updated_at: datetime
    entries: Sequence[Entry]
    icon_url: str | None = None


def rss(feed: Feed) -> bytes:
    """Write RSS 2.0 (rssboard.org/rss-specification), with pictures as Media RSS."""
    root = Element("rss", {"version": "2.0"})
    channel = SubElement(root, "channel")
    _text(channel, "title", feed.title)
    _text(channel, "description", feed.subtitle)
    _text(channel, "link", feed.page_url)
    own = {"rel": "self", "href": feed.own_url, "type": "application/rss+xml"}
    SubElement(channel, f"{{{ATOM}}}link", own)
    _text(channel, "lastBuildDate", format_datetime(feed.updated_at))
    _text(channel, "generator", GENERATOR)
    if feed.icon_url is not None:
        image = SubElement(channel, "image")
        _text(image, "url", feed.icon_url)
        _text(image, "title", feed.title)
        _text(image, "link", feed.page_url)
    for entry in feed.entries:
        item = SubElement(channel, "item")
        _text(item, "title", entry.title)
        _text(item, "guid", entry.url).set("isPermaLink", "true")
        _text(item, "link", entry.url)
        _text(item, "pubDate", format_datetime(entry.published_at))
        _text(item, "description", entry.html)
        for tag in entry.hashtags:
            _text(item, "category", tag)
        for file in entry.files:
            made = {"url": _clean(file.url), "type": file.media_type}
            content = SubElement(item, f"{{{MEDIA}}}content", made)
            if file.description:
                _text(content, f"{{{MEDIA}}}description", file.description).set("type", "plain")
    return _document(root)


def atom(feed: Feed) -> bytes:
    """Write Atom (RFC 4287)."""
    root = Element(f"{{{ATOM}}}feed")
    _text(root, f"{{{ATOM}}}id", feed.own_url)
    _text(root, f"{{{ATOM}}}title", feed.title)
    _text(root, f"{{{ATOM}}}subtitle", feed.subtitle)
    _text(root, f"{{{ATOM}}}updated", _instant(feed.updated_at))
    _text(root, f"{{{ATOM}}}generator", GENERATOR)
    _link(root, "self", feed.own_url, "application/atom+xml")
    _link(root, "alternate", feed.page_url, "text/html")
    if feed.icon_url is not None:
        _text(root, f"{{{ATOM}}}logo", feed.icon_url)
    for entry in feed.entries:
        made = SubElement(root, f"{{{ATOM}}}entry")
        _text(made, f"{{{ATOM}}}id", entry.id)
        _text(made, f"{{{ATOM}}}title", entry.title)
        _text(made, f"{{{ATOM}}}published", _instant(entry.published_at))
        _text(made, f"{{{ATOM}}}updated", _instant(entry.updated_at))
        author = SubElement(made, f"{{{ATOM}}}author")
        _text(author, f"{{{ATOM}}}name", entry.author)
        _text(author, f"{{{ATOM}}}uri", entry.author_url)
        _text(made, f"{{{ATOM}}}content", entry.html).set("type", "html")
        _link(made, "alternate", entry.url, "text/html")
        for file in entry.files:
            _link(made, "enclosure", file.url, file.media_type)
        for tag in entry.hashtags:
            SubElement(made, f"{{{ATOM}}}category", {"term": _clean(tag)})
    return _document(root)


def _document(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _text(parent: Element, name: str, text: str) -> Element:
    made = SubElement(parent, name)
    made.text = _clean(text)
    return made


def _link(parent: Element, rel: str, url: str, media_type: str) -> None:
    given = {"rel": rel, "type": media_type, "href": _clean(url)}
    SubElement(parent, f"{{{ATOM}}}link", given)


def _clean(text: str) -> str:
    return _NO_CHARACTERS.sub("", text)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
