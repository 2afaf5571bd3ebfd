"""Reports on pages: the form on posts and profiles, and what moderators see."""

from dataclasses import replace

from instance.resources import Instance
from outbox import reporting
from outbox.reporting import Complaint
from storage import actors, reports, users
from storage.records import Page, Report, ReportCategory, Role
from tests.pages.browser import Browser
from tests.usecases.social import make_remote
from users import login, starter_packs
from users.starter_packs import PackDraft


async def _make(instance: Instance, name: str, role: Role) -> None:
    with instance.store.active():
        found = await users.find_by_login(name)
        assert found is not None
        await users.save(replace(found[0], role=role))


async def test_a_post_is_reported_from_its_menu(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    """A177: a link in the menu, a form that needs no script, and thanks."""
    path = await bob.write("Buy my watches")
    post_id = path.rpartition("/")[2]
    await alice.get(path)
    assert f'href="/posts/{post_id}/report"' in alice.text
    assert f'href="/posts/{post_id}/report"' not in (await bob.get(path)).text
    await alice.get(f"/posts/{post_id}/report")
    assert "Buy my watches" in alice.text
    assert "not told who reported" in alice.text
    await alice.submit("/report", category="spam", comment="Watches again")
    assert alice.path.startswith("/@bob")
    assert "will look at it" in alice.text
    with instance.store.active():
        (kept,) = await reports.list_open(Page())
    assert (kept.comment, str(kept.post_ids[0])) == ("Watches again", post_id)


async def test_a_profile_is_reported(alice: Browser, bob: Browser) -> None:
    """A177: people too; a wrong form is shown again with what was typed."""
    await bob.get("/@alice")
    assert 'href="/@alice/report"' in bob.text
    await bob.get("/@alice/report")
    await bob.submit("/report", category="", comment="Typed before")
    assert bob.status == 422
    assert "Typed before" in bob.text
    assert "Choose what it is about" in bob.text
    await bob.submit("/report", category="other")
    assert "will look at it" in bob.text
    assert alice.status == 200


async def test_moderators_read_settle_and_reopen(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    """A177: moderators have this page and no other of the admin pages."""
    await _make(instance, "alice", Role.MODERATOR)
    path = await bob.write("Something <b>odd</b>")
    carol = await Browser(alice.app).sign_up("carol")
    await carol.get(f"/posts/{path.rpartition('/')[2]}/report")
    await carol.submit("/report", category="violation", comment="<script>alert(1)</script>")
    await alice.get("/notifications")
    assert "was reported to the moderators" in alice.text
    assert 'href="/admin/reports"' in alice.text
    await alice.get("/admin/reports")
    assert "&lt;script&gt;alert(1)" in alice.text
    assert "Something" in alice.text
    await alice.submit("/admin/reports", note="Talked to bob")
    assert "No report waits" in alice.text
    await alice.get("/admin/reports?resolved=1")
    assert "Note: Talked to bob" in alice.text
    assert "by alice" in alice.text
    await alice.submit("/admin/reports")
    assert "It breaks the rules" in alice.text
    assert (await alice.get("/admin")).status == 404
    assert (await bob.get("/admin/reports")).status == 404


async def test_reports_of_other_servers_show_the_server_alone(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    """OR-27: who speaks for a server there is not known to us as a person."""
    await _make(instance, "alice", Role.ADMIN)
    with instance.store.active():
        stranger = await make_remote(instance, "pretender", "beta.test")
        target = await actors.find_by_handle("bob", None)
        assert target is not None
        made = Report(
            *(instance.ids.new(), stranger.id, target.id, (), ReportCategory.OTHER, "Hm", False),
            created_at=instance.now(),
        )
        await reports.insert(made)
    await alice.get("/admin/reports")
    assert "the server <b>beta.test</b>" in alice.text
    assert "pretender" not in alice.text
    assert bob.status == 200


async def test_c33_moderators_read_which_collections_are_meant(
    instance: Instance, alice: Browser, bob: Browser, carol: Browser
) -> None:
    """C33: by their names; nobody but apps reports them."""
    await _make(instance, "alice", Role.MODERATOR)
    with instance.store.active():
        people = [await login.find_by_name(name) for name in ("bob", "carol")]
        (_, target), (_, reporter) = [each for each in people if each is not None]
        pack = await starter_packs.create(instance, target, PackDraft(name="Rude <people>"), [])
        complaint = Complaint(category="spam", pack_ids=(pack.pack.id,))
        await reporting.report(instance, reporter, target, complaint)
    await alice.get("/admin/reports")
    assert "Rude &lt;people&gt;" in alice.text
    assert bob.status == carol.status == 200
