"""Kinds of posts as other servers write them, from the document to the page."""

import json
import re
from typing import Any

import pytest

from federation import parsing, serializing
from instance.resources import Instance
from posts.activitystreams import note_from_post, post_from_note
from storage import actors, posts
from storage.records import Actor, Post
from tests.pages.browser import Browser
from tests.usecases.social import make_remote

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
FAR = "https://far.test"


@pytest.fixture
async def far(instance: Instance) -> Actor:
    with instance.store.active():
        return await make_remote(instance, "bob", "far.test")


def document(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{FAR}/objects/1",
        "type": kind,
        "attributedTo": f"{FAR}/users/bob",
        "to": PUBLIC,
        "published": "2026-11-22T11:00:00Z",
        **more,
    }


async def arrive(instance: Instance, author: Actor, found: dict[str, Any]) -> Post:
    """The document as a row, without what surrounds its arrival."""
    note = parsing.parse_note(json.loads(json.dumps(found)))
    post = post_from_note(note, id=instance.ids.new(), author=author, now=instance.now())
    with instance.store.active():
        assert await posts.insert(post)
    return post


async def shown(browser: Browser, post: Post, *, path: str = "", **sends: str) -> str:
    """The article of the post on its page."""
    await browser.request("GET", path or f"/@bob@far.test/{post.id}", sends=sends)
    assert browser.status == 200, browser.text
    found = re.search(rf'<article[^>]* id="p{post.id}".*?</article>', browser.text, re.DOTALL)
    assert found is not None
    return found[0]


async def test_a100_an_article_has_a_title_a_link_and_a_preview(
    instance: Instance, far: Actor, browser: Browser
) -> None:
    """A100, A197 (FEP-b2b8), E98, E103: its summary is no warning; all of it on its own page."""
    article = document(
        "Article",
        name="How <b>boats</b> float",
        summary="<p>About water.</p>",
        content="<h2>First</h2><p>Water is heavy.</p><script>alert(1)</script>"
        + "<p>More.</p>" * 9,
        url=[
            {"type": "Link", "href": f"{FAR}/feed.json", "mediaType": "application/json"},
            {"type": "Link", "href": f"{FAR}/boats", "mediaType": "text/html"},
        ],
        preview={"type": "Note", "content": "<p>Why boats <em>float</em>: read on</p>"},
    )
    post = await arrive(instance, far, article)
    assert post.summary == ""
    whole = await shown(browser, post)
    assert "<h3><bdi>How &lt;b&gt;boats&lt;/b&gt; float</bdi></h3>" in whole
    assert "Water is heavy." in whole
    assert "alert(1)" not in whole
    assert f'href="{FAR}/boats"' in whole
    assert "Read it on far.test" in whole
    short = await shown(browser, post, path="/@bob@far.test")
    assert "Why boats <em>float</em>" in short
    assert "Water is heavy." not in short
    assert f'href="/@bob@far.test/{post.id}">Read all of it' in short


async def test_a101_an_event_tells_when_and_where(
    instance: Instance, far: Actor, browser: Browser
) -> None:
    """A101, A200 (FEP-8a8e): as Mobilizon writes it."""
    event = document(
        "Event",
        name="Harbour walk",
        content="<p>Bring shoes.</p>",
        url=f"{FAR}/events/7",
        startTime="2026-12-01T18:00:00+01:00",
        endTime="2026-12-01T20:30:00+01:00",
        timezone="Europe/Berlin",
        location={
            "type": "Place",
            "name": "Old <i>pier</i>",
            "address": {
                "type": "PostalAddress",
                "streetAddress": "Quay 1",
                "addressLocality": "Kiel",
                "addressCountry": None,
            },
        },
    )
    article = await shown(browser, await arrive(instance, far, event))
    assert "Harbour walk" in article
    assert "1 December 2026, 17:00 UTC" in article
    assert "1 December 2026, 19:30 UTC" in article
    assert "Old &lt;i&gt;pier&lt;/i&gt;, Quay 1, Kiel" in article
    assert "See the event on far.test" in article


@pytest.mark.parametrize("nested", [False, True])
async def test_a101_a_film_of_peertube_is_played(
    instance: Instance, far: Actor, browser: Browser, *, nested: bool
) -> None:
    """A101, A112, E114: the best film up to 1080 lines, also below the playlist; two authors."""
    films = [
        {
            "type": "Link",
            "mediaType": "video/mp4",
            "href": f"{FAR}/v-{height}.mp4",
            "height": height,
            "width": height * 2,
        }
        for height in (2160, 1080, 480)
    ]
    page = {"type": "Link", "mediaType": "text/html", "href": f"{FAR}/w/1"}
    playlist = {
        "type": "Link",
        "mediaType": "application/x-mpegURL",
        "href": f"{FAR}/v.m3u8",
        "tag": films,
    }
    video = document(
        "Video",
        name="The tide",
        duration="PT125S",
        mediaType="text/markdown",
        content="It **comes** and goes",
        url=[page, playlist] if nested else [page, *films],
        attributedTo=[
            {"type": "Person", "id": f"{FAR}/users/bob"},
            {"type": "Group", "id": f"{FAR}/channels/tides"},
        ],
    )
    post = await arrive(instance, far, video)
    article = await shown(browser, post)
    assert f'src="{instance.addresses.shown_file(f"{FAR}/v-1080.mp4")}"' in article
    assert "It **comes** and goes" in article
    assert "Watch it on far.test" in article
    assert post.attachments[0].duration_s == 125


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("Audio", {"url": {"href": f"{FAR}/a.ogg", "mediaType": "audio/ogg"}}, "<audio"),
        ("Image", {"url": f"{FAR}/p.png", "mediaType": "image/png"}, "<img"),
        ("Page", {"attachment": {"type": "Link", "href": "https://news.test/1"}}, "news.test"),
        ("Review", {"summary": "spoiler"}, "Open it on far.test"),
        ("PodcastEpisode", {"audio": {"href": f"{FAR}/a.mp3"}}, "Open it on far.test"),
    ],
)
async def test_a101_other_kinds_have_name_link_and_words(
    instance: Instance, far: Actor, browser: Browser, kind: str, more: Any, expected: str
) -> None:
    """A101, A200, E103: Funkwhale, Pixelfed of old, Lemmy, BookWyrm, Castopod."""
    found = {"url": f"{FAR}/things/1", "name": "A name", "content": "<p>Words</p>", **more}
    article = await shown(browser, await arrive(instance, far, document(kind, **found)))
    assert "A name" in article
    assert "<p>Words</p>" in article
    assert expected in article


