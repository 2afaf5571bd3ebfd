"""JSON of other servers: one meaning or a refusal (E11; groups 2 and 4 of the attacks)."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.parsing import parse_json
from instance.errors import Invalid


def refused(body: bytes, why: str | None = None) -> None:
    with pytest.raises(Invalid, match=why):
        parse_json(body)


def test_an_ordinary_document() -> None:
    body = '{"a": [1, -2, 1.5, true, null, "ü😀"], "b": {"c": "[{"}}'.encode()
    assert parse_json(body) == {"a": [1, -2, 1.5, True, None, "ü😀"], "b": {"c": "[{"}}
    assert parse_json(rb'{"a": "\ud83d\ude00 \\u0000 \u00e4"}') == {"a": "😀 \\u0000 ä"}


@pytest.mark.parametrize(
    "body", [b"", b" ", b"[]", b"[{}, {}]", b'"x"', b"1", b"null", b"{} {}", b"{'a': 1}"]
)
def test_e11_what_is_no_object_is_refused(body: bytes) -> None:
    refused(body)


def test_e70_a_list_of_one_object_reads_as_the_object() -> None:
    assert parse_json(b'[{"@id": "x"}]') == {"@id": "x"}


def test_or23_duplicate_keys_are_refused_at_any_depth() -> None:
    refused(b'{"actor": "a", "actor": "b"}', "twice")
    refused(b'{"object": [{"id": 1, "i\\u0064": 2}]}', "twice")


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_rx5_nesting_is_refused_before_any_recursion(opening: bytes) -> None:
    started = time.thread_time()
    refused(opening * 200_000, "nested")
    assert time.thread_time() - started < 10


def test_rx5_the_deepest_document_that_is_read() -> None:
    assert parse_json(b'{"a":' * 31 + b"[]" + b"}" * 31)
    refused(b'{"a":' * 32 + b"[]" + b"}" * 32, "nested")
    brackets_in_words = b'{"a": "' + b"[{" * 1000 + b'\\"[["}'
    assert parse_json(brackets_in_words)
    siblings = b'{"a": [' + b"[]," * 1000 + b"[]]}"
    assert parse_json(siblings) == {"a": [[]] * 1001}


def test_rx5_the_look_at_depth_is_linear() -> None:
    for body in (b'"\\"' * 300_000, b'{"' + b'\\"' * 500_000, b'"' * 1_000_001 + b"[" * 40):
        started = time.thread_time()
        refused(b"[" * 40 + b"]" * 40 + body)
        assert time.thread_time() - started < 10


@pytest.mark.parametrize(
    "number",
    [
        b"1" * 10**6,
        b"-" + b"9" * 30,
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e400",
        b"1" + b"0" * 400 + b".0",
    ],
)
def test_rx7_numbers_without_a_meaning_are_refused(number: bytes) -> None:
    refused(b'{"a": ' + number + b"}")


def test_rx7_the_largest_number_that_is_read() -> None:
    assert parse_json(b'{"a": 9223372036854775807}') == {"a": 2**63 - 1}
    refused(b'{"a": 9223372036854775808}', "too large")


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\xff"}',
        b'{"a": "\xc3"}',
        b'{"a": "\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-le"),
        rb'{"a": "\ud800"}',
        rb'{"a": {"b": ["\udc00\ud800"]}}',
        rb'{"\ud800": 1}',
        rb'{"a\u0000": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
    ],
)
def test_rx8_bad_text_is_refused(body: bytes) -> None:
    refused(body)


def test_rx8_escaped_nul_characters_are_dropped() -> None:
    assert parse_json(rb'{"a": ["x\u0000y"]}') == {"a": ["xy"]}


def test_rx22_a_flood_of_keys_is_read_in_time() -> None:
    body = b"{" + b",".join(b'"k%d":0' % number for number in range(70_000)) + b"}"
    started = time.thread_time()
    parse_json(body)
    assert time.thread_time() - started < 10


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_raise_nothing_but_invalid(body: bytes) -> None:
    try:
        found = parse_json(body)
    except Invalid:
        return
    assert isinstance(found, dict)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}[]":,\\u0dD8e1-.', max_size=80))
def test_almost_json_raises_nothing_but_invalid(body: str) -> None:
    try:
        found = parse_json(body.encode())
    except Invalid:
        return
    assert isinstance(found, dict)
