from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0002_partial_indexes")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Actors",
            name="version",
            field=fields.BigIntField(db_default=0),
        ),
        ops.AddField(
            model_name="Posts",
            name="version",
            field=fields.BigIntField(db_default=0),
        ),
    ]
