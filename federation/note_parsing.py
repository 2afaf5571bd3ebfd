"""Notes, polls and what hangs on them: document → vocabulary; tolerant, pure, never fetches.

A wrong attachment or tag is dropped and the note is kept. Only an object that is no post, or that
has no id, raises `Invalid`.
"""

import mimetypes
import re
from collections.abc import Iterable
from dataclasses import replace

from federation import consent_parsing, kind_parsing, reading
from federation.collection_parsing import COLLECTION_ITEMS_MAX, COLLECTION_TYPES, read_collection
from federation.vocabulary import (
    POST_TYPES,
    Attachment,
    Collection,
    Document,
    EmojiTag,
    HashtagTag,
    Image,
    Json,
    MentionTag,
    Note,
    Poll,
    PollOption,
)
from instance.errors import Invalid

ATTACHMENTS_MAX = 16
TAGS_MAX = 64
MENTIONS_MAX = 50
POLL_OPTIONS_MAX = 20
DESCRIPTION_LETTERS_MAX = 5000
HASHTAG_LETTERS_MAX = 100
VIDEO_HEIGHT_MAX = 1080

_ATTACHMENT_TYPES = frozenset({"Document", "Image", "Video", "Audio"})
_TAG_TYPES = frozenset({"Mention", "Hashtag", "Emoji", "Link"})
_PLAYABLE = ("image/", "video/", "audio/")
_SHORTCODE = re.compile(r"[A-Za-z0-9_]{1,100}")
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")
_MULTIBASE = re.compile(r"[zu][A-Za-z0-9_-]{20,200}")
_ACTIVITY_TYPES = frozenset({"application/activity+json", "application/ld+json"})


def parse_note(document: Document) -> Note:
    """Read a Note, Question, Article and the like; raises `Invalid`."""
    note_id = reading.one_id(document.get("id"))
    if note_id is None:
        raise Invalid("The post has no id.")
    kind = reading.one_type(document, POST_TYPES)
    if kind not in POST_TYPES:
        raise Invalid(f"An object of type {kind or '(none)'} is not a post.")
    content, by_language, language = _content(document)
    source, source_media_type = _source(document)
    tags = _Tags(reading.documents(document.get("tag"), TAGS_MAX), note_id)
    note = Note(
        id=note_id,
        type=kind,
        attributed_to=author(document.get("attributedTo")) or "",
        content=content,
        media_type=reading.media_type(document.get("mediaType")) or "text/html",
        content_by_language=by_language,
        language=language,
        name=_worded(document, "name"),
        # An empty summary is no warning (E98).
        summary=_worded(document, "summary") or None,
        is_sensitive=reading.boolean(document.get("sensitive")),
        in_reply_to=reading.one_id(document.get("inReplyTo")),
        conversation=_any_uri(document.get("conversation")),
        context=_any_uri(document.get("context")),
        context_history=_any_uri(document.get("contextHistory")),
        to=reading.recipients(document.get("to")),
        cc=reading.recipients(document.get("cc")),
        audience=reading.recipients(document.get("audience")),
        published=reading.instant(document.get("published")),
        updated=reading.instant(document.get("updated")),
        url=reading.page_url(document.get("url"), note_id),
        attachments=_attachments(document, kind, note_id),
        mentions=tuple(tags.mentions),
        hashtags=tuple(tags.hashtags),
        emojis=tuple(tags.emojis),
        poll=_poll(document) if kind == "Question" else None,
        source=source,
        source_media_type=source_media_type,
        replies=reading.one_id(document.get("replies")),
        listed_replies=_listed_replies(document.get("replies")),
        quote=_quote(document) or tags.quote,
        quote_authorization=reading.one_id(document.get("quoteAuthorization")) or tags.quote_stamp,
        reply_authorization=consent_parsing.stamp_of(document, "replyAuthorization"),
        policy=consent_parsing.policy(document.get("interactionPolicy")),
    )
    return kind_parsing.with_kind(note, document)


def _listed_replies(value: Json) -> Collection | None:
    """The beginning of `replies`, when it stands within the note, as Mastodon writes it.

    Only ids: each is asked for at its own server (OR-24).
    """
    if not isinstance(value, dict) or COLLECTION_TYPES.isdisjoint(reading.types(value.get("type"))):
        return None
    found = read_collection(value)
    first = _ids_alone(found.first) if isinstance(found.first, Collection) else found.first
    return replace(_ids_alone(found), first=first)


