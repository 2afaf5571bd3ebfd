"""`Rows`: reads and writes the rows of one table as records of one class, by plain SQL.

Column and field have the same name; the type of the field says how it is stored: instants as
microseconds, enums as their value, lists and small dataclasses as JSON text.
"""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

import enum
import logging
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from storage import store
from storage.database import Row
from storage.records import Actor, Page, Post, RowId
from storage.values import to_json, to_moment

L = TypeVar("L")
R = TypeVar("R")

# What every UPDATE of a table with versions sets: a cached rendering is known to be current by it.
RAISED = "version = version + 1"

FEW = 50
"""So many rows by their keys are read or written at once; more are left to a thread."""

_log = logging.getLogger(__name__)


class Rows(Generic[R]):
    """The rows of `table`, each of which is a `record`; `key` is the column of its primary key."""

    def __init__(self, table: str, record: type[R], *, key: str = "id") -> None:
        self.table = table
        self.record = record
        self.key = key
        self.names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]  # R is one
        self._columns: dict[str, str] = {}
        hints = get_type_hints(record)
        self._readers = _indexed(_reader(hints[name]) for name in self.names)
        self._writers = _indexed(_writer(hints[name]) for name in self.names)
        self._key_index = self.names.index(key)
        self.marks = ", ".join("?" * len(self.names))
        self._insert = f"INSERT INTO {table} ({', '.join(self.names)}) VALUES ({self.marks})"
        self._written = tuple(
            i for i, name in enumerate(self.names) if name not in {key, "version"}
        )
        settings = [f"{self.names[index]} = ?" for index in self._written]
        if "version" in self.names:
            settings.append(RAISED)
        self._update = f"UPDATE {table} SET {', '.join(settings)} WHERE {key} = ?"

    def columns(self, alias: str = "") -> str:
        """Return the columns for a SELECT or RETURNING, in the order `from_row` expects."""
        found = self._columns.get(alias)
        if found is None:
            prefix = f"{alias}." if alias else ""
            found = self._columns[alias] = ", ".join(prefix + name for name in self.names)
        return found

    def from_row(self, row: Row, start: int = 0) -> R | None:
        """Return the record of a row, whose columns begin at `start`.

        None, and a line in the log, if the row is damaged: then only it is missing from a page.
        """
        values = list(row[start : start + len(self.names)])
        try:
            for index, read in self._readers:
                if values[index] is not None:
                    values[index] = read(values[index])
        except (msgspec.MsgspecError, ValueError, TypeError, OverflowError) as error:
            key = row[start + self._key_index]
            _log.error("damaged row %s in table %s: %s", key, self.table, error)
            return None
        return self.record(*values)

    def values(self, record: R) -> list[Any]:
        """Return the values of all columns."""
        values = [getattr(record, name) for name in self.names]
        for index, write in self._writers:
            if values[index] is not None:
                values[index] = write(values[index])
        return values

    async def find(self, condition: str, *values: Any) -> R | None:
        """Return the first row that fulfils the condition (with its ORDER BY, if any).

        For conditions that an index answers: it is looked for at a glance.
        """
        sql = f"SELECT {self.columns('t')} FROM {self.table} t WHERE {condition} LIMIT 1"
        return next(iter(self.records(await store.glance(sql, *values))), None)

    async def find_locked(self, condition: str, *values: Any) -> R | None:
        """Return the row that fulfils the condition, for who changes it in this transaction.

        Others who ask so, or change it, wait until the transaction ends: nothing they did is
        overwritten by `save`. Readers do not wait.
        """
        sql = f"SELECT {self.columns('t')} FROM {self.table} t WHERE {condition} FOR NO KEY UPDATE"
        return next(iter(self.records(await store.glance(sql, *values))), None)

    async def select(self, rest: str, *values: Any, before: str = "") -> list[R]:
        """Return the rows that `rest` (JOIN, WHERE, ORDER BY, LIMIT) leaves; the alias is `t`.

        `before` is a WITH; its values come first.
        """
        sql = f"{before} SELECT {self.columns('t')} FROM {self.table} t {rest}"
        return self.records(await store.read(sql, *values))

    async def few(self, rest: str, *values: Any) -> list[R]:
        """Return rows as `select`, where an index finds a few (`FEW`) and no more: at a glance."""
        sql = f"SELECT {self.columns('t')} FROM {self.table} t {rest}"
        return self.records(await store.glance(sql, *values))

    async def page(self, page: Page, condition: str, *values: Any) -> list[R]:
        """Return the rows of a keyset page over the key, newest first; the alias is `t`."""
        sql = f"SELECT {self.columns('t')} FROM {self.table} t WHERE {condition}"
        return self.records(await read_page(page, f"t.{self.key}", sql, *values))

    async def by_keys(self, column: str, keys: Iterable[Any]) -> list[R]:
        """Return the rows whose `column`, an index with no value twice, is among `keys`."""
        wanted = list(set(keys))
        if not wanted:
            return []
        ask = store.glance if len(wanted) <= FEW else store.read
        sql = f"SELECT {self.columns('t')} FROM {self.table} t WHERE t.{column} = ANY(?)"
        return self.records(await ask(sql, wanted))

    def records(self, rows: Iterable[Row]) -> list[R]:
        """Return the records of whole rows, without the damaged ones."""
        found = (self.from_row(row) for row in rows)
        return [record for record in found if record is not None]

    async def insert(self, record: R) -> None:
        """Insert a row; Conflict if there is one with the same unique values."""
        await store.jot(self._insert, *self.values(record))

    async def insert_if_new(self, record: R) -> bool:
        """Insert a row; False if there is one with the same unique values."""
        sql = f"{self._insert} ON CONFLICT DO NOTHING RETURNING {self.key}"
        return bool(await store.jot(sql, *self.values(record)))

    async def insert_many_if_new(self, records: Iterable[R]) -> None:
        """Insert rows; those that exist already are left as they are."""
        many = [self.values(record) for record in records]
        if many:
            await store.write_many(f"{self._insert} ON CONFLICT DO NOTHING", many)

    async def save(self, record: R) -> None:
        """Write all columns of a row that exists, and raise its version if it has one.

        The record in hand keeps the version it was read with: read anew what is to be cached.
        """
        values = self.values(record)
        changed = (values[index] for index in self._written)
        await store.jot(self._update, *changed, values[self._key_index])

    async def remove(self, condition: str, *values: Any) -> list[R]:
        """Remove the rows that fulfil the condition and return them."""
        sql = f"DELETE FROM {self.table} WHERE {condition} RETURNING {self.columns()}"
        return self.records(await store.write(sql, *values))


