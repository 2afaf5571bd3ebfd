"""The default picture: stable, different, and nothing but shapes."""

import io
import re
from xml.etree.ElementTree import fromstring

import pytest
from PIL import Image

from actors.avatars import default_avatar, default_avatar_png


def test_the_same_handle_has_the_same_picture() -> None:
    assert default_avatar("alice") == default_avatar("@Alice")
    assert default_avatar("alice") != default_avatar("alice@far.test")


def test_it_is_an_svg_of_64_by_64() -> None:
    assert default_avatar("mara").startswith(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><path fill="#'
    )


@pytest.mark.parametrize("handle", ["a", "bob@far.test", '"><script>', "", "日本"])
def test_it_is_one_ground_and_four_tiles(handle: str) -> None:
    picture = default_avatar(handle)
    root = fromstring(picture)  # noqa: S314 - our own document
    assert [child.tag.rpartition("}")[2] for child in root] == ["path"] * 5
    assert re.fullmatch(r"[a-zA-Z0-9\s<>/=\"#:.-]+", picture)


def test_many_handles_look_different() -> None:
    assert len({default_avatar(f"user{number}") for number in range(200)}) > 190


@pytest.mark.parametrize("handle", ["alice", "bob", "carol", "u7", "日本"])
def test_the_png_is_the_same_picture(handle: str) -> None:
    """It has the colours of the SVG, and only those."""
    with Image.open(io.BytesIO(default_avatar_png(handle))) as found:
        assert (found.format, found.size, found.mode) == ("PNG", (400, 400), "P")
        pixels = found.convert("RGB").tobytes()
    colours = {f"#{pixels[at : at + 3].hex()}" for at in range(0, len(pixels), 3)}
    assert colours == set(re.findall(r"#[0-9a-f]{6}", default_avatar(handle)))
