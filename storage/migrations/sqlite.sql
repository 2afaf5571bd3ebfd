-- 0001_first

CREATE TABLE "actors" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL UNIQUE,
    "username" TEXT NOT NULL,
    "host" TEXT,
    "kind" TEXT NOT NULL,
    "inbox_url" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "summary_source" TEXT NOT NULL,
    "fields" TEXT NOT NULL,
    "fields_source" TEXT NOT NULL,
    "emojis" TEXT NOT NULL,
    "url" TEXT,
    "avatar_url" TEXT,
    "avatar_alt" TEXT NOT NULL,
    "header_url" TEXT,
    "header_alt" TEXT NOT NULL,
    "shared_inbox_url" TEXT,
    "outbox_url" TEXT,
    "followers_url" TEXT,
    "following_url" TEXT,
    "featured_url" TEXT,
    "is_locked" INT NOT NULL,
    "is_discoverable" INT NOT NULL,
    "is_indexable" INT NOT NULL,
    "hides_follows" INT NOT NULL,
    "also_known_as" TEXT NOT NULL,
    "moved_to" TEXT,
    "followers_total" BIGINT,
    "following_total" BIGINT,
    "posts_total" BIGINT,
    "fetched_at" BIGINT,
    "deleted_at" BIGINT,
    "suspended_at" BIGINT
) /* `records.Actor`. Unique handles of local people: see the migration `0002`. */;

CREATE INDEX "actors_by_url" ON "actors" ("url");

CREATE TABLE "actor_keys" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL UNIQUE,
    "public_pem" TEXT NOT NULL,
    "private_pem" TEXT,
    "created_at" BIGINT NOT NULL,
    "fetched_at" BIGINT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.ActorKey`. */;

CREATE INDEX "keys_of_actor" ON "actor_keys" ("actor_id");

CREATE TABLE "blocks" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_blocks_actor_i_e74e57" UNIQUE ("actor_id", "target_id")
) /* `records.Block`. */;

CREATE INDEX "blocks_of_target" ON "blocks" ("target_id");

CREATE INDEX "blocks_by_uri" ON "blocks" ("uri");

CREATE TABLE "feed_entries" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "owner_id" BIGINT NOT NULL,
    "post_id" BIGINT NOT NULL,
    "author_id" BIGINT NOT NULL,
    "booster_id" BIGINT
) /* `records.FeedEntry`. Duplicates: see the migration `0002`. */;

CREATE INDEX "feed_of_owner" ON "feed_entries" ("owner_id", "id");

CREATE INDEX "feed_of_post" ON "feed_entries" ("post_id");

CREATE TABLE "follows" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "state" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "followed_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "follower_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_follows_followe_fa2a56" UNIQUE ("follower_id", "followed_id")
) /* `records.Follow`. */;

CREATE INDEX "follows_of_followed" ON "follows" ("followed_id", "state", "id");

CREATE INDEX "follows_of_follower" ON "follows" ("follower_id", "state", "id");

CREATE INDEX "follows_by_uri" ON "follows" ("uri");

CREATE TABLE "hosts" (
    "name" TEXT NOT NULL  PRIMARY KEY,
    "first_seen_at" BIGINT NOT NULL,
    "signature_scheme" TEXT,
    "content_type" TEXT,
    "software" TEXT,
    "last_success_at" BIGINT,
    "last_failure_at" BIGINT,
    "last_error" TEXT NOT NULL,
    "failures" BIGINT NOT NULL
) /* `records.Host`. */;

CREATE TABLE "jobs" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "order_key" TEXT,
    "unique_key" TEXT,
    "host" TEXT,
    "last_error" TEXT NOT NULL,
    "state" TEXT NOT NULL
) /* `records.Job` and its state. Indexes: see the migration `0002`. */;

CREATE TABLE "mutes" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "hides_notifications" INT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_mutes_actor_i_ea2390" UNIQUE ("actor_id", "target_id")
) /* `records.Mute`. */;

CREATE INDEX "mutes_of_target" ON "mutes" ("target_id");

CREATE TABLE "notifications" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "post_id" BIGINT,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "owner_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.Notification`. Duplicates: see the migration `0002`. */;

CREATE INDEX "notifications_of_owner" ON "notifications" ("owner_id", "id");

CREATE INDEX "notifications_about_post" ON "notifications" ("post_id");

CREATE INDEX "notifications_from_actor" ON "notifications" ("actor_id");

CREATE TABLE "outgoing_activities" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL UNIQUE,
    "kind" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "is_public" INT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.OutgoingActivity`. */;

CREATE INDEX "outbox_of_actor" ON "outgoing_activities" ("actor_id", "is_public", "id");

CREATE TABLE "posts" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL UNIQUE,
    "visibility" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "content" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "is_sensitive" INT NOT NULL,
    "language" TEXT,
    "url" TEXT,
    "is_local" INT NOT NULL,
    "in_reply_to_uri" TEXT,
    "in_reply_to_id" BIGINT,
    "in_reply_to_actor_id" BIGINT,
    "conversation" TEXT,
    "attachments" TEXT NOT NULL,
    "mentions" TEXT NOT NULL,
    "hashtags" TEXT NOT NULL,
    "emojis" TEXT NOT NULL,
    "poll" TEXT,
    "edited_at" BIGINT,
    "deleted_at" BIGINT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.Post`. Partial indexes for public feeds: see the migration `0002`. */;

