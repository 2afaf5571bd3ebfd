"""What a post quotes, and what its author lets its reader do, as the pages show it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from markupsafe import Markup

from actors.links import web_link
from feeds.items import FullItem
from posts import policies
from posts.policies import Standing, Verdict
from posts.text import plain_text
from posts.visibility import WIDE
from storage.records import (
    IS_FOLLOWED,
    IS_FOLLOWER,
    IS_NAMED,
    MAY_HIDE,
    MAY_UNQUOTE,
    Act,
    Actor,
    Group,
    Policy,
    Post,
    QuoteState,
    Sight,
)
from webapp.pages import here, richtext, words
from webapp.pages.attached import picture_view
from webapp.pages.people import ActorView, Scene, actor_path, actor_view

LONG_BYTES = 4000
EXCERPT_LETTERS = 400
_GROUPS = frozenset(group.value for group in Group)

CHOICES = (
    ("everybody", "Everybody"),
    ("followers", "My followers"),
    ("followed", "People I follow"),
    ("mentioned", "People I mention"),
    ("nobody", "Nobody but me"),
    ("nobody+", "Everybody, after I agree"),
    ("followers+", "My followers; others after I agree"),
    ("followed+", "People I follow; others after I agree"),
    ("mentioned+", "People I mention; others after I agree"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the form in which one writes: who may do this."""

    name: str
    label: str
    chosen: str
    choices: tuple[tuple[str, str], ...] = CHOICES


@dataclass(frozen=True, slots=True)
class QuoteView:
    """What a post quotes: with an author it is shown, else there are only words about it."""

    words: str = ""
    link: str = ""
    author: ActorView | None = None
    path: str = ""
    day: str = ""
    content: Markup | None = None
    shown_summary: Markup | None = None
    language: str | None = None
    media: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a reader may not do to a post, each with its reason, and what only a few may do."""

    no_reply: str = ""
    no_like: str = ""
    no_boost: str = ""
    no_quote: str = ""
    may_hide: bool = False
    may_unquote: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """Both of a post, and whom it waits for where it is not let in."""

    quote: QuoteView | None = None
    consent: Consent = Consent()
    waits_for: str = ""


def consent(post: Sight, viewer_id: int | None) -> Consent:
    """What this reader may do to a post; it is one of few, and part of the key of a rendering."""
    if viewer_id is None or post.author_id == viewer_id:
        return _NOTHING_BARRED
    if not post.policy and not post.power and post.visibility in WIDE:
        return _NOTHING_BARRED
    return _consent(post.policy, post.visibility, post.closeness, post.power)


_NOTHING_BARRED = Consent()


@lru_cache(maxsize=2048)
def _consent(policy_json: str, visibility: str, closeness: int, power: int) -> Consent:
    policy = msgspec.json.decode(policy_json, type=Policy) if policy_json else None
    who = Standing(
        is_named=bool(closeness & IS_NAMED),
        follows=bool(closeness & IS_FOLLOWER),
        is_followed=bool(closeness & IS_FOLLOWED),
    )
    barred = {act: _why_not(policy, act, visibility, who) for act in Act}
    return Consent(
        no_reply=barred[Act.REPLY],
        no_like=barred[Act.LIKE],
        no_boost=barred[Act.BOOST],
        no_quote=barred[Act.QUOTE],
        may_hide=bool(power & MAY_HIDE),
        may_unquote=bool(power & MAY_UNQUOTE),
    )


def _why_not(policy: Policy | None, act: Act, visibility: str, who: Standing) -> str:
    """Why somebody may not do that, '' where they may, or where a rule names people one by one."""
    rule = policies.rule_of(policy, act, visibility, is_local=False)
    if not _GROUPS.issuperset((*rule.automatic, *rule.approval)):
        return ""
    if policies.judge(rule, act, who) is not Verdict.NEVER:
        return ""
    return policies.reason(rule, act)


def more(item: FullItem, allowed: Consent, scene: Scene) -> More:
    """What stands below the words of a post."""
    post, answered = item.post, item.in_reply_to_author
    waits_for = ""
    if post.held is not None:
        waits_for = (answered.name or answered.username) if answered else "the author"
    return More(_quote(item, scene), allowed, waits_for)


def _quote(item: FullItem, scene: Scene) -> QuoteView | None:
    post, found = item.post, item.quote
    if post.quote_uri is None or post.quote_state is None:
        return None
    if found is not None:
        return _shown(found.post, found.author, scene)
    said = _WORDS[post.quote_state]
    link = web_link(post.quote_uri) if post.quote_state is QuoteState.PENDING else None
    return QuoteView(words=said, link=link or "")


_WORDS: Mapping[QuoteState, str] = {
    QuoteState.ACCEPTED: "This quotes a post that you cannot see, or that is gone.",
    QuoteState.PENDING: "This quotes a post whose author has not agreed to that yet.",
    QuoteState.REJECTED: "This quoted a post whose author does not want it shown here.",
}


def _media_words(pictures: int, *, has_poll: bool) -> str:
    if pictures:
        return "1 attachment" if pictures == 1 else f"{pictures} attachments"
    return "A poll" if has_poll else ""


def _shown(quoted: Post, author: Actor, scene: Scene) -> QuoteView:
    post = here.post(quoted, scene.addresses)
    title = post.summary or post.title
    pictures = tuple(p for each in post.attachments if (p := picture_view(each)) is not None)
    if len(post.content) > LONG_BYTES:
        begins = words.excerpt(plain_text(post.content), EXCERPT_LETTERS)
        content = Markup("<p>{}</p>").format(begins)
    else:
        signposts = richtext.Signposts({}, frozenset(post.hashtags))
        content = richtext.shown(post.content, post.emojis, signposts)
    return QuoteView(
        author=actor_view(author, scene),
        path=f"{actor_path(author)}/{post.id}",
        day=words.when(post.created_at, scene.now).exact,
        content=content,
        shown_summary=richtext.shown_line(title, post.emojis) if title else None,
        language=post.language,
        media=_media_words(len(pictures), has_poll=post.poll is not None),
    )
