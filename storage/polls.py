"""Votes in polls: a row for each answer that somebody chose."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from storage import store
from storage.records import Actor, Page, Poll, PollVote, RowId
from storage.rows import ACTORS, RAISED, Rows, keyed, read_page
from storage.values import to_json

VOTES = Rows("poll_votes", PollVote)


async def insert(votes: Iterable[PollVote]) -> None:
    """Insert votes; those that are there already are left as they are."""
    await VOTES.insert_many_if_new(votes)


async def of_actor(actor_id: int, post_id: int) -> set[int]:
    """Return the answers that one actor chose."""
    rows = await store.read(
        "SELECT choice FROM poll_votes WHERE post_id = ? AND actor_id = ?", post_id, actor_id
    )
    return {choice for (choice,) in rows}


async def counted(post_id: int, poll: Poll) -> Poll:
    """Return the poll as its votes say: for polls of this server, whose votes are all here."""
    rows = await store.read("SELECT choice, actor_id FROM poll_votes WHERE post_id = ?", post_id)
    votes = Counter(choice for choice, _ in rows)
    options = tuple(
        replace(option, votes=votes[place]) for place, option in enumerate(poll.options)
    )
    return replace(poll, options=options, voters=len({actor_id for _, actor_id in rows}))


async def save(post_id: int, poll: Poll) -> None:
    """Write how a poll stands; the caller holds the row of the post."""
    await store.write(f"UPDATE posts SET poll = ?, {RAISED} WHERE id = ?", to_json(poll), post_id)


async def local_voters(post_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """Return a page of the people here who voted, each once, with the id of their first vote."""
    sql = (
        f"SELECT v.id, {ACTORS.columns('a')} FROM poll_votes v CROSS JOIN actors a "
        "WHERE a.id = v.actor_id AND v.post_id = ? AND a.host IS NULL AND a.deleted_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM poll_votes e WHERE e.post_id = v.post_id "
        "AND e.actor_id = v.actor_id AND e.id < v.id)"
    )
    return list(keyed(await read_page(page, "v.id", sql, post_id), ACTORS))


async def remote_voters(post_id: int, page: Page) -> list[tuple[RowId, Actor]]:
    """The same of people elsewhere."""
    sql = (
        f"SELECT v.id, {ACTORS.columns('a')} FROM poll_votes v CROSS JOIN actors a "
        "WHERE a.id = v.actor_id AND v.post_id = ? AND a.host IS NOT NULL "
        "AND a.deleted_at IS NULL"
    )
    return list(keyed(await read_page(page, "v.id", sql, post_id), ACTORS))


async def remove_of_post(post_id: int) -> None:
    """Remove all votes, because the poll is another one now."""
    await store.write("DELETE FROM poll_votes WHERE post_id = ?", post_id)


async def remove_of_actor(actor_id: int) -> None:
    """Remove the votes of an actor who is gone. What they added up to stays."""
    await store.write("DELETE FROM poll_votes WHERE actor_id = ?", actor_id)
