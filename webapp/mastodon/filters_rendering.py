"""Filters as the client API shows them, in both of its versions; pure."""

from collections.abc import Iterable

from feeds.matching import FilterResult
from storage import records
from storage.records import FilterAction, FilteredPost
from webapp.mastodon import filter_entities as e
from webapp.mastodon.accounts_rendering import instant


def shown(found: records.Filter) -> e.Filter:
    """Render a filter with all that is in it."""
    keywords = [keyword(each) for each in found.keywords]
    return {**_outline(found), "keywords": keywords, "statuses": [post(p) for p in found.posts]}


def _outline(found: records.Filter) -> e.Filter:
    return {
        "id": str(found.id),
        "title": found.title,
        "context": [each.value for each in found.contexts],
        "expires_at": instant(found.expires_at) if found.expires_at else None,
        "filter_action": found.action.value,
    }


def keyword(found: records.FilterKeyword) -> e.FilterKeyword:
    """Render a keyword of a filter."""
    return {"id": str(found.id), "keyword": found.keyword, "whole_word": found.is_whole_word}


def post(found: FilteredPost) -> e.FilterStatus:
    """Render a post that a filter is for."""
    return {"id": str(found.id), "status_id": str(found.post_id)}


def results(found: Iterable[FilterResult]) -> list[e.FilterResult]:
    """Render which filters match a post, as a status says it."""
    return [
        {
            "filter": _outline(each.filter),
            "keyword_matches": list(each.keywords) or None,
            "status_matches": [str(post_id) for post_id in each.post_ids],
        }
        for each in found
    ]


def first_version(found: records.Filter, of: records.FilterKeyword) -> e.V1Filter:
    """Render a keyword as a filter of the first API."""
    return {
        "id": str(of.id),
        "phrase": of.keyword,
        "context": [each.value for each in found.contexts],
        "whole_word": of.is_whole_word,
        "expires_at": instant(found.expires_at) if found.expires_at else None,
        "irreversible": found.action is FilterAction.HIDE,
    }
