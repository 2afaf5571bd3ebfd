from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0024_remote_files_and_cards")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Endorsements",
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
                ("created_at", Instant()),
            ],
            options={
                "table": "endorsements",
                "app": "kittiwake",
                "unique_together": (("actor_id", "target_id"),),
                "indexes": [Index(fields=["target_id"], name="endorsements_of")],
                "pk_attr": "id",
                "table_description": "`records.Endorsement`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FeaturedHashtags",
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
                ("name", Text(generated=False, null=False, unique=False)),
                ("shown_name", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "featured_hashtags",
                "app": "kittiwake",
                "unique_together": (("actor_id", "name"),),
                "pk_attr": "id",
                "table_description": "`records.FeaturedHashtag`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HostBlocks",
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
                ("host", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "host_blocks",
                "app": "kittiwake",
                "unique_together": (("actor_id", "host"),),
                "pk_attr": "id",
                "table_description": "`records.HostBlock`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PrivateNotes",
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
                ("words", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "private_notes",
                "app": "kittiwake",
                "unique_together": (("actor_id", "target_id"),),
                "indexes": [Index(fields=["target_id"], name="private_notes_about")],
                "pk_attr": "id",
                "table_description": "`records.PrivateNote`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Actors",
            name="attribution_domains",
            field=Json(db_default="[]", generated=False, null=False, unique=False),
        ),
        ops.AlterModelOptions(
            name="Follows",
            options={
                "table": "follows",
                "app": "kittiwake",
                "unique_together": (("follower_id", "followed_id"),),
                "indexes": [
                    Index(fields=["followed_id", "state", "id"], name="follows_of_followed"),
                    Index(fields=["follower_id", "state", "id"], name="follows_of_follower"),
                    Index(fields=["uri"], name="follows_by_uri"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Follow`, and whether the follower lives here.",
            },
        ),
        ops.AddField(
            model_name="Follows",
            name="languages",
            field=Json(db_default="[]", generated=False, null=False, unique=False),
        ),
        ops.AddField(
            model_name="Follows",
            name="notifies",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Follows",
            name="shows_boosts",
            field=fields.BooleanField(db_default=True),
        ),
        ops.RunSQL(
            [
                # feeding.reach, relations.notified_of: few want to be told of each post
                "CREATE INDEX follows_notifying ON follows (followed_id) WHERE notifies = TRUE",
            ]
        ),
    ]
