"""Pages about what moderators did: of who was warned or suspended, and of those who answer."""

import io
import re
import zipfile
from dataclasses import replace

import pytest

from instance.resources import Instance
from storage import actors, users
from storage.records import Role
from tests.instances import drain
from tests.pages.browser import Browser

PASSWORD = "a fine long password"


@pytest.fixture
async def owner(instance: Instance, alice: Browser) -> Browser:
    with instance.store.active():
        found = await users.find_by_login("alice")
        assert found is not None
        await users.save(replace(found[0], role=Role.MODERATOR))
    return alice


async def strike(owner: Browser, action: str, text: str) -> None:
    await owner.get("/admin/people/bob")
    await owner.submit("/admin/people/bob", how=action, text=text)
    assert owner.path == "/admin/people/bob?said=struck", owner.text


async def test_b13_who_is_suspended_reads_why_appeals_once_and_comes_back(
    owner: Browser, bob: Browser
) -> None:
    """B13, MO-3: the one page that opens, and what is behind no other door of it."""
    path = await bob.write("Mine for ever")
    await owner.get("/@bob")
    assert 'href="/admin/people/bob"' in owner.text
    await strike(owner, "suspend", "Spam & <b>more</b>")
    assert "Let in again" in owner.text

    entering = Browser(bob.app)
    await entering.get("/log-in?next=/settings")
    await entering.submit("/log-in", name="bob", password=PASSWORD)
    assert (entering.path, entering.status) == ("/suspended", 200)
    assert "Spam &amp; &lt;b&gt;more&lt;/b&gt;" in entering.text
    assert entering.answer.headers["cache-control"] == "private, no-store"
    assert [line for line in entering.set_cookies if "visitor" in line] == []
    token = entering.form("/suspended/appeal").fields["csrf"]
    for closed in ("/home", "/settings/standing", "/settings/data", "/compose", "/admin"):
        await entering.get(closed)
        assert entering.path == "/suspended", closed
    assert (await entering.get(path)).status == 404
    for closed in ("/follow", "/settings/delete", "/settings/data/archive", "/log-out"):
        assert (await entering.post(closed, {"csrf": token})).status == 401, closed

    await entering.get("/suspended")
    await entering.submit("/suspended/appeal", appeal=" ")
    assert entering.status == 422
    await entering.submit("/suspended/appeal", appeal="It was <i>not</i> spam.")
    assert "Your appeal waits" in entering.text
    assert "/suspended/appeal" not in entering.text

    await owner.get("/admin/appeals")
    assert "It was &lt;i&gt;not&lt;/i&gt; spam." in owner.text
    await owner.submit("/admin/appeals", do="accept")
    assert "No appeal waits" in owner.text
    assert (await entering.get("/home")).status == 200
    assert entering.path == "/home"
    await entering.get("/suspended")
    assert entering.path == "/home"
    await entering.get("/settings/standing")
    assert "taken back" in entering.text
    assert "Your appeal was accepted." in entering.text


async def test_b13_who_is_suspended_takes_their_archive_along(
    instance: Instance, owner: Browser, bob: Browser, browser: Browser
) -> None:
    """B13, PV-23: theirs alone, and one a week."""
    await bob.write("Mine for ever")
    await strike(owner, "suspend", "")
    await bob.get("/suspended")
    assert "No reason was written." in bob.text
    await bob.submit("/suspended/archive")
    assert bob.path == "/suspended?said=archiving"
    await bob.submit("/suspended/archive")
    assert bob.status == 409
    await drain(instance)
    await bob.get("/suspended")
    (link,) = re.findall(r'href="(/suspended/archives/\d+)"', bob.text)
    await bob.get(link)
    with zipfile.ZipFile(io.BytesIO(bob.answer.body)) as archive:
        assert "Mine for ever" in archive.read("outbox.json").decode()
    for other in (owner, browser):
        await other.get(link)
        assert other.path in ("/home", "/log-in?next=%2Fhome"), other.path
    await bob.get("/suspended")
    await bob.submit("/suspended/log-out")
    await bob.get("/suspended")
    assert bob.path.startswith("/log-in")


async def test_c34_who_is_frozen_cannot_act_and_what_they_wrote_stays(
    owner: Browser, bob: Browser
) -> None:
    """C34, B13: one page opens, sessions count for nothing, and an appeal thaws."""
    path = await bob.write("Still here")
    await strike(owner, "disable", "Sleep on it.")
    assert "Thaw" in owner.text
    await bob.get("/home")
    assert bob.path == "/suspended"
    assert "Your account is frozen" in bob.text
    assert "Sleep on it." in bob.text
    assert "Still here" in (await owner.get(path)).text
    await bob.submit("/suspended/appeal", appeal="I slept.")
    await owner.get("/admin/appeals")
    await owner.submit("/admin/appeals", do="accept")
    await bob.get("/notifications")
    assert bob.path == "/notifications"
    assert "was frozen by the moderators" in bob.text


async def test_b13_who_is_warned_is_told_where_to_appeal(owner: Browser, bob: Browser) -> None:
    """B13: also of a silence; a refused appeal says so."""
    await strike(owner, "silence", "Too loud.")
    await bob.get("/notifications")
    assert "was limited by the moderators" in bob.text
    assert 'href="/settings/standing"' in bob.text
    await bob.get("/settings/standing")
    assert "Too loud." in bob.text
    await bob.submit("/settings/standing", appeal="I whisper.")
    assert "Your appeal waits" in bob.text
    await owner.get("/admin/appeals")
    await owner.submit("/admin/appeals", do="refuse")
    await bob.get("/settings/standing")
    assert "Your appeal was refused." in bob.text
    await owner.get("/admin/people/bob")
    assert "I whisper. (rejected)" in owner.text
    await owner.submit("/admin/people/bob")
    assert "It is taken back." in owner.text


async def test_b13_pages_of_moderators_are_theirs(
    instance: Instance, owner: Browser, bob: Browser
) -> None:
    for path in ("/admin/appeals", "/admin/people/alice"):
        assert (await bob.get(path)).status == 404
    assert 'href="/admin/people' not in (await bob.get("/@alice")).text
    assert (await owner.get("/admin/people/nobody")).status == 404
    await owner.get("/admin/people/bob")
    await owner.submit("/admin/people/bob", how="none", text="")
    assert "1 to 2000 letters" in owner.text
    assert owner.status == 422
    await owner.submit("/admin/people/bob", how="delete", text="x")
    assert owner.status == 422
    await owner.get("/admin/people/alice")
    await owner.submit("/admin/people/alice", how="suspend")
    assert owner.status == 403
    with instance.store.active():
        alice = await actors.find_by_handle("alice", None)
    assert alice is not None
    assert alice.suspended_at is None
