-- 0001_first

CREATE TABLE "actors" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL UNIQUE,
    "username" TEXT COLLATE "C" NOT NULL,
    "host" TEXT COLLATE "C",
    "kind" TEXT COLLATE "C" NOT NULL,
    "inbox_url" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "summary" TEXT COLLATE "C" NOT NULL,
    "summary_source" TEXT COLLATE "C" NOT NULL,
    "fields" TEXT COLLATE "C" NOT NULL,
    "fields_source" TEXT COLLATE "C" NOT NULL,
    "emojis" TEXT COLLATE "C" NOT NULL,
    "url" TEXT COLLATE "C",
    "avatar_url" TEXT COLLATE "C",
    "avatar_alt" TEXT COLLATE "C" NOT NULL,
    "header_url" TEXT COLLATE "C",
    "header_alt" TEXT COLLATE "C" NOT NULL,
    "shared_inbox_url" TEXT COLLATE "C",
    "outbox_url" TEXT COLLATE "C",
    "followers_url" TEXT COLLATE "C",
    "following_url" TEXT COLLATE "C",
    "featured_url" TEXT COLLATE "C",
    "is_locked" BOOL NOT NULL,
    "is_discoverable" BOOL NOT NULL,
    "is_indexable" BOOL NOT NULL,
    "hides_follows" BOOL NOT NULL,
    "also_known_as" TEXT COLLATE "C" NOT NULL,
    "moved_to" TEXT COLLATE "C",
    "followers_total" BIGINT,
    "following_total" BIGINT,
    "posts_total" BIGINT,
    "fetched_at" BIGINT,
    "deleted_at" BIGINT,
    "suspended_at" BIGINT
);

CREATE INDEX "actors_by_url" ON "actors" ("url");

COMMENT ON TABLE "actors" IS '`records.Actor`. Unique handles of local people: see the migration `0002`.';

CREATE TABLE "actor_keys" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL UNIQUE,
    "public_pem" TEXT COLLATE "C" NOT NULL,
    "private_pem" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "fetched_at" BIGINT,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "keys_of_actor" ON "actor_keys" ("actor_id");

COMMENT ON TABLE "actor_keys" IS '`records.ActorKey`.';

CREATE TABLE "blocks" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_blocks_actor_i_e74e57" UNIQUE ("actor_id", "target_id")
);

CREATE INDEX "blocks_of_target" ON "blocks" ("target_id");

CREATE INDEX "blocks_by_uri" ON "blocks" ("uri");

COMMENT ON TABLE "blocks" IS '`records.Block`.';

CREATE TABLE "feed_entries" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "owner_id" BIGINT NOT NULL,
    "post_id" BIGINT NOT NULL,
    "author_id" BIGINT NOT NULL,
    "booster_id" BIGINT
);

CREATE INDEX "feed_of_owner" ON "feed_entries" ("owner_id", "id");

CREATE INDEX "feed_of_post" ON "feed_entries" ("post_id");

COMMENT ON TABLE "feed_entries" IS '`records.FeedEntry`. Duplicates: see the migration `0002`.';

CREATE TABLE "follows" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "state" TEXT COLLATE "C" NOT NULL,
    "uri" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "followed_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "follower_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_follows_followe_fa2a56" UNIQUE ("follower_id", "followed_id")
);

CREATE INDEX "follows_of_followed" ON "follows" ("followed_id", "state", "id");

CREATE INDEX "follows_of_follower" ON "follows" ("follower_id", "state", "id");

CREATE INDEX "follows_by_uri" ON "follows" ("uri");

COMMENT ON TABLE "follows" IS '`records.Follow`.';

CREATE TABLE "hosts" (
    "name" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "first_seen_at" BIGINT NOT NULL,
    "signature_scheme" TEXT COLLATE "C",
    "content_type" TEXT COLLATE "C",
    "software" TEXT COLLATE "C",
    "last_success_at" BIGINT,
    "last_failure_at" BIGINT,
    "last_error" TEXT COLLATE "C" NOT NULL,
    "failures" BIGINT NOT NULL
);

COMMENT ON TABLE "hosts" IS '`records.Host`.';

CREATE TABLE "jobs" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "payload" TEXT COLLATE "C" NOT NULL,
    "due_at" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "order_key" TEXT COLLATE "C",
    "unique_key" TEXT COLLATE "C",
    "host" TEXT COLLATE "C",
    "last_error" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL
);

COMMENT ON TABLE "jobs" IS '`records.Job` and its state. Indexes: see the migration `0002`.';

CREATE TABLE "mutes" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "hides_notifications" BOOL NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_mutes_actor_i_ea2390" UNIQUE ("actor_id", "target_id")
);

CREATE INDEX "mutes_of_target" ON "mutes" ("target_id");

COMMENT ON TABLE "mutes" IS '`records.Mute`.';

CREATE TABLE "notifications" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "post_id" BIGINT,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "owner_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "notifications_of_owner" ON "notifications" ("owner_id", "id");

CREATE INDEX "notifications_about_post" ON "notifications" ("post_id");

CREATE INDEX "notifications_from_actor" ON "notifications" ("actor_id");

COMMENT ON TABLE "notifications" IS '`records.Notification`. Duplicates: see the migration `0002`.';

CREATE TABLE "outgoing_activities" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL UNIQUE,
    "kind" TEXT COLLATE "C" NOT NULL,
    "document" TEXT COLLATE "C" NOT NULL,
    "is_public" BOOL NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "outbox_of_actor" ON "outgoing_activities" ("actor_id", "is_public", "id");

COMMENT ON TABLE "outgoing_activities" IS '`records.OutgoingActivity`.';

CREATE TABLE "posts" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL UNIQUE,
    "visibility" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "content" TEXT COLLATE "C" NOT NULL,
    "source" TEXT COLLATE "C" NOT NULL,
    "summary" TEXT COLLATE "C" NOT NULL,
    "title" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "is_sensitive" BOOL NOT NULL,
    "language" TEXT COLLATE "C",
    "url" TEXT COLLATE "C",
    "is_local" BOOL NOT NULL,
    "in_reply_to_uri" TEXT COLLATE "C",
    "in_reply_to_id" BIGINT,
    "in_reply_to_actor_id" BIGINT,
    "conversation" TEXT COLLATE "C",
    "attachments" TEXT COLLATE "C" NOT NULL,
    "mentions" TEXT COLLATE "C" NOT NULL,
    "hashtags" TEXT COLLATE "C" NOT NULL,
    "emojis" TEXT COLLATE "C" NOT NULL,
    "poll" TEXT COLLATE "C",
    "edited_at" BIGINT,
    "deleted_at" BIGINT,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "posts_of_actor" ON "posts" ("actor_id", "id");

