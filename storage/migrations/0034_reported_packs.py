"""Reports name collections (C33)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Json


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0033_files_by_address")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Reports",
            name="pack_ids",
            field=Json(db_default="[]", generated=False, null=False, unique=False),
        ),
    ]
