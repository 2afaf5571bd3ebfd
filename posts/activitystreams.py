"""Post record <-> Note, Question, Article and the like. Pure.

https://www.w3.org/TR/activitypub/ and https://docs.joinmastodon.org/spec/activitypub/#status
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from actors.activitystreams import domain_of, emoji_claims, emojis_of, not_after
from actors.links import web_link
from federation import addressing, origin
from federation import vocabulary as v
from federation.addresses import Addresses
from instance.errors import Invalid
from posts.attachments import attachment_claims, attachments_of, poll_claim, poll_of
from posts.consent_claims import policy_claim, policy_of
from posts.details import details_of, link_claims
from posts.quotes import fallback, without_fallback
from posts.text import (
    clean_html,
    clean_line,
    fold_hashtag,
    is_hashtag,
    language_tag,
    plain_text,
    render_plain,
)
from posts.visibility import WIDE, held_back, let_in, narrower
from storage.records import (
    Actor,
    ActorKind,
    ActorUri,
    Mention,
    Post,
    QuoteState,
    RowId,
    SafeHtml,
    Visibility,
)

NOTE_LETTERS_MAX = 500
TITLE_LETTERS_MAX = 300
HASHTAGS_MAX = 64
MENTIONS_MAX = 50
ADDRESSES_MAX = 600
_ID_LETTERS_MAX = 2048
_HANDLE_LETTERS_MAX = 320

# E98: their `summary` is a warning. In an Article it is what the text is about.
_WARNED_TYPES = frozenset({"Note", "Question"})
_SPOKEN: dict[Visibility, addressing.Visibility] = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "followers",
    Visibility.DIRECT: "direct",
}


def named_uris(note: v.Note) -> list[str]:
    """Ids of the actors that a note mentions or is addressed to; bounded (RX-12)."""
    hrefs = [tag.href for tag in note.mentions[:MENTIONS_MAX] if tag.href]
    addressed = [uri for uri in (*note.to, *note.cc) if not addressing.is_public(uri)]
    return list(dict.fromkeys([*hrefs, *addressed]))[:ADDRESSES_MAX]


def post_from_note(
    note: v.Note,
    *,
    id: RowId,  # noqa: A002 - named as the field of the record
    author: Actor,
    now: datetime,
    people: Mapping[str, Actor] | None = None,
    parent: Post | None = None,
) -> Post:
    """A remote note as we keep it: cleaned, bounded, its visibility read from its addresses.

    Whether `author` may say this is the caller's business. `people`: the actors we know among
    `named_uris(note)`, by what the note calls them. `parent`: the post it answers, if we have it.
    Raises `Invalid` for an id that cannot be linked to.
    """
    if web_link(note.id) is None or len(note.id) > _ID_LETTERS_MAX:
        raise Invalid("This post has no usable id.")
    people = people or {}
    visibility = Visibility(addressing.visibility(note.to, note.cc, author.followers_url))
    is_warning = note.type in _WARNED_TYPES or note.is_sensitive
    post = Post(
        id=id,
        uri=note.id,
        actor_id=author.id,
        visibility=visibility,
        created_at=not_after(note.published or note.updated, now),
        content=_content(note, is_summary_shown=not is_warning),
        summary=clean_line(plain_text(note.summary or ""), NOTE_LETTERS_MAX) if is_warning else "",
        title="" if note.type in _WARNED_TYPES else clean_line(note.name, TITLE_LETTERS_MAX),
        kind=note.type if note.type in v.POST_TYPES else "Note",
        is_sensitive=note.is_sensitive,
        language=language_tag(note.language),
        url=web_link(note.url) if note.url else None,
        in_reply_to_uri=_linkable(note.in_reply_to),
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_actor_id=parent.actor_id if parent else None,
        conversation=_conversation(note, parent),
        audience=_group(note, people),
        attachments=attachments_of(note.attachments),
        mentions=_mentions(note, visibility, people),
        hashtags=_hashtags(note),
        emojis=emojis_of(note.emojis),
        poll=poll_of(note.poll),
        details=details_of(note),
        edited_at=_edited_at(note, now),
        replies_url=_replies_url(note),
        context_uri=_linkable(note.context or note.context_history),
    )
    return _with_consent(post, note, author)


def _with_consent(post: Post, note: v.Note, author: Actor) -> Post:
    """The post with what it lets others do, what it quotes, and who let it be an answer."""
    quoted = _quoted(note)
    return replace(
        post,
        policy=policy_of(note.policy, author),
        approval_uri=_linkable(note.reply_authorization),
        quote_uri=quoted,
        quote_state=QuoteState.PENDING if quoted else None,
        quote_approval_uri=_linkable(note.quote_authorization),
    )


def edited(known: Post, fresh: Post) -> Post:
    """A stored post after an Update: `fresh` is `post_from_note` of the new document.

    What identifies it stays, and an edit never shows a post to more people (PV-16). One that is
    addressed to nobody says nothing about who may see it.
    """
    says_nothing = fresh.visibility is Visibility.DIRECT and not fresh.mentions
    stood = let_in(known).visibility
    quote = known if fresh.quote_uri == known.quote_uri else fresh
    after = replace(
        fresh,
        id=known.id,
        uri=known.uri,
        actor_id=known.actor_id,
        kind=known.kind,
        created_at=known.created_at,
        visibility=stood if says_nothing else narrower(stood, fresh.visibility),
        is_local=known.is_local,
        in_reply_to_uri=known.in_reply_to_uri,
        in_reply_to_id=known.in_reply_to_id,
        in_reply_to_actor_id=known.in_reply_to_actor_id,
        conversation=known.conversation or fresh.conversation,
        audience=known.audience or fresh.audience,
        reactions=known.reactions,
        in_bubble=known.in_bubble,
        approval_uri=fresh.approval_uri or known.approval_uri,
        quote_id=quote.quote_id,
        quote_state=quote.quote_state,
        quote_approval_uri=fresh.quote_approval_uri or quote.quote_approval_uri,
    )
    return after if known.held is None else held_back(after)


def note_from_post(post: Post, author: Actor, *, addresses: Addresses) -> v.Note:
    """A local post as other servers read it; addresses follow its visibility and mentions.

    One that is held is written as it will stand: only who is asked to let it in gets it.
    """
    post = let_in(_sealed(post, addresses))
    to, cc = _recipients(post, author, addresses)
    quoted = post.quote_uri if post.quote_state is not QuoteState.REJECTED else None
    content = post.content + (fallback(quoted) if quoted else "")
    by_language = {post.language: content} if post.language else {}
    return v.Note(
        id=post.uri,
        type="Question" if post.poll else post.kind,
        attributed_to=author.uri,
        content=content,
        # INTEROP 6 and 15: the language travels in contentMap, and content stands besides it.
        content_by_language=by_language,
        language=post.language,
        name=post.title,
        summary=post.summary or None,
        is_sensitive=post.is_sensitive,
        in_reply_to=post.in_reply_to_uri,
        conversation=post.conversation,
        context=post.context_uri or _own_context(post, addresses),
        to=to,
        cc=cc,
        audience=(post.audience,) if post.audience is not None else (),
        published=post.created_at,
        # E105: set on every edit, or Mastodon drops the text.
        updated=post.edited_at,
        url=post.url or addresses.post_page(author.username, post.id),
        attachments=attachment_claims(post.attachments),
        mentions=tuple(_mention_tag(mention, addresses) for mention in post.named),
        hashtags=_hashtag_tags(post, addresses),
        emojis=emoji_claims(post.emojis, addresses),
        poll=poll_claim(post.poll),
        links=link_claims(post),
        source=post.source or None,
        source_media_type=post.source_type.value if post.source else None,
        replies=addresses.replies(post.id),
        likes=addresses.likes(post.id),
        shares=addresses.shares(post.id),
        quote=quoted,
        quote_authorization=post.quote_approval_uri
        if post.quote_state is QuoteState.ACCEPTED
        else None,
        reply_authorization=post.approval_uri,
        policy=policy_claim(post, author, addresses=addresses),
    )


def _recipients(
    post: Post, author: Actor, addresses: Addresses
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    followers_url = author.followers_url or addresses.followers(author.id)
    # E79, and E89: nobody is addressed whom the post does not name, or is not for (B37).
    named = (str(mention.uri) for mention in post.addressed)
    if post.visibility is Visibility.LOCAL:  # B36: it is for no other server
        return (), ()
    to, cc = addressing.recipients(_SPOKEN[post.visibility], followers_url, named)
    if post.audience is not None and post.audience not in (*to, *cc):
        cc = (*cc, post.audience)  # FEP-1b12: a group takes what is addressed to it
    return to, cc


def _sealed(post: Post, addresses: Addresses) -> Post:
    """A post with its files as other servers find them, as it stands now (MD-12)."""
    if post.visibility in WIDE or not post.attachments:
        return post
    found = (replace(each, url=addresses.delivered_file(each.url)) for each in post.attachments)
    return replace(post, attachments=tuple(found))


def _hashtag_tags(post: Post, addresses: Addresses) -> tuple[v.HashtagTag, ...]:
    pages = ((name, addresses.hashtag_page(quote(name, safe=""))) for name in post.hashtags)
    return tuple(v.HashtagTag(name, page) for name, page in pages)


def _own_context(post: Post, addresses: Addresses) -> str | None:
    """FEP-7888: a conversation that began here is the collection of its posts."""
    return addresses.context(post.id) if post.in_reply_to_uri is None else None


def _content(note: v.Note, *, is_summary_shown: bool) -> SafeHtml:
    if note.content.strip():
        kind = note.media_type.split(";", 1)[0].strip().lower()
        # Of a picture or film it may be the type of that, and says nothing about the words.
        if kind == "text/html" or not kind.startswith("text/"):
            said = without_fallback(note.content) if _quoted(note) else note.content
            return clean_html(said)
        # E100: Markdown is meant to be readable as it is.
        return render_plain(note.content)
    if note.source:
        return render_plain(note.source)  # A13: better than a post without words
    return clean_html(note.summary or "") if is_summary_shown else SafeHtml("")


def _conversation(note: v.Note, parent: Post | None) -> str:
    """The name of the conversation: that of the post that is answered, if we have it (A182).

    Else what the note says; of a first post only a name that its own host may give.
    """
    if parent is not None:
        return parent.conversation or parent.uri
    claimed = (note.conversation or note.context or "")[:_ID_LETTERS_MAX]
    if claimed and (note.in_reply_to or _is_name_of_host(claimed, note.id)):
        return claimed
    return note.in_reply_to or note.id


def _is_name_of_host(name: str, uri: str) -> bool:
    """Whether a host may name its conversation so: an address of its own, or a tag: (RFC 4151)."""
    if name.startswith("tag:"):
        return name.removeprefix("tag:").split(",", 1)[0].lower() == origin.split(uri).host
    return origin.same_origin(name, uri)


def _replies_url(note: v.Note) -> str | None:
    """Where the answers are listed; only the post's own server says that."""
    return note.replies if note.replies and origin.same_origin(note.replies, note.id) else None


