"""The form to write in: what it shows, and what comes back as a `Draft`. Publishes nothing.

A form has one post or several (B39): of the second and those after it, text and files are its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from instance.errors import Invalid
from posts.drafts import LIST, THREAD_MAX, Draft
from posts.visibility import reply_visibility
from storage.records import (
    Actor,
    Application,
    PersonList,
    Policy,
    Post,
    RowId,
    SourceType,
    Visibility,
)
from webapp.forms import Fields
from webapp.pages import attaching, consenting, polling, words
from webapp.pages.attaching import Attached, FileField
from webapp.pages.polling import NO_POLL, PollFields
from webapp.pages.quoted import Field
from webapp.pages.views import Head
from webapp.pages.visit import Visit

TEXT_LETTERS_MAX: Final = 20_000
WEB: Final = Application("Web")
"""What these pages are called as an app; as with Mastodon."""
_ASKED_AT_HOME = 2  # who may reply, and who may quote
_OFFSET_MINUTES_MAX = 24 * 60


@dataclass(frozen=True, slots=True)
class Part:
    """One of the posts that are written with the first; `number` counts from 2."""

    number: int
    text: str = ""
    files: tuple[FileField, ...] = ()


@dataclass(frozen=True, slots=True)
class Composer:
    """The form to write in, as it stands.

    `kept`: what it was opened from, a draft or what waits for its time. `later`: when it is to be
    posted, in UTC, as the field for it wants it. `usual`: the languages that one writes in (B47).
    """

    action: str
    label: str
    placeholder: str
    button: str
    draft_key: str
    letters_max: int
    audience: str
    language: str
    text: str = ""
    note: str = ""
    reply_to: int | None = None
    audiences: tuple[tuple[str, str], ...] = words.AUDIENCES
    circles: tuple[tuple[str, str], ...] = ()
    can_choose_audience: bool = True
    audience_words: str = ""
    poll: PollFields = NO_POLL
    consent: tuple[Field, ...] = ()
    quote: int | None = None
    error: str = ""
    files: tuple[FileField, ...] = ()
    parts: tuple[Part, ...] = ()
    kept: int | None = None
    usual: frozenset[str] = frozenset()
    later: str = ""
    is_new: bool = False
    is_typed: bool = False
    is_markdown: bool = False

    @property
    def may_add(self) -> bool:
        """Whether there is room for one post more."""
        return self.is_new and len(self.parts) + 1 < THREAD_MAX


# ---------------------------------------------------------------- what it shows at first


def new_post(visit: Visit, *, draft_key: str, text: str = "") -> Composer:
    """Return the form for a new post, as its writer prefers."""
    chosen = visit.me.user.preferences
    name = visit.me.actor.name or visit.me.actor.username
    return Composer(
        action="/compose",
        label="Write a post",
        placeholder=f"What would you like to say, {name}?",
        button="Post",
        draft_key=draft_key,
        letters_max=visit.instance.settings.limits.post_letters_max,
        audience=chosen.default_visibility.value,
        language=chosen.language,
        text=text,
        consent=consenting.fields(chosen.policy),
        circles=words.CIRCLES,
        is_new=True,
        is_markdown=chosen.source_type is SourceType.MARKDOWN,
    )


def at_home(visit: Visit) -> Composer:
    """Return the form on top of the home feed; the page of its own asks more."""
    composer = new_post(visit, draft_key="home")
    return replace(composer, consent=composer.consent[:_ASKED_AT_HOME])


def answer(visit: Visit, post: Post, head: Head) -> Composer:
    """Return the form to answer a post; PV-25: never to more people than the post."""
    usual = visit.me.user.preferences.default_visibility
    return replace(
        new_post(visit, draft_key=f"reply-{post.id}", text=_mentions(visit.me.actor, post, head)),
        label=f"Reply to {head.author.name}",
        placeholder=f"Reply to {head.author.name}…",
        button="Reply",
        audience=reply_visibility(usual, post.visibility).value,
        note=post.summary,
        reply_to=post.id,
        audiences=_narrow_enough(post.visibility),
        circles=(),
    )


def with_lists(composer: Composer, lists: Sequence[PersonList]) -> Composer:
    """Return the form with one's lists to choose readers by."""
    found = ((f"{LIST}:{each.id}", f"Those in {words.excerpt(each.title, 40)}") for each in lists)
    return replace(composer, circles=(*composer.circles, *found))


def quoting(visit: Visit, post: Post, head: Head) -> Composer:
    """Return the form to quote a post."""
    composer = new_post(visit, draft_key=f"quote-{post.id}")
    return replace(composer, label=f"Quote {head.author.name}", quote=post.id)


def editing(visit: Visit, post: Post) -> Composer:
    """Return the form to change a post of one's own."""
    return Composer(
        action=f"/posts/{post.id}/edit",
        label="Edit the post",
        placeholder="",
        button="Save",
        draft_key="",
        letters_max=visit.instance.settings.limits.post_letters_max,
        audience=post.visibility.value,
        language=post.language or "",
        text=post.source,
        note=post.summary,
        can_choose_audience=False,
        poll=polling.of_post(post.poll),
        audience_words=words.audience(post)[0],
        files=attaching.of_post(visit, post),
        is_markdown=post.source_type is SourceType.MARKDOWN,
    )