CREATE INDEX "posts_replies" ON "posts" ("in_reply_to_id", "id");

CREATE INDEX "posts_orphans" ON "posts" ("in_reply_to_uri");

CREATE INDEX "posts_by_url" ON "posts" ("url");

COMMENT ON TABLE "posts" IS '`records.Post`. Partial indexes for public feeds: see the migration `0002`.';

CREATE TABLE "hashtags" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_hashtags_name_3a0903" UNIQUE ("name", "post_id")
);

CREATE INDEX "hashtags_of_post" ON "hashtags" ("post_id");

COMMENT ON TABLE "hashtags" IS 'Which post has which hashtag: an index over `Posts.hashtags`.';

CREATE TABLE "interactions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "uri" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_interaction_post_id_052e29" UNIQUE ("post_id", "kind", "actor_id")
);

CREATE INDEX "interactions_of_actor" ON "interactions" ("actor_id", "kind", "id");

CREATE INDEX "interactions_with_post" ON "interactions" ("post_id", "kind", "id");

COMMENT ON TABLE "interactions" IS '`records.Interaction`. Unique ids of activities: see the migration `0002`.';

CREATE TABLE "mentions" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL,
    "actor_id" BIGINT,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_mentions_post_id_21a5a6" UNIQUE ("post_id", "uri")
);

CREATE INDEX "mentions_of_uri" ON "mentions" ("uri", "actor_id");

CREATE INDEX "mentions_of_actor" ON "mentions" ("actor_id", "post_id");

COMMENT ON TABLE "mentions" IS 'Who is named in which post: an index over `Posts.mentions`, which is what readers get.';

CREATE TABLE "read_markers" (
    "owner_id" BIGINT NOT NULL  PRIMARY KEY,
    "up_to" BIGINT NOT NULL
);

COMMENT ON TABLE "read_markers" IS 'Up to which notification somebody has read.';

CREATE TABLE "receipts" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "key" TEXT COLLATE "C" NOT NULL UNIQUE,
    "activity_uri" TEXT COLLATE "C" NOT NULL,
    "actor_uri" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "document" TEXT COLLATE "C" NOT NULL,
    "received_at" BIGINT NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "processed_at" BIGINT
);

CREATE INDEX "receipts_recorded" ON "receipts" ("outcome", "kind", "id");

COMMENT ON TABLE "receipts" IS '`records.Receipt`. The index of documents to forget: see the migration `0002`.';

CREATE TABLE "revisions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "content" TEXT COLLATE "C" NOT NULL,
    "source" TEXT COLLATE "C" NOT NULL,
    "summary" TEXT COLLATE "C" NOT NULL,
    "is_sensitive" BOOL NOT NULL,
    "attachments" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION
);

CREATE INDEX "revisions_of_post" ON "revisions" ("post_id", "id");

COMMENT ON TABLE "revisions" IS '`records.Revision`.';

CREATE TABLE "sites" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "description" TEXT COLLATE "C" NOT NULL,
    "registration" TEXT COLLATE "C",
    "is_set_up" BOOL NOT NULL
);

COMMENT ON TABLE "sites" IS '`records.Site`: one row, whose id is 1.';

CREATE TABLE "tombstones" (
    "uri" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "actor_uri" TEXT COLLATE "C" NOT NULL,
    "deleted_at" BIGINT NOT NULL
);

COMMENT ON TABLE "tombstones" IS 'Ids that were deleted or undone, also before we ever saw what they name.';

CREATE TABLE "users" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "password_hash" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "email" TEXT COLLATE "C",
    "role" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "preferences" TEXT COLLATE "C" NOT NULL,
    "last_seen_at" BIGINT,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "users_by_actor" ON "users" ("actor_id");

CREATE INDEX "users_active_since" ON "users" ("last_seen_at");

COMMENT ON TABLE "users" IS '`records.User`. Unique e-mail addresses: see the migration `0002`.';

CREATE TABLE "access_tokens" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "token_hash" TEXT COLLATE "C" NOT NULL UNIQUE,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "tokens_of_user" ON "access_tokens" ("user_id");

COMMENT ON TABLE "access_tokens" IS '`records.AccessToken`.';

CREATE TABLE "invites" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "code" TEXT COLLATE "C" NOT NULL UNIQUE,
    "uses" BIGINT NOT NULL,
    "uses_max" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "invites_of_user" ON "invites" ("user_id");

COMMENT ON TABLE "invites" IS '`records.Invite`.';

CREATE TABLE "one_time_tokens" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "purpose" TEXT COLLATE "C" NOT NULL,
    "token_hash" TEXT COLLATE "C" NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "user_id" BIGINT REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "one_time_by_purpose" ON "one_time_tokens" ("purpose");

CREATE INDEX "one_time_of_user" ON "one_time_tokens" ("user_id");

COMMENT ON TABLE "one_time_tokens" IS '`records.OneTimeToken`.';

CREATE TABLE "sessions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "token_hash" TEXT COLLATE "C" NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "user_agent" TEXT COLLATE "C" NOT NULL,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "sessions_of_user" ON "sessions" ("user_id");

COMMENT ON TABLE "sessions" IS '`records.Session`.';


-- 0002_partial_indexes

CREATE UNIQUE INDEX actors_local_handles ON actors (lower(username)) WHERE host IS NULL;

CREATE INDEX actors_by_handle ON actors (lower(username), host);

CREATE INDEX actors_by_name ON actors (lower(name));

CREATE UNIQUE INDEX users_emails ON users (lower(email)) WHERE email IS NOT NULL;

CREATE INDEX posts_public ON posts (id) WHERE visibility = 'public' AND deleted_at IS NULL AND (in_reply_to_uri IS NULL OR in_reply_to_actor_id = actor_id);

CREATE INDEX posts_public_local ON posts (is_local, id) WHERE visibility = 'public' AND deleted_at IS NULL AND (in_reply_to_uri IS NULL OR in_reply_to_actor_id = actor_id);

CREATE INDEX posts_local ON posts (is_local) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX interactions_by_uri ON interactions (uri) WHERE uri <> '';

CREATE UNIQUE INDEX feed_once ON feed_entries (owner_id, post_id, coalesce(booster_id, 0));

CREATE INDEX feed_of_booster ON feed_entries (booster_id, post_id) WHERE booster_id IS NOT NULL;

CREATE UNIQUE INDEX notifications_once ON notifications (owner_id, kind, actor_id, coalesce(post_id, 0));

CREATE INDEX receipts_documents ON receipts (received_at) WHERE document <> '';

