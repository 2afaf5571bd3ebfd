from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0010_kinds_of_content")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Conversations",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("uri", Text(unique=True, generated=False, null=False)),
                ("post_id", fields.BigIntField()),
                ("begun_at", Instant()),
                ("again_at", Instant()),
                ("ended_at", Instant(null=True)),
                ("replies_here", fields.BigIntField()),
                ("asked", Json(generated=False, null=False, unique=False)),
                ("silent_hosts", Json(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "conversations",
                "app": "kittiwake",
                "indexes": [Index(fields=["begun_at"], name="conversations_by_age")],
                "pk_attr": "id",
                "table_description": "`records.Conversation`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ConversationFinds",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "conversation",
                    fields.ForeignKeyField(
                        "kittiwake.Conversations",
                        source_field="conversation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("uri", Text(generated=False, null=False, unique=False)),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("host", Text(generated=False, null=False, unique=False)),
                ("depth", fields.BigIntField()),
                ("state", Text(generated=False, null=False, unique=False)),
                ("signer_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "conversation_finds",
                "app": "kittiwake",
                "unique_together": (("conversation_id", "uri"),),
                "pk_attr": "id",
                "table_description": "`records.ConversationFind`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MutedThreads",
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
                ("post_id", fields.BigIntField()),
                ("created_at", Instant()),
            ],
            options={
                "table": "muted_threads",
                "app": "kittiwake",
                "unique_together": (("actor_id", "post_id"),),
                "pk_attr": "id",
                "table_description": "`records.MutedThread`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Posts",
            name="context_uri",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="replies_url",
            field=Text(null=True, generated=False, unique=False),
        ),
    ]
