"""Posts and people as one viewer meets them, without words: all that a page of posts must ask anew.

Words change seldom and are kept as they were rendered; what stands here differs from viewer to
viewer and from look to look. It is one query for any number of posts.
"""

# ruff: noqa: S608  # pasted into SQL are pieces of this file; values are bound

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from storage import store
from storage.records import POST_WEIGHT, Person, RowId, Sight

Sights = tuple[dict[RowId, Sight], dict[RowId, Person]]


async def look(
    post_ids: Collection[int], person_ids: Collection[int], viewer_id: int | None, now: datetime
) -> Sights:
    """Return the posts and the people by id, in one query; the unknown are missing."""
    posts: dict[RowId, Sight] = {}
    people: dict[RowId, Person] = {}
    if not post_ids and not person_ids:
        return posts, people
    values: list[Any] = []
    if post_ids:
        if viewer_id is not None:
            values += [viewer_id] * 7 + [now] + [viewer_id] * 14
        values.append(list(post_ids))
    if person_ids:
        if viewer_id is not None:
            values += [viewer_id] * 4 + [now, viewer_id]
        values.append(list(person_ids))
    sql = _sql(
        has_posts=bool(post_ids), has_people=bool(person_ids), has_viewer=viewer_id is not None
    )
    for row in await store.glance(sql, *values):
        if row[2] is None:
            people[row[0]] = Person(row[0], row[6], bool(row[4]), row[11])
        else:
            posts[row[0]] = Sight(*row)
    return posts, people


async def strangers(viewer_id: int, now: datetime, *, among: int, limit: int) -> list[Person]:
    """Return who is new here and has nothing to do with the viewer yet, the newest first.

    At most `limit`, and only such as want to be found, of the `among` newest.
    """
    rows = await store.glance(_STRANGERS, among, *([viewer_id] * 6), now, limit)
    return [Person(row[0], row[1], is_live=True, standing=0) for row in rows]


# ---------------------------------------------------------------- the queries

# Booleans are numbers here: the two databases agree on those.
_LIVE = "CASE WHEN {0}.deleted_at IS NULL AND {0}.suspended_at IS NULL THEN 1 ELSE 0 END"

# Most posts answer and name nobody: then nobody is looked for.
_STAMP = (
    f"t.version * {POST_WEIGHT} + a.version"
    " + CASE WHEN t.in_reply_to_actor_id IS NULL THEN 0 ELSE COALESCE("
    "(SELECT r.version FROM actors r WHERE r.id = t.in_reply_to_actor_id), 0) END"
    " + CASE WHEN t.mentions = '[]' THEN 0 ELSE CAST(COALESCE("
    "(SELECT SUM(n.version) FROM mentions m CROSS JOIN actors n"
    " WHERE m.post_id = t.id AND m.is_silent IS NULL AND n.id = m.actor_id), 0) AS BIGINT) END"
)

_REPLIES = (
    "(SELECT COUNT(*) FROM posts c WHERE c.in_reply_to_id = t.id"
    " AND c.deleted_at IS NULL AND c.visibility <> 'direct')"
)
_COUNT = "(SELECT COUNT(*) FROM interactions i WHERE i.post_id = t.id AND i.kind = '{0}')"

_NAMED = (
    "CASE WHEN t.visibility IN ('followers', 'direct') AND EXISTS (SELECT 1 FROM mentions m"
    " WHERE m.actor_id = ? AND m.post_id = t.id) THEN 1 ELSE 0 END"
)

_DONE = (
    "COALESCE((SELECT SUM(CASE i.kind WHEN 'like' THEN 1 WHEN 'boost' THEN 2"
    " WHEN 'bookmark' THEN 4 ELSE 8 END) FROM interactions i WHERE i.post_id = t.id"
    " AND i.kind IN ('like', 'boost', 'bookmark', 'pin') AND i.actor_id = ?), 0)"
)

