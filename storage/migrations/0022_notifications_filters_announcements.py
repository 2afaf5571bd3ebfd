from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0021_second_factors_and_transfers")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Announcements",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("text", Text(generated=False, null=False, unique=False)),
                ("starts_at", Instant(null=True)),
                ("ends_at", Instant(null=True)),
                ("is_all_day", fields.BooleanField()),
                ("created_at", Instant()),
            ],
            options={
                "table": "announcements",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.Announcement`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AnnouncementReactions",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "announcement",
                    fields.ForeignKeyField(
                        "kittiwake.Announcements",
                        source_field="announcement_id",
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
                ("name", Text(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "announcement_reactions",
                "app": "kittiwake",
                "unique_together": (("announcement_id", "name", "actor_id"),),
                "indexes": [Index(fields=["actor_id"], name="announcement_reactions_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.AnnouncementReaction`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AnnouncementReads",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "announcement",
                    fields.ForeignKeyField(
                        "kittiwake.Announcements",
                        source_field="announcement_id",
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
                "table": "announcement_reads",
                "app": "kittiwake",
                "unique_together": (("announcement_id", "actor_id"),),
                "indexes": [Index(fields=["actor_id"], name="announcement_reads_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.AnnouncementRead`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Filters",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("title", Text(generated=False, null=False, unique=False)),
                ("contexts", Json(generated=False, null=False, unique=False)),
                ("action", Text(generated=False, null=False, unique=False)),
                ("keywords", Json(generated=False, null=False, unique=False)),
                ("posts", Json(generated=False, null=False, unique=False)),
                ("expires_at", Instant(null=True)),
                ("created_at", Instant()),
            ],
            options={
                "table": "filters",
                "app": "kittiwake",
                "indexes": [Index(fields=["owner_id", "id"], name="filters_of_owner")],
                "pk_attr": "id",
                "table_description": "`records.Filter`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationPermissions",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
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
                ("created_at", Instant()),
            ],
            options={
                "table": "notification_permissions",
                "app": "kittiwake",
                "unique_together": (("owner_id", "actor_id"),),
                "indexes": [Index(fields=["actor_id"], name="notification_permissions_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.NotificationPermission`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationPolicies",
            fields=[
                (
                    "owner_id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("for_not_following", Text(generated=False, null=False, unique=False)),
                ("for_not_followers", Text(generated=False, null=False, unique=False)),
                ("for_new_accounts", Text(generated=False, null=False, unique=False)),
                ("for_private_mentions", Text(generated=False, null=False, unique=False)),
                ("for_limited_accounts", Text(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "notification_policies",
                "app": "kittiwake",
                "pk_attr": "owner_id",
                "table_description": "`records.NotificationPolicy`.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Notifications",
            options={
                "table": "notifications",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["owner_id", "id"], name="notifications_of_owner"),
                    Index(fields=["post_id"], name="notifications_about_post"),
                    Index(fields=["actor_id"], name="notifications_from_actor"),
                ],
                "pk_attr": "id",
                "table_description": "`records.Notification`. Duplicates, and what is held back: see the migration `0022`.",
            },
        ),
        ops.AddField(
            model_name="Notifications",
            name="details",
            field=Json(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Notifications",
            name="is_filtered",
            field=fields.BooleanField(db_default=False),
        ),
        ops.AddField(
            model_name="Reports",
            name="rule_ids",
            field=Json(db_default="[]", generated=False, null=False, unique=False),
        ),
        ops.RunSQL(
            [
                # notifications.insert: what differs in its details alone is told too
                "DROP INDEX notifications_once",
                "CREATE UNIQUE INDEX notifications_once ON notifications "
                "(owner_id, kind, actor_id, coalesce(post_id, 0), coalesce(details, ''))",
                # notification_requests.page, notification_requests.count
                "CREATE INDEX notifications_filtered ON notifications (owner_id, actor_id, id) "
                "WHERE is_filtered = TRUE",
            ]
        ),
    ]