def _narrow_enough(visibility: Visibility) -> tuple[tuple[str, str], ...]:
    return tuple(
        (value, text)
        for value, text in words.AUDIENCES
        if reply_visibility(Visibility(value), visibility) == value
    )


def _mentions(me: Actor, post: Post, head: Head) -> str:
    """Return the people an answer names at first: the author and whom the author named."""
    names = [] if head.is_mine else [head.author.mention]
    names += [f"@{each.handle}" for each in post.named if each.actor_id != me.id]
    return "".join(f"{name} " for name in dict.fromkeys(names))


# ---------------------------------------------------------------- what it shows again


def typed(composer: Composer, form: Fields, attached: Sequence[Attached]) -> Composer:
    """Return the form with everything that was typed and chosen in it."""
    parts = [
        Part(0, form.text(f"text_{number}"), each.fields)
        for number, each in zip(_numbers(form), attached[1:], strict=True)
    ]
    if form.get("do") == "another":
        parts.append(Part(0))
    return replace(
        composer,
        text=form.text("text"),
        note=form.line("note") if form.is_checked("note_on") else "",
        audience=form.line("audience"),
        language=form.line("language"),
        poll=polling.typed(form, composer.poll),
        consent=consenting.fields(consenting.read(form, Policy())),
        files=attached[0].fields if attached else (),
        parts=_numbered(parts),
        kept=kept_id(form),
        is_typed=True,
        is_markdown=source_type(form) is SourceType.MARKDOWN,
        later=_shifted(form) if form.is_checked("later_on") else "",
    )


def kept(
    composer: Composer, draft: Draft, kept_id: RowId, files: dict[RowId, FileField]
) -> Composer:
    """Return the form with a draft in it that the server kept."""

    def fields(post: Draft) -> tuple[FileField, ...]:
        return tuple(files[each] for each in post.media_ids or () if each in files)

    return replace(
        composer,
        text=draft.text,
        note=draft.summary,
        audience=draft.visibility,
        language=draft.language,
        poll=polling.of_draft(draft.poll),
        consent=consenting.fields(draft.policy),
        draft_key=f"kept-{kept_id}",
        files=fields(draft),
        parts=_numbered([Part(0, each.text, fields(each)) for each in draft.following]),
        kept=kept_id,
        is_markdown=draft.source_type is SourceType.MARKDOWN,
    )


def _numbered(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(replace(part, number=number) for number, part in enumerate(parts, start=2))


# ---------------------------------------------------------------- what comes back


async def read_files(visit: Visit) -> tuple[Attached, ...]:
    """Take in the files of all posts of a form; they are stored from now on."""
    held_by = kept_id(visit.form)
    suffixes = ("", *(f"_{number}" for number in _numbers(visit.form)))
    return tuple([await attaching.read(visit, each, held_by) for each in suffixes])


def draft_of(form: Fields, usual: Policy, attached: Sequence[Attached]) -> Draft:
    """Return what is to be said; Invalid for what cannot be read at all."""
    numbers = _numbers(form)
    texts = [form.text("text"), *(form.text(f"text_{number}") for number in numbers)]
    if any(len(text) > TEXT_LETTERS_MAX for text in texts):
        raise Invalid("This is far too long for one post.", fields={"text": "too long"})
    following = zip(texts[1:], attached[1:], strict=True)
    return Draft(
        text=texts[0],
        visibility=form.line("audience") or Visibility.PUBLIC.value,
        summary=form.line("note") if form.is_checked("note_on") else "",
        language=form.line("language"),
        in_reply_to_id=RowId(form.id("reply_to")) if form.get("reply_to") else None,
        poll=polling.read(form),
        quote_of=RowId(form.id("quote")) if form.get("quote") else None,
        policy=consenting.read(form, usual),
        media_ids=attached[0].ids,
        application=WEB,
        source_type=source_type(form),
        following=tuple(
            Draft(text, media_ids=each.ids) for text, each in following if text.strip() or each.ids
        ),
    )


def source_type(form: Fields) -> SourceType:
    """Return how the words of a form were typed."""
    return SourceType.MARKDOWN if form.is_checked("markdown") else SourceType.PLAIN


def kept_id(form: Fields) -> RowId | None:
    """Return what the form was opened from: a draft, or what waits for its time."""
    return RowId(form.id("kept")) if form.get("kept") else None


def later(form: Fields) -> datetime | None:
    """Return when it is to be posted; None: now. Raises `Invalid` for what is no time.

    Browsers send the time of their clock without its zone; a script says how far that is from UTC.
    """
    if not form.is_checked("later_on"):
        return None
    zone = timezone(timedelta(minutes=_offset(form)))
    try:
        return datetime.fromisoformat(form.line("later")).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise Invalid("Say when it is to be posted.", fields={"later": "no time"}) from wrong


def field_of(moment: datetime) -> str:
    """Return a moment as the field for it has it, in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def _shifted(form: Fields) -> str:
    try:
        moment = later(form)
    except Invalid:
        return ""
    return field_of(moment) if moment is not None else ""


def _offset(form: Fields) -> int:
    try:
        minutes = int(form.line("offset") or "0")
    except ValueError:
        return 0
    return minutes if abs(minutes) < _OFFSET_MINUTES_MAX else 0


def _numbers(form: Fields) -> list[int]:
    return [number for number in range(2, THREAD_MAX + 1) if f"text_{number}" in form]
