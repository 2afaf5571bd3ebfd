"""Link previews: never while posting, once for all posts, bounded, kept and asked for again."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from feeds import loading
from instance.resources import Instance
from outbox import publishing
from posts import cards, page_reading
from posts.drafts import Draft
from storage import actors, posts, store
from storage.records import Actor, LinkCard, Post, Visibility
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.usecases.social import make_person, make_remote

PAGE = """<!doctype html><html lang="de"><head><title> Plain </title>
<meta property="og:title" content="Gulls &amp; terns">
<meta name="description" content="About birds">
<meta property="og:image" content="/gull.jpg"><meta property="og:image:alt" content="A gull">
<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
<meta property="og:site_name" content="The Paper"><meta name="author" content="Ann Writer">
<meta property="article:published_time" content="2026-11-20T10:00:00+01:00">
<meta name="fediverse:creator" content="@ann@beta.test"></head>
<body><meta property="og:title" content="Late"></body></html>"""
URL = "https://paper.test/gulls"


class Paper:
    """A web site that counts who asks."""

    def __init__(self, internet: FakeInternet) -> None:
        self.page: str | None = PAGE
        self.asked: list[str] = []
        internet.add("paper.test", self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        if self.page is None:
            return httpx2.Response(500)
        kind = {"content-type": "text/html; charset=utf-8"}
        return httpx2.Response(200, text=self.page, headers=kind)


@pytest.fixture
def paper(internet: FakeInternet) -> Paper:
    return Paper(internet)


async def say(instance: Instance, author: Actor, text: str, **changes: Any) -> Post:
    return await publishing.publish(instance, author, Draft(text, **changes))


async def card_of(instance: Instance, post: Post, viewer: Actor) -> LinkCard | None:
    items = await loading.load(instance, [post.id], viewer)
    (full,) = await loading.dress(items)
    links = full.post.details.links if full.post.details is not None else ()
    return links[0] if links else None


async def test_e138_a_page_is_asked_later_and_once_for_all_posts(
    instance: Instance, clock: FakeClock, paper: Paper
) -> None:
    """Issue 5: delayed, cached, no herd; the version of each post rises, so that pages follow."""
    alice = await make_person(instance, "alice")
    said = [await say(instance, alice, f"{n}: {URL}") for n in range(5)]
    await drain(instance)
    assert paper.asked == []
    clock.advance(seconds=61)
    await drain(instance)
    assert paper.asked == ["/gulls"]
    for post in said:
        card = await card_of(instance, post, alice)
        assert card is not None
        assert (card.title, card.description) == ("Gulls & terns", "About birds")
        assert card.image_url == "https://paper.test/gull.jpg"
        assert (card.image_alt, card.width, card.height) == ("A gull", 1200, 630)
        assert (card.provider_name, card.author_name, card.language) == (
            "The Paper",
            "Ann Writer",
            "de",
        )
        assert (await posts.get(post.id)).version > post.version
    clock.advance(days=3)
    await say(instance, alice, f"again {URL}")
    clock.advance(seconds=61)
    await drain(instance)
    assert paper.asked == ["/gulls"]


async def test_e138_a_card_expires_and_what_fails_meanwhile_stays_as_it_was(
    instance: Instance, clock: FakeClock, paper: Paper
) -> None:
    alice = await make_person(instance, "alice")
    post = await say(instance, alice, URL)
    clock.advance(seconds=61)
    await drain(instance)
    clock.advance(days=15)
    paper.page = None
    again = await say(instance, alice, f"still {URL}")
    clock.advance(seconds=61)
    await drain(instance)
    assert len(paper.asked) == 2
    for each in (post, again):
        card = await card_of(instance, each, alice)
        assert card is not None
        assert card.title == "Gulls & terns"


async def test_a_page_that_failed_is_not_asked_for_every_post(
    instance: Instance, clock: FakeClock, paper: Paper
) -> None:
    paper.page = None
    alice = await make_person(instance, "alice")
    for n in range(3):
        post = await say(instance, alice, f"{n}: {URL}")
        clock.advance(minutes=2)
        await drain(instance)
        assert await card_of(instance, post, alice) is None
    assert paper.asked == ["/gulls"]


async def test_what_others_write_and_edits_get_cards_too(
    instance: Instance, clock: FakeClock, paper: Paper
) -> None:
    alice = await make_person(instance, "alice")
    post = await say(instance, alice, URL)
    clock.advance(seconds=61)
    await drain(instance)
    await publishing.edit(instance, alice, post.id, Draft("no link any more"))
    clock.advance(seconds=61)
    await drain(instance)
    assert await card_of(instance, post, alice) is None
    await publishing.delete(instance, alice, post.id)
    assert await store.read("SELECT post_id FROM post_cards") == []
    clock.advance(days=40)
    await cards.forget_old(instance, {})
    assert await store.read("SELECT id FROM link_cards") == []
    assert paper.asked == ["/gulls"]


async def test_a_page_names_whom_it_may(instance: Instance, clock: FakeClock, paper: Paper) -> None:
    """`fediverse:creator` counts for people who said that the site may name them."""
    ann = await make_remote(instance, "ann")
    alice = await make_person(instance, "alice")
    first = await say(instance, alice, URL)
    clock.advance(seconds=61)
    await drain(instance)
    card = await card_of(instance, first, alice)
    assert card is not None
    assert card.author_id is None
    await actors.save(replace(ann, attribution_domains=("paper.test",)))
    second = await say(instance, alice, f"{URL}/2")
    clock.advance(seconds=61)
    await drain(instance)
    assert paper.asked == ["/gulls", "/gulls/2"]
    card = await card_of(instance, second, alice)
    assert card is not None
    assert card.author_id == ann.id


@pytest.mark.parametrize(
    "changes",
    [
        {"visibility": Visibility.DIRECT},
        {"summary": "spoiler"},
        {"text": "nothing but words and #tags"},
        {"text": "https://alpha.test/@alice"},
    ],
)
async def test_of_some_posts_nothing_is_asked(
    instance: Instance, clock: FakeClock, paper: Paper, changes: dict[str, Any]
) -> None:
    """PV: a link in a letter is nobody else's business."""
    alice = await make_person(instance, "alice")
    draft = replace(Draft(URL), **changes)
    await publishing.publish(instance, alice, draft)
    clock.advance(minutes=2)
    await drain(instance)
    assert paper.asked == []


