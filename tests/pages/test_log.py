"""The log of what those who run the server did (MO-10): complete, and there to stay."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

import commands.emoji
import commands.hosts
import commands.log
import commands.relays
import commands.reports
import commands.rules
import commands.users
import main
import serving
from actors import emoji
from commands.results import Result
from instance.errors import Unavailable
from instance.resources import Instance
from instance.settings import Settings
from moderation import contents, hosts
from outbox import appealing, closing, moderating, profiles, reporting
from outbox.reporting import Complaint
from storage import audit, content_rules, emojis, host_rules
from storage.records import (
    AuditEntry,
    AuditKind,
    ContentAction,
    ContentKind,
    HostSeverity,
    Page,
    ReceiptOutcome,
    StrikeAction,
)
from tests.factories import insert, make_receipt
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.pages.test_admin import PASSWORD, ask, logged_in
from tests.pages.test_admin import instance as instance
from tests.pages.test_admin import owner as owner
from tests.pictures import picture
from tests.usecases.social import make_remote
from users import login
from webapp.pages import logged

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


@pytest.fixture
def run(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Result]]:
    """Run a command on the instance that is open."""

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Instance]:
        yield instance

    async def run(of: Callable[..., Any], *words: str) -> Result:
        given = main.parser(words).parse_args(words)
        result: Result = await of(given, instance.settings)
        return result

    monkeypatch.setattr(serving, "opened", opened)
    return run


async def log() -> list[AuditEntry]:
    """The oldest first."""
    return (await audit.list_page(Page(limit=80)))[::-1]


async def report_of(instance: Instance) -> str:
    """A report by somebody here about somebody elsewhere."""
    reporter, target = await login.find_by_name("ordinary"), await make_remote(instance, "troll")
    assert reporter is not None
    made = await reporting.report(instance, reporter[1], target, Complaint("Look", "spam"))
    return str(made.id)


async def appeal_of(instance: Instance) -> str:
    """What somebody here appeals against."""
    who = await login.find_by_name("ordinary")
    assert who is not None
    made = await moderating.strike(instance, who[1], StrikeAction.WARN, "Be kind.")
    await appealing.appeal(instance, who[0], made.id, "I was.")
    return str(made.id)


async def held(at: Any) -> str:
    receipt = make_receipt(
        outcome=ReceiptOutcome.HELD, reason="word rule 7", document="{}", received_at=at
    )
    await insert(receipt)
    return str(receipt.id)


async def test_mo10_every_act_on_a_page_says_who_when_and_what(
    instance: Instance, owner: Browser, internet: FakeInternet, clock: FakeClock
) -> None:
    """MO-10: each form of the admin pages, in turn; a look and a mistake leave nothing."""
    internet.add("relay.test", lambda _: httpx2.Response(404))
    for name in ("lea", "leo"):
        await ask(owner.app, name)
    report, appeal = await report_of(instance), await appeal_of(instance)
    before = len(await log())
    acts: tuple[tuple[str, dict[str, str], AuditKind, str], ...] = (
        ("/admin/sign-ups", {"do": "approve"}, AuditKind.SIGN_UP, "let in lea, who asked to join"),
        ("/admin/sign-ups", {"do": "decline"}, AuditKind.SIGN_UP, "turned down leo"),
        ("/admin/reports", {"do": "resolve", "report": report}, AuditKind.REPORT, "settled the"),
        ("/admin/reports", {"do": "reopen", "report": report}, AuditKind.REPORT, "reopened the"),
        ("/admin/appeals", {"do": "refuse", "strike": appeal}, AuditKind.PERSON, "refused the app"),
        (
            "/admin/people/<name>",
            {"how": "none", "text": "Kindly"},
            AuditKind.PERSON,
            "warned ordinary: Kindly",
        ),
        ("/admin/announcements", {"text": "Fair winds"}, AuditKind.SERVER, "announced: Fair"),
        ("/admin/announcements/change", {"do": "end"}, AuditKind.SERVER, "ended an announcement"),
        ("/admin/relays", {"url": "https://relay.test/inbox"}, AuditKind.RELAY, "asked the relay"),
        ("/admin/relays/remove", {}, AuditKind.RELAY, "removed the relay https://relay.test"),
        ("/admin/emoji", {"name": "tern"}, AuditKind.EMOJI, "added the emoji :tern:"),
        ("/admin/emoji/remove", {"name": "tern"}, AuditKind.EMOJI, "removed the emoji :tern:"),
        (
            "/admin/hosts",
            {"host": "b.test", "severity": "suspend", "do": "make"},
            AuditKind.HOST,
            "made the rule (suspend) about b.test",
        ),
        ("/admin/hosts/lift", {"host": "b.test"}, AuditKind.HOST, "lifted the rule (suspend)"),
        (
            "/admin/hosts/import",
            {"list": "c.test\nd.test", "do": "make"},
            AuditKind.HOST,
            "made 2 rules (suspend) about c.test, d.test",
        ),
        (
            "/admin/rules",
            {"kind": "word", "pattern": "spam", "then": "hold"},
            AuditKind.RULE,
            "made the rule about the word 'spam' (hold)",
        ),
        ("/admin/rules/remove", {}, AuditKind.RULE, "removed the rule about the word 'spam'"),
        ("/admin/held", {"do": "release", "held": await held(clock())}, AuditKind.HELD, "let thr"),
        ("/admin/held", {"do": "drop", "held": await held(clock())}, AuditKind.HELD, "dropped wh"),
        (
            "/admin/server",
            {"name": "Harbour", "description": "Ferries", "join": "closed"},
            AuditKind.SERVER,
            "changed the name to 'Harbour', the description, who may join to",
        ),
    )
    posts = {path for path, *_ in acts}
    text = (ROOT / "webapp/pages/routes.py").read_text()
    assert posts == set(re.findall(r'"POST", "(/admin[^"]*)"', text))
    for route, typed, kind, words in acts:
        clock.advance(minutes=1)
        path = route.replace("<name>", "ordinary")
        page = {"sign-ups": "", "held": "/rules", "people": path.removeprefix("/admin")}.get(
            path.split("/")[2], "/" + path.split("/")[2]
        )
        resolved = "?resolved=1" if typed.get("do") == "reopen" else ""
        await owner.get(f"/admin{page}{resolved}")
        if path == "/admin/emoji":
            await owner.send_files(f"{path}$", {"picture": picture()}, **typed)
        else:
            await owner.submit(f"{path}$", **typed)
        assert owner.status == 200, (path, owner.text)
        entries = await log()
        entry = entries[-1]
        assert len(entries) == before + 1, path
        assert (entry.actor_name, entry.kind, entry.created_at) == ("nadia", kind, clock()), path
        assert words in entry.words
        assert entry.target
        before += 1
    await owner.get("/admin/hosts")
    await owner.submit("/admin/hosts$", host="e.test", severity="suspend", do="look")
    await owner.submit("/admin/hosts$", host="not a host", severity="suspend", do="make")
    assert len(await log()) == before


async def test_mo10_every_command_says_that_it_was_the_command_line(
    instance: Instance,
    run: Callable[..., Awaitable[Result]],
    internet: FakeInternet,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    """MO-10: each verb that changes something, and `log list` shows them all, also to programs."""
    internet.add("relay.test", lambda _: httpx2.Response(404))
    (tmp_path / "tern.png").write_bytes(picture())
    report, through, dropped = await report_of(instance), await held(clock()), await held(clock())
    before = len(await log())
    await commands.users.add_user(instance.settings, "lea", PASSWORD, email="", role="user")
    await commands.users.rename_user(instance.settings, "lea", "leah")
    await run(commands.users.run, "user", "suspend", "leah")
    await commands.users.lift_strike(instance.settings, "leah", "unsuspend")
    await commands.users.add_token(instance.settings, "leah", "read", "cli")
    await commands.users.add_invite(instance.settings, "leah", 2, 0)
    await commands.users.rotate_keys(instance.settings, "leah")
    await run(commands.hosts.run, "host", "suspend", "b.test")
    await run(commands.hosts.run, "host", "lift", "b.test")
    await run(commands.rules.run_rule, "rule", "add", "word", "spam")
    made = (await content_rules.list_all(1))[0]
    await run(commands.rules.run_rule, "rule", "remove", str(made.id))
    await run(commands.rules.run_held, "held", "release", through)
    await run(commands.rules.run_held, "held", "drop", dropped)
    await run(commands.reports.run, "report", "resolve", report)
    await run(commands.reports.run, "report", "reopen", report)
    await run(commands.relays.run, "relay", "add", "https://relay.test/inbox")
    await run(commands.relays.run, "relay", "remove", "https://relay.test/inbox")
    await run(commands.emoji.run, "emoji", "add", "tern", str(tmp_path / "tern.png"))
    await run(commands.emoji.run, "emoji", "remove", "tern")
    await closing.close(instance, lambda *_: None)
    done = (await log())[before:]
    assert {(each.actor_id, each.actor_name) for each in done} == {(None, "command line")}
    assert [each.words.partition(" ")[0] for each in done] == [
        *("added", "renamed", "suspended", "let", "made", "made", "gave", "made", "lifted"),
        *("made", "removed", "let", "dropped", "settled", "reopened", "asked", "removed"),
        *("added", "removed", "closed"),
    ]
    told = await run(commands.log.run, "log", "list")
    assert all(each.words in told.text for each in done)
    listed = cast("list[dict[str, Any]]", told.data["log"])
    assert [each["words"] for each in listed] == [each.words for each in reversed(await log())]
    assert listed[0]["actor"] == "command line"
    older = await run(commands.log.run, "log", "list", "--limit", "1", "--before", listed[0]["id"])
    assert older.data["log"] == listed[1:2]


async def test_mo10_nothing_is_done_without_its_line(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MO-10: one transaction: where the line cannot be written, nothing was done."""
    before = len(await log())

    async def failing(_: AuditEntry) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(audit, "insert", failing)
    with pytest.raises(Unavailable):
        await contents.add(instance, ContentKind.WORD, "spam", ContentAction.HOLD)
    with pytest.raises(Unavailable):
        await hosts.put(instance, [hosts.rule_for(instance, "b.test", HostSeverity.SUSPEND)])
    with pytest.raises(Unavailable):
        await emoji.add(instance, "tern", picture())
    monkeypatch.undo()
    assert (await content_rules.count(), await host_rules.count()) == (0, 0)
    assert await emojis.list_all() == []
    assert len(await log()) == before


