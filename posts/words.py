"""The words of a post as a search compares them, the same for both databases. Pure.

Words are folded: small letters, without accents and without differences of width. Scripts that put
no spaces between words (Chinese, Japanese, Korean, Thai, …) are cut into overlapping pairs of
letters, so that any piece of such a text is found as a row of pairs.
"""

import html
import re
import unicodedata
from collections.abc import Iterator

from actors.links import host_of
from posts.text import all_words
from storage.matching import Entry
from storage.records import Post, RowId

WORD_LETTERS_MAX = 64
WORDS_MAX = 3000
LINKS_MAX = 4
_LETTERS_MAX = 40_000

# Han, Kana, Bopomofo, Hangul, Thai, Lao, Tibetan, Burmese, Khmer; and what combines with them.
_PAIRED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u0f40-\u0fbc\u1000-\u1049\u1050-\u109d"
    "\u1780-\u17d3\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3131-\u318e\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# In scripts of India vowels combine with letters, which `re` takes for no letters.
_INDIC = "\u0900-\u0963\u0966-\u0dff"
_RUN = re.compile(f"[{_PAIRED}]+|(?:[^\\W_{_PAIRED}]|[{_INDIC}])+")
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
# Of Latin, Greek and Cyrillic letters, and the points of Hebrew and Arabic, which are seldom
# written; those of other scripts make another letter.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f]")
_SPACELESS = re.compile(r"[^\w]+")
_LINK = re.compile(r"<a\b([^>]*)>")
_HREF = re.compile(r'\bhref="(https?://[^"]+)"')
_NAMES = re.compile(r'\bclass="[^"]*\b(?:mention|hashtag)\b')
# Whose pages are films, sounds or pictures to be played in a frame.
_EMBEDDED_HOSTS = frozenset(
    {
        *("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be", "vimeo.com"),
        *("www.twitch.tv", "soundcloud.com", "open.spotify.com", "www.tiktok.com"),
    }
)


def words_of(text: str) -> list[str]:
    """The folded words of a plain text in their order; pairs of letters where no spaces are."""
    found = _RUN.findall(fold(text[:_LETTERS_MAX]))
    return [word for run in found for word in _pieces(run)][:WORDS_MAX]


def _pieces(run: str) -> list[str]:
    """The words that stand in the index for a run of letters.

    The last letter of a run without spaces stands for itself too: so a single one is found as the
    beginning of a word, wherever it stands.
    """
    if not is_paired(run):
        return [run[:WORD_LETTERS_MAX]]
    return [run[at : at + 2] for at in range(len(run))]


def words_sought(text: str) -> list[str]:
    """The words that a post must hold in a row if it holds this text."""
    found = words_of(text)
    has_last_letter = len(found) > 1 and is_paired(found[-1]) and len(found[-2]) > 1
    return found[:-1] if has_last_letter and is_paired(found[-2]) else found


def is_paired(word: str) -> bool:
    """Whether a word is of a script without spaces, a pair of letters or one of them."""
    return _IS_PAIRED.match(word) is not None


def fold(text: str) -> str:
    """Small letters without accents; half and full width are one."""
    plain = _UNSEEN.sub("", text)
    if plain.isascii():
        return plain.lower()
    without = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return unicodedata.normalize("NFKC", without.casefold())


# ---------------------------------------------------------------- of a post


def entry_of(post: Post) -> Entry:
    """All by which a post is found: title, warning, text, choices, descriptions; and marks."""
    return Entry(post.id, words_of(all_words(post)), _marks_of(post))


def _marks_of(post: Post) -> list[str]:
    marks = [author_mark(post.actor_id), *(hashtag_mark(name) for name in post.hashtags)]
    if post.language:
        marks.append(language_mark(post.language))
    marks += [has_mark(kind) for kind in sorted(set(_what_it_has(post)))]
    if post.in_reply_to_uri is not None:
        marks.append(is_mark("reply"))
    if post.is_sensitive or post.summary:
        marks.append(is_mark("sensitive"))
    return marks


def _what_it_has(post: Post) -> Iterator[str]:
    if post.attachments:
        yield "media"
        yield from (each.kind for each in post.attachments if each.kind != "unknown")
    if post.poll is not None:
        yield "poll"
    if post.quote_uri is not None:
        yield "quote"
    links = links_of(post)
    if links:
        yield "link"
    if any(host_of(link) in _EMBEDDED_HOSTS for link in links):
        yield "embed"


def links_of(post: Post) -> list[str]:
    """The pages that a post links to, but for people and hashtags it names; the first few."""
    found = []
    for attributes in _LINK.findall(post.content):
        href = _HREF.search(attributes)
        if href is not None and not _NAMES.search(attributes):
            found.append(html.unescape(href[1]))
    named = {mention.uri for mention in post.mentions}
    return [url for url in dict.fromkeys(found) if url not in named][:LINKS_MAX]


# ---------------------------------------------------------------- marks


def author_mark(actor_id: RowId) -> str:
    """The mark of all posts of somebody."""
    return f"=a{actor_id}"


def hashtag_mark(name: str) -> str:
    """The mark of all posts with a (folded) hashtag."""
    return f"#{_SPACELESS.sub('', name)}"


def language_mark(language: str) -> str:
    """The mark of all posts in a language, whatever the region."""
    return f"=l{_SPACELESS.sub('', language.split('-', maxsplit=1)[0].lower())}"


def has_mark(kind: str) -> str:
    """The mark of all posts that have a picture, a poll and the like."""
    return f"=h{_SPACELESS.sub('', kind.lower())}"


def is_mark(quality: str) -> str:
    """The mark of all posts that are answers, or sensitive."""
    return f"=i{_SPACELESS.sub('', quality.lower())}"
