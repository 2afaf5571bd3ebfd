"""Keys of the server itself: each is made once, by whichever process needs it first."""

from datetime import datetime

from storage import store
from storage.records import ServerKey
from storage.rows import Rows

KEYS = Rows("server_keys", ServerKey, key="name")


async def find(name: str) -> ServerKey | None:
    """Return the key for this purpose."""
    return await KEYS.find("t.name = ?", name)


async def secret(name: str, new: str, now: datetime) -> str:
    """Return the server's secret for this purpose: `new` where there was none."""
    kept = await find(name) or await insert_if_new(ServerKey(name, new, now))
    return kept.private_pem


async def insert_if_new(key: ServerKey) -> ServerKey:
    """Keep this key unless there is one for its purpose; return the one that is kept."""
    await store.write(
        "INSERT INTO server_keys (name, private_pem, created_at) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO NOTHING",
        *(key.name, key.private_pem, key.created_at),
    )
    return await find(key.name) or key
