"""An afternoon in apps: Mastodon.py, a library that others wrote, against running servers.

Everything that somebody does in an app, on SQLite and on PostgreSQL, with a second server that
federates. What the library reads, apps read: it fails where an entity lacks what it names.
"""

import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import mastodon
import pytest
from PIL import Image

from tests import services
from tests.processes.people import Person, eventually, forms_of
from tests.processes.servers import Server

PASSWORD = "a fine long password"
SCOPES = ["read", "write", "follow", "push"]
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass
class Life:
    """Alice and bob live here, cora on the other server; each with an app."""

    here: Server
    there: Server
    alice: Any
    bob: Any
    cora: Any


def app_of(server: Server) -> Any:
    """An app that is registered, without a token."""
    made = mastodon.Mastodon.create_app("Afternoon", scopes=SCOPES, api_base_url=server.url)
    return mastodon.Mastodon(*made, api_base_url=server.url, ratelimit_method="throw")


def let_in(server: Server, name: str) -> Any:
    """Sign up in a browser, and let an app in: with the code it shows, as a device does."""
    window = Person(server.url)
    window.sign_up(name)
    app = app_of(server)
    asked = app.auth_request_url(scopes=SCOPES, redirect_uris=OUT_OF_BAND, allow_http=True)
    path = asked.removeprefix(server.url)
    form = next(f for f in forms_of(window.read(path)) if f.path == "/oauth/authorize")
    shown = window.http.post(form.action, data={**form.fields, "do": "allow"})
    window.close()
    found = parse_qs(urlsplit(str(shown.url)).query).get("code")
    code = found[0] if found else _code_in(shown.text)
    app.log_in(code=code, redirect_uri=OUT_OF_BAND, scopes=SCOPES, allow_http=True)
    return app