def _ids_alone(page: Collection) -> Collection:
    return replace(page, items=reading.ids(list(page.items), COLLECTION_ITEMS_MAX))


def author(value: Json) -> str | None:
    """The author: of several (PeerTube: a channel and a person) the Person, else the first."""
    for item in reading.documents(value, 8):
        if "Person" in reading.types(item.get("type")) and (uri := reading.one_id(item)):
            return uri
    return reading.one_id(value)


def _worded(document: Document, key: str) -> str:
    """`name` or `summary`, or the first language of its map."""
    found = reading.name(document.get(key))
    if found:
        return found
    by_language = reading.text_by_language(document.get(f"{key}Map"))
    return reading.name(next(iter(by_language.values()), ""))


def _content(document: Document) -> tuple[str, dict[str, str], str | None]:
    """Content, all languages, and the language of the content (E99, INTEROP 15)."""
    by_language = reading.text_by_language(document.get("contentMap"))
    content = reading.text(document.get("content"))
    if not content and by_language:
        language = next(iter(by_language))
        return by_language[language], by_language, language
    same = (tag for tag, words in by_language.items() if words == content)
    language_or_none = next(same, None)
    if language_or_none is None and len(by_language) == 1:
        language_or_none = next(iter(by_language))
    return content, by_language, language_or_none


def _source(document: Document) -> tuple[str | None, str | None]:
    source = document.get("source")
    if isinstance(source, dict):
        words = reading.text(source.get("content"))
        kind = reading.media_type(source.get("mediaType"))
        return (words, kind) if words else (None, None)
    words = reading.text(document.get("_misskey_content"))
    return (words, "text/x.misskeymarkdown") if words else (None, None)


def _any_uri(value: Json) -> str | None:
    """A URI of any scheme (`tag:` for conversations), or the id of an embedded collection."""
    found = value.get("id") if isinstance(value, dict) else value
    if not isinstance(found, str) or not 0 < len(found) <= reading.URL_LETTERS_MAX:
        return None
    return None if re.search(r"[\s\x00-\x1f\x7f]", found) else found


def _quote(document: Document) -> str | None:
    """A quoted post, under any of the names in use (E104)."""
    for key in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        uri = reading.one_id(document.get(key))
        if uri is not None:
            return uri
    return None


class _Tags:
    """Mentions, hashtags, emojis and the quote among the tags of a note."""

    def __init__(self, documents: Iterable[Document], base: str) -> None:
        self.mentions: list[MentionTag] = []
        self.hashtags: list[HashtagTag] = []
        self.emojis: list[EmojiTag] = []
        self.quote: str | None = None
        self.quote_stamp: str | None = None
        self._base = base
        for document in documents:
            self._add(document)

    def _add(self, document: Document) -> None:
        kind = reading.one_type(document, _TAG_TYPES)
        href = reading.one_id(document.get("href"))
        name = reading.name(document.get("name"))
        if kind == "Mention" and (href or name) and len(self.mentions) < MENTIONS_MAX:
            self.mentions.append(MentionTag(href, name))
        elif kind == "Hashtag":
            word = name.removeprefix("#").strip()[:HASHTAG_LETTERS_MAX]
            if word:
                self.hashtags.append(HashtagTag(word, href))
        elif kind == "Emoji":
            self.emojis.extend(emoji(document, self._base))
        elif reading.media_type(document.get("mediaType")) in _ACTIVITY_TYPES:
            # FEP-e232: a Link with an ActivityPub media type is a quote.
            self.quote = self.quote or href
            # FEP-044f, as it was first: the stamp hangs on the Link.
            self.quote_stamp = self.quote_stamp or reading.one_id(document.get("approvedBy"))


def emoji(document: Document, base: str) -> tuple[EmojiTag, ...]:
    """One custom emoji, or nothing when its name or picture is wrong (HX-5, E68)."""
    shortcode = reading.name(document.get("name")).strip(":")
    icon = image(document.get("icon"), base)
    if icon is None or not _SHORTCODE.fullmatch(shortcode):
        return ()
    updated = reading.instant(document.get("updated"))
    return (EmojiTag(shortcode, icon.url, reading.one_id(document.get("id")), updated),)


def image(value: Json, base: str) -> Image | None:
    """An icon or header: a string, an Image, or the first usable of a list (E37)."""
    for item in reading.many(value, ATTACHMENTS_MAX):
        document: Document = item if isinstance(item, dict) else {"url": item}
        found = reading.links(document.get("url", document.get("href")), base)
        if found:
            kind = reading.media_type(document.get("mediaType")) or found[0].media_type
            return Image(found[0].href, kind, description(document))
    return None


