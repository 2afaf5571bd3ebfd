"""Reports by apps: who and what they are about, and what moderators are told."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from instance.resources import Instance
from storage import reports, users
from storage.records import Actor, Role
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.usecases.social import answering, hear, make_person, make_remote, say
from users import site_texts
from users import starter_packs as packs
from users.starter_packs import PackDraft

PATH = "/api/v1/reports"
ME = "/api/v1/accounts/verify_credentials"


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
async def bob(instance: Instance) -> Actor:
    return await make_person(instance, "bob")


async def test_c33_a_report_names_posts_and_broken_rules(
    phone: App, instance: Instance, bob: Actor
) -> None:
    """C33: `POST /api/v1/reports`."""
    rule = await site_texts.add_rule(instance, "Be kind.")
    post = await say(instance, bob, "Rude words")
    pack = await packs.create(instance, bob, PackDraft(name="Rude people"), [])
    wish = {
        "account_id": str(bob.id),
        "status_ids[]": [str(post.id)],
        "comment": "This is rude.",
        "rule_ids[]": [str(rule.id)],
        "collection_ids[]": [str(pack.pack.id)],
    }
    made = await phone.post(PATH, wish)
    assert_valid("POST", PATH, 200, made)
    assert (made["category"], made["comment"]) == ("violation", "This is rude.")
    assert made["status_ids"] == [str(post.id)]
    assert made["rule_ids"] == [str(rule.id)]
    assert made["collection_ids"] == [str(pack.pack.id)]
    carol = await make_person(instance, "carol")
    await phone.post(PATH, wish | {"account_id": str(carol.id), "status_ids[]": []})
    assert phone.status == 404
    assert made["target_account"]["acct"] == "bob"
    assert (made["action_taken"], made["forwarded"]) == (False, False)
    again = await phone.post(PATH, {"account_id": str(bob.id), "comment": "Again."})
    assert again["id"] == made["id"]
    assert again["comment"] == "This is rude.\n\nAgain."
    assert await reports.count_open() == 1


async def test_c52_the_other_server_hears_of_it_when_it_shall(
    phone: App, instance: Instance, internet: FakeInternet
) -> None:
    answering(internet, "beta.test")
    ben = await make_remote(instance, "ben")
    post = await hear(instance, ben, "Buy this")
    wish = {"account_id": str(ben.id), "status_ids": [str(post.id)], "category": "spam"}
    made = await phone.json("POST", PATH, wish | {"forward": True})
    assert_valid("POST", PATH, 200, made)
    assert (made["category"], made["forwarded"]) == ("spam", True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"account_id": "12345"}, 404),
        ({"account_id": ""}, 404),
        ({"category": "nonsense"}, 422),
        ({"comment": "x" * 1001}, 422),
        ({"rule_ids[]": ["12345"]}, 422),
        ({"status_ids[]": ["12345"]}, 404),
        ({"collection_ids[]": ["12345"]}, 404),
    ],
)
async def test_c33_what_makes_no_report_is_refused(
    phone: App, bob: Actor, changes: dict[str, str], status: int
) -> None:
    found = await phone.post(PATH, {"account_id": str(bob.id)} | changes)
    assert phone.status == status
    assert found["error"]
    assert await reports.count_open() == 0


async def test_pv3_a_report_shows_no_post_that_one_may_not_see(
    phone: App, instance: Instance, bob: Actor
) -> None:
    secret = await say(instance, bob, "for my followers", visibility="followers")
    await phone.post(PATH, {"account_id": str(bob.id), "status_ids[]": [str(secret.id)]})
    assert phone.status == 404


async def test_b111_moderators_are_told_with_the_report(
    phone: App, client: App, app: Any, bob: Actor
) -> None:
    """B111: admin.report carries the report; it goes when the report is settled."""
    boss = await client.let_in_by(await Browser(app).sign_up("boss"))
    owner = await users.find_by_actor(int((await boss.get(ME))["id"]))
    assert owner is not None
    await users.save(replace(owner, role=Role.MODERATOR))
    await phone.post(PATH, {"account_id": str(bob.id), "comment": "Look."})
    [told] = await boss.get("/api/v1/notifications")
    assert_valid("GET", "/api/v1/notifications", 200, [told])
    assert (told["type"], told["account"]["acct"]) == ("admin.report", "bob")
    assert told["report"]["comment"] == "Look."
    [group] = (await boss.get("/api/v2/notifications"))["notification_groups"]
    assert group["report"] == told["report"]
    assert await phone.get("/api/v1/notifications") == []