def pairs(rows: Iterable[Row], left: Rows[L], right: Rows[R]) -> Iterator[tuple[L, R]]:
    """Return the two records of each row of a JOIN, without the damaged ones."""
    for row in rows:
        first, second = left.from_row(row), right.from_row(row, len(left.names))
        if first is not None and second is not None:
            yield first, second


def keyed(rows: Iterable[Row], right: Rows[R]) -> Iterator[tuple[RowId, R]]:
    """Return the id that comes first in each row, and the record that follows it."""
    for key, *row in rows:
        record = right.from_row(row)
        if record is not None:
            yield RowId(key), record


async def read_page(page: Page, key: str, sql: str, *values: Any) -> Sequence[Row]:
    """Run a query whose WHERE is its end, for one keyset page over `key`; newest first."""
    bounded, bound = keyset(page, key, sql, *values)
    rows = await store.read(bounded, *bound)
    return rows if page.min_id is None else list(reversed(rows))


def keyset(page: Page, key: str, sql: str, *values: Any) -> tuple[str, list[Any]]:
    """Return the query for one keyset page; upwards from `min_id` its rows come oldest first."""
    bounds = (("<", page.max_id), (">", page.since_id), (">", page.min_id))
    used = [(sign, bound) for sign, bound in bounds if bound is not None]
    conditions = "".join(f" AND {key} {sign} ?" for sign, _ in used)
    direction = "DESC" if page.min_id is None else "ASC"
    bounded = f"{sql}{conditions} ORDER BY {key} {direction} LIMIT ?"
    return bounded, [*values, *(bound for _, bound in used), page.limit]


def _indexed(
    converters: Iterable[Callable[[Any], Any] | None],
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    return tuple((index, each) for index, each in enumerate(converters) if each is not None)


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """How a column becomes a field of this type; None if it is one already."""
    kind = _without_none(hint)
    if kind is datetime:
        return to_moment
    if kind is bool:
        return bool
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    if _is_json(kind):
        return _json_reader(kind)
    return None


def _writer(hint: Any) -> Callable[[Any], Any] | None:
    """How a field of this type becomes a column; None if `values.bind` knows."""
    return to_json if _is_json(_without_none(hint)) else None


def _json_reader(kind: Any) -> Callable[[str], Any]:
    decode = msgspec.json.Decoder(kind).decode
    is_list = get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis
    empty = decode("[]") if is_list else None

    def read(text: str) -> Any:
        return empty if text == "[]" and empty is not None else decode(text)

    return read


def _is_json(kind: Any) -> bool:
    return is_dataclass(kind) or get_origin(kind) in {tuple, frozenset, dict}


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    (kind,) = (part for part in get_args(hint) if part is not types.NoneType)
    return kind


# The two tables that most queries join.
ACTORS = Rows("actors", Actor)
POSTS = Rows("posts", Post)