def _mentions(
    note: v.Note, visibility: Visibility, people: Mapping[str, Actor]
) -> tuple[Mention, ...]:
    found: dict[str, Mention] = {}
    for tag in note.mentions:
        mention = _mention(tag, people)
        if mention is not None and len(found) < MENTIONS_MAX:
            found.setdefault(mention.uri, mention)  # E96: named twice, told once
    if visibility is Visibility.DIRECT:
        # Some servers address a direct post without a Mention tag: it is for that person all the
        # same. In wider posts an address alone is no mention (E83).
        untagged = [uri for uri in named_uris(note) if uri not in (*found, note.attributed_to)]
        # Several at once are some followers of the author, chosen for this post (B37): how many
        # there are elsewhere does not matter here.
        is_silent = not found and len(untagged) > 1
        for uri in untagged:
            actor = people.get(uri)
            if actor is not None and (
                actor.host is None if is_silent else len(found) < MENTIONS_MAX
            ):
                mention = replace(_mention_of(actor), is_silent=is_silent)
                found.setdefault(actor.uri, mention)
    return tuple(found.values())


def _mention(tag: v.MentionTag, people: Mapping[str, Actor]) -> Mention | None:
    name = clean_line(tag.name, _HANDLE_LETTERS_MAX).removeprefix("@")
    # E82: by id, by profile page, or by name alone.
    actor = people.get(tag.href or "") or people.get(name.lower())
    if actor is not None:
        return _mention_of(actor)
    uri = _linkable(tag.href)
    return Mention(ActorUri(uri), name) if uri else None