CREATE INDEX "posts_of_actor" ON "posts" ("actor_id", "id");

CREATE INDEX "posts_replies" ON "posts" ("in_reply_to_id", "id");

CREATE INDEX "posts_orphans" ON "posts" ("in_reply_to_uri");

CREATE INDEX "posts_by_url" ON "posts" ("url");

CREATE TABLE "hashtags" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" TEXT NOT NULL,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_hashtags_name_3a0903" UNIQUE ("name", "post_id")
) /* Which post has which hashtag: an index over `Posts.hashtags`. */;

CREATE INDEX "hashtags_of_post" ON "hashtags" ("post_id");

CREATE TABLE "interactions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "uri" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_interaction_post_id_052e29" UNIQUE ("post_id", "kind", "actor_id")
) /* `records.Interaction`. Unique ids of activities: see the migration `0002`. */;

CREATE INDEX "interactions_of_actor" ON "interactions" ("actor_id", "kind", "id");

CREATE INDEX "interactions_with_post" ON "interactions" ("post_id", "kind", "id");

CREATE TABLE "mentions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "uri" TEXT NOT NULL,
    "actor_id" BIGINT,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_mentions_post_id_21a5a6" UNIQUE ("post_id", "uri")
) /* Who is named in which post: an index over `Posts.mentions`, which is what readers get. */;

CREATE INDEX "mentions_of_uri" ON "mentions" ("uri", "actor_id");

CREATE INDEX "mentions_of_actor" ON "mentions" ("actor_id", "post_id");

CREATE TABLE "read_markers" (
    "owner_id" INTEGER NOT NULL  PRIMARY KEY,
    "up_to" BIGINT NOT NULL
) /* Up to which notification somebody has read. */;

CREATE TABLE "receipts" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "key" TEXT NOT NULL UNIQUE,
    "activity_uri" TEXT NOT NULL,
    "actor_uri" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "received_at" BIGINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "processed_at" BIGINT
) /* `records.Receipt`. The index of documents to forget: see the migration `0002`. */;

CREATE INDEX "receipts_recorded" ON "receipts" ("outcome", "kind", "id");

CREATE TABLE "revisions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "content" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "is_sensitive" INT NOT NULL,
    "attachments" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION
) /* `records.Revision`. */;

CREATE INDEX "revisions_of_post" ON "revisions" ("post_id", "id");

CREATE TABLE "sites" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "registration" TEXT,
    "is_set_up" INT NOT NULL
) /* `records.Site`: one row, whose id is 1. */;

CREATE TABLE "tombstones" (
    "uri" TEXT NOT NULL  PRIMARY KEY,
    "actor_uri" TEXT NOT NULL,
    "deleted_at" BIGINT NOT NULL
) /* Ids that were deleted or undone, also before we ever saw what they name. */;

CREATE TABLE "users" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "password_hash" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "email" TEXT,
    "role" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "preferences" TEXT NOT NULL,
    "last_seen_at" BIGINT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.User`. Unique e-mail addresses: see the migration `0002`. */;

CREATE INDEX "users_by_actor" ON "users" ("actor_id");

CREATE INDEX "users_active_since" ON "users" ("last_seen_at");

CREATE TABLE "access_tokens" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "token_hash" TEXT NOT NULL UNIQUE,
    "scopes" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.AccessToken`. */;

CREATE INDEX "tokens_of_user" ON "access_tokens" ("user_id");

CREATE TABLE "invites" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "code" TEXT NOT NULL UNIQUE,
    "uses" BIGINT NOT NULL,
    "uses_max" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.Invite`. */;

CREATE INDEX "invites_of_user" ON "invites" ("user_id");

CREATE TABLE "one_time_tokens" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "purpose" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "user_id" INTEGER REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.OneTimeToken`. */;

CREATE INDEX "one_time_by_purpose" ON "one_time_tokens" ("purpose");

CREATE INDEX "one_time_of_user" ON "one_time_tokens" ("user_id");

CREATE TABLE "sessions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "token_hash" TEXT NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT NOT NULL,
    "address" TEXT NOT NULL,
    "user_agent" TEXT NOT NULL,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.Session`. */;

CREATE INDEX "sessions_of_user" ON "sessions" ("user_id");


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
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "activity_id" BIGINT NOT NULL,
    "host" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "settled_at" BIGINT NOT NULL,
    "attempts" BIGINT NOT NULL,
    "inbox" TEXT,
    "reason" TEXT NOT NULL
) /* `records.Delivery`. Without foreign keys: what was sent is forgotten before it arrived. */;

CREATE INDEX "deliveries_of_activity" ON "deliveries" ("activity_id", "host");

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
    "kind" TEXT NOT NULL  PRIMARY KEY,
    "next_at" BIGINT NOT NULL
) /* When a kind of job that comes back is due next, whichever worker looks. */;


-- 0006_feeds

CREATE TABLE "feed_floors" (
    "feed_id" INTEGER NOT NULL  PRIMARY KEY,
    "floor_id" BIGINT NOT NULL
) /* Where a feed ends: what is older is read from the posts themselves. */;

CREATE TABLE "followed_hashtags" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_followed_ha_actor_i_a91f92" UNIQUE ("actor_id", "name")
) /* `records.FollowedHashtag`. */;

CREATE INDEX "followers_of_hashtag" ON "followed_hashtags" ("name", "actor_id");

CREATE TABLE "lists" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "title" TEXT NOT NULL,
    "replies_policy" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.PersonList`. */;

