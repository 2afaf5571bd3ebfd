"""The URLs of our own things, built and recognised."""

import pytest

from federation.addresses import Addresses

OURS = Addresses("https://our.example")


def test_what_is_built_is_recognised() -> None:
    assert OURS.actor_id(OURS.actor(7)) == 7
    assert OURS.post_id(OURS.post(7)) == 7
    assert OURS.post_id(OURS.post_page("alice", 7)) == 7
    assert OURS.activity_id(OURS.activity(7)) == 7
    assert OURS.username(OURS.profile_page("alice")) == "alice"


@pytest.mark.parametrize("name", ["inbox", "outbox", "followers", "following", "featured", "key"])
def test_what_hangs_below_an_actor(name: str) -> None:
    url = getattr(OURS, name)(7)
    assert url.startswith(OURS.actor(7))
    assert OURS.is_ours(url)
    assert OURS.actor_id(url) is None


def test_other_addresses_of_ours() -> None:
    assert OURS.shared_inbox == "https://our.example/inbox"
    assert OURS.replies(7) == "https://our.example/posts/7/replies"
    assert OURS.hashtag_page("x") == "https://our.example/tags/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://our.example.evil/actors/7",
        "https://our.example@evil.example/actors/7",
        "http://our.example/actors/7",
        "https://our.example/actors/7/",
        "https://our.example/actors/x",
        "https://our.example/actors/" + "9" * 20,
        "https://other.example/posts/7",
        "",
    ],
)
def test_or21_what_is_not_ours_is_not_recognised(url: str) -> None:
    assert OURS.actor_id(url) is None
    assert OURS.post_id(url) is None
    assert OURS.activity_id(url) is None
    assert OURS.username(url) is None
