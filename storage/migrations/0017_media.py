from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0016_server_keys")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Media",
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
                ("post_id", fields.BigIntField(null=True)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("media_type", Text(generated=False, null=False, unique=False)),
                ("original", Text(null=True, generated=False, unique=False)),
                ("url", Text(null=True, generated=False, unique=False)),
                ("preview_url", Text(null=True, generated=False, unique=False)),
                ("description", Text(generated=False, null=False, unique=False)),
                ("focal_point", Json(null=True, generated=False, unique=False)),
                ("width", fields.BigIntField(null=True)),
                ("height", fields.BigIntField(null=True)),
                ("duration_ms", fields.BigIntField(null=True)),
                ("blurhash", Text(null=True, generated=False, unique=False)),
                ("size_bytes", fields.BigIntField()),
                ("error", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "media",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["actor_id", "id"], name="media_of_actor"),
                    Index(fields=["post_id"], name="media_of_post"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Media`. Without a foreign key to the post: its words are written after its files.",
            },
            bases=["Model"],
        ),
    ]
