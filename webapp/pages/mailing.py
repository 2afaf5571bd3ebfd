"""Jobs: mails about notifications, and the digest for who was away (B114).

What stands in a mail is looked up when it is sent: nobody who was blocked meanwhile, nothing that
was read, and no words of posts that are not for everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from actors.text import clean_name
from feeds import keyword_filters, mailed, notifications
from feeds.items import NotificationGroup
from feeds.matching import Filters
from instance.resources import Instance
from storage import actors, site, users
from storage import notifications as rows
from storage.ids import first_at
from storage.queue import NewJob
from storage.records import (
    Actor,
    FilterContext,
    MailKind,
    NotificationKind,
    Page,
    RowId,
    User,
    Visibility,
    Wanted,
)
from users import mail, unsubscribing
from users.login import may_act
from users.mail_texts import DIGEST, NEWS
from users.unsubscribing import Series
from webapp.pages import told, veiling
from webapp.pages.people import actor_path
from webapp.pages.views import post_excerpt, post_path

MAIL_DIGEST: Final = "mail_digest"
PLAN_DIGESTS: Final = "plan_digests"

LINES_MAX: Final = 10
READ_MAX: Final = 40
NEWS_FOR: Final = timedelta(days=1)
"""What is older when the first mail goes out is no news."""

AWAY_FOR: Final = timedelta(days=7)
GONE_AFTER: Final = timedelta(days=60)
"""Who was away for longer is not written to any more: they will not come back by mails."""

PLANNED_PER_JOB_MAX: Final = 200
_SUBJECT_LETTERS_MAX: Final = 150
_FOR_EVERYBODY: Final = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who lives here and may be written to now, at `to`."""

    user: User
    actor: Actor
    to: str


async def mail_news(instance: Instance, payload: dict[str, object]) -> None:
    """Job `mail_news`: one mail of all that somebody was told since the last, and has not read.

    Killed between sending and noting that, it sends the mail twice.
    """
    found = await _recipient(instance, RowId(int(str(payload["actor_id"]))))
    if found is None:
        return
    now, last = instance.now(), found.user.digest_at
    if last is not None and now < last + mailed.NEXT_AFTER:
        await mailed.tell_later(instance, found.actor.id, due_at=last + mailed.NEXT_AFTER)
        return
    since = max(last, now - NEWS_FOR) if last is not None else now - NEWS_FOR
    news = await _news(instance, found, mailed.kinds_of(found.user.preferences.mails), since)
    if news.groups:
        await _send(instance, found, news, Series.NEWS)


async def plan_digests(instance: Instance, payload: dict[str, object]) -> None:
    """Job `plan_digests`: find a slice of those who were away for a week, and queue the next."""
    after, now = int(str(payload.get("after", 0))), instance.now()
    if not mailed.is_possible(instance):
        return
    seen = (now - GONE_AFTER, now - AWAY_FOR)
    away = await users.list_away(seen, now - AWAY_FOR, after, PLANNED_PER_JOB_MAX)
    jobs = [
        NewJob(MAIL_DIGEST, {"actor_id": each.actor_id}, unique_key=f"{MAIL_DIGEST}:{each.id}")
        for each in away
        if MailKind.DIGEST in each.preferences.mails
    ]
    if len(away) == PLANNED_PER_JOB_MAX:
        jobs.append(NewJob(PLAN_DIGESTS, {"after": away[-1].id}))
    async with instance.store.transaction():
        await instance.queue.enqueue_many(jobs, now=now)


async def mail_digest(instance: Instance, payload: dict[str, object]) -> None:
    """Job `mail_digest`: what somebody missed since they were here; once a week, and only news."""
    found = await _recipient(instance, RowId(int(str(payload["actor_id"]))))
    if found is None or MailKind.DIGEST not in found.user.preferences.mails:
        return
    now, last = instance.now(), found.user.digest_at
    seen_at = found.user.last_seen_at or found.user.created_at
    if seen_at > now - AWAY_FOR or (last is not None and last > now - AWAY_FOR):
        return
    news = await _news(instance, found, mailed.kinds_of(tuple(MailKind)), seen_at)
    if news.groups and news.groups[0].newest.id > first_at(last or seen_at):
        await _send(instance, found, news, Series.DIGEST)


