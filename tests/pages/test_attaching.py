"""Pictures in the form to write in: chosen, described, taken out; nothing needs a script."""

import re
from typing import Any

import pytest

from federation import serializing
from instance.resources import Instance
from posts.activitystreams import note_from_post
from storage import actors, posts
from storage.records import Post, RowId
from tests.pages.browser import Browser
from tests.pictures import picture
from webapp.pages import cropping


async def chosen(browser: Browser, number: int = 1, **typed: str) -> None:
    """Choose pictures and press the button."""
    await browser.get("/compose")
    names = ["files"] * number
    await send(browser, names, **typed)


async def send(browser: Browser, names: list[str], action: str = "/compose", **typed: str) -> None:
    form, boundary = browser.form(action), "xxBOUNDARYxx"
    fields = {**form.fields, **typed}
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
        if name != "files"
    ).encode()
    for number, name in enumerate(names):
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="x.png"'
        parts += f"{head}\r\nContent-Type: image/png\r\n\r\n".encode()
        parts += picture((40 + number, 30)) + b"\r\n"
    parts += f"--{boundary}--\r\n".encode()
    kind = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Origin": "https://alpha.test",
    }
    await browser._follow(await browser.request("POST", form.action, parts, kind))


def ids(browser: Browser) -> list[str]:
    return re.findall(r'name="media_\d" value="(\d+)"', browser.text)


async def posted(instance: Instance, browser: Browser) -> Post:
    path = re.findall(r'href="/@alice/(\d+)"', (await browser.get("/@alice")).text)[0]
    with instance.store.active():
        return await posts.get(RowId(int(path)))


async def test_b58_b59_a_picture_is_chosen_described_and_posted(
    instance: Instance, alice: Browser
) -> None:
    """B59: without a description it is asked for once, with what was typed still there."""
    await chosen(alice, 2, text="Look at these")
    assert alice.path == "/compose"
    assert "for those who cannot see it" in alice.text
    assert "Look at these" in alice.text
    first, second = ids(alice)
    typed = {f"alt_{first}": "Two colours", f"alt_{second}": "Two more"}
    await send(alice, [], **typed)
    post = await posted(instance, alice)
    assert [each.description for each in post.attachments] == ["Two colours", "Two more"]
    assert [each.width for each in post.attachments] == [40, 41]
    assert "Look at these" in post.content
    await alice.get("/home")
    assert 'alt="Two colours"' in alice.text


async def test_b59_who_presses_once_more_posts_without(instance: Instance, alice: Browser) -> None:
    await chosen(alice, text="")
    await send(alice, [])
    post = await posted(instance, alice)
    assert [each.description for each in post.attachments] == [""]


async def test_files_are_added_and_taken_out_before_the_post(
    instance: Instance, alice: Browser
) -> None:
    await chosen(alice, do="add", text="half")
    (first,) = ids(alice)
    assert 'role="alert"' not in alice.text
    await send(alice, ["files"], do="add", **{f"alt_{first}": "kept words"})
    first, second = ids(alice)
    assert "kept words" in alice.text
    await send(alice, [], **{f"remove_{second}": "1"})
    assert ids(alice) == [first]
    await send(alice, [])
    post = await posted(instance, alice)
    assert [each.description for each in post.attachments] == ["kept words"]


async def test_what_is_wrong_keeps_the_files(alice: Browser) -> None:
    await chosen(alice, do="add")
    (only,) = ids(alice)
    await send(alice, [], text="x" * 6000, **{f"alt_{only}": "words"})
    assert 'role="alert"' in alice.text
    assert ids(alice) == [only]
    await send(alice, ["files"] * 4, text="short")
    assert "room for 4 files" in alice.text
    assert len(ids(alice)) == 4


async def test_a_file_that_is_no_picture_is_said_and_nothing_is_posted(alice: Browser) -> None:
    await alice.get("/compose")
    await alice.send_files("/compose", {"files": b"<svg></svg>"}, text="Hello")
    assert "SVG" in alice.text
    assert ">Hello</textarea>" in alice.text.replace("\n", "")
    assert (await alice.get("/@alice")).text.count('class="post') == 0


async def test_md8_files_of_others_are_not_taken(alice: Browser, bob: Browser) -> None:
    """MD-8: an id of somebody else's file is as if it were not there."""
    await chosen(bob, do="add")
    (theirs,) = ids(bob)
    await alice.get("/compose")
    await send(alice, [], text="mine?", media_0=theirs, **{f"alt_{theirs}": "stolen"})
    assert theirs not in alice.text
    await send(bob, [])
    assert "stolen" not in bob.text


async def test_an_edit_changes_descriptions_and_takes_files_out(
    instance: Instance, alice: Browser
) -> None:
    await chosen(alice, 2, do="add", text="Two")
    first, second = ids(alice)
    await send(alice, [], **{f"alt_{first}": "one", f"alt_{second}": "two"})
    post = await posted(instance, alice)
    action = f"/posts/{post.id}/edit"
    await alice.get(action)
    assert ids(alice) == [first, second]
    await send(alice, [], action, **{f"alt_{first}": "uno"})
    after = await posted(instance, alice)
    assert [each.description for each in after.attachments] == ["uno", "two"]
    await alice.get(action)
    await send(alice, [], action, **{f"remove_{second}": "1"})
    await send(alice, [], action)
    after = await posted(instance, alice)
    assert [each.description for each in after.attachments] == ["uno"]


async def test_b60_what_stays_in_sight_is_one_of_nine_parts(
    instance: Instance, alice: Browser
) -> None:
    """B60: chosen without scripts, shown where it is cropped, sent to other servers, changed."""
    await chosen(alice, do="add", text="Look")
    (first,) = ids(alice)
    assert alice.form("/compose").fields[f"focus_{first}"] == "4"
    await send(alice, [], **{f"alt_{first}": "one", f"focus_{first}": "0"})
    post = await posted(instance, alice)
    assert post.attachments[0].focal_point == pytest.approx((-2 / 3, 2 / 3))
    assert '<img class="fx0 fy0"' in (await alice.get(f"/@alice/{post.id}")).text
    with instance.store.active():
        author = await actors.get(post.actor_id)
    made = note_from_post(post, author, addresses=instance.addresses)
    note: Any = serializing.note_document(made)
    assert note["attachment"][0]["focalPoint"] == pytest.approx([-2 / 3, 2 / 3])
    action = f"/posts/{post.id}/edit"
    await alice.get(action)
    assert alice.form(action).fields[f"focus_{first}"] == "0"
    await send(alice, [], action, **{f"focus_{first}": "8"})
    after = await posted(instance, alice)
    assert after.attachments[0].focal_point == pytest.approx((2 / 3, -2 / 3))


@pytest.mark.parametrize(
    ("point", "part"), [(None, 4), ((0.3, -0.3), 4), ((0.0, 0.9), 1), ((1.0, -1.0), 8)]
)
def test_b60_a_point_of_an_app_lies_in_a_part(point: tuple[float, float] | None, part: int) -> None:
    """B60: the middle of a part lies in it."""
    assert cropping.part_of(point) == part
    assert cropping.part_of(cropping.middle_of(part)) == part