CREATE INDEX "lists_of_actor" ON "lists" ("actor_id", "id");

CREATE TABLE "list_members" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "list_id" INTEGER NOT NULL REFERENCES "lists" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_list_member_list_id_d35b6e" UNIQUE ("list_id", "actor_id")
) /* `records.ListMember`. */;

CREATE INDEX "lists_with_member" ON "list_members" ("actor_id", "list_id");

CREATE TABLE "pulled_sources" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "actor_id" BIGINT  UNIQUE,
    "hashtag" TEXT  UNIQUE,
    "is_pulled" INT NOT NULL
) /* `records.PulledSource`. */;

DROP INDEX "feed_of_post";

ALTER TABLE "follows" ADD COLUMN "is_local" INT;

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
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "username" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.FormerHandle`. Unique whatever their case: see the migration `0009`. */;

CREATE INDEX "former_handles_of_actor" ON "former_handles" ("actor_id");

CREATE TABLE "relays" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "inbox_url" TEXT NOT NULL UNIQUE,
    "actor_id" BIGINT  UNIQUE,
    "state" TEXT NOT NULL,
    "follow_uri" TEXT NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL
) /* `records.Relay`. */;

CREATE TABLE "reports" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "post_ids" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "comment" TEXT NOT NULL,
    "is_forwarded" INT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "note" TEXT NOT NULL,
    "resolved_at" BIGINT,
    "resolved_by_id" BIGINT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.Report`. Those that are open: see the migration `0009`. */;

CREATE INDEX "reports_about_actor" ON "reports" ("target_id");

CREATE INDEX "reports_by_actor" ON "reports" ("actor_id", "id");

ALTER TABLE "actors" ADD COLUMN "is_memorial" INT NOT NULL DEFAULT 0;

ALTER TABLE "actors" ADD COLUMN "moved_at" BIGINT;

ALTER TABLE "posts" ADD COLUMN "audience" TEXT;

CREATE UNIQUE INDEX former_handles_by_name ON former_handles (lower(username));

CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;


-- 0010_kinds_of_content

CREATE TABLE "custom_emojis" (
    "shortcode" TEXT NOT NULL  PRIMARY KEY,
    "url" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL
) /* `records.CustomEmoji`. */;

CREATE TABLE "poll_votes" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "choice" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_poll_votes_post_id_e727a9" UNIQUE ("post_id", "actor_id", "choice")
) /* `records.PollVote`. */;

CREATE INDEX "votes_of_actor" ON "poll_votes" ("actor_id");

CREATE TABLE "reactions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "content" TEXT NOT NULL,
    "emoji_url" TEXT,
    "uri" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_reactions_post_id_2a67a8" UNIQUE ("post_id", "actor_id", "content")
) /* `records.Reaction`. */;

CREATE INDEX "reactions_of_actor" ON "reactions" ("actor_id");

CREATE INDEX "reactions_by_uri" ON "reactions" ("uri");

ALTER TABLE "posts" ADD COLUMN "details" TEXT;

ALTER TABLE "posts" ADD COLUMN "reactions" TEXT NOT NULL DEFAULT '[]';


-- 0011_conversations

CREATE TABLE "conversations" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL UNIQUE,
    "post_id" BIGINT NOT NULL,
    "begun_at" BIGINT NOT NULL,
    "again_at" BIGINT NOT NULL,
    "ended_at" BIGINT,
    "replies_here" BIGINT NOT NULL,
    "asked" TEXT NOT NULL,
    "silent_hosts" TEXT NOT NULL
) /* `records.Conversation`. */;

CREATE INDEX "conversations_by_age" ON "conversations" ("begun_at");

CREATE TABLE "conversation_finds" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "depth" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "signer_id" BIGINT,
    "conversation_id" INTEGER NOT NULL REFERENCES "conversations" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_conversatio_convers_31ea69" UNIQUE ("conversation_id", "uri")
) /* `records.ConversationFind`. */;

CREATE TABLE "muted_threads" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "post_id" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_muted_threa_actor_i_3fd643" UNIQUE ("actor_id", "post_id")
) /* `records.MutedThread`. */;

ALTER TABLE "posts" ADD COLUMN "context_uri" TEXT;

ALTER TABLE "posts" ADD COLUMN "replies_url" TEXT;


-- 0012_consent

