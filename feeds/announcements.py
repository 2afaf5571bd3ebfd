"""Announcements: what those who run the server tell everybody on it, read marks and emoji included.

https://docs.joinmastodon.org/entities/Announcement/
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from actors import emoji
from actors.text import clean_source
from federation.reaction_parsing import is_emoji
from feeds.announced import Counted, Shown
from instance import hints
from instance.errors import Invalid, NotFound
from instance.hints import Kind
from instance.resources import Instance
from moderation import audit
from posts.text import find_hashtags, render
from storage import announcements as rows
from storage import emojis
from storage.records import (
    Actor,
    Announcement,
    AnnouncementReaction,
    AnnouncementRead,
    AuditKind,
    RowId,
)

TELL_ANNOUNCEMENT: Final = "tell_announcement"
TEXT_LETTERS_MAX: Final = 5000
LISTED_MAX: Final = 50
EMOJI_KINDS_MAX: Final = 8
"""Different emoji under one announcement, as Mastodon has it."""


# ---------------------------------------------------------------- those who run the server


async def announce(  # noqa: PLR0913  # the fields of an announcement
    instance: Instance,
    text: str,
    *,
    at: datetime | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    is_all_day: bool = False,
    by: RowId | None = None,
) -> Announcement:
    """Tell everybody on this server something, from `at` (C30) until `ends_at`. Raises `Invalid`.

    What it is about may begin later than it is told: `starts_at`.
    """
    text, now = clean_source(text).strip(), instance.now()
    if not text or len(text) > TEXT_LETTERS_MAX:
        raise Invalid(f"An announcement has 1 to {TEXT_LETTERS_MAX} letters.")
    told_at = now if at is None else max(at, now)
    if ends_at is not None and ends_at < max(starts_at or told_at, told_at):
        raise Invalid("It would end before it begins.")
    made = Announcement(
        id=instance.ids.new(),
        text=text,
        created_at=told_at,
        starts_at=starts_at,
        ends_at=ends_at,
        is_all_day=is_all_day and starts_at is not None,
    )
    async with instance.store.transaction():
        await rows.insert(made)
        if told_at > now:
            payload = {"announcement_id": made.id}
            await instance.queue.enqueue(TELL_ANNOUNCEMENT, payload, now=now, due_at=told_at)
        else:
            hints.give(instance, Kind.ANNOUNCED, made.id)
        await audit.note(instance, by, AuditKind.SERVER, str(made.id), f"announced: {text}")
    return made


async def tell_announcement(instance: Instance, payload: dict[str, object]) -> None:
    """Job `tell_announcement`: tell open streams of one whose time has come. May run twice."""
    announcement_id = RowId(int(str(payload["announcement_id"])))
    async with instance.store.transaction():
        if await rows.find(announcement_id) is not None:
            hints.give(instance, Kind.ANNOUNCED, announcement_id)


async def end(instance: Instance, announcement_id: RowId, *, by: RowId | None = None) -> None:
    """Tell nobody any more; it stays among those that are over. Raises `NotFound`."""
    async with instance.store.transaction():
        found = await _find(instance, announcement_id)
        await rows.save(replace(found, ends_at=instance.now()))
        hints.give(instance, Kind.WITHDRAWN, announcement_id)
        await audit.note(instance, by, AuditKind.SERVER, str(found.id), "ended an announcement")


async def withdraw(instance: Instance, announcement_id: RowId, *, by: RowId | None = None) -> None:
    """Remove an announcement with all under it. Raises `NotFound`."""
    async with instance.store.transaction():
        if not await rows.remove(announcement_id):
            raise NotFound("There is no such announcement.")
        hints.give(instance, Kind.WITHDRAWN, announcement_id)
        target = str(announcement_id)
        await audit.note(instance, by, AuditKind.SERVER, target, "took an announcement back")


async def everything() -> list[Announcement]:
    """Return the newest announcements, also those that are over."""
    return await rows.list_newest(LISTED_MAX)


# ---------------------------------------------------------------- those who live here


async def current(instance: Instance, reader: Actor) -> list[Shown]:
    """Return what is announced now, as somebody reads it; a fixed number of queries."""
    return await _shown(instance, await rows.list_current(instance.now(), LISTED_MAX), reader)


async def unread(instance: Instance, reader: Actor, limit: int) -> list[Shown]:
    """Return what somebody has not read of what is announced now."""
    found = await rows.list_unread(reader.id, instance.now(), limit)
    return await _shown(instance, found, reader)


async def one(instance: Instance, announcement_id: RowId, reader: Actor) -> Shown:
    """Return one announcement as somebody reads it. Raises `NotFound`."""
    return (await _shown(instance, [await _find(instance, announcement_id)], reader))[0]


async def dismiss(instance: Instance, reader: Actor, announcement_id: RowId) -> None:
    """Note that somebody has read one. Raises `NotFound`."""
    found = await _find(instance, announcement_id)
    await rows.mark_read(AnnouncementRead(instance.ids.new(), found.id, reader.id))


async def react(instance: Instance, actor: Actor, announcement_id: RowId, name: str) -> None:
    """Put an emoji, or one of this server's by name, under one. Raises `Invalid`, `NotFound`."""
    found = await _find(instance, announcement_id)
    name = name.strip(":")
    if not is_emoji(name) and await emojis.find(name) is None:
        raise Invalid("Validation failed: Name is not a recognized emoji")
    async with instance.store.transaction():
        there = (await rows.reactions([found.id], actor.id)).get(found.id, [])
        if len(there) >= EMOJI_KINDS_MAX and name not in {each for each, _, _ in there}:
            raise Invalid("Validation failed: Limit of different reactions reached")
        await rows.react(AnnouncementReaction(instance.ids.new(), found.id, actor.id, name))
        hints.give(instance, Kind.REACTED, found.id, text=name)


async def unreact(instance: Instance, actor: Actor, announcement_id: RowId, name: str) -> None:
    """Take an emoji back; one that is not there is no mistake. Raises `NotFound`."""
    found = await _find(instance, announcement_id)
    async with instance.store.transaction():
        await rows.unreact(found.id, actor.id, name.strip(":"))
        hints.give(instance, Kind.REACTED, found.id, text=name.strip(":"))


async def _find(instance: Instance, announcement_id: RowId) -> Announcement:
    """One that is told now."""
    found, now = await rows.find(announcement_id), instance.now()
    is_over = found is not None and found.ends_at is not None and found.ends_at <= now
    if found is None or is_over or found.created_at > now:
        raise NotFound("Record not found")
    return found


async def _shown(instance: Instance, found: Sequence[Announcement], reader: Actor) -> list[Shown]:
    ids = [each.id for each in found]
    read = await rows.read_by(reader.id, ids)
    reactions = await rows.reactions(ids, reader.id)
    ours = await emoji.used_in(*(each.text for each in found))
    named = {name for some in reactions.values() for name, _, _ in some}
    urls = {each.shortcode: each.url for each in await emojis.by_shortcodes(named)}
    base_url = instance.settings.base_url
    return [
        Shown(
            announcement=each,
            content=render(each.text, {}, base_url),
            hashtags=tuple(find_hashtags(each.text)),
            emojis=tuple(one for one in ours if f":{one.shortcode}:" in each.text),
            is_read=each.id in read,
            reactions=tuple(
                Counted(name, count, is_mine, urls.get(name))
                for name, count, is_mine in reactions.get(each.id, [])
            ),
        )
        for each in found
    ]
