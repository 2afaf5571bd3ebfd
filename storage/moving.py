"""Moves everything from one database into another: slice by slice, resumable, and compared at last.

The tables, their columns and their order are read off the new database, which was migrated before;
so a table that is added later is moved without a change here. How far a table is stands in the new
database, written with the rows themselves: a move that was killed goes on where it was.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from instance.errors import Conflict, Misconfigured
from storage.store import Store

SLICE_ROWS = 2000

PROGRESS_TABLE = "storage_moves"
_CREATE_PROGRESS = (
    f"CREATE TABLE IF NOT EXISTS {PROGRESS_TABLE} "
    "(name TEXT PRIMARY KEY, last_key TEXT NOT NULL, is_done BOOLEAN NOT NULL)"
)
# Not moved: what each database says about itself, and the search index, which is made anew there.
_OWN_TABLES = ("tortoise_migrations", PROGRESS_TABLE, "post_words", "unindexed_posts")

_COLUMNS = """SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
ORDER BY c.table_name, c.ordinal_position"""
_KEYS = """SELECT t.relname, a.attname FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
WHERE i.indisprimary AND n.nspname = current_schema()"""
_REFERENCES = """SELECT DISTINCT t.relname, f.relname FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND t.oid <> f.oid AND n.nspname = current_schema()"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is moved: in the order of its primary key `key`."""

    name: str
    columns: tuple[str, ...]
    key: str
    booleans: tuple[int, ...]
    """The places of the columns that SQLite keeps as 0 and 1."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is compared: how many rows a table has, and the SHA-256 of all in their order."""

    rows: int
    sha256: str


Report: TypeAlias = Callable[[str, int, int], None]
"""Called with what is done ("copying posts"), rows done and rows in all; for a progress bar."""


async def move(source: Store, target: Store, *, domain: str, report: Report) -> dict[str, Digest]:
    """Copy all rows of `source` (SQLite) into `target` (PostgreSQL) and compare both.

    Returns what each table holds. Again after an interruption it goes on. Nobody else may write
    into either. Raises `Misconfigured` when the target belongs to something else, and `Conflict`
    when both differ at the end.
    """
    await target.migrate()
    tables = await tables_of(target)
    await _begin(target, tables, domain)
    for table in tables:
        await _copy(source, target, table, report)
    found = {}
    for table in tables:
        found[table.name] = await _compare(source, target, table, report)
    await target.write(f"DROP TABLE {PROGRESS_TABLE}")
    return found


async def tables_of(target: Store) -> list[Table]:
    """The tables of a PostgreSQL database, each after those it refers to."""
    keys = {str(name): str(key) for name, key in await target.read(_KEYS)}
    kinds: dict[str, list[tuple[str, str]]] = {}
    for name, column, kind in await target.read(_COLUMNS):
        if name not in _OWN_TABLES:
            kinds.setdefault(str(name), []).append((str(column), str(kind)))
    tables = [
        Table(
            name,
            tuple(column for column, _ in columns),
            keys[name],
            tuple(place for place, (_, kind) in enumerate(columns) if kind == "boolean"),
        )
        for name, columns in kinds.items()
    ]
    references = [(str(one), str(other)) for one, other in await target.read(_REFERENCES)]
    return _in_order(tables, references)


def _in_order(tables: Sequence[Table], references: Sequence[tuple[str, str]]) -> list[Table]:
    ordered: list[Table] = []
    left = list(tables)
    while left:
        placed = {table.name for table in ordered}
        ready = [
            table
            for table in left
            if all(other in placed for one, other in references if one == table.name)
        ]
        if not ready:
            names = ", ".join(table.name for table in left)
            raise RuntimeError(f"these tables refer to each other in a circle: {names}")
        ordered += ready
        left = [table for table in left if table not in ready]
    return ordered


# ---------------------------------------------------------------- begin and go on


