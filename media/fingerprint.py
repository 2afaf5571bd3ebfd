"""How a picture looks, as 64 bits that survive another size, another format and a little cutting.

The difference hash ("dHash"): each bit says whether the picture, shrunk to 9 x 8 shades of grey,
becomes brighter to the right. Similar pictures differ in few bits.
"""

from PIL import Image

WIDTH, HEIGHT = 8, 8
BITS = WIDTH * HEIGHT


def of(image: Image.Image) -> str:
    """Return the fingerprint of a picture as 16 hexadecimal digits; what is clear counts white."""
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    shades = image.convert("L").resize((WIDTH + 1, HEIGHT), Image.Resampling.BOX).tobytes()
    bits = 0
    for at in range(BITS):
        left = at // WIDTH * (WIDTH + 1) + at % WIDTH
        bits = bits << 1 | (shades[left + 1] > shades[left])
    return f"{bits:016x}"


def distance(one: str, other: str) -> int:
    """Return in how many of their 64 bits two fingerprints differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
