"""Polls and emoji reactions on pages, without a script."""

import re

from tests.instances import FakeClock
from tests.pages.browser import Browser

TEA = {
    "poll_on": "1",
    "poll_0": "Tea & cake",
    "poll_1": "Coffee <b>",
    "poll_7": "Water",
    "poll_duration": "1h",
}


def number(path: str) -> str:
    return path.rpartition("/")[2]


async def test_a99_a_poll_is_written_voted_in_and_over(
    alice: Browser, bob: Browser, browser: Browser, clock: FakeClock
) -> None:
    """A99, A191: strangers and the author see how it stands, others vote first."""
    post = await alice.write("What do you drink?", **TEA)
    vote = f"/posts/{number(post)}/vote"
    for who in (alice, browser):
        await who.get(post)
        assert f'formaction="{vote}' not in who.text
        assert "0%" in who.text
    await bob.get(post)
    assert "Tea &amp; cake" in bob.text
    assert "Coffee &lt;b&gt;" in bob.text
    assert "0 people · 1 hour left" in bob.text
    assert "0%" not in bob.text
    await bob.submit(f"{vote}$", **{f"v{number(post)}": "1"})
    assert bob.status == 200
    assert "(your choice)" in bob.text
    assert "100%" in bob.text
    assert f'formaction="{vote}' not in bob.text
    await alice.get(post)
    assert "100%" in alice.text
    assert "(your choice)" not in alice.text
    carla = await Browser(alice.app).sign_up("carla")
    clock.advance(hours=1)
    await carla.get(post)
    assert f'formaction="{vote}' not in carla.text
    assert "1 person · closed" in carla.text


async def test_several_answers_and_results_at_the_end(
    alice: Browser, bob: Browser, clock: FakeClock
) -> None:
    more = {"poll_multiple": "1", "poll_secret": "1"}
    post = await alice.write("What do you drink?", **TEA, **more)
    name = f"v{number(post)}"
    await bob.get(post)
    assert re.findall(rf'name="({name}-\d)"', bob.text) == [f"{name}-{n}" for n in range(3)]
    await bob.submit("/vote$", **{f"{name}-0": "0", f"{name}-2": "2"})
    assert bob.text.count("(your choice)") == 2
    assert "%" not in re.sub(r"<svg.*?</svg>", "", bob.text)
    assert "How it stands is shown at the end" in bob.text
    await alice.get(post)
    assert "50%" in alice.text
    clock.advance(hours=1)
    await bob.get(post)
    assert "50%" in bob.text


async def test_votes_that_are_refused_say_why(alice: Browser, bob: Browser) -> None:
    post = await alice.write("What do you drink?", **TEA)
    await bob.get(post)
    await bob.submit("/vote$")
    assert bob.status == 422
    assert "Choose an answer first" in bob.text
    for choice in ("3", "99999999999999999999", "x"):
        await bob.get(post)
        await bob.submit("/vote$", **{f"v{number(post)}": choice})
        assert bob.status == 422


async def test_what_was_typed_into_a_poll_is_not_lost(alice: Browser) -> None:
    await alice.get("/home")
    await alice.submit("/compose", text="What?", poll_on="1", poll_0="Tea & cake")
    assert alice.status == 422
    assert "A poll has 2 to 8 answers" in alice.text
    assert 'value="Tea &amp; cake"' in alice.text


async def test_e107_a_poll_is_edited(alice: Browser, bob: Browser) -> None:
    """E107: with its answers the votes go; without a change they stay."""
    post = await alice.write("What do you drink?", **TEA)
    await bob.get(post)
    await bob.submit("/vote$", **{f"v{number(post)}": "0"})
    edit = f"/posts/{number(post)}/edit"
    await alice.get(edit)
    assert alice.form(edit).fields["poll_duration"] == "unchanged"
    await alice.submit(edit, text="What else do you drink?")
    assert "100%" in alice.text
    await alice.get(edit)
    await alice.submit(edit, poll_1="Milk")
    assert "100%" not in alice.text
    assert "Milk" in alice.text


# ---------------------------------------------------------------- reactions


async def put(browser: Browser, post: str, emoji: str) -> None:
    """Choose an emoji from the list."""
    await browser.get(f"/posts/{number(post)}/reactions")
    fields = browser.form("/react$").fields
    await browser.post(f"/posts/{number(post)}/react", {**fields, "emoji": emoji})


async def test_a185_an_emoji_is_put_under_a_post_and_taken_back(
    alice: Browser, bob: Browser, browser: Browser
) -> None:
    """A185: counted, pressed for who put it there, listed; another one takes its place."""
    post = await alice.write("React to me")
    listed = f"/posts/{number(post)}/reactions"
    await put(bob, post, "👍")
    assert re.search(r'value="undo" aria-pressed="true" title="👍">👍 1<', bob.text)
    await alice.get(post)
    assert re.search(r'value="do" aria-pressed="false" title="👍">👍 1<', alice.text)
    await alice.submit(r"/react$")
    assert re.search(r'value="undo" aria-pressed="true" title="👍">👍 2<', alice.text)
    await alice.get("/notifications")
    assert "reacted to your post" in alice.text
    await browser.get(listed)
    assert 'href="/@bob"' in browser.text
    await put(bob, post, "🎉")
    await browser.get(post)
    assert re.search(r'title="👍">👍 1<.*title="🎉">🎉 1<', browser.text, re.DOTALL)
    await bob.get(post)
    forms = [each for each in bob.text.split("<button") if 'value="undo"' in each]
    assert len(forms) == 1
    await bob.post(
        f"/posts/{number(post)}/react",
        {"csrf": bob.form("/react$").fields["csrf"], "do": "undo", "back": post},
    )
    await browser.get(post)
    assert "🎉" not in browser.text


async def test_only_emoji_are_reactions(alice: Browser) -> None:
    post = await alice.write("React to me")
    for wrong in ("nice", "", ":unknown:", "👍👍", "<script>"):
        await put(alice, post, wrong)
        assert alice.status == 422


async def test_pv3_reactions_of_hidden_posts_are_not_found(alice: Browser, bob: Browser) -> None:
    """PV-3, PV-13."""
    post = await alice.write("For few", audience="followers")
    await bob.get(f"/posts/{number(post)}/reactions")
    assert bob.status == 404
    other = await alice.write("For all")
    await bob.get(f"/posts/{number(other)}/reactions")
    fields = bob.form("/react$").fields
    for act in ("react", "vote"):
        await bob.post(f"/posts/{number(post)}/{act}", {**fields, "emoji": "👍"})
        assert bob.status == 404


async def test_pv3_who_blocks_me_is_not_on_the_list_of_reactions(
    alice: Browser, bob: Browser
) -> None:
    post = await alice.write("React to me")
    listed = f"/posts/{number(post)}/reactions"
    await put(bob, post, "👍")
    carla = await Browser(alice.app).sign_up("carla")
    await bob.get("/@carla")
    await bob.submit("/@carla/block")
    await carla.get(listed)
    assert 'href="/@bob"' not in carla.text
