"""What happens to an actor while something else of its own is under way."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from actors.profile import ProfileChange, change_profile
from inbox import fetching
from instance.errors import Gone, Invalid
from instance.resources import Instance
from outbox import profiles
from storage import posts, users
from storage.records import User
from tests.usecases.social import hear, make_person, make_remote, say


def _png() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (20, 20)).save(written, "PNG")
    return written.getvalue()


async def test_a_refused_profile_leaves_no_picture_behind(instance: Instance) -> None:
    alice = await make_person(instance, "alice")
    with pytest.raises(Invalid):
        await change_profile(instance, alice, ProfileChange(avatar=_png(), header=b"no picture"))
    media = instance.settings.data_dir / "media"
    assert [each for each in media.rglob("*") if each.is_file()] == []


async def test_who_has_left_posts_no_more(instance: Instance) -> None:
    """PV-20: looking up mentions takes seconds; the account may be deleted meanwhile."""
    alice = await make_person(instance, "alice")
    user = User(instance.ids.new(), alice.id, password_hash="x", created_at=instance.now())
    await users.insert(user)
    await profiles.delete_account(instance, user, alice)
    with pytest.raises(Gone):
        await say(instance, alice, "late")


async def test_an_answer_finds_a_parent_that_came_at_the_same_moment(instance: Instance) -> None:
    ben = await make_remote(instance, "ben")
    parent, child = await hear(instance, ben), await hear(instance, ben)
    await posts.save(replace(child, in_reply_to_uri=parent.uri, in_reply_to_id=None))
    await fetching.fetch_thread(instance, {"uri": parent.uri, "depth": 1})
    assert (await posts.get(child.id)).in_reply_to_id == parent.id
