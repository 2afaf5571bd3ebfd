"""Alpha and other servers in one process, on a clock that the fault moves: hours cost nothing."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2

from instance.resources import Instance
from instance.worker import Worker
from storage.records import Actor, RowId
from tests.faults.ledger import Ledger
from tests.faults.marks import at, mark_of, new_mark
from tests.faults.stage import Stage
from tests.federation import peers
from tests.instances import FakeClock, Instances, all_jobs
from tests.internet import FakeInternet
from tests.usecases import social

ACCEPTED = 202


@dataclass
class Host(peers.Peer):
    """Another server: answers as told, goes down, and notes when it was asked."""

    is_down: bool = False
    answers_next: list[httpx2.Response] = field(default_factory=list)
    attempts: list[datetime] = field(default_factory=list)
    taken: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, mark, id

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            self.attempts.append(self.now())
        if self.is_down:
            message = f"{self.host}: connection refused"
            raise httpx2.ConnectError(message, request=request)
        if request.method != "POST":
            return super().answer(request)
        if self.answers_next:
            return self.answers_next.pop(0)
        activity = json.loads(request.content)
        if mark := mark_of(activity):
            self.taken.append((self.now(), mark, activity["id"]))
        return httpx2.Response(ACCEPTED)


@dataclass
class Town:
    """Alpha, where `author` lives, whom somebody at each of the hosts follows."""

    instances: Instances
    alpha: Instance
    author: Actor
    ledger: Ledger
    hosts: list[Host] = field(default_factory=list)
    post_ids: list[RowId] = field(default_factory=list)

    def __post_init__(self) -> None:
        # One and the same all the time: it remembers whom it could not reach.
        self.worker = Worker(self.alpha, all_jobs())

    @property
    def clock(self) -> FakeClock:
        return self.instances.clock

    async def add_host(self, name: str) -> Host:
        host = Host(self.instances.internet, name, self.clock)
        host.join("remo", 1)
        with self.alpha.store.active():
            follower = await social.make_remote(self.alpha, "remo", name)
            await social.befriend(self.alpha, follower, self.author)
        self.hosts.append(host)
        return host

    async def post(self) -> str:
        """The author posts; each host is to get it."""
        mark = new_mark()
        with self.alpha.store.active():
            post = await social.say(self.alpha, self.author, f"{mark} is a word.")
        self.post_ids.append(post.id)
        for host in self.hosts:
            self.ledger.accept(at(mark, host.host), self.clock().timestamp())
        await self.work()
        return mark

    async def work(self) -> None:
        await self.worker.drain()

    async def pass_time(self, how_long: timedelta, *, step: timedelta) -> None:
        """Let time pass, and alpha work, in steps."""
        end = self.clock() + how_long
        while self.clock() < end:
            self.clock.moment = min(end, self.clock() + step)
            await self.work()

    async def until_arrived(self, *, within: timedelta, step: timedelta) -> timedelta:
        """Let time pass until nothing is missing; return how much it was."""
        begun = self.clock()
        self.count()
        while self.ledger.lost and self.clock() - begun < within:
            await self.pass_time(step, step=step)
            self.count()
        return self.clock() - begun

    def count(self) -> None:
        """Enter what the hosts have taken."""
        for host in self.hosts:
            for moment, mark, activity_id in host.taken:
                self.ledger.see(at(mark, host.host), activity_id, moment.timestamp())

    async def send(self, host: Host) -> int:
        """Somebody at a host says something to alpha: the first sign of life of a host."""
        person = host.join("remo", 1)
        body = json.dumps(person.create(person.note("I am back"))).encode()
        headers = peers.signed(person, "POST", "alpha.test", "/inbox", body)
        headers["content-type"] = peers.ACTIVITY
        request = httpx2.Request("POST", "https://alpha.test/inbox", headers=headers, content=body)
        answer = await self.instances.internet.handle_async_request(request)
        return answer.status_code


@contextlib.asynccontextmanager
async def town(
    stage: Stage, ledger: Ledger, *hosts: str, internet: FakeInternet | None = None
) -> AsyncIterator[Town]:
    """Alpha, its author, and hosts with a follower each."""
    async with stage.instances(internet) as instances:
        alpha = await stage.instance(instances, "alpha")
        with alpha.store.active():
            author = await social.make_person(alpha, "author")
        made = Town(instances, alpha, author, ledger)
        for name in hosts:
            await made.add_host(name)
        yield made
