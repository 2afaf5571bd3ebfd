from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Instant, Text


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0015_searchable_by")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ServerKeys",
            fields=[
                (
                    "name",
                    Text(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("private_pem", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "server_keys",
                "app": "kittiwake",
                "pk_attr": "name",
                "table_description": "`records.ServerKey`.",
            },
            bases=["Model"],
        ),
    ]
