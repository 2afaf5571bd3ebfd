"""What is being written of a copy is leased to its writer: others leave it alone (P1)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Instant


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0036_confirmed_addresses")]

    initial = False

    operations = [
        ops.AddField(
            model_name="RemoteFiles",
            name="leased_until",
            field=Instant(null=True),
        ),
    ]