async def test_mo10_lines_outlive_whoever_they_are_about(
    instance: Instance, owner: Browser
) -> None:
    """MO-10: the account is deleted, its name in the log stays; no code removes or changes one."""
    await owner.get("/settings/invites")
    await owner.submit("/settings/invites$", uses="1", days="0")
    found = await login.find_by_name("nadia")
    assert found is not None
    before = await log()
    await profiles.delete_account(instance, *found)
    await drain(instance)
    assert await log() == before
    assert before[-1].actor_name == "nadia"
    folders = ("storage", "moderation", "users", "outbox", "webapp", "actors", "instance", "inbox")
    sources = [path for each in folders for path in (ROOT / each).rglob("*.py")]
    using = {
        str(path.relative_to(ROOT))
        for path in sources
        if re.search(r"audit_entries|audit\.ENTRIES", path.read_text())
    }
    assert using == {
        *("storage/audit.py", "storage/tables.py", "storage/migrations/0018_audit.py"),
    }
    assert set(re.findall(r"ENTRIES\.(\w+)", (ROOT / "storage/audit.py").read_text())) == {
        *("insert", "page"),
    }


async def test_mo10_the_log_is_read_in_pages_by_who_runs_the_server(
    instance: Instance, owner: Browser
) -> None:
    """MO-10: newest first, older ones by a link; for nobody else, and without any form."""
    for number in range(logged.LIST_LIMIT + 5):
        await contents.add(instance, ContentKind.WORD, f"w{number} <b>", ContentAction.HOLD)
    await owner.get("/admin/log")
    assert owner.text.index("w44 b") < owner.text.index("w5 b")
    assert "w4 b" not in owner.text
    assert "The command line" in owner.text
    assert 'action="/admin' not in owner.text
    (older,) = re.findall(r'href="(/admin/log\?max_id=\d+)"', owner.text)
    await owner.get(older)
    assert "w4 b" in owner.text
    assert "w5 b" not in owner.text
    for stranger in (await logged_in(instance, "ordinary"), Browser(owner.app)):
        await stranger.get("/admin/log")
        assert stranger.path.startswith("/log-in") or stranger.status == 404
        assert "The command line" not in stranger.text
