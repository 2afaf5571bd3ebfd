"""Whatever people do, the home feed shows what a slow reckoning from posts and follows says.

The reckoning knows nothing of feeds: it keeps who said what when, and whom the reader followed then
and follows now. It says what *must* be shown and what *may* be; between the two lies what a feed is
free in: how far back a new follow is filled, and whether a boost beside its post is repeated.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from feeds import hashtags, home, keeping
from instance.resources import Instance
from instance.settings import FeedSettings, Settings
from outbox import blocking, following, interacting, publishing
from posts.drafts import Draft
from storage import feeds as stored
from storage.records import Actor, Page, Post, RowId, Visibility
from tests.instances import FakeClock, Instances
from tests.internet import FakeInternet
from tests.usecases.social import make_person, settle

PULLED_ABOVE = 2
KEPT = 6
AUTHORS = 4
FANS = 3
TAG = "birds"

SETTINGS = Settings(feeds=FeedSettings(pulled_above_followers=PULLED_ABOVE, entries_kept=KEPT))


GOES_ON_WHILE_READING = {"post", "reply", "boost", "edit", "page", "settle"}
ACTS = [
    *("post", "post", "post", "reply", "boost", "page", "page", "follow", "follow", "edit"),
    *("delete", "unboost", "unfollow", "block", "unblock", "mute", "crowd", "crowd"),
    *("crowd_of_tag", "follow_tag", "unfollow_tag", "settle", "tidy", "away", "back"),
]


# Two who are followed and a hashtag that is, with one of them and the hashtag pulled already.
BEGINNING = [
    *(("follow", 1, 0, 0), ("follow", 2, 0, 0), ("follow_tag", 0, 0, 0)),
    *(("crowd", 1, 0, 1), ("crowd_of_tag", 0, 0, 1), ("post", 1, 0, 4), ("settle", 0, 0, 0)),
    *(("post", 1, 0, 4), ("post", 3, 0, 4), ("settle", 0, 0, 0)),
]


class Act(NamedTuple):
    """Who does something, with which of what there is, and in which way."""

    person: Actor
    which: int
    how: int


class Shown(NamedTuple):
    """One line of a feed."""

    post_id: int
    booster_id: int | None


@dataclass
class Said:
    """A post, and what there was between its reader and its author when it was said."""

    post: Post
    was_followed: bool
    was_wanted: bool
    had_followed_tag: bool
    is_deleted: bool = False


@dataclass
class Boosted:
    """A boost, and whether the reader had no other reason to meet the post."""

    said: Said
    booster: Actor
    was_followed: bool
    was_only_reason: bool


@dataclass
class Reading:
    """Somebody reads page after page, while others go on."""

    owed: set[int]
    next_max_id: RowId | None = None
    found: list[Shown] = field(default_factory=list)


@dataclass
class World:
    """What the test knows; the reader is `people[0]`."""

    instance: Instance
    clock: FakeClock
    people: list[Actor]
    fans: list[Actor]
    said: list[Said] = field(default_factory=list)
    boosts: list[Boosted] = field(default_factory=list)
    followed: set[int] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    tag_is_followed: bool = False
    reading: "Reading | None" = None

    @property
    def reader(self) -> Actor:
        return self.people[0]

    # ------------------------------------------------------------ what people do

    async def act(self, what: str, who: int, which: int, how: int) -> None:
        self.clock.advance(seconds=1 + how % 3 * 60)
        if what not in GOES_ON_WHILE_READING:
            self.reading = None
        await getattr(self, f"_{what}")(Act(self.people[who % len(self.people)], which, how))

    async def _post(self, act: Act) -> None:
        visibility = sorted({*Visibility} - {Visibility.LOCAL})[act.how % 4]
        text = ("@reader hello", f"hello #{TAG}", "hello")[act.how % 3]
        await self._say(act.person, Draft(text=text, visibility=visibility))

    async def _reply(self, act: Act) -> None:
        parents = [
            each.post
            for each in self.said
            if not each.is_deleted and each.post.visibility in {"public", "unlisted"}
        ]
        if parents:
            parent = parents[act.which % len(parents)]
            if parent.actor_id in self.hidden or act.person.id in self.hidden:
                return  # a block between the two would keep them apart
            text = f"well #{TAG}" if act.how % 2 else "well"
            await self._say(act.person, Draft(text=text, in_reply_to_id=parent.id))

    async def _say(self, author: Actor, draft: Draft) -> None:
        post = await publishing.publish(self.instance, author, draft)
        answered = post.in_reply_to_actor_id
        self.said.append(
            Said(
                post,
                was_followed=author.id in self.followed,
                was_wanted=self._is_wanted(post, answered),
                had_followed_tag=self.tag_is_followed and TAG in post.hashtags,
            )
        )

    def _is_wanted(self, post: Post, answered: int | None) -> bool:
        """Whether visibility and the one who is answered let it into the reader's home."""
        if post.visibility is Visibility.DIRECT:
            return any(mention.actor_id == self.reader.id for mention in post.mentions)
        return answered in {None, post.actor_id, self.reader.id} or answered in self.followed

    async def _edit(self, act: Act) -> None:
        mine = self._posts_of(act.person)
        if mine:
            said = mine[act.which % len(mine)]
            text = f"{said.post.source} again"
            said.post = await publishing.edit(
                self.instance, act.person, said.post.id, Draft(text=text[:400])
            )

    async def _delete(self, act: Act) -> None:
        mine = self._posts_of(act.person)
        if mine:
            said = mine[act.which % len(mine)]
            said.is_deleted = True
            await publishing.delete(self.instance, act.person, said.post.id)

    def _posts_of(self, author: Actor) -> list[Said]:
        return [s for s in self.said if s.post.actor_id == author.id and not s.is_deleted]

    async def _boost(self, act: Act) -> None:
        wide = {"public", "unlisted"}
        open_ = [s for s in self.said if not s.is_deleted and s.post.visibility in wide]
        if not open_ or act.person.id in self.hidden:
            return
        said = open_[act.which % len(open_)]
        if any(b.said is said and b.booster.id == act.person.id for b in self.boosts):
            return
        if said.post.actor_id in self.hidden:
            return
        others = any(
            b.said is said and (b.was_followed or b.booster.id in self.followed)
            for b in self.boosts
        )
        author_id = said.post.actor_id
        reasons = (
            author_id == self.reader.id,
            author_id in self.followed or said.was_followed,
            said.had_followed_tag or (self.tag_is_followed and TAG in said.post.hashtags),
            others,
        )
        await interacting.boost(self.instance, act.person, said.post.id)
        was_followed = act.person.id in self.followed or act.person.id == self.reader.id
        self.boosts.append(Boosted(said, act.person, was_followed, not any(reasons)))

    async def _unboost(self, act: Act) -> None:
        mine = [b for b in self.boosts if b.booster.id == act.person.id and not b.said.is_deleted]
        if mine:
            undone = mine[act.which % len(mine)]
            await interacting.unboost(self.instance, act.person, undone.said.post.id)
            self.boosts.remove(undone)

    async def _follow(self, act: Act) -> None:
        if act.person.id in self.hidden or act.person.id == self.reader.id:
            return
        await settle(self.instance)
        await following.follow(self.instance, self.reader, act.person)
        self.followed.add(act.person.id)

    async def _unfollow(self, act: Act) -> None:
        if act.person.id != self.reader.id:
            await settle(self.instance)
            await following.unfollow(self.instance, self.reader, act.person)
            self._forget(act.person)

    def _forget(self, person: Actor) -> None:
        """What was said before the next follow is not owed."""
        self.followed.discard(person.id)
        for said in self.said:
            if said.post.actor_id == person.id:
                said.was_followed = False
        for boost in self.boosts:
            if boost.booster.id == person.id:
                boost.was_followed = False

    async def _block(self, act: Act) -> None:
        if act.person.id == self.reader.id or act.person.id in self.hidden:
            return
        await settle(self.instance)
        blocker, target = (self.reader, act.person) if act.how % 2 else (act.person, self.reader)
        await blocking.block(self.instance, blocker, target.id)
        self._forget(act.person)
        self.hidden.add(act.person.id)

    async def _unblock(self, act: Act) -> None:
        if act.person.id == self.reader.id:
            return
        await settle(self.instance)
        await blocking.unblock(self.instance, self.reader, act.person.id)
        await blocking.unblock(self.instance, act.person, self.reader.id)
        await blocking.unmute(self.instance, self.reader, act.person.id)
        self.hidden.discard(act.person.id)

    async def _mute(self, act: Act) -> None:
        if act.person.id != self.reader.id:
            await blocking.mute(self.instance, self.reader, act.person.id)
            self.hidden.add(act.person.id)

    async def _crowd(self, act: Act) -> None:
        """So many come that the next post makes a source, or so many leave that it is none."""
        await settle(self.instance)
        for fan in self.fans:
            if act.how % 2:
                await following.follow(self.instance, fan, act.person)
            else:
                await following.unfollow(self.instance, fan, act.person)

    async def _crowd_of_tag(self, act: Act) -> None:
        await settle(self.instance)
        for fan in self.fans:
            if act.how % 2:
                await hashtags.follow(self.instance, fan, TAG)
            else:
                await hashtags.unfollow(self.instance, fan, TAG)

    async def _follow_tag(self, _: Act) -> None:
        await settle(self.instance)
        await hashtags.follow(self.instance, self.reader, TAG)
        self.tag_is_followed = True

    async def _unfollow_tag(self, _: Act) -> None:
        await settle(self.instance)
        await hashtags.unfollow(self.instance, self.reader, TAG)
        self.tag_is_followed = False
        for said in self.said:
            said.had_followed_tag = False

    async def _settle(self, _: Act) -> None:
        await settle(self.instance)

    async def _tidy(self, _: Act) -> None:
        await settle(self.instance)
        await keeping.tidy(self.instance, {})

    async def _away(self, _: Act) -> None:
        """The reader's feed sleeps; whatever comes then is read on return all the same."""
        await settle(self.instance)
        self.clock.advance(days=1)
        await stored.empty(self.reader.id, stored.ASLEEP)  # as the daily job does

    async def _back(self, _: Act) -> None:
        await home.read(self.instance, self.reader, Page(limit=2))
        self.clock.advance(seconds=10)
        await settle(self.instance)

    async def _page(self, act: Act) -> None:
        """The next page of a reading: it neither skips nor repeats for what arrives meanwhile."""
        if self.reading is None:
            await settle(self.instance)  # what a job has yet to push is not owed
            self.reading = Reading(self.must())
        reading = self.reading
        page = Page(limit=1 + act.how % 5, max_id=reading.next_max_id)
        read = await home.read(self.instance, self.reader, page)
        reading.found += _lines(read)
        reading.next_max_id = read.next_max_id
        if read.next_max_id is None:
            assert len(reading.found) == len(set(reading.found))
            assert reading.owed <= {line.post_id for line in reading.found}
            self.reading = None

    # ------------------------------------------------------------ the reckoning

    def must(self) -> set[int]:
        """The posts that stand in the feed of themselves, whatever else."""
        return {s.post.id for s in self.said if self._is_owed(s)}

    def _is_owed(self, said: Said) -> bool:
        post = said.post
        if said.is_deleted or post.actor_id in self.hidden:
            return False
        if post.actor_id == self.reader.id:
            return True
        answered = post.in_reply_to_actor_id
        by_author = said.was_followed and said.was_wanted and self._is_wanted(post, answered)
        is_public = post.visibility is Visibility.PUBLIC
        by_tag = said.had_followed_tag and is_public and TAG in post.hashtags
        return by_author or by_tag

    def may_stand_alone(self, said: Said) -> bool:
        post = said.post
        if said.is_deleted or post.actor_id in self.hidden:
            return False
        if post.actor_id == self.reader.id:
            return True
        wanted = said.was_wanted or self._is_wanted(post, post.in_reply_to_actor_id)
        is_tagged = TAG in post.hashtags and post.visibility is Visibility.PUBLIC
        return (post.actor_id in self.followed and wanted) or (self.tag_is_followed and is_tagged)

    def may_be_boosted(self, boost: Boosted) -> bool:
        people = {boost.said.post.actor_id, boost.booster.id}
        is_read = boost.booster.id in self.followed or boost.booster.id == self.reader.id
        return is_read and not boost.said.is_deleted and not people & self.hidden

    def _is_boost_owed(self, boost: Boosted) -> bool:
        boosters = {b.booster.id for b in self.boosts if b.said is boost.said}
        is_owed = boost.was_followed and boost.was_only_reason and not boosters & self.hidden
        return is_owed and self.may_be_boosted(boost)

    def check(self, lines: list[Shown]) -> None:
        """No repeat, nothing that must not be seen, no gap."""
        assert len(lines) == len(set(lines))
        by_id = {said.post.id: said for said in self.said}
        boosts = {Shown(b.said.post.id, b.booster.id): b for b in self.boosts}
        for line in lines:
            if line.booster_id is None:
                assert self.may_stand_alone(by_id[RowId(line.post_id)]), line
            else:
                assert self.may_be_boosted(boosts[line]), line
        met = {line.post_id for line in lines}
        alone = {line.post_id for line in lines if line.booster_id is None}
        assert self.must() <= alone
        for boost in self.boosts:
            if self._is_boost_owed(boost):
                assert boost.said.post.id in met, boost

    async def read_down(self, limit: int) -> list[Shown]:
        found: list[Shown] = []
        page = Page(limit=limit)
        while True:
            read = await home.read(self.instance, self.reader, page)
            found += _lines(read)
            if read.next_max_id is None:
                return found
            page = Page(limit=limit, max_id=read.next_max_id)

    async def read_up(self, limit: int) -> list[Shown]:
        found: list[Shown] = []
        page = Page(limit=limit, min_id=1)
        while True:
            read = await home.read(self.instance, self.reader, page)
            found = _lines(read) + found
            if read.prev_min_id is None:
                return found
            page = Page(limit=limit, min_id=read.prev_min_id)


