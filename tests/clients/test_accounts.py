"""Accounts of the client API: who somebody is, what they said, who follows whom."""

from typing import Any

import pytest

from instance.resources import Instance
from storage.records import Actor
from tests.clients.acting import active as active
from tests.clients.acting import him as him
from tests.clients.acting import me as me
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import FakeClock
from tests.usecases.queries import counted
from tests.usecases.social import befriend, change, hear, make_person, make_remote, say

ACCOUNTS = "/api/v1/accounts"


# ---------------------------------------------------------------- one, several


async def test_who_i_am(phone: App, me: Actor) -> None:
    """`GET /api/v1/accounts/verify_credentials`: oneself, as typed, with role and preferences."""
    found = await phone.get(f"{ACCOUNTS}/verify_credentials")
    assert_valid("GET", "/api/v1/accounts/verify_credentials", 200, found)
    assert (found["id"], found["acct"], found["username"]) == (str(me.id), "alice", "alice")
    assert found["source"]["privacy"] == "public"
    assert found["source"]["follow_requests_count"] == 0
    assert found["role"]["id"] in ("3", "-99")
    assert "@" not in str({**found, "url": "", "note": "", "uri": ""})  # PV-10: no e-mail address


async def test_pv10_somebody_as_anybody_sees_them(
    client: App, instance: Instance, him: Actor
) -> None:
    """PV-10: `GET /api/v1/accounts/{id}` without e-mail, address or key; with counts of rows."""
    await say(instance, him, "one")
    await say(instance, him, "two")
    found = await client.get(f"{ACCOUNTS}/{him.id}")
    assert_valid("GET", "/api/v1/accounts/{id}", 200, found)
    assert found["statuses_count"] == 2
    assert found["last_status_at"] is not None
    assert found["url"] == "https://alpha.test/@bob"
    assert found["uri"] == him.uri
    text = client.answer.text
    for secret in ("email", "PRIVATE", "PUBLIC KEY", "127.0.0.1", "password"):
        assert secret not in text


async def test_who_is_gone_suspended_or_no_number_is_not_found(
    client: App, instance: Instance, him: Actor
) -> None:
    gone = await make_person(instance, "gone")
    await change(gone, deleted_at=instance.now())
    await change(him, suspended_at=instance.now(), name="Bob", avatar_url="/media/a.webp")
    for wrong in (gone.id, 12345, "nobody", "9" * 30):
        await client.get(f"{ACCOUNTS}/{wrong}")
        assert client.status == 404, wrong
    found = await client.get(f"{ACCOUNTS}/{him.id}")
    assert found["suspended"] is True
    assert found["display_name"] == ""
    assert "a.webp" not in client.answer.text


async def test_several_at_once(client: App, me: Actor, him: Actor) -> None:
    """`GET /api/v1/accounts`: by ids, in the order asked for; the unknown are missing."""
    found = await client.get(ACCOUNTS, **{"id[]": [him.id, 99, me.id, him.id]})
    assert_valid("GET", "/api/v1/accounts", 200, found)
    assert [each["username"] for each in found] == ["bob", "alice"]
    await client.get(ACCOUNTS, **{"id[]": list(range(1, 42))})
    assert client.status == 422, "more than are shown at once"


async def test_by_handle(client: App, instance: Instance, him: Actor) -> None:
    """`GET /api/v1/accounts/lookup`: local and remote, whatever the case; nobody else is asked."""
    far = await make_remote(instance, "yui")
    for acct, who in (
        ("bob", him),
        ("@bob", him),
        ("BOB@alpha.test", him),
        ("yui@beta.test", far),
    ):
        found = await client.get(f"{ACCOUNTS}/lookup", acct=acct)
        assert_valid("GET", "/api/v1/accounts/lookup", 200, found)
        assert found["id"] == str(who.id)
    assert (await client.get(f"{ACCOUNTS}/{far.id}"))["acct"] == "yui@beta.test"
    for acct in ("yui", "nobody@gamma.test", "@", "a b", ""):
        await client.get(f"{ACCOUNTS}/lookup", acct=acct)
        assert client.status == 404


