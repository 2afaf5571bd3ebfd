"""First steps after sign-up (B108): offered by an empty home, each left out at will."""

from instance.resources import Instance
from tests.instances import drain
from tests.pages.browser import Browser


async def test_b108_an_empty_home_offers_first_steps_and_a_full_one_does_not(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    """B108: nobody is sent there, and who follows somebody is asked no more."""
    await bob.write("Hello #ferries")
    await alice.get("/home")
    assert 'href="/welcome"' in alice.text
    await alice.get("/welcome")
    assert 'action="/@bob/follow"' in alice.text
    await alice.submit("/@bob/follow")
    with instance.store.active():
        await drain(instance)
    await alice.get("/home")
    assert 'href="/welcome"' not in alice.text


async def test_b108_hashtags_are_followed_all_or_none(alice: Browser, bob: Browser) -> None:
    await bob.write("Across #ferries")
    await alice.get("/welcome")
    await alice.submit("/welcome/hashtags", names="#sea no!t", tag_gulls="1")
    assert alice.status == 422
    assert 'href="/tags/sea"' not in alice.text
    await alice.submit("/welcome/hashtags", names="#ferries, Sea;#sea", tag_gulls="1")
    for name in ("ferries", "sea", "gulls"):
        assert f'href="/tags/{name}"' in alice.text
    await alice.get("/home")
    assert "Across" in alice.text


async def test_b108_friends_are_found_by_pasted_handles_or_a_list(
    instance: Instance, alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B108: by the jobs that bring lists; text that names nobody is shown again."""
    pasted = (
        "@bob@alpha.test, nobody",
        "Account address,Show boosts\ncarol@alpha.test,true\n",
    )
    for text in pasted:
        await alice.get("/welcome")
        await alice.submit("/welcome/friends", handles=text)
        assert "looked for now" in alice.text
    with instance.store.active():
        await drain(instance)
    for window in (bob, carol):
        await window.get(f"{'/@bob' if window is bob else '/@carol'}/followers")
        assert 'href="/@alice"' in window.text
    await alice.get("/welcome")
    await alice.submit("/welcome/friends", handles=" ,; ")
    assert alice.status == 422
