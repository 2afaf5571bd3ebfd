"""Admin pages for hosts and rules: foreseen before made; what is held is let through or dropped."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from instance.resources import Instance
from storage import content_rules, host_rules, receipts
from storage.records import ContentAction, HostSeverity, ReceiptOutcome
from tests.factories import make_receipt
from tests.pages.browser import Browser
from tests.pages.test_admin import instance as instance
from tests.pages.test_admin import logged_in
from tests.pages.test_admin import owner as owner


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


NOTE = (
    '{"id": "https://b.test/c", "type": "Create", "actor": "https://b.test/u", "object": {'
    '"id": "https://b.test/n", "type": "Note", "attributedTo": "https://b.test/u", '
    '"content": "<p>Buy <b>now</b><script>x</script></p>"}}'
)


async def test_au30_pages_of_rules_are_not_there_for_others(instance: Instance) -> None:
    ordinary = await logged_in(instance, "ordinary")
    for path in ("/admin/hosts", "/admin/rules", "/admin/hosts.csv"):
        assert (await ordinary.get(path)).status == 404
    await ordinary.get("/home")
    token = ordinary.form("/compose").fields["csrf"]
    for path in ("/admin/hosts", "/admin/hosts/lift", "/admin/rules", "/admin/held"):
        await ordinary.post(path, {"csrf": token, "host": "b.test", "do": "make", "held": "1"})
        assert ordinary.status == 404
    assert await host_rules.count() == 0


async def test_c37_a_host_is_suspended_after_a_look_and_lifted(owner: Browser) -> None:
    """C37, A92."""
    await owner.get("/admin/hosts")
    await owner.submit("/admin/hosts", host="Bad.Example.", comment="spam", do="look")
    assert "If you do this:" in owner.text
    assert "Nobody known here is concerned." in owner.text
    assert await host_rules.count() == 0
    await owner.submit("/admin/hosts", do="make")
    found = await host_rules.find("bad.example")
    assert found is not None
    assert (found.severity, found.comment) == (HostSeverity.SUSPEND, "spam")
    await owner.get("/admin/hosts")
    assert "bad.example" in owner.text
    await owner.submit("/admin/hosts/lift")
    assert await host_rules.count() == 0


@pytest.mark.parametrize("host", ["https://bad.example", "", "alpha.test"])
async def test_a_wrong_host_is_said_beside_the_field(owner: Browser, host: str) -> None:
    await owner.get("/admin/hosts")
    await owner.submit("/admin/hosts", host=host, do="make")
    assert owner.status == 422
    assert await host_rules.count() == 0


async def test_c38_a_list_is_imported_after_a_look_and_exported(owner: Browser) -> None:
    """C38."""
    text = "#domain,#severity\nbad.example,suspend\nloud.example,silence\nh*d.example,suspend\n"
    await owner.get("/admin/hosts")
    await owner.submit("/admin/hosts/import", list=text, do="look")
    assert "2 new rules." in owner.text
    assert "Entry 3: h*d.example is hidden by its author." in owner.text
    assert await host_rules.count() == 0
    await owner.submit("/admin/hosts/import", list=text, do="make")
    assert await host_rules.count() == 2
    answer = await owner.get("/admin/hosts.csv")
    assert "loud.example,silence,false,false,,false" in answer.text


async def test_c47_rules_are_made_and_removed(owner: Browser) -> None:
    """C47."""
    await owner.get("/admin/rules")
    await owner.submit("/admin/rules", kind="word", pattern="Cheap pills", then="reject")
    (rule,) = await content_rules.list_all(10)
    assert (rule.pattern, rule.action) == ("cheap pills", ContentAction.REJECT)
    await owner.get("/admin/rules")
    await owner.submit("/admin/rules", kind="word", pattern="!!", then="reject")
    assert owner.status == 422
    await owner.get("/admin/rules")
    await owner.submit("/admin/rules/remove")
    assert await content_rules.list_all(10) == []


async def test_what_is_held_is_shown_as_text_and_dropped(
    instance: Instance, owner: Browser
) -> None:
    """HX-1: what strangers wrote is no markup on the page of moderators."""
    held = replace(
        make_receipt(), outcome=ReceiptOutcome.HELD, document=NOTE, reason="<b>word rule 1</b>"
    )
    await receipts.record_if_new(held)
    await owner.get("/admin/rules")
    assert "Buy nowx" in owner.text
    assert "<script>x" not in owner.text
    assert "<b>word rule" not in owner.text
    await owner.submit("/admin/held", do="drop")
    found = await receipts.find(held.id)
    assert found is not None
    assert found.outcome is ReceiptOutcome.REFUSED
    await owner.get("/admin/rules")
    assert "a moderator dropped it" in owner.text
    assert instance.settings.domain in owner.text
