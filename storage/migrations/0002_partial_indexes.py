"""Indexes that Tortoise cannot describe: on expressions, and on a part of a table.

Each says which query it is for. The conditions are repeated word by word in those queries: SQLite
uses a partial index only then.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0001_first")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                # actors.insert: a handle is unique among local people, whatever its case
                "CREATE UNIQUE INDEX actors_local_handles ON actors (lower(username)) "
                "WHERE host IS NULL",
                # actors.find_by_handle, actors.search
                "CREATE INDEX actors_by_handle ON actors (lower(username), host)",
                # actors.search
                "CREATE INDEX actors_by_name ON actors (lower(name))",
                # users.insert, users.find_by_email
                "CREATE UNIQUE INDEX users_emails ON users (lower(email)) WHERE email IS NOT NULL",
                # timelines.public
                "CREATE INDEX posts_public ON posts (id) "
                "WHERE visibility = 'public' AND deleted_at IS NULL "
                "AND (in_reply_to_uri IS NULL OR in_reply_to_actor_id = actor_id)",
                # timelines.public(local_only=True)
                "CREATE INDEX posts_public_local ON posts (is_local, id) "
                "WHERE visibility = 'public' AND deleted_at IS NULL "
                "AND (in_reply_to_uri IS NULL OR in_reply_to_actor_id = actor_id)",
                # posts.count_local
                "CREATE INDEX posts_local ON posts (is_local) WHERE deleted_at IS NULL",
                # posts.insert_interaction, posts.find_interaction_by_uri
                "CREATE UNIQUE INDEX interactions_by_uri ON interactions (uri) WHERE uri <> ''",
                # timelines.insert_entries
                "CREATE UNIQUE INDEX feed_once "
                "ON feed_entries (owner_id, post_id, coalesce(booster_id, 0))",
                # timelines.remove_boost
                "CREATE INDEX feed_of_booster ON feed_entries (booster_id, post_id) "
                "WHERE booster_id IS NOT NULL",
                # notifications.insert
                "CREATE UNIQUE INDEX notifications_once "
                "ON notifications (owner_id, kind, actor_id, coalesce(post_id, 0))",
                # receipts.forget_documents
                "CREATE INDEX receipts_documents ON receipts (received_at) WHERE document <> ''",
                # Queue.claim, Queue.next_due_at
                "CREATE INDEX jobs_due ON jobs (due_at, id) WHERE state <> 'dead'",
                # Queue.claim: is there an older job of the same order?
                "CREATE INDEX jobs_in_order ON jobs (order_key, id) "
                "WHERE order_key IS NOT NULL AND state <> 'dead'",
                # Queue.enqueue
                "CREATE UNIQUE INDEX jobs_once ON jobs (unique_key) "
                "WHERE unique_key IS NOT NULL AND state IN ('waiting', 'blocked')",
                # Queue.counts
                "CREATE INDEX jobs_states ON jobs (state)",
            ]
        ),
    ]
