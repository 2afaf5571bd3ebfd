from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0023_lists_markers_scheduled")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LinkCards",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("key", Text(unique=True, generated=False, null=False)),
                ("url", Text(generated=False, null=False, unique=False)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("asked_at", Instant()),
                ("expires_at", Instant()),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("title", Text(generated=False, null=False, unique=False)),
                ("description", Text(generated=False, null=False, unique=False)),
                ("language", Text(generated=False, null=False, unique=False)),
                ("author_name", Text(generated=False, null=False, unique=False)),
                ("author_url", Text(generated=False, null=False, unique=False)),
                ("author_id", fields.BigIntField(null=True)),
                ("provider_name", Text(generated=False, null=False, unique=False)),
                ("provider_url", Text(generated=False, null=False, unique=False)),
                ("image_url", Text(null=True, generated=False, unique=False)),
                ("image_alt", Text(generated=False, null=False, unique=False)),
                ("width", fields.BigIntField(null=True)),
                ("height", fields.BigIntField(null=True)),
                ("published_at", Instant(null=True)),
            ],
            options={
                "table": "link_cards",
                "app": "kittiwake",
                "indexes": [Index(fields=["expires_at"], name="link_cards_that_expire")],
                "pk_attr": "id",
                "table_description": "`records.Card`: a row for each page, however many posts link to it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PostCards",
            fields=[
                (
                    "post_id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("card_id", fields.BigIntField()),
            ],
            options={
                "table": "post_cards",
                "app": "kittiwake",
                "indexes": [Index(fields=["card_id"], name="post_cards_of_card")],
                "pk_attr": "post_id",
                "table_description": "Which post has which of the `link_cards`: one at most.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RemoteFiles",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("key", Text(unique=True, generated=False, null=False)),
                ("host", Text(generated=False, null=False, unique=False)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("fetched_at", Instant()),
                ("used_at", Instant()),
                ("name", Text(generated=False, null=False, unique=False)),
                ("media_type", Text(generated=False, null=False, unique=False)),
                ("size_bytes", fields.BigIntField()),
                ("failures", fields.IntField()),
                ("again_at", Instant(null=True)),
            ],
            options={
                "table": "remote_files",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["used_at", "id"], name="remote_files_by_use"),
                    Index(fields=["fetched_at"], name="remote_files_by_age"),
                ],
                "pk_attr": "id",
                "table_description": "`records.RemoteFile`. The least recently used go first.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RemoteUsage",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("size_bytes", fields.BigIntField()),
            ],
            options={
                "table": "remote_usage",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "One row: how many bytes `remote_files` take. Who changes that holds it.",
            },
            bases=["Model"],
        ),
    ]
