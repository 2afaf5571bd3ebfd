"""Compose, answer, edit, delete, and what is pressed under a post, with and without htmx."""

import re

from tests.pages.browser import Browser


def number(path: str) -> str:
    return path.rsplit("/", 1)[1]


async def test_a_post_appears_where_it_was_written(alice: Browser) -> None:
    """B140."""
    await alice.write("Hello", language="sv")
    assert alice.path == "/home"
    assert ">Hello<" in alice.text
    assert 'lang="sv"' in alice.text


async def test_the_note_counts_only_when_its_box_is_checked(alice: Browser) -> None:
    await alice.write("Behind the note", note="surgery", note_on="1")
    assert "<summary>" in alice.text
    await alice.write("No note", note="typed, then thought better of it")
    assert "thought better" not in alice.text


async def test_nothing_typed_is_lost(alice: Browser) -> None:
    await alice.get("/home")
    text = "é" * 501
    await alice.submit("/compose", text=text, note="my note", note_on="1", audience="followers")
    assert alice.status == 422
    assert "1 letter too long" in alice.text
    form = alice.form("/compose")
    assert form.fields["text"].strip() == text
    assert form.fields["note"] == "my note"
    assert form.fields["audience"] == "followers"


async def test_hx6_markup_of_local_people_is_text(alice: Browser) -> None:
    await alice.write("<script>alert(1)</script> {{ 7*7 }} %s <img src=x onerror=alert(1)>")
    assert "&lt;script&gt;alert(1)" in alice.text
    assert "<script>alert" not in alice.text
    assert "<img src=x" not in alice.text
    assert "{{ 7*7 }}" in alice.text  # OP-16: templates are inert


async def test_share_target_and_reply_link_fill_the_form(alice: Browser) -> None:
    """B134."""
    await alice.get("/compose?title=A+title&text=some+text&url=https://x.example/")
    text = alice.form("/compose").fields["text"].strip()
    assert text == "A title\nsome text\nhttps://x.example/"
    post = await alice.write("First")
    await alice.get(f"/compose?reply_to={number(post)}")
    assert alice.form("/compose").fields["reply_to"] == number(post)
    assert (await alice.get("/compose?reply_to=77")).status == 404


async def test_pv25_an_answer_is_offered_no_wider_audience(alice: Browser, bob: Browser) -> None:
    post = await bob.write("For you @alice", audience="direct")
    await alice.get(post)
    form = alice.form("/compose")
    assert form.fields["audience"] == "direct"
    assert 'value="public"' not in alice.text.split('id="aud"')[1].split("</select>")[0]
    assert form.fields["text"].strip() == "@bob"
    await alice.submit("/compose", text="@bob and back", audience="public")
    reply = re.search(r'id="p(\d+)" tabindex="-1" aria-label="alice', alice.text)
    assert reply
    stranger = Browser(alice.app)
    assert (await stranger.get(f"/@alice/{reply[1]}")).status == 404


async def test_b47_languages_that_one_writes_in_are_offered_first(alice: Browser) -> None:
    """B47: those of the newest posts; chosen is what one prefers."""
    await alice.get("/compose")
    assert "You write in" not in alice.text
    for language in ("sv", "de"):
        await alice.write("Hej", language=language)
    await alice.get("/compose")
    offered = re.findall(r'<option value="(\w+)"', _select(alice.text))
    assert set(offered[:2]) == {"sv", "de"}
    assert sorted(offered) == sorted(set(offered))
    assert alice.form("/compose").fields["language"] == "en"


def _select(page: str) -> str:
    return page.split("You write in")[1].split("</select>", maxsplit=1)[0]


# ---------------------------------------------------------------- edit and delete


async def test_edit_keeps_history(alice: Browser, browser: Browser) -> None:
    post = await alice.write("Frist")
    await alice.get(f"/posts/{number(post)}/edit")
    assert alice.form("/edit").fields["text"].strip() == "Frist"
    await alice.submit("/edit", text="First")
    assert alice.path == post
    assert "First" in alice.text
    assert "Edited" in alice.text
    await browser.get(f"/posts/{number(post)}/history")
    assert "Frist" in browser.text


async def test_an_edit_against_the_rules_is_shown_again(alice: Browser) -> None:
    post = await alice.write("Fine")
    await alice.get(f"/posts/{number(post)}/edit")
    await alice.submit("/edit", text="x" * 600)
    assert alice.status == 422
    assert "x" * 600 in alice.text