def _group(note: v.Note, people: Mapping[str, Actor]) -> str | None:
    """E88: the group that a post was posted to (FEP-1b12), as it says; kept as it is.

    Some versions of Lemmy name it in `to` or `cc` alone.
    """
    said = next((uri for uri in note.audience if uri != v.PUBLIC and _linkable(uri)), None)
    groups = {actor.uri for actor in people.values() if actor.kind is ActorKind.GROUP}
    return said or next((uri for uri in (*note.to, *note.cc) if uri in groups), None)


def _quoted(note: v.Note) -> str | None:
    """What a note quotes; nothing quotes itself."""
    return _linkable(note.quote) if note.quote != note.id else None


def _linkable(uri: str | None) -> str | None:
    """An id of something, letter by letter as it was given, when it is a web address at all."""
    return uri if uri and web_link(uri) else None


def _mention_of(actor: Actor) -> Mention:
    handle = actor.username if actor.host is None else f"{actor.username}@{actor.host}"
    return Mention(actor.uri, handle, actor.id)


def _hashtags(note: v.Note) -> tuple[str, ...]:
    folded = (fold_hashtag(tag.name) for tag in note.hashtags)
    return tuple(dict.fromkeys(name for name in folded if is_hashtag(name)))[:HASHTAGS_MAX]


def _edited_at(note: v.Note, now: datetime) -> datetime | None:
    if note.updated is None or (note.published and note.updated <= note.published):
        return None
    return not_after(note.updated, now)


def _mention_tag(mention: Mention, addresses: Addresses) -> v.MentionTag:
    handle = mention.handle if "@" in mention.handle else f"{mention.handle}@{domain_of(addresses)}"
    return v.MentionTag(href=mention.uri, name=f"@{handle}")
