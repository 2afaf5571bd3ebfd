"""What apps send means the same in each of the ways in which they send it."""

import json
from typing import Any
from urllib.parse import urlencode

import hypothesis
import pytest
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException

from instance.errors import Failure, Invalid
from webapp import parameters
from webapp.parameters import Parameters

FORM = "application/x-www-form-urlencoded"
POLL = {"status": "which?", "poll": {"options": ["a", "b"], "expires_in": 300, "multiple": True}}
PAIRS = [
    ("status", "which?"),
    ("poll[options][]", "a"),
    ("poll[options][]", "b"),
    ("poll[expires_in]", "300"),
    ("poll[multiple]", "true"),
]


def multipart(pairs: list[tuple[str, str]]) -> tuple[str, bytes]:
    lines = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    ]
    return "multipart/form-data; boundary=b", ("".join(lines) + "--b--\r\n").encode()


WAYS = [
    (b"", "application/json", json.dumps(POLL).encode()),
    (b"", FORM, urlencode(PAIRS).encode()),
    (urlencode(PAIRS).encode(), "", b""),
    (b"", *multipart(PAIRS)),
    (b"status=older", FORM, urlencode(PAIRS).encode()),
]


@pytest.mark.parametrize(("query", "kind", "body"), WAYS)
def test_every_way_says_the_same(query: bytes, kind: str, body: bytes) -> None:
    sent = parameters.read(query, kind, body)
    assert sent.text("status") == "which?"
    poll = sent.part("poll")
    assert poll.items("options") == ["a", "b"]
    assert poll.number("expires_in", 0, least=0, most=1000) == 300
    assert poll.flag("multiple")
    assert not poll.flag("hide_totals")


@pytest.mark.parametrize(
    "pairs",
    [
        [("f[0][name]", "a"), ("f[0][value]", "1"), ("f[1][name]", "b"), ("f[1][value]", "2")],
        [("f[][name]", "a"), ("f[][value]", "1"), ("f[][name]", "b"), ("f[][value]", "2")],
        [(f"f[{n}][name]", x) for n, x in ((10, "b"), (2, "a"))]
        + [("f[2][value]", "1"), ("f[10][value]", "2")],
    ],
)
def test_lists_of_mappings(pairs: list[tuple[str, str]]) -> None:
    found = parameters.read(b"", FORM, urlencode(pairs).encode()).parts("f")
    assert [(each.text("name"), each.text("value")) for each in found] == [("a", "1"), ("b", "2")]


def test_an_empty_body_of_any_type_is_nothing() -> None:
    for kind in ("application/json", FORM, "", "text/plain"):
        assert list(parameters.read(b"a=1", kind, b"")) == ["a"]
    assert list(parameters.read(b"", "application/json", b" \n")) == []


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        *((no, False) for no in ("0", "f", "false", "off", "", False, 0)),
        *((yes, True) for yes in ("1", "t", "true", "on", True, 1)),
        (None, None),
    ],
)
def test_flags_as_rails_reads_them(value: Any, meant: Any) -> None:
    sent = parameters.read(b"", "application/json", json.dumps({"x": value}).encode())
    assert sent.maybe_flag("x") is meant


def test_ids_that_nothing_has_are_left_out() -> None:
    sent = Parameters({"ids": ["1", "x", "-1", str(2**63), str(2**63 - 1), 7]})
    assert sent.ids("ids") == [1, 2**63 - 1, 7]
    with pytest.raises(Invalid):
        Parameters({"id": "x"}).id("id")


@pytest.mark.parametrize(
    "body",
    [b"a[b][c][d][e][f][g]=1", b"a[=1", b"[a]=1", b"a]b=1", b"%zz=1", b"a=%ff", b"a=%00"],
)
def test_op7_names_and_bytes_that_make_no_sense_are_refused(body: bytes) -> None:
    with pytest.raises(HTTPException):
        parameters.read(b"", FORM, body)


@pytest.mark.parametrize(
    ("query", "kind", "body"),
    [
        (b"&".join([b"id[]=1"] * 3000), "", b""),
        (b"", FORM, b"&".join([b"media_ids[]=1"] * 1001)),
        (b"", "application/json", json.dumps({"media_ids": ["1"] * 1001}).encode()),
    ],
)
def test_rx28_lists_of_ids_have_an_end(query: bytes, kind: str, body: bytes) -> None:
    with pytest.raises(HTTPException):
        parameters.read(query, kind, body).ids("media_ids")


def test_rx28_a_lawful_list_is_read() -> None:
    body = json.dumps({"id": ["1"] * parameters.ITEMS_MAX}).encode()
    assert parameters.read(b"", "application/json", body).ids("id") == [1] * parameters.ITEMS_MAX


KINDS = st.sampled_from(["application/json", FORM, "multipart/form-data; boundary=b", "", "x/y"])


@hypothesis.given(st.binary(max_size=60), KINDS, st.binary(max_size=200))
def test_rx7_any_bytes_are_read_or_refused(query: bytes, kind: str, body: bytes) -> None:
    try:
        sent = parameters.read(query, kind, body)
    except (Failure, HTTPException):
        return
    for name in sent:
        assert isinstance(sent.text(name), str)
        assert all(isinstance(each, str) for each in sent.items(name))
        assert all(isinstance(each, Parameters) for each in sent.parts(name))
