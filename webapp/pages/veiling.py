"""What a reader's own filters do to a post on a page (B91): folded with their names, or its files.

It depends on the reader: so it goes into holes of what is kept for everybody. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from feeds.matching import FilterResult
from storage.records import FilterAction, RowId
from webapp.pages import holes, templating
from webapp.pages.holes import Filling

SHOW: Final = "Show anyway"

Veil = Mapping[str, Filling]
"""Fillings for those of `views.VEILS` that are not empty."""


def veils(found: Mapping[RowId, Sequence[FilterResult]]) -> dict[RowId, Veil]:
    """Return what is put over each of these posts.

    A post that its reader hides and meets all the same, on its own page or among what they saved,
    is folded.
    """
    return {post_id: _veil(*_names(results)) for post_id, results in found.items()}


def said(results: Sequence[FilterResult]) -> str:
    """Return what stands instead of the words of a post; '' where they may stand."""
    whole, _ = _names(results)
    return _words(whole) if whole else ""


def _names(results: Sequence[FilterResult]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the filters that fold a post, and of those that fold its files."""
    return (
        tuple(each.filter.title for each in results if each.filter.action is not FilterAction.BLUR),
        tuple(each.filter.title for each in results if each.filter.action is FilterAction.BLUR),
    )


@lru_cache(maxsize=1024)
def _veil(whole: tuple[str, ...], files: tuple[str, ...]) -> Veil:
    if whole:
        start, end = templating.fold("eye", _words(whole), SHOW)
        return {"veil": holes.rendered(start), "unveil": holes.rendered(end)}
    start, end = templating.fold("pic", _words(files), SHOW)
    return {"media_veil": holes.rendered(start), "media_unveil": holes.rendered(end)}


def _words(names: Iterable[str]) -> str:
    return f"Filtered: {', '.join(names)}"
