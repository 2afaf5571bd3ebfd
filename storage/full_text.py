"""The search index: which post holds which words. What a word is, `posts/words.py` says.

On SQLite it is a table of FTS5, on PostgreSQL one of tsvectors; both hold words as they are given,
and cut or fold none. Triggers note each post that is new or changed in `unindexed_posts`, and take
the words of a deleted one away (migration `search`): so writing a post costs one small row, and
many are indexed together later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import store
from storage.records import Page, Post, RowId
from storage.rows import POSTS

# PostgreSQL keeps no position beyond, and no more than 256 of one word.
POSITION_MAX = 16_383


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several in a row; the last one may be the beginning of a word."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What a post must hold, all of it, and what it must not; at least one term is wanted."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()

    def for_sqlite(self) -> str:
        """As FTS5 reads it. Words hold letters, digits and `=#_`, no quotes."""
        wanted = " AND ".join(map(_fts5, self.wanted))
        if not self.unwanted:
            return wanted
        return f"({wanted}) NOT ({' OR '.join(map(_fts5, self.unwanted))})"

    def for_postgres(self) -> str:
        """As a tsquery."""
        return " & ".join(
            [*map(_tsquery, self.wanted), *(f"!{_tsquery(t)}" for t in self.unwanted)]
        )


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'


def _tsquery(term: Term) -> str:
    quoted = [f"'{word}'" for word in term.words]
    quoted[-1] += ":*" if term.is_prefix else ""
    return f"({' <-> '.join(quoted)})"


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of a post in their order, and marks: words that no text can hold."""

    post_id: RowId
    words: Sequence[str]
    marks: Sequence[str]


async def count_unindexed() -> int:
    """Count the posts whose words the index does not know yet."""
    return int((await store.read("SELECT COUNT(*) FROM unindexed_posts"))[0][0])


async def has_unindexed() -> bool:
    """Whether there is a post whose words the index does not know yet."""
    return bool(await store.glance("SELECT 1 FROM unindexed_posts LIMIT 1"))


async def take_unindexed(limit: int) -> list[Post]:
    """Return some of the posts that the index does not know, the youngest first.

    In the caller's transaction, which writes their words: then they are known.
    """
    rows = await store.write(
        "DELETE FROM unindexed_posts WHERE post_id = ANY(ARRAY("
        "SELECT post_id FROM unindexed_posts ORDER BY post_id DESC LIMIT ? "
        "FOR UPDATE SKIP LOCKED)) RETURNING post_id",
        limit,
    )
    ids = [post_id for (post_id,) in rows]
    return await POSTS.select("WHERE t.id = ANY(?) AND t.deleted_at IS NULL", ids) if ids else []


async def write(entries: Sequence[Entry]) -> None:
    """Write the words of posts instead of those that were there."""
    if store.current().dialect == "postgres":
        sql = (
            "INSERT INTO post_words (post_id, words) VALUES (?, CAST(?::text AS tsvector)) "
            "ON CONFLICT (post_id) DO UPDATE SET words = excluded.words"
        )
        await store.write_many(sql, [(entry.post_id, _tsvector(entry)) for entry in entries])
    else:
        sql = "INSERT OR REPLACE INTO post_words (rowid, words) VALUES (?, ?)"
        texts = [(each.post_id, " ".join([*each.words, *each.marks])) for each in entries]
        await store.write_many(sql, texts)


def _tsvector(entry: Entry) -> str:
    places: dict[str, list[int]] = {}
    for place, word in enumerate(entry.words[:POSITION_MAX], start=1):
        places.setdefault(word, []).append(place)
    words = [f"'{word}':{','.join(map(str, found))}" for word, found in places.items()]
    return " ".join([*words, *(f"'{mark}'" for mark in entry.marks)])


async def note_all(after: int, limit: int) -> int | None:
    """Note a slice of the posts for being indexed anew; return the last id, None at the end."""
    rows = await store.write(
        "INSERT INTO unindexed_posts (post_id) SELECT id FROM posts "
        "WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ? "
        "ON CONFLICT (post_id) DO UPDATE SET post_id = excluded.post_id RETURNING post_id",
        *(after, limit),
    )
    return max((int(post_id) for (post_id,) in rows), default=None)


# ---------------------------------------------------------------- reading


async def newest(match: Match, page: Page, limit: int) -> list[RowId]:
    """Return the ids of the youngest posts that match, within the bounds of a page."""
    if store.current().dialect == "postgres":
        name, condition, query = (
            "post_id",
            "words @@ CAST(?::text AS tsquery)",
            match.for_postgres(),
        )
    else:
        name, condition, query = "rowid", "post_words MATCH ?", match.for_sqlite()
    bounds = [("<", page.max_id), (">", page.since_id), (">", page.min_id)]
    used = [(sign, bound) for sign, bound in bounds if bound is not None]
    bounded = "".join(f" AND {name} {sign} ?" for sign, _ in used)
    rows = await store.read(
        f"SELECT {name} FROM post_words WHERE {condition}{bounded} "  # noqa: S608 - names of our own
        f"ORDER BY {name} {'DESC' if page.min_id is None else 'ASC'} LIMIT ?",
        *(query, *(bound for _, bound in used), limit),
    )
    return [RowId(post_id) for (post_id,) in rows]
