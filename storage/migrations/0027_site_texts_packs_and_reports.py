from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Json, Text
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0026_search")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AnnualReports",
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
                ("year", fields.BigIntField()),
                ("created_at", Instant()),
                ("data", Json(null=True, generated=False, unique=False)),
                ("read_at", Instant(null=True)),
            ],
            options={
                "table": "annual_reports",
                "app": "kittiwake",
                "unique_together": (("actor_id", "year"),),
                "pk_attr": "id",
                "table_description": "`records.AnnualReport`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SiteRules",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("text", Text(generated=False, null=False, unique=False)),
                ("hint", Text(generated=False, null=False, unique=False)),
                ("place", fields.BigIntField()),
                ("created_at", Instant()),
                ("removed_at", Instant(null=True)),
            ],
            options={
                "table": "site_rules",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.SiteRule`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SiteTexts",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("source", Text(generated=False, null=False, unique=False)),
                ("effective_at", Instant()),
                ("published_at", Instant()),
            ],
            options={
                "table": "site_texts",
                "app": "kittiwake",
                "indexes": [Index(fields=["kind", "effective_at"], name="site_texts_in_force")],
                "pk_attr": "id",
                "table_description": "`records.SiteText`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StarterPacks",
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
                ("description", Text(generated=False, null=False, unique=False)),
                ("language", Text(null=True, generated=False, unique=False)),
                ("hashtag", Text(null=True, generated=False, unique=False)),
                ("is_sensitive", fields.BooleanField()),
                ("is_discoverable", fields.BooleanField()),
                ("created_at", Instant()),
                ("changed_at", Instant()),
            ],
            options={
                "table": "starter_packs",
                "app": "kittiwake",
                "indexes": [Index(fields=["actor_id", "id"], name="starter_packs_of_actor")],
                "pk_attr": "id",
                "table_description": "`records.StarterPack`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StarterPackMembers",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                (
                    "pack",
                    fields.ForeignKeyField(
                        "kittiwake.StarterPacks",
                        source_field="pack_id",
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
                ("state", Text(generated=False, null=False, unique=False)),
                ("created_at", Instant()),
            ],
            options={
                "table": "starter_pack_members",
                "app": "kittiwake",
                "unique_together": (("pack_id", "actor_id"),),
                "indexes": [
                    Index(fields=["actor_id", "pack_id"], name="starter_packs_with_member")
                ],
                "pk_attr": "id",
                "table_description": "`records.StarterPackMember`.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Sites",
            name="contact_email",
            field=Text(db_default="", generated=False, null=False, unique=False),
        ),
    ]
