from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0030_drafts_and_cleanups")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ImportedPosts",
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
                ("import_id", fields.BigIntField()),
                ("source_uri", Text(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "imported_posts",
                "app": "kittiwake",
                "unique_together": (("actor_id", "source_uri"),),
                "indexes": [
                    Index(fields=["import_id", "post_id"], name="posts_of_import"),
                    Index(fields=["post_id"], name="import_of_post"),
                ],
                "pk_attr": "id",
                "table_description": "`records.ImportedPost`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Invites",
            name="revoked_at",
            field=Instant(null=True),
        ),
        ops.AddField(
            model_name="Users",
            name="invite_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name="Users",
            index=Index(fields=["invite_id"], name="users_by_invite"),
        ),
    ]
