"""What people keep about others, and show on their profile: notes, endorsements, hashtags."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from storage import store
from storage.records import (
    Actor,
    Endorsement,
    FeaturedHashtag,
    Page,
    PrivateNote,
    RelationshipDetails,
    RowId,
)
from storage.rows import ACTORS, Rows, keyed, read_page
from storage.values import to_moment

NOTES = Rows("private_notes", PrivateNote)
ENDORSEMENTS = Rows("endorsements", Endorsement)
FEATURED = Rows("featured_hashtags", FeaturedHashtag)


async def save_note(note: PrivateNote) -> None:
    """Insert a note, or write the words of the one between these two."""
    names = ", ".join(NOTES.names)
    await store.write(
        f"INSERT INTO private_notes ({names}) VALUES ({NOTES.marks}) "
        "ON CONFLICT (actor_id, target_id) DO UPDATE SET words = excluded.words",
        *NOTES.values(note),
    )


async def remove_note(actor_id: int, target_id: int) -> None:
    """Forget what somebody noted about somebody."""
    await NOTES.remove("actor_id = ? AND target_id = ?", actor_id, target_id)


# ---------------------------------------------------------------- endorsements


async def endorse(endorsement: Endorsement) -> bool:
    """Show somebody on a profile; False if it is so already."""
    return await ENDORSEMENTS.insert_if_new(endorsement)


async def end_endorsement(actor_id: int, target_id: int) -> None:
    """Show somebody no more on a profile."""
    await ENDORSEMENTS.remove("actor_id = ? AND target_id = ?", actor_id, target_id)


async def endorsed_by(actor_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """Return a page of whom somebody shows on the profile, with the ids of the endorsements.

    Who is followed no more is not among them.
    """
    sql = (
        f"SELECT r.id, {ACTORS.columns('a')} FROM endorsements r CROSS JOIN actors a "
        "WHERE a.id = r.target_id AND r.actor_id = ? "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL AND EXISTS (SELECT 1 FROM follows f "
        "WHERE f.follower_id = r.actor_id AND f.followed_id = a.id AND f.state = 'accepted')"
    )
    return list(keyed(await read_page(page, "r.id", sql, actor_id), ACTORS))


# ---------------------------------------------------------------- hashtags


async def feature(hashtag: FeaturedHashtag) -> bool:
    """Show a hashtag on a profile; False if it is so already."""
    return await FEATURED.insert_if_new(hashtag)


async def find_featured(actor_id: int, name: str) -> FeaturedHashtag | None:
    """Return a hashtag that somebody shows, by its folded name."""
    return await FEATURED.find("t.actor_id = ? AND t.name = ?", actor_id, name)


async def end_featuring(actor_id: int, featured_id: int) -> bool:
    """Show a hashtag no more; False if there was none with this id."""
    return bool(await FEATURED.remove("id = ? AND actor_id = ?", featured_id, actor_id))


async def featured_by(actor_id: int) -> list[FeaturedHashtag]:
    """Return the hashtags that somebody shows, the latest first."""
    return await FEATURED.select("WHERE t.actor_id = ? ORDER BY t.id DESC", actor_id)


# ---------------------------------------------------------------- all that is kept about others


async def details(
    viewer_id: int, target_ids: Iterable[int], now: datetime
) -> dict[RowId, RelationshipDetails]:
    """Return what a viewer keeps about each of the actors, in one query."""
    wanted = [RowId(target_id) for target_id in set(target_ids)]
    rows = await store.glance(
        "SELECT 'follow', followed_id, languages, CASE WHEN shows_boosts THEN 1 ELSE 0 END, "
        "CASE WHEN notifies THEN CAST(1 AS BIGINT) ELSE 0 END FROM follows "
        "WHERE follower_id = ? AND followed_id = ANY(?) "
        "UNION ALL SELECT 'mute', target_id, '', CASE WHEN hides_notifications THEN 1 ELSE 0 END, "
        "expires_at FROM mutes "
        "WHERE actor_id = ? AND target_id = ANY(?) AND (expires_at IS NULL OR expires_at > ?) "
        "UNION ALL SELECT 'endorsement', target_id, '', 0, 0 FROM endorsements "
        "WHERE actor_id = ? AND target_id = ANY(?) "
        "UNION ALL SELECT 'note', target_id, words, 0, 0 FROM private_notes "
        "WHERE actor_id = ? AND target_id = ANY(?)",
        *(viewer_id, wanted, viewer_id, wanted, now, viewer_id, wanted, viewer_id, wanted),
    )
    found = dict.fromkeys(wanted, RelationshipDetails())
    for what, target_id, text, first, second in rows:
        found[target_id] = replace(found[target_id], **_detail(what, text, first, second))
    return found


def _detail(what: str, text: str, first: int, second: int | None) -> dict[str, Any]:
    if what == "follow":
        languages = tuple(msgspec.json.decode(text))
        return {"shows_boosts": bool(first), "notifies": bool(second), "languages": languages}
    if what == "mute":
        ends_at = to_moment(second) if second is not None else None
        return {"mutes_notifications": bool(first), "mute_ends_at": ends_at}
    return {"is_endorsed": True} if what == "endorsement" else {"note": text}
