"""Codes of authenticator apps: the vectors of RFC 6238, and which half minutes count."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from users import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 22, 12, 0, 15, tzinfo=UTC)

# RFC 6238, appendix B, the rows of SHA-1: the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "digits"), VECTORS)
def test_codes_are_those_of_rfc_6238(seconds: int, digits: str) -> None:
    """B5."""
    assert totp.code(SECRET, seconds // totp.STEP_S) == digits


@pytest.mark.parametrize(
    ("late_s", "is_taken"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_clocks_may_differ_by_half_a_minute(late_s: int, is_taken: bool) -> None:  # noqa: FBT001 - a table
    digits = totp.code(SECRET, totp.step_of(NOW + timedelta(seconds=late_s)))
    assert (totp.matching_step(SECRET, digits, NOW) is not None) is is_taken


@pytest.mark.parametrize("typed", ["", "abcdef", "1234567", "12345", "١٢٣٤٥٦", "\udcff" * 6])
def test_what_is_no_code_is_no_code(typed: str) -> None:
    assert totp.matching_step(SECRET, typed, NOW) is None


def test_secrets_differ_and_have_160_bits() -> None:
    made = {totp.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(one)) for one in made} == {20}


def test_the_qr_code_names_server_and_person() -> None:
    found = urlsplit(totp.address(SECRET, issuer="Harbour: mail", name="alice"))
    assert (found.scheme, found.netloc) == ("otpauth", "totp")
    assert found.path == "/Harbour%20%20mail:alice"
    assert parse_qs(found.query)["secret"] == [SECRET]
