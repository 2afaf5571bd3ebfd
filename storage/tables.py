"""Tortoise tables: columns, keys and indexes, from which migrations are made. Holds no query.

Columns are named like the fields of the records (`tests/storage/test_tables.py` holds them equal).
Every index says which query it is for. Instants are microseconds since 1970, so that they sort and
read the same in SQLite and PostgreSQL; lists and small objects are JSON in a text column.

After a change here: `make migration NAME=what_changed` writes the next file in
`storage/migrations/`.
"""

from typing import Any

from tortoise import fields as columns
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.models import Model

from storage.migrating import APP


# Tortoise's fields are made like this: a field that type checkers take for its value.
class Text(columns.Field[str], str):  # type: ignore[misc]  # noqa: SLOT000
    """Text of any length that sorts by code point and folds ASCII alone, in both databases."""

    SQL_TYPE = "TEXT"

    class _db_postgres:  # noqa: N801  # the name is Tortoise's
        SQL_TYPE = 'TEXT COLLATE "C"'


class Json(Text):
    """A list or a small object as JSON text."""


class Instant(columns.BigIntField):
    """Microseconds since 1970, UTC."""


class Id(columns.Field[int], int):
    """A primary key that we make ourselves (`storage/ids.py`); in SQLite it is the rowid."""

    SQL_TYPE = "BIGINT"

    class _db_sqlite:  # noqa: N801  # the name is Tortoise's
        SQL_TYPE = "INTEGER"


def _id() -> Any:
    return Id(primary_key=True)


def _belongs_to(table: str, *, cascade: bool = False, is_optional: bool = False) -> Any:
    field: Any = columns.ForeignKeyField  # its types have no word for a nullness in a variable
    return field(
        f"{APP}.{table}",
        related_name=False,
        null=is_optional,
        on_delete=OnDelete.CASCADE if cascade else OnDelete.NO_ACTION,
    )


class Actors(Model):
    """`records.Actor`. Unique handles of local people: see the migration `0002`."""

    id = _id()
    uri = Text(unique=True)
    username = Text()
    host = Text(null=True)
    kind = Text()
    inbox_url = Text()
    created_at = Instant()
    name = Text()
    summary = Text()
    summary_source = Text()
    fields = Json()
    fields_source = Json()
    emojis = Json()
    url = Text(null=True)
    avatar_url = Text(null=True)
    avatar_alt = Text()
    header_url = Text(null=True)
    header_alt = Text()
    shared_inbox_url = Text(null=True)
    outbox_url = Text(null=True)
    followers_url = Text(null=True)
    following_url = Text(null=True)
    featured_url = Text(null=True)
    is_locked = columns.BooleanField()
    is_discoverable = columns.BooleanField()
    is_indexable = columns.BooleanField()
    searchable_by = Text(null=True)
    hides_follows = columns.BooleanField()
    also_known_as = Json()
    moved_to = Text(null=True)
    followers_total = columns.BigIntField(null=True)
    following_total = columns.BigIntField(null=True)
    posts_total = columns.BigIntField(null=True)
    fetched_at = Instant(null=True)
    deleted_at = Instant(null=True)
    suspended_at = Instant(null=True)
    moved_at = Instant(null=True)
    is_memorial = columns.BooleanField(db_default=False)
    silenced_at = Instant(null=True)
    sensitized_at = Instant(null=True)
    host_limit = Text(null=True)
    attribution_domains = Json(db_default="[]")
    shows_applications = columns.BooleanField(db_default=True)
    version = columns.BigIntField(db_default=0)

    class Meta:
        table = "actors"
        indexes = (Index(fields=("url",), name="actors_by_url"),)


class FormerHandles(Model):
    """`records.FormerHandle`. Unique whatever their case: see the migration `0009`."""

    id = _id()
    actor = _belongs_to("Actors")
    username = Text()
    created_at = Instant()

    class Meta:
        table = "former_handles"
        indexes = (Index(fields=("actor_id",), name="former_handles_of_actor"),)


class ActorKeys(Model):
    """`records.ActorKey`."""

    id = _id()
    actor = _belongs_to("Actors")
    uri = Text(unique=True)
    public_pem = Text()
    private_pem = Text(null=True)
    created_at = Instant()
    fetched_at = Instant(null=True)

    class Meta:
        table = "actor_keys"
        indexes = (Index(fields=("actor_id",), name="keys_of_actor"),)


class Users(Model):
    """`records.User`. Unique e-mail addresses: see the migration `0002`."""

    id = _id()
    actor = _belongs_to("Actors")
    password_hash = Text()
    created_at = Instant()
    email = Text(null=True)
    role = Text()
    state = Text()
    reason = Text()
    preferences = Json()
    last_seen_at = Instant(null=True)
    digest_at = Instant(null=True)
    email_confirmed_at = Instant(null=True)
    invite_id = columns.BigIntField(null=True)

    class Meta:
        table = "users"
        indexes = (
            Index(fields=("actor_id",), name="users_by_actor"),
            Index(fields=("last_seen_at",), name="users_active_since"),
            Index(fields=("invite_id",), name="users_by_invite"),
        )


class SignUpTraces(Model):
    """`records.SignUpTrace`."""

    id = _id()
    actor = _belongs_to("Actors", cascade=True)
    email_hash = Text(null=True)
    source = Text(null=True)
    created_at = Instant()

    class Meta:
        table = "sign_up_traces"
        indexes = (
            Index(fields=("actor_id",), name="sign_up_traces_of_actor"),
            Index(fields=("email_hash",), name="sign_up_traces_by_email"),
            Index(fields=("source",), name="sign_up_traces_by_source"),
        )


