"""Whether this server can work: for load balancers. See docs.joinmastodon.org, methods, health."""

from webapp.calls import Call, Reply

_TEXT = [("Content-Type", "text/plain; charset=utf-8")]


async def show(call: Call) -> Reply[bytes]:
    """GET /health: OK while the database answers; else the error table's 503."""
    await call.instance.store.check()
    return Reply(b"OK", headers=_TEXT)
