"""The vectors of RFC 9421, appendix B, for the keys that servers have: RSA and Ed25519."""

import base64
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import keys, rfc9421
from federation.rfc9421 import Place
from federation.signed_request import SignedRequest, check_digest
from instance.errors import Unauthenticated

RSA = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----
"""
ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
ED25519_SECRET = "n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU="
REQUEST = SignedRequest(
    "POST",
    "/foo?param=Value&Pet=dog",
    (
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        (
            "Content-Digest",
            (
                "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwE"
                "mTHWXvJwew==:"
            ),
        ),
        ("Content-Length", "18"),
    ),
    b'{"hello": "world"}',
)
PLACE = Place("https://example.com", "example.com")
NOW = datetime.fromtimestamp(1618884475, UTC)

B22 = (
    (
        'sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473'
        ';keyid="test-key-rsa-pss";tag="header-example"'
    ),
    (
        "sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvu"
        "JyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARY"
        "hpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DS"
        "BVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:"
    ),
)
B23 = (
    (
        'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" '
        '"content-length");created=1618884473;keyid="test-key-rsa-pss"'
    ),
    (
        "sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+"
        "qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pF"
        "kh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH89"
        "6+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:"
    ),
)
B26 = (
    (
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    ),
    (
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRC"
        "w==:"
    ),
)


@pytest.mark.parametrize(("vector", "pem"), [(B22, RSA), (B23, RSA), (B26, ED25519)])
def test_a140_a142_the_vectors_of_appendix_b2(vector: tuple[str, str], pem: str) -> None:
    """E53. RSA-PSS without `alg`; the key alone says which kind it is."""
    signature = rfc9421.parse(*vector)
    base = rfc9421.signature_base(REQUEST, signature, PLACE).encode()
    rfc9421.check_value(signature, keys.load_public(pem), base)
    check_digest(REQUEST, "content-digest")
    with pytest.raises(InvalidSignature):
        rfc9421.check_value(signature, keys.load_public(pem), base + b" ")
    other = ED25519 if pem is RSA else RSA
    with pytest.raises(InvalidSignature):
        rfc9421.check_value(signature, keys.load_public(other), base)


def test_a142_ed25519_makes_the_signature_of_example_2_6() -> None:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(ED25519_SECRET))
    signature = rfc9421.parse(*B26)
    base = rfc9421.signature_base(REQUEST, signature, PLACE).encode()
    assert private.sign(base) == signature.value


def test_sg29_example_2_3_is_good_where_the_whole_request_is_covered() -> None:
    """What B.2.2 and B.2.6 cover is right and too little for a POST to an inbox."""
    rfc9421.verify(REQUEST, rfc9421.parse(*B23), keys.load_public(RSA), PLACE, NOW)
    for vector, pem in ((B22, RSA), (B26, ED25519)):
        with pytest.raises(Unauthenticated, match="does not cover"):
            rfc9421.verify(REQUEST, rfc9421.parse(*vector), keys.load_public(pem), PLACE, NOW)


def test_sg16_example_2_1_covers_nothing() -> None:
    with pytest.raises(Unauthenticated, match="empty"):
        rfc9421.parse('sig-b21=();created=1618884473;keyid="test-key-rsa-pss"', "sig-b21=:AAAA:")


B4_INPUT = (
    'transform=("@method" "@path" "@authority" "accept");created=1618884473'
    ';keyid="test-key-ed25519"'
)
B4 = (
    "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3"
    "NDA==:"
)
TRANSFORMED = SignedRequest(
    "GET",
    "/demo?name1=Value1&Name2=value2",
    (
        ("Host", "example.org"),
        ("Date", "Fri, 15 Jul 2022 14:24:55 GMT"),
        ("Accept", "application/json"),
        ("Accept", "*/*"),
    ),
)
B4_PLACE = Place("https://example.org", "example.org")


@pytest.mark.parametrize(
    ("request_", "is_good"),
    [
        (TRANSFORMED, True),
        (replace(TRANSFORMED, target="/demo?name1=Value1&Name2=value2&param=added"), True),
        (replace(TRANSFORMED, headers=(("Accept", "application/json, */*"),)), True),
        (replace(TRANSFORMED, headers=tuple(reversed(TRANSFORMED.headers))), False),
        (replace(TRANSFORMED, method="POST"), False),
        (replace(TRANSFORMED, target="/other"), False),
    ],
)
def test_a140_the_transformations_of_appendix_b4(request_: SignedRequest, is_good: bool) -> None:  # noqa: FBT001 - a column of the table
    signature = rfc9421.parse(B4_INPUT, B4)
    base = rfc9421.signature_base(request_, signature, B4_PLACE).encode()
    if is_good:
        rfc9421.check_value(signature, keys.load_public(ED25519), base)
    else:
        with pytest.raises(InvalidSignature):
            rfc9421.check_value(signature, keys.load_public(ED25519), base)


@pytest.mark.parametrize(
    ("query", "encoded", "value"),
    [  # RFC 9421 2.2.8
        ("var=this%20is%20a%20big%0Avalue", "var", "this%20is%20a%20big%0Avalue"),
        ("bar=with+plus+whitespace", "bar", "with%20plus%20whitespace"),
        ("fa%C3%A7ade%22%3A%20=something", "fa%C3%A7ade%22%3A%20", "something"),
        ("qux=", "qux", ""),
        ("param=value&foo=bar&baz=batman", "baz", "batman"),
    ],
)
def test_a140_a_part_of_the_query(query: str, encoded: str, value: str) -> None:
    request = SignedRequest("GET", f"/path?{query}", ())
    signature = rfc9421.parse(f'a=("@query-param";name="{encoded}");keyid="k"', "a=:AAAA:")
    base = rfc9421.signature_base(request, signature, PLACE)
    assert base.startswith(f'"@query-param";name="{encoded}": {value}\n')


@pytest.mark.parametrize("query", ["a=1&a=2", "b=1", "", "&".join(["x=1"] * 50)])
def test_sg29_a_part_of_the_query_that_is_not_there_once(query: str) -> None:
    request = SignedRequest("GET", f"/path?{query}", ())
    signature = rfc9421.parse('a=("@query-param";name="a");keyid="k"', "a=:AAAA:")
    with pytest.raises(Unauthenticated):
        rfc9421.signature_base(request, signature, PLACE)


_CHALLENGES = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [*'sig1=(");,', '"@method"', '"date"', ";nonce=", ";created", '"x"', "=", " ", "\\"]
        ),
        max_size=20,
    ).map("".join),
)


@settings(max_examples=400, deadline=None)
@given(_CHALLENGES)
def test_e55_no_challenge_raises_anything(text: str) -> None:
    """What is asked for is made of letters that may stand in a header, and is bounded."""
    wanted = rfc9421.read_challenge(text)
    if wanted is not None:
        assert len(wanted.components) <= rfc9421.COVERED_MAX
        repeated = f"{wanted.nonce}{wanted.tag}{wanted.label}"
        assert repeated.isascii()
        assert repeated.isprintable()
        assert '"' not in repeated


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(alphabet="abc%+&=2;", max_size=40))
def test_sg29_no_query_raises_anything_but_unauthenticated(query: str, name: str) -> None:
    request = SignedRequest("GET", f"/path?{query}", ())
    with suppress(Unauthenticated):
        signature = rfc9421.parse(f'a=("@query-param";name="{name}");keyid="k"', "a=:AAAA:")
        assert rfc9421.signature_base(request, signature, PLACE)
