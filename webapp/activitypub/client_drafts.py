"""What a client posted to an outbox -> `Draft`, and who it is for (ActivityPub 6.1, 6.2). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from actors.markup import plain_text
from federation import addressing, parsing, reading
from federation import vocabulary as v
from federation.vocabulary import Document
from instance.errors import Invalid
from posts.drafts import Draft, PollDraft
from storage.records import SourceType

TYPES = frozenset({"Note", "Question", "Article"})
RECIPIENTS_MAX = 30
_KEYS = ("to", "bto", "cc", "bcc", "audience")
_HIDDEN = ("bto", "bcc")


@dataclass(frozen=True, slots=True)
class Addressed:
    """A draft with the ids of those it is for by name; `hidden` from all others (bto, bcc)."""

    draft: Draft
    in_reply_to: str | None
    quotes: str | None
    named: tuple[str, ...]
    hidden: tuple[str, ...]


def activity(document: Document, actor_uri: str) -> Document:
    """The activity that was posted, as its actor's; a bare object is wrapped in a Create (A49).

    What the client says about ids and the actor counts for nothing (A37, A88).
    """
    kind = reading.one_type(document, parsing.ACTIVITY_TYPES)
    if kind in parsing.ACTIVITY_TYPES:
        found = {**document, "actor": actor_uri}
    else:
        # A50: for whom the object is, the Create is too.
        found = {key: document[key] for key in _KEYS if key in document}
        found |= {"type": "Create", "actor": actor_uri, "object": document}
    found.pop("id", None)
    found.pop("@id", None)
    return found


def created(document: Document, actor_uri: str) -> Document:
    """The object of a Create or Update, with the id and the author that parsing wants."""
    inner = next(reading.documents(document.get("object"), 1), None)
    if inner is None:
        raise Invalid("The activity carries no object.")
    kind = reading.one_type(inner, TYPES)
    if kind not in TYPES:
        raise Invalid(f"This server publishes {', '.join(sorted(TYPES))}, and not this type.")
    return {**inner, "id": f"{actor_uri}#draft", "attributedTo": actor_uri}


def read(document: Document, actor_uri: str, followers_url: str, now: datetime) -> Addressed:
    """Read a Create or Update; raises `Invalid` for what cannot be published as it is."""
    inner = created(document, actor_uri)
    note = parsing.parse_note(inner)
    to, cc = (
        _uris(document, inner, ("to", "bto")),
        _uris(document, inner, ("cc", "bcc", "audience")),
    )
    hidden = _people(_uris(document, inner, _HIDDEN), followers_url)
    named = [uri for uri in _people((*to, *cc), followers_url) if uri not in hidden]
    if len(named) + len(hidden) > RECIPIENTS_MAX:
        raise Invalid(f"A post can name {RECIPIENTS_MAX} people at most.")
    draft = Draft(
        text=_text(note),
        source_type=_source_type(note),
        visibility=addressing.visibility(to, cc, followers_url),
        summary=plain_text(note.summary or ""),
        is_sensitive=note.is_sensitive,
        language=note.language or "",
        poll=_poll(note.poll, now),
    )
    return Addressed(draft, note.in_reply_to, note.quote, tuple(named), tuple(hidden))


def _text(note: v.Note) -> str:
    """The words as somebody would type them; `source` says it best where we can read it."""
    is_known = (note.source_media_type or SourceType.PLAIN).split(";")[0] in set(SourceType)
    said = note.source if note.source and is_known else plain_text(note.content)
    return f"{note.name}\n\n{said}" if note.name and note.type != "Question" else said


def _source_type(note: v.Note) -> SourceType:
    kind = (note.source_media_type or "").split(";")[0]
    is_markdown = note.source and kind == SourceType.MARKDOWN
    return SourceType.MARKDOWN if is_markdown else SourceType.PLAIN


def _poll(poll: v.Poll | None, now: datetime) -> PollDraft | None:
    if poll is None:
        return None
    names = [option.name for option in poll.options]
    if poll.ends_at is None:
        return PollDraft(names, is_multiple=poll.is_multiple)
    return PollDraft(names, is_multiple=poll.is_multiple, open_for=poll.ends_at - now)


def _uris(document: Document, inner: Document, keys: Iterable[str]) -> tuple[str, ...]:
    """A48, A50: activity and object are for the same people."""
    found: list[str] = []
    for key in keys:
        for value in (document.get(key), inner.get(key)):
            found += reading.recipients(value)
    return tuple(dict.fromkeys(found))


def _people(uris: Iterable[str], followers_url: str) -> tuple[str, ...]:
    return tuple(
        uri for uri in dict.fromkeys(uris) if not addressing.is_public(uri) and uri != followers_url
    )
