"""What programs read in our pages: links to the documents, microformats, OpenGraph."""

import gzip
import re
from html.parser import HTMLParser

from tests.pages.browser import Browser


class Reader(HTMLParser):
    """Collects links, metas and classes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.metas: dict[str, str | None] = {}
        self.classes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.classes.update((given.get("class") or "").split())
        if tag in ("link", "a"):
            self.links.append(given)
        elif tag == "meta":
            self.metas[given.get("property") or given.get("name") or ""] = given.get("content")

    def leads_to(self, rel: str) -> list[str | None]:
        return [link.get("href") for link in self.links if rel in (link.get("rel") or "").split()]


async def test_a129_a130_a_post_for_machines(browser: Browser, alice: Browser) -> None:
    """A129, A130: alternate, canonical, h-entry, OpenGraph, fediverse:creator."""
    path = await alice.write("Words for machines")
    await browser.get(path)
    found = Reader(browser.text)
    (document,) = found.leads_to("alternate")
    assert re.fullmatch(r"https://alpha\.test/posts/\d+", str(document))
    assert found.leads_to("canonical") == [f"https://alpha.test{path}"]
    assert {"h-entry", "h-card", "p-author", "dt-published", "u-url", "e-content"} <= found.classes
    assert found.metas["fediverse:creator"] == "@alice@alpha.test"
    assert found.metas["og:url"] == f"https://alpha.test{path}"
    assert found.metas["og:type"] == "article"
    assert "Words for machines" in str(found.metas["og:description"])


async def test_a129_a130_a_profile_for_machines(browser: Browser, alice: Browser) -> None:
    """A129, A130: alternate, rel=me of both directions' links, h-card, OpenGraph."""
    await alice.get("/settings/profile")
    await alice.submit(
        "/settings/profile",
        name="Alice",
        bio="Hello",
        field_name_1="Site",
        field_value_1="https://alice.test/",
    )
    await browser.get("/@alice")
    found = Reader(browser.text)
    document, *feeds = found.leads_to("alternate")
    assert re.fullmatch(r"https://alpha\.test/actors/\d+", str(document))
    assert feeds == ["/@alice.rss", "/@alice.atom"]
    assert "https://alice.test/" in found.leads_to("me")
    assert {"h-card", "p-name", "p-note", "u-url"} <= found.classes
    assert found.metas["og:title"] == "Alice (@alice@alpha.test)"
    assert found.metas["fediverse:creator"] == "@alice@alpha.test"


async def test_pv1_what_is_not_public_tells_machines_nothing(alice: Browser) -> None:
    """PV-1, A129: no alternate, no OpenGraph, not for search engines."""
    path = await alice.write("Only for friends", audience="followers")
    await alice.get(path)
    found = Reader(alice.text)
    assert found.leads_to("alternate") == []
    assert found.metas["robots"] == "noindex"
    assert "og:description" not in found.metas


async def test_b141_scripts_are_small(alice: Browser) -> None:
    """B141: what the busiest page loads of scripts, packed."""
    await alice.get("/home")
    scripts = set(re.findall(r'<script[^>]* src="([^"]+)"', alice.text))
    assert scripts
    packed = 0
    for path in scripts:
        await alice.get(path)
        assert alice.status == 200
        packed += len(gzip.compress(alice.answer.body))
    assert packed <= 150_000


async def test_b141_what_a_page_loads_of_ours_comes_packed(alice: Browser) -> None:
    """B141: styles, scripts and icons by gzip, and plain for who does not ask for it or refuses."""
    await alice.get("/home")
    paths = sorted(set(re.findall(r'"(/static/[^"#]+\.(?:css|js|svg))["#]', alice.text)))
    assert {path.rpartition(".")[2] for path in paths} == {"css", "js", "svg"}
    packed_bytes = 0
    for path in paths:
        packed = await alice.request("GET", path, sends={"Accept-Encoding": "gzip, deflate, br"})
        plain = [
            await alice.request("GET", path, sends=sends)
            for sends in ({}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0, *;q=0"})
        ]
        assert packed.headers["vary"] == plain[0].headers["vary"] == "Accept-Encoding"
        assert packed.headers["cache-control"] == plain[0].headers["cache-control"]
        body = packed.body
        if "content-encoding" in packed.headers:
            assert packed.headers["content-encoding"] == "gzip"
            body = gzip.decompress(body)
        assert all(each.body == body for each in plain), path
        assert not any("content-encoding" in each.headers for each in plain)
        packed_bytes += len(packed.body)
    assert packed_bytes <= 45_000
