"""First contact: a host that we had given up, or that fails, is heard from, and is tried again.

Deliveries come back newest post first when the host was parked (RELIABILITY, retry window; FA-49).
"""

import logging
from datetime import timedelta

from instance.resources import Instance
from storage import deliveries, hosts

_log = logging.getLogger("kittiwake.outbox")

# A host that is well is looked up so often, however much it sends.
_LOOK_EVERY_S = 5
_HOSTS_MAX = 10_000
# A host that reaches us and takes nothing is tried so often, however much it sends (E141).
_TRY_EVERY = timedelta(seconds=30)


async def host_is_back(instance: Instance, host: str) -> None:
    """Note that something of a host arrived here, verified. Costs nothing when the host is well."""
    now = instance.now()
    looked_at = instance.hosts_heard.get(host)
    if looked_at is not None and abs((now - looked_at).total_seconds()) < _LOOK_EVERY_S:
        return
    if len(instance.hosts_heard) >= _HOSTS_MAX:
        instance.hosts_heard.clear()
    instance.hosts_heard[host] = now
    if await hosts.is_worth_a_try(host, now, _TRY_EVERY):
        await resume(instance, host)


async def resume(instance: Instance, host: str) -> bool:
    """Try a host again now, with all that is held for it; False if it does not fail."""
    async with instance.store.transaction():
        before = await hosts.try_now(host, instance.now())
        if before is None:
            return False
        if before.given_up_at is not None:
            await deliveries.give_up_oldest(host, instance.now())
            await deliveries.put_newest_first(host)
            _log.info("%s is back: what was parked goes out, the newest post first", host)
    instance.queue.notify()
    return True
