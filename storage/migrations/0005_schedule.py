from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Instant, Text


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0004_deliveries")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Schedule",
            fields=[
                (
                    "kind",
                    Text(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("next_at", Instant()),
            ],
            options={
                "table": "schedule",
                "app": "kittiwake",
                "pk_attr": "kind",
                "table_description": "When a kind of job that comes back is due next, whichever worker looks.",
            },
            bases=["Model"],
        ),
    ]
