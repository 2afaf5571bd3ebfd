"""Deliveries can be asked for; hosts that fail are tried at a time of their own.

The indexes of jobs are fewer and smaller than in `0002`: each is for the queries it names.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from storage.tables import Id, Instant, Text
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0003_versions")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Deliveries",
            fields=[
                (
                    "id",
                    Id(primary_key=True, unique=True, db_index=True, generated=False, null=False),
                ),
                ("activity_id", fields.BigIntField()),
                ("host", Text(generated=False, null=False, unique=False)),
                ("state", Text(generated=False, null=False, unique=False)),
                ("settled_at", Instant()),
                ("attempts", fields.BigIntField()),
                ("inbox", Text(null=True, generated=False, unique=False)),
                ("reason", Text(generated=False, null=False, unique=False)),
            ],
            options={
                "table": "deliveries",
                "app": "kittiwake",
                "indexes": [Index(fields=["activity_id", "host"], name="deliveries_of_activity")],
                "pk_attr": "id",
                "table_description": "`records.Delivery`. Without foreign keys: what was sent is forgotten before it arrived.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Hosts",
            options={
                "table": "hosts",
                "app": "kittiwake",
                "pk_attr": "name",
                "table_description": "`records.Host`. The index of those to be tried: see the migration `0004`.",
            },
        ),
        ops.AddField(
            model_name="Hosts",
            name="failing_since",
            field=Instant(null=True),
        ),
        ops.AddField(
            model_name="Hosts",
            name="given_up_at",
            field=Instant(null=True),
        ),
        ops.AddField(
            model_name="Hosts",
            name="next_try_at",
            field=Instant(null=True),
        ),
        ops.AlterModelOptions(
            name="Jobs",
            options={
                "table": "jobs",
                "app": "kittiwake",
                "pk_attr": "id",
                "table_description": "`records.Job` and its state. Indexes: see the migrations `0002` and `0004`.",
            },
        ),
        ops.AddField(
            model_name="Jobs",
            name="activity_id",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Jobs",
            name="turn",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="OutgoingActivities",
            name="post_id",
            field=fields.BigIntField(null=True),
        ),
        ops.RunSQL(
            [
                # hosts.due, hosts.list_failing
                "CREATE INDEX hosts_next_try ON hosts (next_try_at) WHERE next_try_at IS NOT NULL",
                # deliveries.of_activities
                "CREATE INDEX activities_of_post ON outgoing_activities (post_id) "
                "WHERE post_id IS NOT NULL",
                "CREATE INDEX jobs_of_activity ON jobs (activity_id) WHERE activity_id IS NOT NULL",
                # Queue.claim, Queue.due_kinds: many due jobs of one kind cost the others nothing
                "DROP INDEX jobs_due",
                "CREATE INDEX jobs_due ON jobs (kind, due_at, id) WHERE state <> 'dead'",
                # Queue.claim: is there an older job of the same order, or one that runs?
                "DROP INDEX jobs_in_order",
                "CREATE INDEX jobs_in_order ON jobs (order_key, coalesce(turn, id)) "
                "WHERE order_key IS NOT NULL AND state <> 'dead'",
                "CREATE INDEX jobs_running ON jobs (order_key) "
                "WHERE order_key IS NOT NULL AND state = 'running'",
                # Queue.take_held
                "CREATE INDEX jobs_held ON jobs (host, coalesce(turn, id)) WHERE state = 'held'",
                # Queue.enqueue
                "DROP INDEX jobs_once",
                "CREATE UNIQUE INDEX jobs_once ON jobs (unique_key) "
                "WHERE unique_key IS NOT NULL AND state IN ('waiting', 'blocked', 'held')",
                # Queue.forget_dead; an index of all states cost a write for each step of each job
                "DROP INDEX jobs_states",
                "CREATE INDEX jobs_dead ON jobs (due_at) WHERE state = 'dead'",
            ]
        ),
    ]