def _lines(read: Any) -> list[Shown]:
    return [
        Shown(item.post.id, item.booster.id if item.booster is not None else None)
        for item in read.items
    ]


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    some.lists(
        some.tuples(
            some.sampled_from(ACTS),
            some.integers(0, AUTHORS),
            some.integers(0, 30),
            some.integers(0, 11),
        ),
        min_size=10,
        max_size=60,
    ),
    some.integers(1, 7),
    some.booleans(),
)
async def test_home_shows_what_posts_and_follows_say(
    tmp_path: Path,
    database_template: Path,
    acts: list[tuple[str, int, int, int]],
    limit: int,
    is_begun: bool,  # noqa: FBT001  # drawn, not passed
) -> None:
    """Issue 3, section 2; PV-13, PV-18, PV-19: no gap, no repeat, nothing that must not be seen."""
    clock = FakeClock()
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        made = Instances(Path(folder), database_template, clock, FakeInternet())
        try:
            instance = await made.make("alpha", SETTINGS)
            with instance.store.active():
                names = ["reader", *(f"author{number}" for number in range(AUTHORS))]
                people = [await make_person(instance, name) for name in names]
                fans = [await make_person(instance, f"fan{number}") for number in range(FANS)]
                world = World(instance, clock, people, fans)
                for act in [*(BEGINNING if is_begun else []), *acts]:
                    await world.act(*act)
                await settle(instance)
                lines = await world.read_down(limit)
                world.check(lines)
                world.check(await world.read_up(limit))
                # Awake, filled and trimmed it is the same, as far as it is owed.
                clock.advance(seconds=10)
                await settle(instance)
                await keeping.tidy(instance, {})
                world.check(await world.read_down(limit))
        finally:
            await made.close()
