"""Posts with their mentions and hashtags, threads, revisions and tombstones.

What actors did to posts is in `interactions.py`; it is called by its names here too.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from instance.errors import NotFound
from storage import approvals, polls, reactions, store
from storage.database import Row
from storage.interactions import actors_of as actors_of
from storage.interactions import counts as counts
from storage.interactions import find_interaction as find_interaction
from storage.interactions import find_interaction_by_uri as find_interaction_by_uri
from storage.interactions import flags as flags
from storage.interactions import insert_interaction as insert_interaction
from storage.interactions import interactions_of as interactions_of
from storage.interactions import pinned_ids as pinned_ids
from storage.interactions import pinned_of as pinned_of
from storage.interactions import remove_interaction as remove_interaction
from storage.records import Actor, InteractionKind, Page, Post, Revision, RowId, Twig
from storage.rows import POSTS, RAISED, Rows
from storage.values import to_json

REVISIONS = Rows("revisions", Revision)

# Posts whose conversation gets another name when the post is found that they hang on.
RENAMED_MAX = 1000


async def insert(post: Post) -> bool:
    """Insert a post; False if its uri exists already."""
    async with store.current().transaction():
        if not await POSTS.insert_if_new(post):
            return False
        await _index(post)
    return True


async def save(post: Post) -> None:
    """Write the whole row, its mentions and its hashtags."""
    async with store.current().transaction():
        await POSTS.save(post)
        await store.write("DELETE FROM mentions WHERE post_id = ?", post.id)
        await store.write("DELETE FROM hashtags WHERE post_id = ?", post.id)
        await _index(post)


async def _index(post: Post) -> None:
    """Write the rows by which a post is found from its mentions and hashtags."""
    if post.mentions:
        await store.write_many(
            "INSERT INTO mentions (post_id, uri, actor_id, is_silent) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            [(post.id, each.uri, each.actor_id, each.is_silent or None) for each in post.mentions],
        )
    if post.hashtags:
        await store.write_many(
            "INSERT INTO hashtags (name, post_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(name, post.id) for name in post.hashtags],
        )


async def find(post_id: int) -> Post | None:
    """Return a post, also a deleted one."""
    return await POSTS.find("t.id = ?", post_id)


async def find_locked(post_id: int) -> Post | None:
    """Return a post for who changes it in this transaction (`Rows.find_locked`)."""
    return await POSTS.find_locked("t.id = ?", post_id)


async def get(post_id: int) -> Post:
    """Return a post, also a deleted one, or raise NotFound."""
    post = await find(post_id)
    if post is None:
        raise NotFound("There is no such post.")
    return post


async def find_by_uri(uri: str) -> Post | None:
    """Return the post with this ActivityPub id."""
    return await POSTS.find("t.uri = ?", uri)


async def by_uris(uris: Iterable[str]) -> dict[str, Post]:
    """Return posts by ActivityPub id; the unknown are missing."""
    return {post.uri: post for post in await POSTS.by_keys("uri", uris)}


async def by_ids(ids: Iterable[int]) -> dict[RowId, Post]:
    """Return posts by id; the unknown are missing."""
    return {post.id: post for post in await POSTS.by_keys("id", ids)}


async def find_by_url(url: str) -> Post | None:
    """Return the youngest post of another server with this page, which is not its id."""
    elsewhere = "t.is_local = FALSE AND t.deleted_at IS NULL AND t.url <> t.uri"
    return await POSTS.find(f"t.url = ? AND {elsewhere} ORDER BY t.id DESC", url)


async def languages_of(actor_id: int, newest: int = 50) -> list[str]:
    """Return the languages of somebody's newest posts, those of most posts first."""
    rows = await store.read(
        "SELECT language FROM (SELECT language FROM posts WHERE actor_id = ? AND deleted_at IS NULL"
        " ORDER BY id DESC LIMIT ?) AS newest WHERE language IS NOT NULL"
        " GROUP BY language ORDER BY COUNT(*) DESC, language",
        *(actor_id, newest),
    )
    return [language for (language,) in rows]


async def count_local() -> int:
    """Count the posts written here that are not deleted."""
    sql = "SELECT COUNT(*) FROM posts WHERE is_local = TRUE AND deleted_at IS NULL"
    return int((await store.read(sql))[0][0])


# ---------------------------------------------------------------- revisions


async def insert_revision(revision: Revision) -> None:
    """Keep how a post read before an edit."""
    await REVISIONS.insert(revision)


async def list_revisions(post_id: int) -> list[Revision]:
    """Return the earlier versions of a post, oldest first."""
    return await REVISIONS.select("WHERE t.post_id = ? ORDER BY t.id", post_id)


# ---------------------------------------------------------------- threads


# UNION drops what was seen before, which ends loops.
_DOWN = (
    "down (id) AS (SELECT id FROM posts WHERE in_reply_to_id {0} "
    "UNION SELECT p.id FROM posts p JOIN down ON p.in_reply_to_id = down.id)"
)
_TWIG = "t.id, t.in_reply_to_id, t.in_reply_to_uri, t.visibility, t.deleted_at, t.is_local"