async def _recipient(instance: Instance, actor_id: RowId) -> Recipient | None:
    user, actor = await users.find_by_actor(actor_id), await actors.find(actor_id)
    if user is None or actor is None or not user.email or not mailed.is_possible(instance):
        return None
    is_meant = mailed.is_theirs(instance, user) and may_act(user, actor)
    return Recipient(user, actor, user.email) if is_meant else None


@dataclass(frozen=True, slots=True)
class _News:
    groups: tuple[NotificationGroup, ...]
    has_more: bool
    filters: Filters


async def _news(
    instance: Instance, found: Recipient, kinds: Sequence[NotificationKind], since: datetime
) -> _News:
    owner = found.actor
    floor = max(await rows.read_marker(owner.id), first_at(since))
    page = Page(limit=READ_MAX, since_id=floor)
    told_now = await notifications.read(instance, owner, page, Wanted(kinds=tuple(kinds)))
    groups = told_now.groups
    filters = await keyword_filters.of(instance, owner, FilterContext.NOTIFICATIONS)
    has_more = len(groups) > LINES_MAX or len(told_now.items) == READ_MAX
    return _News(groups[:LINES_MAX], has_more, filters)


async def _send(instance: Instance, found: Recipient, news: _News, series: Series) -> None:
    """Send a mail, then note it; with the headers by which mail programs show a button (RFC 8058).

    https://www.rfc-editor.org/rfc/rfc8058#section-3.1
    """
    now, base_url = instance.now(), instance.addresses.base_url
    site_name = (await site.read()).name
    away = (now - (found.user.last_seen_at or now)).days
    link = f"{base_url}/unsubscribe/{await unsubscribing.token(instance, found.user, series)}"
    lines = [_line(each, base_url, news.filters) for each in news.groups]
    if news.has_more:
        lines.append("- and more.")
    text = (NEWS if series is Series.NEWS else DIGEST).format(
        username=found.actor.username,
        site=site_name,
        base_url=base_url,
        days=away,
        news="\n\n".join(lines),
        link=link,
    )
    subject = _subject(news) if series is Series.NEWS else "What happened while you were away"
    message = mail.new_message(instance, found.to, f"{subject} ({site_name})", text)
    message["List-ID"] = f"<{series}.{found.actor.username}.{instance.settings.host}>"
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    await mail.send(instance, message)
    await users.note_digest(found.user.id, now)


def _subject(news: _News) -> str:
    if len(news.groups) == 1:
        return _sentence(news.groups[0])[:_SUBJECT_LETTERS_MAX]
    return "New for you"


def _line(group: NotificationGroup, base_url: str, filters: Filters) -> str:
    """Return what happened, on a line; below it the words, if they are for everybody, and where."""
    about = group.post
    if about is None:
        return f"- {_sentence(group)}.\n  {base_url}{actor_path(group.actors[0])}"
    where = f"  {base_url}{post_path(about.post, about.author)}"
    if about.post.visibility not in _FOR_EVERYBODY:
        return f"- {_sentence(group)}.\n{where}"
    said = veiling.said(filters.matches(about.post)) or post_excerpt(about.post)
    return f"- {_sentence(group)}:\n  “{said}”\n{where}"


def _sentence(group: NotificationGroup) -> str:
    """Return who did what: the first two by name and handle."""
    shown = [_name(each) for each in group.actors[: told.NAMED_MAX]]
    others = len(group.actors) - len(shown)
    if others:
        shown.append("1 other" if others == 1 else f"{others} others")
    *most, last = shown
    who = f"{', '.join(most)} and {last}" if most else last
    return f"{who} {told.sentence(group.kind)}"


def _name(actor: Actor) -> str:
    """Return name and handle; a name may not turn or hide what stands around it (HX-9)."""
    name, handle = clean_name(actor.name), actor_path(actor).removeprefix("/")
    return f"{name} ({handle})" if name else handle
