"""What goes on looking after an app was answered: conversations of other servers (B78)."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from instance.resources import Instance
from storage import conversations
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.usecases.social import hear, make_remote

PATH = "/api/v1_alpha/async_refreshes"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


async def test_b78_an_app_is_told_that_more_is_looked_for(
    client: App, phone: App, instance: Instance
) -> None:
    """B78: GET /api/v1_alpha/async_refreshes/{id}, GET /api/v1/statuses/{id}/context."""
    ben = await make_remote(instance, "ben")
    post = await hear(instance, ben)
    context = f"/api/v1/statuses/{post.id}/context"
    await client.get(context)
    assert "mastodon-async-refresh" not in client.answer.headers  # strangers start nothing
    found = await phone.get(context)
    assert_valid("GET", "/api/v1/statuses/{id}/context", phone.status, found)
    said = phone.answer.headers["mastodon-async-refresh"]
    match = re.fullmatch(r'id="(\d+)", retry=3', said)
    assert match, said
    running = await phone.get(f"{PATH}/{match[1]}")
    assert_valid("GET", f"{PATH}/{{id}}", phone.status, running)
    assert running["async_refresh"]["status"] == "running"
    row = await conversations.find(int(match[1]))
    assert row is not None
    await conversations.save(replace(row, ended_at=instance.now()))
    done = await phone.get(f"{PATH}/{match[1]}")
    assert done["async_refresh"]["status"] == "finished"
    await phone.get(context)
    assert "mastodon-async-refresh" not in phone.answer.headers
    for other in ("1", "x"):
        await phone.get(f"{PATH}/{other}")
        assert phone.status == 404
    await client.get(f"{PATH}/{match[1]}")
    assert client.status == 401
