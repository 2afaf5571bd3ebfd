"""Feeds have a floor, lists and hashtags are followed, and a post finds its local readers quickly."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0005_schedule")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FeedFloors",
            fields=[
                (
                    "feed_id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("floor_id", fields.BigIntField()),
            ],
            options={
                "table": "feed_floors",
                "app": "kittiwake",
                "pk_attr": "feed_id",
                "table_description": "Where a feed ends: what is older is read from the posts themselves.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FollowedHashtags",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="actor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("name", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "followed_hashtags",
                "app": "kittiwake",
                "unique_together": (("actor_id", "name"),),
                "indexes": [Index(fields=["name", "actor_id"], name="followers_of_hashtag")],
                "pk_attr": "id",
                "table_description": "`records.FollowedHashtag`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Lists",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="actor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("title", Text(generated=False, null=False, unique=False)),
                ("replies_policy", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "lists",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id", "id"], name="lists_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.PersonList`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ListMembers",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "list",
                    fields.ForeignKeyField(
                        "kittiwake.Lists",
                        source_field="list_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="actor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
            ],
            options={
                "table": "list_members",
                "app": "kittiwake",
                "unique_together": (("list_id", "actor_id"),),
                "indexes": [Index(fields=["actor_id", "list_id"], name="lists_with_member")],
                "pk_attr": "id",
                "table_description": "`records.ListMember`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PulledSources",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("actor_id", fields.BigIntField(null=True, unique=True)),
                ("hashtag", Text(null=True, unique=True, generated=False)),
                ("is_pulled", fields.BooleanField()),
            ],
            options={
                "table": "pulled_sources",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.PulledSource`.",
            },
            bases=["Model"],
        ),
        ops.RemoveIndex(
            model_name="FeedEntries",
            name="feed_of_post",
            fields=None,
        ),
        ops.AlterModelOptions(
            name="FeedEntries",
            options={
                "table": "feed_entries",
                "app": "kittiwake",
                "indexes": [Index(fields=["owner_id", "id"], name="feed_of_owner")],
                "pk_attr": "id",
                "table_description": "`records.FeedEntry`. Duplicates: see the migration `0006`.",
            },
        ),
        ops.AlterModelOptions(
            name="Follows",
            options={
                "table": "follows",
                "app": "kittiwake",
                "unique_together": (("follower_id", "followed_id"),),
                "indexes": [
                    Index(fields=["followed_id", "state", "id"], name="follows_of_followed"),
                    Index(fields=["follower_id", "state", "id"], name="follows_of_follower"),
                    Index(fields=["uri"], name="follows_by_uri"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Follow`, and whether the follower lives here. Readers: see the migration `0006`.",
            },
        ),
        ops.AddField(
            model_name="Follows",
            name="is_local",
            field=fields.BooleanField(null=True),
        ),
        ops.RunSQL(
            [
                "UPDATE follows SET is_local = "
                "(SELECT a.host IS NULL FROM actors a WHERE a.id = follows.follower_id)",
                # feeding.readers, relations.has_local_followers: among a million remote followers
                "CREATE INDEX follows_here ON follows (followed_id, state, follower_id, is_local) "
                "WHERE is_local IS NOT FALSE",
                # feeding.push. By post first: the rows of a fan-out stand side by side, where an
                # index by owner first wrote a page for each of them
                "CREATE UNIQUE INDEX feed_of_post "
                "ON feed_entries (post_id, owner_id, coalesce(booster_id, 0))",
                "DROP INDEX feed_once",
                # timelines.direct
                "CREATE INDEX posts_direct ON posts (actor_id, id) "
                "WHERE visibility = 'direct' AND deleted_at IS NULL",
            ]
        ),
    ]
