"""Posts from notes and notes from posts, and the way between two of our own servers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from federation import parsing, serializing
from federation.addresses import Addresses
from federation.vocabulary import (
    PUBLIC,
    Attachment,
    EmojiTag,
    HashtagTag,
    MentionTag,
    Note,
    Poll,
    PollOption,
)
from instance.errors import Invalid
from posts.activitystreams import edited, named_uris, note_from_post, post_from_note
from posts.text import clean_html
from storage.records import (
    Actor,
    ActorKind,
    ActorUri,
    Emoji,
    Mention,
    Post,
    RowId,
    SafeHtml,
    Visibility,
)
from storage.records import Attachment as StoredAttachment
from storage.records import Poll as StoredPoll
from storage.records import PollOption as StoredPollOption

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESSES = Addresses("https://home.test")
FOLLOWERS = "https://far.test/users/bob/followers"

BOB = Actor(
    id=RowId(2),
    uri=ActorUri("https://far.test/users/bob"),
    username="bob",
    host="far.test",
    kind=ActorKind.PERSON,
    inbox_url="https://far.test/users/bob/inbox",
    created_at=NOW,
    url="https://far.test/@bob",
    followers_url=FOLLOWERS,
)
ALICE = Actor(
    id=RowId(1),
    uri=ActorUri("https://home.test/actors/1"),
    username="alice",
    host=None,
    kind=ActorKind.PERSON,
    inbox_url="https://home.test/actors/1/inbox",
    created_at=NOW,
    url="https://home.test/@alice",
)


def make_note(**more: Any) -> Note:
    fields: dict[str, Any] = {
        "id": "https://far.test/notes/1",
        "type": "Note",
        "attributed_to": BOB.uri,
        "content": "<p>hi</p>",
        "to": (PUBLIC,),
        "cc": (FOLLOWERS,),
        "published": NOW - timedelta(hours=1),
    }
    return Note(**(fields | more))


def read(people: dict[str, Actor] | None = None, **more: Any) -> Post:
    return post_from_note(make_note(**more), id=RowId(9), author=BOB, now=NOW, people=people)


# ---------------------------------------------------------------- who may read it


@pytest.mark.parametrize(
    ("to", "cc", "visibility"),
    [
        ((PUBLIC,), (FOLLOWERS,), Visibility.PUBLIC),
        (("as:Public",), (), Visibility.PUBLIC),
        ((FOLLOWERS,), (PUBLIC,), Visibility.UNLISTED),
        ((), ("as:Public",), Visibility.UNLISTED),
        ((FOLLOWERS,), (), Visibility.FOLLOWERS),
        ((), (FOLLOWERS, ALICE.uri), Visibility.FOLLOWERS),
        ((ALICE.uri,), (), Visibility.DIRECT),
        ((), (), Visibility.DIRECT),
        (("https://evil.test/users/bob/followers",), (), Visibility.DIRECT),
        (("https://far.test/#Public",), (), Visibility.DIRECT),
    ],
)
def test_e79_visibility_from_the_addresses(
    to: tuple[str, ...], cc: tuple[str, ...], visibility: Visibility
) -> None:
    assert read(to=to, cc=cc).visibility is visibility


def test_e79_without_a_known_followers_collection_a_post_is_direct() -> None:
    author = replace(BOB, followers_url=None)
    post = post_from_note(make_note(to=(FOLLOWERS,), cc=()), id=RowId(9), author=author, now=NOW)
    assert post.visibility is Visibility.DIRECT


# ---------------------------------------------------------------- words


def test_hx1_content_is_cleaned() -> None:
    assert read(content="<p onclick=x>a<script>b</script></p>").content == "<p>a</p>"


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown; charset=utf-8"])
def test_e100_plain_text_and_markdown_are_no_markup(media_type: str) -> None:
    post = read(content="a <b>\n\n*c* https://x.test", media_type=media_type)
    assert post.content.startswith("<p>a &lt;b&gt;</p><p>*c* <a href=")


def test_e98_a_summary_is_a_warning_and_sensitive_stands_apart() -> None:
    post = read(summary="<b>Spoiler</b>\n&amp; more")
    assert (post.summary, post.is_sensitive) == ("Spoiler & more", False)
    assert read(is_sensitive=True).summary == ""
    assert read(is_sensitive=True).is_sensitive
    assert read(summary=None).summary == ""


def test_hx2_a_warning_is_plain_text_and_cut() -> None:
    assert read(summary="<script>x</script><img src=x onerror=y>careful").summary == "careful"
    assert len(read(summary="a" * 100_000).summary) == 500


@pytest.mark.parametrize("kind", ["Article", "Page", "Event", "Video", "Audio", "Image"])
def test_e98_e103_articles_have_titles_and_their_summary_is_no_warning(kind: str) -> None:
    post = read(type=kind, name="A\ntitle", summary="about", url="https://far.test/a")
    assert (post.kind, post.title, post.summary) == (kind, "A title", "")
    assert post.url == "https://far.test/a"
    assert post.content == "<p>hi</p>"
    assert read(type=kind, content="", summary="<p>about</p>").content == "<p>about</p>"


def test_a_sensitive_video_warns_with_its_summary() -> None:
    """PeerTube says in `summary` why a video is sensitive."""
    post = read(type="Video", name="v", summary="violence", is_sensitive=True)
    assert post.summary == "violence"


def test_a_name_of_a_note_is_no_title() -> None:
    assert read(name="vote").title == ""


@pytest.mark.parametrize(("given", "kept"), [("en", "en"), ("EN-us", "en-US"), ("!", None)])
def test_e99_language(given: str, kept: str | None) -> None:
    assert read(language=given).language == kept


def test_rx15_content_is_bounded() -> None:
    assert len(read(content="<p>" + "a" * 1_000_000).content) < 70_000


# ---------------------------------------------------------------- times and addresses


def test_fl4_times_are_not_after_now() -> None:
    future = datetime(9999, 1, 1, tzinfo=UTC)
    assert read(published=future).created_at == NOW
    assert read(published=None).created_at == NOW
    assert read(published=datetime(1, 1, 1, tzinfo=UTC)).created_at.year == 1970
    assert read(updated=future).edited_at == NOW
    assert read(updated=NOW - timedelta(hours=2)).edited_at is None


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://far.test", "https://a@b.test"]
)
def test_hx4_other_urls_are_dropped(url: str) -> None:
    post = read(url=url, in_reply_to=url, attachments=(Attachment("Image", url),))
    assert (post.url, post.in_reply_to_uri, post.attachments) == (None, None, ())


def test_an_id_that_is_no_address_is_refused() -> None:
    with pytest.raises(Invalid):
        read(id="urn:uuid:1")


def test_the_parent_and_the_conversation() -> None:
    """A182: what is answered has the last word about the conversation."""
    parent = replace(read(), id=RowId(5), actor_id=RowId(1), conversation="tag:home.test,2026:c")
    note = make_note(in_reply_to="https://home.test/posts/5", context="tag:far.test,2026:d")
    post = post_from_note(note, id=RowId(9), author=BOB, now=NOW, parent=parent)
    assert post.in_reply_to_uri == "https://home.test/posts/5"
    assert (post.in_reply_to_id, post.in_reply_to_actor_id) == (5, 1)
    assert post.conversation == "tag:home.test,2026:c"
    orphan = post_from_note(note, id=RowId(9), author=BOB, now=NOW)
    assert orphan.conversation == "tag:far.test,2026:d"


def test_a182_a_first_post_names_only_conversations_of_its_own_host() -> None:
    """A182: nobody puts a post of theirs into the conversations of others by a name alone."""
    own = f"tag:{urlsplit(make_note().id).hostname},2026:c"
    assert read(conversation=own).conversation == own
    for stranger in ("tag:home.test,2026:c", "https://home.test/posts/5/context"):
        assert read(conversation=stranger).conversation == make_note().id


# ---------------------------------------------------------------- tags


def test_e82_mentions_by_id_profile_page_or_name() -> None:
    people = {ALICE.uri: ALICE, "https://home.test/@alice": ALICE, "alice@home.test": ALICE}
    for tag in (
        MentionTag(ALICE.uri, "@alice"),
        MentionTag("https://home.test/@alice", "@alice@home.test"),
        MentionTag(None, "@Alice@home.test"),
    ):
        assert read(people, mentions=(tag,)).mentions == (Mention(ALICE.uri, "alice", ALICE.id),)
    assert read(mentions=(MentionTag(None, "@nobody"),)).mentions == ()
    unknown = read(mentions=(MentionTag("https://x.test/u", "@u@x.test"),)).mentions
    assert unknown == (Mention(ActorUri("https://x.test/u"), "u@x.test"),)


def test_e96_somebody_named_twice_is_mentioned_once() -> None:
    tags = (MentionTag(ALICE.uri, "@alice"), MentionTag(ALICE.uri, "@alice@home.test"))
    assert len(read({ALICE.uri: ALICE}, mentions=tags).mentions) == 1


def test_e83_an_address_alone_is_no_mention() -> None:
    people = {str(ALICE.uri): ALICE}
    assert read(people, cc=(FOLLOWERS, ALICE.uri)).mentions == ()
    assert read(people, to=(FOLLOWERS, ALICE.uri), cc=()).mentions == ()


def test_e83_a_direct_post_is_for_those_it_is_addressed_to() -> None:
    """E83, B37: one person is named by it; several are some of the author's followers."""
    post = read({ALICE.uri: ALICE}, to=(ALICE.uri,), cc=())
    assert post.mentions == (Mention(ALICE.uri, "alice", ALICE.id),)
    post = read({ALICE.uri: ALICE}, to=(ALICE.uri, "https://x.test/unknown"), cc=())
    assert post.mentions == (Mention(ALICE.uri, "alice", ALICE.id, is_silent=True),)


