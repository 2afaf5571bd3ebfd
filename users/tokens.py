"""Secrets that are shown once: made at random, kept as their SHA-256; pure."""

import hashlib
import secrets

TOKEN_BYTES = 32  # 256 bits: nobody guesses one, so a plain hash is enough
TOKEN_LETTERS_MAX = 128


def new_token() -> str:
    """Make a token for a cookie, a link or an app; URL-safe letters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Return what is kept of a token; found by an index, so its timing tells nothing (SG-36)."""
    return hashlib.sha256(token[:TOKEN_LETTERS_MAX].encode("utf-8", "replace")).hexdigest()