CREATE INDEX jobs_due ON jobs (due_at, id) WHERE state <> 'dead';

CREATE INDEX jobs_in_order ON jobs (order_key, id) WHERE order_key IS NOT NULL AND state <> 'dead';

CREATE UNIQUE INDEX jobs_once ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN ('waiting', 'blocked');

CREATE INDEX jobs_states ON jobs (state);


-- 0003_versions

ALTER TABLE "actors" ADD COLUMN "version" BIGINT NOT NULL DEFAULT 0;

ALTER TABLE "posts" ADD COLUMN "version" BIGINT NOT NULL DEFAULT 0;


-- 0004_deliveries

CREATE TABLE "deliveries" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "activity_id" BIGINT NOT NULL,
    "host" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "settled_at" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "inbox" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C" NOT NULL
);

CREATE INDEX "deliveries_of_activity" ON "deliveries" ("activity_id", "host");

COMMENT ON TABLE "deliveries" IS '`records.Delivery`. Without foreign keys: what was sent is forgotten before it arrived.';

ALTER TABLE "hosts" ADD COLUMN "failing_since" BIGINT;

ALTER TABLE "hosts" ADD COLUMN "given_up_at" BIGINT;

ALTER TABLE "hosts" ADD COLUMN "next_try_at" BIGINT;

ALTER TABLE "jobs" ADD COLUMN "activity_id" BIGINT;

ALTER TABLE "jobs" ADD COLUMN "turn" BIGINT;

ALTER TABLE "outgoing_activities" ADD COLUMN "post_id" BIGINT;

CREATE INDEX hosts_next_try ON hosts (next_try_at) WHERE next_try_at IS NOT NULL;

CREATE INDEX activities_of_post ON outgoing_activities (post_id) WHERE post_id IS NOT NULL;

CREATE INDEX jobs_of_activity ON jobs (activity_id) WHERE activity_id IS NOT NULL;

DROP INDEX jobs_due;

CREATE INDEX jobs_due ON jobs (kind, due_at, id) WHERE state <> 'dead';

DROP INDEX jobs_in_order;

CREATE INDEX jobs_in_order ON jobs (order_key, coalesce(turn, id)) WHERE order_key IS NOT NULL AND state <> 'dead';

CREATE INDEX jobs_running ON jobs (order_key) WHERE order_key IS NOT NULL AND state = 'running';

CREATE INDEX jobs_held ON jobs (host, coalesce(turn, id)) WHERE state = 'held';

DROP INDEX jobs_once;

CREATE UNIQUE INDEX jobs_once ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN ('waiting', 'blocked', 'held');

DROP INDEX jobs_states;

CREATE INDEX jobs_dead ON jobs (due_at) WHERE state = 'dead';


-- 0005_schedule

CREATE TABLE "schedule" (
    "kind" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "next_at" BIGINT NOT NULL
);

COMMENT ON TABLE "schedule" IS 'When a kind of job that comes back is due next, whichever worker looks.';


-- 0006_feeds

CREATE TABLE "feed_floors" (
    "feed_id" BIGINT NOT NULL  PRIMARY KEY,
    "floor_id" BIGINT NOT NULL
);

COMMENT ON TABLE "feed_floors" IS 'Where a feed ends: what is older is read from the posts themselves.';

CREATE TABLE "followed_hashtags" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_followed_ha_actor_i_a91f92" UNIQUE ("actor_id", "name")
);

CREATE INDEX "followers_of_hashtag" ON "followed_hashtags" ("name", "actor_id");

COMMENT ON TABLE "followed_hashtags" IS '`records.FollowedHashtag`.';

CREATE TABLE "lists" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "title" TEXT COLLATE "C" NOT NULL,
    "replies_policy" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "lists_of_actor" ON "lists" ("actor_id", "id");

COMMENT ON TABLE "lists" IS '`records.PersonList`.';

CREATE TABLE "list_members" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "list_id" BIGINT NOT NULL REFERENCES "lists" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_list_member_list_id_d35b6e" UNIQUE ("list_id", "actor_id")
);

CREATE INDEX "lists_with_member" ON "list_members" ("actor_id", "list_id");

COMMENT ON TABLE "list_members" IS '`records.ListMember`.';

CREATE TABLE "pulled_sources" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "actor_id" BIGINT  UNIQUE,
    "hashtag" TEXT COLLATE "C"  UNIQUE,
    "is_pulled" BOOL NOT NULL
);

COMMENT ON TABLE "pulled_sources" IS '`records.PulledSource`.';

DROP INDEX "feed_of_post";

ALTER TABLE "follows" ADD COLUMN "is_local" BOOL;

UPDATE follows SET is_local = (SELECT a.host IS NULL FROM actors a WHERE a.id = follows.follower_id);

CREATE INDEX follows_here ON follows (followed_id, state, follower_id, is_local) WHERE is_local IS NOT FALSE;

CREATE UNIQUE INDEX feed_of_post ON feed_entries (post_id, owner_id, coalesce(booster_id, 0));

DROP INDEX feed_once;

CREATE INDEX posts_direct ON posts (actor_id, id) WHERE visibility = 'direct' AND deleted_at IS NULL;


-- 0007_own_inboxes

CREATE INDEX actors_by_own_inbox ON actors (inbox_url) WHERE shared_inbox_url IS NULL AND host IS NOT NULL;


-- 0008_lean_indexes

DROP INDEX "mentions_of_uri";

DROP INDEX "posts_replies";

DROP INDEX "posts_orphans";

DROP INDEX "posts_by_url";

DROP INDEX "receipts_recorded";

CREATE INDEX mentions_unresolved ON mentions (uri) WHERE actor_id IS NULL;

