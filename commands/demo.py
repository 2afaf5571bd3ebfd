"""`demo`: fills the database with people who know each other and talk; always the same ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import serving
from actors.profile import ProfileChange
from commands.demo_people import PASSWORD, PEOPLE, TALKS, Line, Person
from commands.results import Result
from instance.building import utc_now
from instance.errors import Misconfigured
from instance.resources import Instance
from instance.settings import Settings
from instance.worker import Handler, Worker
from outbox import blocking, following, interacting, profiles, publishing
from posts.drafts import Draft
from storage import actors, site
from storage.records import Actor, Post, Role
from users import setup

# The talks are spread over these days, so that pages show different ages.
DAYS = 3


@dataclass
class Clock:
    """A clock that begins some days ago and goes on with every act."""

    moment: datetime

    def __call__(self) -> datetime:
        """Return what time it is in the demo."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Go on, never beyond the real time."""
        self.moment = min(self.moment + by, utc_now())


async def fill(settings: Settings, jobs: Mapping[str, Handler]) -> Result:
    """Make the people, let them follow each other and talk; a second run changes nothing."""
    if not settings.base_url.startswith("http://"):
        raise Misconfigured(
            f"everybody knows the password of demo people: they are not for {settings.domain}. "
            "Use another KITTIWAKE_DATA_DIR without KITTIWAKE_DOMAIN."
        )
    clock = Clock(utc_now() - timedelta(days=DAYS))
    async with serving.opened(settings, now=clock) as instance:
        if await actors.is_handle_taken(PEOPLE[0].username):
            return _result(settings, "The demo people are here already.")
        people = await _make_people(instance)
        await _let_follow(instance, people)
        await _let_talk(instance, people, clock)
        await Worker(instance, jobs).drain()
    return _result(settings, f"{len(people)} demo people are here.")


def _result(settings: Settings, text: str) -> Result:
    name = PEOPLE[0].username
    login = f"Log in at {settings.base_url}/log-in as {name}, password: {PASSWORD}"
    data = {
        "url": settings.base_url,
        "password": PASSWORD,
        "people": [person.username for person in PEOPLE],
    }
    return Result(f"{text} {login}", data)


async def _make_people(instance: Instance) -> dict[str, Actor]:
    made: dict[str, Actor] = {}
    is_set_up = (await site.read()).is_set_up
    for person in PEOPLE:
        role = Role.OWNER if not is_set_up and person is PEOPLE[0] else Role.USER
        _, actor = await setup.add_user(instance, person.username, PASSWORD, role=role)
        made[person.username] = await profiles.change(instance, actor, _profile(person))
    return made


def _profile(person: Person) -> ProfileChange:
    return ProfileChange(
        name=person.name, bio=person.bio, fields=person.fields, is_locked=person.is_locked
    )


async def _let_follow(instance: Instance, people: Mapping[str, Actor]) -> None:
    """Everybody follows the neighbours in the list, and all follow the first: the celebrity."""
    everybody = list(people.values())
    for one, other in pairwise(everybody):
        await following.follow(instance, one, other)
        await following.follow(instance, other, one)
    for one in everybody[2:]:
        await following.follow(instance, one, everybody[0])
    for index, one in enumerate(everybody):
        await following.follow(instance, one, everybody[(index + 5) % len(everybody)])
    await blocking.block(instance, everybody[-1], everybody[-4].id)


async def _let_talk(instance: Instance, people: Mapping[str, Actor], clock: Clock) -> None:
    lines = sum(len(talk) for talk in TALKS)
    step = timedelta(days=DAYS) / (lines + 1)
    for talk in TALKS:
        said: list[Post] = []
        for line in talk:
            clock.advance(step)
            said.append(await _say(instance, people, line, said))


async def _say(
    instance: Instance, people: Mapping[str, Actor], line: Line, said: list[Post]
) -> Post:
    answered = said[line.answers] if line.answers is not None else None
    draft = Draft(
        text=line.text,
        visibility=line.visibility,
        summary=line.summary,
        language=line.language,
        in_reply_to_id=answered.id if answered else None,
    )
    post = await publishing.publish(instance, people[line.author], draft)
    for name in line.likes:
        await interacting.like(instance, people[name], post.id)
    for name in line.boosts:
        await interacting.boost(instance, people[name], post.id)
    return post