async def ancestors(post: Post, limit: int) -> list[Twig]:
    """Return the posts above this one, at most `limit`, root first; deleted ones too."""
    rows = await store.glance(
        # The depth ends a loop of posts that answer each other.
        "WITH RECURSIVE up (id, parent_id, depth) AS ("
        "SELECT id, in_reply_to_id, 1 FROM posts WHERE id = ? "
        "UNION ALL SELECT p.id, p.in_reply_to_id, up.depth + 1 FROM posts p "
        "JOIN up ON p.id = up.parent_id WHERE up.depth < ?) "
        f"SELECT {_TWIG} FROM posts t JOIN up ON up.id = t.id WHERE t.id <> ? "
        "ORDER BY up.depth DESC",
        *(post.in_reply_to_id, limit, post.id),
    )
    return list({twig.id: twig for twig in _twigs(rows)}.values())


async def descendants(post_id: int, limit: int) -> list[Twig]:
    """Return the answers to a post and theirs, nearest levels first until `limit`, by age.

    Deleted ones are among them: what answers them hangs there.
    """
    rows = await store.read(
        # LIMIT stops the recursion.
        f"WITH RECURSIVE {_DOWN.format('= ?')}, nearest AS (SELECT id FROM down LIMIT ?) "
        f"SELECT {_TWIG} FROM posts t WHERE t.id IN (SELECT id FROM nearest) AND t.id <> ? "
        "ORDER BY t.id",
        *(post_id, limit, post_id),
    )
    return _twigs(rows)


def _twigs(rows: Sequence[Row]) -> list[Twig]:
    return [
        Twig(id_, parent, parent_uri, visibility, deleted_at is not None, bool(is_local))
        for id_, parent, parent_uri, visibility, deleted_at, is_local in rows
    ]


async def replies_to(post_id: int, page: Page) -> list[Post]:
    """Return a page of the direct answers to a post."""
    return await POSTS.page(page, "t.in_reply_to_id = ? AND t.deleted_at IS NULL", post_id)


async def adopt_replies(post: Post) -> None:
    """Tie answers that came before their parent to it, and all below to its conversation."""
    orphans = "in_reply_to_uri = ? AND in_reply_to_id IS NULL"
    if not await store.glance(f"SELECT 1 FROM posts WHERE {orphans} LIMIT 1", post.uri):
        return
    rows = await store.write(
        "UPDATE posts SET in_reply_to_id = ?, in_reply_to_actor_id = ?, conversation = ?, "
        f"{RAISED} WHERE {orphans} RETURNING id",
        *(post.id, post.actor_id, post.conversation, post.uri),
    )
    if rows:
        await store.write(
            f"WITH RECURSIVE {_DOWN.format('= ANY(?)')}, few AS (SELECT id FROM down LIMIT ?) "
            f"UPDATE posts SET conversation = ?, {RAISED} WHERE id IN (SELECT id FROM few)",
            *([post_id for (post_id,) in rows], RENAMED_MAX, post.conversation),
        )


async def resolve_mentions(actor: Actor) -> None:
    """Tie mentions that came before the actor they name to it."""
    async with store.current().transaction():
        rows = await store.write(
            "UPDATE mentions SET actor_id = ? WHERE uri = ? AND actor_id IS NULL RETURNING post_id",
            *(actor.id, actor.uri),
        )
        # In one order, so that two who resolve at once do not wait for each other.
        locked = "WHERE t.id = ANY(?) ORDER BY t.id FOR NO KEY UPDATE"
        found = await POSTS.select(locked, [post_id for (post_id,) in rows])
        await store.write_many(
            f"UPDATE posts SET mentions = ?, {RAISED} WHERE id = ?",
            [(to_json(_resolved(post, actor).mentions), post.id) for post in found],
        )


def _resolved(post: Post, actor: Actor) -> Post:
    mentions = (
        replace(mention, actor_id=actor.id) if mention.uri == actor.uri else mention
        for mention in post.mentions
    )
    return replace(post, mentions=tuple(mentions))


async def quotes_of(post_id: int, page: Page) -> list[Post]:
    """Return a page of the posts that may show this one as their quote."""
    condition = "t.quote_id = ? AND t.quote_state = 'accepted' AND t.deleted_at IS NULL"
    return await POSTS.page(page, condition, post_id)


async def count_quotes(post_id: int) -> int:
    """Count the posts that everybody may read and that show this one as their quote."""
    rows = await store.glance(
        "SELECT COUNT(*) FROM posts WHERE quote_id = ? AND quote_state = 'accepted' "
        "AND deleted_at IS NULL AND visibility IN ('public', 'unlisted')",
        post_id,
    )
    return int(rows[0][0])


# ---------------------------------------------------------------- tombstones


async def latest_of(actor_id: int, limit: int) -> list[Post]:
    """Return the latest posts of somebody."""
    return await POSTS.select(
        "WHERE t.actor_id = ? AND t.deleted_at IS NULL ORDER BY t.id DESC LIMIT ?", actor_id, limit
    )


