"""MO-11: one picture has one fingerprint, however it is encoded, scaled or cut a little."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageEnhance

from media import blocked, fingerprint
from media.processing import Box, cropped, prepared
from tests.pictures import landscape

BOX = Box(400, 400)


def encoded(image: Image.Image, kind: str = "PNG", **options: int) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "the same": encoded,
    "jpeg": lambda image: encoded(image, "JPEG", quality=35),
    "webp": lambda image: encoded(image, "WEBP", quality=20),
    "small": lambda image: encoded(image.resize((160, 120)), "JPEG"),
    "large": lambda image: encoded(image.resize((1600, 1200))),
    "another shape": lambda image: encoded(image.resize((500, 500))),
    "brighter": lambda image: encoded(ImageEnhance.Brightness(image).enhance(1.1), "JPEG"),
    "cut by 2 %": lambda image: encoded(
        image.crop((image.width // 100, image.height // 100, image.width * 99 // 100, image.height))
    ),
}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", COPIES)
def test_mo11_copies_are_alike(name: str, seed: int) -> None:
    image = landscape(seed)
    copy = cropped(COPIES[name](image), BOX).fingerprint
    assert blocked.is_alike(fingerprint.of(image), copy)


def test_mo11_other_pictures_are_not_alike() -> None:
    found = [fingerprint.of(landscape(seed)) for seed in range(60)]
    pairs = [(one, other) for one in found for other in found if one < other]
    assert not [pair for pair in pairs if blocked.is_alike(*pair)]
    assert not any(blocked.is_plain(each) for each in found)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_mo11_one_colour_says_nothing(mode: str) -> None:
    data = encoded(Image.new(mode, (90, 60)))
    assert blocked.is_plain(cropped(data, BOX).fingerprint)


def test_mo11_a_post_and_an_avatar_have_the_same_fingerprint() -> None:
    data = encoded(landscape(1))
    assert prepared(data).whole.fingerprint == cropped(data, BOX).fingerprint
