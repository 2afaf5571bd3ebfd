"""Votes, emoji reactions, custom emoji of this server, and what few posts have (`details`)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0009_between_servers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="CustomEmojis",
            fields=[
                (
                    "shortcode",
                    Text(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("url", Text(generated=False, null=False, unique=False)),
                ("media_type", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "custom_emojis",
                "app": "kittiwake",
                "pk_attr": "shortcode",
                "table_description": "`records.CustomEmoji`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PollVotes",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "post",
                    fields.ForeignKeyField(
                        "kittiwake.Posts",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
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
                ("choice", fields.BigIntField()),
                ("created_at", Instant()),
            ],
            options={
                "table": "poll_votes",
                "app": "kittiwake",
                "unique_together": (("post_id", "actor_id", "choice"),),
                "indexes": [Index(fields=["actor_id"], name="votes_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.PollVote`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reactions",
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
                    "post",
                    fields.ForeignKeyField(
                        "kittiwake.Posts",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("content", Text(generated=False, null=False, unique=False)),
                ("emoji_url", Text(null=True, generated=False, unique=False)),
                ("uri", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "reactions",
                "app": "kittiwake",
                "unique_together": (("post_id", "actor_id", "content"),),
                "indexes": [
                    Index(fields=["actor_id"], name="reactions_of_actor"),
                    Index(fields=["uri"], name="reactions_by_uri"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Reaction`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Posts",
            name="details",
            field=Json(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="reactions",
            field=Json(db_default="[]", generated=False, null=False, unique=False),
        ),
    ]
