"""What people bring here and take away: imports with their lines, and archives."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from storage import store
from storage.database import Row
from storage.interactions import INTERACTIONS
from storage.records import (
    Archive,
    Import,
    ImportedPost,
    ImportKind,
    ImportLine,
    Interaction,
    InteractionKind,
    Post,
    RowId,
)
from storage.rows import POSTS, Rows
from storage.values import to_json

IMPORTS = Rows("imports", Import)
LINES = Rows("import_lines", ImportLine)
IMPORTED = Rows("imported_posts", ImportedPost)
ARCHIVES = Rows("archives", Archive)


# ---------------------------------------------------------------- what is brought here


async def insert_import(made: Import, lines: Sequence[ImportLine]) -> None:
    """Insert an import with its lines, in the caller's transaction."""
    await IMPORTS.insert(made)
    await LINES.insert_many_if_new(lines)


async def find_import(import_id: int) -> Import | None:
    """Return an import."""
    return await IMPORTS.find("t.id = ?", import_id)


async def imports_of(user_id: int, limit: int) -> list[Import]:
    """Return somebody's imports, the last first."""
    return await IMPORTS.select("WHERE t.user_id = ? ORDER BY t.id DESC LIMIT ?", user_id, limit)


async def lines_to_do(import_id: int, limit: int) -> list[ImportLine]:
    """Return the next lines of which nothing came yet, in the order of the file."""
    condition = "WHERE t.file_id = ? AND t.done_at IS NULL ORDER BY t.number LIMIT ?"
    return await LINES.select(condition, import_id, limit)


async def all_lines(import_id: int, after: int, limit: int) -> list[ImportLine]:
    """Return the lines behind a place in the file."""
    condition = "WHERE t.file_id = ? AND t.number > ? ORDER BY t.number LIMIT ?"
    return await LINES.select(condition, import_id, after, limit)


async def failed_lines(import_id: int, limit: int) -> list[ImportLine]:
    """Return the lines of which nothing came."""
    condition = "WHERE t.file_id = ? AND t.failure IS NOT NULL ORDER BY t.number LIMIT ?"
    return await LINES.select(condition, import_id, limit)


async def count_lines(import_id: int) -> tuple[int, int]:
    """Return how many lines are done, and of how many of those nothing came."""
    rows = await store.read(
        "SELECT COUNT(*), COUNT(failure) FROM import_lines "
        "WHERE file_id = ? AND done_at IS NOT NULL",
        import_id,
    )
    done, failed = rows[0]
    return int(done), int(failed)


async def end_line(line_id: int, at: datetime, failure: str | None) -> None:
    """Note that a line is done, and why nothing came of it, if so."""
    sql = "UPDATE import_lines SET done_at = ?, failure = ? WHERE id = ?"
    await store.write(sql, at, failure, line_id)


async def shorten_line(line_id: int, cell: str) -> None:
    """Keep of a line that is done what names it: its words stand in a post now, or nowhere."""
    await store.write("UPDATE import_lines SET cells = ? WHERE id = ?", to_json((cell,)), line_id)


async def end_import(import_id: int, at: datetime) -> None:
    """Note that an import is done."""
    await store.write("UPDATE imports SET finished_at = ? WHERE id = ?", at, import_id)


async def forget_imports(before: datetime) -> int:
    """Forget imports that began before then, with their lines; return how many.

    Those stay whose posts are still here: they can be undone.
    """
    return await store.in_slices(
        "DELETE FROM imports WHERE id IN (SELECT i.id FROM imports i WHERE i.created_at < ? "
        "AND NOT EXISTS (SELECT 1 FROM imported_posts p WHERE p.import_id = i.id) LIMIT ?) "
        "RETURNING id",
        before,
    )


async def insert_imported(made: ImportedPost) -> bool:
    """Note that a post was brought along; False when its author brought the same one before."""
    return await IMPORTED.insert_if_new(made)


async def count_imported(import_id: int) -> int:
    """Count the posts of an import that are still here."""
    sql = "SELECT COUNT(*) FROM imported_posts WHERE import_id = ?"
    return int((await store.read(sql, import_id))[0][0])


async def imported_by(import_id: int, limit: int) -> list[ImportedPost]:
    """Return some of the posts that came by an import, the oldest first."""
    return await IMPORTED.select(
        "WHERE t.import_id = ? ORDER BY t.post_id LIMIT ?", import_id, limit
    )