# Few posts have a poll or a reaction: the others cost no look at those tables.
_VOTED = (
    "CASE WHEN t.poll IS NULL THEN 0 ELSE CAST(COALESCE((SELECT SUM(CAST(1 AS BIGINT) <<"
    " CAST(v.choice AS INTEGER)) FROM poll_votes v WHERE v.post_id = t.id AND v.actor_id = ?), 0)"
    " AS BIGINT) END"
)
_REACTED = (
    "CASE WHEN t.reactions = '[]' THEN '' ELSE COALESCE((SELECT r.content FROM reactions r"
    " WHERE r.post_id = t.id AND r.actor_id = ? LIMIT 1), '') END"
)

# What is quoted is shown to who may read it and is in no block with its author; the sum of two
# versions is a stamp of both rows, for versions only rise.
_QUOTE = (
    "CASE WHEN t.quote_id IS NULL OR t.quote_state <> 'accepted' THEN NULL ELSE ("
    "SELECT q.version + w.version FROM posts q CROSS JOIN actors w WHERE q.id = t.quote_id"
    " AND w.id = q.actor_id AND q.deleted_at IS NULL AND w.deleted_at IS NULL"
    " AND w.suspended_at IS NULL AND (q.visibility IN ('public', 'unlisted'){0})) END"
)
_QUOTE_OF_VIEWER = _QUOTE.format(
    " OR w.id = ? OR (q.visibility = 'followers' AND EXISTS (SELECT 1 FROM follows f"
    " WHERE f.follower_id = ? AND f.followed_id = w.id AND f.state = 'accepted')))"
    " AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.actor_id = ? AND k.target_id = w.id)"
    " AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.actor_id = w.id AND k.target_id = ?)"
    " AND NOT EXISTS (SELECT 1 FROM host_blocks h WHERE h.actor_id = ? AND h.host = w.host"
)
_POWER = (
    "CASE WHEN t.in_reply_to_actor_id = ? THEN 1 ELSE 0 END"
    " + CASE WHEN t.quote_id IS NOT NULL AND t.quote_state = 'accepted' AND EXISTS"
    " (SELECT 1 FROM posts q WHERE q.id = t.quote_id AND q.actor_id = ?) THEN 2 ELSE 0 END"
)
# Few posts have a rule that it matters for who follows whom, or who is named.
_CLOSENESS = (
    "CASE WHEN t.policy IS NULL THEN 0 ELSE"
    " CASE WHEN t.policy LIKE '%\"followers\"%' AND EXISTS (SELECT 1 FROM follows f"
    " WHERE f.follower_id = ? AND f.followed_id = a.id AND f.state = 'accepted')"
    " THEN 1 ELSE 0 END"
    " + CASE WHEN t.policy LIKE '%\"followed\"%' AND EXISTS (SELECT 1 FROM follows f"
    " WHERE f.follower_id = a.id AND f.followed_id = ? AND f.state = 'accepted')"
    " THEN 2 ELSE 0 END"
    " + CASE WHEN (t.policy LIKE '%\"reply\":{%' OR t.policy LIKE '%\"mentioned\"%')"
    " AND (t.in_reply_to_actor_id = ? OR EXISTS (SELECT 1 FROM mentions m"
    " WHERE m.actor_id = ? AND m.post_id = t.id)) THEN 4 ELSE 0 END END"
)

