"""`World`: our server S with alice and bob, and the hosts A (attacker), V (victim), B (bystander).

mallory and her honest neighbour live at A, victor at V, honest at B. Alice follows all but the
neighbour; so what they say is wanted here, and what is refused is refused for another reason.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from actors import identity, remote
from feeds import home
from feeds.loading import dress
from inbox import turns
from instance.resources import Instance
from storage import actors, notifications, posts, receipts, relations
from storage.records import Actor, ActorKind, Notification, Page, Post, Receipt
from tests.asgi import Answer, call
from tests.federation.peers import ACTIVITY, Forgery, Peer, Person, signed
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.usecases.social import befriend, make_person, private_pem

S = "alpha.test"


@dataclass
class World:
    instance: Instance
    app: Any
    internet: FakeInternet
    clock: FakeClock
    alice: Actor
    bob: Actor
    mallory: Person
    neighbour: Person
    victor: Person
    honest: Person

    # ------------------------------------------------------------ requests

    async def post(
        self,
        person: Person,
        activity: dict[str, Any] | bytes,
        *,
        inbox: str = "/inbox",
        forgery: Forgery | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """POST an activity as it is signed by a person, or with other headers."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        given = headers
        if given is None:
            given = signed(person, "POST", S, inbox, body, forgery or Forgery())
        given = {"content-type": ACTIVITY, "host": S, **given}
        return await self.call("POST", inbox, given, body)

    async def call(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> Answer:
        raw = tuple((name.encode(), value.encode("latin-1")) for name, value in headers.items())
        return await call(self.app, method, target.encode(), headers=raw, body=body)

    async def get(
        self, target: str, person: Person | None = None, accept: str = ACTIVITY
    ) -> Answer:
        """GET as ActivityPub, signed when somebody asks."""
        headers = {"host": S, "accept": accept}
        if person is not None:
            headers |= signed(
                person, "GET", S, target, b"", Forgery(covered=("(request-target)", "host", "date"))
            )
        return await self.call("GET", target, headers)

    async def tell(self, person: Person, activity: dict[str, Any], **how: Any) -> int:
        """POST an activity and let our jobs run; returns the status."""
        answer = await self.post(person, activity, **how)
        await self.settle()
        return answer.status

    @asynccontextmanager
    async def places_taken(self, number: int = turns.AT_ONCE_MAX) -> AsyncIterator[None]:
        """Hold places of the inbox; while all are held, what arrives waits in line."""
        async with AsyncExitStack() as held:
            for _ in range(number):
                turn = turns.of(self.instance).turn("held", is_urgent=False)
                await held.enter_async_context(turn)
            yield

    async def settle(self) -> None:
        await drain(self.instance)

    # ------------------------------------------------------------ what is there

    async def actor(self, person: Person) -> Actor:
        found = await actors.find_by_uri(person.uri)
        assert found is not None
        return found

    async def find(self, note: dict[str, Any] | str) -> Post | None:
        """The living post with this id, if we have it."""
        uri = note if isinstance(note, str) else note["id"]
        found = await posts.find_by_uri(uri)
        return found if found is not None and found.deleted_at is None else None

    async def home(self, owner: Actor | None = None) -> list[Post]:
        page = await home.read(self.instance, owner or self.alice, Page(limit=80))
        return [item.post for item in await dress(page.items)]

    async def told(self, owner: Actor | None = None) -> list[Notification]:
        return await notifications.page((owner or self.alice).id, Page(limit=80))

    async def receipt(self, activity: dict[str, Any]) -> Receipt | None:
        """What we wrote about an activity; None when it was not let in."""
        return await receipts.RECEIPTS.find(
            "t.actor_uri = ? AND t.activity_uri = ? AND t.outcome <> 'turned away'",
            *(activity["actor"], activity["id"]),
        )

    async def follow(self, follower: Actor, person: Person) -> Actor:
        """A follow that is accepted already; the person is fetched."""
        followed = await remote.find_or_fetch(self.instance, person.uri)
        await befriend(self.instance, follower, followed)
        return followed

    async def followed_by(self, person: Person, followed: Actor) -> bool:
        follower = await actors.find_by_uri(person.uri)
        if follower is None:
            return False
        found = await relations.find_follow(follower.id, followed.id)
        return found is not None and found.state == "accepted"

    async def sentinel(self) -> None:
        """A lawful post right after an attack is visible."""
        note = self.honest.note("sentinel")
        assert await self.tell(self.honest, self.honest.create(note)) == 202
        assert note["id"] in {post.uri for post in await self.home()}


async def make_world(
    instance: Instance, app: Any, internet: FakeInternet, clock: FakeClock
) -> World:
    # The instance actor with the key that all tests share: a fresh one takes long.
    await identity.create_local(
        instance, instance.settings.host, kind=ActorKind.APPLICATION, private_pem=private_pem()
    )
    attacker, victim, bystander = (Peer(internet, f"{n}.test", clock) for n in "avb")
    world = World(
        instance,
        app,
        internet,
        clock,
        alice=await make_person(instance, "alice"),
        bob=await make_person(instance, "bob"),
        mallory=attacker.join("mallory", 1),
        neighbour=attacker.join("neighbour", 2),
        victor=victim.join("victor", 3),
        honest=bystander.join("honest", 4),
    )
    for person in (world.mallory, world.victor, world.honest):
        await world.follow(world.alice, person)
    await remote.find_or_fetch(instance, world.neighbour.uri)
    for peer in (attacker, victim, bystander):
        peer.gets.clear()
    return world
