"""Blobs in a folder: whole or not at all, and never outside of it."""

from pathlib import Path

import pytest

from instance.errors import Invalid, Unavailable
from storage.blobs import FolderBlobs

BAD_NAMES = [
    *("", ".", "..", ".hidden", "../up.png", "a/b.png", "/etc/passwd", "a\\b", "a\x00.png"),
    *("a..png", "a.png\n", "a.", "ä.png", "-a.png", "x" * 200, "a.png/", "a b.png", "con:1"),
]


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "media")


async def test_a_blob_is_kept_until_it_is_removed(blobs: FolderBlobs, tmp_path: Path) -> None:
    await blobs.put("a1.png", b"data", "image/png")
    path = blobs.path("a1.png")
    assert path == tmp_path / "media" / "a1.png"
    assert path.read_bytes() == b"data"
    await blobs.put("a1.png", b"new", "image/png")
    assert path.read_bytes() == b"new"
    await blobs.remove("a1.png")
    await blobs.remove("a1.png")
    assert blobs.path("a1.png") is None


async def test_only_the_blob_is_left(blobs: FolderBlobs, tmp_path: Path) -> None:
    await blobs.put("a1.png", b"data", "image/png")
    assert [path.name for path in (tmp_path / "media").iterdir()] == ["a1.png"]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_no_name_leads_out_of_the_folder(blobs: FolderBlobs, name: str) -> None:
    assert blobs.path(name) is None
    with pytest.raises(Invalid):
        await blobs.put(name, b"", "image/png")
    with pytest.raises(Invalid):
        await blobs.remove(name)


async def test_links_are_not_followed(blobs: FolderBlobs, tmp_path: Path) -> None:
    await blobs.put("a.png", b"", "image/png")
    (tmp_path / "media" / "link.png").symlink_to("/etc/passwd")
    assert blobs.path("link.png") is None


async def test_a_disk_that_is_full_is_unavailable_and_leaves_no_half(
    blobs: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RELIABILITY FA-17, FA-23."""
    await blobs.put("a.png", b"old", "image/png")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.blobs.os.fsync", full)
    with pytest.raises(Unavailable):
        await blobs.put("a.png", b"new", "image/png")
    assert [path.read_bytes() for path in (tmp_path / "media").iterdir()] == [b"old"]
