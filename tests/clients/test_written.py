"""What a status says of how it was written: by which app, and in Markdown (B48)."""

import re
from datetime import timedelta
from typing import Any

import jobs
from instance.resources import Instance
from instance.worker import Worker
from tests.clients.apps import App, say
from tests.clients.conftest import TUSKY
from tests.clients.schema import assert_valid
from tests.pages.browser import Browser
from users import grants, login

S = "/api/v1/statuses"


async def _app_of(post: Any, reader: App) -> Any:
    return (await reader.get(f"{S}/{post['id']}"))["application"]


async def test_b15_it_says_which_app_wrote_it(
    tusky: App, second: App, alice: Browser, browser: Browser
) -> None:
    """B15: POST /api/v1/statuses, GET /api/v1/statuses/{id}: to all, but outside of a boost.

    A post of the pages was written with "Web", as with Mastodon.
    """
    made = await say(tusky)
    assert made["application"] == TUSKY
    assert await _app_of(made, second) == TUSKY
    boost = await second.post(f"{S}/{made['id']}/reblog")
    assert (boost["application"], boost["reblog"]["application"]) == (None, TUSKY)
    await tusky.send("PUT", f"{S}/{made['id']}", {"status": "changed"})
    assert await _app_of(made, second) == TUSKY
    await browser.get(f"/@alice/{made['id']}")
    assert f'via <a href="{TUSKY["website"]}"' in browser.text
    await alice.write("From the pages")
    newest = (await tusky.get(f"/api/v1/accounts/{made['account']['id']}/statuses"))[0]
    assert newest["application"] == {"name": "Web", "website": None}


async def test_b15_its_author_may_keep_that_to_themselves(
    tusky: App, second: App, alice: Browser, browser: Browser
) -> None:
    """B15: the author goes on seeing it, others see nothing, also of posts of before."""
    made = await say(tusky)
    assert await _app_of(made, second) == TUSKY
    await alice.get("/settings/privacy")
    assert alice.form("/settings/privacy").fields["applications"] == "1"
    await alice.submit("/settings/privacy", applications="")
    assert await _app_of(made, second) is None
    assert await _app_of(made, tusky) == TUSKY
    await browser.get(f"/@alice/{made['id']}")
    assert "Tusky" not in browser.text


async def test_b15_b42_it_is_known_of_what_is_said_later(
    tusky: App, instance: Instance, clock: Any
) -> None:
    """B15, B42: a scheduled post was written with the app that scheduled it."""
    due_at = (instance.now() + timedelta(minutes=10)).isoformat()
    await tusky.post(S, {"status": "later", "scheduled_at": due_at})
    clock.advance(minutes=11)
    with instance.store.active():
        await Worker(instance, jobs.JOBS).drain()
    assert (await tusky.get("/api/v1/timelines/home"))[0]["application"] == TUSKY


async def test_b18_the_label_of_a_token_made_by_hand_is_not_shown(
    instance: Instance, alice: Browser
) -> None:
    """B18: it is a note of its owner's, and says no app."""
    with instance.store.active():
        found = await login.find_by_name("alice")
        assert found is not None
        token = await grants.issue_token(instance, found[0], ["write"], "My secret robot")
    assert (await say(App(alice.app, token=token)))["application"] is None


# ---------------------------------------------------------------- Markdown

MARKDOWN = "text/markdown"
BOLD = {"status": "**hi** @bob `@carol #no` #Yes", "content_type": MARKDOWN}


async def test_b48_b121_markdown_is_written_read_back_and_edited(phone: App, second: App) -> None:
    """B48, B121: POST /api/v1/statuses, PUT /api/v1/statuses/{id}, GET …/source, DELETE.

    The source comes back as it was typed, and goes out to other servers (ActivityPub 3.3).
    """
    made = await say(phone, BOLD["status"], content_type=MARKDOWN)
    assert made["content"].startswith("<p><strong>hi</strong> <span")
    assert "<code>@carol #no</code>" in made["content"]
    assert [each["acct"] for each in made["mentions"]] == ["bob"]
    assert [each["name"] for each in made["tags"]] == ["yes"]
    assert (await second.get("/api/v1/notifications"))[0]["status"]["id"] == made["id"]
    path = f"{S}/{made['id']}"
    source = await phone.get(f"{path}/source")
    assert_valid("GET", f"{S}/{{id}}/source", 200, source)
    assert (source["text"], source["content_type"]) == (BOLD["status"], MARKDOWN)
    note = await phone.call("GET", f"/posts/{made['id']}", Accept="application/activity+json")
    assert note["source"] == {"content": BOLD["status"], "mediaType": MARKDOWN}
    # An app that knows no content types edits Markdown; one that does may make it plain.
    edited = await phone.send("PUT", path, {"status": "*hm*"})
    assert edited["content"] == "<p><em>hm</em></p>"
    edited = await phone.send("PUT", path, {"status": "*hm*", "content_type": "text/plain"})
    assert edited["content"] == "<p>*hm*</p>"
    history = await phone.get(f"{path}/history")
    assert [each["content"] for each in history[1:]] == ["<p><em>hm</em></p>", "<p>*hm*</p>"]
    note = await phone.call("GET", f"/posts/{made['id']}", Accept="application/activity+json")
    assert "source" not in note
    await phone.send("PUT", path, BOLD)
    gone = await phone.send("DELETE", path)
    assert (gone["text"], gone["content_type"]) == (BOLD["status"], MARKDOWN)