CREATE TABLE "interaction_requests" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "act" TEXT NOT NULL,
    "object_uri" TEXT NOT NULL,
    "request_uri" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "stamp_uri" TEXT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "owner_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_interaction_object__1d6923" UNIQUE ("object_uri", "post_id", "act")
) /* `records.InteractionRequest`. Those that wait, and stamps: see the migration. */;

CREATE INDEX "interaction_requests_of_post" ON "interaction_requests" ("post_id");

CREATE INDEX "interaction_requests_by_actor" ON "interaction_requests" ("actor_id");

CREATE INDEX "interaction_requests_of_owner" ON "interaction_requests" ("owner_id", "state", "id");

ALTER TABLE "posts" ADD COLUMN "approval_uri" TEXT;

ALTER TABLE "posts" ADD COLUMN "held" TEXT;

ALTER TABLE "posts" ADD COLUMN "policy" TEXT;

ALTER TABLE "posts" ADD COLUMN "quote_approval_uri" TEXT;

ALTER TABLE "posts" ADD COLUMN "quote_id" BIGINT;

ALTER TABLE "posts" ADD COLUMN "quote_state" TEXT;

ALTER TABLE "posts" ADD COLUMN "quote_uri" TEXT;

CREATE INDEX interaction_requests_by_stamp ON interaction_requests (stamp_uri) WHERE stamp_uri IS NOT NULL;

CREATE INDEX posts_quotes ON posts (quote_id, id) WHERE quote_id IS NOT NULL;


-- 0013_host_and_content_rules

CREATE TABLE "content_rules" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "pattern" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "only_strangers" INT NOT NULL,
    "comment" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_content_rul_kind_eff813" UNIQUE ("kind", "pattern")
) /* `records.ContentRule`. */;

CREATE TABLE "host_rules" (
    "host" TEXT NOT NULL  PRIMARY KEY,
    "severity" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "changed_at" BIGINT NOT NULL,
    "rejects_media" INT NOT NULL,
    "rejects_reports" INT NOT NULL,
    "comment" TEXT NOT NULL,
    "public_comment" TEXT NOT NULL,
    "obfuscates" INT NOT NULL
) /* `records.HostRule`. */;

CREATE TABLE "rulebooks" (
    "name" TEXT NOT NULL  PRIMARY KEY,
    "version" BIGINT NOT NULL
) /* How often the rules of a kind were changed: processes keep them in memory. */;

CREATE TABLE "severed_follows" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "severed_at" BIGINT NOT NULL,
    "followed_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "follower_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_severed_fol_followe_ab4385" UNIQUE ("follower_id", "followed_id")
) /* `records.SeveredFollow`. */;

CREATE INDEX "severed_follows_of_followed" ON "severed_follows" ("followed_id");

ALTER TABLE "actors" ADD COLUMN "host_limit" TEXT;

ALTER TABLE "actors" ADD COLUMN "silenced_at" BIGINT;

CREATE INDEX receipts_not_done ON receipts (outcome, id) WHERE outcome IN ('held', 'refused', 'turned away');


-- 0014_oauth

CREATE TABLE "oauth_apps" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "client_id" TEXT NOT NULL UNIQUE,
    "secret_hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "website" TEXT,
    "redirect_uris" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL
) /* `records.OauthApp`. */;

CREATE TABLE "oauth_app_tokens" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "token_hash" TEXT NOT NULL UNIQUE,
    "scopes" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "app_id" INTEGER NOT NULL REFERENCES "oauth_apps" ("id") ON DELETE CASCADE
) /* `records.OauthAppToken`. */;

CREATE INDEX "tokens_of_app" ON "oauth_app_tokens" ("app_id");

CREATE TABLE "oauth_codes" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "code_hash" TEXT NOT NULL UNIQUE,
    "redirect_uri" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "code_challenge" TEXT,
    "created_at" BIGINT NOT NULL,
    "token_id" BIGINT,
    "app_id" INTEGER NOT NULL REFERENCES "oauth_apps" ("id") ON DELETE CASCADE,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.OauthCode`. */;

CREATE INDEX "codes_by_age" ON "oauth_codes" ("created_at");

CREATE INDEX "codes_of_user" ON "oauth_codes" ("user_id");

CREATE INDEX "codes_of_app" ON "oauth_codes" ("app_id");

ALTER TABLE "access_tokens" ADD COLUMN "app_id" BIGINT;

ALTER TABLE "access_tokens" ADD COLUMN "refresh_hash" TEXT;

ALTER TABLE "access_tokens" ADD COLUMN "spent_refresh_hash" TEXT;

CREATE INDEX "tokens_by_refresh" ON "access_tokens" ("refresh_hash");

CREATE INDEX "tokens_by_spent_refresh" ON "access_tokens" ("spent_refresh_hash");


-- 0015_searchable_by

ALTER TABLE "actors" ADD COLUMN "searchable_by" TEXT;


-- 0016_server_keys

CREATE TABLE "server_keys" (
    "name" TEXT NOT NULL  PRIMARY KEY,
    "private_pem" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL
) /* `records.ServerKey`. */;


-- 0017_media

CREATE TABLE "media" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "post_id" BIGINT,
    "state" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "original" TEXT,
    "url" TEXT,
    "preview_url" TEXT,
    "description" TEXT NOT NULL,
    "focal_point" TEXT,
    "width" BIGINT,
    "height" BIGINT,
    "duration_ms" BIGINT,
    "blurhash" TEXT,
    "size_bytes" BIGINT NOT NULL,
    "error" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.Media`. Without a foreign key to the post: its words are written after its files. */;

