"""From whom one wants to hear, in the browser: the policy, and who is held back."""

from tests.pages.browser import Browser


async def write_to_alice(who: Browser, text: str) -> None:
    await who.write(f"@alice {text}")


async def test_b92_b93_strangers_are_held_back_heard_or_forgotten(
    alice: Browser, bob: Browser, carol: Browser
) -> None:
    """B92, B93: chosen in settings, announced among notifications, answered for several at once."""
    await alice.get("/settings/notifications")
    await alice.submit("/settings/notifications", for_not_following="filter")
    assert "Saved." in alice.text
    assert '<option value="filter" selected>' in alice.text.partition("for_not_followers")[0]
    await write_to_alice(bob, "a word from Bob")
    await write_to_alice(carol, "a word from Carol")
    await alice.get("/notifications")
    assert "<b>2 people</b> you may not know are held back" in alice.text
    assert "a word from Bob" not in alice.text
    await alice.get("/notifications/requests")
    for said in ("a word from Bob", "a word from Carol", "1 notification, the last just now"):
        assert said in alice.text
    boxes = alice.text.split('name="who_')[1:]
    ids = {
        name: next(box.partition('"')[0] for box in boxes if f'aria-label="{name}"' in box)
        for name in ("bob", "carol")
    }
    csrf = alice.form("/notifications/requests").fields["csrf"]
    answer = {"csrf": csrf, f"who_{ids['bob']}": "1", "do": "accept"}
    await alice.post("/notifications/requests", answer)
    assert "among yours now" in alice.text
    await alice.post("/notifications/requests", answer)
    assert alice.status == 200, "pressed twice changes nothing"
    await alice.post(
        "/notifications/requests", {"csrf": csrf, f"who_{ids['carol']}": "1", "do": "dismiss"}
    )
    assert "Nobody is held back" in alice.text
    await alice.get("/notifications")
    assert "a word from Bob" in alice.text
    assert "held back" not in alice.text
    await alice.post("/notifications/requests", {"csrf": csrf, "do": "accept"})
    assert alice.status == 422


async def test_b92_a_policy_that_there_is_not_is_refused(alice: Browser) -> None:
    await alice.get("/settings/notifications")
    await alice.submit("/settings/notifications", for_new_accounts="shout")
    assert alice.status == 422