def test_rx12_mentions_and_names_are_bounded() -> None:
    tags = tuple(MentionTag(f"https://x.test/{n}", f"@{n}") for n in range(2000))
    assert len(read(mentions=tags).mentions) == 50
    to = tuple(f"https://x.test/{n}" for n in range(2000))
    assert len(named_uris(make_note(to=to, mentions=tags))) == 600
    assert PUBLIC not in named_uris(make_note())


def test_e95_hashtags_are_folded_and_bounded() -> None:
    tags = (HashtagTag("#Été"), HashtagTag("été"), HashtagTag("123"), HashtagTag("a b"))
    assert read(hashtags=tags).hashtags == ("été",)
    many = tuple(HashtagTag(f"t{n}") for n in range(2000))
    assert len(read(hashtags=many).hashtags) == 64


def test_hx5_emoji_names_are_letters_digits_and_underscores() -> None:
    tags = (
        EmojiTag(":blobcat:", "https://far.test/b.png"),
        EmojiTag("<img>", "https://far.test/b.png"),
        EmojiTag("x", "javascript:alert(1)"),
        EmojiTag("blobcat", "https://far.test/other.png"),
    )
    assert read(emojis=tags).emojis == (Emoji("blobcat", "https://far.test/b.png"),)


# ---------------------------------------------------------------- attachments and polls