CREATE INDEX posts_replies ON posts (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL;

CREATE INDEX posts_orphans ON posts (in_reply_to_uri) WHERE in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL;

CREATE INDEX posts_by_url ON posts (url) WHERE is_local = FALSE AND deleted_at IS NULL AND url <> uri;

DROP INDEX posts_public_local;

DROP INDEX posts_local;

CREATE INDEX posts_local ON posts (visibility, id) WHERE is_local = TRUE AND deleted_at IS NULL;

CREATE INDEX receipts_recorded ON receipts (kind, id) WHERE outcome = 'recorded';

CREATE INDEX receipts_waiting ON receipts (id) WHERE outcome = 'waiting';


-- 0009_between_servers

CREATE TABLE "former_handles" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "username" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "former_handles_of_actor" ON "former_handles" ("actor_id");

COMMENT ON TABLE "former_handles" IS '`records.FormerHandle`. Unique whatever their case: see the migration `0009`.';

CREATE TABLE "relays" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "inbox_url" TEXT COLLATE "C" NOT NULL UNIQUE,
    "actor_id" BIGINT  UNIQUE,
    "state" TEXT COLLATE "C" NOT NULL,
    "follow_uri" TEXT COLLATE "C" NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "relays" IS '`records.Relay`.';

CREATE TABLE "reports" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "post_ids" TEXT COLLATE "C" NOT NULL,
    "category" TEXT COLLATE "C" NOT NULL,
    "comment" TEXT COLLATE "C" NOT NULL,
    "is_forwarded" BOOL NOT NULL,
    "created_at" BIGINT NOT NULL,
    "note" TEXT COLLATE "C" NOT NULL,
    "resolved_at" BIGINT,
    "resolved_by_id" BIGINT,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "reports_about_actor" ON "reports" ("target_id");

CREATE INDEX "reports_by_actor" ON "reports" ("actor_id", "id");

COMMENT ON TABLE "reports" IS '`records.Report`. Those that are open: see the migration `0009`.';

ALTER TABLE "actors" ADD COLUMN "is_memorial" BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE "actors" ADD COLUMN "moved_at" BIGINT;

ALTER TABLE "posts" ADD COLUMN "audience" TEXT COLLATE "C";

CREATE UNIQUE INDEX former_handles_by_name ON former_handles (lower(username));

CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;


-- 0010_kinds_of_content

CREATE TABLE "custom_emojis" (
    "shortcode" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "url" TEXT COLLATE "C" NOT NULL,
    "media_type" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "custom_emojis" IS '`records.CustomEmoji`.';

CREATE TABLE "poll_votes" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "choice" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_poll_votes_post_id_e727a9" UNIQUE ("post_id", "actor_id", "choice")
);

CREATE INDEX "votes_of_actor" ON "poll_votes" ("actor_id");

COMMENT ON TABLE "poll_votes" IS '`records.PollVote`.';

CREATE TABLE "reactions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "content" TEXT COLLATE "C" NOT NULL,
    "emoji_url" TEXT COLLATE "C",
    "uri" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_reactions_post_id_2a67a8" UNIQUE ("post_id", "actor_id", "content")
);

CREATE INDEX "reactions_of_actor" ON "reactions" ("actor_id");

CREATE INDEX "reactions_by_uri" ON "reactions" ("uri");

COMMENT ON TABLE "reactions" IS '`records.Reaction`.';

ALTER TABLE "posts" ADD COLUMN "details" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "reactions" TEXT COLLATE "C" NOT NULL DEFAULT '[]';


-- 0011_conversations

CREATE TABLE "conversations" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL UNIQUE,
    "post_id" BIGINT NOT NULL,
    "begun_at" BIGINT NOT NULL,
    "again_at" BIGINT NOT NULL,
    "ended_at" BIGINT,
    "replies_here" BIGINT NOT NULL,
    "asked" TEXT COLLATE "C" NOT NULL,
    "silent_hosts" TEXT COLLATE "C" NOT NULL
);

CREATE INDEX "conversations_by_age" ON "conversations" ("begun_at");

COMMENT ON TABLE "conversations" IS '`records.Conversation`.';

CREATE TABLE "conversation_finds" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "host" TEXT COLLATE "C" NOT NULL,
    "depth" BIGINT NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "signer_id" BIGINT,
    "conversation_id" BIGINT NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_conversatio_convers_31ea69" UNIQUE ("conversation_id", "uri")
);

COMMENT ON TABLE "conversation_finds" IS '`records.ConversationFind`.';

CREATE TABLE "muted_threads" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "post_id" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_muted_threa_actor_i_3fd643" UNIQUE ("actor_id", "post_id")
);

COMMENT ON TABLE "muted_threads" IS '`records.MutedThread`.';

ALTER TABLE "posts" ADD COLUMN "context_uri" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "replies_url" TEXT COLLATE "C";


-- 0012_consent

CREATE TABLE "interaction_requests" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "act" TEXT COLLATE "C" NOT NULL,
    "object_uri" TEXT COLLATE "C" NOT NULL,
    "request_uri" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "stamp_uri" TEXT COLLATE "C",
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "owner_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_interaction_object__1d6923" UNIQUE ("object_uri", "post_id", "act")
);

CREATE INDEX "interaction_requests_of_post" ON "interaction_requests" ("post_id");

CREATE INDEX "interaction_requests_by_actor" ON "interaction_requests" ("actor_id");

CREATE INDEX "interaction_requests_of_owner" ON "interaction_requests" ("owner_id", "state", "id");

COMMENT ON TABLE "interaction_requests" IS '`records.InteractionRequest`. Those that wait, and stamps: see the migration.';

ALTER TABLE "posts" ADD COLUMN "approval_uri" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "held" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "policy" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "quote_approval_uri" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "quote_id" BIGINT;

ALTER TABLE "posts" ADD COLUMN "quote_state" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "quote_uri" TEXT COLLATE "C";

CREATE INDEX interaction_requests_by_stamp ON interaction_requests (stamp_uri) WHERE stamp_uri IS NOT NULL;

CREATE INDEX posts_quotes ON posts (quote_id, id) WHERE quote_id IS NOT NULL;


-- 0013_host_and_content_rules

CREATE TABLE "content_rules" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "pattern" TEXT COLLATE "C" NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "only_strangers" BOOL NOT NULL,
    "comment" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_content_rul_kind_eff813" UNIQUE ("kind", "pattern")
);

COMMENT ON TABLE "content_rules" IS '`records.ContentRule`.';

CREATE TABLE "host_rules" (
    "host" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "severity" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "changed_at" BIGINT NOT NULL,
    "rejects_media" BOOL NOT NULL,
    "rejects_reports" BOOL NOT NULL,
    "comment" TEXT COLLATE "C" NOT NULL,
    "public_comment" TEXT COLLATE "C" NOT NULL,
    "obfuscates" BOOL NOT NULL
);

COMMENT ON TABLE "host_rules" IS '`records.HostRule`.';

CREATE TABLE "rulebooks" (
    "name" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "version" BIGINT NOT NULL
);

COMMENT ON TABLE "rulebooks" IS 'How often the rules of a kind were changed: processes keep them in memory.';

CREATE TABLE "severed_follows" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "severed_at" BIGINT NOT NULL,
    "followed_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "follower_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_severed_fol_followe_ab4385" UNIQUE ("follower_id", "followed_id")
);

CREATE INDEX "severed_follows_of_followed" ON "severed_follows" ("followed_id");

COMMENT ON TABLE "severed_follows" IS '`records.SeveredFollow`.';

