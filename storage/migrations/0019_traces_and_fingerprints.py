from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0018_audit")]

    initial = False

    operations = [
        ops.CreateModel(
            name="BlockedPictures",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("fingerprint", Text(unique=True, generated=False, null=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "blocked_pictures",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.BlockedPicture`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignUpTraces",
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
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("email_hash", Text(null=True, generated=False, unique=False)),
                ("source", Text(null=True, generated=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "sign_up_traces",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["actor_id"], name="sign_up_traces_of_actor"),
                    Index(fields=["email_hash"], name="sign_up_traces_by_email"),
                    Index(fields=["source"], name="sign_up_traces_by_source"),
                ],
                "pk_attr": "id",
                "table_description": "`records.SignUpTrace`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Media",
            name="fingerprint",
            field=Text(null=True, generated=False, unique=False),
        ),
    ]
