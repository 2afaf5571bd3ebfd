"""Records -> what templates show: words, times, dots, polls, trees, groups."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from federation.addresses import Addresses
from feeds.items import AboutPost
from storage.records import (
    Actor,
    ActorKind,
    ActorUri,
    Attachment,
    Notification,
    NotificationKind,
    Poll,
    PollOption,
    Post,
    PostCounts,
    RowId,
    SafeHtml,
    ViewerFlags,
    Visibility,
)
from webapp import languages
from webapp.pages import branching, told, views, words
from webapp.pages.holes import any_number, hole
from webapp.pages.views import Head, Scene, head

NOW = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
SCENE = Scene(NOW, "alpha.test", RowId(1), Addresses("https://alpha.test"))
ALICE = Actor(
    RowId(1), ActorUri("https://alpha.test/actors/1"), "alice", None, ActorKind.PERSON, "", NOW
)
BOB = replace(ALICE, id=RowId(2), username="bob", host="beta.test", name="  Bob  ")
POST = Post(RowId(9), "https://beta.test/9", BOB.id, Visibility.PUBLIC, NOW, SafeHtml("<p>Hi</p>"))


@dataclass(frozen=True)
class Item:
    post: Post = POST
    author: Actor = BOB
    booster: Actor | None = None
    counts: PostCounts = field(default_factory=PostCounts)
    flags: ViewerFlags = field(default_factory=ViewerFlags)
    in_reply_to_author: Actor | None = None
    mentioned: tuple[Actor, ...] = ()


@pytest.mark.parametrize(
    ("age", "short", "spoken"),
    [
        (timedelta(seconds=-90), "now", "just now"),
        (timedelta(seconds=59), "now", "just now"),
        (timedelta(minutes=1), "1 min", "1 minute ago"),
        (timedelta(minutes=59), "59 min", "59 minutes ago"),
        (timedelta(hours=23), "23 h", "23 hours ago"),
        (timedelta(days=6), "6 d", "6 days ago"),
        (timedelta(days=40), "13 Oct", "on 13 October 2026"),
        (timedelta(days=400), "18 Oct 2025", "on 18 October 2025"),
    ],
)
def test_times_are_relative_and_exact(age: timedelta, short: str, spoken: str) -> None:
    when = words.when(NOW - age, NOW)
    assert (when.short, when.spoken) == (short, spoken)
    assert when.exact.endswith("UTC")


def test_polls_end_by_their_time() -> None:
    """Consequence 12."""
    assert words.remaining(NOW, NOW) == "closed"
    assert words.remaining(NOW + timedelta(days=2, hours=3), NOW) == "2 days left"
    assert words.remaining(NOW + timedelta(seconds=5), NOW) == "closes in less than a minute"
    assert words.remaining(None, NOW) == "open"


def test_a_poll_is_shown_in_percent() -> None:
    poll = Poll((PollOption("a", 2), PollOption("b", 1)), is_multiple=False, ends_at=NOW, voters=3)
    shown = views.post_view(Item(replace(POST, poll=poll)), SCENE).hung.poll
    assert shown is not None
    assert [(each.percent, each.is_first) for each in shown.options] == [(67, True), (33, False)]
    assert shown.people == "3 people"
    empty = Poll((PollOption("a", 0),), is_multiple=False, ends_at=None, voters=None)
    shown = views.post_view(Item(replace(POST, poll=empty)), SCENE).hung.poll
    assert shown is not None
    assert shown.options[0].percent == 0


def test_people_of_here_and_elsewhere() -> None:
    here, there = views.actor_view(ALICE, SCENE), views.actor_view(BOB, SCENE)
    assert (here.path, here.full_handle, here.is_me) == ("/@alice", "@alice@alpha.test", True)
    assert (there.path, there.full_handle, there.is_me) == (
        "/@bob@beta.test",
        "@bob@beta.test",
        False,
    )
    assert here.name == "alice"
    assert there.name == "Bob"
    assert there.dot == views.actor_view(replace(BOB, id=RowId(3)), SCENE).dot
    assert here.avatar == "/avatars/alice.svg"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a@b/", ""])
def test_hx4_addresses_that_are_no_web_links_are_not_shown(url: str) -> None:
    bad = replace(BOB, avatar_url=url, header_url=url, url=url, moved_to=url)
    shown = views.actor_view(bad, SCENE)
    assert shown.avatar.startswith("/avatars/")
    assert (shown.header, shown.url, shown.moved_to) == (None, None, None)
    picture = Attachment(url, "image/png", "image")
    post = views.post_view(Item(replace(POST, attachments=(picture,), url=url)), SCENE)
    assert post.pictures == ()
    assert post.original_url == "https://beta.test/9"


def test_four_pictures_and_how_many_more() -> None:
    picture = Attachment("https://beta.test/p.png", "image/png", "image", focal_point=(0.9, 0.9))
    post = views.post_view(Item(replace(POST, attachments=(picture,) * 6)), SCENE)
    assert len(post.pictures) == 4
    assert post.pictures_left == 2
    assert post.pictures[0].focus == "fx2 fy0"
    hidden = views.post_view(Item(replace(POST, attachments=(picture,), is_sensitive=True)), SCENE)
    assert hidden.hides_media
    assert hidden.media_words == "Sensitive picture"


def test_labels_say_who_when_and_why() -> None:
    item = Item(replace(POST, summary="surgery"), booster=ALICE)
    label = views.post_view(item, SCENE).label
    assert label == "Bob, just now, boosted by alice, content note: surgery"


def test_what_a_viewer_may_do() -> None:
    private = replace(POST, visibility=Visibility.DIRECT)
    assert views.post_view(Item(), SCENE).offers_boost
    assert not views.post_view(Item(private), SCENE).offers_boost
    assert not views.post_view(Item(), replace(SCENE, viewer_id=None)).offers_boost
    assert views.post_view(Item(), replace(SCENE, viewer_id=BOB.id)).is_mine


def test_an_excerpt_says_something_always() -> None:
    assert views.post_view(Item(), SCENE).excerpt == "Hi"
    blank = replace(POST, content=SafeHtml(""))
    assert views.post_view(Item(blank), SCENE).excerpt == "A post without words"
    assert len(words.excerpt("word " * 100)) <= 200


def test_devices_have_names() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36"
    assert words.device(agent) == "Chrome on Linux"
    assert words.device("Mozilla/5.0 (iPhone) Safari/600") == "Safari on iPhone"
    assert words.device("curl/8") == "A program"


def test_rx21_replies_become_a_tree_even_in_a_circle() -> None:
    def reply(number: int, to: int, *, is_gone: bool = False) -> tuple[Post, Head | None]:
        post = replace(POST, id=RowId(number), in_reply_to_id=RowId(to))
        return post, None if is_gone else head(views.post_view(Item(post), SCENE))

    tree = branching.branches([reply(10, 9), reply(11, 10), reply(12, 9), reply(13, 99)])
    assert [branch.html for branch in tree] == [hole("p10"), hole("p12"), hole("p13")]
    assert [branch.html for branch in tree[0].children] == [hole("p11")]
    circle = branching.branches([reply(20, 21), reply(21, 20)])
    assert sum(1 for branch in circle) == 1
    gone = branching.branches(
        [reply(30, 9, is_gone=True), reply(31, 30), reply(32, 9, is_gone=True)]
    )
    assert [branch.html for branch in gone] == [""]
    assert [branch.html for branch in gone[0].children] == [hole("p31")]


def test_a_group_is_one_sentence() -> None:
    liked = Notification(RowId(5), ALICE.id, NotificationKind.LIKE, BOB.id, POST.id, NOW)

    @dataclass(frozen=True)
    class Group:
        kind: NotificationKind = NotificationKind.LIKE
        post: AboutPost | None = None
        actors: tuple[Actor, ...] = (BOB, ALICE, replace(BOB, id=RowId(3)))
        newest: Notification = liked
        is_unread: bool = True

    shown = told.group_view(Group(), SCENE)
    assert (shown.sentence, shown.others, len(shown.named)) == ("favourited your post", 1, 2)
    assert not shown.shows_words


@pytest.mark.parametrize("kind", list(NotificationKind))
def test_each_kind_of_notification_has_words(kind: NotificationKind) -> None:
    assert kind in told._NOTES


def test_every_visibility_has_words() -> None:
    for visibility in Visibility:
        assert words.SEEN_BY[visibility]
        assert words.AUDIENCE_ICONS[visibility]
    assert [value for value, _ in words.AUDIENCES] == [each.value for each in Visibility]
    assert [value for value, *_ in words.AUDIENCE_HINTS] == [each.value for each in Visibility]


def test_the_first_language_we_offer() -> None:
    assert languages.preferred("tlh, pt-BR;q=0.9, en") == "pt"
    assert languages.preferred("") == "en"
    assert languages.preferred("*;q=x,\xff") == "en"


def test_large_numbers_are_grouped() -> None:
    assert [bytes(any_number(each)) for each in (0, 999, 100_000)] == [b"0", b"999", b"100,000"]