class Sessions(Model):
    """`records.Session`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    token_hash = Text(unique=True)
    created_at = Instant()
    last_used_at = Instant()
    address = Text()
    user_agent = Text()

    class Meta:
        table = "sessions"
        indexes = (Index(fields=("user_id",), name="sessions_of_user"),)


class AccessTokens(Model):
    """`records.AccessToken`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    token_hash = Text(unique=True)
    scopes = Json()
    name = Text()
    created_at = Instant()
    last_used_at = Instant(null=True)
    app_id = columns.BigIntField(null=True)
    refresh_hash = Text(null=True)
    spent_refresh_hash = Text(null=True)

    class Meta:
        table = "access_tokens"
        indexes = (
            Index(fields=("user_id",), name="tokens_of_user"),
            Index(fields=("refresh_hash",), name="tokens_by_refresh"),
            Index(fields=("spent_refresh_hash",), name="tokens_by_spent_refresh"),
        )


class PushSubscriptions(Model):
    """`records.PushSubscription`; it goes with the token of its app."""

    id = _id()
    token = _belongs_to("AccessTokens", cascade=True)
    actor = _belongs_to("Actors", cascade=True)
    endpoint = Text()
    key_p256dh = Text()
    key_auth = Text()
    is_standard = columns.BooleanField()
    alerts = Json()
    policy = Text()
    created_at = Instant()

    class Meta:
        table = "push_subscriptions"
        unique_together = (("token_id",),)
        indexes = (Index(fields=("actor_id",), name="push_subscriptions_of_actor"),)


class ServerKeys(Model):
    """`records.ServerKey`."""

    name = Text(primary_key=True)
    private_pem = Text()
    created_at = Instant()

    class Meta:
        table = "server_keys"


class OauthApps(Model):
    """`records.OauthApp`."""

    id = _id()
    client_id = Text(unique=True)
    secret_hash = Text()
    name = Text()
    website = Text(null=True)
    redirect_uris = Json()
    scopes = Json()
    created_at = Instant()

    class Meta:
        table = "oauth_apps"


class OauthCodes(Model):
    """`records.OauthCode`."""

    id = _id()
    app = _belongs_to("OauthApps", cascade=True)
    user = _belongs_to("Users", cascade=True)
    code_hash = Text(unique=True)
    redirect_uri = Text()
    scopes = Json()
    code_challenge = Text(null=True)
    created_at = Instant()
    token_id = columns.BigIntField(null=True)

    class Meta:
        table = "oauth_codes"
        indexes = (
            Index(fields=("created_at",), name="codes_by_age"),
            Index(fields=("user_id",), name="codes_of_user"),
            Index(fields=("app_id",), name="codes_of_app"),
        )


class OauthAppTokens(Model):
    """`records.OauthAppToken`."""

    id = _id()
    app = _belongs_to("OauthApps", cascade=True)
    token_hash = Text(unique=True)
    scopes = Json()
    created_at = Instant()

    class Meta:
        table = "oauth_app_tokens"
        indexes = (Index(fields=("app_id",), name="tokens_of_app"),)


class OneTimeTokens(Model):
    """`records.OneTimeToken`."""

    id = _id()
    purpose = Text()
    token_hash = Text(unique=True)
    user = _belongs_to("Users", cascade=True, is_optional=True)
    created_at = Instant()
    expires_at = Instant()
    email = Text(null=True)

    class Meta:
        table = "one_time_tokens"
        indexes = (
            Index(fields=("purpose",), name="one_time_by_purpose"),
            Index(fields=("user_id",), name="one_time_of_user"),
        )


class TotpSecrets(Model):
    """`records.TotpSecret`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    secret = Text()
    created_at = Instant()
    confirmed_at = Instant(null=True)
    last_step = columns.BigIntField()

    class Meta:
        table = "totp_secrets"
        unique_together = (("user_id",),)


class RecoveryCodes(Model):
    """`records.RecoveryCode`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    code_hash = Text()

    class Meta:
        table = "recovery_codes"
        indexes = (Index(fields=("user_id",), name="recovery_codes_of_user"),)


class Passkeys(Model):
    """`records.Passkey`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    credential_id = Text(unique=True)
    public_key = Text()
    sign_count = columns.BigIntField()
    name = Text()
    created_at = Instant()
    last_used_at = Instant(null=True)

    class Meta:
        table = "passkeys"
        indexes = (Index(fields=("user_id",), name="passkeys_of_user"),)


class SignIns(Model):
    """`records.SignIn`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    way = Text()
    address = Text()
    source = Text()
    user_agent = Text()
    created_at = Instant()

    class Meta:
        table = "sign_ins"
        indexes = (
            Index(fields=("user_id",), name="sign_ins_of_user"),
            Index(fields=("created_at",), name="sign_ins_by_age"),
        )


