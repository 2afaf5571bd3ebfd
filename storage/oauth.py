"""OAuth: apps, the codes they exchange once, and tokens of apps and of people in them."""

# ruff: noqa: S608  # pasted into SQL are names of our own tables and columns; values are bound

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from storage import store
from storage.records import (
    AccessToken,
    Actor,
    OauthApp,
    OauthAppToken,
    OauthCode,
    RowId,
    User,
)
from storage.rows import Rows, pairs
from storage.users import TOKENS, find_with_owner

APPS = Rows("oauth_apps", OauthApp)
CODES = Rows("oauth_codes", OauthCode)
APP_TOKENS = Rows("oauth_app_tokens", OauthAppToken)

# ---------------------------------------------------------------- apps


async def insert_app(app: OauthApp) -> None:
    """Insert an app."""
    await APPS.insert(app)


async def find_app(client_id: str) -> OauthApp | None:
    """Return the app with this client id."""
    return await APPS.find("t.client_id = ?", client_id)


async def apps_by_ids(app_ids: Collection[int]) -> dict[RowId, OauthApp]:
    """Return apps by their row ids; the unknown are missing."""
    found = await APPS.select("WHERE t.id = ANY(?)", list(app_ids))
    return {app.id: app for app in found}


async def forget_unused_apps(before: datetime) -> int:
    """Remove apps that are older and have no token and no code; return how many."""
    return await store.in_slices(
        "DELETE FROM oauth_apps WHERE id IN (SELECT a.id FROM oauth_apps a WHERE a.created_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.app_id = a.id)"
        " AND NOT EXISTS (SELECT 1 FROM oauth_app_tokens t WHERE t.app_id = a.id)"
        " AND NOT EXISTS (SELECT 1 FROM oauth_codes c WHERE c.app_id = a.id) LIMIT ?) RETURNING id",
        before,
    )


# ---------------------------------------------------------------- codes


async def insert_code(code: OauthCode) -> None:
    """Insert a code."""
    await CODES.insert(code)


async def find_code_locked(code_hash: str) -> OauthCode | None:
    """Return a code for who exchanges it in this transaction: of two at once, one comes first."""
    return await CODES.find_locked("t.code_hash = ?", code_hash)


async def spend_code(code: OauthCode, token_id: RowId) -> None:
    """Note which token a code became."""
    await CODES.save(replace(code, token_id=token_id))


async def forget_codes(before: datetime) -> int:
    """Remove codes that are older; return how many."""
    return await store.in_slices(
        "DELETE FROM oauth_codes WHERE id IN"
        " (SELECT id FROM oauth_codes WHERE created_at < ? LIMIT ?) RETURNING id",
        before,
    )


# ---------------------------------------------------------------- tokens


async def find_token_owner(token_hash: str) -> tuple[AccessToken, User, Actor] | None:
    """Return the access token with whose it is, in one query."""
    return await find_with_owner(TOKENS, token_hash)


async def find_refreshable(refresh_hash: str) -> AccessToken | None:
    """Return the access token that this refresh token replaces, or replaced, locked."""
    condition = "t.refresh_hash = ? OR t.spent_refresh_hash = ?"
    return await TOKENS.find_locked(condition, refresh_hash, refresh_hash)


async def find_token_of_app(app_id: RowId, token_hash: str) -> AccessToken | None:
    """Return the access token of a person in this app, by its own hash or its refresh token's."""
    condition = "t.app_id = ? AND (t.token_hash = ? OR t.refresh_hash = ?)"
    return await TOKENS.find(condition, app_id, token_hash, token_hash)


async def save_token(token: AccessToken) -> None:
    """Write the whole row of an access token."""
    await TOKENS.save(token)


async def remove_token(token_id: RowId) -> None:
    """Remove an access token."""
    await TOKENS.remove("id = ?", token_id)


async def remove_token_of(user_id: RowId, token_id: RowId) -> bool:
    """Remove an access token if it is this user's; return whether it was."""
    return bool(await TOKENS.remove("id = ? AND user_id = ?", token_id, user_id))


async def touch_token(token_id: RowId, user_id: RowId, at: datetime) -> None:
    """Note when a token was last used, and with it that its user was here."""
    async with store.current().transaction():
        await store.write("UPDATE access_tokens SET last_used_at = ? WHERE id = ?", at, token_id)
        await store.write("UPDATE users SET last_seen_at = ? WHERE id = ?", at, user_id)


# ---------------------------------------------------------------- tokens of apps themselves


async def insert_app_token(token: OauthAppToken) -> None:
    """Insert a token of an app itself."""
    await APP_TOKENS.insert(token)


async def find_app_token(token_hash: str) -> tuple[OauthAppToken, OauthApp] | None:
    """Return the token of an app itself, and the app."""
    names = f"{APP_TOKENS.columns('t')}, {APPS.columns('a')}"
    sql = (
        f"SELECT {names} FROM oauth_app_tokens t CROSS JOIN oauth_apps a"
        " WHERE t.token_hash = ? AND a.id = t.app_id"
    )
    return next(pairs(await store.read(sql, token_hash), APP_TOKENS, APPS), None)


async def remove_app_token(app_id: RowId, token_hash: str) -> bool:
    """Remove a token of this app itself; return whether there was one."""
    return bool(await APP_TOKENS.remove("app_id = ? AND token_hash = ?", app_id, token_hash))


async def forget_app_tokens(before: datetime) -> int:
    """Remove tokens of apps themselves that are older; return how many."""
    return await store.in_slices(
        "DELETE FROM oauth_app_tokens WHERE id IN"
        " (SELECT id FROM oauth_app_tokens WHERE created_at < ? LIMIT ?) RETURNING id",
        before,
    )
