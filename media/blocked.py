"""Pictures that nobody may upload here: known again by their fingerprint (MO-11)."""

from typing import Final

from instance.errors import Invalid
from media import fingerprint
from media.processing import Picture
from storage import media

# So many of 64 bits may differ; other pictures differ in about half.
DISTANCE_MAX: Final = 6
REFUSED: Final = "This picture, or one that looks the same, is blocked on this server."

_PLAIN = ("0" * 16, "f" * 16)


async def check(picture: Picture) -> None:
    """Raise `Invalid` for a picture that was made of a blocked one, or of a copy of it."""
    for each in await media.list_blocked():
        if is_alike(each.fingerprint, picture.fingerprint):
            raise Invalid(REFUSED, detail=f"like the blocked picture {each.id}")


def is_alike(one: str, other: str) -> bool:
    """Whether two fingerprints are of one picture, perhaps in another size or format."""
    return fingerprint.distance(one, other) <= DISTANCE_MAX


def is_plain(found: str) -> bool:
    """Whether a fingerprint says next to nothing, as of one colour: too many pictures have it."""
    return any(is_alike(found, plain) for plain in _PLAIN)
