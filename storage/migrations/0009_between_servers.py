"""Moves, former handles, memorials, reports, relays, and the groups that posts were posted to."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0008_lean_indexes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FormerHandles",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="actor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("username", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "former_handles",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id"], name="former_handles_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.FormerHandle`. Unique whatever their case: see the migration `0009`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Relays",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("inbox_url", Text(unique=True, generated=False, null=False)),
                ("actor_id", fields.BigIntField(null=True, unique=True)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("follow_uri", Text(unique=True, generated=False, null=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "relays",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.Relay`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reports",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="actor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "target",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="target_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("post_ids", Json(generated=False, null=False, unique=False)),
                ("category", Text(generated=False, null=False, unique=False)),
                ("comment", Text(generated=False, null=False, unique=False)),
                ("is_forwarded", fields.BooleanField()),
                ("created_at", Instant()),
                ("note", Text(generated=False, null=False, unique=False)),
                ("resolved_at", Instant(null=True)),
                ("resolved_by_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "reports",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["target_id"], name="reports_about_actor"),
                    Index(fields=["actor_id", "id"], name="reports_by_actor"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Report`. Those that are open: see the migration `0009`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Actors",
            name="is_memorial",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Actors",
            name="moved_at",
            field=Instant(null=True),
        ),
        ops.AddField(
            model_name="Posts",
            name="audience",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.RunSQL(
            [
                # actors.find_by_former_handle; nobody takes the name that somebody else had
                "CREATE UNIQUE INDEX former_handles_by_name ON former_handles (lower(username))",
                # reports.list_open
                "CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL",
            ]
        ),
    ]