@pytest.mark.parametrize(
    ("type_name", "media_type", "end", "kind"),
    [
        ("Document", "image/png", "a", "image"),
        ("Document", None, "a.JPG?x=1", "image"),
        ("Image", None, "a", "image"),
        ("Video", None, "a", "video"),
        ("Document", "video/mp4", "a", "video"),
        ("Audio", "audio/ogg", "a", "audio"),
        ("Document", "text/html", "a", "unknown"),
        ("Image", "image/svg+xml", "a", "unknown"),
        ("Image", None, "a.svg", "unknown"),
        ("Image", "image/heic", "a", "unknown"),
        ("Document", "nonsense", "a", "unknown"),
    ],
)
def test_e112_e120_kinds_of_attachments(
    type_name: str, media_type: str | None, end: str, kind: str
) -> None:
    claim = Attachment(type_name, f"https://far.test/{end}", media_type)
    assert read(attachments=(claim,)).attachments[0].kind == kind


def test_e115_sizes_hashes_and_points_are_bounded() -> None:
    claim = Attachment(
        "Image",
        "https://far.test/a.png",
        "image/png",
        description="alt\x00 text",
        width=0,
        height=10**9,
        blurhash="<script>",
        focal_point=(-7.0, float("nan")),
        duration_s=float("inf"),
        is_sensitive=True,
    )
    kept = read(attachments=(claim,)).attachments[0]
    assert (kept.width, kept.height, kept.blurhash, kept.duration_s) == (None, None, None, None)
    assert kept.focal_point == (-1.0, 0.0)
    assert kept.description == "alt text"
    assert kept.is_sensitive


def test_e119_rx14_up_to_16_attachments() -> None:
    claims = tuple(Attachment("Image", f"https://far.test/{n}.png") for n in range(100))
    assert len(read(attachments=claims).attachments) == 16
    assert len(read(attachments=claims[:1] * 5).attachments) == 1


def test_rx13_polls_are_bounded() -> None:
    options = tuple(PollOption("<b>o</b>" + "x" * 1000, votes=-5) for _ in range(20_000))
    poll = read(type="Question", poll=Poll(options, is_multiple=True, voters=10**12)).poll
    assert poll is not None
    assert len(poll.options) == 20
    assert poll.options[0].votes == 0
    assert len(poll.options[0].text) == 200
    assert poll.voters == 2**31 - 1
    assert read(type="Question", poll=Poll((), is_multiple=False)).poll is None


def test_interop_12_a_poll_ends_when_it_says_or_was_closed() -> None:
    end, closed = NOW + timedelta(days=1), NOW
    option = (PollOption("a"),)
    poll = read(poll=Poll(option, is_multiple=False, ends_at=end, closed_at=closed)).poll
    assert poll is not None
    assert poll.ends_at == closed


# ---------------------------------------------------------------- edits


def test_pv16_an_edit_changes_words_but_never_widens() -> None:
    known = read(to=(FOLLOWERS,), cc=())
    fresh = read(content="<p>new</p>", updated=NOW, type="Article")
    after = edited(known, replace(fresh, id=RowId(77)))
    assert (after.content, after.edited_at) == ("<p>new</p>", NOW)
    assert (after.id, after.created_at, after.kind) == (known.id, known.created_at, "Note")
    assert after.visibility is Visibility.FOLLOWERS


def test_an_edit_may_narrow_but_not_by_saying_nothing() -> None:
    known = read()
    assert edited(known, read(to=(FOLLOWERS,), cc=())).visibility is Visibility.FOLLOWERS
    assert edited(known, read(to=(), cc=())).visibility is Visibility.PUBLIC
    to_alice = read({str(ALICE.uri): ALICE}, to=(ALICE.uri,), cc=())
    assert edited(known, to_alice).visibility is Visibility.DIRECT


def test_e105_an_update_without_published_is_dated_all_the_same() -> None:
    fresh = read(published=None, updated=NOW - timedelta(minutes=5))
    assert fresh.edited_at == NOW - timedelta(minutes=5)


# ---------------------------------------------------------------- out, and in again


def local_post(**more: Any) -> Post:
    fields: dict[str, Any] = {
        "id": RowId(50),
        "uri": ADDRESSES.post(50),
        "actor_id": ALICE.id,
        "visibility": Visibility.PUBLIC,
        "created_at": NOW,
        "content": clean_html("<p>hi</p>"),
        "source": "hi",
        "is_local": True,
        "conversation": "https://home.test/posts/50#conversation",
    }
    return Post(**(fields | more))


