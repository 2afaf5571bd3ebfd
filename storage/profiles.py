"""What people keep about others and show of them on their profile: notes, endorsements, hashtags."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from storage import store
from storage.records import Actor, Endorsement, FeaturedHashtag, Page, PrivateNote, RowId
from storage.rows import ACTORS, Rows, keyed, read_page

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
    """Return a page of whom somebody shows on the profile, with the ids of the endorsements."""
    sql = (
        f"SELECT r.id, {ACTORS.columns('a')} FROM endorsements r CROSS JOIN actors a "
        "WHERE a.id = r.target_id AND r.actor_id = ? "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
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
