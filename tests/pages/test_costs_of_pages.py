"""What a page costs, by counting: queries, renderings, bytes; the same for 20 posts and for 40."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from instance.resources import Instance
from storage import actors, notifications
from storage.records import Notification, NotificationKind
from tests.instances import drain
from tests.pages.browser import Browser
from tests.usecases.queries import counted
from tests.usecases.social import say
from webapp.pages import templating

# Queries of a page; each is one for any number of posts. More need a reason.
MEMBER = 3  # session, site, what is unread
STRANGER = 1  # site
FEED = 2  # which posts, how the reader meets them
QUERIES = {
    "/home": MEMBER + FEED + 1,  # and who is new here
    "/explore": MEMBER + FEED,
    "/explore/everywhere": MEMBER + FEED,
}
BYTES_PER_POST_MAX = 3_000
BYTES_OF_FRAME_MAX = 14_000  # a form that can do much: drafts, times, emoji


@pytest.fixture
async def path_of_thread(instance: Instance, app: Any, bob: Browser) -> str:
    """Forty posts by alice, whom bob follows; forty answers to one more; each liked and told."""
    await Browser(app).sign_up("alice")
    await bob.get("/@alice")
    await bob.submit("/@alice/follow")
    with instance.store.active():
        author = await actors.find_by_handle("alice", None)
        reader = await actors.find_by_handle("bob", None)
        assert author is not None
        assert reader is not None
        root = await say(instance, author, "root @bob")
        for number in range(40):
            answer = await say(instance, author, f"answer {number}", in_reply_to_id=root.id)
            told = Notification(
                id=instance.ids.new(),
                owner_id=reader.id,
                kind=NotificationKind.MENTION,
                actor_id=author.id,
                post_id=answer.id,
                created_at=instance.now(),
            )
            await notifications.insert(told)
        for number in range(40):
            await say(instance, author, f"post {number}")
        await drain(instance)
    return f"/@alice/{root.id}"


@contextmanager
def rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect what Jinja renders within the block."""
    found: list[str] = []

    def note(name: str, what: Any) -> Any:
        def render(*given: Any, **more: Any) -> Any:
            found.append(name)
            return what(*given, **more)

        return render

    with monkeypatch.context() as patch:
        patch.setattr(templating, "article", note("article", templating.article))
        patch.setattr(templating, "render", note("page", templating.render))
        yield found


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.usefixtures("path_of_thread")
async def test_a_feed_is_a_fixed_number_of_queries(
    bob: Browser, instance: Instance, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Issue 3, section 3; a stranger's page needs two queries less, or the log-in page."""
    sizes, tokens = [], []
    for limit in (20, 40):
        target = f"{path}?limit={limit}"
        await bob.get(target)
        with counted(instance, monkeypatch) as queries:
            await bob.get(target)
        assert bob.text.count("<article") == limit
        assert len(queries) == QUERIES[path], queries
        sizes.append(len(bob.answer.body))
        tokens.append(bob.text.count('name="csrf"'))
    assert sizes[0] < BYTES_OF_FRAME_MAX + 20 * BYTES_PER_POST_MAX
    assert sizes[1] - sizes[0] < 20 * BYTES_PER_POST_MAX
    assert tokens[0] == tokens[1], "all posts share one form"


@pytest.mark.usefixtures("path_of_thread")
async def test_the_public_feed_is_three_queries_for_strangers(
    browser: Browser, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.get("/explore/everywhere")
    with counted(instance, monkeypatch) as queries:
        await browser.get("/explore/everywhere")
    assert len(queries) == STRANGER + FEED, queries


@pytest.mark.parametrize(("page", "most"), [("/@alice", 10), ("thread", 12), ("/notifications", 9)])
async def test_other_pages_are_a_fixed_number_of_queries(
    path_of_thread: str,
    bob: Browser,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    most: int,
) -> None:
    path = path_of_thread if page == "thread" else page
    counts = []
    for limit in (20, 40):
        await bob.get(f"{path}?limit={limit}")
        with counted(instance, monkeypatch) as queries:
            await bob.get(f"{path}?limit={limit}")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= most


async def test_the_second_reader_costs_no_rendering_of_posts(
    path_of_thread: str, bob: Browser, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does anybody's second look render anything at all."""
    carol = await Browser(app).sign_up("carol")
    pages = ("/explore", "/@alice", path_of_thread)
    with rendered(monkeypatch) as anew:
        for path in pages:
            await bob.get(path)
    assert anew.count("article") > 40
    with rendered(monkeypatch) as anew:
        for path in pages:
            await carol.get(path)
    assert anew == ["page"] * len(pages)
    with rendered(monkeypatch) as anew:
        for path in (*pages, *pages):
            await bob.get(path)
            await carol.get(path)
    assert anew == []


async def test_a_like_renders_nothing_and_an_edit_one_post(
    bob: Browser, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await alice.write("Sea and sky")
    await alice.write("Second")
    await bob.get("/explore")
    with rendered(monkeypatch) as anew:
        await bob.submit(f"/posts/{path.rpartition('/')[2]}/favourite", back="/explore")
        assert 'aria-pressed="true"' in bob.text
    assert anew == []
    await alice.get(f"/posts/{path.rpartition('/')[2]}/edit")
    await alice.submit("/edit", text="Sea alone")
    with rendered(monkeypatch) as anew:
        await bob.get("/explore")
        assert "Sea alone" in bob.text
    assert anew == ["article"]


async def test_what_is_kept_is_bounded(instance: Instance, alice: Browser) -> None:
    """Whatever is asked for: typed words are not kept."""
    await alice.get("/home")
    before = len(instance.renderings)
    for number in range(5):
        await alice.get(f"/search?q=word{number}")
        await alice.get(f"/compose?text=word{number}")
        await alice.get(f"/home?said=x{number}&x={number}")
    assert len(instance.renderings) <= before + 1