ALTER TABLE "actors" ADD COLUMN "host_limit" TEXT COLLATE "C";

ALTER TABLE "actors" ADD COLUMN "silenced_at" BIGINT;

CREATE INDEX receipts_not_done ON receipts (outcome, id) WHERE outcome IN ('held', 'refused', 'turned away');


-- 0014_oauth

CREATE TABLE "oauth_apps" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "client_id" TEXT COLLATE "C" NOT NULL UNIQUE,
    "secret_hash" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "website" TEXT COLLATE "C",
    "redirect_uris" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "oauth_apps" IS '`records.OauthApp`.';

CREATE TABLE "oauth_app_tokens" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "token_hash" TEXT COLLATE "C" NOT NULL UNIQUE,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "app_id" BIGINT NOT NULL REFERENCES "oauth_apps" ("id") ON DELETE CASCADE
);

CREATE INDEX "tokens_of_app" ON "oauth_app_tokens" ("app_id");

COMMENT ON TABLE "oauth_app_tokens" IS '`records.OauthAppToken`.';

CREATE TABLE "oauth_codes" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "code_hash" TEXT COLLATE "C" NOT NULL UNIQUE,
    "redirect_uri" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "code_challenge" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "token_id" BIGINT,
    "app_id" BIGINT NOT NULL REFERENCES "oauth_apps" ("id") ON DELETE CASCADE,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "codes_by_age" ON "oauth_codes" ("created_at");

CREATE INDEX "codes_of_user" ON "oauth_codes" ("user_id");

CREATE INDEX "codes_of_app" ON "oauth_codes" ("app_id");

COMMENT ON TABLE "oauth_codes" IS '`records.OauthCode`.';

ALTER TABLE "access_tokens" ADD COLUMN "app_id" BIGINT;

ALTER TABLE "access_tokens" ADD COLUMN "refresh_hash" TEXT COLLATE "C";

ALTER TABLE "access_tokens" ADD COLUMN "spent_refresh_hash" TEXT COLLATE "C";

CREATE INDEX "tokens_by_refresh" ON "access_tokens" ("refresh_hash");

CREATE INDEX "tokens_by_spent_refresh" ON "access_tokens" ("spent_refresh_hash");


-- 0015_searchable_by

ALTER TABLE "actors" ADD COLUMN "searchable_by" TEXT COLLATE "C";


-- 0016_server_keys

CREATE TABLE "server_keys" (
    "name" TEXT COLLATE "C" NOT NULL  PRIMARY KEY,
    "private_pem" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "server_keys" IS '`records.ServerKey`.';


-- 0017_media

CREATE TABLE "media" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "post_id" BIGINT,
    "state" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "media_type" TEXT COLLATE "C" NOT NULL,
    "original" TEXT COLLATE "C",
    "url" TEXT COLLATE "C",
    "preview_url" TEXT COLLATE "C",
    "description" TEXT COLLATE "C" NOT NULL,
    "focal_point" TEXT COLLATE "C",
    "width" BIGINT,
    "height" BIGINT,
    "duration_ms" BIGINT,
    "blurhash" TEXT COLLATE "C",
    "size_bytes" BIGINT NOT NULL,
    "error" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "media_of_actor" ON "media" ("actor_id", "id");

CREATE INDEX "media_of_post" ON "media" ("post_id");

COMMENT ON TABLE "media" IS '`records.Media`. Without a foreign key to the post: its words are written after its files.';


-- 0018_audit

CREATE TABLE "audit_entries" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "actor_id" BIGINT,
    "actor_name" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "words" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "audit_entries" IS '`records.AuditEntry`. Without foreign keys: it outlives whatever it is about.';


-- 0019_traces_and_fingerprints

CREATE TABLE "blocked_pictures" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "fingerprint" TEXT COLLATE "C" NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "blocked_pictures" IS '`records.BlockedPicture`.';

CREATE TABLE "sign_up_traces" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "email_hash" TEXT COLLATE "C",
    "source" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE CASCADE
);

CREATE INDEX "sign_up_traces_of_actor" ON "sign_up_traces" ("actor_id");

CREATE INDEX "sign_up_traces_by_email" ON "sign_up_traces" ("email_hash");

CREATE INDEX "sign_up_traces_by_source" ON "sign_up_traces" ("source");

COMMENT ON TABLE "sign_up_traces" IS '`records.SignUpTrace`.';

ALTER TABLE "media" ADD COLUMN "fingerprint" TEXT COLLATE "C";


-- 0020_push_subscriptions

CREATE TABLE "push_subscriptions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "endpoint" TEXT COLLATE "C" NOT NULL,
    "key_p256dh" TEXT COLLATE "C" NOT NULL,
    "key_auth" TEXT COLLATE "C" NOT NULL,
    "is_standard" BOOL NOT NULL,
    "alerts" TEXT COLLATE "C" NOT NULL,
    "policy" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE CASCADE,
    "token_id" BIGINT NOT NULL REFERENCES "access_tokens" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_push_subscr_token_i_46674b" UNIQUE ("token_id")
);

CREATE INDEX "push_subscriptions_of_actor" ON "push_subscriptions" ("actor_id");

COMMENT ON TABLE "push_subscriptions" IS '`records.PushSubscription`; it goes with the token of its app.';


-- 0021_second_factors_and_transfers

CREATE TABLE "archives" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "items_done" BIGINT NOT NULL,
    "items_total" BIGINT NOT NULL,
    "blobs" BIGINT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "finished_at" BIGINT,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "archives_of_user" ON "archives" ("user_id");

COMMENT ON TABLE "archives" IS '`records.Archive`.';

CREATE TABLE "imports" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "overwrites" BOOL NOT NULL,
    "lines_total" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "finished_at" BIGINT,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "imports_of_user" ON "imports" ("user_id");

COMMENT ON TABLE "imports" IS '`records.Import`.';

CREATE TABLE "import_lines" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "number" BIGINT NOT NULL,
    "cells" TEXT COLLATE "C" NOT NULL,
    "done_at" BIGINT,
    "failure" TEXT COLLATE "C",
    "file_id" BIGINT NOT NULL REFERENCES "imports" ("id") ON DELETE CASCADE
);

CREATE INDEX "lines_of_import" ON "import_lines" ("file_id", "number");

COMMENT ON TABLE "import_lines" IS '`records.ImportLine`.';

CREATE TABLE "passkeys" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "credential_id" TEXT COLLATE "C" NOT NULL UNIQUE,
    "public_key" TEXT COLLATE "C" NOT NULL,
    "sign_count" BIGINT NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "passkeys_of_user" ON "passkeys" ("user_id");

