"""Whether somebody who signs up looks like somebody who had to go (MO-7): a moderator decides then.

Nobody is refused: many people share a network, and an address may have changed hands.
"""

import hashlib
import hmac
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from instance.resources import Instance
from moderation import limits
from storage import server_keys, traces
from storage.records import RowId, SignUpTrace
from users import tokens

KEPT_FOR: Final = timedelta(days=365)
NETWORK_COUNTS_FOR: Final = timedelta(days=30)
SECRET_NAME: Final = "sign-up traces"  # noqa: S105 - the name of a secret
_KEYED_AT_ONCE: Final = 200
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})


def canonical(email: str) -> str:
    """Return the mailbox that an address leads to: small letters, no +tag, no dots at Google."""
    name, _, domain = email.strip().casefold().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in _WITHOUT_DOTS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}"


async def remember(instance: Instance, actor_id: RowId, email: str, address: str) -> None:
    """Keep what makes a sign-up known again, in the caller's transaction; for a year."""
    exempt = limits.is_within(address, instance.settings.limits.exempt_networks)
    source = limits.source_of(address)
    trace = SignUpTrace(
        id=instance.ids.new(),
        actor_id=actor_id,
        email_hash=await _hash_of(instance, email) if email else None,
        source=None if exempt or source == "unknown" else source,
        created_at=instance.now(),
    )
    await traces.insert(trace)


async def _hash_of(instance: Instance, email: str) -> str:
    """Return what an address is known again by: who reads the table cannot try addresses."""
    return _keyed(await _secret(instance), tokens.hash_of(canonical(email)))


def _keyed(secret: str, plain_hash: str) -> str:
    digest = hmac.digest(secret.encode(), plain_hash.encode(), hashlib.sha256).hex()
    return f"{traces.KEYED}{digest}"


async def _secret(instance: Instance) -> str:
    """Return the server's secret for this, made once."""
    return await server_keys.secret(SECRET_NAME, tokens.new_token(), instance.now())


async def key_old_hashes(instance: Instance) -> None:
    """Put the key onto hashes of versions that had none."""
    secret = await _secret(instance)
    while found := await traces.without_key(_KEYED_AT_ONCE):
        async with instance.store.transaction():
            for trace_id, plain_hash in found:
                await traces.rehash(trace_id, _keyed(secret, plain_hash))


async def reasons(instance: Instance, actor_ids: Collection[RowId]) -> Mapping[RowId, list[str]]:
    """Return in plain words whom people look like; who looks like nobody is missing."""
    found: dict[RowId, list[str]] = {}
    rows = await traces.alike(actor_ids, instance.now() - NETWORK_COUNTS_FOR)
    for actor_id, name, is_suspended, is_gone, is_by_email in rows:
        what = "Same e-mail address" if is_by_email else "Same network address"
        state = "who may not log in"
        if is_suspended:
            state = "who is suspended"
        elif is_gone:
            state = "who was turned away"
        found.setdefault(actor_id, []).append(f"{what} as @{name}, {state}")
    return found
