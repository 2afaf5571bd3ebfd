"""Which software another server runs, by its NodeInfo: so that it is spoken to in its own way.

Asked by a job, once a week at most, when it matters. A claim: nothing but the form of what is sent
depends on it. http://nodeinfo.diaspora.software/protocol.html
"""

from datetime import timedelta
from urllib.parse import urljoin

from federation import nodeinfo, origin
from instance.resources import Instance
from storage import hosts
from storage.records import Actor

LEARN_SOFTWARE = "learn_software"
ASKED_AGAIN_AFTER = timedelta(days=7)


async def known_or_later(instance: Instance, actor: Actor) -> str | None:
    """The software of somebody's server, if we know it; else it is asked for. No network here."""
    if actor.host is None:
        return None
    known = await hosts.find(origin.host_of(actor.uri))
    key = f"software {actor.host}"
    if await instance.cache.get(key) is None:
        await instance.cache.set(key, b"1", int(ASKED_AGAIN_AFTER.total_seconds()))
        await instance.queue.enqueue(
            LEARN_SOFTWARE,
            {"actor_uri": actor.uri},
            now=instance.now(),
            unique_key=key,
            host=origin.host_of(actor.uri),
        )
    return known.software if known is not None else None


async def learn(instance: Instance, payload: dict[str, object]) -> None:
    """Job `learn_software`: read a server's NodeInfo, and note the name of its software."""
    uri = str(payload["actor_uri"])
    document, _ = await instance.http.get_json(urljoin(uri, "/.well-known/nodeinfo"))
    url = nodeinfo.parse_links(document)
    if url is None or not origin.same_origin(url, uri):
        return
    found = nodeinfo.parse_software((await instance.http.get_json(url))[0])
    if found is not None:
        await hosts.set_software(origin.host_of(uri), found[0])
