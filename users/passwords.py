"""Passwords: what is accepted, and how they are kept; hashing runs in threads, few at once."""

import asyncio
import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from instance.errors import Invalid

PASSWORD_LETTERS_MIN = 8
PASSWORD_LETTERS_MAX = 128

# OWASP Password Storage Cheat Sheet, Argon2id: 46 MiB, one pass, one lane. About 50 ms.
MEMORY_KIB = 46 * 1024
SALT_BYTES = 16
HASH_BYTES = 32

# Each hash takes 46 MiB: two at once bound both memory and CPU, the others wait (AU-23).
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")

# A hash of the right cost that no password has: checked when the name is unknown (AU-11).
UNKNOWN_HASH = (
    "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

# The passwords of eight letters and more that guessing begins with (AU-23).
COMMON = frozenset(
    """
    password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword passwort
    12345678 123456789 1234567890 12345678910 123123123 987654321 9876543210 87654321 11111111
    00000000 88888888 66666666 55555555 99999999 77777777 12341234 11223344 123454321 147258369
    123456789a a123456789 1234qwer qwer1234 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234
    1q2w3e4r 1q2w3e4r5t 1qaz2wsx q1w2e3r4 zaq12wsx asdfghjk asdfghjkl zxcvbnm1 abcd1234 abc12345
    iloveyou iloveyou1 sunshine princess football baseball basketball superman batman123 trustno1
    welcome1 welcome123 letmein1 letmein123 starwars computer internet whatever michelle jennifer
    changeme changeme1 administrator admin123 admin1234 administrator1 kittiwake kittiwake1
    mastodon fediverse monkey123 dragon123 shadow123 master123 hello123 test1234 testtest
    correcthorsebatterystaple
    """.split()  # noqa: SIM905 - a table of words reads better without quotes
)


def check_password(password: str, username: str) -> str:
    """Return a new password in the form that is hashed; raises `Invalid` with what to change."""
    if len(password) < PASSWORD_LETTERS_MIN:
        reason = f"Choose at least {PASSWORD_LETTERS_MIN} characters."
    elif len(password) > PASSWORD_LETTERS_MAX:
        reason = f"Choose at most {PASSWORD_LETTERS_MAX} characters."
    elif password.casefold() in COMMON or password.casefold() == username.casefold():
        reason = "Everybody would try this one first. Choose another."
    else:
        return _normal(password)
    raise Invalid(f"This password cannot be used. {reason}", fields={"password": reason})


async def hash_password(password: str) -> str:
    """Hash a checked password with Argon2id (RFC 9106) into a PHC string."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _hash, _normal(password))


async def verify_password(password: str, password_hash: str) -> bool:
    """Whether the password belongs to the hash. Costs the same for any answer and any length."""
    text = _normal(password[:PASSWORD_LETTERS_MAX])
    is_right = await asyncio.get_running_loop().run_in_executor(
        _THREADS, _verify, text, password_hash
    )
    return is_right and len(password) <= PASSWORD_LETTERS_MAX


def _normal(password: str) -> str:
    """Return one form of letters that can be typed in several ways (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _hash(password: str) -> str:
    made = Argon2id(
        salt=os.urandom(SALT_BYTES),
        length=HASH_BYTES,
        iterations=1,
        lanes=1,
        memory_cost=MEMORY_KIB,
    )
    return made.derive_phc_encoded(_bytes(password))


def _verify(password: str, password_hash: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(_bytes(password), password_hash)
    except InvalidKey:
        return False
    return True


def _bytes(password: str) -> bytes:
    # Lone surrogates cannot be typed; they must not become an error either.
    return password.encode("utf-8", "replace")
