"""What a policy holds back: the policies, whom they do not hold for, and requests by sender.

A request is nobody's row: it is what is held back from one person, and has the id of what was held
back first, so that who is new here stands on top.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from storage import store
from storage.records import (
    NotificationPermission,
    NotificationPolicy,
    Page,
    PolicyAction,
    RowId,
    Teller,
    Visibility,
)
from storage.rows import Rows, read_page
from storage.values import to_moment

POLICIES = Rows("notification_policies", NotificationPolicy, key="owner_id")
PERMISSIONS = Rows("notification_permissions", NotificationPermission)

COUNTED_MAX = 1000
ABOVE_MAX = 100


class Request(NamedTuple):
    """What one person did is held back: how much, since when, and the last post among it."""

    id: RowId
    actor_id: RowId
    total: int
    first_at: datetime
    last_at: datetime
    post_id: RowId | None


_TELLER = (
    "SELECT a.created_at, CASE WHEN a.silenced_at IS NULL THEN 0 ELSE 1 END, "
    "CASE WHEN EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ? AND f.followed_id = a.id "
    "AND f.state = 'accepted') THEN 1 ELSE 0 END, "
    "(SELECT f.created_at FROM follows f WHERE f.follower_id = a.id AND f.followed_id = ? "
    "AND f.state = 'accepted'), "
    "CASE WHEN EXISTS (SELECT 1 FROM notification_permissions n WHERE n.owner_id = ? "
    "AND n.actor_id = a.id) THEN 1 ELSE 0 END, p.owner_id, p.for_not_following, "
    "p.for_not_followers, p.for_new_accounts, p.for_private_mentions, p.for_limited_accounts, "
    "(SELECT t.visibility FROM posts t WHERE t.id = ?) "
    "FROM actors a LEFT JOIN notification_policies p ON p.owner_id = ? WHERE a.id = ?"
)


async def teller(
    owner_id: int, actor_id: int, post_id: int | None
) -> tuple[NotificationPolicy, Teller] | None:
    """Return the policy of somebody, and how they stand to an actor who tells them of a post.

    None without that actor; one query.
    """
    for row in await store.read(_TELLER, *[owner_id] * 3, post_id, owner_id, actor_id):
        known_since, silenced, followed, follows_since, permitted, has_policy, *rest = row
        *actions, visibility = rest
        return (
            NotificationPolicy(RowId(owner_id), *map(PolicyAction, actions))
            if has_policy is not None
            else NotificationPolicy(RowId(owner_id)),
            Teller(
                to_moment(known_since),
                bool(silenced),
                bool(followed),
                to_moment(follows_since) if follows_since is not None else None,
                bool(permitted),
                visibility == Visibility.DIRECT,
            ),
        )
    return None


async def is_answer_to_private(post_id: int | None, owner_id: int) -> bool:
    """Whether a post hangs below a direct post of somebody, however far."""
    rows = await store.glance(
        # The depth ends a loop of posts that answer each other.
        "WITH RECURSIVE up (id, depth) AS (SELECT in_reply_to_id, 1 FROM posts WHERE id = ? "
        "UNION ALL SELECT p.in_reply_to_id, up.depth + 1 FROM posts p "
        "JOIN up ON p.id = up.id WHERE up.depth < ?) "
        "SELECT 1 FROM posts t JOIN up ON up.id = t.id "
        "WHERE t.actor_id = ? AND t.visibility = ? LIMIT 1",
        *(post_id, ABOVE_MAX, owner_id, Visibility.DIRECT),
    )
    return bool(rows)


async def policy_of(owner_id: int) -> NotificationPolicy:
    """Return the policy of somebody; the usual one where they chose none."""
    found = await POLICIES.find("t.owner_id = ?", owner_id)
    return found or NotificationPolicy(RowId(owner_id))


async def save_policy(policy: NotificationPolicy) -> None:
    """Keep the policy of somebody."""
    await POLICIES.insert_if_new(policy)
    await POLICIES.save(policy)


# ---------------------------------------------------------------- requests

_REQUESTS = (
    "SELECT MIN(t.id), t.actor_id, COUNT(*), MIN(t.created_at), MAX(t.created_at), MAX(t.post_id) "
    "FROM notifications t WHERE t.owner_id = ? AND t.is_filtered = TRUE AND t.actor_id IN "
    "(SELECT w.actor_id FROM notifications w WHERE w.owner_id = ? AND w.is_filtered = TRUE "
    "AND w.id = ANY(?)) GROUP BY t.actor_id"
)


async def page(owner_id: int, page: Page) -> list[Request]:
    """Return a page of those who are held back, who was held back last first."""
    rows = await read_page(
        page,
        "f.id",
        "SELECT f.id FROM (SELECT MIN(id) AS id FROM notifications "
        "WHERE owner_id = ? AND is_filtered = TRUE GROUP BY actor_id) AS f WHERE TRUE",
        owner_id,
    )
    found = await by_ids(owner_id, [row_id for (row_id,) in rows])
    return sorted(found, key=lambda each: each.id, reverse=True)


async def by_ids(owner_id: int, request_ids: Collection[int]) -> list[Request]:
    """Return these requests, as far as there are any."""
    rows = await store.read(_REQUESTS, owner_id, owner_id, list(request_ids))
    return [
        Request(RowId(row_id), RowId(actor_id), int(count), to_moment(first), to_moment(last), post)
        for row_id, actor_id, count, first, last, post in rows
    ]


async def counts(owner_id: int) -> tuple[int, int]:
    """Return of how many people, and how much is held back, up to `COUNTED_MAX`."""
    rows = await store.read(
        "SELECT COUNT(DISTINCT f.actor_id), COUNT(*) FROM (SELECT actor_id FROM notifications "
        "WHERE owner_id = ? AND is_filtered = TRUE LIMIT ?) AS f",
        *(owner_id, COUNTED_MAX),
    )
    return int(rows[0][0]), int(rows[0][1])


async def at_the_door(owner_id: int) -> tuple[int, int]:
    """Return how many ask to follow somebody, and how many people are held back; one query."""
    rows = await store.read(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM follows WHERE followed_id = ? "
        "AND state = 'requested' LIMIT ?) AS asking), (SELECT COUNT(DISTINCT held.actor_id) FROM "
        "(SELECT actor_id FROM notifications WHERE owner_id = ? AND is_filtered = TRUE LIMIT ?) "
        "AS held)",
        *(owner_id, COUNTED_MAX) * 2,
    )
    return int(rows[0][0]), int(rows[0][1])


async def let_through(permission: NotificationPermission) -> None:
    """Tell somebody what was held back from a person, and from now on whatever they do."""
    await PERMISSIONS.insert_if_new(permission)
    await store.write(
        "UPDATE notifications SET is_filtered = FALSE "
        "WHERE owner_id = ? AND actor_id = ? AND is_filtered = TRUE",
        *(permission.owner_id, permission.actor_id),
    )


async def dismiss(owner_id: int, actor_ids: Collection[int]) -> None:
    """Forget what is held back from these people."""
    await store.write(
        "DELETE FROM notifications WHERE owner_id = ? AND actor_id = ANY(?) AND is_filtered = TRUE",
        *(owner_id, list(actor_ids)),
    )
