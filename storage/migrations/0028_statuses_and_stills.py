from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Json, Text
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0027_site_texts_packs_and_reports")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Actors",
            name="shows_applications",
            field=fields.BooleanField(db_default=True),
        ),
        ops.AddField(
            model_name="CustomEmojis",
            name="category",
            field=Text(db_default="", generated=False, null=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="application",
            field=Json(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="source_type",
            field=Text(db_default="text/plain", generated=False, null=False, unique=False),
        ),
        ops.AddField(
            model_name="RemoteFiles",
            name="still_name",
            field=Text(db_default="", generated=False, null=False, unique=False),
        ),
    ]
