"""Emoji that people put under posts: one row each, and counted in the row of the post.

The count is made anew from the rows by whoever changes them, while it holds the row of the post:
so pages read it with the post, and it cannot drift (INTEROP, consequence 13).
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from storage import store
from storage.records import Actor, Page, Reaction, ReactionCount
from storage.rows import ACTORS, POSTS, RAISED, Rows, pairs, read_page
from storage.values import to_json

REACTIONS = Rows("reactions", Reaction)

KINDS_PER_POST_MAX = 40


async def insert(reaction: Reaction) -> bool:
    """Insert a reaction and count anew; False if the actor put this emoji there already."""
    async with store.current().transaction():
        await POSTS.find_locked("t.id = ?", reaction.post_id)
        if not await REACTIONS.insert_if_new(reaction):
            return False
        await _count(reaction.post_id)
    return True


async def remove(reaction: Reaction) -> bool:
    """Remove a reaction and count anew; False if it was gone."""
    async with store.current().transaction():
        await POSTS.find_locked("t.id = ?", reaction.post_id)
        if not await REACTIONS.remove("id = ?", reaction.id):
            return False
        await _count(reaction.post_id)
    return True


async def remove_slice_of(actor_id: int, *, limit: int) -> bool:
    """Remove at most `limit` reactions of an actor, and count anew; whether there were so many."""
    async with store.current().transaction():
        found = await REACTIONS.select(
            "WHERE t.actor_id = ? ORDER BY t.id LIMIT ?", actor_id, limit
        )
        # In one order, so that two who do this at once do not wait for each other.
        for reaction in sorted(found, key=lambda each: each.post_id):
            await remove(reaction)
    return len(found) == limit


async def _count(post_id: int) -> None:
    rows = await store.read(
        "SELECT content, COUNT(*), MIN(emoji_url) FROM reactions WHERE post_id = ? "
        "GROUP BY content ORDER BY MIN(id) LIMIT ?",
        *(post_id, KINDS_PER_POST_MAX),
    )
    counted = to_json([ReactionCount(*row) for row in rows])
    await store.write(f"UPDATE posts SET reactions = ?, {RAISED} WHERE id = ?", counted, post_id)


async def of_actor(actor_id: int, post_id: int) -> list[Reaction]:
    """Return what one actor put under a post, oldest first."""
    condition = "WHERE t.post_id = ? AND t.actor_id = ? ORDER BY t.id"
    return await REACTIONS.select(condition, post_id, actor_id)


async def find_by_uri(uri: str, actor_id: int) -> Reaction | None:
    """Return the reaction of this actor with this ActivityPub id."""
    return await REACTIONS.find("t.uri = ? AND t.actor_id = ? AND t.uri <> ''", uri, actor_id)


async def page(post_id: int, page: Page) -> list[tuple[Reaction, Actor]]:
    """Return a page of who put what under a post."""
    sql = (
        f"SELECT {REACTIONS.columns('r')}, {ACTORS.columns('a')} FROM reactions r "
        "CROSS JOIN actors a WHERE a.id = r.actor_id AND r.post_id = ? "
        "AND a.deleted_at IS NULL AND a.suspended_at IS NULL"
    )
    return list(pairs(await read_page(page, "r.id", sql, post_id), REACTIONS, ACTORS))
