"""Markdown -> HTML that nobody has cleaned yet: `actors/markup.py` does. Pure.

CommonMark (https://spec.commonmark.org/), of which posts need the plain part: no HTML, no pictures
(a post has files), no definitions of links, which would let few letters become many. Lines stay
lines, as people who write posts mean them.
"""

from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from actors.text import token_at

_NESTING_MAX: Final = 12
# What would vanish (`---`), or turn a line above it into a heading, stays what was typed.
_UNUSED: Final = ["html_block", "html_inline", "image", "reference", "hr", "lheading"]
_BEGINS: Final = "hH@#＃"  # noqa: RUF001 - people type it
_LABEL_ENDS: Final = "]("


def to_html(source: str) -> str:
    """Return the HTML of a text. Links and names in it are words: who cleans it, links them."""
    html: str = _markdown.render(source)
    return html


def _address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - called by markdown-it
    """Take a link, mention or hashtag as it is: what looks like Markdown inside is part of it."""
    src, start = state.src, state.pos
    if src[start] not in _BEGINS or (found := token_at(src, start)) is None:
        return False
    end = min(found.end, state.posMax)
    if found.kind == "link" and (label := src.find(_LABEL_ENDS, start, end)) > 0:
        end = label
    if not silent:
        state.append_pending(src[start:end])
    state.pos = end
    return True


def _line_end(*_: Any) -> str:
    return "<br>"


def _made() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING_MAX})
    made.enable("strikethrough").disable(_UNUSED)
    made.inline.ruler.before("text", "address", _address)
    for letter in _BEGINS:  # so that `text` stops where an address may begin
        made.inline.add_terminator_char(letter)
    made.add_render_rule("softbreak", _line_end)
    made.add_render_rule("hardbreak", _line_end)
    return made


_markdown: Final = _made()
