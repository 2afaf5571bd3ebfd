from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0022_notifications_filters_announcements")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PrivateThreads",
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
                ("uri", Text(generated=False, null=False, unique=False)),
                ("read_id", fields.BigIntField()),
                ("hidden_id", fields.BigIntField()),
            ],
            options={
                "table": "private_threads",
                "app": "kittiwake",
                "unique_together": (("actor_id", "uri"),),
                "pk_attr": "id",
                "table_description": "`records.PrivateThread`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RepeatKeys",
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
                ("key", Text(generated=False, null=False, unique=False)),
                ("made_id", fields.BigIntField()),
                ("created_at", Instant()),
            ],
            options={
                "table": "repeat_keys",
                "app": "kittiwake",
                "unique_together": (("actor_id", "key"),),
                "indexes": [Index(fields=["created_at"], name="repeat_keys_by_age")],
                "pk_attr": "id",
                "table_description": "`records.RepeatKey`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScheduledPosts",
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
                ("due_at", Instant()),
                ("draft", Json(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "scheduled_posts",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id", "id"], name="scheduled_posts_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.ScheduledPost`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TimelineMarkers",
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
                ("timeline", Text(generated=False, null=False, unique=False)),
                ("last_read_id", fields.BigIntField()),
                ("changes", fields.BigIntField()),
                ("updated_at", Instant()),
            ],
            options={
                "table": "timeline_markers",
                "app": "kittiwake",
                "unique_together": (("actor_id", "timeline"),),
                "pk_attr": "id",
                "table_description": "`records.TimelineMarker`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Interactions",
            name="visibility",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Lists",
            name="is_exclusive",
            field=fields.BooleanField(db_default=False),
        ),
    ]
