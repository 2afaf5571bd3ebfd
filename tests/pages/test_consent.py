"""Who may do what to a post, as pages ask and show it; what waits; quotes, for whom they are."""

import re

from instance.resources import Instance
from tests.asgi import Answer
from tests.instances import drain
from tests.pages.browser import Browser


def number(path: str) -> str:
    return path.rsplit("/", 1)[1]


async def press(browser: Browser, path: str) -> Answer:
    """Press a button of a post, or what would be one, with the token of the page at hand."""
    csrf = re.findall(r'name="csrf" value="([^"]+)"', browser.text)[0]
    return await browser.post(path, {"csrf": csrf, "do": "do"})


async def answer_to(browser: Browser, post: str, text: str) -> str:
    """Write a reply; returns its path."""
    await browser.get(post)
    await browser.write(text, reply_to=number(post))
    mine = re.findall(r'href="(/@bob/\d+)"', browser.text)
    return str(mine[0])


async def quote(browser: Browser, post: str, text: str = "Look at this") -> str:
    await browser.get(f"/compose?quote={number(post)}")
    assert browser.form("/compose").fields["quote"] == number(post)
    return await browser.write(text, quote=number(post))


async def test_the_default_of_a_person_fills_the_composer(alice: Browser) -> None:
    """P10, B53: chosen once for all posts, and for each."""
    await alice.get("/settings/posting")
    await alice.submit("/settings/posting", may_reply="followers+", may_quote="nobody")
    await alice.get("/compose")
    fields = alice.form("/compose").fields
    assert fields["may_reply"] == "followers+"
    assert fields["may_quote"] == "nobody"
    assert fields["may_like"] == "everybody"
    await alice.get("/settings/looks")
    await alice.submit("/settings/looks", theme="dark")
    await alice.get("/compose")
    assert alice.form("/compose").fields["may_reply"] == "followers+"


async def test_a_button_that_may_not_be_pressed_says_why(alice: Browser, bob: Browser) -> None:
    """P10, A190: for bob; alice has her own buttons."""
    post = await alice.write("Hands off", may_reply="nobody", may_like="followers")
    await bob.get(post)
    assert "Only its author can reply to this post." in bob.text
    assert "Only followers of its author can favourite this post." in bob.text
    assert 'id="write"' not in bob.text
    assert f"/posts/{number(post)}/favourite" not in bob.text
    await alice.get(post)
    assert "Only its author" not in alice.text
    await bob.get("/home")
    await bob.submit("/compose", text="But I", reply_to=number(post))
    assert bob.status == 403


async def test_a_reply_waits_until_it_is_let_in(
    alice: Browser, bob: Browser, carol: Browser, instance: Instance
) -> None:
    """P10: seen by who wrote it and who is asked, in no feed, page or count of others."""
    post = await alice.write("Ask me", may_reply="nobody+")
    answer = await answer_to(bob, post, "A wise word")
    assert "Only you can see this reply" in bob.text
    for path in (post, "/explore", "/@bob", "/@bob/replies", "/search?q=wise"):
        await carol.get(path)
        assert "A wise word" not in carol.text, path
    assert (await carol.get(answer)).status == 404
    await alice.get("/notifications")
    assert "waits for your answer" in alice.text
    await alice.get("/waiting")
    assert "A wise word" in alice.text
    await alice.submit("/waiting", do="accept")
    with instance.store.active():
        await drain(instance)
    for path in (post, "/@bob/replies"):
        await carol.get(path)
        assert "A wise word" in carol.text, path


async def test_a_refused_reply_can_be_allowed_after_all(alice: Browser, bob: Browser) -> None:
    """P10."""
    post = await alice.write("Ask me", may_reply="nobody+")
    await answer_to(bob, post, "A wise word")
    await alice.get("/waiting")
    await alice.submit("/waiting", do="refuse")
    assert "Refused or hidden" in alice.text
    await alice.get(post)
    assert "A wise word" not in alice.text
    await alice.get("/waiting")
    await alice.submit("/waiting", do="accept")
    await alice.get(post)
    assert "A wise word" in alice.text


