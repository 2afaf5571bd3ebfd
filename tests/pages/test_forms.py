"""Forms and queries: what is read, what is refused with a clear text (RX-8, OP-7)."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from instance.errors import Invalid, NotFound, TooMany
from instance.settings import LimitSettings, Settings
from storage.records import Page
from webapp import auth, errors, files, forms, paging
from webapp.forms import Fields

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def part(name: str, value: bytes, extra: str = "") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def outcome(kind: str, body: bytes) -> tuple[Fields, int]:
    """The fields and 200, or none and the status of the refusal."""
    try:
        return forms.read_body(kind, body), 200
    except HTTPException as error:
        return Fields(), error.code or 500


def test_urlencoded_and_multipart_read_alike() -> None:
    plain = forms.read_body(URLENCODED, b"a=1&b=caf%C3%A9+x&a=2")
    parts = part("a", b"2") + part("b", "café x".encode()) + b"--x--\r\n"
    multipart = forms.read_body(MULTIPART, parts)
    assert dict(plain) == dict(multipart) == {"a": "2", "b": "café x"}


def test_a_file_is_its_bytes() -> None:
    data = bytes(range(256))
    body = part("avatar", data, '; filename="../../x.png"') + part("name", b"Al") + b"--x--\r\n"
    found = forms.read_body(MULTIPART, body)
    assert found.file("avatar") == data
    assert found.file("header") is None
    assert found.line("name") == "Al"


def test_no_file_chosen_is_no_file() -> None:
    body = part("avatar", b"", '; filename=""') + b"--x--\r\n"
    assert forms.read_body(MULTIPART, body).file("avatar") is None


@pytest.mark.parametrize(
    "body",
    [
        b"a=%ff",
        b"a=%C3",
        b"a=\xff",
        b"a=%00",
        b"%00=a",
        b"a=%ed%a0%80",
        b"a=%zz",
        b"a=%",
        b"&".join(b"a%d=1" % n for n in range(200)),
    ],
)
def test_rx8_op7_bad_bytes_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        forms.read_body(URLENCODED, body)
    with pytest.raises(BadRequest):
        forms.read_query(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n",
        b"--x\r\n\r\n\r\n--x--",
        b"nonsense",
        part("a", b"\xff") + b"--x--\r\n",
        part("a", b"\x00") + b"--x--\r\n",
        part("a", b"1"),
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
        b"--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--\r\n",
        b"".join(part(f"a{n}", b"1") for n in range(200)) + b"--x--\r\n",
    ],
)
def test_malformed_multipart_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        forms.read_body(MULTIPART, body)


def test_other_types_are_refused() -> None:
    for kind in ("application/json", "text/xml", "nonsense", "multipart/form-data"):
        with pytest.raises((UnsupportedMediaType, BadRequest)):
            forms.read_body(kind, b"{}")


@given(st.binary(max_size=400), st.sampled_from([URLENCODED, MULTIPART, "multipart/form-data"]))
def test_any_body_gives_fields_or_a_4xx(body: bytes, kind: str) -> None:
    found, status = outcome(kind, body)
    assert 200 <= status < 500
    assert all("\x00" not in value for value in found.values())


@given(st.binary(max_size=200).map(lambda b: b"--x\r\n" + b + b"\r\n--x--\r\n"))
def test_any_part_gives_fields_or_a_4xx(body: bytes) -> None:
    assert outcome(MULTIPART, body)[1] in (200, 400)


def test_fields_are_read_as_text_line_box_and_id() -> None:
    found = Fields({"t": "a\r\nb\rc", "l": "  a\nb ", "on": "1", "n": "17", "do": "undo"})
    assert found.text("t") == "a\nb\nc"
    assert found.line("l") == "a b"
    assert found.is_checked("on")
    assert not found.is_checked("off")
    assert found.id("n") == 17
    assert found.is_undo()
    for bad in ("", "x", "-1", "9" * 30, "1.5", "²"):
        with pytest.raises(Invalid):
            Fields({"n": bad}).id("n")


# ---------------------------------------------------------------- paging


def test_op5_pages_are_bounded() -> None:
    assert paging.read({}) == Page(limit=20)
    assert paging.read({"limit": "999999"}).limit == 80
    assert paging.read({"max_id": "5", "min_id": "3", "since_id": "2"}) == Page(20, 5, 2, 3)
    for bad in ({"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"max_id": "x"}, {"max_id": "-1"}):
        with pytest.raises(Invalid):
            paging.read(bad)
    with pytest.raises(Invalid):
        paging.read({"max_id": str(2**63)})


def test_neighbours_of_a_page() -> None:
    assert paging.older_path("/search", {"q": "a b", "max_id": "9"}, 5) == "/search?q=a+b&max_id=5"


# ---------------------------------------------------------------- small things


def test_static_files_carry_their_hash() -> None:
    url = files.url("app.css")
    found = files.find("app.css")
    assert found is not None
    assert url == f"/static/{found.content_hash}/app.css"
    assert "immutable" in files.cache_control(found, found.content_hash)
    assert files.cache_control(found, "old") == "no-cache"
    assert files.find("../app.py") is None
    assert files.find("NOTICES.txt") is not None


def test_op20_forwarded_addresses_count_from_trusted_proxies_only() -> None:
    """AU-18."""
    plain = Settings()
    trusting = replace(plain, limits=LimitSettings(trusted_proxies=(ip_network("10.0.0.0/8"),)))
    assert auth.client_address(plain, "10.0.0.1", "1.2.3.4") == "10.0.0.1"
    assert auth.client_address(trusting, "10.0.0.1", "6.6.6.6, 1.2.3.4") == "1.2.3.4"
    assert auth.client_address(trusting, "10.0.0.1", "1.2.3.4, 10.0.0.2") == "1.2.3.4"
    assert auth.client_address(trusting, "9.9.9.9", "1.2.3.4") == "9.9.9.9"
    assert auth.client_address(trusting, "10.0.0.1", "nonsense") == "10.0.0.1"
    assert auth.client_address(trusting, "unix", "1.2.3.4") == "unix"


def test_who_gets_a_page() -> None:
    assert errors.wants_page("/home", "text/html,*/*;q=0.8")
    assert errors.wants_page("/home", "")
    assert not errors.wants_page("/actors/1", "")
    assert not errors.wants_page("/home", "application/activity+json")
    assert errors.wants_page("/actors/1", "text/html")


def test_op3_a_bug_tells_its_reference_alone() -> None:
    told = errors.of_bug("7f3a-91")
    assert told.status == 500
    assert "7f3a-91" in told.words


def test_too_many_says_when_to_come_back() -> None:
    told = errors.of_failure(TooMany("A bit much.", retry_after_s=40))
    assert told.status == 429
    assert told.words == "A bit much. Try again in 40 seconds."
    assert told.all_headers == {"Retry-After": "40"}
    assert "5 minutes" in errors.of_failure(TooMany("", retry_after_s=299)).words


def test_what_is_logged_is_not_told() -> None:
    """OP-11."""
    told = errors.of_failure(NotFound("Nothing here.", detail="row 17 is hidden from 4"))
    assert "17" not in str(told.problem())
    assert told.problem()["error"] == "Nothing here."
    invalid = errors.of_failure(Invalid("Look again.", fields={"name": "too long"}))
    assert invalid.problem()["fields"] == {"name": "too long"}


def test_too_big_names_both_sizes() -> None:
    mega = 1024 * 1024
    told = errors.of_size(62 * mega, 40 * mega)
    assert told.words == "This has 62 MB, the server takes 40 MB at once."
    assert told.status == 413
