"""What who runs this server tells everybody: its rules, and texts about it, privacy and terms."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final

from actors.markup import render_markdown, render_plain
from actors.text import clean_line, clean_source
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from moderation import audit
from storage import site, site_texts
from storage.records import AuditKind, RowId, SafeHtml, SiteRule, SiteText, SiteTextKind
from users.registration import check_email

RULE_LETTERS_MAX: Final = 500
TEXT_LETTERS_MAX: Final = 50_000
NAMES: Final[Mapping[SiteTextKind, str]] = {
    SiteTextKind.ABOUT: "the description",
    SiteTextKind.PRIVACY: "the privacy policy",
    SiteTextKind.TERMS: "the terms of service",
}

# What is true of every server that runs this software, until its owner writes more.
_PRIVACY: Final = """## What this server keeps

Your name, your profile and your posts, as you write them. Your e-mail address, if you gave one, \
and your password in a form that nobody can read. Whom you follow, block and mute, and what you \
liked, boosted and saved. From which address and with which browser you logged in.

## Who can read it

Public posts can be read by everybody, and are sent to other servers of your followers. Posts for \
followers and private posts are sent to the servers of those whom they are for; those who run this \
server and those servers could read them. Do not write secrets in them.

## How long

Until you delete it. When you delete a post or your account, other servers are told to delete \
their copy; whether they do is up to them.

Nothing is sold, and nothing here watches you: there are no ads and no trackers."""

_SINCE: Final = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Published:
    """A text in force; `succeeded_by` is the day on which the next one takes its place."""

    kind: SiteTextKind
    html: SafeHtml
    effective_at: datetime
    is_in_force: bool
    succeeded_by: datetime | None = None


async def add_rule(
    instance: Instance, text: str, *, hint: str = "", by: RowId | None = None
) -> SiteRule:
    """Add a rule below those that are there. Raises `Invalid`."""
    words, more = clean_line(text, RULE_LETTERS_MAX + 1), clean_line(hint, RULE_LETTERS_MAX + 1)
    if not words or max(len(words), len(more)) > RULE_LETTERS_MAX:
        raise Invalid(f"A rule and its hint have at most {RULE_LETTERS_MAX} letters.")
    async with instance.store.transaction():
        rules = await site_texts.rules()
        if len(rules) >= site_texts.LISTED_MAX:
            raise Invalid(f"There is room for {site_texts.LISTED_MAX} rules.")
        place = rules[-1].place + 1 if rules else 1
        made = SiteRule(instance.ids.new(), words, more, place, instance.now())
        await site_texts.insert_rule(made)
        await audit.note(instance, by, AuditKind.SERVER, words, f"added the rule {words!r}")
    return made


async def remove_rule(instance: Instance, rule_id: RowId, *, by: RowId | None = None) -> None:
    """Put a rule out of force; raises `NotFound`."""
    async with instance.store.transaction():
        if not await site_texts.remove_rule(rule_id, instance.now()):
            raise NotFound("There is no such rule.")
        await audit.note(instance, by, AuditKind.SERVER, str(rule_id), f"removed rule {rule_id}")


async def publish(
    instance: Instance,
    kind: SiteTextKind,
    text: str,
    *,
    effective_on: date | None = None,
    by: RowId | None = None,
) -> SiteText:
    """Publish a text in place of the one before, from a day on or at once. Raises `Invalid`."""
    source = clean_source(text[: TEXT_LETTERS_MAX + 1]).strip()
    if not source or len(source) > TEXT_LETTERS_MAX:
        raise Invalid(f"A text has 1 to {TEXT_LETTERS_MAX} letters.")
    now = instance.now()
    day = effective_on or now.date()
    effective_at = datetime.combine(day, time(), tzinfo=UTC)
    if effective_on is not None and effective_on < now.date():
        raise Invalid("A text cannot be in force since before it was written.")
    made = SiteText(instance.ids.new(), kind, source, effective_at, now)
    async with instance.store.transaction():
        await site_texts.insert_text(made)
        words = f"published {NAMES[kind]}, in force from {day}"
        await audit.note(instance, by, AuditKind.SERVER, kind.value, words)
    return made


async def set_contact(instance: Instance, email: str, *, by: RowId | None = None) -> None:
    """Say where people reach who runs this server; empty: nowhere. Raises `Invalid`."""
    address = check_email(email) if email else ""
    async with instance.store.transaction():
        await site.save(replace(await site.read(), contact_email=address))
        words = "changed the address of contact" if address else "removed the address of contact"
        await audit.note(instance, by, AuditKind.SERVER, instance.settings.domain, words)


async def read(instance: Instance, kind: SiteTextKind) -> Published | None:
    """Return a text in force, or the first that will be; None if there are no terms.

    Until its owner publishes more, a server has its short description, and the privacy policy is
    what is true of this software.
    """
    found = await site_texts.texts(kind)
    now = instance.now()
    current = next((each for each in found if each.effective_at <= now), None)
    if found:
        return _published(found, current or found[-1], now)
    if kind is SiteTextKind.TERMS:
        return None
    if kind is SiteTextKind.PRIVACY:
        html = render_markdown(_PRIVACY, {}, instance.settings.base_url)
    else:
        html = render_plain((await site.read()).description)
    return Published(kind, html, _SINCE, is_in_force=True)


async def read_of(instance: Instance, kind: SiteTextKind, day: date) -> Published:
    """Return the text that took effect, or will, on a day; raises `NotFound`."""
    found = await site_texts.texts(kind)
    wanted = next((each for each in found if each.effective_at.date() == day), None)
    if wanted is None:
        raise NotFound("Record not found")
    return _published(found, wanted, instance.now())


def _published(texts: list[SiteText], text: SiteText, now: datetime) -> Published:
    later = [each.effective_at for each in texts if each.effective_at > text.effective_at]
    return Published(
        kind=text.kind,
        html=render_plain(text.source),
        effective_at=text.effective_at,
        is_in_force=text.effective_at <= now,
        succeeded_by=min(later, default=None),
    )