async def _begin(target: Store, tables: Sequence[Table], domain: str) -> None:
    """Note whose move this is, or see that it is the one that was begun."""
    async with target.transaction():
        is_new = not await target.read(
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?",
            PROGRESS_TABLE,
        )
        await target.write(_CREATE_PROGRESS)
        if is_new:
            filled = [
                t.name for t in tables if await target.read(f"SELECT 1 FROM {t.name} LIMIT 1")
            ]
            if filled:
                raise Misconfigured(
                    f"The new database is not empty (table {filled[0]}). Name an empty one."
                )
            sql = f"INSERT INTO {PROGRESS_TABLE} (name, last_key, is_done) VALUES ('', ?, FALSE)"
            await target.write(sql, domain)
    begun = await target.read(f"SELECT last_key FROM {PROGRESS_TABLE} WHERE name = ''")
    if begun[0][0] != domain:
        raise Misconfigured(f"The new database holds half a move of {begun[0][0]}. Name another.")


async def _copy(source: Store, target: Store, table: Table, report: Report) -> None:
    noted = await target.read(
        f"SELECT last_key, is_done FROM {PROGRESS_TABLE} WHERE name = ?", table.name
    )
    if noted and noted[0][1]:
        return
    total = await _count(source, table)
    done, last = 0, None
    if noted:
        last = msgspec.json.decode(noted[0][0])
        done = await _count(target, table)
    marks = ", ".join("?" * len(table.columns))
    insert = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"
    place = table.columns.index(table.key)
    report(f"copying {table.name}", done, total)
    async for rows in _slices(source, table, after=last):
        async with target.transaction():
            await target.write_many(insert, rows)
            await _note(target, table, rows[-1][place], is_done=False)
        done += len(rows)
        report(f"copying {table.name}", done, total)
    async with target.transaction():
        await _go_on_counting(target, table)
        await _note(target, table, last, is_done=True)


async def _note(target: Store, table: Table, last: Any, *, is_done: bool) -> None:
    await target.write(
        f"INSERT INTO {PROGRESS_TABLE} (name, last_key, is_done) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET last_key = excluded.last_key, is_done = excluded.is_done",
        *(table.name, msgspec.json.encode(last).decode(), is_done),
    )


async def _go_on_counting(target: Store, table: Table) -> None:
    """Where the database gives out the keys: the next one comes after those that were moved."""
    found = await target.read("SELECT pg_get_serial_sequence(?, ?)", table.name, table.key)
    if found[0][0] is not None:
        await target.write(
            f"SELECT setval(?::text::regclass, COALESCE(MAX({table.key}), 0) + 1, FALSE) "
            f"FROM {table.name}",
            found[0][0],
        )


# ---------------------------------------------------------------- reading either side


async def _count(store: Store, table: Table) -> int:
    return int((await store.read(f"SELECT COUNT(*) FROM {table.name}"))[0][0])


async def _slices(store: Store, table: Table, *, after: Any = None) -> AsyncIterator[list[Any]]:
    """The rows in the order of their keys, as lists, in both databases the same values."""
    select = f"SELECT {', '.join(table.columns)} FROM {table.name}"
    rest = f"ORDER BY {table.key} LIMIT ?"
    place = table.columns.index(table.key)
    while True:
        if after is None:
            found = await store.read(f"{select} {rest}", SLICE_ROWS)
        else:
            found = await store.read(f"{select} WHERE {table.key} > ? {rest}", after, SLICE_ROWS)
        if not found:
            return
        rows = [list(row) for row in found]
        for row in rows:
            for boolean in table.booleans:
                row[boolean] = None if row[boolean] is None else bool(row[boolean])
        yield rows
        after = rows[-1][place]


async def _digest(store: Store, table: Table, report: Report, *, total: int) -> Digest:
    made, number = hashlib.sha256(), 0
    async for rows in _slices(store, table):
        for row in rows:
            made.update(msgspec.json.encode(row))
        number += len(rows)
        report(f"comparing {table.name}", number, total)
    return Digest(number, made.hexdigest())


async def _compare(source: Store, target: Store, table: Table, report: Report) -> Digest:
    total = 2 * await _count(source, table)
    here = await _digest(source, table, report, total=total)

    def second_half(text: str, done: int, in_all: int) -> None:
        report(text, here.rows + done, in_all)

    there = await _digest(target, table, second_half, total=total)
    if here != there:
        raise Conflict(
            f"The table {table.name} is not the same in both: {here.rows} rows here, {there.rows} "
            "there. Was a server running meanwhile? Stop it, empty the new database, begin anew."
        )
    return here
