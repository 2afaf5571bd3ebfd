"""How many jobs run at once: lanes of kinds that share a limit, and in each a share per host."""

from collections import Counter, OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta

from instance.resources import Instance
from storage.records import Job

# Lanes for kinds that wait for other servers, so that nobody else waits for them.
DELIVERING = frozenset({"deliver"})
FETCHING = frozenset(
    {
        *(
            "fetch_first",
            "fetch_thread",
            "settle_quote",
            "verify_answer",
            "fetch_posts",
            "fetch_people",
            "synchronize_followers",
            "fetch_featured",
            "refresh_post",
            "refresh_actor",
            "follow_move",
            "deliver_to_relay",
            "push_to",
            "fetch_activity",
        ),
        *("verify_links", "measure_pictures", "count_actor"),
        *("send_mail", "mail_news", "mail_digest"),
    }
)
# A conversation asks many servers for minutes: what is quick does not wait behind it.
GATHERING = frozenset({"fetch_conversation"})
GATHERING_SHARE = 4
# Films and sounds take minutes and a processor: one at a time, and nobody waits behind it.
TRANSCODING = frozenset({"prepare_media"})

DELIVERIES_PER_HOST_MAX = 8
# A host that is not known yet gets so many; one that has failed begins with one.
FIRST_DELIVERIES = 4
HOSTS_KNOWN_MAX = 20_000
# Who takes so long leaves the place to others, and is waited for beside them, up to a bound.
SLOW_AFTER = timedelta(seconds=2)
SLOW_FACTOR = 1


class Lane:
    """Kinds of jobs that share a limit; one host gets half of it at most (RX-25)."""

    def __init__(self, kinds: frozenset[str], at_once_max: int) -> None:
        self.kinds = kinds
        self.at_once_max = at_once_max
        self._running: OrderedDict[int, datetime] = OrderedDict()
        self._hosts: Counter[str] = Counter()

    def room(self, now: datetime) -> int:
        """How many more may be started."""
        del now
        return self.at_once_max - len(self._running)

    def share(self, host: str) -> int:
        """How many of a host may run at once."""
        del host
        return max(1, self.at_once_max // 2)

    def room_for(self, host: str | None) -> int:
        """How many more of a host may be started, as far as the lane has room."""
        return self.at_once_max if host is None else self.share(host) - self._hosts[host]

    def running_of(self, host: str) -> int:
        """How many of a host run."""
        return self._hosts[host]

    def running_total(self) -> int:
        """How many run."""
        return len(self._running)

    def full_hosts(self) -> list[str]:
        """The hosts that have as many running as they may."""
        return [host for host in self._hosts if self.room_for(host) <= 0]

    def started(self, job: Job, now: datetime) -> None:
        """Count a job that runs from now on."""
        self._running[job.id] = now
        if job.host is not None:
            self._hosts[job.host] += 1

    def ended(self, job: Job) -> None:
        """Count a job that runs no more."""
        if self._running.pop(job.id, None) is not None and job.host is not None:
            self._hosts[job.host] -= 1
            if self._hosts[job.host] <= 0:
                del self._hosts[job.host]


class DeliveryLane(Lane):
    """Deliveries: a few a host, with slow start after a failure; slow hosts hold up nobody."""

    def __init__(self, kinds: frozenset[str], at_once_max: int) -> None:
        super().__init__(kinds, at_once_max)
        self._shares: OrderedDict[str, int] = OrderedDict()

    def room(self, now: datetime) -> int:
        """How many more may be started; those that have run for long are not counted."""
        slow = 0
        for begun_at in self._running.values():
            if slow >= SLOW_FACTOR * self.at_once_max or now - begun_at < SLOW_AFTER:
                break
            slow += 1
        return self.at_once_max + slow - len(self._running)

    def share(self, host: str) -> int:
        """How many deliveries to a host may run at once."""
        return self._shares.get(host, min(FIRST_DELIVERIES, max(1, self.at_once_max // 2)))

    def succeeded(self, host: str) -> None:
        """Give a host that takes deliveries one more at a time: so they double each round."""
        most = min(DELIVERIES_PER_HOST_MAX, max(1, self.at_once_max // 2))
        self._set(host, min(self.share(host) + 1, most))

    def failed(self, host: str) -> None:
        """Let a host have one at a time."""
        self._set(host, 1)

    def _set(self, host: str, share: int) -> None:
        self._shares[host] = share
        self._shares.move_to_end(host)
        if len(self._shares) > HOSTS_KNOWN_MAX:
            self._shares.popitem(last=False)


def make_lanes(instance: Instance, jobs: Collection[str]) -> tuple[DeliveryLane, tuple[Lane, ...]]:
    """Return the lane of deliveries, and all that these jobs need."""
    limits, kinds = instance.settings.jobs, frozenset(jobs)
    delivering = DeliveryLane(kinds & DELIVERING, limits.deliveries_at_once_max)
    lanes = (
        Lane(kinds - DELIVERING - FETCHING - GATHERING - TRANSCODING, limits.others_at_once_max),
        delivering,
        Lane(kinds & FETCHING, limits.fetches_at_once_max),
        Lane(kinds & GATHERING, max(1, limits.fetches_at_once_max // GATHERING_SHARE)),
        Lane(kinds & TRANSCODING, 1),
    )
    return delivering, tuple(lane for lane in lanes if lane.kinds)