def description(document: Document) -> str:
    """Alt text: `name` (Mastodon) or `summary` (GoToSocial); E113, INTEROP 7."""
    for key in ("name", "summary"):
        found = reading.name(document.get(key), DESCRIPTION_LETTERS_MAX)
        if found:
            return found
    return ""


def _attachments(document: Document, kind: str, base: str) -> tuple[Attachment, ...]:
    found: list[Attachment] = []
    for item in reading.documents(document.get("attachment"), ATTACHMENTS_MAX):
        found.extend(_attachment(item, base))
    if not found and kind in _ATTACHMENT_TYPES:
        # PeerTube and Pixelfed of old: the post itself is the picture or film.
        own = {**document, "name": None, "summary": None}
        if (reading.media_type(own.get("mediaType")) or "").startswith("text/"):
            own["mediaType"] = None  # that of its words, as in films of PeerTube
        found.extend(_attachment(own, base))
    return tuple(found)


def _attachment(document: Document, base: str) -> tuple[Attachment, ...]:
    kind = reading.one_type(document, _ATTACHMENT_TYPES)
    best = _best(_ways(document, base))
    if kind not in _ATTACHMENT_TYPES or best is None:
        return ()
    media_type = reading.media_type(document.get("mediaType")) or best.media_type
    guessed = mimetypes.guess_type(best.href.partition("?")[0])[0]
    if kind != "Document" and "text/html" in {media_type, guessed}:
        return ()
    blurhash = document.get("blurhash")
    return (
        Attachment(
            type=kind,
            url=best.href,
            media_type=media_type or guessed,
            description=description(document),
            width=reading.integer(document.get("width"), reading.PIXELS_MAX) or best.width,
            height=reading.integer(document.get("height"), reading.PIXELS_MAX) or best.height,
            blurhash=blurhash
            if isinstance(blurhash, str) and _BLURHASH.fullmatch(blurhash)
            else None,
            focal_point=_focal_point(document.get("focalPoint")),
            duration_s=reading.seconds(document.get("duration")),
            is_sensitive=reading.boolean(document.get("sensitive")),
            size_bytes=reading.integer(document.get("size")),
            digest=_digest(document.get("digestMultibase")),
        ),
    )


def _digest(value: Json) -> str | None:
    """FEP-1311: the digest of the file, in base58btc or base64url."""
    return value if isinstance(value, str) and _MULTIBASE.fullmatch(value) else None


def _ways(document: Document, base: str) -> list[reading.Link]:
    """All ways to a file; PeerTube lists those of a film below its playlist (E114)."""
    url = document.get("url", document.get("href"))
    found = reading.links(url, base)
    for item in reading.documents(url, reading.LINKS_MAX):
        found += reading.links(item.get("tag"), base)
    return found


def _best(found: list[reading.Link]) -> reading.Link | None:
    """The best link of a PeerTube array: playable, as large as a screen but no larger (E114)."""
    if not found:
        return None
    playable = [link for link in found if (link.media_type or "").startswith(_PLAYABLE)]
    fitting = [link for link in playable if (link.height or 0) <= VIDEO_HEIGHT_MAX]
    return max(fitting or playable or found, key=lambda link: link.height or 0)


def _focal_point(value: Json) -> tuple[float, float] | None:
    """Two numbers from -1 to 1; also as `{"@list": …}` (E115)."""
    numbers = [reading.number(item) for item in reading.many(value, 3)]
    match numbers:
        case [float(x), float(y)] if abs(x) <= 1 and abs(y) <= 1:
            return (x, y)
        case _:
            return None


def _poll(document: Document) -> Poll | None:
    is_multiple = bool(document.get("anyOf"))
    options = tuple(
        PollOption(name, _votes(item))
        for item in reading.documents(
            document.get("anyOf" if is_multiple else "oneOf"), POLL_OPTIONS_MAX
        )
        if (name := reading.name(item.get("name")))
    )
    if not options:
        return None
    ends_at = reading.instant(document.get("endTime"))
    closed_at = reading.instant(document.get("closed"))
    if closed_at is None and reading.boolean(document.get("closed")):
        closed_at = ends_at or reading.instant(document.get("updated"))
    return Poll(
        options, is_multiple, ends_at, closed_at, reading.integer(document.get("votersCount"))
    )


def _votes(option: Document) -> int:
    replies = option.get("replies")
    return (reading.integer(replies.get("totalItems")) or 0) if isinstance(replies, dict) else 0
