"""Emoji reactions: EmojiReact, and the Like with `content` that Misskey sends; pure.

https://codeberg.org/fediverse/fep/src/branch/main/fep/c0e0/fep-c0e0.md
"""

import unicodedata

from federation import reading
from federation.note_parsing import TAGS_MAX, emoji
from federation.vocabulary import Document, EmojiReact, EmojiTag

CODE_POINTS_MAX = 20

# What a favourite is called where everything is a reaction: that stays a favourite (E131).
_FAVOURITES = frozenset({"⭐", "❤", "❤️", "♥", "♥️"})
_EMOJI = frozenset({"Emoji"})
_KEYCAP = "\u20e3"
_JOINER, _PICTURE_MARK = "\u200d", "\ufe0f"
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_FLAG_LETTERS_MAX = 2
_SIGNS = frozenset({"So", "Sm", "Po", "Pd"})
_MODIFIERS = frozenset({"Sk", "Mn", "Me", "Cf"})


def reaction(document: Document, activity_id: str, actor: str, target: str) -> EmojiReact | None:
    """Read an EmojiReact or a Like with an emoji; None when there is no emoji in it."""
    is_like = "Like" in reading.types(document.get("type"))
    content = reading.name(document.get("content")) or reading.name(
        document.get("_misskey_reaction")
    )
    if is_like and content in _FAVOURITES:
        return None
    if is_emoji(content):
        return EmojiReact(activity_id, actor, target, content, is_like=is_like)
    name = content.strip(":").partition("@")[0]
    tag = _declared(name, document, actor)
    if tag is None:
        return None
    return EmojiReact(activity_id, actor, target, f":{tag.name}:", tag, is_like=is_like)


def _declared(name: str, document: Document, base: str) -> EmojiTag | None:
    """HX-5: a custom emoji is one that the activity declares, by its own name."""
    tags = reading.documents(document.get("tag"), TAGS_MAX)
    found = (emoji(tag, base) for tag in tags if reading.one_type(tag, _EMOJI) in _EMOJI)
    for each in found:
        if each and each[0].name.partition("@")[0] == name:
            return each[0]
    return None


def is_emoji(text: str) -> bool:
    """Whether a text is one emoji of Unicode: people see one sign, and it is no letter."""
    if not 0 < len(text) <= CODE_POINTS_MAX or text.isascii():
        return False
    if text[-1] == _KEYCAP:
        return text[0] in "0123456789#*" and set(text[1:-1]) <= {_PICTURE_MARK}
    if ord(text[0]) in _FLAG_LETTERS:
        return len(text) == _FLAG_LETTERS_MAX and ord(text[1]) in _FLAG_LETTERS
    is_joined = True  # the first sign, and each behind a joiner, begins a picture
    for letter in text:
        category = unicodedata.category(letter)
        if category in _SIGNS and is_joined:
            is_joined = False
        elif letter == _JOINER and not is_joined:
            is_joined = True
        elif category not in _MODIFIERS or is_joined:
            return False
    return not is_joined
