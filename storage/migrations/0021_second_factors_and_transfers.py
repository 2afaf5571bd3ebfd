from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0020_push_subscriptions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Archives",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
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
                ("name", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("items_done", fields.BigIntField()),
                ("items_total", fields.BigIntField()),
                ("blobs", fields.BigIntField()),
                ("size_bytes", fields.BigIntField()),
                ("finished_at", Instant(null=True)),
            ],
            options={
                "table": "archives",
                "app": "kittiwake",
                "indexes": [Index(fields=["user_id"], name="archives_of_user")],
                "pk_attr": "id",
                "table_description": "`records.Archive`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Imports",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
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
                ("kind", Text(generated=False, null=False, unique=False)),
                ("overwrites", fields.BooleanField()),
                ("lines_total", fields.BigIntField()),
                ("created_at", Instant()),
                ("finished_at", Instant(null=True)),
            ],
            options={
                "table": "imports",
                "app": "kittiwake",
                "indexes": [Index(fields=["user_id"], name="imports_of_user")],
                "pk_attr": "id",
                "table_description": "`records.Import`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ImportLines",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "file",
                    fields.ForeignKeyField(
                        "kittiwake.Imports",
                        source_field="file_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.BigIntField()),
                ("cells", Json(generated=False, null=False, unique=False)),
                ("done_at", Instant(null=True)),
                ("failure", Text(null=True, generated=False, unique=False)),
            ],
            options={
                "table": "import_lines",
                "app": "kittiwake",
                "indexes": [Index(fields=["file_id", "number"], name="lines_of_import")],
                "pk_attr": "id",
                "table_description": "`records.ImportLine`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Passkeys",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
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
                ("credential_id", Text(unique=True, generated=False, null=False)),
                ("public_key", Text(generated=False, null=False, unique=False)),
                ("sign_count", fields.BigIntField()),
                ("name", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("last_used_at", Instant(null=True)),
            ],
            options={
                "table": "passkeys",
                "app": "kittiwake",
                "indexes": [Index(fields=["user_id"], name="passkeys_of_user")],
                "pk_attr": "id",
                "table_description": "`records.Passkey`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCodes",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
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
                ("code_hash", Text(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "recovery_codes",
                "app": "kittiwake",
                "indexes": [Index(fields=["user_id"], name="recovery_codes_of_user")],
                "pk_attr": "id",
                "table_description": "`records.RecoveryCode`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignIns",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
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
                ("way", Text(generated=False, null=False, unique=False)),
                ("address", Text(generated=False, null=False, unique=False)),
                ("source", Text(generated=False, null=False, unique=False)),
                ("user_agent", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "sign_ins",
                "app": "kittiwake",
                "indexes": [
                    Index(fields=["user_id"], name="sign_ins_of_user"),
                    Index(fields=["created_at"], name="sign_ins_by_age"),
                ],
                "pk_attr": "id",
                "table_description": "`records.SignIn`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TotpSecrets",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
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
                ("secret", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
                ("confirmed_at", Instant(null=True)),
                ("last_step", fields.BigIntField()),
            ],
            options={
                "table": "totp_secrets",
                "app": "kittiwake",
                "unique_together": (("user_id",),),
                "pk_attr": "id",
                "table_description": "`records.TotpSecret`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="OneTimeTokens",
            name="email",
            field=Text(null=True, generated=False, unique=False),
        ),
    ]