COMMENT ON TABLE "passkeys" IS '`records.Passkey`.';

CREATE TABLE "recovery_codes" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "code_hash" TEXT COLLATE "C" NOT NULL,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "recovery_codes_of_user" ON "recovery_codes" ("user_id");

COMMENT ON TABLE "recovery_codes" IS '`records.RecoveryCode`.';

CREATE TABLE "sign_ins" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "way" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "source" TEXT COLLATE "C" NOT NULL,
    "user_agent" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);

CREATE INDEX "sign_ins_of_user" ON "sign_ins" ("user_id");

CREATE INDEX "sign_ins_by_age" ON "sign_ins" ("created_at");

COMMENT ON TABLE "sign_ins" IS '`records.SignIn`.';

CREATE TABLE "totp_secrets" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "secret" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "confirmed_at" BIGINT,
    "last_step" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_totp_secret_user_id_94f582" UNIQUE ("user_id")
);

COMMENT ON TABLE "totp_secrets" IS '`records.TotpSecret`.';

ALTER TABLE "one_time_tokens" ADD COLUMN "email" TEXT COLLATE "C";


-- 0022_notifications_filters_announcements

CREATE TABLE "announcements" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "text" TEXT COLLATE "C" NOT NULL,
    "starts_at" BIGINT,
    "ends_at" BIGINT,
    "is_all_day" BOOL NOT NULL,
    "created_at" BIGINT NOT NULL
);

COMMENT ON TABLE "announcements" IS '`records.Announcement`.';

CREATE TABLE "announcement_reactions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_announc_c459b2" UNIQUE ("announcement_id", "name", "actor_id")
);

CREATE INDEX "announcement_reactions_of_actor" ON "announcement_reactions" ("actor_id");

COMMENT ON TABLE "announcement_reactions" IS '`records.AnnouncementReaction`.';

CREATE TABLE "announcement_reads" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "announcement_id" BIGINT NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_announc_5ffa67" UNIQUE ("announcement_id", "actor_id")
);

CREATE INDEX "announcement_reads_of_actor" ON "announcement_reads" ("actor_id");

COMMENT ON TABLE "announcement_reads" IS '`records.AnnouncementRead`.';

CREATE TABLE "filters" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "title" TEXT COLLATE "C" NOT NULL,
    "contexts" TEXT COLLATE "C" NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "keywords" TEXT COLLATE "C" NOT NULL,
    "posts" TEXT COLLATE "C" NOT NULL,
    "expires_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "owner_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "filters_of_owner" ON "filters" ("owner_id", "id");

COMMENT ON TABLE "filters" IS '`records.Filter`.';

CREATE TABLE "notification_permissions" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "owner_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_notificatio_owner_i_361b54" UNIQUE ("owner_id", "actor_id")
);

CREATE INDEX "notification_permissions_of_actor" ON "notification_permissions" ("actor_id");

COMMENT ON TABLE "notification_permissions" IS '`records.NotificationPermission`.';

CREATE TABLE "notification_policies" (
    "owner_id" BIGINT NOT NULL  PRIMARY KEY,
    "for_not_following" TEXT COLLATE "C" NOT NULL,
    "for_not_followers" TEXT COLLATE "C" NOT NULL,
    "for_new_accounts" TEXT COLLATE "C" NOT NULL,
    "for_private_mentions" TEXT COLLATE "C" NOT NULL,
    "for_limited_accounts" TEXT COLLATE "C" NOT NULL
);

COMMENT ON TABLE "notification_policies" IS '`records.NotificationPolicy`.';

ALTER TABLE "notifications" ADD COLUMN "details" TEXT COLLATE "C";

ALTER TABLE "notifications" ADD COLUMN "is_filtered" BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE "reports" ADD COLUMN "rule_ids" TEXT COLLATE "C" NOT NULL DEFAULT '[]';

DROP INDEX notifications_once;

CREATE UNIQUE INDEX notifications_once ON notifications (owner_id, kind, actor_id, coalesce(post_id, 0), coalesce(details, ''));

CREATE INDEX notifications_filtered ON notifications (owner_id, actor_id, id) WHERE is_filtered = TRUE;


-- 0023_lists_markers_scheduled

CREATE TABLE "private_threads" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "uri" TEXT COLLATE "C" NOT NULL,
    "read_id" BIGINT NOT NULL,
    "hidden_id" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_private_thr_actor_i_92b76a" UNIQUE ("actor_id", "uri")
);

COMMENT ON TABLE "private_threads" IS '`records.PrivateThread`.';

CREATE TABLE "repeat_keys" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "key" TEXT COLLATE "C" NOT NULL,
    "made_id" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_repeat_keys_actor_i_bef430" UNIQUE ("actor_id", "key")
);

CREATE INDEX "repeat_keys_by_age" ON "repeat_keys" ("created_at");

COMMENT ON TABLE "repeat_keys" IS '`records.RepeatKey`.';

CREATE TABLE "scheduled_posts" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "due_at" BIGINT NOT NULL,
    "draft" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "scheduled_posts_of_actor" ON "scheduled_posts" ("actor_id", "id");

COMMENT ON TABLE "scheduled_posts" IS '`records.ScheduledPost`.';

CREATE TABLE "timeline_markers" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "timeline" TEXT COLLATE "C" NOT NULL,
    "last_read_id" BIGINT NOT NULL,
    "changes" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_timeline_ma_actor_i_ae673f" UNIQUE ("actor_id", "timeline")
);

COMMENT ON TABLE "timeline_markers" IS '`records.TimelineMarker`.';

ALTER TABLE "interactions" ADD COLUMN "visibility" TEXT COLLATE "C";

ALTER TABLE "lists" ADD COLUMN "is_exclusive" BOOL NOT NULL DEFAULT FALSE;


-- 0024_remote_files_and_cards

CREATE TABLE "link_cards" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "key" TEXT COLLATE "C" NOT NULL UNIQUE,
    "url" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "asked_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "title" TEXT COLLATE "C" NOT NULL,
    "description" TEXT COLLATE "C" NOT NULL,
    "language" TEXT COLLATE "C" NOT NULL,
    "author_name" TEXT COLLATE "C" NOT NULL,
    "author_url" TEXT COLLATE "C" NOT NULL,
    "author_id" BIGINT,
    "provider_name" TEXT COLLATE "C" NOT NULL,
    "provider_url" TEXT COLLATE "C" NOT NULL,
    "image_url" TEXT COLLATE "C",
    "image_alt" TEXT COLLATE "C" NOT NULL,
    "width" BIGINT,
    "height" BIGINT,
    "published_at" BIGINT
);

