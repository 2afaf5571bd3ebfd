"""Copies of files of other servers: which there are, how much they take, which go first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage import store
from storage.records import RemoteFile, RemoteFileState, RowId
from storage.rows import Rows

FILES = Rows("remote_files", RemoteFile)

USED_TO_THE: Final = timedelta(hours=1)
LEASE: Final = timedelta(minutes=10)
"""Longer than any write takes: after it, who wrote is held to have crashed."""
_GOING_AT_ONCE: Final = 64
_FREE: Final = "(t.leased_until IS NULL OR t.leased_until < ?)"
_USAGE_ID: Final = 1


@dataclass(frozen=True, slots=True)
class Usage:
    """How much is kept: bytes and files, what came lately, how many could not be had.

    `oldest_used_at`: when that was used which goes next.
    """

    size_bytes: int
    files: int
    failed: int
    bytes_since: int
    oldest_used_at: int | None


@dataclass(frozen=True, slots=True)
class HostUsage:
    """How much is kept of the files of a host."""

    host: str
    files: int
    size_bytes: int


async def find(key: str) -> RemoteFile | None:
    """Return what is known of the file of this key."""
    return await FILES.find("t.key = ?", key)


async def used(file_id: RowId, now: datetime) -> None:
    """Note that a file was used."""
    await store.write(
        "UPDATE remote_files SET used_at = ? WHERE id = ? AND used_at < ?",
        *(now, file_id, now - USED_TO_THE),
    )


async def hold_usage() -> int:
    """Return how many bytes all files take; nobody else changes that in this transaction."""
    await store.write(
        "INSERT INTO remote_usage (id, size_bytes) VALUES (?, 0) ON CONFLICT DO NOTHING", _USAGE_ID
    )
    rows = await store.write(
        "UPDATE remote_usage SET size_bytes = size_bytes WHERE id = ? RETURNING size_bytes",
        _USAGE_ID,
    )
    return int(rows[0][0])


async def add(file: RemoteFile) -> None:
    """Count a new file, or one that failed before, in; in a transaction that holds the usage."""
    if not await FILES.insert_if_new(file):
        await FILES.remove("key = ? AND state = ?", file.key, RemoteFileState.FAILED)
        await FILES.insert(file)
    await _count(file.size_bytes)


async def written(file_id: RowId) -> bool:
    """Note that a file lies where it should; False when it is to go already: its writer's to do."""
    rows = await store.write(
        "UPDATE remote_files SET leased_until = NULL,"
        " state = CASE WHEN state = ? THEN ? ELSE state END WHERE id = ? RETURNING state",
        *(RemoteFileState.COMING, RemoteFileState.READY, file_id),
    )
    return bool(rows) and rows[0][0] == RemoteFileState.READY


async def grow(file_id: RowId, size_bytes: int, leased_until: datetime | None) -> None:
    """Count what is written beside a file with it; in a transaction that holds the usage."""
    rows = await store.write(
        "UPDATE remote_files SET size_bytes = size_bytes + ?, leased_until = ?"
        " WHERE id = ? RETURNING id",
        *(size_bytes, leased_until, file_id),
    )
    if rows:
        await _count(size_bytes)


async def set_still(file_id: RowId, name: str) -> bool:
    """Note what stands for a file where pictures do not move; False when it is to go already."""
    rows = await store.write(
        "UPDATE remote_files SET still_name = ?, leased_until = NULL WHERE id = ? RETURNING state",
        *(name, file_id),
    )
    return bool(rows) and rows[0][0] == RemoteFileState.READY


async def mark_least_used(bytes_wanted: int, now: datetime) -> list[RemoteFile]:
    """Let those go that were not used for the longest time, until so many bytes are free.

    What is being written stays: an empty list means that there is nothing else.
    """
    found = await FILES.select(
        f"WHERE t.size_bytes > 0 AND {_FREE} ORDER BY t.used_at, t.id LIMIT ?", now, _GOING_AT_ONCE
    )
    going, freed = [], 0
    for each in found:
        if freed >= bytes_wanted:
            break
        going.append(each)
        freed += each.size_bytes
    await mark_going([each.id for each in going])
    return going


async def mark_going(file_ids: Collection[int]) -> None:
    """Show these no more; they count until `forget`."""
    await store.write(
        "UPDATE remote_files SET state = ? WHERE id = ANY(?)",
        *(RemoteFileState.GOING, list(file_ids)),
    )


async def mark_keys_going(keys: Collection[str]) -> bool:
    """Show the files of these keys no more; True if there are such."""
    rows = await store.write(
        "UPDATE remote_files SET state = ? WHERE key = ANY(?) AND size_bytes > 0 RETURNING id",
        *(RemoteFileState.GOING, list(keys)),
    )
    return bool(rows)


async def list_going(now: datetime, limit: int) -> list[RemoteFile]:
    """Return files that are to go: also those whose writer crashed."""
    return await FILES.select(
        f"WHERE t.state = ANY(?) AND t.size_bytes > 0 AND {_FREE} ORDER BY t.used_at, t.id LIMIT ?",
        *([RemoteFileState.GOING, RemoteFileState.COMING], now, limit),
    )


async def forget(file_ids: Sequence[RowId]) -> None:
    """Count files out that lie nowhere any more; in a transaction that holds the usage."""
    gone = await FILES.remove("id = ANY(?)", list(file_ids))
    await _count(-sum(each.size_bytes for each in gone))


async def note_failure(file: RemoteFile) -> None:
    """Remember that a file cannot be had; one that was had meanwhile stays."""
    if not await FILES.insert_if_new(file):
        await store.write(
            "UPDATE remote_files SET failures = ?, again_at = ?, fetched_at = ?"
            " WHERE key = ? AND state = ?",
            *(file.failures, file.again_at, file.fetched_at, file.key, RemoteFileState.FAILED),
        )


async def forget_failures(before: datetime) -> None:
    """Forget what could not be had and may be tried again since long."""
    await store.write(
        "DELETE FROM remote_files WHERE state = ? AND again_at < ?",
        *(RemoteFileState.FAILED, before),
    )


async def usage(since: datetime) -> Usage:
    """Return how much is kept, and how much of it came since then."""
    rows = await store.read(
        "SELECT COALESCE(SUM(size_bytes), 0),"
        " COALESCE(SUM(CASE WHEN size_bytes > 0 THEN 1 END), 0),"
        " COALESCE(SUM(CASE WHEN state = ? THEN 1 END), 0),"
        " COALESCE(SUM(CASE WHEN fetched_at >= ? THEN size_bytes END), 0),"
        " MIN(CASE WHEN size_bytes > 0 THEN used_at END) FROM remote_files",
        *(RemoteFileState.FAILED, since),
    )
    total, files, failed, lately, oldest = rows[0]
    return Usage(int(total), int(files), int(failed), int(lately), oldest)


async def usage_by_host(limit: int) -> list[HostUsage]:
    """Return whose files take most, the largest first."""
    rows = await store.read(
        "SELECT host, COUNT(*), SUM(size_bytes) FROM remote_files WHERE size_bytes > 0 "
        "GROUP BY host ORDER BY SUM(size_bytes) DESC, host LIMIT ?",
        limit,
    )
    return [HostUsage(host, int(files), int(size)) for host, files, size in rows]


async def _count(size_bytes: int) -> None:
    await store.write(
        "UPDATE remote_usage SET size_bytes = size_bytes + ? WHERE id = ?", size_bytes, _USAGE_ID
    )