async def test_b48_b121_the_types_that_there_are_stand_in_the_instance(phone: App) -> None:
    """B48, B121: GET /api/v2/instance names them, as GoToSocial does; others are refused."""
    found = (await phone.get("/api/v2/instance"))["configuration"]["statuses"]
    assert found["supported_mime_types"] == ["text/plain", MARKDOWN]
    for kind in ("text/html", "text/bbcode", "x"):
        await phone.post(S, {"status": "x", "content_type": kind})
        assert phone.status == 422, kind
        assert "content_type" in phone.value["details"]


async def test_b48_it_may_be_how_somebody_usually_writes(
    phone: App, alice: Browser, instance: Instance, clock: Any
) -> None:
    """B48: PATCH /api/v1/accounts/update_credentials, as GoToSocial has it; for pages and apps."""
    path = "/api/v1/accounts/update_credentials"
    me = await phone.send("PATCH", path, {"source[status_content_type]": MARKDOWN})
    assert me["source"]["status_content_type"] == MARKDOWN
    await phone.send("PATCH", path, {"source[language]": "sv"})
    assert (await say(phone, "**a**"))["content"] == "<p><strong>a</strong></p>"
    assert (await say(phone, "**a**", content_type="text/plain"))["content"] == "<p>**a**</p>"
    due_at = (instance.now() + timedelta(minutes=10)).isoformat()
    later = await phone.post(S, {"status": "# later", "scheduled_at": due_at})
    assert later["params"]["content_type"] == MARKDOWN
    clock.advance(minutes=11)
    with instance.store.active():
        await Worker(instance, jobs.JOBS).drain()
    newest = (await phone.get("/api/v1/timelines/home"))[0]
    assert newest["content"] == "<p><strong>later</strong></p>"
    await alice.get("/compose")
    assert alice.form("/compose").fields["markdown"] == "1"
    await alice.get("/settings/posting")
    assert alice.form("/settings/posting").fields["markdown"] == "1"
    await alice.submit("/settings/posting", markdown="")
    await alice.get("/settings/looks")
    await alice.submit("/settings/looks", theme="dark")
    await alice.get("/compose")
    assert "markdown" not in alice.form("/compose").fields


async def test_b48_markdown_on_the_pages(alice: Browser, browser: Browser) -> None:
    """B48, B44: written without scripts; what is wrong, a draft and an edit bring it back."""
    await alice.get("/compose")
    await alice.submit("/compose", text="", markdown="1")
    assert (alice.status, alice.form("/compose").fields["markdown"]) == (422, "1")
    await alice.submit("/compose", text="**kept**", markdown="1", do="keep")
    kept = re.findall(r'href="(/compose\?kept=\d+)"', alice.text)[0]
    await alice.get(kept)
    assert alice.form("/compose").fields["markdown"] == "1"
    await alice.submit("/compose", text="**kept**\n\n- a\n- b")
    await browser.get("/@alice")
    assert "<strong>kept</strong></p><ul><li>a</li><li>b</li></ul>" in browser.text
    post = re.findall(r'href="/@alice/(\d+)"', browser.text)[0]
    await alice.get(f"/posts/{post}/edit")
    form = alice.form("/edit")
    assert (form.fields["text"].strip(), form.fields["markdown"]) == ("**kept**\n\n- a\n- b", "1")
    await alice.submit("/edit", text="*new*")
    await alice.get(f"/@alice/{post}")
    assert "<p><em>new</em></p>" in alice.text
    await alice.get(f"/posts/{post}/delete")
    await alice.submit("/delete", do="redraft")
    assert alice.form("/compose").fields["markdown"] == "1"


async def test_b48_a196_links_in_markdown_are_links_of_the_post(phone: App) -> None:
    """B48, A196: what it is about is what it links to, and not what stands in code."""
    text = "`https://code.test/` and [a page](https://page.test/)"
    made = await say(phone, text, content_type=MARKDOWN)
    note = await phone.call("GET", f"/posts/{made['id']}", Accept="application/activity+json")
    assert [each["href"] for each in note["attachment"]] == ["https://page.test/"]
