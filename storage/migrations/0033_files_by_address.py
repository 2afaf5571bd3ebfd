from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0032_bubble_and_silent_mentions")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="Media",
            index=Index(fields=["url"], name="media_by_url"),
        ),
        ops.AddIndex(
            model_name="Media",
            index=Index(fields=["preview_url"], name="media_by_preview_url"),
        ),
    ]
