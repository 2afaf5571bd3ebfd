"""Pages that are made of kept parts are what they would be if nothing were kept, to the byte."""

import random
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as some

from actors.profile import ProfileChange
from instance.errors import Failure
from instance.resources import Instance
from outbox import blocking, following, interacting, profiles, publishing
from posts.drafts import Draft
from storage import actors, posts, site, users
from storage.records import Actor, Poll, PollOption, Post, RowId, Site, Theme, User, Visibility
from tests.asgi import Answer, call
from tests.instances import FakeClock, Instances, drain, is_on_postgres
from tests.internet import FakeInternet
from tests.usecases.social import befriend, hear, make_person, make_remote
from users import login
from webapp.app import create_asgi
from webapp.pages import views

LOOKED_AT = 0.3
THREADS = 4
VISITOR = "a-visitor-who-is-not-logged-in"
FEEDS = ("/home", "/explore", "/explore/everywhere", "/saved", "/favourites", "/tags/birds", "/")
WORDS = ("birds & <b>sea</b>", "#birds", "@alice and @bob", "100%(csrf)s %s {}", "Ünïcödé 🐦")


class Town:
    """Three people here, one elsewhere, and somebody who is not logged in; they look and act."""

    def __init__(self, instance: Instance, clock: FakeClock, chance: random.Random) -> None:
        self.instance = instance
        self.clock = clock
        self.chance = chance
        self.app = create_asgi(instance)
        self.people: list[Actor] = []
        self.tokens: dict[RowId, str] = {}
        self.said: list[Post] = []

    async def settle_in(self) -> None:
        for name in ("alice", "bob", "carol"):
            person = await make_person(self.instance, name)
            user = User(self.instance.ids.new(), person.id, "", self.instance.now())
            await users.insert(user)
            self.tokens[person.id] = await login.start_session(
                self.instance, user, address="", user_agent=""
            )
            self.people.append(person)
        self.far = await make_remote(self.instance, "ben", name="Ben")
        for person in self.people:
            for other in (*self.people, self.far):
                if other != person:
                    await befriend(self.instance, person, other)

    # ------------------------------------------------------------ looking

    async def look(self, viewer: Actor | None, path: str) -> Answer:
        cookie = f"__Host-visitor={VISITOR}"
        if viewer is not None:
            cookie = f"__Host-session={self.tokens[viewer.id]}"
        headers = ((b"cookie", cookie.encode()), (b"accept", b"text/html"))
        return await call(self.app, "GET", path.encode(), headers=headers)

    def paths(self) -> list[str]:
        found = [*FEEDS, "/@ben@beta.test", *(f"/@{person.username}" for person in self.people)]
        authors = {person.id: person.username for person in self.people}
        latest = self.said[-THREADS:]
        threads = (f"/@{authors.get(post.actor_id, 'ben@beta.test')}/{post.id}" for post in latest)
        return [*found, *threads]

    def looks(self) -> list[tuple[Actor | None, str]]:
        return [(viewer, path) for viewer in (None, *self.people) for path in self.paths()]

    async def compare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look at every page as everybody, as it is kept; then as if nothing were kept."""
        looks = self.looks()
        for viewer, path in looks:
            if viewer is not None and path in self.paths()[-THREADS:]:
                await self.look(viewer, path)  # the rest of it is looked for; its pages say so
        kept = [await self.look(viewer, path) for viewer, path in looks]
        with monkeypatch.context() as patch:
            # Real values instead of holes: what is filled in must be what the templates write.
            patch.setattr(views, "holed", lambda view, _: view)
            for (viewer, path), before in zip(looks, kept, strict=True):
                self.instance.renderings.clear()
                fresh = await self.look(viewer, path)
                who = viewer.username if viewer else "nobody"
                assert before.status == fresh.status, (who, path)
                assert before.text == fresh.text, (who, path)
                assert before.headers == fresh.headers, (who, path)

    async def keep(self) -> None:
        """Keep everything as it is now; what is looked at later is made of this."""
        self.instance.renderings.clear()
        for viewer, path in self.looks():
            await self.look(viewer, path)

    # ------------------------------------------------------------ acting

    async def act(self, name: str) -> None:
        person = await actors.get(self.chance.choice(self.people).id)
        other = await actors.get(self.chance.choice([*self.people, self.far]).id)
        post = self.chance.choice(self.said) if self.said else None
        with suppress(Failure):  # what one may not do is left undone
            await ACTS[name](self, person, other, post)
        await drain(self.instance)

    def words(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=2))

    async def write(self, person: Actor, other: Actor, post: Post | None) -> None:
        del other
        draft = Draft(
            text=self.words(),
            summary=self.chance.choice(["", "", "<careful>"]),
            visibility=self.chance.choice(list(Visibility)).value,
            in_reply_to_id=post.id if post and self.chance.random() < 0.5 else None,
        )
        self.said.append(await publishing.publish(self.instance, person, draft))

    async def hear(self, person: Actor, other: Actor, post: Post | None) -> None:
        del other
        parent = post if self.chance.random() < 0.3 else None
        self.said.append(
            await hear(self.instance, self.far, "From far", mentions=(person,), parent=parent)
        )

    async def ask(self, person: Actor, other: Actor, post: Post | None) -> None:
        """A poll of elsewhere, and its votes as they are counted."""
        del person, other
        if post is None or post.is_local:
            return
        votes = PollOption("<Yes>", self.chance.randrange(9)), PollOption("No", 1)
        ends_at = self.instance.now() + timedelta(hours=1)
        read = await posts.get(post.id)
        if read.deleted_at is None:
            poll = Poll(votes, is_multiple=False, ends_at=ends_at, voters=None)
            await posts.save(replace(read, poll=poll))

    async def edit(self, person: Actor, other: Actor, post: Post | None) -> None:
        del person, other
        for author in self.people:
            if post is not None and post.actor_id == author.id:
                draft = Draft(text=self.words(), visibility=post.visibility.value)
                await publishing.edit(self.instance, author, post.id, draft)

    async def delete(self, person: Actor, other: Actor, post: Post | None) -> None:
        del other
        if post is not None:
            await publishing.delete(self.instance, person, post.id)

    async def press(self, person: Actor, other: Actor, post: Post | None) -> None:
        del other
        if post is not None:
            does = self.chance.choice(PRESSES)
            await does(self.instance, person, post.id)

    async def relate(self, person: Actor, other: Actor, post: Post | None) -> None:
        del post
        act = self.chance.choice([following.follow, following.unfollow])
        await act(self.instance, person, other)

    async def avoid(self, person: Actor, other: Actor, post: Post | None) -> None:
        del post
        act = self.chance.choice(
            [blocking.block, blocking.unblock, blocking.unblock, blocking.mute, blocking.unmute]
        )
        await act(self.instance, person, other.id)

    async def rename(self, person: Actor, other: Actor, post: Post | None) -> None:
        del other, post
        change = ProfileChange(name=self.chance.choice(WORDS)[:20], bio=self.words())
        await profiles.change(self.instance, person, change)

    async def rename_far(self, person: Actor, other: Actor, post: Post | None) -> None:
        del person, other, post
        read = await actors.get(self.far.id)
        name = self.chance.choice(["Ben", "<Ben>", "B & n", "%(back)s"])
        suspended_at = self.instance.now() if self.chance.random() < 0.2 else None
        await actors.save(replace(read, name=name, suspended_at=suspended_at))

    async def prefer(self, person: Actor, other: Actor, post: Post | None) -> None:
        del other, post
        user = await users.find_by_actor(person.id)
        assert user is not None
        theme, audience = self.chance.choice(list(Theme)), self.chance.choice(list(Visibility))
        chosen = replace(user.preferences, theme=theme, default_visibility=audience)
        await users.save(replace(user, preferences=chosen))

    async def name_site(self, person: Actor, other: Actor, post: Post | None) -> None:
        del person, other, post
        await site.save(Site(name=self.chance.choice(["Cliff", "<Cliff>"]), is_set_up=True))

    async def wait(self, person: Actor, other: Actor, post: Post | None) -> None:
        del person, other, post
        self.clock.advance(minutes=self.chance.choice([1, 50, 600, 12_000, 600_000]))


PRESSES: list[Callable[[Instance, Actor, RowId], Awaitable[Any]]] = [
    *(interacting.like, interacting.boost, interacting.bookmark, interacting.pin),
    *(interacting.unlike, interacting.unboost, interacting.unbookmark, interacting.unpin),
]
ACTS: dict[str, Callable[[Town, Actor, Actor, Post | None], Awaitable[None]]] = {
    "write": Town.write,
    "write more": Town.write,
    "hear": Town.hear,
    "ask": Town.ask,
    "edit": Town.edit,
    "delete": Town.delete,
    "press": Town.press,
    "press more": Town.press,
    "relate": Town.relate,
    "avoid": Town.avoid,
    "rename": Town.rename,
    "rename far": Town.rename_far,
    "prefer": Town.prefer,
    "name site": Town.name_site,
    "wait": Town.wait,
}


@how(
    max_examples=3 if is_on_postgres() else 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    acts=some.lists(some.sampled_from(list(ACTS)), min_size=6, max_size=14),
    seed=some.integers(0, 10_000),
)
async def test_a_page_of_kept_parts_is_the_page_made_anew(
    tmp_path: Path,
    database_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    acts: list[str],
    seed: int,
) -> None:
    """Issue 3, section 3: exact under edits, deletes, counts, profiles, blocks, looks and time."""
    clock = FakeClock()
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        made = Instances(Path(folder), database_template, clock, FakeInternet())
        try:
            instance = await made.make("alpha")
            with instance.store.active():
                town = Town(instance, clock, random.Random(seed))
                await town.settle_in()
                for name in ("write", "hear", *acts):
                    await town.act(name)
                    if town.chance.random() < LOOKED_AT:
                        await town.compare(monkeypatch)
                        await town.keep()
                await town.compare(monkeypatch)
        finally:
            await made.close()
