from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from storage.migration_operations import RunSQLOfEach
from storage.tables import Instant, Text


class Migration(migrations.Migration):
    dependencies = [("kittiwake", "0025_follows_and_profiles")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DailyUses",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("name", Text(generated=False, null=False, unique=False)),
                ("day", fields.BigIntField()),
                ("uses", fields.BigIntField()),
                ("accounts", fields.BigIntField()),
            ],
            options={
                "table": "daily_uses",
                "app": "kittiwake",
                "unique_together": (("name", "kind", "day"),),
                "pk_attr": "id",
                "table_description": "How often public posts used a hashtag or shared a page on a day, and how many people did.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DismissedSuggestions",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
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
                (
                    "target",
                    fields.ForeignKeyField(
                        "kittiwake.Actors",
                        source_field="target_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.NO_ACTION,
                    ),
                ),
                ("created_at", Instant()),
            ],
            options={
                "table": "dismissed_suggestions",
                "app": "kittiwake",
                "unique_together": (("actor_id", "target_id"),),
                "indexes": [Index(fields=["target_id"], name="dismissed_suggestions_of_target")],
                "pk_attr": "id",
                "table_description": "Whom somebody does not want to be suggested any more.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrendReviews",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("name", Text(generated=False, null=False, unique=False)),
                ("is_allowed", fields.BooleanField()),
                ("created_at", Instant()),
            ],
            options={
                "table": "trend_reviews",
                "app": "kittiwake",
                "unique_together": (("kind", "name"),),
                "pk_attr": "id",
                "table_description": "What those who run the server decided about a trend.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Trends",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("kind", Text(generated=False, null=False, unique=False)),
                ("name", Text(generated=False, null=False, unique=False)),
                ("score", fields.BigIntField()),
                ("language", Text(null=True, generated=False, unique=False)),
            ],
            options={
                "table": "trends",
                "app": "kittiwake",
                "unique_together": (("kind", "name"),),
                "pk_attr": "id",
                "table_description": "What is spoken of more than usual, as it was counted last; written anew by each count.",
            },
            bases=["Model"],
        ),
        # The search index (`storage/full_text.py`) and the posts that it has yet to learn of. The
        # database itself notes them, whoever writes the post: that is one small row, and no word.
        RunSQLOfEach(
            sqlite=[
                "CREATE VIRTUAL TABLE post_words USING fts5"
                "(words, tokenize = \"ascii tokenchars '=#_'\")",
                "CREATE TABLE unindexed_posts (post_id INTEGER PRIMARY KEY)",
                "CREATE TRIGGER post_written AFTER INSERT ON posts BEGIN "
                "INSERT OR IGNORE INTO unindexed_posts (post_id) VALUES (new.id); END",
                "CREATE TRIGGER post_changed AFTER UPDATE OF "
                "content, summary, title, poll, attachments, hashtags, language, is_sensitive "
                "ON posts WHEN new.deleted_at IS NULL AND (new.content IS NOT old.content "
                "OR new.summary IS NOT old.summary OR new.title IS NOT old.title "
                "OR new.poll IS NOT old.poll OR new.attachments IS NOT old.attachments "
                "OR new.hashtags IS NOT old.hashtags OR new.language IS NOT old.language "
                "OR new.is_sensitive IS NOT old.is_sensitive) BEGIN "
                "INSERT OR IGNORE INTO unindexed_posts (post_id) VALUES (new.id); END",
                # What is deleted is found no more at once.
                "CREATE TRIGGER post_buried AFTER UPDATE OF deleted_at ON posts "
                "WHEN new.deleted_at IS NOT NULL BEGIN "
                "DELETE FROM post_words WHERE rowid = new.id; "
                "DELETE FROM unindexed_posts WHERE post_id = new.id; END",
                "CREATE TRIGGER post_removed AFTER DELETE ON posts BEGIN "
                "DELETE FROM post_words WHERE rowid = old.id; "
                "DELETE FROM unindexed_posts WHERE post_id = old.id; END",
            ],
            postgres=[
                "CREATE TABLE post_words (post_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
                "CREATE INDEX post_words_words ON post_words USING gin (words)",
                "CREATE TABLE unindexed_posts (post_id BIGINT PRIMARY KEY)",
                # DO UPDATE, not NOTHING: it locks the row, so that who indexes it meanwhile leaves
                # it for the next time.
                "CREATE FUNCTION note_unindexed_post() RETURNS trigger LANGUAGE plpgsql AS '"
                "BEGIN INSERT INTO unindexed_posts (post_id) VALUES (NEW.id) "
                "ON CONFLICT (post_id) DO UPDATE SET post_id = excluded.post_id; "
                "RETURN NULL; END'",
                "CREATE FUNCTION forget_words_of_post() RETURNS trigger LANGUAGE plpgsql AS '"
                "BEGIN DELETE FROM post_words WHERE post_id = OLD.id; "
                "DELETE FROM unindexed_posts WHERE post_id = OLD.id; RETURN NULL; END'",
                "CREATE TRIGGER post_written AFTER INSERT ON posts "
                "FOR EACH ROW EXECUTE FUNCTION note_unindexed_post()",
                "CREATE TRIGGER post_changed AFTER UPDATE OF "
                "content, summary, title, poll, attachments, hashtags, language, is_sensitive "
                "ON posts FOR EACH ROW WHEN (NEW.deleted_at IS NULL AND "
                "(NEW.content IS DISTINCT FROM OLD.content "
                "OR NEW.summary IS DISTINCT FROM OLD.summary "
                "OR NEW.title IS DISTINCT FROM OLD.title "
                "OR NEW.poll IS DISTINCT FROM OLD.poll "
                "OR NEW.attachments IS DISTINCT FROM OLD.attachments "
                "OR NEW.hashtags IS DISTINCT FROM OLD.hashtags "
                "OR NEW.language IS DISTINCT FROM OLD.language "
                "OR NEW.is_sensitive IS DISTINCT FROM OLD.is_sensitive)) "
                "EXECUTE FUNCTION note_unindexed_post()",
                "CREATE TRIGGER post_buried AFTER UPDATE OF deleted_at ON posts FOR EACH ROW "
                "WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION forget_words_of_post()",
                "CREATE TRIGGER post_removed AFTER DELETE ON posts FOR EACH ROW "
                "EXECUTE FUNCTION forget_words_of_post()",
            ],
        ),
        ops.RunSQL(
            [
                "INSERT INTO unindexed_posts (post_id) "
                "SELECT id FROM posts WHERE deleted_at IS NULL",
                # trends.counted_since
                "CREATE INDEX daily_uses_by_day ON daily_uses (day, kind)",
            ]
        ),
    ]
