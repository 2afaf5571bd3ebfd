"""Link previews: one row for each page, and which posts link to it."""

# ruff: noqa: S608  # pasted into SQL are names of our own columns; values are bound

import hashlib
from collections.abc import Collection
from datetime import datetime

from storage import store
from storage.records import Card, CardState, RowId
from storage.rows import RAISED, Rows, keyed

CARDS = Rows("link_cards", Card)


def key_of(url: str) -> str:
    """Return the key of the card of a page."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


async def find(key: str) -> Card | None:
    """Return the card of a page."""
    return await CARDS.find("t.key = ?", key)


async def ready(ids: Collection[int]) -> dict[RowId, Card]:
    """Return those of the cards that have something to show."""
    found = await CARDS.by_keys("id", ids)
    return {card.id: card for card in found if card.state is CardState.READY}


async def of_posts(post_ids: Collection[int]) -> dict[RowId, Card]:
    """Return the cards of these posts that have one to show; one query."""
    rows = await store.read(
        f"SELECT p.post_id, {CARDS.columns('t')} FROM post_cards p"
        " JOIN link_cards t ON t.id = p.card_id WHERE p.post_id = ANY(?) AND t.state = ?",
        *(list(post_ids), CardState.READY),
    )
    return dict(keyed(rows, CARDS))


async def claim(card: Card, stale_before: datetime) -> bool:
    """Take it on to ask a page; False if somebody else does, or did so lately.

    `stale_before`: whoever began before then is not coming back.
    """
    if await CARDS.insert_if_new(card):
        return True
    rows = await store.write(
        "UPDATE link_cards SET asked_at = ? WHERE key = ?"
        " AND (expires_at < ? OR (state = ? AND asked_at < ?)) AND asked_at < ? RETURNING id",
        *(card.asked_at, card.key, card.asked_at),
        *(CardState.WAITING, stale_before, stale_before),
    )
    return bool(rows)


async def save(card: Card) -> None:
    """Write what a page said."""
    await CARDS.save(card)


async def link(post_id: RowId, card_id: RowId) -> None:
    """Give a post this card, instead of the one it had."""
    await store.write(
        "INSERT INTO post_cards (post_id, card_id) VALUES (?, ?)"
        " ON CONFLICT (post_id) DO UPDATE SET card_id = excluded.card_id",
        *(post_id, card_id),
    )


async def unlink(post_id: RowId) -> bool:
    """Take the card off a post; False if it had none."""
    return bool(
        await store.write("DELETE FROM post_cards WHERE post_id = ? RETURNING post_id", post_id)
    )


async def raise_post(post_id: RowId) -> None:
    """Let a post be rendered anew."""
    await store.write(f"UPDATE posts SET {RAISED} WHERE id = ?", post_id)


async def raise_posts(card_id: RowId) -> None:
    """Let the posts with this card be rendered anew."""
    await store.write(
        f"UPDATE posts SET {RAISED} WHERE id IN (SELECT post_id FROM post_cards WHERE card_id = ?)",
        card_id,
    )


async def remove_old(before: datetime) -> None:
    """Forget cards that expired before then and that no post has."""
    await store.write(
        "DELETE FROM link_cards WHERE expires_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM post_cards p WHERE p.card_id = link_cards.id)",
        before,
    )
