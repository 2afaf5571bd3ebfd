"""Settings about moving: another name, aliases, to another account; and the page of relays."""

from dataclasses import replace
from typing import Any

import pytest

from actors import identity
from instance.resources import Instance
from storage import actors, relays, users
from storage.records import ActorKind, Role
from tests.federation.peers import Peer
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.usecases.social import private_pem

PASSWORD = "a fine long password"


@pytest.fixture
def beta(internet: FakeInternet, clock: FakeClock) -> Peer:
    return Peer(internet, "beta.test", clock)


@pytest.fixture(autouse=True)
async def _instance_actor(instance: Instance) -> None:
    with instance.store.active():
        await identity.create_local(
            instance, "alpha.test", kind=ActorKind.APPLICATION, private_pem=private_pem()
        )


async def test_an_alias_is_added_and_removed(
    instance: Instance, alice: Browser, beta: Peer
) -> None:
    """A169, B128: by handle, found by WebFinger; without a script."""
    other = beta.join("alice", 1)
    await alice.get("/settings/moving")
    await alice.submit("/moving/alias$", alias="@alice@beta.test")
    assert "Saved." in alice.text
    assert "@alice@beta.test" in alice.text
    with instance.store.active():
        me = await actors.find_by_handle("alice", None)
    assert me is not None
    assert me.also_known_as == (other.uri,)
    await alice.submit("/moving/alias/remove")
    assert "@alice@beta.test" not in alice.text
    await alice.submit("/moving/alias$", alias="@nobody@beta.test")
    assert alice.status == 404
    assert "knows no nobody@beta.test" in alice.text


async def test_moving_away_asks_for_the_password_and_the_alias(
    alice: Browser, bob: Browser, instance: Instance, beta: Peer
) -> None:
    """A169, B128: each step says what is missing; afterwards the page sends people on."""
    with instance.store.active():
        me = await actors.find_by_handle("alice", None)
    assert me is not None
    other = beta.join("alice", 1)
    await alice.get("/settings/moving")
    await alice.submit("/moving/away", target="@alice@beta.test", password="wrong")
    assert alice.status == 422
    await alice.submit("/moving/away", target="@alice@beta.test", password=PASSWORD)
    assert "does not name the old one as an alias" in alice.text
    beta.put(other.document(alsoKnownAs=[me.uri]))
    await alice.submit("/moving/away", target="@alice@beta.test", password=PASSWORD)
    assert "You have moved" in alice.text
    await bob.get("/@alice")
    assert "has moved" in bob.text
    assert 'href="/@alice@beta.test"' in bob.text
    await alice.get("/home")
    await alice.submit("/compose", text="Still here")
    assert alice.status == 403
    await alice.get("/settings/moving")
    await alice.submit("/moving/back")
    assert "You have moved" not in alice.text
    assert await alice.write("Back again")


async def test_a_new_name_and_the_old_one_that_leads_to_it(alice: Browser, bob: Browser) -> None:
    """A167, B14: pages and WebFinger of the old name lead to the new one; nobody else gets it."""
    path = await alice.write("Under my old name")
    await alice.get("/settings/moving")
    await alice.submit("/moving/name", username="alicia", password="wrong")
    assert alice.status == 422
    await alice.submit("/moving/name", username="bob", password=PASSWORD)
    assert "taken" in alice.text
    await alice.submit("/moving/name", username="admin", password=PASSWORD)
    assert "reserved" in alice.text
    await alice.submit("/moving/name", username="alicia", password=PASSWORD)
    assert "This is your name now" in alice.text
    await bob.get("/@alice")
    assert bob.path == "/@alicia"
    await bob.get(path)
    assert bob.path == path.replace("/@alice/", "/@alicia/")
    answer = await bob.get("/.well-known/webfinger?resource=acct:alice@alpha.test")
    assert '"acct:alicia@alpha.test"' in answer.text
    carol: Any = Browser(bob.app)
    await carol.get("/sign-up")
    await carol.submit("/sign-up", handle="alice", password=PASSWORD)
    assert "taken" in carol.text
    await alice.get("/settings/moving")
    await alice.submit("/moving/name", username="Alice", password=PASSWORD)
    await bob.get("/@alicia")
    assert bob.path == "/@Alice"


async def test_b14_once_in_thirty_days(alice: Browser, bob: Browser, clock: FakeClock) -> None:
    """B14: and once back; a name that is taken, or a wrong password, costs nothing."""
    del bob
    await alice.get("/settings/moving")
    tries = (
        *(("bob", 409, "taken"), ("gull", 200, "your name now"), ("tern", 429, "30 days")),
        *(("alice", 200, "your name now"), ("gull", 429, "30 days"), ("skua", 429, "30 days")),
    )
    for name, status, words in tries:
        await alice.submit("/moving/name", username=name, password=PASSWORD)
        assert (alice.status, words in alice.text) == (status, True), name
    clock.advance(days=31)
    await alice.get("/settings/moving")
    await alice.submit("/moving/name", username="skua", password=PASSWORD)
    assert alice.status == 200
    await alice.get("/api/v1/accounts/lookup?acct=alice")
    assert '"username":"skua"' in alice.text  # the old name leads there in the API, too


async def test_relays_are_asked_and_removed_on_a_page(
    instance: Instance, alice: Browser, beta: Peer
) -> None:
    """A201, A202: for those who run the server; others find nothing there."""
    assert (await alice.get("/admin/relays")).status == 404
    with instance.store.active():
        found = await users.find_by_login("alice")
        assert found is not None
        await users.save(replace(found[0], role=Role.OWNER))
    relay = beta.join("relay", 2, type="Application")
    await alice.get("/admin/relays")
    for url in (relay.uri, "https://beta.test/inbox"):
        await alice.submit("/admin/relays$", url=url)
    assert "of the kind of LitePub" in alice.text
    assert "asked, no answer yet" in alice.text
    await alice.submit("/admin/relays$", url="https://beta.test/inbox")
    assert alice.status == 409
    await alice.submit("/admin/relays/remove")
    with instance.store.active():
        assert [each.inbox_url for each in await relays.list_all()] == ["https://beta.test/inbox"]