async def test_delete_asks_first(alice: Browser, browser: Browser) -> None:
    post = await alice.write("Soon gone")
    await alice.get(f"/posts/{number(post)}/delete")
    assert "Soon gone" in alice.text
    assert (await browser.get(post)).status == 200
    await alice.submit("/delete")
    assert alice.path.startswith("/@alice")
    assert "The post is deleted." in alice.text
    assert (await browser.get(post)).status == 410
    assert "Deleted by its author" in browser.text


async def test_a88_a_form_cannot_say_who_writes_or_under_which_id(
    alice: Browser, bob: Browser
) -> None:
    """A88: author, id and time are ours; what else a form says is not heard."""
    before = number(await alice.write("the first"))
    await bob.get("/home")
    names = ("actor_id", "author", "actor", "attributedTo", "username", "id", "uri", "created_at")
    await bob.submit("/compose", text="who?", audience="public", **dict.fromkeys(names, before))
    await bob.get("/@bob")
    assert bob.text.count(">who?<") == 1
    await bob.get("/@alice")
    assert "who?" not in bob.text
    assert "the first" in bob.text


async def test_others_cannot_edit_or_delete(alice: Browser, bob: Browser) -> None:
    post = await alice.write("Mine")
    await bob.get("/home")
    token = bob.form("/compose").fields["csrf"]
    for what in ("edit", "delete"):
        assert (await bob.get(f"/posts/{number(post)}/{what}")).status == 404
        await bob.post(f"/posts/{number(post)}/{what}", {"csrf": token, "text": "yours"})
        assert bob.status == 404
    assert (await bob.get(post)).status == 200


# ---------------------------------------------------------------- pressed under a post


async def test_each_press_has_its_undo(alice: Browser, bob: Browser) -> None:
    post = await bob.write("Press me")
    for what, icon in (("favourite", "act fav"), ("boost", "act bo"), ("save", "act keep")):
        await alice.get(post)
        await alice.submit(rf"/posts/\d+/{what}")
        assert alice.path.endswith(f"#p{number(post)}") or alice.path == post
        pressed = rf'class="{icon}" id="[^"]*" name="do" value="undo" aria-pressed="true"'
        assert re.search(pressed, alice.text), what
        await alice.submit(rf"/posts/\d+/{what}")
        assert not re.search(pressed, alice.text), what


async def test_htmx_gets_the_article_alone(alice: Browser, bob: Browser) -> None:
    post = await bob.write("Swap me")
    await alice.get(post)
    fields = {**alice.form("/favourite").fields, "do": "do"}
    await alice.post(f"/posts/{number(post)}/favourite", fields, HX_Request="true")
    assert alice.status == 200
    assert alice.text.lstrip().startswith("<article")
    assert "<html" not in alice.text
    assert re.search(
        'class="act fav" id="[^"]+" name="do" value="undo" aria-pressed="true"', alice.text
    )


async def test_a_private_post_cannot_be_boosted(alice: Browser, bob: Browser) -> None:
    """PV-6."""
    post = await bob.write("Only for @alice", audience="direct")
    await alice.get(post)
    assert "Cannot be boosted" in alice.text
    token = alice.form("/compose").fields["csrf"]
    await alice.post(f"/posts/{number(post)}/boost", {"csrf": token, "do": "do"})
    assert alice.status == 403


async def test_pin_shows_on_top_of_the_profile(alice: Browser) -> None:
    post = await alice.write("Pinned words")
    await alice.write("Newer words")
    await alice.get(post)
    await alice.submit(r"/posts/\d+/pin")
    await alice.get("/@alice")
    assert alice.text.index("Pinned words") < alice.text.index("Newer words")


async def test_back_leads_nowhere_else(alice: Browser) -> None:
    """AU-27."""
    post = await alice.write("Stay here")
    await alice.get(post)
    await alice.submit(r"/posts/\d+/favourite", back="//evil.example/")
    assert alice.path.startswith("/home")


async def test_nothing_typed_is_lost_when_the_post_one_answers_is_gone(
    alice: Browser, bob: Browser
) -> None:
    post = await bob.write("Soon gone")
    await alice.get(post)
    form = alice.form("/compose")
    await bob.get(f"/posts/{number(post)}/delete")
    await bob.submit("/delete$")
    await alice.post("/compose", {**form.fields, "text": "An answer of many words"})
    assert alice.status == 410
    assert "deleted by its author" in alice.text
    assert "An answer of many words" in alice.text


async def test_nothing_typed_is_lost_when_an_edit_fails(alice: Browser) -> None:
    post = await alice.write("Short")
    for text in ("x" * 600, "y" * 20_001, ""):
        await alice.get(f"/posts/{number(post)}/edit")
        await alice.submit("/edit$", text=text)
        assert alice.status == 422
        assert f">\n{text}</textarea>" in alice.text
