"""Drafts, times and threads in the form to write in: over HTTP, and all of it without scripts."""

import json
import re
from datetime import timedelta
from typing import Any

import jobs
from instance.resources import Instance
from instance.worker import Worker
from storage import emojis
from storage.records import CustomEmoji
from tests.pages.browser import Browser
from tests.pictures import picture
from webapp import files
from webapp.pages import late


async def press(browser: Browser, button: str, **typed: str) -> None:
    await browser.submit("/compose", do=button, **typed)


def minutes_from(instance: Instance, **ahead: int) -> str:
    return f"{instance.now() + timedelta(**ahead):%Y-%m-%dT%H:%M}"


def at(app: Any, address: str) -> Any:
    """The application, for who comes from this address."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (address, 1)}, receive, send)

    return asgi


async def work(instance: Instance) -> None:
    with instance.store.active():
        await Worker(instance, jobs.JOBS).drain()


# ---------------------------------------------------------------- several at once


async def test_b39_a_thread_is_written_in_one_form(alice: Browser, browser: Browser) -> None:
    """B39: a post is added, each has its files, and an empty one is left out."""
    await alice.get("/compose")
    await press(alice, "another", text="First of all", note="sea", note_on="1")
    assert alice.status == 200
    assert alice.form("/compose").fields["text"].strip() == "First of all"
    files = {"files_2": picture()}
    await alice.send_files("/compose", files, do="add", text_2="Then this")
    form = alice.form("/compose")
    assert form.fields["media_2_0"]
    assert "media_0" not in form.fields
    await press(alice, "another", text_2="Then this, too")
    await alice.submit("/compose", text_3="", **{f"alt_{form.fields['media_2_0']}": "two fields"})
    assert alice.path == "/home"
    await browser.get("/@alice/replies")
    said = re.findall(r"<p>(First of all|Then this, too)</p>", browser.text)
    assert said == ["Then this, too", "First of all"]
    assert 'alt="two fields"' in browser.text


async def test_b39_a_thread_with_a_mistake_is_shown_again_whole(alice: Browser) -> None:
    """B39, B45: nothing typed is lost, and it is said which one is wrong."""
    await alice.get("/compose")
    await press(alice, "another", text="Fine")
    await alice.submit("/compose", text_2="x" * 501)
    assert alice.status == 422
    assert "Post 2: This is 1 letter too long" in alice.text
    fields = alice.form("/compose").fields
    assert (fields["text"].strip(), fields["text_2"].strip()) == ("Fine", "x" * 501)
    await alice.get("/@alice")
    assert ">Fine<" not in alice.text


# ---------------------------------------------------------------- drafts


async def test_b44_a_draft_is_saved_found_and_posted(alice: Browser, bob: Browser) -> None:
    """B44: with its files, warning, audience, poll and what it answers."""
    top = (await bob.write("Top")).rsplit("/", 1)[1]
    await alice.get(f"/compose?reply_to={top}")
    await alice.send_files("/compose", {"files": picture()}, do="add")
    typed = {"text": "Not yet", "note": "sea", "note_on": "1", "audience": "followers"}
    await press(alice, "keep", **typed, poll_on="1", poll_0="yes", poll_1="no", poll_duration="6h")
    assert alice.path == "/drafts?said=kept"
    assert "Saved as a draft." in alice.text
    assert "Reply · 1 file · Poll · My followers" in alice.text
    opened = re.findall(r'href="(/compose\?kept=\d+)"', alice.text)[0]
    assert (await bob.get(opened)).status == 404
    await alice.get(opened)
    fields = alice.form("/compose").fields
    assert (fields["text"].strip(), fields["note"], fields["audience"]) == (
        "Not yet",
        "sea",
        "followers",
    )
    assert (fields["reply_to"], fields["poll_0"], fields["poll_duration"]) == (top, "yes", "6h")
    media = fields["media_0"]
    await press(alice, "keep", text="Not yet, but soon", **{f"alt_{media}": "two fields"})
    assert alice.text.count("?kept=") == 2  # one draft, linked twice
    await alice.get(re.findall(r'href="(/compose\?kept=\d+)"', alice.text)[0])
    assert alice.form("/compose").fields[f"alt_{media}"].strip() == "two fields"
    twice = alice.form("/compose")
    await alice.submit("/compose", poll_on="")
    assert "Not yet, but soon" in alice.text
    await alice.post("/compose", {**twice.fields, "poll_on": ""})
    assert alice.status == 409
    assert "posted or thrown away already" in alice.text
    await alice.get("/drafts")
    assert "No drafts" in alice.text


async def test_b44_a_draft_is_thrown_away_by_its_writer_alone(alice: Browser, bob: Browser) -> None:
    await alice.get("/home")
    await press(alice, "keep", text="Never mind")
    action = alice.form("/discard").action
    await bob.get("/home")
    await bob.post(action, {"csrf": bob.form("/compose").fields["csrf"]})
    assert bob.status == 404
    await alice.submit("/discard")
    assert "The draft is thrown away." in alice.text
    assert "Never mind" not in alice.text


async def test_b41_delete_and_write_anew(alice: Browser, browser: Browser) -> None:
    """B41: text, note, files and audience stand in the form; the old post is gone."""
    await alice.get("/compose")
    await alice.send_files("/compose", {"files": picture()}, do="add", text="Frist")
    media = alice.form("/compose").fields["media_0"]
    await alice.submit("/compose", audience="unlisted", **{f"alt_{media}": "two fields"})
    post = re.findall(r'href="(/@alice/\d+)"', alice.text)[0]
    await alice.get(f"/posts/{post.rsplit('/', 1)[1]}/delete")
    await alice.submit("/delete", do="redraft")
    fields = alice.form("/compose").fields
    assert (fields["text"].strip(), fields["audience"]) == ("Frist", "unlisted")
    assert fields["media_0"] == media
    assert (await browser.get(post)).status == 410
    await alice.submit("/compose", text="First")
    await browser.get("/@alice")
    assert ">First<" in browser.text
    assert 'alt="two fields"' in browser.text


# ---------------------------------------------------------------- later


async def test_b43_a_post_waits_for_its_time(
    alice: Browser, browser: Browser, instance: Instance, clock: Any
) -> None:
    """B43: a time in the form, a page of what waits, changed there, and posted when it is time."""
    await alice.get("/home")
    later = minutes_from(instance, hours=3)
    # The clock of the browser is two hours ahead of UTC, as a script says.
    await alice.submit("/compose", text="Later", later_on="1", later=later, offset="120")
    assert alice.path == "/scheduled?said=scheduled"
    assert "It will be posted when it is time." in alice.text
    assert f'datetime="{minutes_from(instance, hours=1)}' in alice.text
    await alice.get(re.findall(r'href="(/compose\?kept=\d+)"', alice.text)[0])
    assert alice.form("/compose").fields["later"] == minutes_from(instance, hours=1)
    assert alice.form("/compose").fields["later_on"]
    await alice.submit("/compose", text="Later, and better", later=minutes_from(instance, hours=2))
    assert alice.text.count("Later, and better") >= 1
    clock.advance(hours=1, minutes=30)
    await work(instance)
    await browser.get("/@alice")
    assert "Later" not in browser.text
    clock.advance(hours=1)
    await work(instance)
    await browser.get("/@alice")
    assert ">Later, and better<" in browser.text
    await alice.get("/scheduled")
    assert "Nothing waits" in alice.text


async def test_b43_times_that_are_none_and_what_is_cancelled(
    alice: Browser, instance: Instance
) -> None:
    await alice.get("/home")
    soon = minutes_from(instance, minutes=1)
    for wrong, offset in (
        ("", "0"),
        ("tomorrow", "0"),
        (soon, "x"),
        (soon, "99999"),
        ("9999-12-31T23:59", "-840"),
    ):
        await alice.submit("/compose", text="When?", later_on="1", later=wrong, offset=offset)
        assert alice.status == 422, wrong
        assert alice.form("/compose").fields["text"].strip() == "When?"
    later = minutes_from(instance, hours=1)
    await alice.submit("/compose", text="When?", later_on="1", later=later, offset="0")
    await alice.submit("/cancel")
    assert "It will not be posted." in alice.text
    assert "Nothing waits" in alice.text


async def test_b43_its_writer_is_told_when_it_cannot_be_posted(
    alice: Browser, bob: Browser, instance: Instance, clock: Any
) -> None:
    """B43: a notification that leads to the draft, which says why."""
    top = (await bob.write("Top")).rsplit("/", 1)[1]
    await alice.get(f"/compose?reply_to={top}")
    later = minutes_from(instance, hours=1)
    await alice.submit("/compose", text="@bob re", later_on="1", later=later)
    await bob.get(f"/posts/{top}/delete")
    await bob.submit("/delete")
    clock.advance(hours=2)
    await work(instance)
    await alice.get("/notifications")
    assert "could not be posted" in alice.text
    assert 'href="/drafts"' in alice.text
    await alice.get("/drafts")
    assert "Could not be posted: " in alice.text
    await alice.get(re.findall(r'href="(/compose\?kept=\d+)"', alice.text)[0])
    assert alice.form("/compose").fields["text"].strip() == "@bob re"
    await alice.submit("/compose")
    assert alice.path == "/home"


# ---------------------------------------------------------------- a session that is over


async def test_b45_what_was_typed_when_the_session_ended_is_there_after_log_in(
    alice: Browser, bob: Browser
) -> None:
    """B45: without scripts: the text stands in the form again, whoever sent it too late."""
    post = (await alice.write("The post")).rsplit("/", 1)[1]
    await alice.get(f"/posts/{post}/edit")
    edit = alice.form("/edit")
    await alice.get(f"/compose?reply_to={post}")
    form = alice.form("/compose")
    await alice.submit("/log-out")
    typed = {"text": "A long letter", "note": "sea", "note_on": "1", "audience": "unlisted"}
    await alice.post(form.action, {**form.fields, **typed})
    assert alice.path.startswith("/log-in?next=")
    assert "What you wrote is kept" in alice.text
    await alice.submit("/log-in", name="alice", password="a fine long password")
    assert alice.path.startswith("/compose?late=")
    assert late.LOOK in alice.text
    fields = alice.form("/compose").fields
    assert {name: fields[name].strip() for name in typed} == typed
    assert fields["reply_to"] == post
    # Nothing was published, and the form that is shown is one of this session.
    await bob.get("/@alice/replies")
    assert "A long letter" not in bob.text
    await alice.submit("/compose")
    assert "A long letter" in alice.text
    # A form of the session before, sent in this one: shown again, not published.
    await alice.post(edit.action, {**edit.fields, "text": "Other words"})
    assert alice.status == 422
    assert alice.form("/edit").fields["text"].strip() == "Other words"
    await bob.get(f"/@alice/{post}")
    assert "Other words" not in bob.text


async def test_b45_a_stranger_keeps_little_and_seldom(browser: Browser, alice: Browser) -> None:
    """B45, AU-13: bounded in size and number, refused from other sites, and for nothing else."""
    await alice.get("/home")
    fields = alice.form("/compose").fields
    assert (await browser.post("/compose", fields, Sec_Fetch_Site="cross-site")).status == 403
    assert (await browser.post("/compose", {**fields, "text": "x" * 2**20})).status == 413
    assert (await browser.post("/compose", {"text": "no token at all"})).status in (401, 403)
    assert (await browser.post("/settings/profile", fields)).status == 401
    for _ in range(late.PER_ADDRESS_PER_HOUR_MAX):
        await browser.post("/compose", fields)
    assert (await browser.post("/compose", fields)).status == 429
    for number in range(late.PER_ADDRESS_PER_HOUR_MAX):  # a home has 2**64 addresses of IPv6
        await Browser(at(browser.app, f"2001:db8::{number:x}")).post("/compose", fields)
    home = Browser(at(browser.app, "2001:db8::beef"))
    assert (await home.post("/compose", fields)).status == 429
    assert (await alice.get("/compose?late=never")).status == 200


# ---------------------------------------------------------------- old posts


async def test_b55_the_page_of_old_posts(alice: Browser, instance: Instance, clock: Any) -> None:
    """B55: off at first, as Mastodon's choices otherwise; what is wrong is said at its field."""
    await alice.get("/settings/old-posts")
    fields = alice.form("/old-posts").fields
    assert "is_on" not in fields
    assert (fields["after_days"], fields["keeps_pinned"]) == ("14", "1")
    await alice.submit("/old-posts", likes_min="x", is_on="1")
    assert alice.status == 422
    assert 'id="likes_min-err"' in alice.text
    assert alice.form("/old-posts").fields["is_on"] == "1"
    await alice.write("Soon forgotten")
    await alice.get("/settings/old-posts")
    await alice.submit("/old-posts", is_on="1", after_days="7", likes_min="3")
    assert alice.status == 200
    assert alice.form("/old-posts").fields["likes_min"] == "3"
    clock.advance(days=8)
    await work_on(instance, "clean_posts")
    await alice.get("/@alice")
    assert "Soon forgotten" not in alice.text


