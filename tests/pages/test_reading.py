"""Home, explore, tags, threads, lists, search, notifications as anonymous, own and other."""

import re

from tests.instances import Instances
from tests.pages.browser import Browser
from users import setup


async def test_home_has_what_one_follows(
    alice: Browser, bob: Browser, instances: Instances
) -> None:
    await bob.write("Bob was here")
    await alice.get("/home")
    assert "Bob was here" not in alice.text
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    await bob.write("Bob is here")
    await instances.settle()
    await alice.get("/home")
    assert "Bob is here" in alice.text


async def test_b108_a_feed_of_ones_own_posts_still_says_how_it_starts(
    alice: Browser, bob: Browser
) -> None:
    """B108: who wrote a first post and follows nobody is told whom to follow."""
    await alice.get("/home")
    assert "Your feed is quiet" in alice.text
    await alice.write("My first one.")
    await alice.get("/home")
    assert "My first one." in alice.text
    assert "Your feed is quiet" in alice.text
    assert "You are all caught up" not in alice.text
    await bob.write("Hello @alice")
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    await bob.write("Bob is heard")
    await alice.get("/home")
    assert "You are all caught up" in alice.text
    assert "Your feed is quiet" not in alice.text


async def test_older_posts_are_a_link(alice: Browser) -> None:
    for number in range(25):
        await alice.write(f"Post number {number}.")
    await alice.get("/home")
    first = set(re.findall(r"Post number (\d+)\.", alice.text))
    link = re.search(r'href="(/home\?max_id=\d+)" rel="next"', alice.text)
    assert link
    await alice.get(link[1])
    second = set(re.findall(r"Post number (\d+)\.", alice.text))
    assert len(first) == 20
    assert first | second == {str(number) for number in range(25)}
    assert "You are all caught up" in alice.text
    await alice.get("/home?max_id=1")
    assert "That was the first of it" in alice.text


async def test_op5_a_broken_cursor_is_a_4xx(alice: Browser) -> None:
    for path in ("/home", "/explore", "/tags/x", "/saved", "/notifications", "/@alice"):
        await alice.get(f"{path}?max_id=nonsense")
        assert alice.status == 422, path


async def test_explore_shows_public_posts_to_strangers(alice: Browser, browser: Browser) -> None:
    await alice.write("For everyone", audience="public")
    await alice.write("Quietly", audience="unlisted")
    await alice.write("Followers", audience="followers")
    await alice.write("Nobody", audience="direct")
    for path in ("/explore", "/explore/everywhere"):
        await browser.get(path)
        assert "For everyone" in browser.text
        for hidden in ("Quietly", "Followers<", "Nobody<"):
            assert hidden not in browser.text


async def test_hashtags_are_folded(alice: Browser, browser: Browser) -> None:
    """B98, B140."""
    await alice.write("Rising #Tide")
    assert 'href="/tags/tide"' in alice.text
    await browser.get("/tags/TIDE")
    assert browser.path == "/tags/tide"
    assert "Rising" in browser.text
    assert (await browser.get("/tags/no%20tag")).status == 404


async def test_a_thread_shows_what_is_above_and_below(alice: Browser, bob: Browser) -> None:
    """B77, B140."""
    top = await alice.write("The first word")
    await bob.get(top)
    await bob.submit("/compose", text="@alice The second word")
    reply = re.search(r'href="(/@bob/\d+)"', bob.text)
    assert reply
    assert "The first word" in bob.text
    await alice.get(top)
    assert "The second word" in alice.text
    await alice.get(reply[1])
    assert 'aria-current="true"' in alice.text
    await alice.submit("/compose", text="@bob The third word")
    assert all(text in alice.text for text in ("first word", "second word", "third word"))


async def test_pv3_pv4_hidden_posts_are_not_found(
    alice: Browser, bob: Browser, browser: Browser
) -> None:
    for audience in ("followers", "direct"):
        post = await alice.write("A secret", audience=audience)
        for who in (bob, browser):
            for path in (post, f"/posts/{post.rsplit('/', 1)[1]}/history"):
                await who.get(path)
                assert who.status == 404
                assert "A secret" not in who.text
        assert (await alice.get(post)).status == 200


async def test_a_post_has_one_address(alice: Browser, bob: Browser, browser: Browser) -> None:
    del bob
    post = await alice.write("One address")
    number = post.rsplit("/", 1)[1]
    await browser.get(f"/@bob/{number}")
    assert browser.path == post
    assert (await browser.get("/@alice/x")).status == 404
    assert (await browser.get("/@alice/99999999999999999999")).status == 404


async def test_servers_are_sent_to_the_id(alice: Browser, browser: Browser) -> None:
    """E5: the pages of a person and of a post lead to the ids when asked for as ActivityPub."""
    post = await alice.write("For servers")
    for path, start in ((post, "/posts/"), ("/@alice", "/actors/")):
        sends = {"Accept": "application/activity+json"}
        answer = await browser.request("GET", path, sends=sends)
        assert answer.status == 302
        assert answer.headers["location"].startswith(f"https://alpha.test{start}")
        assert "Accept" in answer.headers["vary"]


