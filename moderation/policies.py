"""What becomes of an activity of another server: a row of pure functions, each with a reason.

`judge` asks the policies of the table one after the other. Each sees the activity as those before
it left it, and the facts; none reads a table or the network. What a policy wants to know and nobody
has looked up yet it asks for (`Ask`), and is called again: so a usual post costs no query.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from federation import vocabulary as v
from instance.host_rules import HostRules
from instance.settings import PolicySettings
from moderation import wording
from storage.records import Actor, ContentAction, ContentKind, ContentRule


@dataclass(frozen=True, slots=True)
class Facts:
    """What policies know besides the activity; `is_known`: somebody here follows its actor."""

    sender: Actor
    hosts: HostRules
    contents: tuple[ContentRule, ...]
    limits: PolicySettings
    now: datetime
    is_known: bool | None = None
    """None: nobody has looked yet."""


@dataclass(frozen=True, slots=True)
class Accept:
    """Nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Reject:
    """It has no effect here."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It has no effect until a moderator releases it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """It is read like this instead."""

    activity: v.Activity
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """That depends on whether somebody here follows its actor: look, and ask again."""


Verdict: TypeAlias = Accept | Reject | Hold | Rewrite | Ask
Policy: TypeAlias = Callable[[v.Activity, Facts], Verdict]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all policies said: the activity as it is to be read, and what is to be done with it."""

    activity: v.Activity
    verdict: Accept | Reject | Hold | Ask
    notes: tuple[str, ...] = ()
    """What was changed in the activity, and by which policy."""


def judge(activity: v.Activity, facts: Facts) -> Judgement:
    """Let all policies speak; the first that does not let it pass has the last word."""
    notes: tuple[str, ...] = ()
    for name, policy in POLICIES:
        match policy(activity, facts):
            case Accept():
                pass
            case Rewrite(rewritten, reason):
                activity, notes = rewritten, (*notes, f"{name}: {reason}")
            case Reject(reason):
                return Judgement(activity, Reject(f"{name}: {reason}"), notes)
            case Hold(reason):
                return Judgement(activity, Hold(f"{name}: {reason}"), notes)
            case Ask():
                return Judgement(activity, Ask(), notes)
    return Judgement(activity, Accept(), notes)


# ---------------------------------------------------------------- rules about hosts


def reports(activity: v.Activity, facts: Facts) -> Verdict:
    """A host may be known for reports that nobody needs to read."""
    if isinstance(activity, v.Flag) and not facts.hosts.are_none:
        rule = facts.hosts.strictest(*_hosts_of(facts.sender))
        if rule is not None and rule.rejects_reports:
            return Reject("reports of this host are not taken")
    return Accept()


def media(activity: v.Activity, facts: Facts) -> Verdict:
    """Pictures of some hosts are not shown, whoever posts them; nor are those hosts' emoji."""
    note = note_of(activity)
    if note is None or facts.hosts.are_none:
        return Accept()
    if facts.hosts.rejects_media(*_hosts_of(facts.sender)):
        if note.attachments or note.emojis:
            return Rewrite(
                _with_note(activity, replace(note, attachments=(), emojis=())), _NO_MEDIA
            )
        return Accept()
    kept = tuple(
        each
        for each in note.attachments
        if not facts.hosts.rejects_media(wording.host_of_link(each.url))
    )
    if len(kept) == len(note.attachments):
        return Accept()
    return Rewrite(_with_note(activity, replace(note, attachments=kept)), _NO_MEDIA)


_NO_MEDIA = "without pictures of a host whose pictures are not shown"


# ---------------------------------------------------------------- limits


def mentions(activity: v.Activity, facts: Facts) -> Verdict:
    """E143: a post that names very many people is no conversation."""
    note, most = note_of(activity), facts.limits.mentions_max
    if note is None or not most or len(note.mentions) <= most:
        return Accept()
    return Reject(f"it names more than {most} people")


def hashtags(activity: v.Activity, facts: Facts) -> Verdict:
    """E143: a post with very many hashtags is about none of them."""
    note, most = note_of(activity), facts.limits.hashtags_max
    if note is None or not most or len(note.hashtags) <= most:
        return Accept()
    return Reject(f"it has more than {most} hashtags")


