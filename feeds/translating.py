"""Translates posts for who asks, by the LibreTranslate that the operator named (B84).

Only what everybody may read leaves the server. What was translated is kept in memory by the version
of the post. https://docs.libretranslate.com/
"""

from html import escape
from typing import Any, Final

import msgspec

from actors.markup import clean_html, plain_text
from feeds.items import Translation
from instance.errors import Forbidden, Invalid, NotFound, RemoteNonsense
from instance.resources import Instance
from posts.text import language_tag
from posts.threads import visible_post
from posts.visibility import WIDE
from storage.records import Actor, Post, RowId

ANSWER_BYTES_MAX: Final = 1_000_000
LANGUAGES_MAX: Final = 500


async def translate(
    instance: Instance, post_id: RowId, viewer: Actor, language: str
) -> Translation:
    """Translate a post.

    Raises `NotFound`, also where nothing translates, `Forbidden`, `Invalid`.
    """
    post = await visible_post(instance, post_id, viewer)
    if not instance.settings.translation.url:
        raise NotFound("This server has nothing that translates.")
    if post.visibility not in WIDE:
        raise Forbidden("Only what everybody may read is given to a translator.")
    target = language_tag(language)
    if target is None:
        raise Invalid("This is not a language.", fields={"lang": "is invalid"})
    key = ("translation", post.id, post.version, target)
    known: Translation | None = instance.renderings.get(key)
    if known is None:
        known = await _ask(instance, post, target)
        instance.renderings.put(key, known, len(known.content) + 1000)
    return known


async def languages(instance: Instance) -> dict[str, list[str]]:
    """Return what can be translated into what: source -> targets. Network."""
    url = f"{instance.settings.translation.url.rstrip('/')}/languages"
    body, _ = await instance.http.get_bytes(url, "application/json", ANSWER_BYTES_MAX)
    try:
        found = msgspec.json.decode(body, type=list[_Language])
    except msgspec.MsgspecError as error:
        raise RemoteNonsense("The translator did not answer with its languages.") from error
    return {
        each.code: [target for target in each.targets if target != each.code]
        for each in found[:LANGUAGES_MAX]
    }


class _Language(msgspec.Struct):
    """A language of a LibreTranslate, and those that it is translated into."""

    code: str
    targets: list[str]


async def _ask(instance: Instance, post: Post, target: str) -> Translation:
    options = [each.text for each in post.poll.options] if post.poll is not None else []
    descriptions = [each.description for each in post.attachments]
    texts = [post.content, *(escape(each) for each in (post.summary, *options, *descriptions))]
    chosen = instance.settings.translation
    asked = {"q": texts, "source": "auto", "target": target.partition("-")[0], "format": "html"}
    if chosen.api_key:
        asked["api_key"] = chosen.api_key
    url = f"{chosen.url.rstrip('/')}/translate"
    answer = await instance.http.ask(url, msgspec.json.encode(asked), ANSWER_BYTES_MAX)
    found = _texts(answer, len(texts))
    plain = [plain_text(each) for each in found[1:]]
    return Translation(
        post=post,
        language=target,
        detected=_detected(answer) or post.language or "und",
        content=clean_html(found[0]),
        summary=plain[0],
        options=tuple(plain[1 : 1 + len(options)]),
        descriptions=tuple(plain[1 + len(options) :]),
    )


def _texts(answer: dict[str, Any], count: int) -> list[str]:
    found = answer.get("translatedText")
    if (
        not isinstance(found, list)
        or len(found) != count
        or not all(isinstance(each, str) for each in found)
    ):
        raise RemoteNonsense("The translator did not answer with a translation.")
    return found


def _detected(answer: dict[str, Any]) -> str | None:
    found = answer.get("detectedLanguage")
    first = found[0] if isinstance(found, list) and found else found
    name = first.get("language") if isinstance(first, dict) else None
    return language_tag(name) if isinstance(name, str) else None
