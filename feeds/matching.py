"""Whether the filters of a reader match a post, and by what. Pure: the caller looks things up."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from posts.text import all_words
from storage.records import Filter, FilterAction, Post, RowId


@dataclass(frozen=True, slots=True)
class FilterResult:
    """That a filter matches a post: by these of its keywords, or because it names the post."""

    filter: Filter
    keywords: tuple[str, ...]
    post_ids: tuple[RowId, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one reader that hold at one place."""

    owner_id: RowId | None = None
    active: tuple[Filter, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.active)

    def matches(self, post: Post) -> list[FilterResult]:
        """The filters that match a post; none match what their owner wrote."""
        if not self.active or post.actor_id == self.owner_id:
            return []
        text = _folded(all_words(post))
        found = (_result(each, post, text) for each in self.active)
        return [each for each in found if each is not None]

    def hides(self, post: Post) -> bool:
        """Whether a post is left out altogether."""
        return any(each.filter.action is FilterAction.HIDE for each in self.matches(post))

    def hiding(self) -> "Filters":
        """Those alone that leave posts out."""
        hiding = tuple(each for each in self.active if each.action is FilterAction.HIDE)
        return Filters(self.owner_id, hiding)


NONE: Final = Filters()


# ---------------------------------------------------------------- one filter and one text


def _result(each: Filter, post: Post, text: str) -> FilterResult | None:
    words = tuple(
        keyword.keyword
        for keyword in each.keywords
        if _is_in(_folded(keyword.keyword), text, whole_word=keyword.is_whole_word)
    )
    named = tuple(filtered.post_id for filtered in each.posts if filtered.post_id == post.id)
    return FilterResult(each, words, named) if words or named else None


def _is_in(word: str, text: str, *, whole_word: bool) -> bool:
    """Whether a word is in a text; as a whole word, no letter may touch a letter at its ends."""
    at = text.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        if not whole_word or not (
            _joins(text[at - 1 : at], word[0]) or _joins(word[-1], text[end : end + 1])
        ):
            return True
        at = text.find(word, at + 1)
    return False


def _joins(left: str, right: str) -> bool:
    return all(each == "_" or each.isalnum() for each in (left, right))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
