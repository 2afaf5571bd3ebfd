"""Counts what a use case asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from instance.resources import Instance
from storage.store import Store


@contextmanager
def counted(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the statements that an instance runs within the block."""
    statements: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("read", "glance", "ponder", "write", "jot"):
            patch.setattr(Store, name, _counting(getattr(Store, name), statements, instance))
        yield statements


@contextmanager
def read_elsewhere(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the queries that SQLite hands to a thread, for they may find more than a few rows."""
    statements: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("read", "ponder"):
            patch.setattr(Store, name, _counting(getattr(Store, name), statements, instance))
        yield statements


def _counting(original: Any, statements: list[str], instance: Instance) -> Any:
    async def count(store: Store, sql: str, *values: Any) -> Any:
        if store is instance.store:
            statements.append(sql)
        return await original(store, sql, *values)

    return count
