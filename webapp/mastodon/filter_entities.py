"""The shapes of filters: https://docs.joinmastodon.org/entities/Filter/ and its neighbours."""

from typing import NotRequired, TypedDict


class FilterKeyword(TypedDict):
    """A keyword of a filter."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(TypedDict):
    """A single post that a filter is for."""

    id: str
    status_id: str


class Filter(TypedDict):
    """A filter; with its keywords and posts where it is shown to be changed."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: NotRequired[list[FilterKeyword]]
    statuses: NotRequired[list[FilterStatus]]


class FilterResult(TypedDict):
    """That a filter matches a post."""

    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str] | None


class V1Filter(TypedDict):
    """A keyword with what its filter says, as apps asked for it before Mastodon 4.0."""

    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool
