"""What somebody who is logged in may do only so often: ask other servers, guess a password."""

from dataclasses import replace

from instance.resources import Instance
from storage import actors, relations
from tests.pages.browser import Browser


async def test_a_follow_by_handle_is_a_look_up_like_any_other(alice: Browser) -> None:
    """Nobody makes this server ask others without end."""
    for number in range(30):
        await alice.get("/home")
        await alice.submit("/follow", who=f"@who@nowhere{number}.test")
        assert alice.status != 429
    await alice.get("/home")
    await alice.submit("/follow", who="@who@nowhere.test")
    assert alice.status == 429
    assert "retry-after" in alice.answer.headers


async def test_au10_an_open_session_does_not_find_the_password(alice: Browser) -> None:
    """AU-10: the form that deletes an account counts guesses as the one of the password does."""
    for _ in range(10):
        await alice.get("/settings/delete")
        await alice.submit("/settings/delete", password="wrong again")
        assert alice.status == 422
    await alice.get("/settings/delete")
    await alice.submit("/settings/delete", password="a fine long password")
    assert alice.status == 429
    assert (await alice.get("/settings/delete")).status == 200


async def test_one_may_stop_following_who_was_suspended(
    alice: Browser, bob: Browser, instance: Instance
) -> None:
    """One may always end what one has with somebody."""
    del bob
    await alice.get("/@bob")
    await alice.submit("/@bob/follow")
    form = alice.form("/@bob/follow")
    with instance.store.active():
        whom = await actors.find_by_handle("bob", None)
        assert whom is not None
        await actors.save(replace(whom, suspended_at=instance.now()))
    await alice.post("/@bob/follow", {**form.fields, "do": "undo"})
    with instance.store.active():
        assert not await relations.has_local_followers(whom.id)
