"""The words of a post, from typed text to markup with people in it."""

from dataclasses import replace

from posts.text import find_mentions, render, resolve_mentions
from tests.pure.posts.samples import people


def test_actors_become_what_render_needs() -> None:
    alice = people()["https://takahe.test/@alice@takahe.test/"]
    typed = "hi @Alice@takahe.test and @nobody"
    known = {"alice@takahe.test": alice}
    assert find_mentions(typed) == ["alice@takahe.test", "nobody"]
    markup = render(typed, resolve_mentions(known), "https://home.test")
    assert (
        '<a href="https://takahe.test/@alice/" class="u-url mention">@<span>alice</span>' in markup
    )
    assert markup.endswith(" and @nobody</p>")


def test_an_actor_without_a_page_is_linked_by_id() -> None:
    bare = replace(
        people()["https://bovine.test/endpoints/omDvlQBAJlIJecREj2VFU5vSuJYO7MB0haFu0_aThQY"],
        url=None,
    )
    assert resolve_mentions({"beth@bovine.test": bare})["beth@bovine.test"].url == bare.uri
