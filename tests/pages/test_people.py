"""Profiles, follow lists, requests, blocks and mutes: anonymous, own and other."""

import re

from tests.pages.browser import Browser


async def lock(who: Browser, **boxes: str) -> None:
    await who.get("/settings/privacy")
    await who.submit("/settings/privacy", **{"approve": "1", "discoverable": "1", **boxes})


async def follow(who: Browser, name: str) -> None:
    await who.get(f"/@{name}")
    await who.submit(f"/@{name}/follow")


async def test_a_profile_as_stranger_as_other_and_as_oneself(
    alice: Browser, bob: Browser, browser: Browser
) -> None:
    await browser.get("/@alice")
    assert "@alice@alpha.test" in browser.text
    assert 'action="/@alice/follow"' not in browser.text
    await bob.get("/@alice")
    assert 'action="/@alice/follow"' in bob.text
    assert 'action="/@alice/block"' in bob.text
    await alice.get("/@alice")
    assert "Edit profile" in alice.text
    assert 'action="/@alice/follow"' not in alice.text


async def test_names_have_one_spelling(alice: Browser, browser: Browser) -> None:
    del alice
    for path in ("/@ALICE", "/@alice@alpha.test", "/@Alice@ALPHA.TEST"):
        await browser.get(path)
        assert browser.path == "/@alice", path
    for path in ("/@nobody", "/@a b", "/@alice@", "/@nobody@beta.test"):
        await browser.get(path.replace(" ", "%20"))
        assert browser.status == 404, path


async def test_posts_and_replies_are_apart(alice: Browser, bob: Browser) -> None:
    post = await alice.write("A post of its own")
    await bob.get(post)
    await bob.submit("/compose", text="@alice an answer")
    await bob.get("/@bob")
    assert "an answer" not in bob.text
    await bob.get("/@bob/replies")
    assert "an answer" in bob.text


async def test_follow_and_unfollow(alice: Browser, bob: Browser) -> None:
    """B30, B140."""
    for which, said in (("following", "Whom bob follows is"), ("followers", "Who follows bob is")):
        await alice.get(f"/@bob/{which}")
        assert said in alice.text
    await follow(alice, "bob")
    assert "You follow them now." in alice.text
    assert "Unfollow" in alice.text
    await bob.get("/@bob/followers")
    assert 'href="/@alice"' in bob.text
    await alice.get("/@alice/following")
    assert 'href="/@bob"' in alice.text
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    assert "You no longer follow them." in alice.text


async def test_follow_from_any_page_by_handle(alice: Browser, bob: Browser) -> None:
    del bob
    await alice.get("/search")
    for text in ("@bob@alpha.test", "bob@alpha.test", "https://alpha.test/@bob"):
        await alice.get("/search")
        await alice.submit("^/follow$", who=text)
        assert alice.path.startswith("/@bob"), text
    await alice.get("/search")
    await alice.submit("^/follow$", who="nobody@alpha.test")
    assert alice.status == 404
    assert 'role="alert"' in alice.text
    assert 'value="nobody@alpha.test"' in alice.text


async def test_a_locked_person_is_asked_first(alice: Browser, bob: Browser) -> None:
    """PV-13, PV-14, B21, B30."""
    await lock(bob)
    await bob.write("For friends", audience="followers")
    await follow(alice, "bob")
    assert "You asked to follow" in alice.text
    assert "Cancel request" in alice.text
    assert "For friends" not in alice.text
    await bob.get("/notifications")
    assert "1 person" in bob.text
    await bob.get("/requests")
    assert 'href="/@alice"' in bob.text
    await bob.submit("/requests", do="accept")
    assert "They follow you now." in bob.text
    await alice.get("/@bob")
    assert "Unfollow" in alice.text
    assert "For friends" in alice.text


async def test_a_request_can_be_declined_or_taken_back(alice: Browser, bob: Browser) -> None:
    """B30."""
    await lock(bob)
    await follow(alice, "bob")
    await bob.get("/@alice")
    await bob.submit("^/requests$", do="decline")
    assert "Declined" in bob.text
    await follow(alice, "bob")
    await alice.submit("/@bob/follow")
    await bob.get("/requests")
    assert "Nobody asks" in bob.text


async def test_a_follower_can_be_removed(alice: Browser, bob: Browser) -> None:
    """B30."""
    await follow(alice, "bob")
    await bob.get("/@bob/followers")
    await bob.submit("/@alice/remove-follower")
    assert "They no longer follow you." in bob.text
    await alice.get("/@bob")
    assert "Unfollow" not in alice.text


async def test_pv9_hidden_lists_show_numbers_only(alice: Browser, bob: Browser) -> None:
    """B21."""
    await follow(alice, "bob")
    await lock(bob, hide_follows="1")
    await alice.get("/@bob/followers")
    assert "This list is private" in alice.text
    assert 'class="plain cut" href="/@alice"' not in alice.text
    assert "Followers 1" in alice.text
    await bob.get("/@bob/followers")
    assert 'class="plain cut" href="/@alice"' in bob.text


async def test_block_ends_it_all_and_can_be_undone(alice: Browser, bob: Browser) -> None:
    """PV-11, B89."""
    post = await bob.write("Not for alice any more")
    await follow(alice, "bob")
    await bob.get("/@alice")
    await bob.submit("/@alice/block")
    assert "Blocked." in bob.text
    assert (await alice.get(post)).status == 404
    await alice.get("/@bob")
    assert "Not for alice" not in alice.text
    assert 'action="/@bob/follow"' not in alice.text
    await bob.get("/settings/blocks")
    await bob.submit("/@alice/block")
    assert "You block nobody" in bob.text
    assert (await alice.get(post)).status == 200


async def test_mute_is_quiet_and_can_be_undone(alice: Browser, bob: Browser) -> None:
    """B88."""
    await bob.write("Loud words", audience="public")
    await alice.get("/@bob")
    await alice.submit("/@bob/mute")
    assert "Muted." in alice.text
    await alice.get("/explore")
    assert "Loud words" not in alice.text
    await alice.get("/settings/blocks")
    await alice.submit("/@bob/mute")
    assert "You mute nobody" in alice.text


async def test_oneself_can_be_neither_followed_nor_blocked(alice: Browser) -> None:
    await alice.get("/home")
    token = alice.form("/compose").fields["csrf"]
    for what in ("follow", "block", "mute"):
        await alice.post(f"/@alice/{what}", {"csrf": token, "do": "do"})
        assert alice.status == 422, what


async def test_hx3_profile_is_clean_and_names_are_isolated(alice: Browser) -> None:
    """HX-3, HX-9: a name is plain text in <bdi>; a bio is cleaned."""
    await alice.get("/settings/profile")
    await alice.submit(
        "/settings/profile",
        name='<b>Al</b>\u202e"',
        bio="<script>x</script> me @alice #tide https://x.example",
        field_name_1="Site",
        field_value_1="https://x.example/me",
    )
    await alice.get("/@alice")
    assert "<b>Al</b>" not in alice.text
    assert "<bdi>&lt;b&gt;Al" in alice.text
    assert "<script>x" not in alice.text
    assert '<link rel="me" href="https://x.example/me">' in alice.text
    assert re.search(r'<a href="https://x.example/me"[^>]*rel="[^"]*me', alice.text)


async def test_default_avatars_are_drawn(browser: Browser) -> None:
    answer = await browser.get("/avatars/alice.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await browser.get("/avatars/alice")).status == 404
    answer = await browser.get("/avatars/alice.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG")