async def test_who_moved_is_shown_with_where_they_live_now(
    client: App, instance: Instance, him: Actor
) -> None:
    far = await make_remote(instance, "bob2")
    await change(him, moved_to=far.uri)
    found = await client.get(f"{ACCOUNTS}/{him.id}")
    assert found["moved"]["acct"] == "bob2@beta.test"
    assert found["moved"]["moved"] is None
    assert_valid("GET", "/api/v1/accounts/{id}", 200, found)


async def test_numbers_of_who_comes_along_are_a_minute_old_at_most(
    client: App, instance: Instance, him: Actor, clock: FakeClock
) -> None:
    """They are counted off rows: with a list not each time, for one account always."""
    await client.get(ACCOUNTS, **{"id[]": him.id})
    await say(instance, him, "one more")
    assert (await client.get(ACCOUNTS, **{"id[]": him.id}))[0]["statuses_count"] == 0
    assert (await client.get(f"{ACCOUNTS}/{him.id}"))["statuses_count"] == 1
    assert (await client.get(ACCOUNTS, **{"id[]": him.id}))[0]["statuses_count"] == 1
    await say(instance, him, "and another")
    clock.advance(minutes=1)
    assert (await client.get(ACCOUNTS, **{"id[]": him.id}))[0]["statuses_count"] == 2