async def test_a_reply_is_hidden_for_everybody(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """P10, B54: only who is answered has the button."""
    post = await alice.write("Say something")
    answer = await answer_to(bob, post, "Something rude")
    await carol.get(post)
    assert "hide-reply" not in carol.text
    assert (await press(carol, f"/posts/{number(answer)}/hide-reply")).status == 404
    await alice.get(post)
    assert f"/posts/{number(answer)}/hide-reply" in alice.text
    await press(alice, f"/posts/{number(answer)}/hide-reply")
    for reader in (alice, carol):
        await reader.get(post)
        assert "Something rude" not in reader.text


async def test_a_quote_is_shown_and_counted_and_taken_out(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B52, A188: in the article of who quotes; its author is told, and may take it out."""
    post = await alice.write("Worth quoting")
    quoting = await quote(bob, post)
    await carol.get(quoting)
    assert '<blockquote class="quoted">' in carol.text
    assert "Worth quoting" in carol.text
    await carol.get(post)
    assert "1 post quotes this" in carol.text
    await carol.get(f"/posts/{number(post)}/quotes")
    assert '<span class="vh">Back to the post</span>' in carol.text
    assert "Look at this" in carol.text
    await alice.get("/notifications")
    assert "quoted your post" in alice.text
    await alice.get(quoting)
    assert f"/posts/{number(quoting)}/remove-quote" in alice.text
    await press(alice, f"/posts/{number(quoting)}/remove-quote")
    await carol.get(quoting)
    assert "Worth quoting" not in carol.text
    assert "does not want it shown here" in carol.text


async def test_a_quote_changes_and_goes_with_what_it_quotes(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """The version of what is quoted is part of the stamp of a kept rendering."""
    post = await alice.write("Worth quoting")
    quoting = await quote(bob, post)
    await carol.get(quoting)
    assert "Worth quoting" in carol.text
    await alice.get(f"/posts/{number(post)}/edit")
    await alice.submit(f"/posts/{number(post)}/edit", text="Better words")
    await carol.get(quoting)
    assert "Better words" in carol.text
    assert "Worth quoting" not in carol.text
    await alice.get(f"/posts/{number(post)}/delete")
    await alice.submit(f"/posts/{number(post)}/delete")
    await carol.get(quoting)
    assert "Better words" not in carol.text
    assert "you cannot see, or that is gone" in carol.text


async def test_who_is_blocked_does_not_see_what_is_quoted(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """PV-11: a quote is no way around a block; others see it."""
    post = await alice.write("Worth quoting")
    quoting = await quote(bob, post)
    await alice.get("/@carol")
    await press(alice, "/@carol/block")
    await carol.get(quoting)
    assert "Look at this" in carol.text
    assert "Worth quoting" not in carol.text
    await alice.get(quoting)
    assert "Worth quoting" in alice.text


async def test_quoting_oneself_widens_nothing(alice: Browser, bob: Browser) -> None:
    """A188, PV-6: who may not read the post for followers does not read it in a quote."""
    post = await alice.write("For my followers", audience="followers")
    quoting = await quote(alice, post)
    assert "For my followers" in alice.text or (await alice.get(quoting)).status == 200
    await bob.get(quoting)
    assert "Look at this" in bob.text
    assert "For my followers" not in bob.text
    assert (await bob.get(f"/compose?quote={number(post)}")).status == 404
    assert not re.search(rf"quotes?.{{0,40}}{number(post)}", bob.text)


async def test_what_may_not_be_quoted_has_no_form(alice: Browser, bob: Browser) -> None:
    """A188."""
    post = await alice.write("Keep it here", may_quote="nobody")
    await bob.get(post)
    assert "Cannot be quoted" in bob.text
    assert (await bob.get(f"/compose?quote={number(post)}")).status == 403
