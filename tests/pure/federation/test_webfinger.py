"""Handles, JRD documents both ways, host-meta (A.7)."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from federation import webfinger
from federation.webfinger import Finding, Handle, parse_handle, parse_jrd
from instance.errors import Invalid

ACTOR = "https://our.example/actors/1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@alice@example.org", Handle("alice", "example.org")),
        ("alice@example.org", Handle("alice", "example.org")),
        (" acct:alice@EXAMPLE.org. ", Handle("alice", "example.org")),
        ("acct:@Alice@example.org", Handle("Alice", "example.org")),
        ("@a.b-c_d@example.org", Handle("a.b-c_d", "example.org")),
        ("@ünï@bücher.example", Handle("ünï", "xn--bcher-kva.example")),
        ("alice@localhost:8000", Handle("alice", "localhost:8000")),
        ("alice@127.0.10.1:8001", Handle("alice", "127.0.10.1:8001")),
        ("alice@example.org:443", Handle("alice", "example.org")),
        ("@alice", Handle("alice", None)),
        ("alice", None),
        ("@", None),
        ("@@example.org", None),
        ("@alice@", None),
        ("@alice@example.org/x", None),
        ("@al ice@example.org", None),
        ("@.alice@example.org", None),
        ("@alice@exa mple.org", None),
        ("@alice@bob@example.org", None),
        ("https://example.org/@alice", None),
        ("@alice@127.1", None),
        ("@" + "a" * 300 + "@example.org", None),
        ("", None),
    ],
)
def test_a14_handles_in_every_form(text: str, expected: Handle | None) -> None:
    """E22, E23."""
    assert parse_handle(text) == expected


def test_a_handle_writes_itself() -> None:
    handle = Handle("alice", "example.org")
    assert (str(handle), handle.resource) == ("alice@example.org", "acct:alice@example.org")
    assert str(Handle("alice", None)) == "alice"


FOUND = Finding(
    Handle("alice", "our.example"),
    ACTOR,
    "https://our.example/@alice",
    "https://our.example",
    "https://our.example/media/a.webp",
)


def test_a114_what_we_write_we_read() -> None:
    """A116, A117."""
    jrd = parse_jrd(webfinger.jrd_document(FOUND))
    assert jrd.handle == FOUND.handle
    assert jrd.self_link == ACTOR
    assert jrd.profile_url == "https://our.example/@alice"
    assert jrd.subscribe_template == "https://our.example/authorize_interaction?uri={uri}"
    assert jrd.aliases == ("https://our.example/@alice", ACTOR)


def test_a115_a_filter_for_rels() -> None:
    document = webfinger.jrd_document(FOUND, {"self"})
    assert {link["rel"] for link in document["links"]} == {"self"}  # type: ignore[union-attr,index,call-overload]  # a list of objects
    assert webfinger.jrd_document(FOUND, {"nothing"})["links"] == []


@pytest.mark.parametrize(
    "kind",
    [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json; charset=utf-8",
    ],
)
def test_e20_the_self_link_in_either_type(kind: str) -> None:
    links: list[Any] = [
        {"rel": "self", "type": "text/html", "href": "https://x.example"},
        "x",
        {"rel": "self"},
        {"rel": "self", "type": kind, "href": ACTOR},
    ]
    assert parse_jrd({"subject": "acct:a@our.example", "links": links}).self_link == ACTOR


def test_e33_a_person_and_a_group_of_one_name() -> None:
    links: list[Any] = [
        {"rel": "self", "type": "application/activity+json", "href": f"{ACTOR}{number}"}
        for number in (1, 2, 1)
    ]
    jrd = parse_jrd({"subject": "acct:x@lemmy.example", "links": links})
    assert jrd.self_links == (f"{ACTOR}1", f"{ACTOR}2")


@pytest.mark.parametrize(
    "links",
    [None, 5, [], [{"rel": "self", "type": "application/activity+json", "href": "javascript:x"}]],
)
def test_e25_an_answer_without_an_actor(links: Any) -> None:
    jrd = parse_jrd({"subject": "https://blog.example/", "links": links})
    assert jrd.self_link is None
    assert jrd.handle is None


@pytest.mark.parametrize("subject", [None, "", 5, "x" * 3000])
def test_an_answer_without_a_subject_is_refused(subject: Any) -> None:
    with pytest.raises(Invalid):
        parse_jrd({"subject": subject})


def test_a118_host_meta_as_xml_and_json() -> None:
    template = "https://our.example/.well-known/webfinger?resource={uri}"
    root = ET.fromstring(webfinger.host_meta_xml("https://our.example"))  # noqa: S314 - our own
    assert root[0].attrib["template"] == template
    assert root[0].attrib["rel"] == "lrdd"
    assert webfinger.host_meta_document("https://our.example")["links"] == [
        {"rel": "lrdd", "type": "application/jrd+json", "template": template}
    ]
