"""Indexes hold only the rows that their queries look for: each page written is 4 KB of disk."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0007_own_inboxes")]

    initial = False

    operations = [
        ops.RemoveIndex(
            model_name="Mentions",
            name="mentions_of_uri",
            fields=None,
        ),
        ops.RemoveIndex(
            model_name="Posts",
            name="posts_replies",
            fields=None,
        ),
        ops.RemoveIndex(
            model_name="Posts",
            name="posts_orphans",
            fields=None,
        ),
        ops.RemoveIndex(
            model_name="Posts",
            name="posts_by_url",
            fields=None,
        ),
        ops.AlterModelOptions(
            name="Posts",
            options={
                "table": "posts",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id", "id"], name="posts_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.Post`. Partial indexes: see the migrations `0002` and `0008`.",
            },
        ),
        ops.RemoveIndex(
            model_name="Receipts",
            name="receipts_recorded",
            fields=None,
        ),
        ops.AlterModelOptions(
            name="Receipts",
            options={
                "table": "receipts",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.Receipt`. Indexes: see the migrations `0002` and `0008`.",
            },
        ),
        # The conditions are repeated in the queries, or follow from them (`= ?` excludes NULL).
        ops.RunSQL(
            [
                # posts.resolve_mentions
                "CREATE INDEX mentions_unresolved ON mentions (uri) WHERE actor_id IS NULL",
                # posts.replies_to, posts.descendants, interactions.counts
                "CREATE INDEX posts_replies ON posts (in_reply_to_id, id) "
                "WHERE in_reply_to_id IS NOT NULL",
                # posts.adopt_replies
                "CREATE INDEX posts_orphans ON posts (in_reply_to_uri) "
                "WHERE in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL",
                # posts.find_by_url
                "CREATE INDEX posts_by_url ON posts (url) "
                "WHERE is_local = FALSE AND deleted_at IS NULL AND url <> uri",
                "DROP INDEX posts_public_local",
                "DROP INDEX posts_local",
                # timelines.public(local_only=True), posts.count_local
                "CREATE INDEX posts_local ON posts (visibility, id) "
                "WHERE is_local = TRUE AND deleted_at IS NULL",
                # receipts.list_recorded
                "CREATE INDEX receipts_recorded ON receipts (kind, id) WHERE outcome = 'recorded'",
                # receipts.count_waiting
                "CREATE INDEX receipts_waiting ON receipts (id) WHERE outcome = 'waiting'",
            ]
        ),
    ]
