"""Which addresses are linked, and how they are shown."""

import pytest

from actors.links import host_of, shown_host, shown_link, tells_its_host, web_link


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.test", "https://a.test"),
        ("HTTPS://A.Test:443/B?c#d", "https://a.test/B?c#d"),
        ("http://a.test:8000/", "http://a.test:8000/"),
        ("https://bücher.test/ä", "https://xn--bcher-kva.test/ä"),
        ("https://a.test./x", "https://a.test/x"),
    ],
)
def test_or22_one_form_for_an_address(url: str, link: str) -> None:
    assert web_link(url) == link


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.test",
        "//a.test",
        "/a",
        "",
        "https://",
        "https://a@b.test",
        "https://a\\@b.test/",
        "https://a.test:0/",
        "https://a.test:99999/",
        "https://a.test/\u202egnp.exe",
        "https://a\x00.test",
        'https://a.test/"onclick=x',
        "https://a.test/<b>",
        "https://a.test/ b",
        "https://a.test/" + "a" * 3000,
    ],
)
def test_hx4_other_addresses_are_none(url: str) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("a.test", "a.test"),
        ("xn--bcher-kva.test", "bücher.test"),
        ("xn--wgv71a.test:8000", "日本.test:8000"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),  # Cyrillic that spells apple
        ("xn--pple-43d.com", "xn--pple-43d.com"),  # one Cyrillic letter among Latin ones
        ("xn--a.test", "xn--a.test"),
    ],
)
def test_hx14_hosts_are_readable_where_that_is_safe(host: str, shown: str) -> None:
    assert shown_host(host) == shown


def test_shown_link_is_cut_behind_the_host() -> None:
    cut = shown_link("https://www.a.test/" + "b" * 50)
    assert (cut.before, cut.shown) == ("https://www.", "a.test/" + "b" * 23)
    assert cut.before + cut.shown + cut.after == "https://www.a.test/" + "b" * 50
    assert shown_link("https://a.test/").shown == "a.test"
    assert shown_link("https://www.test/x").shown == "www.test/x"


@pytest.mark.parametrize(
    "text", ["a.test", "https://a.test/x", "WWW.a.test", "a.test/…", "see [a.test]"]
)
def test_truthful(text: str) -> None:
    assert tells_its_host(text, "https://a.test/x")


@pytest.mark.parametrize(
    "text", ["", "a.test.evil.test", "evil a.test", "a.tes", "http://b.test/a.test"]
)
def test_untruthful(text: str) -> None:
    assert not tells_its_host(text, "https://a.test/x")


def test_host_of_is_never_an_error() -> None:
    assert host_of("https://a.test:1/x") == "a.test:1"
    assert host_of("https://[x") == ""
