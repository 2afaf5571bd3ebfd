"""`Draft` -> `CheckedDraft`: what a person typed, and the proof that it may be published. Pure.

Finds mentions and hashtags, but asks nobody who is meant: that is `outbox/publishing.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from instance.errors import Invalid
from instance.settings import LimitSettings
from posts.text import (
    clean_line,
    clean_source,
    find_hashtags,
    find_mentions,
    language_tag,
    letters,
    spoken,
)
from storage.records import Application, Policy, RowId, Rule, SourceType, Visibility

NOTE_LETTERS_MAX = 200
MENTIONS_MAX = 30
MUTUALS = "mutuals"
LIST = "list"
THREAD_MAX = 10
"""So many posts are written at once."""

POLL_OPTIONS_MIN = 2
POLL_OPTIONS_MAX = 8
POLL_OPTION_LETTERS_MAX = 100
POLL_MIN = timedelta(minutes=5)
POLL_MAX = timedelta(days=30)

# A letter may carry accents and an emoji is many code points; nobody needs more than this.
_CODE_POINTS_PER_LETTER_MAX = 10
# So many more than letters, where posts may be long: each of them is looked at.
_MORE_CODE_POINTS_MAX = 50_000
# Links count 23 letters each however long they are.
_LINK_CODE_POINTS_MAX = 2048


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as it came from a form; empty options are left out.

    `open_for` None leaves the end of a poll that there is already as it is.
    """

    options: Sequence[str]
    is_multiple: bool = False
    hides_totals: bool = False
    open_for: timedelta | None = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What an edit says of a file of the post; None leaves it as it is."""

    description: str | None = None
    focal_point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """Some of one's followers: those in a list, or, without one, those whom one follows too."""

    list_id: RowId | None = None