async def work_on(instance: Instance, kind: str) -> None:
    with instance.store.active():
        await jobs.JOBS[kind](instance, {})


# ---------------------------------------------------------------- completion


async def test_b50_names_are_offered_as_they_are_typed(alice: Browser, bob: Browser) -> None:
    """B50: people and hashtags that this server knows, a few, to members alone."""
    await bob.write("about #bobsleigh")
    await alice.get("/complete?q=%40bo")
    assert [each["insert"] for each in json.loads(alice.text)] == ["@bob"]
    await alice.get("/complete?q=%23bobsleigh")
    assert json.loads(alice.text) == [{"insert": "#bobsleigh", "name": "#bobsleigh"}]
    for nothing in ("", "%40", "bo", "%40" + "z" * 500, "%00"):
        await alice.get(f"/complete?q={nothing}")
        assert alice.status in {200, 400}
        assert alice.status == 400 or json.loads(alice.text) == []
    assert (await Browser(alice.app).get("/complete?q=%40bo")).status == 200
    await alice.get("/emoji")
    assert "This server has no emoji" in alice.text


async def test_b49_the_emoji_of_this_server_by_category(alice: Browser, instance: Instance) -> None:
    """B49: without scripts: a page that says what is typed for each. Those of Unicode: a file."""
    with instance.store.active():
        for name, category in (("puffin", "Birds"), ("wave", ""), ("tern", "Birds")):
            made = CustomEmoji(name, f"/media/{name}.webp", "image/webp", instance.now(), category)
            await emojis.insert(made)
    await alice.get("/emoji")
    said = re.findall(r'<h2 id="g\d">(.*?)</h2>|<code>(.*?)</code>', alice.text)
    assert ["".join(each) for each in said] == [
        *("This server", ":wave:"),
        *("Birds", ":puffin:", ":tern:"),
    ]
    found = files.find("emoji.txt")
    assert found is not None
    lines = found.content.decode().splitlines()
    assert lines[0] == "# Smileys & Emotion"
    assert any(line.startswith("🐙\toctopus") for line in lines)
    await alice.get("/compose")
    assert f'data-emoji="{files.url("emoji.txt")}"' in alice.text
    assert files.url("compose.js") in alice.text