CREATE INDEX "media_of_actor" ON "media" ("actor_id", "id");

CREATE INDEX "media_of_post" ON "media" ("post_id");


-- 0018_audit

CREATE TABLE "audit_entries" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "actor_id" BIGINT,
    "actor_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "words" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL
) /* `records.AuditEntry`. Without foreign keys: it outlives whatever it is about. */;


-- 0019_traces_and_fingerprints

CREATE TABLE "blocked_pictures" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "fingerprint" TEXT NOT NULL UNIQUE,
    "created_at" BIGINT NOT NULL
) /* `records.BlockedPicture`. */;

CREATE TABLE "sign_up_traces" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "email_hash" TEXT,
    "source" TEXT,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE CASCADE
) /* `records.SignUpTrace`. */;

CREATE INDEX "sign_up_traces_of_actor" ON "sign_up_traces" ("actor_id");

CREATE INDEX "sign_up_traces_by_email" ON "sign_up_traces" ("email_hash");

CREATE INDEX "sign_up_traces_by_source" ON "sign_up_traces" ("source");

ALTER TABLE "media" ADD COLUMN "fingerprint" TEXT;


-- 0020_push_subscriptions

CREATE TABLE "push_subscriptions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "endpoint" TEXT NOT NULL,
    "key_p256dh" TEXT NOT NULL,
    "key_auth" TEXT NOT NULL,
    "is_standard" INT NOT NULL,
    "alerts" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE CASCADE,
    "token_id" INTEGER NOT NULL REFERENCES "access_tokens" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_push_subscr_token_i_46674b" UNIQUE ("token_id")
) /* `records.PushSubscription`; it goes with the token of its app. */;

CREATE INDEX "push_subscriptions_of_actor" ON "push_subscriptions" ("actor_id");


-- 0021_second_factors_and_transfers

CREATE TABLE "archives" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "items_done" BIGINT NOT NULL,
    "items_total" BIGINT NOT NULL,
    "blobs" BIGINT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "finished_at" BIGINT,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.Archive`. */;

CREATE INDEX "archives_of_user" ON "archives" ("user_id");

CREATE TABLE "imports" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "overwrites" INT NOT NULL,
    "lines_total" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "finished_at" BIGINT,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.Import`. */;

CREATE INDEX "imports_of_user" ON "imports" ("user_id");

CREATE TABLE "import_lines" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "number" BIGINT NOT NULL,
    "cells" TEXT NOT NULL,
    "done_at" BIGINT,
    "failure" TEXT,
    "file_id" INTEGER NOT NULL REFERENCES "imports" ("id") ON DELETE CASCADE
) /* `records.ImportLine`. */;

CREATE INDEX "lines_of_import" ON "import_lines" ("file_id", "number");

CREATE TABLE "passkeys" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "credential_id" TEXT NOT NULL UNIQUE,
    "public_key" TEXT NOT NULL,
    "sign_count" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "last_used_at" BIGINT,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.Passkey`. */;

CREATE INDEX "passkeys_of_user" ON "passkeys" ("user_id");

CREATE TABLE "recovery_codes" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "code_hash" TEXT NOT NULL,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.RecoveryCode`. */;

CREATE INDEX "recovery_codes_of_user" ON "recovery_codes" ("user_id");

CREATE TABLE "sign_ins" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "way" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "user_agent" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* `records.SignIn`. */;

CREATE INDEX "sign_ins_of_user" ON "sign_ins" ("user_id");

CREATE INDEX "sign_ins_by_age" ON "sign_ins" ("created_at");

CREATE TABLE "totp_secrets" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "secret" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "confirmed_at" BIGINT,
    "last_step" BIGINT NOT NULL,
    "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_totp_secret_user_id_94f582" UNIQUE ("user_id")
) /* `records.TotpSecret`. */;

ALTER TABLE "one_time_tokens" ADD COLUMN "email" TEXT;


-- 0022_notifications_filters_announcements

CREATE TABLE "announcements" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "text" TEXT NOT NULL,
    "starts_at" BIGINT,
    "ends_at" BIGINT,
    "is_all_day" INT NOT NULL,
    "created_at" BIGINT NOT NULL
) /* `records.Announcement`. */;

CREATE TABLE "announcement_reactions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "announcement_id" INTEGER NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_announc_c459b2" UNIQUE ("announcement_id", "name", "actor_id")
) /* `records.AnnouncementReaction`. */;

CREATE INDEX "announcement_reactions_of_actor" ON "announcement_reactions" ("actor_id");

CREATE TABLE "announcement_reads" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "announcement_id" INTEGER NOT NULL REFERENCES "announcements" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_announcemen_announc_5ffa67" UNIQUE ("announcement_id", "actor_id")
) /* `records.AnnouncementRead`. */;

