from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0019_traces_and_fingerprints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PushSubscriptions",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "token",
                    fields.ForeignKeyField(
                        "kittiwake.AccessTokens",
                        source_field="token_id",
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
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("endpoint", Text(generated=False, null=False, unique=False)),
                ("key_p256dh", Text(generated=False, null=False, unique=False)),
                ("key_auth", Text(generated=False, null=False, unique=False)),
                ("is_standard", fields.BooleanField()),
                ("alerts", Json(generated=False, null=False, unique=False)),
                ("policy", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "push_subscriptions",
                "app": "kittiwake",
                "unique_together": (("token_id",),),
                "indexes": [Index(fields=["actor_id"], name="push_subscriptions_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.PushSubscription`; it goes with the token of its app.",
            },
            bases=["Model"],
        ),
    ]
