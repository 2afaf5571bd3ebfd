"""Reads what people type: links, mentions and hashtags in it, and how long it is. Pure.

Makes no markup: `actors/markup.py` does. Everything here is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from actors.links import web_link

LINK_LETTERS = 23
MENTIONS_MAX = 50
HASHTAGS_MAX = 64
HASHTAG_LETTERS_MAX = 100
NAME_LETTERS_MAX = 100
LINE_LETTERS_MAX = 500

_INTERESTING = re.compile(
    r"(?<!\w)(?P<url>https?://[^\s<>\"\x00-\x20]{1,4096})"
    r"|(?<![\w/.@=&-])@(?:"
    r"(?P<user>[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?)"
    r"@(?P<host>(?:\w(?:[\w-]{0,61}\w)?\.){0,10}\w(?:[\w-]{0,61}\w)?(?::[0-9]{1,5})?)"
    r"|(?P<local>[a-z0-9_]{1,30})(?!\w))"
    r"|(?<![\w/&#])[#＃](?P<tag>[^\s#＃@<>\"'/&,;:!?()\[\]{}]{1,400})",  # noqa: RUF001 - people type it
    re.IGNORECASE,
)
_CLOSING = {")": "(", "]": "[", "}": "{", "»": "«", "”": "“"}
_TRAILING = frozenset(".,;:!?'\"*_~…’")  # noqa: RUF001 - typographic marks end sentences too
_TAG_JOINERS = frozenset("_·・\u200c\u200d")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u00ad\u115f\u1160\u3164]")
_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")


@dataclass(frozen=True, slots=True)
class Token:
    """A link, mention or hashtag at `source[start:end]`.

    `value` is the address, the handle in lower case without leading @, or the tag as typed.
    """

    kind: Literal["link", "mention", "hashtag"]
    start: int
    end: int
    value: str


def tokens(source: str) -> Iterator[Token]:
    """Every link, mention and hashtag of a text, in order, none inside another."""
    for found in _INTERESTING.finditer(source):
        token = _token(found)
        if token is not None:
            yield token


def token_at(source: str, at: int) -> Token | None:
    """Return the link, mention or hashtag that begins at a place of a text."""
    found = _INTERESTING.match(source, at)
    return _token(found) if found is not None else None


def find_mentions(source: str) -> list[str]:
    """Handles named in a text ("alice", "bob@host"), lower case, each once; at most 50 (RX-12)."""
    return _first_of(source, "mention", MENTIONS_MAX)


def find_hashtags(source: str) -> list[str]:
    """Hashtags of a text, folded, without `#`, each once; at most 64 (RX-14)."""
    names = (fold_hashtag(token.value) for token in tokens(source) if token.kind == "hashtag")
    return list(dict.fromkeys(names))[:HASHTAGS_MAX]


def fold_hashtag(name: str) -> str:
    """E95: how a hashtag is compared: NFKC, case-folded, without `#`, bounded."""
    bare = name.strip().lstrip("#＃")[: HASHTAG_LETTERS_MAX * 2]  # noqa: RUF001 - people type it
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())
    return folded[:HASHTAG_LETTERS_MAX]


def is_hashtag(name: str) -> bool:
    """Whether a name without `#` can be a hashtag: letters, digits, `_`; not digits alone."""
    return (
        0 < len(name) <= HASHTAG_LETTERS_MAX
        and _tag_length(name) == len(name)
        and any(letter.isalpha() for letter in name)
    )


def letters(source: str) -> int:
    """How long a text counts: a link 23 letters, `@a@host` as `@a`, an emoji or accent once."""
    counted = 0
    at = 0
    for token in tokens(source):
        if token.kind == "hashtag":
            continue
        counted += _graphemes(source[at : token.start])
        counted += LINK_LETTERS if token.kind == "link" else 1 + token.value.find("@")
        if token.kind == "mention" and "@" not in token.value:
            counted += 1 + len(token.value)
        at = token.end
    return counted + _graphemes(source[at:])


def cut(text: str, letters_max: int) -> str:
    """The beginning of a text: no accent, flag or joined emoji of it is taken apart."""
    if len(text) <= letters_max:
        return text
    *_, end = _starts(text[: letters_max + 1])
    return text[:end]


def clean_source(text: str) -> str:
    """What a person typed, without control characters and with plain line ends."""
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text)).strip()


def clean_line(text: str, letters_max: int = LINE_LETTERS_MAX) -> str:
    """One bounded line of plain text; not escaped. For warnings, alt texts, poll options (HX-2)."""
    bounded = text[: letters_max * 8]
    bounded = _CONTROL.sub(" ", _LINE_ENDS.sub("\n", bounded))
    bounded = _MARKS.sub(r"\1", unicodedata.normalize("NFC", bounded))
    return " ".join(bounded.split())[:letters_max].rstrip()


def clean_name(text: str) -> str:
    """A display name: one line without marks that turn or hide what stands around it (HX-9)."""
    return clean_line(_DIRECTION.sub("", text[: NAME_LETTERS_MAX * 8]), NAME_LETTERS_MAX)


def cut_marks(text: str) -> str:
    """At most four combining marks on a letter: no text runs over its neighbours (HX-13)."""
    return _MARKS.sub(r"\1", text)


def _first_of(source: str, kind: str, most: int) -> list[str]:
    return list(dict.fromkeys(t.value for t in tokens(source) if t.kind == kind))[:most]


def _token(found: re.Match[str]) -> Token | None:
    if found["url"]:
        url = _without_trailing(found["url"])
        if web_link(url) is None:
            return None
        return Token("link", found.start(), found.start() + len(url), url)
    if found["tag"]:
        length = _tag_length(found["tag"])
        name = found["tag"][:length]
        if not is_hashtag(name):
            return None
        return Token("hashtag", found.start(), found.start("tag") + length, name)
    handle = found["local"] or f"{found['user']}@{found['host']}"
    return Token("mention", found.start(), found.end(), handle.lower())


def _without_trailing(url: str) -> str:
    """A link in a sentence ends before the full stop, and before a bracket it did not open."""
    end = len(url)
    unopened: dict[str, int] = {}
    while end:
        last = url[end - 1]
        if last in _CLOSING:
            if last not in unopened:
                unopened[last] = url.count(last) - url.count(_CLOSING[last])
            if unopened[last] <= 0:
                break
            unopened[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return url[:end]


def _tag_length(text: str) -> int:
    for index, letter in enumerate(text):
        if not (
            letter.isalnum()
            or letter in _TAG_JOINERS
            or (index > 0 and unicodedata.category(letter)[0] == "M")
        ):
            return index
    return len(text)


def _graphemes(text: str) -> int:
    """What people see as one letter: accents, skin tones, joined emoji and flags count once."""
    return len(text) if text.isascii() else sum(1 for _ in _starts(text))


def _starts(text: str) -> Iterator[int]:
    """Where each of them begins."""
    is_joined = False
    flags = 0
    for at, letter in enumerate(text):
        point = ord(letter)
        flags = flags + 1 if 0x1F1E6 <= point <= 0x1F1FF else 0  # noqa: PLR2004 - regional letters
        extends = (
            letter == "\u200d"
            or unicodedata.category(letter)[0] == "M"
            or 0x1F3FB <= point <= 0x1F3FF  # noqa: PLR2004 - skin tones
            or 0xE0020 <= point <= 0xE007F  # noqa: PLR2004 - tag letters of flags
            or (flags > 0 and flags % 2 == 0)
            or (is_joined and not letter.isalnum())
        )
        if not extends or at == 0:
            yield at
        is_joined = letter == "\u200d"
