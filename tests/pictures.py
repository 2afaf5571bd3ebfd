"""Pictures for tests, made as they are needed."""

import io
import random
from typing import Any

from PIL import Image


def picture(size: tuple[int, int] = (1200, 800), kind: str = "PNG", **options: Any) -> bytes:
    """Two colours, side by side."""
    written = io.BytesIO()
    image = Image.new("RGB", size, (200, 40, 90))
    image.paste((10, 200, 30), (0, 0, size[0] // 2, size[1]))
    image.save(written, kind, **options)
    return written.getvalue()


def animation(frames: int = 5) -> bytes:
    """A GIF whose frames differ."""
    written = io.BytesIO()
    colours = [(each * 37 % 256, each * 91 % 256, each % 256) for each in range(frames)]
    first, *others = [Image.new("RGB", (64, 48), colour) for colour in colours]
    first.save(written, "GIF", save_all=True, append_images=others, duration=80, loop=0)
    return written.getvalue()


def landscape(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Soft patches of light, as photographs have them; another for each seed."""
    chosen = random.Random(seed)
    patches = bytes(chosen.randrange(256) for _ in range(7 * 5 * 3))
    return Image.frombytes("RGB", (7, 5), patches).resize(size, Image.Resampling.BICUBIC)