CREATE INDEX "link_cards_that_expire" ON "link_cards" ("expires_at");

COMMENT ON TABLE "link_cards" IS '`records.Card`: a row for each page, however many posts link to it.';

CREATE TABLE "post_cards" (
    "post_id" BIGINT NOT NULL  PRIMARY KEY,
    "card_id" BIGINT NOT NULL
);

CREATE INDEX "post_cards_of_card" ON "post_cards" ("card_id");

COMMENT ON TABLE "post_cards" IS 'Which post has which of the `link_cards`: one at most.';

CREATE TABLE "remote_files" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "key" TEXT COLLATE "C" NOT NULL UNIQUE,
    "host" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "fetched_at" BIGINT NOT NULL,
    "used_at" BIGINT NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "media_type" TEXT COLLATE "C" NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "failures" INT NOT NULL,
    "again_at" BIGINT
);

CREATE INDEX "remote_files_by_use" ON "remote_files" ("used_at", "id");

CREATE INDEX "remote_files_by_age" ON "remote_files" ("fetched_at");

COMMENT ON TABLE "remote_files" IS '`records.RemoteFile`. The least recently used go first.';

CREATE TABLE "remote_usage" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "size_bytes" BIGINT NOT NULL
);

COMMENT ON TABLE "remote_usage" IS 'One row: how many bytes `remote_files` take. Who changes that holds it.';


-- 0025_follows_and_profiles

CREATE TABLE "endorsements" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_endorsement_actor_i_2ac558" UNIQUE ("actor_id", "target_id")
);

CREATE INDEX "endorsements_of" ON "endorsements" ("target_id");

COMMENT ON TABLE "endorsements" IS '`records.Endorsement`.';

CREATE TABLE "featured_hashtags" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "shown_name" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_featured_ha_actor_i_4bd467" UNIQUE ("actor_id", "name")
);

COMMENT ON TABLE "featured_hashtags" IS '`records.FeaturedHashtag`.';

CREATE TABLE "host_blocks" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "host" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_host_blocks_actor_i_b9ab25" UNIQUE ("actor_id", "host")
);

COMMENT ON TABLE "host_blocks" IS '`records.HostBlock`.';

CREATE TABLE "private_notes" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "words" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_private_not_actor_i_a7347a" UNIQUE ("actor_id", "target_id")
);

CREATE INDEX "private_notes_about" ON "private_notes" ("target_id");

COMMENT ON TABLE "private_notes" IS '`records.PrivateNote`.';

ALTER TABLE "actors" ADD COLUMN "attribution_domains" TEXT COLLATE "C" NOT NULL DEFAULT '[]';

ALTER TABLE "follows" ADD COLUMN "languages" TEXT COLLATE "C" NOT NULL DEFAULT '[]';

ALTER TABLE "follows" ADD COLUMN "notifies" BOOL NOT NULL DEFAULT FALSE;

ALTER TABLE "follows" ADD COLUMN "shows_boosts" BOOL NOT NULL DEFAULT TRUE;

CREATE INDEX follows_notifying ON follows (followed_id) WHERE notifies = TRUE;


-- 0026_search

CREATE TABLE "daily_uses" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "day" BIGINT NOT NULL,
    "uses" BIGINT NOT NULL,
    "accounts" BIGINT NOT NULL,
    CONSTRAINT "uid_daily_uses_name_b467ab" UNIQUE ("name", "kind", "day")
);

COMMENT ON TABLE "daily_uses" IS 'How often public posts used a hashtag or shared a page on a day, and how many people did.';

CREATE TABLE "dismissed_suggestions" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_dismissed_s_actor_i_ea3af8" UNIQUE ("actor_id", "target_id")
);

CREATE INDEX "dismissed_suggestions_of_target" ON "dismissed_suggestions" ("target_id");

COMMENT ON TABLE "dismissed_suggestions" IS 'Whom somebody does not want to be suggested any more.';

CREATE TABLE "trend_reviews" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "is_allowed" BOOL NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_trend_revie_kind_58f7ca" UNIQUE ("kind", "name")
);

COMMENT ON TABLE "trend_reviews" IS 'What those who run the server decided about a trend.';

CREATE TABLE "trends" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "score" BIGINT NOT NULL,
    "language" TEXT COLLATE "C",
    CONSTRAINT "uid_trends_kind_e0e404" UNIQUE ("kind", "name")
);

COMMENT ON TABLE "trends" IS 'What is spoken of more than usual, as it was counted last; written anew by each count.';

CREATE TABLE post_words (post_id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);

CREATE INDEX post_words_words ON post_words USING gin (words);

CREATE TABLE unindexed_posts (post_id BIGINT PRIMARY KEY);

CREATE FUNCTION note_unindexed_post() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO unindexed_posts (post_id) VALUES (NEW.id) ON CONFLICT (post_id) DO UPDATE SET post_id = excluded.post_id; RETURN NULL; END';

CREATE FUNCTION forget_words_of_post() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM post_words WHERE post_id = OLD.id; DELETE FROM unindexed_posts WHERE post_id = OLD.id; RETURN NULL; END';

CREATE TRIGGER post_written AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION note_unindexed_post();

CREATE TRIGGER post_changed AFTER UPDATE OF content, summary, title, poll, attachments, hashtags, language, is_sensitive ON posts FOR EACH ROW WHEN (NEW.deleted_at IS NULL AND (NEW.content IS DISTINCT FROM OLD.content OR NEW.summary IS DISTINCT FROM OLD.summary OR NEW.title IS DISTINCT FROM OLD.title OR NEW.poll IS DISTINCT FROM OLD.poll OR NEW.attachments IS DISTINCT FROM OLD.attachments OR NEW.hashtags IS DISTINCT FROM OLD.hashtags OR NEW.language IS DISTINCT FROM OLD.language OR NEW.is_sensitive IS DISTINCT FROM OLD.is_sensitive)) EXECUTE FUNCTION note_unindexed_post();

CREATE TRIGGER post_buried AFTER UPDATE OF deleted_at ON posts FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION forget_words_of_post();

CREATE TRIGGER post_removed AFTER DELETE ON posts FOR EACH ROW EXECUTE FUNCTION forget_words_of_post();

INSERT INTO unindexed_posts (post_id) SELECT id FROM posts WHERE deleted_at IS NULL;

CREATE INDEX daily_uses_by_day ON daily_uses (day, kind);


-- 0027_site_texts_packs_and_reports

CREATE TABLE "annual_reports" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "year" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "data" TEXT COLLATE "C",
    "read_at" BIGINT,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_annual_repo_actor_i_e831d5" UNIQUE ("actor_id", "year")
);