async def test_a196_what_is_said_of_a_link_is_believed_of_ones_own_server(
    instance: Instance, far: Actor, browser: Browser
) -> None:
    """A196 (FEP-8967), HX-10: nobody puts words into the mouth of a newspaper."""
    card = {"type": "Article", "name": "A fine title", "summary": "All about it"}
    links = [
        {"type": "Link", "href": f"{FAR}/own", "mediaType": "text/html", "preview": card},
        {"type": "Link", "href": "https://news.test/x", "preview": {**card, "name": "Lies"}},
        {"type": "Link", "href": "javascript:alert(1)", "preview": card},
    ]
    note = document("Note", content="<p>Look</p>", attachment=links)
    article = await shown(browser, await arrive(instance, far, note))
    assert "A fine title" in article
    assert "All about it" in article
    assert 'href="https://news.test/x"' in article
    assert "Lies" not in article
    assert "javascript" not in article


async def test_a196_a_link_of_ours_is_attached(instance: Instance, alice: Browser) -> None:
    """A196: so that others know which link is worth a preview; all languages of all kinds too."""
    path = await alice.write("See https://news.test/a?b=1 and https://news.test/b")
    post_id = int(path.rpartition("/")[2])
    with instance.store.active():
        post = await posts.get(post_id)
        author = await actors.get(post.actor_id)
    note = note_from_post(post, author, addresses=instance.addresses)
    written = serializing.note_document(note)
    assert written["attachment"] == [
        {"type": "Link", "mediaType": "text/html", "href": "https://news.test/a?b=1"}
    ]


async def test_e99_a_post_is_shown_in_the_language_of_its_reader(
    instance: Instance, far: Actor, browser: Browser, alice: Browser
) -> None:
    """A192, E99: `contentMap` alone, several languages, one of them no language at all."""
    note = document(
        "Note",
        contentMap={
            "en": "<p>Good morning</p>",
            "de-AT": "<p>Guten Morgen</p>",
            "no language": "<p>?</p>",
        },
    )
    post = await arrive(instance, far, note)
    for wanted, expected in (
        ("de", "Guten Morgen"),
        ("en", "Good morning"),
        ("fr", "Good morning"),
    ):
        article = await shown(browser, post, **{"Accept-Language": wanted})
        assert expected in article
        assert ("Good" in article) != ("Guten" in article)
    assert 'lang="de-AT"' in await shown(browser, post, **{"Accept-Language": "de"})
    assert "Good morning" in await shown(alice, post)


@pytest.mark.parametrize(
    "attachment",
    [
        None,
        "https://far.test/a.png",
        {"type": "Image", "url": f"{FAR}/a.png"},
        [{"type": "Document", "url": [{"href": f"{FAR}/a.png"}], "blurhash": 7, "width": "x"}],
        [{"type": "Document", "url": f"{FAR}/{n}.png", "name": None} for n in range(40)],
        [{"type": "Video", "url": "data:text/html,x"}, 1, [], {"type": ["Image"], "url": {}}],
        {"@list": [{"type": "Audio", "url": f"{FAR}/a.mp3", "duration": "PT1.5S"}]},
        [{"type": "Image", "url": f"{FAR}/a.svg", "mediaType": "image/svg+xml"}],
    ],
)
async def test_e119_attachments_of_any_count_and_shape(
    instance: Instance, far: Actor, browser: Browser, attachment: Any
) -> None:
    """A104, A204 (FEP-1311), E112, E115, E119, E120: the note is kept, 16 files of it at most."""
    note = document("Note", content="<p>Here</p>", attachment=attachment)
    post = await arrive(instance, far, note)
    assert len(post.attachments) <= 16
    article = await shown(browser, post)
    assert "<p>Here</p>" in article
    assert "/a.svg" not in "".join(re.findall(r"<img[^>]*>", article))


async def test_a204_size_and_digest_of_a_file_are_kept(instance: Instance, far: Actor) -> None:
    """A204, FEP-1311."""
    digest = "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"
    given = {"type": "Image", "url": f"{FAR}/a.png", "size": 4096, "digestMultibase": digest}
    post = await arrive(instance, far, document("Note", attachment=[given]))
    with instance.store.active():
        (kept,) = (await posts.get(post.id)).attachments
    assert (kept.size_bytes, kept.digest) == (4096, digest)


async def test_a13_a_post_without_content_shows_its_source(
    instance: Instance, far: Actor, browser: Browser
) -> None:
    """A13, E100, E101: Markdown is readable as it is."""
    source = {"content": "*Hello* <script>", "mediaType": "text/markdown"}
    article = await shown(browser, await arrive(instance, far, document("Note", source=source)))
    assert "*Hello* &lt;script&gt;" in article
