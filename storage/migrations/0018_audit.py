from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0017_media")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AuditEntries",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("actor_id", fields.BigIntField(null=True)),
                ("actor_name", Text(generated=False, null=False, unique=False)),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("target", Text(generated=False, null=False, unique=False)),
                ("words", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "audit_entries",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.AuditEntry`. Without foreign keys: it outlives whatever it is about.",
            },
            bases=["Model"],
        ),
    ]
