"""Second factors: secrets of authenticator apps, recovery codes and passkeys; and who logged in."""

from datetime import datetime

from storage import store
from storage.records import Passkey, RecoveryCode, SignIn, TotpSecret
from storage.rows import Rows

TOTP = Rows("totp_secrets", TotpSecret)
CODES = Rows("recovery_codes", RecoveryCode)
PASSKEYS = Rows("passkeys", Passkey)
SIGN_INS = Rows("sign_ins", SignIn)


# ---------------------------------------------------------------- codes of an app


async def insert_totp(secret: TotpSecret) -> None:
    """Keep a secret in the place of the one before."""
    await TOTP.remove("user_id = ?", secret.user_id)
    await TOTP.insert(secret)


async def find_totp(user_id: int) -> TotpSecret | None:
    """Return the secret of somebody's app, also one that is not confirmed."""
    return await TOTP.find("t.user_id = ?", user_id)


async def confirm_totp(secret: TotpSecret, at: datetime) -> None:
    """Ask for its codes from now on."""
    await store.write("UPDATE totp_secrets SET confirmed_at = ? WHERE id = ?", at, secret.id)


async def spend_step(secret: TotpSecret, step: int) -> bool:
    """Note that the code of this half minute was used; False if it, or a later one, was before.

    Of two who come at once with one code, one gets in.
    """
    spent = await store.write(
        "UPDATE totp_secrets SET last_step = ? WHERE id = ? AND last_step < ? RETURNING id",
        *(step, secret.id, step),
    )
    return bool(spent)


async def replace_codes(user_id: int, codes: list[RecoveryCode]) -> None:
    """Keep these recovery codes in the place of those before."""
    await CODES.remove("user_id = ?", user_id)
    await CODES.insert_many_if_new(codes)


async def spend_code(user_id: int, code_hash: str) -> bool:
    """Remove a recovery code; False if it is none. Of two who come at once, one gets in."""
    return bool(await CODES.remove("user_id = ? AND code_hash = ?", user_id, code_hash))


async def count_codes(user_id: int) -> int:
    """Count the recovery codes that are left."""
    sql = "SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?"
    return int((await store.read(sql, user_id))[0][0])


async def remove_totp(user_id: int) -> None:
    """Ask for no code of an app any more."""
    await TOTP.remove("user_id = ?", user_id)


# ---------------------------------------------------------------- passkeys


async def insert_passkey(passkey: Passkey) -> None:
    """Insert a passkey; Conflict if the credential is somebody's already."""
    await PASSKEYS.insert(passkey)


async def passkeys_of(user_id: int) -> list[Passkey]:
    """Return somebody's passkeys, oldest first."""
    return await PASSKEYS.select("WHERE t.user_id = ? ORDER BY t.id", user_id)


async def find_passkey(credential_id: str) -> Passkey | None:
    """Return the passkey of this credential."""
    return await PASSKEYS.find("t.credential_id = ?", credential_id)


async def use_passkey(passkey: Passkey, sign_count: int, at: datetime) -> bool:
    """Note a use with its counter; False if somebody was faster with the same one."""
    used = await store.write(
        "UPDATE passkeys SET sign_count = ?, last_used_at = ? "
        "WHERE id = ? AND (sign_count < ? OR sign_count = 0) RETURNING id",
        *(sign_count, at, passkey.id, sign_count),
    )
    return bool(used)


async def remove_passkey(user_id: int, passkey_id: int) -> bool:
    """Remove one of somebody's own passkeys; False if it is none of theirs."""
    return bool(await PASSKEYS.remove("user_id = ? AND id = ?", user_id, passkey_id))


async def remove_passkeys(user_id: int) -> None:
    """Remove all passkeys of somebody."""
    await PASSKEYS.remove("user_id = ?", user_id)


async def has_any(user_id: int) -> bool:
    """Whether somebody is asked for more than a password."""
    rows = await store.read(
        "SELECT 1 FROM totp_secrets WHERE user_id = ? AND confirmed_at IS NOT NULL "
        "UNION ALL SELECT 1 FROM passkeys WHERE user_id = ? LIMIT 1",
        *(user_id, user_id),
    )
    return bool(rows)


# ---------------------------------------------------------------- who logged in


async def insert_sign_in(made: SignIn) -> None:
    """Insert a log-in."""
    await SIGN_INS.insert(made)


async def sign_ins_of(user_id: int, limit: int) -> list[SignIn]:
    """Return somebody's log-ins, the last first."""
    return await SIGN_INS.select("WHERE t.user_id = ? ORDER BY t.id DESC LIMIT ?", user_id, limit)


async def forget_sign_ins(before: datetime) -> int:
    """Forget log-ins before then; return how many."""
    return await store.in_slices(
        "DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE created_at < ? LIMIT ?) "
        "RETURNING id",
        before,
    )
