"""Where URLs point, and which addresses are not reached: OR-22, SF-7, SF-10."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import origin
from instance.errors import Invalid


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org", "example.org"),
        ("https://EXAMPLE.org/x", "example.org"),
        ("HTTPS://example.org./x", "example.org"),
        ("https://example.org:443/x", "example.org"),
        ("http://example.org:80/x", "example.org"),
        ("https://example.org:080/x", "example.org:80"),
        ("http://example.org:443", "example.org:443"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://BÜCHER.example/", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://faß.example/", "xn--fa-hia.example"),
        ("https://example。org/", "example.org"),
        ("https://under_score.example", "under_score.example"),
        ("https://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("https://[::1]:8000/", "[::1]:8000"),
        ("https://[2001:DB8::0:1]/", "[2001:db8::1]"),
        ("https://a.example#@victim.example/", "a.example"),
        ("https://a.example?@victim.example/", "a.example"),
        ("https://localhost", "localhost"),
    ],
)
def test_or22_one_canonical_host(url: str, host: str) -> None:
    """E10."""
    assert origin.host_of(url) == host


@pytest.mark.parametrize(
    "url",
    [
        "http://victim.example@a.example/",
        "http://user:password@a.example/",
        "http://a.example\\@victim.example/",
        "http://victim.example%00.a.example/",
        "http://victim.example%2f.a.example/",
        "http://a.example:0/",
        "http://a.example:65536/",
        "http://a.example:99999/",
        "http://a.example:8x/",
        "http://a.example:/",
        "http://a.example:-1/",
        "http:///x",
        "http://",
        "http:a.example",
        "//a.example/",
        "https://a..example/",
        "https://.example/",
        "https://-a.example/",
        "https://a.example /",
        " https://a.example/",
        "https://a.exa\tmple/",
        "https://a.example/\n",
        "https://a.example/\x00",
        "https://a.example/\x85",
        "https://[::1/",
        "https://::1/",
        "https://[fe80::1%25eth0]/",
        "https://[1.2.3.4]/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 130 + "example/",
        "https://a.example/" + "x" * 2048,
        "https://\u2100.example/",
        "https://xn--\u00fc.example/",
        "https://a\u200d.example/",
    ],
)
def test_or22_what_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        origin.host_of(url)


@pytest.mark.parametrize(
    "host",
    [
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "127.0.0.1.2",
        "1.2.3",
        "256.1.1.1",
        "0",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "09.1.1.1",
    ],
)
def test_sf7_numbers_that_are_no_plain_address_are_refused(host: str) -> None:
    with pytest.raises(Invalid):
        origin.host_of(f"http://{host}/")


@pytest.mark.parametrize(
    "host",
    [
        "①②⑦.⓪.⓪.①",
        "\uff11\uff12\uff17.0.0.1",
        "127。0。0。1",
        "127.0.0.1.",
    ],
)
def test_sf7_other_digits_become_the_address_they_mean(host: str) -> None:
    assert origin.split(f"http://{host}/").host == "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://a.example/",
        "ftp://a.example/",
        "unix:/run/x",
        "data:,x",
        "javascript:alert(1)",
        "acct:a@b.example",
        "ws://a.example/",
        "",
    ],
)
def test_sf10_other_schemes_are_refused(url: str) -> None:
    """A90."""
    with pytest.raises(Invalid):
        origin.safe_url(url, plain_http=True)


def test_a90_https_only_unless_plain_http() -> None:
    with pytest.raises(Invalid, match="https"):
        origin.safe_url("http://a.example/", plain_http=False)
    assert origin.safe_url("HTTP://A.example:80/X?y#z", plain_http=True) == "http://a.example/X?y#z"
    assert origin.safe_url("https://A.example./X", plain_http=False) == "https://a.example/X"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/1", "https://A.example:443/2", True),
        ("https://a.example", "https://a.example./#x", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.a.example", False),
        ("https://a.example", "nonsense", False),
        ("", "", False),
    ],
)
def test_a154_same_origin(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a column of a table
    assert origin.same_origin(one, other) is same


def test_e26_paths_are_never_changed() -> None:
    for rest in ("", "/", "/?author=1", "?author=1", "/a%7Eb/../c//d/", "/ü"):
        url = f"https://a.example{rest}"
        assert origin.safe_url(url, plain_http=False) == url
    assert origin.split("https://a.example?x").target == "/?x"
    assert origin.split("https://a.example").target == "/"


PRIVATE = [
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "nonsense",
    "",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_sf7_private_addresses_in_every_form(address: str) -> None:
    assert origin.is_private_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "100.63.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a01:4f8::1",
        "2001:200::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_the_open_internet_is_reached(address: str) -> None:
    assert not origin.is_private_address(address)
    assert not origin.is_private_address(ip_address(address))


def test_private_networks_are_reached_by_setting_alone() -> None:
    allowed = (ip_network("127.0.10.0/24"), ip_network("fd00:1::/32"))
    for address in ("127.0.10.7", "::ffff:127.0.10.7", "fd00:1::5"):
        assert not origin.is_private_address(address, allowed)
    for address in ("127.0.11.7", "::ffff:127.0.11.7", "fd00:2::5", "10.0.0.1", "fe80::1%1"):
        assert origin.is_private_address(address, allowed)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=40), st.sampled_from(["", "http://", "https://", "https://[", "https://a@"])
)
def test_no_text_raises_anything_but_invalid(text: str, prefix: str) -> None:
    try:
        found = origin.split(prefix + text)
    except Invalid:
        return
    assert origin.split(str(found)) == found
    assert found.host == found.host.lower()
    assert found.host.isascii()
