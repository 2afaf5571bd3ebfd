"""Tables have the columns of their records, and migrations make exactly what tables.py says."""

import asyncio
import dataclasses
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from tortoise.apps import Apps
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.models import Model

from storage import (
    actors,
    announcements,
    annual_reports,
    approvals,
    audit,
    cards,
    cleanups,
    content_rules,
    conversations,
    custom_feeds,
    deliveries,
    drafts,
    emojis,
    factors,
    feeding,
    feeds,
    host_blocks,
    host_rules,
    hosts,
    interactions,
    keyword_filters,
    lists,
    markers,
    media,
    migrating,
    notification_requests,
    notifications,
    oauth,
    polls,
    posts,
    profiles,
    push_subscriptions,
    queue,
    reactions,
    receipts,
    relations,
    relays,
    remote_files,
    reports,
    rows,
    scheduled,
    server_keys,
    site,
    site_texts,
    starter_packs,
    strikes,
    tables,
    timelines,
    traces,
    transfers,
    users,
)
from storage.store import Store
from tests.storage.databases import DIALECTS

MODULES = (
    *(
        annual_reports,
        actors,
        announcements,
        keyword_filters,
        notification_requests,
        content_rules,
        host_blocks,
        host_rules,
        approvals,
        audit,
        conversations,
        deliveries,
        emojis,
        factors,
        feeding,
        feeds,
        hosts,
        interactions,
        lists,
        markers,
        media,
        notifications,
        oauth,
        polls,
        posts,
        profiles,
        queue,
        reactions,
        receipts,
        relations,
        relays,
        reports,
        rows,
        scheduled,
    ),
    *(
        push_subscriptions,
        cards,
        remote_files,
        server_keys,
        site,
        timelines,
        traces,
        transfers,
        users,
    ),
    *(cleanups, custom_feeds, drafts, site_texts, starter_packs, strikes),
)
ROWS = {
    each.table: each
    for module in MODULES
    for each in vars(module).values()
    if isinstance(each, rows.Rows)
}
MODELS = {
    model._meta.db_table: model
    for model in vars(tables).values()
    if isinstance(model, type) and issubclass(model, Model) and model is not Model
}
# Tables that hold no record, and columns that no field needs.
INDEXES_AND_MARKS = {
    "mentions",
    "hashtags",
    "tombstones",
    "read_markers",
    "schedule",
    "feed_floors",
    "rulebooks",
    "remote_usage",
    "post_cards",
    "daily_uses",
    "trends",
    "trend_reviews",
    "dismissed_suggestions",
}
EXTRA_COLUMNS = {"sites": {"id"}, "jobs": {"state"}, "follows": {"is_local"}}


@pytest.fixture(scope="module", autouse=True)
def apps() -> Apps:
    """Tortoise names the columns of foreign keys when it starts."""

    async def start() -> Apps:
        with TortoiseContext() as context:
            await context.init(config=migrating.CONFIG, init_connections=False)
            assert context.apps is not None
            return context.apps

    return asyncio.run(start())


def columns_of(model: Any) -> set[str]:
    return set(model._meta.fields_db_projection.values())


def test_every_table_is_known() -> None:
    assert set(MODELS) == set(ROWS) | INDEXES_AND_MARKS


@pytest.mark.parametrize("table", sorted(ROWS))
def test_tables_match_records(table: str) -> None:
    fields = {field.name for field in dataclasses.fields(ROWS[table].record)}
    assert columns_of(MODELS[table]) - EXTRA_COLUMNS.get(table, set()) == fields


@pytest.mark.parametrize("table", sorted(ROWS))
def test_optional_fields_are_the_nullable_columns(table: str) -> None:
    record = ROWS[table].record
    fields = dataclasses.fields(record)
    hints = get_type_hints(record)
    optional = {field.name for field in fields if NoneType in get_args(hints[field.name])}
    model = MODELS[table]._meta
    nullable = {
        column for name, column in model.fields_db_projection.items() if model.fields_map[name].null
    }
    assert nullable - EXTRA_COLUMNS.get(table, set()) == optional


async def test_migrated_tables_have_the_columns_of_tables_py(store: Store) -> None:
    for table, model in MODELS.items():
        if store.dialect == "sqlite":
            sql = "SELECT name FROM pragma_table_info(?)"
        else:
            sql = "SELECT column_name FROM information_schema.columns WHERE table_name = ?"
        found = await store.read(sql, table)
        assert {name for (name,) in found} == columns_of(model), table


async def test_no_change_of_tables_py_lacks_its_migration(apps: Apps) -> None:
    assert await MigrationAutodetector(apps, migrating.APPS).changes() == []


async def test_every_migration_is_plain_sql_on_both_databases() -> None:
    for dialect in DIALECTS:
        steps = await migrating.steps(dialect, applied=set())
        assert [step.name for step in steps] == migrating.names()
        assert all(step.statements for step in steps)
        # Tables and indexes, one by one.
        assert sum(len(step.statements) for step in steps) > len(MODELS)


async def test_the_kept_sql_is_what_tortoise_writes() -> None:
    """`make migration` keeps it; what was kept for longer has been run on servers, and stays."""
    newest = migrating.names()[-2:]
    for dialect in DIALECTS:
        kept = migrating.read_written(dialect)
        assert [step.name for step in kept] == migrating.names(), "python -m storage.migration_sql"
        assert kept[-len(newest) :] == await migrating.write(dialect, newest)
