"""Words and links of a post as rules compare them: what hides a word from a rule is undone. Pure.

MO-5: markup inside of words, HTML entities, marks of zero width, full-width and other look-alikes.
"""

import html
import re
import unicodedata
from urllib.parse import unquote

from federation import origin, parsing
from federation import vocabulary as v
from instance.errors import Invalid

LETTERS_MAX = 100_000
LINKS_MAX = 200

# Whoever reads `<b>sp</b>am` sees one word; a new line or paragraph ends one.
_BREAKS = re.compile(
    r"<\s*/?\s*(?:br|p|div|li|ul|ol|h[1-6]|blockquote|pre|tr|td)\b[^<>]*>", re.IGNORECASE
)
_TAGS = re.compile(r"<[^<>]*>")
_URL = re.compile(r"https?://[^\s\"'<>\\^`{|}]{1,2048}", re.IGNORECASE)
_NO_WORD = re.compile(r"[\W_]+")
# Accents, enclosing marks, and signs of no width.
_UNSEEN = frozenset({"Mn", "Me", "Cf"})

# Small letters of other scripts that look like Latin ones, written as numbers so that nobody
# mistakes them here; NFKD leaves them as they are.
_LOOK_ALIKES = {
    ord(one): other
    for these, those in (
        ("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458", "aeopcyxisj"),  # Cyrillic
        ("\u0501\u051b\u051d\u04bb\u043a\u043c\u0442\u0432\u043d", "dqwhkmtbh"),  # Cyrillic
        ("\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7", "aeikvoptux"),  # Greek
        ("\u0251\u0261\u0131\u00df", "agis"),  # Latin
    )
    for one, other in zip(these, those, strict=True)
}


def folded(text: str) -> str:
    """Letters alone, all small and without accents or look-alikes; between words one space."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = (each for each in decomposed if unicodedata.category(each) not in _UNSEEN)
    return _NO_WORD.sub(" ", "".join(kept).translate(_LOOK_ALIKES)).strip()


def plain(markup: str) -> str:
    """The text that a reader sees in markup; not for showing."""
    text = _TAGS.sub("", _BREAKS.sub("\n", markup[:LETTERS_MAX]))
    return html.unescape(text)


def words_of(note: v.Note) -> str:
    """All words of a post, folded, with a space at both ends so that ` word ` finds a word."""
    poll = [option.name for option in note.poll.options] if note.poll is not None else []
    parts = (
        *(plain(note.content), note.name, plain(note.summary or ""), *poll),
        *(attachment.description for attachment in note.attachments),
        *(plain(text) for text in note.content_by_language.values()),
    )
    return f" {folded(chr(10).join(parts))} "


def links_of(note: v.Note) -> list[str]:
    """The web addresses in a post's text and attachments, but for people and hashtags it names."""
    named = {tag.href for tag in note.mentions} | {tag.href for tag in note.hashtags}
    found = _URL.findall(html.unescape(note.content[:LETTERS_MAX]))
    found += [attachment.url for attachment in note.attachments]
    found += [note.url] if note.url else []
    return [url for url in dict.fromkeys(found[:LINKS_MAX]) if url not in named]


def host_of_link(url: str) -> str:
    """The canonical host of a link, without its port; nothing if it has none."""
    for spelling in (url, unquote(url)):  # browsers understand letters of a host as %-signs
        try:
            return origin.split(spelling).host
        except Invalid:
            continue
    return ""


def is_of(host: str, name: str) -> bool:
    """Whether a host is this one or a sub-domain of it."""
    return host == name or host.endswith(f".{name}")


def held_words(document: str) -> str:
    """The words in the document of an activity, for a moderator; nothing when it has none."""
    try:
        activity = parsing.parse_activity(parsing.parse_json(document.encode()))
    except Invalid:
        return ""
    note = getattr(activity, "object", None)
    return plain(note.content).strip() if isinstance(note, v.Note) else ""
