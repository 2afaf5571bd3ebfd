"""Deletes old posts of those who want that, but for what they keep (B55): gently, and resumable.

As Mastodon's automated post deletion: https://docs.joinmastodon.org/user/posting/#delete
Each post goes as if its author had deleted it; what is left of a run is done by the next one.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from instance.errors import Gone, Invalid, NotFound
from instance.resources import Instance
from outbox import publishing
from storage import actors, cleanups
from storage.records import Actor, Cleanup

AGES_DAYS: Final = (7, 14, 30, 61, 91, 182, 365, 730)
NUMBER_MAX: Final = 1_000_000
PER_PERSON_MAX: Final = 20
PEOPLE_MAX: Final = 20
"""So many posts of so many people go at most in one run of the job."""

AGAIN: Final = timedelta(minutes=10)
NEXT_LOOK: Final = timedelta(hours=12)


async def chosen(instance: Instance, author: Actor) -> Cleanup:
    """Return what somebody chose; what is proposed where nothing was chosen yet."""
    found = await cleanups.find(author.id)
    return found or Cleanup(id=instance.ids.new(), actor_id=author.id, due_at=instance.now())


async def choose(instance: Instance, author: Actor, wanted: Cleanup) -> Cleanup:
    """Keep what somebody chooses; it is acted on within minutes. Raises `Invalid`."""
    if wanted.after_days not in AGES_DAYS:
        raise Invalid("Choose one of these ages.", fields={"after_days": "Choose one of these."})
    for name in ("likes_min", "boosts_min"):
        number = getattr(wanted, name)
        if number is not None and not 1 <= number <= NUMBER_MAX:
            raise Invalid("Choose a number above 0.", fields={name: "Choose a number above 0."})
    async with instance.store.transaction():
        await actors.get_locked(author.id)  # so that there is one row
        before = await cleanups.find(author.id)
        after = replace(wanted, actor_id=author.id, due_at=instance.now())
        if before is None:
            await cleanups.insert(after)
        else:
            after = replace(after, id=before.id)
            await cleanups.save(after)
    return after


async def clean(instance: Instance, payload: dict[str, object]) -> None:
    """Job `clean_posts`, every ten minutes: some old posts of some people. May run twice."""
    del payload
    for each in await cleanups.due(instance.now(), PEOPLE_MAX):
        author = await actors.find(each.actor_id)
        gone = 0
        if author is not None and author.deleted_at is None and author.suspended_at is None:
            gone = await _clean(instance, author, each)
        async with instance.store.transaction():
            now = await cleanups.find_locked(each.id)
            if now is not None and now.due_at == each.due_at:  # not chosen anew meanwhile
                wait = AGAIN if gone >= PER_PERSON_MAX else NEXT_LOOK
                await cleanups.save(replace(now, due_at=instance.now() + wait))


async def _clean(instance: Instance, author: Actor, choice: Cleanup) -> int:
    """Delete the oldest posts that are to go; return how many that were."""
    before = instance.now() - timedelta(days=choice.after_days)
    found = await cleanups.old_posts(choice, before, PER_PERSON_MAX)
    for post_id in found:
        try:
            await publishing.delete(instance, author, post_id)
        except (NotFound, Gone):  # by its author, meanwhile
            continue
    return len(found)
