"""Rules about hosts and contents, and what hosts are limited to; lists of what was refused."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0012_consent")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ContentRules",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("pattern", Text(generated=False, null=False, unique=False)),
                ("action", Text(generated=False, null=False, unique=False)),
                ("only_strangers", fields.BooleanField()),
                ("comment", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "content_rules",
                "app": "kittiwake",
                "unique_together": (("kind", "pattern"),),
                "pk_attr": "id",
                "table_description": "`records.ContentRule`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HostRules",
            fields=[
                (
                    "host",
                    Text(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("severity", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("changed_at", Instant()),
                ("rejects_media", fields.BooleanField()),
                ("rejects_reports", fields.BooleanField()),
                ("comment", Text(generated=False, null=False, unique=False)),
                ("public_comment", Text(generated=False, null=False, unique=False)),
                ("obfuscates", fields.BooleanField()),
            ],
            options={
                "table": "host_rules",
                "app": "kittiwake",
                "pk_attr": "host",
                "table_description": "`records.HostRule`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Rulebooks",
            fields=[
                (
                    "name",
                    Text(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("version", fields.BigIntField()),
            ],
            options={
                "table": "rulebooks",
                "app": "kittiwake",
                "pk_attr": "name",
                "table_description": "How often the rules of a kind were changed: processes keep them in memory.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SeveredFollows",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "follower",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="follower_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                (
                    "followed",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="followed_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("uri", Text(generated=False, null=False, unique=False)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("severed_at", Instant()),
            ],
            options={
                "table": "severed_follows",
                "app": "kittiwake",
                "unique_together": (("follower_id", "followed_id"),),
                "indexes": [Index(fields=["followed_id"], name="severed_follows_of_followed")],
                "pk_attr": "id",
                "table_description": "`records.SeveredFollow`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Actors",
            name="host_limit",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Actors",
            name="silenced_at",
            field=Instant(null=True),
        ),
        ops.AlterModelOptions(
            name="Receipts",
            options={
                "table": "receipts",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.Receipt`. Indexes: see the migrations `0002`, `0008` and `0013`.",
            },
        ),
        ops.RunSQL(
            [
                # receipts.list_of, receipts.count_held
                "CREATE INDEX receipts_not_done ON receipts (outcome, id) "
                "WHERE outcome IN ('held', 'refused', 'turned away')",
            ]
        ),
    ]
