"""Forms that come too late: the session in which they were opened is over, or is another one.

What was typed is kept for an hour, under a name that only this browser is told, and stands in the
form again once its writer is logged in: nothing is published by a form that is not ours (AU-13).
"""

import hashlib
import json
import secrets
import zlib
from typing import Final
from urllib.parse import quote

from moderation import limits
from webapp import security
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages.visit import Visit, redirect

LOOK: Final = "You were logged out meanwhile. Nothing is lost: look it over, and send it once more."
KEPT_FOR_S: Final = 3600.0
PER_ADDRESS_PER_HOUR_MAX: Final = 30
_BYTES_MAX: Final = 1024 * 1024


async def keep(visit: Visit, **values: str) -> Answer:
    """Keep what was typed, and show the form again; who is not logged in has to log in first."""
    del values
    await limits.allow(
        visit.instance,
        f"late form {limits.source_of(visit.address)}",
        max=PER_ADDRESS_PER_HOUR_MAX,
        window_s=limits.HOUR_S,
        address=visit.address,
    )
    texts = {name: text for name, text in visit.form.texts.items() if name != security.CSRF_FIELD}
    token = secrets.token_urlsafe(24)
    await visit.instance.cache.set(
        _key(token), zlib.compress(json.dumps(texts).encode()), KEPT_FOR_S
    )
    path = f"{visit.path}?late={token}"
    if visit.viewer is None:
        return redirect(f"/log-in?next={quote(path, safe='')}&said=typed")
    return redirect(path)


async def find(visit: Visit, token: str) -> Fields | None:
    """Return what was typed; None when that is too long ago."""
    found = await visit.instance.cache.get(_key(token))
    if found is None:
        return None
    return Fields(json.loads(zlib.decompressobj().decompress(found, _BYTES_MAX)))


def _key(token: str) -> str:
    return f"late form {hashlib.sha256(token.encode()).hexdigest()}"
