"""Reads at a glance see what other reads see, and wait for nobody."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from instance.errors import Conflict, Unavailable
from storage import site, sqlite
from storage.records import Site
from storage.store import SQLITE_FILE, Store
from tests.storage.databases import open_store

NAME = "SELECT name FROM sites WHERE id = ?"


async def _names(store: Store) -> list[str]:
    return [name for (name,) in await store.glance(NAME, site.SITE_ID)]


async def test_a_glance_sees_what_was_committed_and_what_its_own_transaction_wrote(
    store: Store,
) -> None:
    assert await _names(store) == []
    await site.save(Site(name="one"))
    assert await _names(store) == ["one"]
    with contextlib.suppress(ZeroDivisionError):
        async with store.transaction():
            await site.save(Site(name="two"))
            assert await _names(store) == ["two"]
            raise ZeroDivisionError
    assert await _names(store) == ["one"]


async def test_what_is_jotted_down_goes_with_its_transaction(store: Store) -> None:
    """A statement that runs at once stands in the same transaction as those beside it."""
    insert = "INSERT INTO server_keys (name, private_pem, created_at) VALUES (?, ?, ?)"
    count = "SELECT COUNT(*) FROM server_keys WHERE name = ANY(?)"
    names = ["jotted", "written"]
    with contextlib.suppress(ZeroDivisionError):
        async with store.transaction():
            await store.jot(insert, "jotted", "k", 1)
            await store.write(insert, "written", "k", 1)
            assert (await store.read(count, names))[0][0] == 2
            raise ZeroDivisionError
    assert (await store.read(count, names))[0][0] == 0
    await store.jot(insert, "jotted", "k", 1)
    with pytest.raises(Conflict):
        async with store.transaction():
            await store.jot(insert, "jotted", "k", 1)
    assert (await store.read(count, names))[0][0] == 1


async def test_a_glance_beside_an_open_transaction_does_not_wait(store: Store) -> None:
    await site.save(Site(name="one"))
    is_open, is_seen = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with store.transaction():
            await site.save(Site(name="two"))
            is_open.set()
            await is_seen.wait()

    writing = asyncio.create_task(write())
    await is_open.wait()
    assert await _names(store) == ["one"]
    is_seen.set()
    await writing
    assert await _names(store) == ["two"]


async def test_what_cannot_be_seen_at_once_is_read_with_patience(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the file for itself: the event loop does not stand still for it."""
    monkeypatch.setattr(sqlite, "PRAGMAS", ("busy_timeout = 50", "journal_mode = DELETE"))
    async with open_store("sqlite", tmp_path) as store:
        with store.active():
            await site.save(Site(name="one"))
            with contextlib.closing(sqlite3.connect(tmp_path / SQLITE_FILE)) as other:
                other.execute("BEGIN EXCLUSIVE")
                with pytest.raises(Unavailable):
                    await _names(store)
                other.rollback()
            assert await _names(store) == ["one"]