async def imported_among(actor_id: int, source_uris: Sequence[str]) -> dict[str, RowId]:
    """Return as which posts somebody brought these along."""
    rows = await store.read(
        "SELECT source_uri, post_id FROM imported_posts WHERE actor_id = ? AND source_uri = ANY(?)",
        *(actor_id, list(source_uris)),
    )
    return {uri: RowId(post_id) for uri, post_id in rows}


async def forget_imported(post_id: int) -> None:
    """Forget that a post was brought along: it may be brought again."""
    await IMPORTED.remove("post_id = ?", post_id)


async def forget_imported_of(actor_id: int) -> None:
    """Forget what somebody brought along who is gone."""
    await IMPORTED.remove("actor_id = ?", actor_id)


# ---------------------------------------------------------------- what is taken away


async def insert_archive(archive: Archive) -> None:
    """Insert an archive that is to be made."""
    await ARCHIVES.insert(archive)


async def save_archive(archive: Archive) -> None:
    """Write how far an archive is."""
    await ARCHIVES.save(archive)


async def find_archive(archive_id: int) -> Archive | None:
    """Return an archive."""
    return await ARCHIVES.find("t.id = ?", archive_id)


async def archives_of(user_id: int) -> list[Archive]:
    """Return somebody's archives, the last first."""
    return await ARCHIVES.select("WHERE t.user_id = ? ORDER BY t.id DESC", user_id)


async def archives_before(moment: datetime, limit: int) -> list[Archive]:
    """Return archives that were asked for before then, the oldest first."""
    return await ARCHIVES.select("WHERE t.created_at < ? ORDER BY t.id LIMIT ?", moment, limit)


async def remove_archive(archive_id: int) -> None:
    """Remove the row of an archive; its blobs are another matter."""
    await ARCHIVES.remove("id = ?", archive_id)


# ---------------------------------------------------------------- lists as rows

_PEOPLE = "CROSS JOIN actors a WHERE a.id = r.target_id AND r.actor_id = ?"
_LISTS: Mapping[ImportKind, str] = MappingProxyType(
    {
        ImportKind.FOLLOWS: (
            "SELECT r.id, a.username, a.host, r.shows_boosts, r.notifies, r.languages "
            "FROM follows r CROSS JOIN actors a WHERE a.id = r.followed_id "
            "AND r.follower_id = ? AND r.state = 'accepted'"
        ),
        ImportKind.BLOCKS: f"SELECT r.id, a.username, a.host FROM blocks r {_PEOPLE}",
        ImportKind.MUTES: (
            f"SELECT r.id, a.username, a.host, r.hides_notifications FROM mutes r {_PEOPLE}"
        ),
        ImportKind.HOST_BLOCKS: "SELECT r.id, r.host FROM host_blocks r WHERE r.actor_id = ?",
        ImportKind.BOOKMARKS: (
            "SELECT r.id, p.uri FROM interactions r CROSS JOIN posts p WHERE p.id = r.post_id "
            "AND p.deleted_at IS NULL AND r.actor_id = ? AND r.kind = 'bookmark'"
        ),
        ImportKind.LISTS: (
            "SELECT r.id, l.title, a.username, a.host FROM lists l "
            "JOIN list_members r ON r.list_id = l.id JOIN actors a ON a.id = r.actor_id "
            "WHERE l.actor_id = ?"
        ),
    }
)


async def listed(kind: ImportKind, actor_id: int, after: int, limit: int) -> list[Row]:
    """Return a slice of what somebody has of a kind, oldest first; each row begins with its id."""
    sql = f"{_LISTS[kind]} AND r.id > ? ORDER BY r.id LIMIT ?"
    return list(await store.read(sql, actor_id, after, limit))


async def posts_of(actor_id: int, after: int, limit: int) -> list[Post]:
    """Return a slice of all posts of somebody, oldest first."""
    condition = "t.actor_id = ? AND t.deleted_at IS NULL AND t.id > ? ORDER BY t.id LIMIT ?"
    return await POSTS.select(f"WHERE {condition}", actor_id, after, limit)


async def acts_of(
    kind: InteractionKind, actor_id: int, after: int, limit: int
) -> list[tuple[Interaction, str]]:
    """Return a slice of what somebody did to posts, with the ids of those, oldest first."""
    rows = await store.read(
        f"SELECT {INTERACTIONS.columns('i')}, p.uri FROM interactions i CROSS JOIN posts p "
        "WHERE p.id = i.post_id AND p.deleted_at IS NULL AND i.actor_id = ? AND i.kind = ? "
        "AND i.id > ? ORDER BY i.id LIMIT ?",
        *(actor_id, kind, after, limit),
    )
    found = ((INTERACTIONS.from_row(row), row[-1]) for row in rows)
    return [(made, uri) for made, uri in found if made is not None]
