"""Who wants to do what to whose post, and what was answered: requests, which become stamps."""

from collections.abc import Iterable

from storage import store
from storage.records import Act, InteractionRequest, Page, RequestState, RowId
from storage.rows import Rows

REQUESTS = Rows("interaction_requests", InteractionRequest)


async def insert(request: InteractionRequest) -> bool:
    """Insert a request; False if the same thing was asked before."""
    return await REQUESTS.insert_if_new(request)


async def save(request: InteractionRequest) -> None:
    """Write the whole row: what was answered."""
    await REQUESTS.save(request)


async def find(request_id: int) -> InteractionRequest | None:
    """Return a request."""
    return await REQUESTS.find("t.id = ?", request_id)


async def find_locked(request_id: int) -> InteractionRequest | None:
    """Return a request for who answers it in this transaction (`Rows.find_locked`)."""
    return await REQUESTS.find_locked("t.id = ?", request_id)


async def find_for(act: Act, post_id: int, object_uri: str) -> InteractionRequest | None:
    """Return what was asked about this object and this post."""
    condition = "t.object_uri = ? AND t.post_id = ? AND t.act = ?"
    return await REQUESTS.find(condition, object_uri, post_id, act)


async def find_about(object_uri: str, owner_id: int) -> InteractionRequest | None:
    """Return what was asked of this person about this object, the youngest."""
    condition = "t.object_uri = ? AND t.owner_id = ? ORDER BY t.id DESC"
    return await REQUESTS.find(condition, object_uri, owner_id)


async def find_stamp(uri: str) -> InteractionRequest | None:
    """Return what the stamp with this address allows, or allowed."""
    return await REQUESTS.find("t.stamp_uri = ? ORDER BY t.id DESC", uri)


async def of_owner(owner_id: int, state: RequestState, page: Page) -> list[InteractionRequest]:
    """Return a page of what was asked of a person and stands so."""
    return await REQUESTS.page(page, "t.owner_id = ? AND t.state = ?", owner_id, state)


async def find_by_actor(act: Act, post_id: int, actor_id: int) -> InteractionRequest | None:
    """Return what this person wanted to do to a post, the youngest."""
    condition = "t.post_id = ? AND t.act = ? AND t.actor_id = ? ORDER BY t.id DESC"
    return await REQUESTS.find(condition, post_id, act, actor_id)


async def withdraw(object_uri: str, actor_id: int) -> InteractionRequest | None:
    """Remove what an actor asked for, because it is taken back, and return it."""
    removed = await REQUESTS.remove("object_uri = ? AND actor_id = ?", object_uri, actor_id)
    return removed[0] if removed else None


async def remove_of_posts(ids: Iterable[RowId]) -> None:
    """Remove what was asked about posts, or by them; the posts are buried."""
    wanted = list(ids)
    await store.write("DELETE FROM interaction_requests WHERE post_id = ANY(?)", wanted)
    await store.write(
        "DELETE FROM interaction_requests WHERE object_uri IN "
        "(SELECT uri FROM posts WHERE id = ANY(?))",
        wanted,
    )


async def remove_of_actor(actor_id: int) -> None:
    """Remove what an actor asked, or was asked."""
    await store.write(
        "DELETE FROM interaction_requests WHERE actor_id = ? OR owner_id = ?", actor_id, actor_id
    )