async def test_meta_of_public_pages(alice: Browser, browser: Browser) -> None:
    """HX-15, B133, B143: titles are escaped; people and servers find the object behind the page."""
    post = await alice.write('<b>"quoted" & more</b>')
    await browser.get(post)
    assert '<link rel="alternate" type="application/activity+json"' in browser.text
    assert "&lt;b&gt;&#34;quoted&#34; &amp; more" in browser.text
    assert "<b>&quot;" not in browser.text
    assert 'property="og:title"' in browser.text
    await browser.get("/@alice")
    assert 'href="https://alpha.test/actors/' in browser.text


async def test_saved_and_favourites(alice: Browser, bob: Browser) -> None:
    post = await bob.write("Worth keeping")
    await alice.get(post)
    await alice.submit(r"/posts/\d+/save")
    await alice.submit(r"/posts/\d+/favourite")
    for path in ("/saved", "/favourites"):
        await alice.get(path)
        assert "Worth keeping" in alice.text
        await bob.get(path)
        assert "Worth keeping" not in bob.text


# ---------------------------------------------------------------- search


async def test_search_finds_people_words_and_tags(alice: Browser, bob: Browser) -> None:
    """A194: by their words, posts of others are found when their authors have said yes."""
    await bob.write("A lighthouse at noon #sea")
    await alice.get("/search?q=bob")
    assert 'href="/@bob"' in alice.text
    await alice.get("/search?q=lighthouse")
    assert "at noon" not in alice.text
    await bob.get("/settings/privacy")
    await bob.submit("/settings/privacy", indexable="1")
    await alice.get("/search?q=lighthouse")
    assert "at noon" in alice.text
    await alice.get("/search?q=%23sea")
    assert alice.path == "/tags/sea"
    await alice.get("/search?q=@bob@alpha.test")
    assert 'href="/@bob"' in alice.text
    await alice.get("/search?q=nothinglikethis")
    assert "No post with these words" in alice.text


async def test_search_finds_a_post_by_its_link(alice: Browser, bob: Browser) -> None:
    post = await bob.write("Linked")
    await alice.get(f"/search?q=https://alpha.test{post}")
    assert "Linked" in alice.text


async def test_search_by_link_hides_what_is_hidden(alice: Browser, bob: Browser) -> None:
    post = await bob.write("Hidden words", audience="direct")
    await alice.get(f"/search?q=https://alpha.test{post}")
    assert "Hidden words" not in alice.text


async def test_search_says_why_another_server_gave_nothing(
    alice: Browser, browser: Browser
) -> None:
    await alice.get("/search?q=@who@nowhere.test")
    assert alice.status == 200
    assert 'role="alert"' in alice.text
    await browser.get("/search?q=@who@nowhere.test")
    assert 'role="alert"' not in browser.text  # strangers make us ask nobody


async def test_somebody_on_another_server_is_found(alice: Browser, instances: Instances) -> None:
    """A14: by handle and by link, from the search box and from the address."""
    beta = await instances.make("beta")
    with beta.store.active():
        await setup.add_user(beta, "carol", "a fine long password")
    for text in ("@carol@beta.test", "carol@beta.test", "https://beta.test/@carol"):
        await alice.get(f"/search?q={text}")
        assert 'href="/@carol@beta.test"' in alice.text, text
    await alice.get("/@carol@beta.test")
    assert "writes on beta.test" in alice.text
    await alice.submit("/follow", who="@carol@beta.test")
    assert alice.path.startswith("/@carol@beta.test")


# ---------------------------------------------------------------- notifications


async def test_notifications_are_told_and_marked_read(alice: Browser, bob: Browser) -> None:
    """B115."""
    post = await alice.write("Look at this")
    await bob.get(post)
    await bob.submit(r"/posts/\d+/favourite")
    await bob.submit(r"/posts/\d+/boost")
    await bob.get("/@alice")
    await bob.submit("/@alice/follow")
    await alice.get("/notifications")
    for sentence in ("favourited your post", "boosted your post", "now follows you"):
        assert sentence in alice.text
    assert "unread" in alice.text
    await alice.submit("/notifications/read")
    assert alice.path == "/notifications"
    assert "note unread" not in alice.text
    await bob.get("/notifications")
    assert "Nothing yet" in bob.text


async def test_a_mention_can_be_answered_from_the_notifications(
    alice: Browser, bob: Browser
) -> None:
    await bob.write("Hello @alice, how is the ferry?")
    await alice.get("/notifications")
    assert "mentioned you" in alice.text
    assert "how is the ferry?" in alice.text
    await alice.submit(r"/posts/\d+/favourite")
    assert alice.path.startswith("/notifications")
    assert 'aria-pressed="true"' in alice.text


async def test_nobody_makes_us_ask_without_end(alice: Browser) -> None:
    for number in range(30):
        await alice.get(f"/search?q=@who@nowhere{number}.test")
        assert alice.status == 200
    await alice.get("/search?q=@who@nowhere.test")
    assert alice.status == 429
    assert "retry-after" in alice.answer.headers
