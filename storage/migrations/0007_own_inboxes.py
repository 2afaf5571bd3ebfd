"""Whose own inbox it is that answers 410: found without reading all followers."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0006_feeds")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                # relations.remove_followers_at
                "CREATE INDEX actors_by_own_inbox ON actors (inbox_url) "
                "WHERE shared_inbox_url IS NULL AND host IS NOT NULL",
            ]
        ),
    ]
