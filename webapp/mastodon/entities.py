"""The client API's JSON shapes, as Mastodon documents them; every key is always there.

https://docs.joinmastodon.org/entities/. What is typed `| None` is null where there is nothing.
"""

from typing import Any, TypedDict


class MediaAttachment(TypedDict):
    """A picture, film or sound of a post."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None
    meta: dict[str, Any]
    description: str | None
    blurhash: str | None