TO_BOB = (Mention(BOB.uri, "bob@far.test", BOB.id),)
HERS = ADDRESSES.followers(1)


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        (Visibility.PUBLIC, (PUBLIC,), (HERS, BOB.uri)),
        (Visibility.UNLISTED, (HERS,), (PUBLIC, BOB.uri)),
        (Visibility.FOLLOWERS, (HERS,), (BOB.uri,)),
        (Visibility.DIRECT, (BOB.uri,), ()),
    ],
)
def test_e79_addresses_from_the_visibility(
    visibility: Visibility, to: tuple[str, ...], cc: tuple[str, ...]
) -> None:
    post = local_post(visibility=visibility, mentions=TO_BOB)
    note = note_from_post(post, ALICE, addresses=ADDRESSES)
    assert (note.to, note.cc) == (to, cc)


def test_e97_tags_have_absolute_addresses_and_full_handles() -> None:
    mentions = (Mention(ALICE.uri, "alice", ALICE.id), *TO_BOB)
    note = note_from_post(
        local_post(mentions=mentions, hashtags=("été",)), ALICE, addresses=ADDRESSES
    )
    assert note.mentions == (
        MentionTag("https://home.test/actors/1", "@alice@home.test"),
        MentionTag("https://far.test/users/bob", "@bob@far.test"),
    )
    assert note.hashtags == (HashtagTag("été", "https://home.test/tags/%C3%A9t%C3%A9"),)


def test_interop_6_15_content_stands_twice_and_edits_are_dated() -> None:
    note = note_from_post(local_post(language="de", edited_at=NOW), ALICE, addresses=ADDRESSES)
    assert (note.content, note.content_by_language) == ("<p>hi</p>", {"de": "<p>hi</p>"})
    assert note.updated == NOW
    assert note.url == "https://home.test/@alice/50"
    assert note.replies == "https://home.test/posts/50/replies"
    assert note_from_post(local_post(), ALICE, addresses=ADDRESSES).updated is None


@pytest.mark.parametrize("visibility", sorted({*Visibility} - {Visibility.LOCAL}))
def test_what_one_of_us_says_another_of_us_understands(visibility: Visibility) -> None:
    """note_from_post -> document -> parse -> post_from_note keeps what matters."""
    said = local_post(
        visibility=visibility,
        content=SafeHtml("<p>hi <strong>you</strong><br>#Été &amp; <em>x</em></p>"),
        summary="careful & calm",
        is_sensitive=True,
        language="pt-BR",
        url=ADDRESSES.post_page("alice", 50),
        in_reply_to_uri="https://far.test/notes/1",
        mentions=TO_BOB,
        hashtags=("été",),
        emojis=(Emoji("cat", "https://home.test/media/c.png"),),
        attachments=(
            StoredAttachment(
                url="https://home.test/media/a.webp",
                media_type="image/webp",
                kind="image",
                description="a blue field",
                width=320,
                height=200,
                blurhash="L04p@BkYfQkYp1fQfQfQfQfQfQfQ",
                focal_point=(0.5, -0.25),
            ),
        ),
        edited_at=NOW + timedelta(minutes=5),
    )
    document = serializing.note_document(note_from_post(said, ALICE, addresses=ADDRESSES))
    remote_alice = replace(ALICE, id=RowId(300), host="home.test", followers_url=HERS)
    heard = post_from_note(
        parsing.parse_note(document),
        id=RowId(900),
        author=remote_alice,
        now=NOW + timedelta(hours=1),
        people={str(BOB.uri): BOB},
    )
    expected = replace(
        said,
        id=RowId(900),
        actor_id=RowId(300),
        source="",
        is_local=False,
        replies_url=ADDRESSES.replies(said.id),
        context_uri=heard.context_uri,
        conversation=heard.conversation,
        policy=heard.policy,
    )
    assert heard == expected


def test_a_poll_of_ours_is_understood() -> None:
    options = (StoredPollOption("a", 1), StoredPollOption("b", 2))
    poll = StoredPoll(options, is_multiple=True, ends_at=NOW + timedelta(days=1), voters=3)
    note = note_from_post(local_post(kind="Question", poll=poll), ALICE, addresses=ADDRESSES)
    heard = post_from_note(
        parsing.parse_note(serializing.note_document(note)), id=RowId(1), author=ALICE, now=NOW
    )
    assert heard.poll == poll
    assert heard.kind == "Question"
