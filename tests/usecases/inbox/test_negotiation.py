"""Which document an Accept header asks for, and which bodies an inbox takes."""

import pytest

from webapp.activitypub.negotiation import is_activity_type, wants_activity

ACTIVITY = "application/activity+json"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

ASKS = (
    ACTIVITY,
    "Application/Activity+JSON",
    LD,
    "application/ld+json",
    f"{LD}, {ACTIVITY}",
    f"{ACTIVITY}, text/html;q=0.5",
    f"text/html;q=0.1, {ACTIVITY};q=0.2",
    f"{ACTIVITY};q=0.1",
    f"*/*;q=0.5, {ACTIVITY}",
    f"  ,,{ACTIVITY} ; charset=utf-8",
)
DOES_NOT = (
    "",
    "*/*",
    "text/html",
    "application/json",
    "application/*",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    f"text/html, {ACTIVITY};q=0.9",
    f"{ACTIVITY};q=0",
    f"{ACTIVITY};q=x",
    f"{ACTIVITY};q=-1",
    "application/activity+jsonx",
    ",;=/\x00",
    "text/html," * 5_000 + ACTIVITY,
)


@pytest.mark.parametrize("accept", ASKS)
def test_e5_activitypub_is_asked_for(accept: str) -> None:
    assert wants_activity(accept)


@pytest.mark.parametrize("accept", DOES_NOT)
def test_e5_e6_activitypub_is_not_asked_for(accept: str) -> None:
    """E5, E6: pages win unless ActivityPub is asked for by name."""
    assert not wants_activity(accept)


@pytest.mark.parametrize("kind", [ACTIVITY, f"{ACTIVITY};charset=utf-8", LD, "APPLICATION/LD+JSON"])
def test_e1_bodies_of_an_inbox(kind: str) -> None:
    assert is_activity_type(kind)


@pytest.mark.parametrize(
    "kind", ["", "application/json", "text/html", "application/ld+jsonx", f"text/plain, {ACTIVITY}"]
)
def test_e1_other_bodies(kind: str) -> None:
    assert not is_activity_type(kind)
