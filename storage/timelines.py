"""Keyset pages of public, hashtag, profile and direct feeds: what is read off the posts.

What is kept for readers, home and lists, is in `feeds.py`; it is called by its names here too.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Sequence
from typing import NamedTuple

from storage import store
from storage.database import Row
from storage.feeds import insert_entries as insert_entries
from storage.feeds import remove_author as remove_author
from storage.feeds import remove_boost as remove_boost
from storage.records import Page, Post, RowId, Visibility
from storage.rows import POSTS, keyset, read_page

# Word for word as in the partial indexes (migration 0002).
_PUBLIC = "t.visibility = 'public' AND t.deleted_at IS NULL"
_NOT_TO_OTHERS = "(t.in_reply_to_uri IS NULL OR t.in_reply_to_actor_id = t.actor_id)"

IS_FOR_SOME = "EXISTS (SELECT 1 FROM mentions s WHERE s.post_id = {0} AND s.is_silent = TRUE)"
"""Whether a direct post is for some followers (B37): it is no part of a conversation."""

# Until its owner lets the sender through, it is not said to them.
IS_HELD_BACK = (
    "EXISTS (SELECT 1 FROM notifications f WHERE f.owner_id = {0}.actor_id "
    "AND f.actor_id = {1}.actor_id AND f.is_filtered = TRUE AND f.post_id = {1}.id)"
)
"""Whether a policy holds a post back (B94) from whom it mentions: aliases of mention and post."""

_IS_REMOVED = (
    "EXISTS (SELECT 1 FROM private_threads h WHERE h.actor_id = ? "
    "AND h.uri = COALESCE(t.conversation, t.uri) AND h.hidden_id >= t.id)"
)

_LIVE_AUTHOR = "a.id = t.actor_id AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
# Who is silenced is met by followers, and by those who look for them.
_HEARD_AUTHOR = f"{_LIVE_AUTHOR} AND a.silenced_at IS NULL"
# CROSS JOIN keeps SQLite from beginning with all actors.
_IDS_BY_ACTORS = "SELECT t.id FROM posts t CROSS JOIN actors a WHERE "
_BOOSTED = (
    "FROM interactions i CROSS JOIN posts t CROSS JOIN actors a "
    "WHERE i.actor_id = ? AND i.kind = 'boost' AND t.id = i.post_id "
    f"AND {_LIVE_AUTHOR} AND t.deleted_at IS NULL AND t.visibility = ANY(?) "
    "AND COALESCE(i.visibility, 'public') = ANY(?)"
)


# ---------------------------------------------------------------- public


class Which(NamedTuple):
    """Which public posts are wanted: of people here or elsewhere alone, with files alone."""

    local_only: bool = False
    remote_only: bool = False
    with_files: bool = False

    @property
    def condition(self) -> str:
        """The condition on a `posts t`, to be added to others."""
        parts = (
            (self.local_only, " AND t.is_local = TRUE"),
            (self.remote_only, " AND t.is_local = FALSE"),
            (self.with_files, " AND t.attachments <> '[]'"),
        )
        return "".join(sql for is_wanted, sql in parts if is_wanted)


EVERYTHING = Which()


class Tags(NamedTuple):
    """Hashtags besides the first: one of `any_of` is as good, all and none must be there (folded).

    Each list is bounded by who makes it.
    """

    any_of: Sequence[str] = ()
    all_of: Sequence[str] = ()
    none_of: Sequence[str] = ()


async def public(page: Page, which: Which = EVERYTHING) -> list[RowId]:
    """Return a page of the ids of public posts of live actors, without answers to others."""
    sql = f"{_IDS_BY_ACTORS}{_HEARD_AUTHOR} AND {_PUBLIC} AND {_NOT_TO_OTHERS}{which.condition}"
    bounded, values = keyset(page, "t.id", sql)
    rows = await store.glance(bounded, *values)
    return _ids(rows if page.min_id is None else list(reversed(rows)))


async def bubble(page: Page, hosts: Collection[str], which: Which = EVERYTHING) -> list[RowId]:
    """Return the same of people here and of those of these hosts, as far as they are marked."""
    common = f"{_IDS_BY_ACTORS}{_HEARD_AUTHOR} AND {_PUBLIC} AND {_NOT_TO_OTHERS}{which.condition}"
    # Each half is a page of its own, so that both are read off their index and no further.
    here, values = keyset(page, "t.id", f"{common} AND t.is_local = TRUE")
    near, more_values = keyset(
        page, "t.id", f"{common} AND t.in_bubble = TRUE AND a.host = ANY(?)", list(hosts)
    )
    direction = "DESC" if page.min_id is None else "ASC"
    rows = await store.glance(
        f"SELECT id FROM (SELECT * FROM ({here}) AS here UNION ALL SELECT * FROM ({near}) AS near) "
        f"AS found ORDER BY id {direction} LIMIT ?",
        *(*values, *more_values, page.limit),
    )
    return _ids(rows if page.min_id is None else rows[::-1])


_HAS_TAG = "EXISTS (SELECT 1 FROM hashtags x WHERE x.post_id = t.id AND x.name = {0})"


async def hashtag(
    name: str, page: Page, which: Which = EVERYTHING, besides: Tags | None = None
) -> list[RowId]:
    """Return a page of the ids of public posts of live actors with this (folded) hashtag."""
    tags = besides or Tags()
    named, distinct = ("= ANY(?)", "DISTINCT ") if tags.any_of else ("= ?", "")
    conditions = [f" AND {_HAS_TAG.format('?')}" for _ in tags.all_of]
    if tags.none_of:
        conditions.append(f" AND NOT {_HAS_TAG.format('ANY(?)')}")
    sql = (
        f"SELECT {distinct}h.post_id FROM hashtags h CROSS JOIN posts t CROSS JOIN actors a "
        f"WHERE h.name {named} AND t.id = h.post_id AND {_HEARD_AUTHOR} AND {_PUBLIC}"
        f"{which.condition}{''.join(conditions)}"
    )
    first: object = [name, *tags.any_of] if tags.any_of else name
    none_of = [list(tags.none_of)] if tags.none_of else []
    return _ids(await read_page(page, "h.post_id", sql, first, *tags.all_of, *none_of))


async def linking(key: str, page: Page) -> list[RowId]:
    """Return a page of the ids of public posts with the card of this key.

    Of people who want to be found, as trends are: who reads on from a link does not know them.
    """
    sql = (
        "SELECT t.id FROM link_cards c CROSS JOIN post_cards k CROSS JOIN posts t "
        "CROSS JOIN actors a WHERE c.key = ? AND k.card_id = c.id AND t.id = k.post_id "
        f"AND {_HEARD_AUTHOR} AND a.is_discoverable = TRUE AND {_PUBLIC}"
    )
    return _ids(await read_page(page, "k.post_id", sql, key))


def _ids(rows: Sequence[Row]) -> list[RowId]:
    return [RowId(post_id) for (post_id,) in rows]


# ---------------------------------------------------------------- one actor


async def direct(actor_id: int, page: Page) -> list[RowId]:
    """Return a page of the ids of the direct posts that an actor wrote or is named in.

    Not those for some followers: they are read at home. Nor what is held back, or was said in a
    conversation before it was removed from the list.
    """
    written = (
        "SELECT t.id AS id FROM posts t WHERE t.actor_id = ? AND t.visibility = 'direct' "
        f"AND t.deleted_at IS NULL AND NOT {IS_FOR_SOME.format('t.id')} AND NOT {_IS_REMOVED}"
    )
    named = (
        "SELECT m.post_id AS id FROM mentions m CROSS JOIN posts t WHERE m.actor_id = ? "
        "AND m.is_silent IS NULL AND t.id = m.post_id AND t.visibility = 'direct' "
        f"AND t.deleted_at IS NULL AND NOT {IS_HELD_BACK.format('m', 't')} AND NOT {_IS_REMOVED}"
    )
    # Each half is a page of its own, so that both are read off their index and no further.
    sql, values = keyset(page, "t.id", written, actor_id, actor_id)
    more_sql, more_values = keyset(page, "m.post_id", named, actor_id, actor_id)
    direction = "DESC" if page.min_id is None else "ASC"
    rows = await store.read(
        f"SELECT id FROM (SELECT * FROM ({sql}) AS written UNION SELECT * FROM ({more_sql}) "
        f"AS named) AS found ORDER BY id {direction} LIMIT ?",
        *(*values, *more_values, page.limit),
    )
    return _ids(rows if page.min_id is None else rows[::-1])


async def of_actor(
    actor_id: int, page: Page, *, visibilities: Collection[Visibility], with_replies: bool
) -> list[Post]:
    """Return a page of an actor's own posts; answers to others only `with_replies`."""
    condition = "t.actor_id = ? AND t.deleted_at IS NULL AND t.visibility = ANY(?)"
    if not with_replies:
        condition += f" AND {_NOT_TO_OTHERS}"
    return await POSTS.page(page, condition, actor_id, list(visibilities))


