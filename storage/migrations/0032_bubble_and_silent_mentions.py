"""Public posts of the bubble, and people whom a post is addressed to without naming them."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0031_invites_and_imported_posts")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Mentions",
            name="is_silent",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="Posts",
            name="in_bubble",
            field=fields.BooleanField(null=True),
        ),
        # The condition is repeated in the query: timelines.bubble
        ops.RunSQL(
            [
                "CREATE INDEX posts_bubble ON posts (id) "
                "WHERE in_bubble = TRUE AND visibility = 'public' AND deleted_at IS NULL",
            ]
        ),
    ]