async def test_sf14_a_page_on_a_private_address_is_not_asked(
    instance: Instance, clock: FakeClock, internet: FakeInternet
) -> None:
    """SF-14: what a post links to is chosen by strangers."""
    alice = await make_person(instance, "alice")
    author = await make_remote(instance, "ann")
    del author
    post = await say(instance, alice, "http://169.254.169.254/latest/meta-data and more")
    clock.advance(minutes=2)
    await drain(instance)
    assert internet.sent_to("169.254.169.254", "GET") == []
    assert await card_of(instance, post, alice) is None


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Plain</title>", "Plain"),
        ("<html><head></head><body><title>Late</title></body>", None),
        ('<meta property="og:title" content="  ">', None),
        ("<title>" + "x" * 5000 + "</title>", "x" * 300),
        ('<meta name="twitter:title" content="T"><script>"<title>no</title>"</script>', "T"),
        ("<title>" * 3000, None),
        ("\x00<<<>>>&#0;<meta content>", None),
    ],
)
def test_titles_of_pages(page: str, title: str | None) -> None:
    found = page_reading.read(page, URL)
    assert (found.title if found else None) == title


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("//cdn.test/a.jpg", "https://cdn.test/a.jpg"),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,xx", None),
        ("https://[bad", None),
    ],
)
def test_hx4_pictures_of_pages_are_on_the_web(image: str, url: str | None) -> None:
    page = f'<title>T</title><meta property="og:image" content="{image}">'
    found = page_reading.read(page, URL)
    assert found is not None
    assert found.image_url == url


async def test_e138_only_the_beginning_of_a_large_page_is_read(
    instance: Instance, clock: FakeClock, paper: Paper
) -> None:
    paper.page = PAGE + "x" * (2 * cards.PAGE_BYTES_MAX)
    alice = await make_person(instance, "alice")
    post = await say(instance, alice, URL)
    clock.advance(seconds=61)
    await drain(instance)
    assert await card_of(instance, post, alice) is not None


async def test_a_look_that_was_interrupted_is_taken_up_again(
    instance: Instance, clock: FakeClock, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took it on to ask was killed: another look asks, once."""
    alice = await make_person(instance, "alice")
    post = await say(instance, alice, URL)
    clock.advance(seconds=61)
    with monkeypatch.context() as killing:
        killing.setattr(cards, "_ask", _killed)
        with pytest.raises(KeyboardInterrupt):
            await cards.look(instance, {"post_id": post.id})
    await drain(instance)
    assert paper.asked == []
    clock.advance(minutes=6)
    await drain(instance)
    assert paper.asked == ["/gulls"]
    assert await card_of(instance, post, alice) is not None


async def _killed(*_: Any) -> None:
    raise KeyboardInterrupt
