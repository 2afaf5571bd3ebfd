"""Two instances of ours, alpha and beta: everything people do to each other, both ways."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from actors import remote
from feeds import home
from feeds.loading import dress
from instance.resources import Instance
from outbox import blocking, following, interacting, publishing
from posts.drafts import Draft
from storage import actors, interactions, notifications, posts, relations
from storage.records import (
    Actor,
    FollowState,
    InteractionKind,
    Notification,
    Page,
    Post,
    Visibility,
)
from tests.instances import FakeClock, Instances
from tests.usecases.social import make_person

PAGE = Page(limit=80)


@dataclass
class Side:
    """One instance and its person."""

    instance: Instance
    person: Actor
    instances: Instances

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[Instance]:
        """The store of this side, and afterwards all jobs of both sides."""
        with self.instance.store.active():
            yield self.instance
        await self.instances.settle()

    async def find(self, other: "Side") -> Actor:
        return await remote.resolve(self.instance, other.handle)

    @property
    def handle(self) -> str:
        return f"@{self.person.username}@{self.instance.settings.domain}"

    async def home(self) -> list[Post]:
        with self.instance.store.active():
            page = await home.read(self.instance, self.person, PAGE)
            return [item.post for item in await dress(page.items)]

    async def told(self) -> list[Notification]:
        with self.instance.store.active():
            return await notifications.page(self.person.id, PAGE)

    async def post(self, uri: str) -> Post | None:
        with self.instance.store.active():
            return await posts.find_by_uri(uri)

    async def relation(self, other: "Side") -> tuple[FollowState | None, FollowState | None]:
        """How our person stands to the other, and the other to ours, as our rows say."""
        with self.instance.store.active():
            them = await actors.find_by_uri(other.person.uri)
            if them is None:
                return None, None
            out = await relations.find_follow(self.person.id, them.id)
            back = await relations.find_follow(them.id, self.person.id)
            return out.state if out else None, back.state if back else None

    async def say(self, text: str, **draft: object) -> Post:
        async with self.acting() as instance:
            return await publishing.publish(instance, self.person, Draft(text=text, **draft))  # type: ignore[arg-type]  # a test's shorthand


@pytest.fixture(params=["alpha", "beta"])
async def sides(request: pytest.FixtureRequest, instances: Instances) -> tuple[Side, Side]:
    """`a` acts on `b`; once each way."""
    made = []
    for host, name in (("alpha", "alice"), ("beta", "bea")):
        instance = await instances.make(host)
        with instance.store.active():
            made.append(Side(instance, await make_person(instance, name), instances))
    return (made[0], made[1]) if request.param == "alpha" else (made[1], made[0])


async def follow(one: Side, other: Side) -> None:
    async with one.acting() as instance:
        await following.follow(instance, one.person, await one.find(other))


async def test_follow_by_handle_is_accepted(sides: tuple[Side, Side]) -> None:
    """A55, A83, A84, A85: both sides agree."""
    one, other = sides
    await follow(one, other)
    assert await one.relation(other) == (FollowState.ACCEPTED, None)
    assert await other.relation(one) == (None, FollowState.ACCEPTED)
    assert [each.kind for each in await other.told()] == ["follow"]


async def test_a_locked_account_decides(sides: tuple[Side, Side]) -> None:
    """E124, PV-13, PV-14: nothing before the Accept."""
    one, other = sides
    with other.instance.store.active():
        other.person = replace(other.person, is_locked=True)
        await actors.save(other.person)
    await follow(one, other)
    assert await one.relation(other) == (FollowState.REQUESTED, None)
    assert [each.kind for each in await other.told()] == ["follow_request"]
    secret = await other.say("for followers", visibility=Visibility.FOLLOWERS)
    assert await one.post(secret.uri) is None
    async with other.acting() as instance:
        asker = await actors.find_by_uri(one.person.uri)
        assert asker is not None
        await following.accept(instance, other.person, asker.id)
    assert await one.relation(other) == (FollowState.ACCEPTED, None)
    later = await other.say("for followers again", visibility=Visibility.FOLLOWERS)
    assert later.uri in {post.uri for post in await one.home()}


async def test_a_locked_account_refuses(sides: tuple[Side, Side]) -> None:
    one, other = sides
    with other.instance.store.active():
        other.person = replace(other.person, is_locked=True)
        await actors.save(other.person)
    await follow(one, other)
    async with other.acting() as instance:
        asker = await actors.find_by_uri(one.person.uri)
        assert asker is not None
        await following.reject(instance, other.person, asker.id)
    assert await one.relation(other) == (None, None)
    assert await other.relation(one) == (None, None)


async def test_a_removed_follower_is_told(sides: tuple[Side, Side]) -> None:
    """E123, PV-15."""
    one, other = sides
    await follow(one, other)
    async with other.acting() as instance:
        follower = await actors.find_by_uri(one.person.uri)
        assert follower is not None
        await following.remove_follower(instance, other.person, follower.id)
    assert await one.relation(other) == (None, None)


async def test_a_post_travels_whole(sides: tuple[Side, Side]) -> None:
    """A79, A98, INTEROP 6 and 15."""
    one, other = sides
    await follow(other, one)
    said = await one.say(
        "Hello #Birds http://x.test/a", summary="feathers", language="de", is_sensitive=True
    )
    heard = await other.post(said.uri)
    assert heard is not None
    assert heard.summary == "feathers"
    assert heard.is_sensitive
    assert heard.language == "de"
    assert heard.hashtags == ("birds",)
    assert heard.visibility is Visibility.PUBLIC
    assert said.uri in {post.uri for post in await other.home()}


@pytest.mark.parametrize("visibility", sorted({*Visibility} - {Visibility.LOCAL}))
async def test_e79_visibility_travels(sides: tuple[Side, Side], visibility: Visibility) -> None:
    one, other = sides
    await follow(other, one)
    said = await one.say(f"To {other.handle}", visibility=visibility)
    heard = await other.post(said.uri)
    assert heard is not None
    assert heard.visibility is visibility
    assert [each.kind for each in await other.told()] == ["mention"]


async def test_reply_like_boost_and_their_undo(sides: tuple[Side, Side]) -> None:
    """A86, A87, INTEROP 10 and 13."""
    one, other = sides
    await follow(one, other)
    said = await other.say("What do you think?")
    async with one.acting() as instance:
        here = await posts.find_by_uri(said.uri)
        assert here is not None
        answer = await publishing.publish(
            instance, one.person, Draft(text="Much", in_reply_to_id=here.id)
        )
        await interacting.like(instance, one.person, here.id)
        await interacting.boost(instance, one.person, here.id)
    there = await other.post(answer.uri)
    assert there is not None
    assert there.in_reply_to_id == said.id
    with other.instance.store.active():
        counts = (await interactions.counts([said.id]))[said.id]
    assert (counts.replies, counts.likes, counts.boosts) == (1, 1, 1)
    assert {each.kind for each in await other.told()} == {"follow", "reply", "like", "boost"}
    async with one.acting() as instance:
        await interacting.unlike(instance, one.person, here.id)
        await interacting.unboost(instance, one.person, here.id)
    with other.instance.store.active():
        counts = (await interactions.counts([said.id]))[said.id]
        me = await actors.find_by_uri(one.person.uri)
        assert me is not None
        assert await interactions.find_interaction(InteractionKind.LIKE, me.id, said.id) is None
    assert (counts.likes, counts.boosts) == (0, 0)


async def test_edit_and_delete(sides: tuple[Side, Side], clock: FakeClock) -> None:
    """A80, A82, E105, E108."""
    one, other = sides
    await follow(other, one)
    said = await one.say("frist")
    clock.advance(minutes=1)
    async with one.acting() as instance:
        await publishing.edit(instance, one.person, said.id, Draft(text="first"))
    heard = await other.post(said.uri)
    assert heard is not None
    assert "first" in heard.content
    assert heard.edited_at is not None
    async with one.acting() as instance:
        await publishing.delete(instance, one.person, said.id)
    gone = await other.post(said.uri)
    assert gone is not None
    assert gone.deleted_at is not None
    assert said.uri not in {post.uri for post in await other.home()}


async def test_unfollow_and_follow_again(sides: tuple[Side, Side]) -> None:
    """INTEROP 8: a fresh follow works whatever was there before."""
    one, other = sides
    for _ in range(2):
        await follow(one, other)
        assert await other.relation(one) == (None, FollowState.ACCEPTED)
        async with one.acting() as instance:
            await following.unfollow(instance, one.person, await one.find(other))
        assert await other.relation(one) == (None, None)
        assert await one.relation(other) == (None, None)


async def test_block_and_unblock(sides: tuple[Side, Side]) -> None:
    """E125, INTEROP 16: both follows end; after the Undo both can follow again."""
    one, other = sides
    await follow(one, other)
    await follow(other, one)
    async with one.acting() as instance:
        them = await one.find(other)
        await blocking.block(instance, one.person, them.id)
    assert await one.relation(other) == (None, None)
    assert await other.relation(one) == (None, None)
    async with one.acting() as instance:
        await blocking.unblock(instance, one.person, them.id)
    await follow(other, one)
    assert await one.relation(other) == (None, FollowState.ACCEPTED)


async def test_a_late_reader_gets_the_thread(sides: tuple[Side, Side]) -> None:
    """A178: parents that came before the follow are fetched."""
    one, other = sides
    first = await one.say("first")
    async with one.acting() as instance:
        second = await publishing.publish(
            instance, one.person, Draft(text="second", in_reply_to_id=first.id)
        )
    await follow(other, one)
    async with one.acting() as instance:
        third = await publishing.publish(
            instance, one.person, Draft(text="third", in_reply_to_id=second.id)
        )
    for said in (first, second, third):
        assert await other.post(said.uri) is not None
