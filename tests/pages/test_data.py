"""Pages of one's own data: lists out and in, the archive; each for its owner alone."""

import io
import json
import re
from typing import Any
from zipfile import ZipFile

import pytest

from instance.resources import Instance
from storage.records import ImportKind
from tests.instances import drain
from tests.pages.browser import Browser
from transfers import lists, post_archives
from webapp.pages import transferring


async def work(instance: Instance) -> None:
    with instance.store.active():
        await drain(instance)


async def test_b125_follows_are_taken_from_one_account_to_another(
    instance: Instance, alice: Browser, bob: Browser, carol: Browser
) -> None:
    await alice.get("/@carol")
    await alice.submit("/@carol/follow")
    await alice.get("/settings/data")
    assert "Your data" in alice.text
    answer = await alice.get("/settings/data/following_accounts.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "no-store" in answer.headers["cache-control"]
    assert "carol@alpha.test,true,false," in answer.text
    await bob.get("/settings/data")
    await bob.send_files("data/import", {"file": answer.body}, kind="following", mode="merge")
    assert "worked through now" in bob.text
    await work(instance)
    await bob.get("/settings/data")
    assert "1 of 1 lines" in bob.text
    await carol.get("/@carol/followers")
    assert "@bob" in carol.text


async def test_b125_lines_of_which_nothing_came_are_shown(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    await alice.get("/settings/data")
    files = {"file": b"nobody@alpha.test\nnot a handle\n<script>@x\n"}
    await alice.send_files("data/import", files, kind="blocking", mode="merge")
    await work(instance)
    await alice.get("/settings/data")
    link = re.search(r"/settings/data/imports/\d+", alice.text)
    assert link
    await alice.get(link[0])
    assert "3 of 3 lines are done" in alice.text
    assert "This is no handle" in alice.text
    assert "<script>@x" not in alice.text
    assert (await bob.get(link[0])).status == 404  # AU-29


@pytest.mark.parametrize("kind", list(lists.FILES))
async def test_au29_lists_are_one_s_own(app: Any, alice: Browser, kind: ImportKind) -> None:
    """AU-29, B125: there is no address by which to ask for the list of somebody else."""
    path = f"/settings/data/{lists.FILES[kind]}"
    assert (await alice.get(path)).status == 200
    stranger = Browser(app)
    await stranger.get(path)
    assert stranger.path.startswith("/log-in")


async def test_a_file_that_is_no_list_is_said_to_be_none(
    alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B125; the door is as wide as the largest file that is taken, an archive of posts."""
    monkeypatch.setattr(post_archives, "BYTES_MAX", lists.BYTES_MAX)
    await alice.get("/settings/data")
    await alice.send_files("data/import", {"file": b"\xff\xfe"}, kind="muting", mode="merge")
    assert alice.status == 422
    assert "no CSV file" in alice.text
    await alice.send_files("data/import", {"file": b"bob\n"}, kind="nonsense", mode="merge")
    assert alice.status == 422
    too_large = b"x" * (lists.BYTES_MAX + 2 * 1024 * 1024)
    await alice.get("/settings/data")
    await alice.send_files("data/import", {"file": too_large}, kind="muting", mode="merge")
    assert alice.status == 413


async def test_b126_an_archive_is_made_and_fetched_by_its_owner_alone(
    app: Any, instance: Instance, alice: Browser, bob: Browser
) -> None:
    """B126, PV-23, AU-29."""
    await alice.write("The ferry is late")
    await alice.get("/settings/data")
    await alice.submit("data/archive")
    assert "Your archive is being made" in alice.text
    await work(instance)
    await alice.get("/settings/data")
    link = re.search(r"/settings/data/archives/\d+", alice.text)
    assert link
    answer = await alice.get(link[0])
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert b"The ferry is late" in ZipFile(io.BytesIO(answer.body)).read("outbox.json")
    assert (await bob.get(link[0])).status == 404
    stranger = Browser(app)
    await stranger.get(link[0])
    assert stranger.path.startswith("/log-in")
    await alice.get("/settings/data")
    await alice.submit("data/archive")
    assert alice.status == 409


def test_every_list_has_a_name_for_people() -> None:
    """B125."""
    assert set(transferring.KINDS) == set(ImportKind) == set(lists.FILES) | {ImportKind.POSTS}


async def test_b127_posts_are_brought_and_taken_away_again(
    instance: Instance, alice: Browser, bob: Browser
) -> None:
    """B127: with progress on the page, undone by a button, and nobody else's (AU-29)."""
    post = {"id": "a1", "text": "An old gull", "createdAt": "2020-01-02T03:04:05Z"}
    await alice.get("/settings/data")
    files = {"file": json.dumps([post]).encode()}
    await alice.send_files("data/import", files, kind="posts", mode="merge")
    await work(instance)
    await alice.get("/@alice")
    assert "An old gull" in alice.text
    assert "2 Jan 2020" in alice.text
    await alice.get(re.findall(r"/@alice/\d+", alice.text)[0])
    assert "Brought along from elsewhere" in alice.text
    await alice.get("/settings/data")
    path = re.findall(r"/settings/data/imports/\d+", alice.text)[0]
    await alice.get(path)
    assert "1 of these posts are here" in alice.text
    await bob.get("/settings/data")
    token = bob.form("data/import").fields["csrf"]
    await bob.post(f"{path}/undo", {"csrf": token})
    assert bob.status == 404
    await alice.submit(f"{path}/undo")
    await work(instance)
    await alice.get("/@alice")
    assert "An old gull" not in alice.text
