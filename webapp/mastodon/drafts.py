"""What apps send to say something -> `Draft`; nothing is checked here but the shape.

https://docs.joinmastodon.org/methods/statuses/#form-data-parameters, and what other servers' apps
send besides: `quote_id`, and posts for some followers alone (B37).
"""

from collections.abc import Mapping
from datetime import timedelta

from instance.errors import Invalid
from posts.drafts import MUTUALS, Draft, FileChange, PollDraft, circle_of
from posts.policies import EVERYBODY, NOBODY
from posts.text import language_tag
from storage.records import (
    Group,
    Policy,
    Post,
    Preferences,
    RowId,
    Rule,
    SourceType,
    Visibility,
)
from webapp.mastodon.media import focal_point
from webapp.parameters import Parameters

VISIBILITIES: Mapping[str, str] = {
    "public": "public",
    "unlisted": "unlisted",
    "private": "followers",
    "direct": "direct",
}
_QUOTERS: Mapping[str, Rule] = {
    "public": EVERYBODY,
    "followers": Rule(automatic=(Group.FOLLOWERS,)),
    "nobody": NOBODY,
}


def new(sent: Parameters, usual: Preferences) -> Draft:
    """Return what is to be said; what was not sent is as its writer usually has it."""
    words = _words(sent)
    return Draft(
        text=words[0],
        summary=words[1],
        visibility=_circle(sent) or visibility(sent, usual.default_visibility.value),
        is_sensitive=sent.flag("sensitive", default=usual.default_sensitive),
        language=_language(sent) or usual.language,
        in_reply_to_id=_maybe(sent.id("in_reply_to_id")),
        poll=poll(sent),
        quote_of=_maybe(_quoted(sent)),
        policy=policy(sent, usual.policy),
        source_type=source_type(sent.text("content_type")) or usual.source_type,
        media_ids=_files(sent),
    )


def edited(sent: Parameters, before: Post) -> Draft:
    """Return how a post shall read; files and poll that were not sent go, as with Mastodon.

    Apps that know no content types edit what was typed as it was typed.
    """
    words = _words(sent)
    return Draft(
        text=words[0],
        summary=words[1],
        is_sensitive=sent.flag("sensitive"),
        language=_language(sent) or before.language or "",
        poll=poll(sent),
        source_type=source_type(sent.text("content_type")) or before.source_type,
        media_ids=_files(sent),
        file_changes=_changes(sent),
        quoters=quote_rule(word) if (word := sent.text("quote_approval_policy")) else None,
    )


def source_type(word: str) -> SourceType | None:
    """Return how words were typed; None: not said. Invalid for what the instance does not name.

    As GoToSocial does: an app that takes what is posted for Markdown would not be told otherwise.
    """
    if word and word not in set(SourceType):
        reason = f"is not one of {', '.join(SourceType)}"
        raise Invalid(f"Validation failed: Content type {reason}", fields={"content_type": reason})
    return SourceType(word) if word else None


def visibility(sent: Parameters, usual: str) -> str:
    """Return our name of who may see something; Invalid for what is no name."""
    found = sent.text("visibility")
    if sent.flag("local_only") or found == Visibility.LOCAL:
        if found in {"private", "direct"}:
            reason = "cannot be private as well: it is for everybody here"
            raise Invalid(f"Validation failed: Local only {reason}", fields={"local_only": reason})
        return Visibility.LOCAL.value
    if not found:
        return usual
    if found not in VISIBILITIES:
        reason = f"is not one of {', '.join(VISIBILITIES)}"
        raise Invalid(f"Validation failed: Visibility {reason}", fields={"visibility": reason})
    return VISIBILITIES[found]


def _circle(sent: Parameters) -> str:
    """Return our name of some followers alone: `list:ID` as Akkoma's, `mutual` as Fedibird's."""
    found = sent.text("visibility")
    if sent.flag("local_only"):
        return ""
    name = MUTUALS if found == "mutual" else found
    return name if circle_of(name) is not None else ""


def boost_visibility(sent: Parameters) -> Visibility | None:
    """Return who a boost is for; None: for as many as the post."""
    found = visibility(sent, "")
    if found == Visibility.DIRECT:
        reason = "is not one of public, unlisted, private"
        raise Invalid(f"Validation failed: Visibility {reason}", fields={"visibility": reason})
    return Visibility(found) if found else None


def policy(sent: Parameters, usual: Policy) -> Policy | None:
    """Return who may do what, with the word about quotes that was sent."""
    word = sent.text("quote_approval_policy")
    if not word:
        return usual if usual != Policy() else None
    return Policy(usual.reply, usual.like, usual.boost, quote_rule(word))


def quote_rule(word: str) -> Rule:
    """Return who may quote by the word for it; Invalid for what is no such word."""
    rule = _QUOTERS.get(word)
    if rule is None:
        reason = f"is not one of {', '.join(_QUOTERS)}"
        raise Invalid(
            f"Validation failed: Quote approval policy {reason}",
            fields={"quote_approval_policy": reason},
        )
    return rule


def quoters(chosen: Policy | None) -> str:
    """Return the word for who may quote, the nearest where there is no such word."""
    rule = (chosen.quote if chosen is not None else None) or EVERYBODY
    return next((word for word, known in _QUOTERS.items() if known == rule), "nobody")


def poll(sent: Parameters) -> PollDraft | None:
    """Return the poll that was sent, if one was."""
    found = sent.part("poll")
    options = found.items("options")
    if not options:
        return None
    seconds = found.number("expires_in", 86400, least=0, most=10**9)
    return PollDraft(
        options,
        is_multiple=found.flag("multiple"),
        hides_totals=found.flag("hide_totals"),
        open_for=timedelta(seconds=seconds),
    )


def _words(sent: Parameters) -> tuple[str, str]:
    """Return text and content note; a note without anything that it is about is the text."""
    text, note = sent.text("status"), sent.text("spoiler_text")
    has_more = bool(sent.items("media_ids") or sent.part("poll").tree or _quoted(sent))
    return (note, "") if not text.strip() and note and not has_more else (text, note)


def _language(sent: Parameters) -> str:
    """Return the language that was named; what is none is not said, as with Mastodon.

    Apps send what the telephone is set to: "und", or names of its own.
    """
    named = sent.text("language")
    return named if language_tag(named) is not None else ""


def _quoted(sent: Parameters) -> int | None:
    return sent.id("quoted_status_id") or sent.id("quote_id")


def _files(sent: Parameters) -> tuple[RowId, ...]:
    return tuple(RowId(each) for each in sent.ids("media_ids"))


def _changes(sent: Parameters) -> Mapping[RowId, FileChange]:
    found = {}
    for each in sent.parts("media_attributes"):
        media_id = each.id("id")
        if media_id is not None:
            found[RowId(media_id)] = FileChange(
                each.maybe_text("description"), focal_point(each.text("focus"))
            )
    return found


def _maybe(found: int | None) -> RowId | None:
    return None if found is None else RowId(found)
