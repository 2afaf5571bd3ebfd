from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0029_strikes_and_digests")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Cleanups",
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
                ("is_on", fields.BooleanField()),
                ("after_days", fields.BigIntField()),
                ("keeps_pinned", fields.BooleanField()),
                ("keeps_files", fields.BooleanField()),
                ("keeps_polls", fields.BooleanField()),
                ("keeps_direct", fields.BooleanField()),
                ("keeps_liked", fields.BooleanField()),
                ("keeps_saved", fields.BooleanField()),
                ("likes_min", fields.BigIntField(null=True)),
                ("boosts_min", fields.BigIntField(null=True)),
                ("due_at", Instant()),
            ],
            options={
                "table": "cleanups",
                "app": "kittiwake",
                "unique_together": (("actor_id",),),
                "indexes": [Index(fields=["due_at"], name="cleanups_due")],
                "pk_attr": "id",
                "table_description": "`records.Cleanup`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="KeptDrafts",
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
                ("draft", Json(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("reason", Text(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "kept_drafts",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id", "id"], name="kept_drafts_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.KeptDraft`.",
            },
            bases=["Model"],
        ),
    ]
