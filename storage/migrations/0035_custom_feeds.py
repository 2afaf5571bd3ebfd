"""Custom feeds: searches that people keep to read what they find (B83)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0034_reported_packs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CustomFeeds",
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
                ("title", Text(generated=False, null=False, unique=False)),
                ("searches", Json(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "custom_feeds",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id", "id"], name="custom_feeds_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.CustomFeed`.",
            },
            bases=["Model"],
        ),
    ]
