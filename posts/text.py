"""The words of a post: what other files of `posts` and above need from text and markup. Pure.

The work is done in `actors/text.py` (reading), `actors/markup.py` (the only maker of `SafeHtml`)
and `actors/links.py`: profiles need them too, and `actors` stands below `posts` on the ladder.
"""

import re
from collections.abc import Mapping

from actors.markup import ResolvedMention as ResolvedMention
from actors.markup import clean_html as clean_html
from actors.markup import plain_text as plain_text
from actors.markup import render as render
from actors.markup import render_markdown as render_markdown
from actors.markup import render_plain as render_plain
from actors.markup import said_in_markdown as said_in_markdown
from actors.text import clean_line as clean_line
from actors.text import clean_name as clean_name
from actors.text import clean_source as clean_source
from actors.text import find_hashtags as find_hashtags
from actors.text import find_mentions as find_mentions
from actors.text import fold_hashtag as fold_hashtag
from actors.text import is_hashtag as is_hashtag
from actors.text import letters as letters
from storage.records import Actor, Post, SafeHtml, SourceType

# RFC 5646 2.1, without grandfathered and private tags, which nobody reads by.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_REGION, _SCRIPT = 2, 4  # letters of such a subtag
_NO_LANGUAGES = frozenset({"und", "mul", "zxx", "mis"})


def resolve_mentions(actors: Mapping[str, Actor]) -> dict[str, ResolvedMention]:
    """Actors by the handle that was typed (as `find_mentions` gives it) -> what `render` needs."""
    return {
        handle: ResolvedMention(username=actor.username, url=actor.url or actor.uri)
        for handle, actor in actors.items()
    }


def written(
    source: str, kind: SourceType, mentions: Mapping[str, ResolvedMention], base_url: str
) -> SafeHtml:
    """What somebody here typed, as markup."""
    make = render_markdown if kind is SourceType.MARKDOWN else render
    return make(source, mentions, base_url)


def spoken(source: str, kind: SourceType) -> str:
    """What of a text is read for names, hashtags and emoji: in Markdown no code and no links."""
    return said_in_markdown(source) if kind is SourceType.MARKDOWN else source


def all_words(post: Post) -> str:
    """All that a post says, as plain text: warning, words, choices, descriptions of pictures."""
    choices = [option.text for option in post.poll.options] if post.poll is not None else []
    described = [attachment.description for attachment in post.attachments]
    parts = [post.title, post.summary, plain_text(post.content), *choices, *described]
    return "\n".join(part for part in parts if part)


def language_tag(text: str | None) -> str | None:
    """E99: a language as a BCP 47 tag ("en", "pt-BR", "zh-Hant"), or None when it is none."""
    tag = (text or "").strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag) or tag.lower() in _NO_LANGUAGES:
        return None
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    # RFC 5646 2.1.1: regions in capitals, scripts with one, the rest in small letters.
    if len(part) == _REGION:
        return part.upper()
    return part.title() if len(part) == _SCRIPT and part.isalpha() else part.lower()
