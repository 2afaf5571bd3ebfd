"""`to` and `cc` ↔ visibility (E79)."""

import pytest

from federation import addressing
from federation.vocabulary import PUBLIC

FOLLOWERS = "https://our.example/actors/1/followers"
BOB = "https://b.example/users/bob"


@pytest.mark.parametrize(
    ("to", "cc", "expected"),
    [
        ([PUBLIC], [FOLLOWERS], "public"),
        (["as:Public", BOB], [], "public"),
        (["Public"], [PUBLIC], "public"),
        ([FOLLOWERS], [PUBLIC], "unlisted"),
        ([], ["as:Public"], "unlisted"),
        ([FOLLOWERS], [BOB], "followers"),
        ([BOB], [FOLLOWERS], "followers"),
        ([BOB], [], "direct"),
        ([], [], "direct"),
        (["https://b.example/users/x/followers"], [], "direct"),
        (["https://our.example/#Public"], [], "direct"),
    ],
)
def test_e79_reading(to: list[str], cc: list[str], expected: str) -> None:
    """E81: an unknown collection opens nothing."""
    assert addressing.visibility(to, cc, FOLLOWERS) == expected


def test_without_a_followers_collection_nothing_is_followers_only() -> None:
    assert addressing.visibility([FOLLOWERS], [], None) == "direct"
    assert addressing.visibility([""], [], "") == "direct"


@pytest.mark.parametrize("who", ["public", "unlisted", "followers", "direct"])
def test_interop_6_what_we_write_reads_as_we_meant_it(who: addressing.Visibility) -> None:
    to, cc = addressing.recipients(who, FOLLOWERS, [BOB, BOB])
    assert addressing.visibility(to, cc, FOLLOWERS) == who
    assert (to + cc).count(BOB) == 1
    assert "as:Public" not in to + cc


def test_public_has_three_names() -> None:
    assert all(addressing.is_public(name) for name in (PUBLIC, "as:Public", "Public"))
    assert not addressing.is_public("public")
