from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Text


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0014_oauth")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Actors",
            name="searchable_by",
            field=Text(null=True, generated=False, unique=False),
        ),
    ]
