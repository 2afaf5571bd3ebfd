"""The part of the composer that makes a poll: what it shows, and what comes back. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta

from posts.drafts import POLL_OPTIONS_MAX, PollDraft
from storage.records import Poll
from webapp.forms import Fields

_FIELD_LETTERS_MAX = 2000
_UNCHANGED = "unchanged"
_OPEN_FOR = {
    "5m": ("5 minutes", timedelta(minutes=5)),
    "1h": ("1 hour", timedelta(hours=1)),
    "6h": ("6 hours", timedelta(hours=6)),
    "1d": ("1 day", timedelta(days=1)),
    "3d": ("3 days", timedelta(days=3)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
_DURATIONS = tuple((value, text) for value, (text, _) in _OPEN_FOR.items())


@dataclass(frozen=True, slots=True)
class PollFields:
    """The fields of a poll as they stand; `options` has a field for each answer there may be."""

    options: tuple[str, ...] = ("",) * POLL_OPTIONS_MAX
    is_multiple: bool = False
    hides_totals: bool = False
    duration: str = "1d"
    durations: tuple[tuple[str, str], ...] = _DURATIONS
    is_on: bool = False


NO_POLL = PollFields()


def of_post(poll: Poll | None) -> PollFields:
    """Return the fields of a poll that is edited."""
    if poll is None:
        return NO_POLL
    return PollFields(
        options=_padded([option.text for option in poll.options]),
        is_multiple=poll.is_multiple,
        hides_totals=poll.hides_totals,
        duration=_UNCHANGED,
        durations=((_UNCHANGED, "As it is"), *_DURATIONS),
        is_on=True,
    )


def of_draft(poll: PollDraft | None) -> PollFields:
    """Return the fields of a poll in a draft; how long it is open is the nearest one can choose."""
    if poll is None:
        return NO_POLL
    open_for = poll.open_for or timedelta(days=1)
    return PollFields(
        options=_padded(list(poll.options)),
        is_multiple=poll.is_multiple,
        hides_totals=poll.hides_totals,
        duration=min(_OPEN_FOR, key=lambda name: abs(_OPEN_FOR[name][1] - open_for)),
        is_on=True,
    )


def typed(form: Fields, before: PollFields) -> PollFields:
    """Return the fields as they were sent, for who has to mend something."""
    return replace(
        before,
        options=_padded(_options(form)),
        is_multiple=form.is_checked("poll_multiple"),
        hides_totals=form.is_checked("poll_secret"),
        duration=form.line("poll_duration"),
        is_on=form.is_checked("poll_on"),
    )


def read(form: Fields) -> PollDraft | None:
    """Return the poll of a form; None where there is none."""
    if not form.is_checked("poll_on"):
        return None
    _, open_for = _OPEN_FOR.get(form.line("poll_duration"), ("", None))
    return PollDraft(
        options=_options(form),
        is_multiple=form.is_checked("poll_multiple"),
        hides_totals=form.is_checked("poll_secret"),
        open_for=open_for,
    )


def _options(form: Fields) -> list[str]:
    fields = (form.line(f"poll_{number}") for number in range(POLL_OPTIONS_MAX))
    return [text[:_FIELD_LETTERS_MAX] for text in fields]


def _padded(options: list[str]) -> tuple[str, ...]:
    return (*options, *[""] * POLL_OPTIONS_MAX)[:POLL_OPTIONS_MAX]