async def test_many_accounts_cost_as_much_as_one(
    client: App, instance: Instance, him: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [him, *[await make_person(instance, f"person{number}") for number in range(9)]]
    counts = []
    for ids in ([him.id], [each.id for each in people]):
        with counted(instance, monkeypatch) as statements:
            assert len(await client.get(ACCOUNTS, **{"id[]": ids})) == len(ids)
        counts.append(len(statements))
    assert counts[0] >= counts[1]


@pytest.mark.usefixtures("active")
async def test_of_people_elsewhere_what_their_server_says_counts(
    client: App, instance: Instance
) -> None:
    told = await make_remote(instance, "told", posts_total=900, followers_total=20)
    await hear(instance, told)
    found = await client.get(f"{ACCOUNTS}/{told.id}")
    assert (found["statuses_count"], found["followers_count"]) == (900, 20)
    assert found["last_status_at"] == "2026-11-22"
    silent = await make_remote(instance, "silent")
    await hear(instance, silent)
    assert (await client.get(f"{ACCOUNTS}/{silent.id}"))["statuses_count"] == 1


# ---------------------------------------------------------------- what they said


async def test_what_somebody_said_and_boosted(
    client: App, phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """`GET /api/v1/accounts/{id}/statuses`: with every filter, in pages by Link."""
    first = await say(instance, him, "plain")
    answer = await say(instance, him, "an answer", in_reply_to_id=(await say(instance, me, "?")).id)
    tagged = await say(instance, him, "with #Zelte")
    await phone.post(f"/api/v1/statuses/{first.id}/favourite")
    path = f"{ACCOUNTS}/{him.id}/statuses"

    async def ids(**query: Any) -> list[str]:
        found = await client.get(path, **query)
        assert_valid("GET", "/api/v1/accounts/{id}/statuses", 200, found)
        return [each["id"] for each in found]

    everything = [str(each.id) for each in (tagged, answer, first)]
    assert await ids() == everything
    assert await ids(exclude_replies="true") == [everything[0], everything[2]]
    assert await ids(tagged="zelte") == [everything[0]]
    assert await ids(tagged="Zelte", exclude_reblogs="true") == [everything[0]]
    assert await ids(only_media="true") == []
    assert await ids(pinned="true") == []
    assert await ids(max_id=tagged.id, limit=1) == [everything[1]]
    assert f"max_id={answer.id}" in client.answer.headers["link"]
    assert await ids(min_id=first.id) == everything[:2]


async def test_boosts_and_pins_of_a_profile(
    client: App, phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    said = await say(instance, him, "boost me")
    mine = await say(instance, me, "pin me")
    await phone.post(f"/api/v1/statuses/{said.id}/reblog")
    await phone.post(f"/api/v1/statuses/{mine.id}/pin")
    path = f"{ACCOUNTS}/{me.id}/statuses"
    found = await client.get(path)
    assert [each["reblog"] and each["reblog"]["id"] for each in found] == [str(said.id), None]
    assert [each["id"] for each in await client.get(path, exclude_reblogs=1)] == [str(mine.id)]
    assert [each["id"] for each in await client.get(path, pinned=1)] == [str(mine.id)]


async def test_pv4_posts_for_followers_are_for_followers(
    client: App, phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """PV-4, PV-13: nobody, a stranger and who only asked to follow get none of them."""
    secret = await say(instance, him, "psst", visibility="followers")
    path = f"{ACCOUNTS}/{him.id}/statuses"
    assert await client.get(path) == []
    assert await phone.get(path) == []
    await befriend(instance, me, him)
    assert [each["id"] for each in await phone.get(path)] == [str(secret.id)]
    assert await client.get(path) == []


# ---------------------------------------------------------------- who follows whom


async def test_followers_and_followed(client: App, instance: Instance, him: Actor) -> None:
    """`GET /api/v1/accounts/{id}/followers`, `GET /api/v1/accounts/{id}/following`; by Link."""
    others = [await make_person(instance, f"fan{number}") for number in range(3)]
    for each in others:
        await befriend(instance, each, him)
    found = await client.get(f"{ACCOUNTS}/{him.id}/followers", limit=2)
    assert_valid("GET", "/api/v1/accounts/{id}/followers", 200, found)
    assert [each["username"] for each in found] == ["fan2", "fan1"]
    rest = client.answer.headers["link"].split(">")[0].removeprefix("<https://alpha.test")
    assert [each["username"] for each in await client.get(rest)] == ["fan0"]
    found = await client.get(f"{ACCOUNTS}/{others[0].id}/following")
    assert_valid("GET", "/api/v1/accounts/{id}/following", 200, found)
    assert [each["username"] for each in found] == ["bob"]


async def test_pv9_hidden_follows_are_numbers(
    client: App, phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """PV-9: who hides whom they follow shows the numbers alone, to all but themselves."""
    await befriend(instance, him, me)
    await befriend(instance, me, him)
    await change(me, hides_follows=True)
    for which in ("followers", "following"):
        assert await client.get(f"{ACCOUNTS}/{me.id}/{which}") == []
        assert len(await phone.get(f"{ACCOUNTS}/{me.id}/{which}")) == 1
    assert (await client.get(f"{ACCOUNTS}/{me.id}"))["followers_count"] == 1


async def test_whom_i_know_among_the_followers(
    phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """`GET /api/v1/accounts/familiar_followers`: nobody who hides that is named."""
    star, shy = await make_person(instance, "star"), await make_person(instance, "shy")
    for each in (him, shy):
        await befriend(instance, me, each)
        await befriend(instance, each, star)
    await change(shy, hides_follows=True)
    found = await phone.get(f"{ACCOUNTS}/familiar_followers", **{"id[]": [star.id, him.id]})
    assert_valid("GET", "/api/v1/accounts/familiar_followers", 200, found)
    assert [each["id"] for each in found] == [str(star.id), str(him.id)]
    assert [[one["username"] for one in each["accounts"]] for each in found] == [["bob"], []]


async def test_lists_that_somebody_is_in(
    phone: App, instance: Instance, me: Actor, him: Actor
) -> None:
    """`GET /api/v1/accounts/{id}/lists`, and `GET /api/v1/accounts/{id}/identity_proofs`."""
    await befriend(instance, me, him)
    made = await phone.post("/api/v1/lists", {"title": "Neighbours"})
    await phone.post(f"/api/v1/lists/{made['id']}/accounts", {"account_ids[]": him.id})
    found = await phone.get(f"{ACCOUNTS}/{him.id}/lists")
    assert_valid("GET", "/api/v1/accounts/{id}/lists", 200, found)
    assert [each["title"] for each in found] == ["Neighbours"]
    found = await phone.get(f"{ACCOUNTS}/{him.id}/identity_proofs")
    assert_valid("GET", "/api/v1/accounts/{id}/identity_proofs", 200, found)
    assert found == []