class Imports(Model):
    """`records.Import`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    kind = Text()
    overwrites = columns.BooleanField()
    lines_total = columns.BigIntField()
    created_at = Instant()
    finished_at = Instant(null=True)

    class Meta:
        table = "imports"
        indexes = (Index(fields=("user_id",), name="imports_of_user"),)


class ImportLines(Model):
    """`records.ImportLine`."""

    id = _id()
    file = _belongs_to("Imports", cascade=True)
    number = columns.BigIntField()
    cells = Json()
    done_at = Instant(null=True)
    failure = Text(null=True)

    class Meta:
        table = "import_lines"
        indexes = (Index(fields=("file_id", "number"), name="lines_of_import"),)


class ImportedPosts(Model):
    """`records.ImportedPost`."""

    id = _id()
    actor = _belongs_to("Actors")
    post = _belongs_to("Posts")
    import_id = columns.BigIntField()
    source_uri = Text()

    class Meta:
        table = "imported_posts"
        unique_together = (("actor_id", "source_uri"),)
        indexes = (
            Index(fields=("import_id", "post_id"), name="posts_of_import"),
            Index(fields=("post_id",), name="import_of_post"),
        )


class Archives(Model):
    """`records.Archive`."""

    id = _id()
    user = _belongs_to("Users", cascade=True)
    name = Text()
    created_at = Instant()
    items_done = columns.BigIntField()
    items_total = columns.BigIntField()
    blobs = columns.BigIntField()
    size_bytes = columns.BigIntField()
    finished_at = Instant(null=True)

    class Meta:
        table = "archives"
        indexes = (Index(fields=("user_id",), name="archives_of_user"),)


class Invites(Model):
    """`records.Invite`."""

    id = _id()
    code = Text(unique=True)
    user = _belongs_to("Users", cascade=True)
    uses = columns.BigIntField()
    uses_max = columns.BigIntField()
    created_at = Instant()
    expires_at = Instant(null=True)
    revoked_at = Instant(null=True)

    class Meta:
        table = "invites"
        indexes = (Index(fields=("user_id",), name="invites_of_user"),)


class Sites(Model):
    """`records.Site`: one row, whose id is 1."""

    id = _id()
    name = Text()
    description = Text()
    registration = Text(null=True)
    is_set_up = columns.BooleanField()
    contact_email = Text(db_default="")

    class Meta:
        table = "sites"


class SiteRules(Model):
    """`records.SiteRule`."""

    id = _id()
    text = Text()
    hint = Text()
    place = columns.BigIntField()
    created_at = Instant()
    removed_at = Instant(null=True)

    class Meta:
        table = "site_rules"


class SiteTexts(Model):
    """`records.SiteText`."""

    id = _id()
    kind = Text()
    source = Text()
    effective_at = Instant()
    published_at = Instant()

    class Meta:
        table = "site_texts"
        indexes = (Index(fields=("kind", "effective_at"), name="site_texts_in_force"),)


class Posts(Model):
    """`records.Post`. Partial indexes: see the migrations `0002` and `0008`."""

    id = _id()
    uri = Text(unique=True)
    actor = _belongs_to("Actors")
    visibility = Text()
    created_at = Instant()
    content = Text()
    source = Text()
    summary = Text()
    title = Text()
    kind = Text()
    is_sensitive = columns.BooleanField()
    language = Text(null=True)
    url = Text(null=True)
    is_local = columns.BooleanField()
    in_reply_to_uri = Text(null=True)
    in_reply_to_id = columns.BigIntField(null=True)
    in_reply_to_actor_id = columns.BigIntField(null=True)
    conversation = Text(null=True)
    audience = Text(null=True)
    attachments = Json()
    mentions = Json()
    hashtags = Json()
    emojis = Json()
    poll = Json(null=True)
    details = Json(null=True)
    reactions = Json(db_default="[]")
    edited_at = Instant(null=True)
    deleted_at = Instant(null=True)
    replies_url = Text(null=True)
    context_uri = Text(null=True)
    policy = Json(null=True)
    held = Json(null=True)
    approval_uri = Text(null=True)
    quote_uri = Text(null=True)
    quote_id = columns.BigIntField(null=True)
    quote_state = Text(null=True)
    quote_approval_uri = Text(null=True)
    source_type = Text(db_default="text/plain")
    application = Json(null=True)
    in_bubble = columns.BooleanField(null=True)
    version = columns.BigIntField(db_default=0)

    class Meta:
        table = "posts"
        indexes = (Index(fields=("actor_id", "id"), name="posts_of_actor"),)


class Conversations(Model):
    """`records.Conversation`."""

    id = _id()
    uri = Text(unique=True)
    post_id = columns.BigIntField()
    begun_at = Instant()
    again_at = Instant()
    ended_at = Instant(null=True)
    replies_here = columns.BigIntField()
    asked = Json()
    silent_hosts = Json()

    class Meta:
        table = "conversations"
        indexes = (Index(fields=("begun_at",), name="conversations_by_age"),)


class ConversationFinds(Model):
    """`records.ConversationFind`."""

    id = _id()
    conversation = _belongs_to("Conversations", cascade=True)
    uri = Text()
    kind = Text()
    host = Text()
    depth = columns.BigIntField()
    state = Text()
    signer_id = columns.BigIntField(null=True)

    class Meta:
        table = "conversation_finds"
        unique_together = (("conversation_id", "uri"),)


class MutedThreads(Model):
    """`records.MutedThread`."""

    id = _id()
    actor = _belongs_to("Actors")
    post_id = columns.BigIntField()
    created_at = Instant()

    class Meta:
        table = "muted_threads"
        unique_together = (("actor_id", "post_id"),)


class InteractionRequests(Model):
    """`records.InteractionRequest`. Those that wait, and stamps: see the migration."""

    id = _id()
    act = Text()
    post = _belongs_to("Posts")
    owner = _belongs_to("Actors")
    actor = _belongs_to("Actors")
    object_uri = Text()
    request_uri = Text()
    state = Text()
    created_at = Instant()
    stamp_uri = Text(null=True)

    class Meta:
        table = "interaction_requests"
        unique_together = (("object_uri", "post_id", "act"),)
        indexes = (
            Index(fields=("post_id",), name="interaction_requests_of_post"),
            Index(fields=("actor_id",), name="interaction_requests_by_actor"),
            Index(fields=("owner_id", "state", "id"), name="interaction_requests_of_owner"),
        )


class Media(Model):
    """`records.Media`. Without a foreign key to the post: its words are written after its files."""

    id = _id()
    actor = _belongs_to("Actors")
    post_id = columns.BigIntField(null=True)
    state = Text()
    kind = Text()
    media_type = Text()
    original = Text(null=True)
    url = Text(null=True)
    preview_url = Text(null=True)
    description = Text()
    focal_point = Json(null=True)
    width = columns.BigIntField(null=True)
    height = columns.BigIntField(null=True)
    duration_ms = columns.BigIntField(null=True)
    blurhash = Text(null=True)
    fingerprint = Text(null=True)
    size_bytes = columns.BigIntField()
    error = Text()
    created_at = Instant()

    class Meta:
        table = "media"
        indexes = (
            Index(fields=("actor_id", "id"), name="media_of_actor"),
            Index(fields=("post_id",), name="media_of_post"),
            Index(fields=("url",), name="media_by_url"),
            Index(fields=("preview_url",), name="media_by_preview_url"),
        )


class BlockedPictures(Model):
    """`records.BlockedPicture`."""

    id = _id()
    fingerprint = Text(unique=True)
    created_at = Instant()

    class Meta:
        table = "blocked_pictures"


class RemoteFiles(Model):
    """`records.RemoteFile`. The least recently used go first."""

    id = _id()
    key = Text(unique=True)
    host = Text()
    state = Text()
    fetched_at = Instant()
    used_at = Instant()
    name = Text()
    media_type = Text()
    size_bytes = columns.BigIntField()
    failures = columns.IntField()
    again_at = Instant(null=True)
    still_name = Text(db_default="")
    leased_until = Instant(null=True)

    class Meta:
        table = "remote_files"
        indexes = (
            Index(fields=("used_at", "id"), name="remote_files_by_use"),
            Index(fields=("fetched_at",), name="remote_files_by_age"),
        )


class RemoteUsage(Model):
    """One row: how many bytes `remote_files` take. Who changes that holds it."""

    id = _id()
    size_bytes = columns.BigIntField()

    class Meta:
        table = "remote_usage"


class LinkCards(Model):
    """`records.Card`: a row for each page, however many posts link to it."""

    id = _id()
    key = Text(unique=True)
    url = Text()
    state = Text()
    asked_at = Instant()
    expires_at = Instant()
    kind = Text()
    title = Text()
    description = Text()
    language = Text()
    author_name = Text()
    author_url = Text()
    author_id = columns.BigIntField(null=True)
    provider_name = Text()
    provider_url = Text()
    image_url = Text(null=True)
    image_alt = Text()
    width = columns.BigIntField(null=True)
    height = columns.BigIntField(null=True)
    published_at = Instant(null=True)

    class Meta:
        table = "link_cards"
        indexes = (Index(fields=("expires_at",), name="link_cards_that_expire"),)


class PostCards(Model):
    """Which post has which of the `link_cards`: one at most."""

    post_id = Id(primary_key=True)
    card_id = columns.BigIntField()

    class Meta:
        table = "post_cards"
        indexes = (Index(fields=("card_id",), name="post_cards_of_card"),)


class Mentions(Model):
    """Who is named in which post: an index over `Posts.mentions`, which is what readers get."""

    id = columns.BigIntField(primary_key=True, generated=True)
    post = _belongs_to("Posts")
    uri = Text()
    actor_id = columns.BigIntField(null=True)
    is_silent = columns.BooleanField(null=True)

    class Meta:
        table = "mentions"
        unique_together = (("post_id", "uri"),)
        indexes = (Index(fields=("actor_id", "post_id"), name="mentions_of_actor"),)


class Hashtags(Model):
    """Which post has which hashtag: an index over `Posts.hashtags`."""

    id = columns.BigIntField(primary_key=True, generated=True)
    name = Text()
    post = _belongs_to("Posts")

    class Meta:
        table = "hashtags"
        unique_together = (("name", "post_id"),)
        indexes = (Index(fields=("post_id",), name="hashtags_of_post"),)


class Revisions(Model):
    """`records.Revision`."""

    id = _id()
    post = _belongs_to("Posts")
    content = Text()
    source = Text()
    summary = Text()
    is_sensitive = columns.BooleanField()
    attachments = Json()
    created_at = Instant()

    class Meta:
        table = "revisions"
        indexes = (Index(fields=("post_id", "id"), name="revisions_of_post"),)


class Interactions(Model):
    """`records.Interaction`. Unique ids of activities: see the migration `0002`."""

    id = _id()
    kind = Text()
    actor = _belongs_to("Actors")
    post = _belongs_to("Posts")
    uri = Text()
    created_at = Instant()
    visibility = Text(null=True)

    class Meta:
        table = "interactions"
        unique_together = (("post_id", "kind", "actor_id"),)
        indexes = (
            Index(fields=("actor_id", "kind", "id"), name="interactions_of_actor"),
            Index(fields=("post_id", "kind", "id"), name="interactions_with_post"),
        )


class Reactions(Model):
    """`records.Reaction`."""

    id = _id()
    actor = _belongs_to("Actors")
    post = _belongs_to("Posts")
    content = Text()
    emoji_url = Text(null=True)
    uri = Text()
    created_at = Instant()

    class Meta:
        table = "reactions"
        unique_together = (("post_id", "actor_id", "content"),)
        indexes = (
            Index(fields=("actor_id",), name="reactions_of_actor"),
            Index(fields=("uri",), name="reactions_by_uri"),
        )


class PollVotes(Model):
    """`records.PollVote`."""

    id = _id()
    post = _belongs_to("Posts")
    actor = _belongs_to("Actors")
    choice = columns.BigIntField()
    created_at = Instant()

    class Meta:
        table = "poll_votes"
        unique_together = (("post_id", "actor_id", "choice"),)
        indexes = (Index(fields=("actor_id",), name="votes_of_actor"),)


class CustomEmojis(Model):
    """`records.CustomEmoji`."""

    shortcode = Text(primary_key=True)
    url = Text()
    media_type = Text()
    created_at = Instant()
    category = Text(db_default="")

    class Meta:
        table = "custom_emojis"


class Tombstones(Model):
    """Ids that were deleted or undone, also before we ever saw what they name."""

    uri = Text(primary_key=True)
    actor_uri = Text()
    deleted_at = Instant()

    class Meta:
        table = "tombstones"


class Follows(Model):
    """`records.Follow`, and whether the follower lives here.

    Readers: see the migration `0006`; those who are told of each post: see the one that adds
    `notifies`.
    """

    id = _id()
    follower = _belongs_to("Actors")
    followed = _belongs_to("Actors")
    state = Text()
    uri = Text()
    created_at = Instant()
    shows_boosts = columns.BooleanField(db_default=True)
    notifies = columns.BooleanField(db_default=False)
    languages = Json(db_default="[]")

    # Written by `relations.save_follow` alone; NULL in rows of older versions: not known.
    is_local = columns.BooleanField(null=True)

    class Meta:
        table = "follows"
        unique_together = (("follower_id", "followed_id"),)
        indexes = (
            Index(fields=("followed_id", "state", "id"), name="follows_of_followed"),
            Index(fields=("follower_id", "state", "id"), name="follows_of_follower"),
            Index(fields=("uri",), name="follows_by_uri"),
        )


class Blocks(Model):
    """`records.Block`."""

    id = _id()
    actor = _belongs_to("Actors")
    target = _belongs_to("Actors")
    uri = Text()
    created_at = Instant()

    class Meta:
        table = "blocks"
        unique_together = (("actor_id", "target_id"),)
        indexes = (
            Index(fields=("target_id",), name="blocks_of_target"),
            Index(fields=("uri",), name="blocks_by_uri"),
        )


class Mutes(Model):
    """`records.Mute`."""

    id = _id()
    actor = _belongs_to("Actors")
    target = _belongs_to("Actors")
    hides_notifications = columns.BooleanField()
    created_at = Instant()
    expires_at = Instant(null=True)

    class Meta:
        table = "mutes"
        unique_together = (("actor_id", "target_id"),)
        indexes = (Index(fields=("target_id",), name="mutes_of_target"),)


class HostBlocks(Model):
    """`records.HostBlock`."""

    id = _id()
    actor = _belongs_to("Actors")
    host = Text()
    created_at = Instant()

    class Meta:
        table = "host_blocks"
        unique_together = (("actor_id", "host"),)


class PrivateNotes(Model):
    """`records.PrivateNote`."""

    id = _id()
    actor = _belongs_to("Actors")
    target = _belongs_to("Actors")
    words = Text()
    created_at = Instant()

    class Meta:
        table = "private_notes"
        unique_together = (("actor_id", "target_id"),)
        indexes = (Index(fields=("target_id",), name="private_notes_about"),)


class Endorsements(Model):
    """`records.Endorsement`."""

    id = _id()
    actor = _belongs_to("Actors")
    target = _belongs_to("Actors")
    created_at = Instant()

    class Meta:
        table = "endorsements"
        unique_together = (("actor_id", "target_id"),)
        indexes = (Index(fields=("target_id",), name="endorsements_of"),)


class FeaturedHashtags(Model):
    """`records.FeaturedHashtag`."""

    id = _id()
    actor = _belongs_to("Actors")
    name = Text()
    shown_name = Text()
    created_at = Instant()

    class Meta:
        table = "featured_hashtags"
        unique_together = (("actor_id", "name"),)


class Reports(Model):
    """`records.Report`. Those that are open: see the migration `0009`."""

    id = _id()
    actor = _belongs_to("Actors")
    target = _belongs_to("Actors")
    post_ids = Json()
    category = Text()
    comment = Text()
    is_forwarded = columns.BooleanField()
    created_at = Instant()
    note = Text()
    resolved_at = Instant(null=True)
    resolved_by_id = columns.BigIntField(null=True)
    rule_ids = Json(db_default="[]")
    pack_ids = Json(db_default="[]")

    class Meta:
        table = "reports"
        indexes = (
            Index(fields=("target_id",), name="reports_about_actor"),
            Index(fields=("actor_id", "id"), name="reports_by_actor"),
        )


class Strikes(Model):
    """`records.Strike`."""

    id = _id()
    target = _belongs_to("Actors", cascade=True)
    action = Text()
    text = Text()
    created_at = Instant()
    by_id = columns.BigIntField(null=True)
    report_id = columns.BigIntField(null=True)
    lifted_at = Instant(null=True)
    appeal = Text(db_default="")
    appeal_state = Text(null=True)
    appealed_at = Instant(null=True)
    answered_at = Instant(null=True)

    class Meta:
        table = "strikes"
        indexes = (
            Index(fields=("target_id", "id"), name="strikes_against"),
            Index(fields=("appeal_state", "id"), name="strikes_by_appeal"),
        )


class Relays(Model):
    """`records.Relay`."""

    id = _id()
    kind = Text()
    inbox_url = Text(unique=True)
    actor_id = columns.BigIntField(null=True, unique=True)
    state = Text()
    follow_uri = Text(unique=True)
    created_at = Instant()

    class Meta:
        table = "relays"


class Lists(Model):
    """`records.PersonList`."""

    id = _id()
    actor = _belongs_to("Actors")
    title = Text()
    replies_policy = Text()
    created_at = Instant()
    is_exclusive = columns.BooleanField(db_default=False)

    class Meta:
        table = "lists"
        indexes = (Index(fields=("actor_id", "id"), name="lists_of_actor"),)


class ListMembers(Model):
    """`records.ListMember`."""

    id = _id()
    list = _belongs_to("Lists", cascade=True)
    actor = _belongs_to("Actors")

    class Meta:
        table = "list_members"
        unique_together = (("list_id", "actor_id"),)
        indexes = (Index(fields=("actor_id", "list_id"), name="lists_with_member"),)


class CustomFeeds(Model):
    """`records.CustomFeed`."""

    id = _id()
    actor = _belongs_to("Actors")
    title = Text()
    searches = Json()
    created_at = Instant()

    class Meta:
        table = "custom_feeds"
        indexes = (Index(fields=("actor_id", "id"), name="custom_feeds_of_actor"),)


class TimelineMarkers(Model):
    """`records.TimelineMarker`."""

    id = _id()
    actor = _belongs_to("Actors")
    timeline = Text()
    last_read_id = columns.BigIntField()
    changes = columns.BigIntField()
    updated_at = Instant()

    class Meta:
        table = "timeline_markers"
        unique_together = (("actor_id", "timeline"),)


class PrivateThreads(Model):
    """`records.PrivateThread`."""

    id = _id()
    actor = _belongs_to("Actors")
    uri = Text()
    read_id = columns.BigIntField()
    hidden_id = columns.BigIntField()

    class Meta:
        table = "private_threads"
        unique_together = (("actor_id", "uri"),)


class ScheduledPosts(Model):
    """`records.ScheduledPost`."""

    id = _id()
    actor = _belongs_to("Actors")
    due_at = Instant()
    draft = Json()
    created_at = Instant()

    class Meta:
        table = "scheduled_posts"
        indexes = (Index(fields=("actor_id", "id"), name="scheduled_posts_of_actor"),)


class KeptDrafts(Model):
    """`records.KeptDraft`."""

    id = _id()
    actor = _belongs_to("Actors")
    draft = Json()
    created_at = Instant()
    reason = Text()

    class Meta:
        table = "kept_drafts"
        indexes = (Index(fields=("actor_id", "id"), name="kept_drafts_of_actor"),)


class Cleanups(Model):
    """`records.Cleanup`."""

    id = _id()
    actor = _belongs_to("Actors")
    is_on = columns.BooleanField()
    after_days = columns.BigIntField()
    keeps_pinned = columns.BooleanField()
    keeps_files = columns.BooleanField()
    keeps_polls = columns.BooleanField()
    keeps_direct = columns.BooleanField()
    keeps_liked = columns.BooleanField()
    keeps_saved = columns.BooleanField()
    likes_min = columns.BigIntField(null=True)
    boosts_min = columns.BigIntField(null=True)
    due_at = Instant()

    class Meta:
        table = "cleanups"
        unique_together = (("actor_id",),)
        indexes = (Index(fields=("due_at",), name="cleanups_due"),)


class RepeatKeys(Model):
    """`records.RepeatKey`."""

    id = _id()
    actor = _belongs_to("Actors")
    key = Text()
    made_id = columns.BigIntField()
    created_at = Instant()

    class Meta:
        table = "repeat_keys"
        unique_together = (("actor_id", "key"),)
        indexes = (Index(fields=("created_at",), name="repeat_keys_by_age"),)


class StarterPacks(Model):
    """`records.StarterPack`."""

    id = _id()
    actor = _belongs_to("Actors")
    name = Text()
    description = Text()
    language = Text(null=True)
    hashtag = Text(null=True)
    is_sensitive = columns.BooleanField()
    is_discoverable = columns.BooleanField()
    created_at = Instant()
    changed_at = Instant()

    class Meta:
        table = "starter_packs"
        indexes = (Index(fields=("actor_id", "id"), name="starter_packs_of_actor"),)


class StarterPackMembers(Model):
    """`records.StarterPackMember`."""

    id = _id()
    pack = _belongs_to("StarterPacks", cascade=True)
    actor = _belongs_to("Actors")
    state = Text()
    created_at = Instant()

    class Meta:
        table = "starter_pack_members"
        unique_together = (("pack_id", "actor_id"),)
        indexes = (Index(fields=("actor_id", "pack_id"), name="starter_packs_with_member"),)


class AnnualReports(Model):
    """`records.AnnualReport`."""

    id = _id()
    actor = _belongs_to("Actors")
    year = columns.BigIntField()
    created_at = Instant()
    data = Json(null=True)
    read_at = Instant(null=True)

    class Meta:
        table = "annual_reports"
        unique_together = (("actor_id", "year"),)


class FollowedHashtags(Model):
    """`records.FollowedHashtag`."""

    id = _id()
    actor = _belongs_to("Actors")
    name = Text()
    created_at = Instant()

    class Meta:
        table = "followed_hashtags"
        unique_together = (("actor_id", "name"),)
        indexes = (Index(fields=("name", "actor_id"), name="followers_of_hashtag"),)


class DailyUses(Model):
    """How often public posts used a hashtag or shared a page on a day, and how many people did.

    `day` is counted from 1970, UTC. By day: see the migration `search`.
    """

    id = columns.BigIntField(primary_key=True, generated=True)
    kind = Text()
    name = Text()
    day = columns.BigIntField()
    uses = columns.BigIntField()
    accounts = columns.BigIntField()

    class Meta:
        table = "daily_uses"
        unique_together = (("name", "kind", "day"),)


class Trends(Model):
    """What is spoken of more than usual, as it was counted last; written anew by each count."""

    id = columns.BigIntField(primary_key=True, generated=True)
    kind = Text()
    name = Text()
    score = columns.BigIntField()
    language = Text(null=True)

    class Meta:
        table = "trends"
        unique_together = (("kind", "name"),)


class TrendReviews(Model):
    """What those who run the server decided about a trend."""

    id = columns.BigIntField(primary_key=True, generated=True)
    kind = Text()
    name = Text()
    is_allowed = columns.BooleanField()
    created_at = Instant()

    class Meta:
        table = "trend_reviews"
        unique_together = (("kind", "name"),)


class DismissedSuggestions(Model):
    """Whom somebody does not want to be suggested any more."""

    id = columns.BigIntField(primary_key=True, generated=True)
    actor = _belongs_to("Actors")
    target = _belongs_to("Actors")
    created_at = Instant()

    class Meta:
        table = "dismissed_suggestions"
        unique_together = (("actor_id", "target_id"),)
        indexes = (Index(fields=("target_id",), name="dismissed_suggestions_of_target"),)


class FeedEntries(Model):
    """`records.FeedEntry`. Duplicates: see the migration `0006`.

    Without foreign keys: a post fans out into 10,000 rows, and checking them would double the cost.
    """

    id = _id()
    owner_id = columns.BigIntField()
    post_id = columns.BigIntField()
    author_id = columns.BigIntField()
    booster_id = columns.BigIntField(null=True)

    class Meta:
        table = "feed_entries"
        indexes = (Index(fields=("owner_id", "id"), name="feed_of_owner"),)


class FeedFloors(Model):
    """Where a feed ends: what is older is read from the posts themselves."""

    feed_id = _id()
    floor_id = columns.BigIntField()

    class Meta:
        table = "feed_floors"


class PulledSources(Model):
    """`records.PulledSource`."""

    id = _id()
    actor_id = columns.BigIntField(null=True, unique=True)
    hashtag = Text(null=True, unique=True)
    is_pulled = columns.BooleanField()

    class Meta:
        table = "pulled_sources"


class Notifications(Model):
    """`records.Notification`. Duplicates, and what is held back: see the migration `0022`."""

    id = _id()
    owner = _belongs_to("Actors")
    kind = Text()
    actor = _belongs_to("Actors")
    post_id = columns.BigIntField(null=True)
    created_at = Instant()
    is_filtered = columns.BooleanField(db_default=False)
    details = Json(null=True)

    class Meta:
        table = "notifications"
        indexes = (
            Index(fields=("owner_id", "id"), name="notifications_of_owner"),
            Index(fields=("post_id",), name="notifications_about_post"),
            Index(fields=("actor_id",), name="notifications_from_actor"),
        )


class ReadMarkers(Model):
    """Up to which notification somebody has read."""

    owner_id = _id()
    up_to = columns.BigIntField()

    class Meta:
        table = "read_markers"


class NotificationPolicies(Model):
    """`records.NotificationPolicy`."""

    owner_id = _id()
    for_not_following = Text()
    for_not_followers = Text()
    for_new_accounts = Text()
    for_private_mentions = Text()
    for_limited_accounts = Text()

    class Meta:
        table = "notification_policies"


class NotificationPermissions(Model):
    """`records.NotificationPermission`."""

    id = _id()
    owner = _belongs_to("Actors")
    actor = _belongs_to("Actors")
    created_at = Instant()

    class Meta:
        table = "notification_permissions"
        unique_together = (("owner_id", "actor_id"),)
        indexes = (Index(fields=("actor_id",), name="notification_permissions_of_actor"),)


class Filters(Model):
    """`records.Filter`."""

    id = _id()
    owner = _belongs_to("Actors")
    title = Text()
    contexts = Json()
    action = Text()
    keywords = Json()
    posts = Json()
    expires_at = Instant(null=True)
    created_at = Instant()

    class Meta:
        table = "filters"
        indexes = (Index(fields=("owner_id", "id"), name="filters_of_owner"),)


class Announcements(Model):
    """`records.Announcement`."""

    id = _id()
    text = Text()
    starts_at = Instant(null=True)
    ends_at = Instant(null=True)
    is_all_day = columns.BooleanField()
    created_at = Instant()

    class Meta:
        table = "announcements"


class AnnouncementReads(Model):
    """`records.AnnouncementRead`."""

    id = _id()
    announcement = _belongs_to("Announcements", cascade=True)
    actor = _belongs_to("Actors")

    class Meta:
        table = "announcement_reads"
        unique_together = (("announcement_id", "actor_id"),)
        indexes = (Index(fields=("actor_id",), name="announcement_reads_of_actor"),)


class AnnouncementReactions(Model):
    """`records.AnnouncementReaction`."""

    id = _id()
    announcement = _belongs_to("Announcements", cascade=True)
    actor = _belongs_to("Actors")
    name = Text()

    class Meta:
        table = "announcement_reactions"
        unique_together = (("announcement_id", "name", "actor_id"),)
        indexes = (Index(fields=("actor_id",), name="announcement_reactions_of_actor"),)


class OutgoingActivities(Model):
    """`records.OutgoingActivity`."""

    id = _id()
    uri = Text(unique=True)
    actor = _belongs_to("Actors")
    kind = Text()
    document = Text()
    is_public = columns.BooleanField()
    created_at = Instant()
    post_id = columns.BigIntField(null=True)

    class Meta:
        table = "outgoing_activities"
        indexes = (Index(fields=("actor_id", "is_public", "id"), name="outbox_of_actor"),)


class Deliveries(Model):
    """`records.Delivery`. Without foreign keys: what was sent is forgotten before it arrived."""

    id = _id()
    activity_id = columns.BigIntField()
    host = Text()
    state = Text()
    settled_at = Instant()
    attempts = columns.BigIntField()
    inbox = Text(null=True)
    reason = Text()

    class Meta:
        table = "deliveries"
        indexes = (Index(fields=("activity_id", "host"), name="deliveries_of_activity"),)


class Receipts(Model):
    """`records.Receipt`. Indexes: see the migrations `0002`, `0008` and `0013`."""

    id = _id()
    key = Text(unique=True)
    activity_uri = Text()
    actor_uri = Text()
    kind = Text()
    document = Text()
    received_at = Instant()
    outcome = Text()
    reason = Text()
    processed_at = Instant(null=True)

    class Meta:
        table = "receipts"


class Hosts(Model):
    """`records.Host`. The index of those to be tried: see the migration `0004`."""

    name = Text(primary_key=True)
    first_seen_at = Instant()
    signature_scheme = Text(null=True)
    content_type = Text(null=True)
    software = Text(null=True)
    last_success_at = Instant(null=True)
    last_failure_at = Instant(null=True)
    last_error = Text()
    failures = columns.BigIntField()
    failing_since = Instant(null=True)
    next_try_at = Instant(null=True)
    given_up_at = Instant(null=True)

    class Meta:
        table = "hosts"


class HostRules(Model):
    """`records.HostRule`."""

    host = Text(primary_key=True)
    severity = Text()
    created_at = Instant()
    changed_at = Instant()
    rejects_media = columns.BooleanField()
    rejects_reports = columns.BooleanField()
    comment = Text()
    public_comment = Text()
    obfuscates = columns.BooleanField()

    class Meta:
        table = "host_rules"


class ContentRules(Model):
    """`records.ContentRule`."""

    id = _id()
    kind = Text()
    pattern = Text()
    action = Text()
    only_strangers = columns.BooleanField()
    comment = Text()
    created_at = Instant()

    class Meta:
        table = "content_rules"
        unique_together = (("kind", "pattern"),)


class Rulebooks(Model):
    """How often the rules of a kind were changed: processes keep them in memory."""

    name = Text(primary_key=True)
    version = columns.BigIntField()

    class Meta:
        table = "rulebooks"


class AuditEntries(Model):
    """`records.AuditEntry`. Without foreign keys: it outlives whatever it is about."""

    id = _id()
    actor_id = columns.BigIntField(null=True)
    actor_name = Text()
    kind = Text()
    target = Text()
    words = Text()
    created_at = Instant()

    class Meta:
        table = "audit_entries"


class SeveredFollows(Model):
    """`records.SeveredFollow`."""

    id = _id()
    follower = _belongs_to("Actors")
    followed = _belongs_to("Actors")
    uri = Text()
    state = Text()
    created_at = Instant()
    severed_at = Instant()
    blocker_id = columns.BigIntField(null=True)

    class Meta:
        table = "severed_follows"
        unique_together = (("follower_id", "followed_id"),)
        indexes = (Index(fields=("followed_id",), name="severed_follows_of_followed"),)


class Jobs(Model):
    """`records.Job` and its state. Indexes: see the migrations `0002` and `0004`."""

    id = _id()
    kind = Text()
    payload = Json()
    due_at = Instant()
    attempts = columns.BigIntField()
    created_at = Instant()
    order_key = Text(null=True)
    unique_key = Text(null=True)
    host = Text(null=True)
    last_error = Text()
    turn = columns.BigIntField(null=True)
    activity_id = columns.BigIntField(null=True)
    state = Text()

    class Meta:
        table = "jobs"


class Schedule(Model):
    """When a kind of job that comes back is due next, whichever worker looks."""

    kind = Text(primary_key=True)
    next_at = Instant()

    class Meta:
        table = "schedule"
