"""What actors did to posts: likes, boosts, bookmarks, pins; counted and listed."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection, Iterable

from storage import store
from storage.records import (
    Actor,
    Interaction,
    InteractionKind,
    Page,
    Post,
    PostCounts,
    RowId,
    ViewerFlags,
)
from storage.rows import ACTORS, POSTS, Rows, keyed, read_page

INTERACTIONS = Rows("interactions", Interaction)

PINS_MAX = 40


async def counts(ids: Iterable[int]) -> dict[RowId, PostCounts]:
    """Count replies (direct ones excepted), likes and boosts of each post, in one query."""
    wanted = [RowId(post_id) for post_id in set(ids)]
    if not wanted:
        return {}
    rows = await store.read(
        "SELECT 'reply', in_reply_to_id, COUNT(*) FROM posts WHERE in_reply_to_id = ANY(?) "
        "AND deleted_at IS NULL AND visibility <> 'direct' GROUP BY in_reply_to_id "
        "UNION ALL SELECT kind, post_id, COUNT(*) FROM interactions "
        "WHERE post_id = ANY(?) AND kind IN ('like', 'boost') GROUP BY kind, post_id",
        *(wanted, wanted),
    )
    found = {(kind, post_id): number for kind, post_id, number in rows}
    return {
        post_id: PostCounts(
            replies=found.get(("reply", post_id), 0),
            likes=found.get((InteractionKind.LIKE, post_id), 0),
            boosts=found.get((InteractionKind.BOOST, post_id), 0),
        )
        for post_id in wanted
    }


async def flags(viewer_id: int, ids: Iterable[int]) -> dict[RowId, ViewerFlags]:
    """Return what one viewer did to each post, in one query."""
    wanted = [RowId(post_id) for post_id in set(ids)]
    if not wanted:
        return {}
    rows = await store.read(
        "SELECT post_id, kind FROM interactions "
        "WHERE post_id = ANY(?) AND kind = ANY(?) AND actor_id = ?",
        *(wanted, list(InteractionKind), viewer_id),
    )
    done = {(post_id, kind) for post_id, kind in rows}
    return {
        post_id: ViewerFlags(
            liked=(post_id, InteractionKind.LIKE) in done,
            boosted=(post_id, InteractionKind.BOOST) in done,
            bookmarked=(post_id, InteractionKind.BOOKMARK) in done,
            pinned=(post_id, InteractionKind.PIN) in done,
        )
        for post_id in wanted
    }


async def insert_interaction(interaction: Interaction) -> bool:
    """Insert an interaction; False if the actor did so already, or its uri exists."""
    return await INTERACTIONS.insert_if_new(interaction)


async def remove_interaction(
    kind: InteractionKind, actor_id: int, post_id: int
) -> Interaction | None:
    """Remove an interaction and return it."""
    condition = "kind = ? AND actor_id = ? AND post_id = ?"
    removed = await INTERACTIONS.remove(condition, kind, actor_id, post_id)
    return removed[0] if removed else None


async def find_interaction(
    kind: InteractionKind, actor_id: int, post_id: int
) -> Interaction | None:
    """Return what this actor did to this post."""
    condition = "t.kind = ? AND t.actor_id = ? AND t.post_id = ?"
    return await INTERACTIONS.find(condition, kind, actor_id, post_id)


async def find_interaction_by_uri(uri: str) -> Interaction | None:
    """Return the like or boost with this ActivityPub id."""
    return await INTERACTIONS.find("t.uri = ? AND t.uri <> ''", uri)


async def boosts(pairs: Collection[tuple[int, int]]) -> dict[tuple[RowId, RowId], str]:
    """Return the ids of the Announces of these posts by these actors; pairs of row ids."""
    if not pairs:
        return {}
    rows = await store.read(
        "SELECT post_id, actor_id, uri FROM interactions WHERE kind = 'boost' "
        "AND post_id = ANY(?) AND actor_id = ANY(?)",
        *(list({post for post, _ in pairs}), list({actor for _, actor in pairs})),
    )
    return {(RowId(post), RowId(actor)): uri for post, actor, uri in rows}


async def actors_of(
    kind: InteractionKind, post_id: int, page: Page, *, openly: bool = False
) -> list[tuple[RowId, Actor]]:
    """Return a page of who did this to a post, with the ids of the interactions.

    `openly`: without those who boosted it for their followers alone.
    """
    told = " AND COALESCE(i.visibility, 'public') <> 'followers'" if openly else ""
    sql = (
        f"SELECT i.id, {ACTORS.columns('a')} FROM interactions i CROSS JOIN actors a "
        "WHERE a.id = i.actor_id AND i.post_id = ? AND i.kind = ? "
        f"AND a.deleted_at IS NULL AND a.suspended_at IS NULL{told}"
    )
    return list(keyed(await read_page(page, "i.id", sql, post_id, kind), ACTORS))


async def interactions_of(
    kind: InteractionKind, actor_id: int, page: Page
) -> list[tuple[RowId, Post]]:
    """Return a page of the posts an actor did this to, with the ids of the interactions."""
    sql = (
        f"SELECT i.id, {POSTS.columns('p')} FROM interactions i CROSS JOIN posts p "
        "WHERE p.id = i.post_id AND i.actor_id = ? AND i.kind = ? AND p.deleted_at IS NULL"
    )
    return list(keyed(await read_page(page, "i.id", sql, actor_id, kind), POSTS))


async def pinned_ids(actor_id: int) -> list[RowId]:
    """Return the ids of the posts an actor pinned, last pinned first."""
    rows = await store.glance(
        "SELECT post_id FROM interactions WHERE actor_id = ? AND kind = 'pin' "
        "ORDER BY id DESC LIMIT ?",
        *(actor_id, PINS_MAX),
    )
    return [RowId(post_id) for (post_id,) in rows]


async def pinned_of(actor_id: int) -> list[Post]:
    """Return the posts an actor pinned, last pinned first."""
    pinned = await interactions_of(InteractionKind.PIN, actor_id, Page(limit=PINS_MAX))
    return [post for _, post in pinned]
