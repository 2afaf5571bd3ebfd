"""What became of deliveries: of one post, for its author; of each host, for the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from instance.errors import NotFound
from instance.resources import Instance
from storage import deliveries, hosts, posts
from storage.ids import first_at
from storage.records import Actor, Delivery, Host, RowId

PAGE_MAX = 200
DELIVERIES_KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class HostState:
    """A host and how many deliveries wait for it."""

    host: Host
    waiting: int

    @property
    def state(self) -> str:
        """`well`, `failing` or `parked`."""
        if self.host.given_up_at is not None:
            return "parked"
        return "well" if self.host.failing_since is None else "failing"

    @property
    def next_try_at(self) -> datetime | None:
        """When a host that fails is tried again; None for others."""
        return self.host.next_try_at if self.host.failing_since is not None else None


async def of_post(
    instance: Instance, author: Actor, post_id: RowId, *, limit: int = PAGE_MAX, after: int = 0
) -> list[Delivery]:
    """Return where what the author sent about a post stands, by id, those after `after`.

    Its Create, Updates and Delete, or the Announce of who boosted it. Raises `NotFound` for who has
    nothing to do with the post.
    """
    del instance
    found = await deliveries.of_post(post_id, author.id, min(limit, PAGE_MAX), after=after)
    if not found and not after:
        post = await posts.find(post_id)
        if post is None or post.actor_id != author.id:
            raise NotFound("There is no post of yours at this address.")
    return found


async def of_hosts(
    instance: Instance, *, limit: int = PAGE_MAX, after: str = "", only_failing: bool = False
) -> Sequence[HostState]:
    """Return hosts by name, those after `after`, with what waits for them."""
    del instance
    list_hosts = hosts.list_failing if only_failing else hosts.list_by_name
    found = await list_hosts(min(limit, PAGE_MAX), after=after)
    waiting = await deliveries.depths([host.name for host in found])
    return [HostState(host, waiting.get(host.name, 0)) for host in found]


async def forget_deliveries(instance: Instance, payload: dict[str, object]) -> None:
    """Job `forget_deliveries`, once a day: old deliveries, and the oldest for parked hosts.

    For who has been parked for months, all: what is sent after they came back, they get.
    """
    del payload
    now, after = instance.now(), ""
    await deliveries.forget(first_at(now - DELIVERIES_KEPT_FOR))
    while page := await hosts.list_failing(PAGE_MAX, after=after):
        for host in page:
            if host.given_up_at is not None:
                await deliveries.give_up_oldest(host.name, now)
                await deliveries.give_up_all(host.name, now)
        after = page[-1].name
