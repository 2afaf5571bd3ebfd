from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0028_statuses_and_stills")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Strikes",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "target",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="target_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("action", Text(generated=False, null=False, unique=False)),
                ("text", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("by_id", fields.BigIntField(null=True)),
                ("report_id", fields.BigIntField(null=True)),
                ("lifted_at", Instant(null=True)),
                ("appeal", Text(db_default="", generated=False, null=False, unique=False)),
                ("appeal_state", Text(null=True, generated=False, unique=False)),
                ("appealed_at", Instant(null=True)),
                ("answered_at", Instant(null=True)),
            ],
            options={
                "table": "strikes",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["target_id", "id"], name="strikes_against"),
                    Index(fields=["appeal_state", "id"], name="strikes_by_appeal"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Strike`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="SeveredFollows",
            name="blocker_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Users",
            name="digest_at",
            field=Instant(null=True),
        ),
    ]
