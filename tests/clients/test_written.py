"""What a status says of how it was written: by which app."""

from datetime import timedelta
from typing import Any

import pytest

import jobs
from instance.resources import Instance
from instance.worker import Worker
from tests.clients.apps import REDIRECT_URI, App, say
from tests.pages.browser import Browser
from users import grants, login

S = "/api/v1/statuses"
TUSKY = {"name": "Tusky", "website": "https://tusky.example"}


@pytest.fixture
async def tusky(app: Any, alice: Browser) -> App:
    """Alice's app, which has a page of its own."""
    known = await App(app).register()
    sent = {"client_name": "Tusky", "redirect_uris": REDIRECT_URI, "scopes": "read write"}
    made = await known.post("/api/v1/apps", {**sent, "website": TUSKY["website"]})
    known.client_id, known.client_secret = made["client_id"], made["client_secret"]
    return await known.let_in_by(alice, scope="read write")


async def _app_of(post: Any, reader: App) -> Any:
    return (await reader.get(f"{S}/{post['id']}"))["application"]


async def test_b15_it_says_which_app_wrote_it(
    tusky: App, second: App, alice: Browser, browser: Browser
) -> None:
    """B15: POST /api/v1/statuses, GET /api/v1/statuses/{id}: to all, but outside of a boost.

    A post of the pages was written with "Web", as with Mastodon.
    """
    made = await say(tusky)
    assert made["application"] == TUSKY
    assert await _app_of(made, second) == TUSKY
    boost = await second.post(f"{S}/{made['id']}/reblog")
    assert (boost["application"], boost["reblog"]["application"]) == (None, TUSKY)
    await tusky.send("PUT", f"{S}/{made['id']}", {"status": "changed"})
    assert await _app_of(made, second) == TUSKY
    await browser.get(f"/@alice/{made['id']}")
    assert f'via <a href="{TUSKY["website"]}"' in browser.text
    await alice.write("From the pages")
    newest = (await tusky.get(f"/api/v1/accounts/{made['account']['id']}/statuses"))[0]
    assert newest["application"] == {"name": "Web", "website": None}


async def test_b15_its_author_may_keep_that_to_themselves(
    tusky: App, second: App, alice: Browser, browser: Browser
) -> None:
    """B15: the author goes on seeing it, others see nothing, also of posts of before."""
    made = await say(tusky)
    assert await _app_of(made, second) == TUSKY
    await alice.get("/settings/privacy")
    assert alice.form("/settings/privacy").fields["applications"] == "1"
    await alice.submit("/settings/privacy", applications="")
    assert await _app_of(made, second) is None
    assert await _app_of(made, tusky) == TUSKY
    await browser.get(f"/@alice/{made['id']}")
    assert "Tusky" not in browser.text


async def test_b15_b42_it_is_known_of_what_is_said_later(
    tusky: App, instance: Instance, clock: Any
) -> None:
    """B15, B42: a scheduled post was written with the app that scheduled it."""
    due_at = (instance.now() + timedelta(minutes=10)).isoformat()
    await tusky.post(S, {"status": "later", "scheduled_at": due_at})
    clock.advance(minutes=11)
    with instance.store.active():
        await Worker(instance, jobs.JOBS).drain()
    assert (await tusky.get("/api/v1/timelines/home"))[0]["application"] == TUSKY


async def test_b18_the_label_of_a_token_made_by_hand_is_not_shown(
    instance: Instance, alice: Browser
) -> None:
    """B18: it is a note of its owner's, and says no app."""
    with instance.store.active():
        found = await login.find_by_name("alice")
        assert found is not None
        token = await grants.issue_token(instance, found[0], ["write"], "My secret robot")
    assert (await say(App(alice.app, token=token)))["application"] is None