def first_contact(activity: v.Activity, facts: Facts) -> Verdict:
    """FL-9, C48: waves of spam come from new accounts, and name people who never heard of them."""
    note, limits = note_of(activity), facts.limits
    if note is None or not note.mentions or not limits.young_days:
        return Accept()
    if facts.now - facts.sender.created_at > timedelta(days=limits.young_days):
        return Accept()
    reason = _too_much_for_a_stranger(note, limits)
    if reason is None or facts.is_known:
        return Accept()
    return Ask() if facts.is_known is None else Hold(reason)


def _too_much_for_a_stranger(note: v.Note, limits: PolicySettings) -> str | None:
    if len(note.mentions) > limits.stranger_mentions_max:
        return f"a new account that nobody here follows names {len(note.mentions)} people"
    links = [url for url in wording.links_of(note) if url != note.url]
    if len(links) > limits.stranger_links_max:
        return f"a new account that nobody here follows sends {len(links)} links or pictures"
    return None


# ---------------------------------------------------------------- words, links, hashtags


def contents(activity: v.Activity, facts: Facts) -> Verdict:
    """C47: the operator's rules about words, links and hashtags; the strictest that fits counts."""
    note = note_of(activity)
    if note is None or not facts.contents:
        return Accept()
    text = _Text(note)
    fitting = [
        rule
        for rule in facts.contents
        if not (rule.only_strangers and facts.is_known) and text.fits(rule)
    ]
    if not fitting:
        return Accept()
    if facts.is_known is None and any(rule.only_strangers for rule in fitting):
        return Ask()
    strictest = max(fitting, key=lambda rule: _STRICTNESS[rule.action])
    # What a rule looks for is the operators' own business; its number says it to them.
    return _done_by(strictest.action, f"{strictest.kind} rule {strictest.id}", activity, note)


def _done_by(action: ContentAction, reason: str, activity: v.Activity, note: v.Note) -> Verdict:
    if action is ContentAction.REJECT:
        return Reject(reason)
    if action is ContentAction.HOLD:
        return Hold(reason)
    if note.is_sensitive:
        return Accept()
    return Rewrite(_with_note(activity, replace(note, is_sensitive=True)), reason)


_STRICTNESS = {ContentAction.SENSITIVE: 0, ContentAction.HOLD: 1, ContentAction.REJECT: 2}


class _Text:
    """A post as rules look at it; each of its three sides is worked out once, if at all."""

    def __init__(self, note: v.Note) -> None:
        self._note = note
        self._words: str | None = None
        self._hosts: frozenset[str] | None = None
        self._hashtags: frozenset[str] | None = None

    def fits(self, rule: ContentRule) -> bool:
        """Whether a rule is about this post."""
        match rule.kind:
            case ContentKind.WORD:
                if self._words is None:
                    self._words = wording.words_of(self._note)
                return f" {rule.pattern} " in self._words
            case ContentKind.LINK:
                if self._hosts is None:
                    links = wording.links_of(self._note)
                    self._hosts = frozenset(map(wording.host_of_link, links))
                return any(wording.is_of(host, rule.pattern) for host in self._hosts)
            case ContentKind.HASHTAG:
                if self._hashtags is None:
                    names = (tag.name for tag in self._note.hashtags)
                    self._hashtags = frozenset(map(wording.folded, names))
                return rule.pattern in self._hashtags


# ---------------------------------------------------------------- the table

POLICIES: Final[tuple[tuple[str, Policy], ...]] = (
    ("reports", reports),
    ("mentions", mentions),
    ("hashtags", hashtags),
    ("contents", contents),
    ("first contact", first_contact),
    ("media", media),
)
"""In this order: what refuses comes before what changes, and what costs little before the rest."""


def note_of(activity: v.Activity) -> v.Note | None:
    """The post that an activity brings along, if it brings one."""
    match activity:
        case v.Create(object=v.Note() as note) | v.Update(object=v.Note() as note):
            return note
        case v.InteractionRequest(instrument=v.Note() as note):
            return note
        case _:
            return None


def _with_note(activity: v.Activity, note: v.Note) -> v.Activity:
    match activity:
        case v.Create() | v.Update():
            return replace(activity, object=note)
        case v.InteractionRequest():
            return replace(activity, instrument=note)
        case _:
            return activity


def _hosts_of(sender: Actor) -> tuple[str, ...]:
    """Where an actor is: the host of its handle, and that of its id."""
    return sender.host or "", wording.host_of_link(sender.uri)
