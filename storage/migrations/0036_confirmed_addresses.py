"""An address of mail is known to be theirs; moderators cover all files of somebody (B114, C34)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Instant


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0035_custom_feeds")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Actors",
            name="sensitized_at",
            field=Instant(null=True),
        ),
        ops.AddField(
            model_name="Users",
            name="email_confirmed_at",
            field=Instant(null=True),
        ),
    ]
