"""RELIABILITY FA-30: the store of files fails: an upload is refused whole, a removal is kept up."""

from dataclasses import replace

import pytest

from actors.profile import ProfileChange, change_profile
from instance.errors import Unavailable
from instance.resources import Instance
from storage import actors
from tests.instances import FakeClock, drain
from tests.usecases.actors.test_profile import png
from tests.usecases.social import make_person


class FlakyBlobs:
    """A store that takes so many files and then none, and removes none while it is away."""

    def __init__(self, *, takes: int) -> None:
        self.kept: dict[str, bytes] = {}
        self.takes = takes
        self.is_away = False

    async def put(self, name: str, data: bytes, media_type: str) -> None:
        if self.is_away or self.takes == 0:
            raise Unavailable("Files cannot be stored just now.")
        self.takes -= 1
        self.kept[name] = data + media_type.encode()

    async def read(self, name: str) -> bytes | None:
        return self.kept.get(name)

    async def size(self, name: str) -> int | None:
        return len(self.kept[name]) if name in self.kept else None

    async def read_part(self, name: str, start: int, end: int) -> bytes:
        return self.kept[name][start:end]

    def public_url(self, name: str) -> None:
        """Nobody else has it."""

    async def remove(self, name: str) -> None:
        if self.is_away:
            raise Unavailable("Files cannot be removed just now.")
        self.kept.pop(name, None)

    async def check(self) -> None:
        """All is well."""

    async def close(self) -> None:
        """Nothing is open."""


async def test_fa30_a_refused_upload_leaves_neither_file_nor_row(instance: Instance) -> None:
    blobs = FlakyBlobs(takes=1)
    instance = replace(instance, blobs=blobs)
    alice = await make_person(instance, "alice")
    change = ProfileChange(name="Changed", avatar=png(500, 500), header=png(2000, 900))
    with pytest.raises(Unavailable) as refused:
        await change_profile(instance, alice, change)
    assert refused.value.retry_after_s
    assert blobs.kept == {}
    assert await actors.get(alice.id) == alice


async def test_fa30_what_cannot_be_removed_now_is_removed_later(
    instance: Instance, clock: FakeClock
) -> None:
    blobs = FlakyBlobs(takes=1)
    instance = replace(instance, blobs=blobs)
    alice = await make_person(instance, "alice")
    with_picture = await change_profile(instance, alice, ProfileChange(avatar=png(500, 500)))
    assert len(blobs.kept) == 1
    blobs.is_away = True
    without = await change_profile(instance, with_picture, ProfileChange(avatar=b""))
    assert without.avatar_url is None
    await drain(instance)
    assert len(blobs.kept) == 1
    blobs.is_away = False
    clock.advance(hours=1)
    await drain(instance)
    assert blobs.kept == {}