CREATE INDEX "announcement_reads_of_actor" ON "announcement_reads" ("actor_id");

CREATE TABLE "filters" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "title" TEXT NOT NULL,
    "contexts" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "keywords" TEXT NOT NULL,
    "posts" TEXT NOT NULL,
    "expires_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "owner_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.Filter`. */;

CREATE INDEX "filters_of_owner" ON "filters" ("owner_id", "id");

CREATE TABLE "notification_permissions" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "owner_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_notificatio_owner_i_361b54" UNIQUE ("owner_id", "actor_id")
) /* `records.NotificationPermission`. */;

CREATE INDEX "notification_permissions_of_actor" ON "notification_permissions" ("actor_id");

CREATE TABLE "notification_policies" (
    "owner_id" INTEGER NOT NULL  PRIMARY KEY,
    "for_not_following" TEXT NOT NULL,
    "for_not_followers" TEXT NOT NULL,
    "for_new_accounts" TEXT NOT NULL,
    "for_private_mentions" TEXT NOT NULL,
    "for_limited_accounts" TEXT NOT NULL
) /* `records.NotificationPolicy`. */;

ALTER TABLE "notifications" ADD COLUMN "details" TEXT;

ALTER TABLE "notifications" ADD COLUMN "is_filtered" INT NOT NULL DEFAULT 0;

ALTER TABLE "reports" ADD COLUMN "rule_ids" TEXT NOT NULL DEFAULT '[]';

DROP INDEX notifications_once;

CREATE UNIQUE INDEX notifications_once ON notifications (owner_id, kind, actor_id, coalesce(post_id, 0), coalesce(details, ''));

CREATE INDEX notifications_filtered ON notifications (owner_id, actor_id, id) WHERE is_filtered = TRUE;


-- 0023_lists_markers_scheduled

CREATE TABLE "private_threads" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "uri" TEXT NOT NULL,
    "read_id" BIGINT NOT NULL,
    "hidden_id" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_private_thr_actor_i_92b76a" UNIQUE ("actor_id", "uri")
) /* `records.PrivateThread`. */;

CREATE TABLE "repeat_keys" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "key" TEXT NOT NULL,
    "made_id" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_repeat_keys_actor_i_bef430" UNIQUE ("actor_id", "key")
) /* `records.RepeatKey`. */;

CREATE INDEX "repeat_keys_by_age" ON "repeat_keys" ("created_at");

CREATE TABLE "scheduled_posts" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "due_at" BIGINT NOT NULL,
    "draft" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.ScheduledPost`. */;

CREATE INDEX "scheduled_posts_of_actor" ON "scheduled_posts" ("actor_id", "id");

CREATE TABLE "timeline_markers" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "timeline" TEXT NOT NULL,
    "last_read_id" BIGINT NOT NULL,
    "changes" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_timeline_ma_actor_i_ae673f" UNIQUE ("actor_id", "timeline")
) /* `records.TimelineMarker`. */;

ALTER TABLE "interactions" ADD COLUMN "visibility" TEXT;

ALTER TABLE "lists" ADD COLUMN "is_exclusive" INT NOT NULL DEFAULT 0;


-- 0024_remote_files_and_cards

CREATE TABLE "link_cards" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "key" TEXT NOT NULL UNIQUE,
    "url" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "asked_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "author_name" TEXT NOT NULL,
    "author_url" TEXT NOT NULL,
    "author_id" BIGINT,
    "provider_name" TEXT NOT NULL,
    "provider_url" TEXT NOT NULL,
    "image_url" TEXT,
    "image_alt" TEXT NOT NULL,
    "width" BIGINT,
    "height" BIGINT,
    "published_at" BIGINT
) /* `records.Card`: a row for each page, however many posts link to it. */;

CREATE INDEX "link_cards_that_expire" ON "link_cards" ("expires_at");

CREATE TABLE "post_cards" (
    "post_id" INTEGER NOT NULL  PRIMARY KEY,
    "card_id" BIGINT NOT NULL
) /* Which post has which of the `link_cards`: one at most. */;

CREATE INDEX "post_cards_of_card" ON "post_cards" ("card_id");

CREATE TABLE "remote_files" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "key" TEXT NOT NULL UNIQUE,
    "host" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "fetched_at" BIGINT NOT NULL,
    "used_at" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "failures" INT NOT NULL,
    "again_at" BIGINT
) /* `records.RemoteFile`. The least recently used go first. */;

CREATE INDEX "remote_files_by_use" ON "remote_files" ("used_at", "id");

CREATE INDEX "remote_files_by_age" ON "remote_files" ("fetched_at");

CREATE TABLE "remote_usage" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "size_bytes" BIGINT NOT NULL
) /* One row: how many bytes `remote_files` take. Who changes that holds it. */;


-- 0025_follows_and_profiles

CREATE TABLE "endorsements" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_endorsement_actor_i_2ac558" UNIQUE ("actor_id", "target_id")
) /* `records.Endorsement`. */;

