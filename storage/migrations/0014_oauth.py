from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0013_host_and_content_rules")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OauthApps",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("client_id", Text(unique=True, generated=False, null=False)),
                ("secret_hash", Text(generated=False, null=False, unique=False)),
                ("name", Text(generated=False, null=False, unique=False)),
                ("website", Text(null=True, generated=False, unique=False)),
                ("redirect_uris", Json(generated=False, null=False, unique=False)),
                ("scopes", Json(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "oauth_apps",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.OauthApp`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OauthAppTokens",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "app",
                    fields.ForeignKeyField(
                        "kittiwake.OauthApps",
                        source_field="app_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("token_hash", Text(unique=True, generated=False, null=False)),
                ("scopes", Json(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "oauth_app_tokens",
                "app": "kittiwake",
                "indexes": [Index(fields=["app_id"], name="tokens_of_app")],
                "pk_attr": "id",
                "table_description": "`records.OauthAppToken`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OauthCodes",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "app",
                    fields.ForeignKeyField(
                        "kittiwake.OauthApps",
                        source_field="app_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "kittiwake.Users",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("code_hash", Text(unique=True, generated=False, null=False)),
                ("redirect_uri", Text(generated=False, null=False, unique=False)),
                ("scopes", Json(generated=False, null=False, unique=False)),
                ("code_challenge", Text(null=True, generated=False, unique=False)),
                ("created_at", Instant()),
                ("token_id", fields.BigIntField(null=True)),
            ],
            options={
                "table": "oauth_codes",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["created_at"], name="codes_by_age"),
                    Index(fields=["user_id"], name="codes_of_user"),
                    Index(fields=["app_id"], name="codes_of_app"),
                ],
                "pk_attr": "id",
                "table_description": "`records.OauthCode`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="AccessTokens",
            name="app_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="AccessTokens",
            name="refresh_hash",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name="AccessTokens",
            name="spent_refresh_hash",
            field=Text(null=True, generated=False, unique=False),
        ),
        ops.AddIndex(
            model_name="AccessTokens",
            index=Index(fields=["refresh_hash"], name="tokens_by_refresh"),
        ),
        ops.AddIndex(
            model_name="AccessTokens",
            index=Index(fields=["spent_refresh_hash"], name="tokens_by_spent_refresh"),
        ),
    ]