COMMENT ON TABLE "annual_reports" IS '`records.AnnualReport`.';

CREATE TABLE "site_rules" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "text" TEXT COLLATE "C" NOT NULL,
    "hint" TEXT COLLATE "C" NOT NULL,
    "place" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "removed_at" BIGINT
);

COMMENT ON TABLE "site_rules" IS '`records.SiteRule`.';

CREATE TABLE "site_texts" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "kind" TEXT COLLATE "C" NOT NULL,
    "source" TEXT COLLATE "C" NOT NULL,
    "effective_at" BIGINT NOT NULL,
    "published_at" BIGINT NOT NULL
);

CREATE INDEX "site_texts_in_force" ON "site_texts" ("kind", "effective_at");

COMMENT ON TABLE "site_texts" IS '`records.SiteText`.';

CREATE TABLE "starter_packs" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "name" TEXT COLLATE "C" NOT NULL,
    "description" TEXT COLLATE "C" NOT NULL,
    "language" TEXT COLLATE "C",
    "hashtag" TEXT COLLATE "C",
    "is_sensitive" BOOL NOT NULL,
    "is_discoverable" BOOL NOT NULL,
    "created_at" BIGINT NOT NULL,
    "changed_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "starter_packs_of_actor" ON "starter_packs" ("actor_id", "id");

COMMENT ON TABLE "starter_packs" IS '`records.StarterPack`.';

CREATE TABLE "starter_pack_members" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "state" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "pack_id" BIGINT NOT NULL REFERENCES "starter_packs" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_starter_pac_pack_id_88125e" UNIQUE ("pack_id", "actor_id")
);

CREATE INDEX "starter_packs_with_member" ON "starter_pack_members" ("actor_id", "pack_id");

COMMENT ON TABLE "starter_pack_members" IS '`records.StarterPackMember`.';

ALTER TABLE "sites" ADD COLUMN "contact_email" TEXT COLLATE "C" NOT NULL DEFAULT '';


-- 0028_statuses_and_stills

ALTER TABLE "actors" ADD COLUMN "shows_applications" BOOL NOT NULL DEFAULT TRUE;

ALTER TABLE "custom_emojis" ADD COLUMN "category" TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE "posts" ADD COLUMN "application" TEXT COLLATE "C";

ALTER TABLE "posts" ADD COLUMN "source_type" TEXT COLLATE "C" NOT NULL DEFAULT 'text/plain';

ALTER TABLE "remote_files" ADD COLUMN "still_name" TEXT COLLATE "C" NOT NULL DEFAULT '';


-- 0029_strikes_and_digests

CREATE TABLE "strikes" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "action" TEXT COLLATE "C" NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "by_id" BIGINT,
    "report_id" BIGINT,
    "lifted_at" BIGINT,
    "appeal" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "appeal_state" TEXT COLLATE "C",
    "appealed_at" BIGINT,
    "answered_at" BIGINT,
    "target_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE CASCADE
);

CREATE INDEX "strikes_against" ON "strikes" ("target_id", "id");

CREATE INDEX "strikes_by_appeal" ON "strikes" ("appeal_state", "id");

COMMENT ON TABLE "strikes" IS '`records.Strike`.';

ALTER TABLE "severed_follows" ADD COLUMN "blocker_id" BIGINT;

ALTER TABLE "users" ADD COLUMN "digest_at" BIGINT;


-- 0030_drafts_and_cleanups

CREATE TABLE "cleanups" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "is_on" BOOL NOT NULL,
    "after_days" BIGINT NOT NULL,
    "keeps_pinned" BOOL NOT NULL,
    "keeps_files" BOOL NOT NULL,
    "keeps_polls" BOOL NOT NULL,
    "keeps_direct" BOOL NOT NULL,
    "keeps_liked" BOOL NOT NULL,
    "keeps_saved" BOOL NOT NULL,
    "likes_min" BIGINT,
    "boosts_min" BIGINT,
    "due_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_cleanups_actor_i_b9642b" UNIQUE ("actor_id")
);

CREATE INDEX "cleanups_due" ON "cleanups" ("due_at");

COMMENT ON TABLE "cleanups" IS '`records.Cleanup`.';

CREATE TABLE "kept_drafts" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "draft" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "kept_drafts_of_actor" ON "kept_drafts" ("actor_id", "id");

COMMENT ON TABLE "kept_drafts" IS '`records.KeptDraft`.';


-- 0031_invites_and_imported_posts

CREATE TABLE "imported_posts" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "import_id" BIGINT NOT NULL,
    "source_uri" TEXT COLLATE "C" NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" BIGINT NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_imported_po_actor_i_c794b0" UNIQUE ("actor_id", "source_uri")
);

CREATE INDEX "posts_of_import" ON "imported_posts" ("import_id", "post_id");

CREATE INDEX "import_of_post" ON "imported_posts" ("post_id");

COMMENT ON TABLE "imported_posts" IS '`records.ImportedPost`.';

ALTER TABLE "invites" ADD COLUMN "revoked_at" BIGINT;

ALTER TABLE "users" ADD COLUMN "invite_id" BIGINT;

CREATE INDEX "users_by_invite" ON "users" ("invite_id");


-- 0032_bubble_and_silent_mentions

ALTER TABLE "mentions" ADD COLUMN "is_silent" BOOL;

ALTER TABLE "posts" ADD COLUMN "in_bubble" BOOL;

CREATE INDEX posts_bubble ON posts (id) WHERE in_bubble = TRUE AND visibility = 'public' AND deleted_at IS NULL;


-- 0033_files_by_address

CREATE INDEX "media_by_url" ON "media" ("url");

CREATE INDEX "media_by_preview_url" ON "media" ("preview_url");


-- 0034_reported_packs

ALTER TABLE "reports" ADD COLUMN "pack_ids" TEXT COLLATE "C" NOT NULL DEFAULT '[]';


-- 0035_custom_feeds

CREATE TABLE "custom_feeds" (
    "id" BIGINT NOT NULL  PRIMARY KEY,
    "title" TEXT COLLATE "C" NOT NULL,
    "searches" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" BIGINT NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
);

CREATE INDEX "custom_feeds_of_actor" ON "custom_feeds" ("actor_id", "id");

COMMENT ON TABLE "custom_feeds" IS '`records.CustomFeed`.';


-- 0036_confirmed_addresses

ALTER TABLE "actors" ADD COLUMN "sensitized_at" BIGINT;

ALTER TABLE "users" ADD COLUMN "email_confirmed_at" BIGINT;


-- 0037_leases_of_remote_files

ALTER TABLE "remote_files" ADD COLUMN "leased_until" BIGINT;