def _code_in(page: str) -> str:
    match = re.search(r"(?:value=\"|<code[^>]*>)([A-Za-z0-9_-]{30,})", page)
    assert match, page
    return match[1]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def life(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp(request.param)
    urls = [services.create_database() if request.param == "postgres" else "" for _ in range(2)]
    here, there = (
        Server(name, f"127.0.10.{number}", folder / name, url)
        for (name, number), url in zip((("here", 21), ("there", 22)), urls, strict=True)
    )
    try:
        for server in (here, there):
            server.start()
        alice = app_of(here)
        alice.create_account("alice", PASSWORD, "alice@mail.example", agreement=True)
        yield Life(here, there, alice, let_in(here, "bob"), let_in(there, "cora"))
    finally:
        for server in (here, there):
            server.end()
        for url in filter(None, urls):
            services.drop_database(url)


def picture() -> io.BytesIO:
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(written, "PNG")
    written.seek(0)
    return written


def test_b117_who_one_is_and_where(life: Life) -> None:
    """B1, B15, B117, B120: sign-up by an app and by a browser; instance, profile, preferences."""
    assert life.alice.me().username == "alice"
    assert life.bob.me().acct == "bob"
    assert life.alice.app_verify_credentials().name == "Afternoon"
    about = life.alice.instance()
    assert about.domain == life.here.domain
    assert about.configuration.statuses.max_characters == 500
    assert life.alice.instance_v1().urls.streaming_api.startswith("ws://")
    assert life.alice.instance_health()
    assert len(life.alice.instance_activity()) == 12
    changed = life.alice.account_update_credentials(
        display_name="Alice", note="Birds", fields=[("Where", "The shore")], discoverable=True
    )
    assert changed.display_name == "Alice"
    assert changed.source.note == "Birds"
    assert life.bob.account_lookup("alice").fields[0].name == "Where"
    assert life.alice.preferences()["posting:default:visibility"] == "public"


def test_b34_b58_posts_pictures_polls_and_threads(life: Life) -> None:
    """B34, B38, B40, B46, B51, B58, B59, B77: said, answered, edited, voted on, deleted."""
    alice, bob = life.alice, life.bob
    file = alice.media_post(picture(), "image/png", description="Teal", focus=(0.5, 0.5))
    post = alice.status_post("Look", media_ids=[file], spoiler_text="Sea", language="en")
    assert post.media_attachments[0].description == "Teal"
    assert post.spoiler_text == "Sea"
    twice = [alice.status_post("Once", idempotency_key="one and the same") for _ in range(2)]
    assert twice[0].id == twice[1].id
    poll = bob.status_post("Tea?", poll=bob.make_poll(["Yes", "No"], 600, multiple=False)).poll
    voted = alice.poll_vote(poll, 0)
    assert voted.voted
    assert voted.own_votes == [0]
    answer = bob.status_reply(post, "How calm", untag=False)
    deeper = alice.status_reply(answer, "Is it not")
    thread = bob.status_context(answer)
    assert [each.id for each in thread.ancestors] == [post.id]
    assert [each.id for each in thread.descendants] == [deeper.id]
    alice.status_update(deeper, "Yes")
    assert len(alice.status_history(deeper)) == 2
    assert alice.status_source(deeper).text == "Yes"
    gone = alice.status_delete(twice[0])
    assert gone.text == "Once"
    with pytest.raises(mastodon.MastodonNotFoundError):
        alice.status(twice[0])


def test_b52_b72_b74_what_one_does_to_posts(life: Life) -> None:
    """B23, B52, B72 to B74, B85: quote, like, boost, bookmark, pin, mute, and back."""
    alice, bob = life.alice, life.bob
    post = alice.status_post("Words to quote", quote_approval_policy="public")
    quoting = bob.status_post("Well said", quoted_status_id=post)
    assert quoting.quote.quoted_status.id == post.id
    assert bob.status_favourite(post).favourited
    boost = bob.status_reblog(post)
    assert boost.reblog.id == post.id
    assert bob.status_bookmark(post).bookmarked
    assert [each.id for each in bob.bookmarks()] == [post.id]
    assert [each.id for each in bob.favourites()] == [post.id]
    assert [each.username for each in alice.status_favourited_by(post)] == ["bob"]
    assert [each.username for each in alice.status_reblogged_by(post)] == ["bob"]
    assert alice.status_pin(post).pinned
    assert alice.status_mute(post).muted
    assert not alice.status_unmute(post).muted
    assert not bob.status_unreblog(post).reblogged
    assert not bob.status_unfavourite(post).favourited
    assert not bob.status_unbookmark(post).bookmarked
    assert not alice.status_unpin(post).pinned


def test_b42_posts_that_wait(life: Life) -> None:
    """B42: scheduled, moved, dropped."""
    later = datetime.now(UTC) + timedelta(hours=2)
    made = life.alice.status_post("Later", scheduled_at=later)
    assert [each.id for each in life.alice.scheduled_statuses()] == [made.id]
    moved = life.alice.scheduled_status_update(made, later + timedelta(hours=1))
    assert moved.scheduled_at > made.scheduled_at
    life.alice.scheduled_status_delete(made)
    assert life.alice.scheduled_statuses() == []


def test_b30_b70_b88_people(life: Life) -> None:
    """B26, B30 to B32, B70, B88, B89: follow, lists, notes, mute, block, and back."""
    alice, bob = life.alice, life.bob
    him = alice.account_lookup("bob")
    assert alice.account_follow(him, reblogs=True, notify=False).following
    assert "bob" in {each.username for each in alice.account_following(alice.me())}
    assert "alice" in {each.username for each in bob.account_followers(bob.me())}
    assert alice.account_note_set(him, "From the ferry").note == "From the ferry"
    quiet = alice.list_create("Quiet")
    alice.list_accounts_add(quiet, [him])
    assert [each.username for each in alice.list_accounts(quiet)] == ["bob"]
    post = bob.status_post("For those who listen")
    eventually(lambda: post.id in [each.id for each in alice.timeline_list(quiet)])
    eventually(lambda: post.id in [each.id for each in alice.timeline_home()])
    alice.list_accounts_delete(quiet, [him])
    alice.list_delete(quiet)
    assert alice.account_mute(him).muting
    assert [each.username for each in alice.mutes()] == ["bob"]
    assert not alice.account_unmute(him).muting
    assert alice.account_block(him).blocking
    assert [each.username for each in alice.blocks()] == ["bob"]
    assert not alice.account_unblock(him).blocking
    assert alice.account_follow(him).following


def test_b91_b112_filters_and_notifications(life: Life) -> None:
    """B91, B92, B111, B112, B115: words one does not want to read; what one is told."""
    alice, bob = life.alice, life.bob
    made = alice.create_filter_v2(
        "Spoilers", ["home", "public"], "warn", keywords_attributes=[{"keyword": "ending"}]
    )
    post = bob.status_post("I know the ending")
    seen = [each for each in alice.timeline_public() if each.id == post.id]
    assert [each.filter.title for each in seen[0].filtered] == ["Spoilers"]
    alice.delete_filter_v2(made)
    alice.update_notifications_policy(for_private_mentions="accept")
    bob.status_post("@alice hello there", visibility="direct")
    told = eventually(lambda: [n for n in alice.notifications() if n.type == "mention"])
    assert told[0].account.username == "bob"
    assert alice.grouped_notifications().notification_groups
    assert alice.notifications_policy().for_not_following in ("accept", "filter", "drop")
    talks = alice.conversations()
    assert talks[0].accounts[0].username == "bob"
    assert not alice.conversations_read(talks[0]).unread
    alice.markers_set(["notifications"], [told[0]])
    assert str(alice.markers_get(["notifications"])["notifications"].last_read_id)
    alice.notifications_clear()
    assert alice.notifications() == []


def test_b97_b101_search_and_hashtags(life: Life) -> None:
    """B97, B98, B100, B101: people, hashtags and words are found."""
    alice, bob = life.alice, life.bob
    post = bob.status_post("Terns over the harbour #Terns")
    assert alice.tag_follow("terns").following
    assert alice.followed_tags()[0].name.lower() == "terns"
    assert post.id in [each.id for each in alice.timeline_hashtag("terns")]
    assert [each.username for each in alice.search("bob").accounts] == ["bob"]
    tags = alice.search("terns", exclude_unreviewed=False).hashtags
    assert "terns" in [each.name.lower() for each in tags]
    mine = alice.status_post("A word like zugzwang")
    eventually(lambda: mine.id in [p.id for p in alice.search("zugzwang").statuses])
    assert not alice.tag_unfollow("terns").following


def test_b105_collections_and_reports(life: Life) -> None:
    """B105, B86: collections; something is wrong."""
    alice, bob = life.alice, life.bob
    bob.account_update_credentials(discoverable=True)
    him = alice.account_lookup("bob")
    made = alice.collection_create("Harbour", account_ids=[him]).collection
    assert [each.username for each in alice.collection(made).accounts] == ["alice", "bob"]
    assert bob.account_in_collections(him).collections[0].name == "Harbour"
    alice.collection_delete(made)
    post = bob.status_post("Something rude")
    assert alice.report(him, [post], comment="Rude").category == "other"
    assert alice.annual_report_state(2020).state == "ineligible"


class Ears(mastodon.StreamListener):
    """Remembers what a stream says."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.told: list[str] = []
        self.is_open = threading.Event()

    def on_update(self, status: Any) -> None:
        self.posts.append(str(status.id))

    def on_notification(self, notification: Any) -> None:
        self.told.append(str(notification.type))

    def handle_heartbeat(self) -> None:
        self.is_open.set()


def test_b118_what_happens_is_streamed(life: Life) -> None:
    """B118: over HTTP, as Mastodon.py streams: a post and a mention arrive."""
    alice, bob, ears = life.alice, life.bob, Ears()
    stream = alice.stream_user(ears, run_async=True, timeout=120)
    try:
        assert ears.is_open.wait(60)  # the server greets with a comment
        post = alice.status_post("Heard by myself")
        bob.status_post("@alice can you hear me")
        eventually(lambda: str(post.id) in ears.posts)
        eventually(lambda: "mention" in ears.told)
        assert len(ears.posts) == len(set(ears.posts))  # each once
    finally:
        # Its reader notices with the next thing that comes; the server's next comment takes long.
        ending = threading.Thread(target=stream.close)
        ending.start()
        alice.status_post("The last word")
        ending.join()


def test_b100_b117_across_servers(life: Life) -> None:
    """B100, B110: somebody elsewhere is found, followed, answered; what they say arrives."""
    alice, cora = life.alice, life.cora
    handle = f"cora@{life.there.domain}"
    her = alice.search(f"@{handle}", resolve=True).accounts[0]
    assert her.acct == handle
    alice.account_follow(her)
    eventually(lambda: alice.account_relationships(her)[0].following)
    said = cora.status_post("Greetings from the other shore")
    text = "Greetings from the other shore"
    found = eventually(lambda: [p for p in alice.timeline_home() if text in p.content])
    assert found[0].account.acct == handle
    alice.status_favourite(found[0])
    alice.status_reply(found[0], "And to you")
    eventually(lambda: cora.status(said).favourites_count == 1)
    eventually(lambda: [p for p in cora.status_context(said).descendants if "And to" in p.content])
    assert "favourite" in [each.type for each in cora.notifications()]


def test_every_entity_survives_its_own_json(life: Life) -> None:
    """What the library made of an answer can be written and read again: no field is lost."""
    for found in (life.alice.me(), life.alice.instance(), life.alice.timeline_public()):
        assert json.loads(found.to_json())