async def latest_boosts(
    actor_id: int, post_ids: Sequence[int], limit: int
) -> list[tuple[RowId, RowId]]:
    """Return the latest boosts by somebody, and those of these posts: the id of each, and whose."""
    rows = await store.read(
        "SELECT id, actor_id FROM (SELECT id, actor_id FROM interactions "
        "WHERE actor_id = ? AND kind = ? ORDER BY id DESC LIMIT ?) AS own UNION "
        "SELECT id, actor_id FROM (SELECT id, actor_id FROM interactions "
        "WHERE post_id = ANY(?) AND kind = ? ORDER BY id DESC LIMIT ?) AS others",
        *(actor_id, InteractionKind.BOOST, limit),
        *(list(post_ids), InteractionKind.BOOST, limit),
    )
    return [(RowId(boost_id), RowId(whose)) for boost_id, whose in rows]


async def bury(post_id: int, at: datetime) -> list[tuple[RowId, RowId]]:
    """Leave a tombstone: the ids and the place in the thread. All else of the post is gone.

    Returns the boosts that were taken along: the id of each, and who boosted.
    """
    return await _bury([RowId(post_id)], at)


async def bury_all_of(actor_id: int, at: datetime, *, limit: int) -> int:
    """Bury at most `limit` posts of an actor; return how many. Call again while it is `limit`.

    The last time, what the actor did to the posts of others goes too: likes, boosts, notifications.
    """
    async with store.current().transaction():
        rows = await store.read(
            "SELECT id FROM posts WHERE actor_id = ? AND deleted_at IS NULL ORDER BY id LIMIT ?",
            *(actor_id, limit),
        )
        await _bury([RowId(post_id) for (post_id,) in rows], at)
        if len(rows) < limit:
            if await reactions.remove_slice_of(actor_id, limit=limit):
                return limit
            await polls.remove_of_actor(actor_id)
            await approvals.remove_of_actor(actor_id)
            await store.write("DELETE FROM interactions WHERE actor_id = ?", actor_id)
            await store.write("DELETE FROM feed_entries WHERE booster_id = ?", actor_id)
            await store.write("DELETE FROM feed_entries WHERE owner_id = ?", actor_id)
            await store.write("DELETE FROM notifications WHERE actor_id = ?", actor_id)
            await store.write("DELETE FROM notifications WHERE owner_id = ?", actor_id)
    return len(rows)


async def _bury(ids: Sequence[RowId], at: datetime) -> list[tuple[RowId, RowId]]:
    async with store.current().transaction():
        await approvals.remove_of_posts(ids)
        await store.write(
            "UPDATE posts SET content = '', source = '', summary = '', title = '', language = NULL,"
            " url = NULL, attachments = '[]', mentions = '[]', hashtags = '[]', emojis = '[]', "
            "poll = NULL, details = NULL, reactions = '[]', is_sensitive = FALSE, "
            "policy = NULL, held = NULL, approval_uri = NULL, quote_uri = NULL, quote_id = NULL, "
            "quote_state = NULL, quote_approval_uri = NULL, "
            "source_type = 'text/plain', application = NULL, "
            f"edited_at = NULL, deleted_at = ?, {RAISED} "
            "WHERE id = ANY(?) AND deleted_at IS NULL",
            *(at, ids),
        )
        for table in (
            *("mentions", "hashtags", "revisions", "feed_entries", "notifications"),
            *("reactions", "poll_votes", "post_cards"),
        ):
            await store.write(f"DELETE FROM {table} WHERE post_id = ANY(?)", ids)
        rows = await store.write(
            "DELETE FROM interactions WHERE post_id = ANY(?) RETURNING kind, id, actor_id", ids
        )
    return [(RowId(row), RowId(who)) for kind, row, who in rows if kind == InteractionKind.BOOST]


async def insert_tombstone(uri: str, actor_uri: str, at: datetime) -> None:
    """Note that something was deleted or undone, which we may never have seen."""
    await store.write(
        "INSERT INTO tombstones (uri, actor_uri, deleted_at) VALUES (?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        *(uri, actor_uri, at),
    )


async def is_tombstoned(uri: str) -> bool:
    """Whether this was deleted or undone."""
    return uri in await tombstoned([uri])


async def tombstoned(uris: Iterable[str]) -> set[str]:
    """Return those among `uris` that were deleted or undone."""
    rows = await store.read("SELECT uri FROM tombstones WHERE uri = ANY(?)", list(uris))
    return {uri for (uri,) in rows}


async def obstacles(uri: str, *, tombstone: str) -> set[str]:
    """Why a post with this id must not be: a "tombstone" of this name, an "actor" with this id."""
    rows = await store.glance(
        "SELECT 'tombstone' FROM tombstones WHERE uri = ? "
        "UNION ALL SELECT 'actor' FROM actors WHERE uri = ?",
        *(tombstone, uri),
    )
    return {reason for (reason,) in rows}


async def forget_tombstones(before: datetime) -> int:
    """Remove the notes of what was deleted or undone before then; return how many.

    Posts that were here keep their own tombstone, as their row.
    """
    return await store.in_slices(
        "DELETE FROM tombstones WHERE uri IN "
        "(SELECT uri FROM tombstones WHERE deleted_at < ? LIMIT ?) RETURNING uri",
        before,
    )
