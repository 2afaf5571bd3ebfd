"""Every list page, walked to its end while more arrives: no gap, no repeat."""

import html
import re
from collections.abc import Awaitable, Callable

import pytest

from actors import identity
from feeds import notification_requests
from instance.resources import Instance
from outbox import following, interacting, publishing
from posts.drafts import Draft
from storage import actors
from storage.records import Actor, RowId
from tests.instances import Instances
from tests.pages.browser import Browser

PAGES_MAX = 8
NUMBER = re.compile(r"Number (\d+)\.")
PERSON = re.compile(r'<a class="plain cut" href="/@person(\d+)"')


async def person(name: str) -> Actor:
    found = await actors.find_by_handle(name, None)
    assert found
    return found


async def walk(
    who: Browser, path: str, arrive: Callable[[], Awaitable[object]], what: re.Pattern[str]
) -> list[int]:
    """The numbers on all pages of a list, in order; something arrives before each next page."""
    seen: list[int] = []
    for _ in range(PAGES_MAX):
        await who.get(path)
        assert who.status == 200, path
        main = who.text.partition("<main")[2].partition("</main>")[0]
        seen += [int(each) for each in what.findall(re.sub(r'aria-label="[^"]*"', "", main))]
        link = re.search(r'href="([^"]+)" rel="next"', who.text)
        if not link:
            return seen
        path = html.unescape(link[1])
        await arrive()
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    "path",
    [
        *("/home", "/explore", "/explore/everywhere", "/tags/counted", "/@bob", "/@bob/replies"),
        *("/favourites", "/saved", "/notifications", "/search?q=counted"),
    ],
)
async def test_posts_that_arrive_shift_no_page(
    alice: Browser, bob: Browser, instance: Instance, instances: Instances, path: str
) -> None:
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    count = 45
    numbers = iter(range(1000))

    async def arrive() -> None:
        with instance.store.active():
            writer, reader = await person("bob"), await person("alice")
            draft = Draft(text=f"Number {next(numbers)}. #counted @alice", visibility="public")
            post = await publishing.publish(instance, writer, draft)
            await interacting.like(instance, reader, post.id)
            await interacting.bookmark(instance, reader, post.id)
        await instances.settle()
        instances.clock.advance(seconds=1)

    for _ in range(count):
        await arrive()
    seen = await walk(alice, path, arrive, NUMBER)
    assert seen == list(range(count - 1, -1, -1))
    del bob


async def test_private_posts_and_lists_of_people_in_pages(
    alice: Browser, instance: Instance, instances: Instances
) -> None:
    post = await alice.write("Liked by many")
    with instance.store.active():
        everybody = {"for_private_mentions": "accept"}
        await notification_requests.change_policy(instance, await person("alice"), everybody)
    count = 90
    numbers = iter(range(1000))

    async def arrive() -> None:
        with instance.store.active():
            async with instance.store.transaction():
                fan = await identity.create_local(
                    instance, f"person{next(numbers)}", private_pem=await _pem()
                )
            await following.follow(instance, fan, await person("alice"))
            await interacting.like(instance, fan, _id(post))
            draft = Draft(text=f"@alice {fan.username}", visibility="direct")
            await publishing.publish(instance, fan, draft)

    for _ in range(count):
        await arrive()
    liked = f"/posts/{_id(post)}/favourites"
    for path, what in (
        ("/@alice/followers", PERSON),
        (liked, PERSON),
        ("/private", re.compile(r"</a></span> person(\d+)")),
    ):
        seen = await walk(alice, path, arrive, what)
        assert seen == list(range(seen[0], -1, -1)), path
        assert len(seen) >= count, path
    await instances.settle()


_KEY: list[str] = []


async def _pem() -> str:
    """One key for all: making them takes long."""
    if not _KEY:
        _KEY.append(await identity.new_private_key())
    return _KEY[0]


def _id(path: str) -> RowId:
    return RowId(int(path.rpartition("/")[2]))