async def profile(
    actor_id: int, page: Page, *, visibilities: Collection[Visibility], with_replies: bool
) -> list[tuple[RowId, RowId, bool]]:
    """Return a page of an actor's posts and boosts: (id of post or boost, post, is it a boost)."""
    kinds = list(visibilities)
    own = "" if with_replies else f" AND {_NOT_TO_OTHERS}"
    written = (
        "SELECT t.id AS id, t.id AS post_id, 0 AS is_boost FROM posts t "
        f"WHERE t.actor_id = ? AND t.deleted_at IS NULL AND t.visibility = ANY(?){own}"
    )
    boosted = f"SELECT i.id AS id, t.id AS post_id, 1 AS is_boost {_BOOSTED}"
    # Each half is a page of its own, so that both are read off their index and no further.
    sql, values = keyset(page, "t.id", written, actor_id, kinds)
    more_sql, more_values = keyset(page, "i.id", boosted, actor_id, kinds, kinds)
    direction = "DESC" if page.min_id is None else "ASC"
    rows = await store.glance(
        f"SELECT * FROM ({sql}) AS written UNION ALL SELECT * FROM ({more_sql}) AS boosted "
        f"ORDER BY id {direction} LIMIT ?",
        *(*values, *more_values, page.limit),
    )
    found = [(RowId(order_id), RowId(post_id), bool(boost)) for order_id, post_id, boost in rows]
    return found if page.min_id is None else found[::-1]
