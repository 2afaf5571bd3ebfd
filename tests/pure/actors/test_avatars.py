"""The default picture: stable, different, and nothing but shapes."""

import re
from xml.etree.ElementTree import fromstring

import pytest

from actors.avatars import default_avatar


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