CREATE INDEX "endorsements_of" ON "endorsements" ("target_id");

CREATE TABLE "featured_hashtags" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "shown_name" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_featured_ha_actor_i_4bd467" UNIQUE ("actor_id", "name")
) /* `records.FeaturedHashtag`. */;

CREATE TABLE "host_blocks" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "host" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_host_blocks_actor_i_b9ab25" UNIQUE ("actor_id", "host")
) /* `records.HostBlock`. */;

CREATE TABLE "private_notes" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "words" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_private_not_actor_i_a7347a" UNIQUE ("actor_id", "target_id")
) /* `records.PrivateNote`. */;

CREATE INDEX "private_notes_about" ON "private_notes" ("target_id");

ALTER TABLE "actors" ADD COLUMN "attribution_domains" TEXT NOT NULL DEFAULT '[]';

ALTER TABLE "follows" ADD COLUMN "languages" TEXT NOT NULL DEFAULT '[]';

ALTER TABLE "follows" ADD COLUMN "notifies" INT NOT NULL DEFAULT 0;

ALTER TABLE "follows" ADD COLUMN "shows_boosts" INT NOT NULL DEFAULT 1;

CREATE INDEX follows_notifying ON follows (followed_id) WHERE notifies = TRUE;


-- 0026_search

CREATE TABLE "daily_uses" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "day" BIGINT NOT NULL,
    "uses" BIGINT NOT NULL,
    "accounts" BIGINT NOT NULL,
    CONSTRAINT "uid_daily_uses_name_b467ab" UNIQUE ("name", "kind", "day")
) /* How often public posts used a hashtag or shared a page on a day, and how many people did. */;

CREATE TABLE "dismissed_suggestions" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_dismissed_s_actor_i_ea3af8" UNIQUE ("actor_id", "target_id")
) /* Whom somebody does not want to be suggested any more. */;

CREATE INDEX "dismissed_suggestions_of_target" ON "dismissed_suggestions" ("target_id");

CREATE TABLE "trend_reviews" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_allowed" INT NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "uid_trend_revie_kind_58f7ca" UNIQUE ("kind", "name")
) /* What those who run the server decided about a trend. */;

CREATE TABLE "trends" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "score" BIGINT NOT NULL,
    "language" TEXT,
    CONSTRAINT "uid_trends_kind_e0e404" UNIQUE ("kind", "name")
) /* What is spoken of more than usual, as it was counted last; written anew by each count. */;

CREATE VIRTUAL TABLE post_words USING fts5(words, tokenize = "ascii tokenchars '=#_'");

CREATE TABLE unindexed_posts (post_id INTEGER PRIMARY KEY);

CREATE TRIGGER post_written AFTER INSERT ON posts BEGIN INSERT OR IGNORE INTO unindexed_posts (post_id) VALUES (new.id); END;

CREATE TRIGGER post_changed AFTER UPDATE OF content, summary, title, poll, attachments, hashtags, language, is_sensitive ON posts WHEN new.deleted_at IS NULL AND (new.content IS NOT old.content OR new.summary IS NOT old.summary OR new.title IS NOT old.title OR new.poll IS NOT old.poll OR new.attachments IS NOT old.attachments OR new.hashtags IS NOT old.hashtags OR new.language IS NOT old.language OR new.is_sensitive IS NOT old.is_sensitive) BEGIN INSERT OR IGNORE INTO unindexed_posts (post_id) VALUES (new.id); END;

CREATE TRIGGER post_buried AFTER UPDATE OF deleted_at ON posts WHEN new.deleted_at IS NOT NULL BEGIN DELETE FROM post_words WHERE rowid = new.id; DELETE FROM unindexed_posts WHERE post_id = new.id; END;

CREATE TRIGGER post_removed AFTER DELETE ON posts BEGIN DELETE FROM post_words WHERE rowid = old.id; DELETE FROM unindexed_posts WHERE post_id = old.id; END;

INSERT INTO unindexed_posts (post_id) SELECT id FROM posts WHERE deleted_at IS NULL;

CREATE INDEX daily_uses_by_day ON daily_uses (day, kind);


-- 0027_site_texts_packs_and_reports

CREATE TABLE "annual_reports" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "year" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "data" TEXT,
    "read_at" BIGINT,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_annual_repo_actor_i_e831d5" UNIQUE ("actor_id", "year")
) /* `records.AnnualReport`. */;

CREATE TABLE "site_rules" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "text" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "place" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "removed_at" BIGINT
) /* `records.SiteRule`. */;

CREATE TABLE "site_texts" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "effective_at" BIGINT NOT NULL,
    "published_at" BIGINT NOT NULL
) /* `records.SiteText`. */;

CREATE INDEX "site_texts_in_force" ON "site_texts" ("kind", "effective_at");

CREATE TABLE "starter_packs" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "language" TEXT,
    "hashtag" TEXT,
    "is_sensitive" INT NOT NULL,
    "is_discoverable" INT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "changed_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.StarterPack`. */;

CREATE INDEX "starter_packs_of_actor" ON "starter_packs" ("actor_id", "id");