def circle_of(visibility: str) -> Circle | None:
    """Whom a visibility as a form names it means, where it means some followers alone (B37)."""
    if visibility == MUTUALS:
        return Circle()
    prefix, _, number = visibility.partition(":")
    is_list = prefix == LIST and number.isascii() and number.isdigit()
    return Circle(RowId(int(number[:20]))) if is_list else None


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as it came from a form: nothing in it is checked.

    `summary` is the content note. `visibility` and `language` are as the form names them, and for
    some followers alone as `circle_of` reads it; an empty language means: not said.
    `in_reply_to_id` is the row id of the post that is answered, `quote_of` that of the one that is
    quoted. `recipients` get it besides those the text names, and `blind` ones so that nobody else
    is told. `media_ids` None: an edit keeps the files. Who may quote it an edit changes by
    `quoters` alone, and what it was written with (`application`) not at all. Those `following` are
    said with it, each in reply to the one before: they have text and files of their own, the rest
    as the first (`thread_of`).
    """

    text: str
    visibility: str = Visibility.PUBLIC.value
    summary: str = ""
    is_sensitive: bool = False
    language: str = ""
    in_reply_to_id: RowId | None = None
    poll: PollDraft | None = None
    quote_of: RowId | None = None
    policy: Policy | None = None
    recipients: tuple[RowId, ...] = ()
    blind: tuple[RowId, ...] = ()
    media_ids: tuple[RowId, ...] | None = None
    file_changes: Mapping[RowId, FileChange] = field(default_factory=dict)
    quoters: Rule | None = None
    application: Application | None = None
    source_type: SourceType = SourceType.PLAIN
    following: tuple["Draft", ...] = ()

    @property
    def needs_words(self) -> bool:
        """Whether it is nothing without them: there are no files, and nothing is quoted."""
        return not self.media_ids and self.quote_of is None


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """A draft that keeps every rule; made by `check` only. `mentions` are handles as typed.

    `spoken` is what of its source is read for names, hashtags and emoji.
    """

    source: str
    source_type: SourceType
    spoken: str
    visibility: Visibility
    summary: str
    is_sensitive: bool
    language: str | None
    in_reply_to_id: RowId | None
    mentions: tuple[str, ...]
    hashtags: tuple[str, ...]
    poll: PollDraft | None = None
    quote_of: RowId | None = None
    policy: Policy | None = None
    recipients: tuple[RowId, ...] = ()
    blind: tuple[RowId, ...] = ()
    media_ids: tuple[RowId, ...] | None = None
    application: Application | None = None
    circle: Circle | None = None


def thread_of(draft: Draft) -> tuple[Draft, ...]:
    """Return the posts that are said at once, the first one first; raises `Invalid`: too many."""
    if len(draft.following) >= THREAD_MAX:
        raise Invalid(f"{THREAD_MAX} posts can be written at once.")
    first = replace(draft, following=())
    as_the_first = replace(first, poll=None, quote_of=None, in_reply_to_id=None)
    others = (
        replace(as_the_first, text=each.text, media_ids=each.media_ids) for each in draft.following
    )
    return first, *others


def check_thread(draft: Draft, limits: LimitSettings) -> tuple[CheckedDraft, ...]:
    """Check all posts that are said at once; raises `Invalid`, which says which one is wrong."""
    thread, checked = thread_of(draft), []
    for number, each in enumerate(thread, start=1):
        try:
            checked.append(check(each, limits))
        except Invalid as wrong:
            if len(thread) == 1:
                raise
            raise Invalid(f"Post {number}: {wrong.public}", fields=wrong.fields) from wrong
    return tuple(checked)


def check(draft: Draft, limits: LimitSettings) -> CheckedDraft:
    """Check one draft, without those following.

    Raises `Invalid` that names every wrong field and what to change about it.
    """
    wrong: dict[str, str] = {}
    # What is far too long is not read at all.
    source = clean_source(draft.text[: _code_points_max(limits) + 1])
    summary = clean_line(draft.summary[: NOTE_LETTERS_MAX * 8], NOTE_LETTERS_MAX * 8)
    said = spoken(source, draft.source_type)
    mentions = find_mentions(said)
    visibility = _visibility(draft.visibility)
    language = language_tag(draft.language)

    poll = _poll(draft.poll) if draft.poll is not None else None
    if poll is not None and (poll_problem := _poll_problem(poll)):
        wrong["poll"] = poll_problem
    if text_problem := _text_problem(source, limits, is_needed=draft.needs_words):
        wrong["text"] = text_problem
    elif len(mentions) > MENTIONS_MAX:
        wrong["text"] = f"A post can name {MENTIONS_MAX} people at most; this one names more."
    if letters(summary) > NOTE_LETTERS_MAX:
        wrong["summary"] = f"The content note has room for {NOTE_LETTERS_MAX} letters."
    if visibility is None:
        wrong["visibility"] = "Choose who may read this."
    if draft.language.strip() and language is None:
        wrong["language"] = "This is not a language tag. It looks like en, or pt-BR."
    if wrong or visibility is None:
        raise Invalid(next(iter(wrong.values())), fields=wrong)
    return CheckedDraft(
        source=source,
        source_type=draft.source_type,
        spoken=said,
        visibility=visibility,
        summary=summary,
        is_sensitive=draft.is_sensitive or bool(summary),
        language=language,
        in_reply_to_id=draft.in_reply_to_id,
        mentions=tuple(mentions),
        hashtags=tuple(find_hashtags(said)),
        poll=poll,
        quote_of=draft.quote_of,
        policy=draft.policy,
        recipients=draft.recipients,
        blind=draft.blind,
        media_ids=draft.media_ids,
        application=draft.application,
        circle=circle_of(draft.visibility),
    )


def _poll(draft: PollDraft) -> PollDraft:
    """The same with clean answers; what is far too long is cut where it is refused anyway."""
    letters_max = POLL_OPTION_LETTERS_MAX * _CODE_POINTS_PER_LETTER_MAX
    options = (clean_line(option[:letters_max], letters_max) for option in draft.options)
    kept = tuple(option for option in options if option)
    return replace(draft, options=kept[: POLL_OPTIONS_MAX + 1])


def _poll_problem(poll: PollDraft) -> str:
    if not POLL_OPTIONS_MIN <= len(poll.options) <= POLL_OPTIONS_MAX:
        return f"A poll has {POLL_OPTIONS_MIN} to {POLL_OPTIONS_MAX} answers."
    if len(set(poll.options)) < len(poll.options):
        return "Two answers of the poll are the same."
    if any(letters(option) > POLL_OPTION_LETTERS_MAX for option in poll.options):
        return f"An answer has room for {POLL_OPTION_LETTERS_MAX} letters."
    if poll.open_for is not None and not POLL_MIN <= poll.open_for <= POLL_MAX:
        return "A poll is open for 5 minutes to 30 days."
    return ""


def _visibility(name: str) -> Visibility | None:
    if circle_of(name) is not None:
        return Visibility.DIRECT  # it is for nobody whom it does not address
    try:
        return Visibility(name.strip().lower())
    except ValueError:
        return None


def _text_problem(source: str, limits: LimitSettings, *, is_needed: bool) -> str:
    if not source and is_needed:
        return "Write something first."
    most = limits.post_letters_max
    if len(source) > _code_points_max(limits):
        return f"This is far too long: a post has room for {most} letters."
    over = letters(source) - most
    if over > 0:
        plural = "letter" if over == 1 else "letters"
        return f"This is {over} {plural} too long: a post has room for {most}."
    return ""


def _code_points_max(limits: LimitSettings) -> int:
    most = limits.post_letters_max
    more = min(most * (_CODE_POINTS_PER_LETTER_MAX - 1), _MORE_CODE_POINTS_MAX)
    return most + more + _LINK_CODE_POINTS_MAX