# A follow matters only where it opens a post.
_FOLLOWING = (
    "CASE WHEN t.visibility = 'followers' AND EXISTS (SELECT 1 FROM follows f"
    " WHERE f.follower_id = ? AND f.followed_id = a.id AND f.state = 'accepted')"
    " THEN 1 ELSE 0 END + "
)
_STANDING = (
    "CASE WHEN EXISTS (SELECT 1 FROM blocks k WHERE k.actor_id = ?"
    " AND k.target_id = {0}.id) OR {0}.host IS NOT NULL AND EXISTS (SELECT 1 FROM host_blocks h"
    " WHERE h.actor_id = ? AND h.host = {0}.host) THEN 2 ELSE 0 END"
    " + CASE WHEN EXISTS (SELECT 1 FROM blocks k WHERE k.actor_id = {0}.id"
    " AND k.target_id = ?) THEN 4 ELSE 0 END"
    " + CASE WHEN EXISTS (SELECT 1 FROM mutes u WHERE u.actor_id = ? AND u.target_id = {0}.id"
    " AND (u.expires_at IS NULL OR u.expires_at > ?)) THEN 8 ELSE 0 END"
)
# B31: what its follower does not want in feeds, though it is there for who looks for it.
_HOW_FOLLOWED = (
    " + CASE WHEN EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ?"
    " AND f.followed_id = {0}.id AND {1}) THEN 16 ELSE 0 END"
)
_IN_OTHER_LANGUAGES = _HOW_FOLLOWED.format(
    "a",
    "f.languages <> '[]' AND t.language IS NOT NULL"
    " AND f.languages NOT LIKE '%\"' || t.language || '\"%'",
)
_WITHOUT_BOOSTS = _HOW_FOLLOWED.format("b", "f.shows_boosts = FALSE")

# Every local person has a user; begun with the users, the newest are found without an index.
_STRANGERS = (
    "SELECT b.id, b.version FROM (SELECT a.id, a.version, a.is_discoverable, a.suspended_at, u.id"
    " AS place FROM users u CROSS JOIN actors a WHERE a.id = u.actor_id AND a.deleted_at IS NULL"
    " ORDER BY u.id DESC LIMIT ?) AS b WHERE b.is_discoverable = TRUE AND b.suspended_at IS NULL"
    " AND b.id <> ?"
    " AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? AND f.followed_id = b.id)"
    " AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = b.id AND f.followed_id = ?)"
    " AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.actor_id = ? AND k.target_id = b.id)"
    " AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.actor_id = b.id AND k.target_id = ?)"
    " AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.actor_id = ? AND m.target_id = b.id"
    " AND (m.expires_at IS NULL OR m.expires_at > ?)) ORDER BY b.place DESC LIMIT ?"
)


@cache
def _sql(*, has_posts: bool, has_people: bool, has_viewer: bool) -> str:
    parts = []
    if has_posts:
        named = _NAMED if has_viewer else "0"
        done = _DONE if has_viewer else "0"
        standing = "0"
        if has_viewer:
            standing = _FOLLOWING + _STANDING.format("a") + _IN_OTHER_LANGUAGES
        voted, reacted = (_VOTED, _REACTED) if has_viewer else ("0", "''")
        quote = _QUOTE_OF_VIEWER if has_viewer else _QUOTE.format("")
        power, closeness = (_POWER, _CLOSENESS) if has_viewer else ("0", "0")
        parts.append(
            "SELECT t.id, t.actor_id, t.visibility,"
            f" CASE WHEN t.deleted_at IS NULL THEN 0 ELSE 1 END, {_LIVE.format('a')}, {named},"
            f" {_STAMP}, {_REPLIES}, {_COUNT.format('like')}, {_COUNT.format('boost')},"
            f" {done}, {standing}, {voted}, {reacted},"
            f" t.quote_id, {quote}, {power}, COALESCE(t.policy, ''), {closeness}"
            " FROM posts t CROSS JOIN actors a WHERE a.id = t.actor_id AND t.id = ANY(?)"
        )
    if has_people:
        standing = _STANDING.format("b") + _WITHOUT_BOOSTS if has_viewer else "0"
        parts.append(
            f"SELECT b.id, b.id, NULL, 0, {_LIVE.format('b')}, 0, b.version, 0, 0, 0, 0,"
            f" {standing}, 0, '', NULL, NULL, 0, '', 0"
            " FROM actors b WHERE b.id = ANY(?)"
        )
    return " UNION ALL ".join(parts)
