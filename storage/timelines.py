"""Feed entries, and keyset pages of public, hashtag and profile feeds."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Sequence

from storage import store
from storage.interactions import INTERACTIONS
from storage.records import FeedEntry, Interaction, Page, Post, RowId, Visibility
from storage.rows import POSTS, Rows, pairs, read_page

ENTRIES = Rows("feed_entries", FeedEntry)

# Word for word as in the partial indexes (migration 0002).
_PUBLIC = "t.visibility = 'public' AND t.deleted_at IS NULL"
_NOT_TO_OTHERS = "(t.in_reply_to_uri IS NULL OR t.in_reply_to_actor_id = t.actor_id)"

_LIVE_AUTHOR = "a.id = t.actor_id AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
# CROSS JOIN keeps SQLite from beginning with all actors.
_POSTS_BY_ACTORS = f"SELECT {POSTS.columns('t')} FROM posts t CROSS JOIN actors a WHERE "


# ---------------------------------------------------------------- home


async def insert_entries(entries: Sequence[FeedEntry]) -> None:
    """Put posts into feeds; what an owner has from the same booster already is ignored."""
    await ENTRIES.insert_many_if_new(entries)


async def remove_post(post_id: int) -> None:
    """Take a post out of all feeds."""
    await store.write("DELETE FROM feed_entries WHERE post_id = ?", post_id)


async def remove_boost(booster_id: int, post_id: int) -> None:
    """Take a post out of the feeds into which this actor boosted it."""
    sql = "DELETE FROM feed_entries WHERE booster_id = ? AND post_id = ?"
    await store.write(sql, booster_id, post_id)


async def remove_author(owner_id: int, author_id: int) -> None:
    """Take what an actor wrote or boosted out of one feed."""
    await store.write(
        "DELETE FROM feed_entries WHERE owner_id = ? AND (author_id = ? OR booster_id = ?)",
        *(owner_id, author_id, author_id),
    )


async def home(owner_id: int, page: Page) -> list[FeedEntry]:
    """Return a page of somebody's home feed."""
    return await ENTRIES.page(page, "t.owner_id = ?", owner_id)


async def recent_owners(post_id: int, newest: int) -> set[RowId]:
    """Return who has this post among the `newest` entries of their home feed."""
    rows = await store.read(
        "SELECT e.owner_id FROM feed_entries e WHERE e.post_id = ? AND ("
        "SELECT COUNT(*) FROM (SELECT 1 FROM feed_entries n "
        "WHERE n.owner_id = e.owner_id AND n.id > e.id LIMIT ?) AS newer) < ?",
        *(post_id, newest, newest),
    )
    return {RowId(owner_id) for (owner_id,) in rows}


# ---------------------------------------------------------------- public


async def public(page: Page, *, local_only: bool) -> list[Post]:
    """Return a page of public posts of live actors, without answers to others."""
    here = " AND t.is_local = TRUE" if local_only else ""
    sql = f"{_POSTS_BY_ACTORS}{_LIVE_AUTHOR} AND {_PUBLIC} AND {_NOT_TO_OTHERS}{here}"
    return POSTS.records(await read_page(page, "t.id", sql))


async def hashtag(name: str, page: Page) -> list[Post]:
    """Return a page of public posts of live actors with this (folded) hashtag."""
    sql = (
        f"SELECT {POSTS.columns('t')} FROM hashtags h CROSS JOIN posts t CROSS JOIN actors a "
        f"WHERE h.name = ? AND t.id = h.post_id AND {_LIVE_AUTHOR} AND {_PUBLIC}"
    )
    return POSTS.records(await read_page(page, "h.post_id", sql, name))


# ---------------------------------------------------------------- one actor


async def direct(actor_id: int, page: Page) -> list[Post]:
    """Return a page of the direct posts that an actor wrote or is named in."""
    named = "EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = t.id AND m.actor_id = ?)"
    return await POSTS.page(
        page,
        f"t.visibility = 'direct' AND t.deleted_at IS NULL AND (t.actor_id = ? OR {named})",
        *(actor_id, actor_id),
    )


async def of_actor(
    actor_id: int, page: Page, *, visibilities: Collection[Visibility], with_replies: bool
) -> list[Post]:
    """Return a page of an actor's own posts; answers to others only `with_replies`."""
    condition = "t.actor_id = ? AND t.deleted_at IS NULL AND t.visibility = ANY(?)"
    if not with_replies:
        condition += f" AND {_NOT_TO_OTHERS}"
    return await POSTS.page(page, condition, actor_id, list(visibilities))


async def boosts_of(actor_id: int, page: Page) -> list[tuple[Interaction, Post]]:
    """Return a page of an actor's boosts of public and unlisted posts."""
    return await _boosts(actor_id, page, (Visibility.PUBLIC, Visibility.UNLISTED))


async def profile(
    actor_id: int, page: Page, *, visibilities: Collection[Visibility], with_replies: bool
) -> list[tuple[RowId, Post, bool]]:
    """Return a page of an actor's posts and boosts: (id of post or boost, post, is it a boost)."""
    written = await of_actor(actor_id, page, visibilities=visibilities, with_replies=with_replies)
    boosted = await _boosts(actor_id, page, visibilities)
    merged = [(post.id, post, False) for post in written]
    merged += [(boost.id, post, True) for boost, post in boosted]
    merged.sort(key=lambda row: row[0], reverse=True)
    return merged[-page.limit :] if page.min_id is not None else merged[: page.limit]


async def _boosts(
    actor_id: int, page: Page, visibilities: Collection[Visibility]
) -> list[tuple[Interaction, Post]]:
    sql = (
        f"SELECT {INTERACTIONS.columns('i')}, {POSTS.columns('t')} "
        "FROM interactions i CROSS JOIN posts t CROSS JOIN actors a "
        "WHERE i.actor_id = ? AND i.kind = 'boost' AND t.id = i.post_id "
        f"AND {_LIVE_AUTHOR} AND t.deleted_at IS NULL AND t.visibility = ANY(?)"
    )
    rows = await read_page(page, "i.id", sql, actor_id, list(visibilities))
    return list(pairs(rows, INTERACTIONS, POSTS))