CREATE TABLE "starter_pack_members" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "state" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "pack_id" INTEGER NOT NULL REFERENCES "starter_packs" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_starter_pac_pack_id_88125e" UNIQUE ("pack_id", "actor_id")
) /* `records.StarterPackMember`. */;

CREATE INDEX "starter_packs_with_member" ON "starter_pack_members" ("actor_id", "pack_id");

ALTER TABLE "sites" ADD COLUMN "contact_email" TEXT NOT NULL DEFAULT '';


-- 0028_statuses_and_stills

ALTER TABLE "actors" ADD COLUMN "shows_applications" INT NOT NULL DEFAULT 1;

ALTER TABLE "custom_emojis" ADD COLUMN "category" TEXT NOT NULL DEFAULT '';

ALTER TABLE "posts" ADD COLUMN "application" TEXT;

ALTER TABLE "posts" ADD COLUMN "source_type" TEXT NOT NULL DEFAULT 'text/plain';

ALTER TABLE "remote_files" ADD COLUMN "still_name" TEXT NOT NULL DEFAULT '';


-- 0029_strikes_and_digests

CREATE TABLE "strikes" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "action" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "by_id" BIGINT,
    "report_id" BIGINT,
    "lifted_at" BIGINT,
    "appeal" TEXT NOT NULL DEFAULT '',
    "appeal_state" TEXT,
    "appealed_at" BIGINT,
    "answered_at" BIGINT,
    "target_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE CASCADE
) /* `records.Strike`. */;

CREATE INDEX "strikes_against" ON "strikes" ("target_id", "id");

CREATE INDEX "strikes_by_appeal" ON "strikes" ("appeal_state", "id");

ALTER TABLE "severed_follows" ADD COLUMN "blocker_id" BIGINT;

ALTER TABLE "users" ADD COLUMN "digest_at" BIGINT;


-- 0030_drafts_and_cleanups

CREATE TABLE "cleanups" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "is_on" INT NOT NULL,
    "after_days" BIGINT NOT NULL,
    "keeps_pinned" INT NOT NULL,
    "keeps_files" INT NOT NULL,
    "keeps_polls" INT NOT NULL,
    "keeps_direct" INT NOT NULL,
    "keeps_liked" INT NOT NULL,
    "keeps_saved" INT NOT NULL,
    "likes_min" BIGINT,
    "boosts_min" BIGINT,
    "due_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_cleanups_actor_i_b9642b" UNIQUE ("actor_id")
) /* `records.Cleanup`. */;

CREATE INDEX "cleanups_due" ON "cleanups" ("due_at");

CREATE TABLE "kept_drafts" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "draft" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.KeptDraft`. */;

CREATE INDEX "kept_drafts_of_actor" ON "kept_drafts" ("actor_id", "id");


-- 0031_invites_and_imported_posts

CREATE TABLE "imported_posts" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "import_id" BIGINT NOT NULL,
    "source_uri" TEXT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION,
    "post_id" INTEGER NOT NULL REFERENCES "posts" ("id") ON DELETE NO ACTION,
    CONSTRAINT "uid_imported_po_actor_i_c794b0" UNIQUE ("actor_id", "source_uri")
) /* `records.ImportedPost`. */;

CREATE INDEX "posts_of_import" ON "imported_posts" ("import_id", "post_id");

CREATE INDEX "import_of_post" ON "imported_posts" ("post_id");

ALTER TABLE "invites" ADD COLUMN "revoked_at" BIGINT;

ALTER TABLE "users" ADD COLUMN "invite_id" BIGINT;

CREATE INDEX "users_by_invite" ON "users" ("invite_id");


-- 0032_bubble_and_silent_mentions

ALTER TABLE "mentions" ADD COLUMN "is_silent" INT;

ALTER TABLE "posts" ADD COLUMN "in_bubble" INT;

CREATE INDEX posts_bubble ON posts (id) WHERE in_bubble = TRUE AND visibility = 'public' AND deleted_at IS NULL;


-- 0033_files_by_address

CREATE INDEX "media_by_url" ON "media" ("url");

CREATE INDEX "media_by_preview_url" ON "media" ("preview_url");


-- 0034_reported_packs

ALTER TABLE "reports" ADD COLUMN "pack_ids" TEXT NOT NULL DEFAULT '[]';


-- 0035_custom_feeds

CREATE TABLE "custom_feeds" (
    "id" INTEGER NOT NULL  PRIMARY KEY,
    "title" TEXT NOT NULL,
    "searches" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "actor_id" INTEGER NOT NULL REFERENCES "actors" ("id") ON DELETE NO ACTION
) /* `records.CustomFeed`. */;

CREATE INDEX "custom_feeds_of_actor" ON "custom_feeds" ("actor_id", "id");


-- 0036_confirmed_addresses

ALTER TABLE "actors" ADD COLUMN "sensitized_at" BIGINT;

ALTER TABLE "users" ADD COLUMN "email_confirmed_at" BIGINT;


-- 0037_leases_of_remote_files

ALTER TABLE "remote_files" ADD COLUMN "leased_until" BIGINT;
