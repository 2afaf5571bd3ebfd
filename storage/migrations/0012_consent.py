"""Who may do what to a post, what waits for an answer, stamps, and quotes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0011_conversations")]

    initial = False

    operations = [
        ops.CreateModel(
            name="InteractionRequests",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("act", Text(generated=False, null=False, unique=False)),
                (
                    "post",
                    fields.ForeignKeyField(
                        "kittiwake.Posts",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
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
                ("object_uri", Text(generated=False, null=False, unique=False)),
                ("request_uri", Text(generated=False, null=False, unique=False)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("stamp_uri", Text(null=True, generated=False, unique=False)),
            ],
            options={
                "table": "interaction_requests",
                "app": "kittiwake",
                "unique_together": (("object_uri", "post_id", "act"),),
                "indexes": [
                    Index(fields=["post_id"], name="interaction_requests_of_post"),
                    Index(fields=["actor_id"], name="interaction_requests_by_actor"),
                    Index(fields=["owner_id", "state", "id"], name="interaction_requests_of_owner"),
                ],
                "pk_attr": "id",
                "table_description": "`records.InteractionRequest`. Those that wait, and stamps: see the migration.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Posts",
            name="approval_uri",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="held",
            field=Json(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="policy",
            field=Json(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="quote_approval_uri",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="quote_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Posts",
            name="quote_state",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="Posts",
            name="quote_uri",
            field=Text(null=True, generated=False, unique=False),
        ),
        # The conditions follow from `= ?`, which excludes NULL.
        ops.RunSQL(
            [
                # approvals.find_stamp
                "CREATE INDEX interaction_requests_by_stamp ON interaction_requests (stamp_uri) "
                "WHERE stamp_uri IS NOT NULL",
                # posts.quotes_of, posts.count_quotes
                "CREATE INDEX posts_quotes ON posts (quote_id, id) WHERE quote_id IS NOT NULL",
            ]
        ),
    ]
