"""Markdown -> HTML that nobody has cleaned yet: `actors/markup.py` does. Pure.

CommonMark (https://spec.commonmark.org/), of which posts need the plain part: no HTML, no pictures
(a post has files), no definitions of links, which would let few letters become many. Lines stay
lines, as people who write posts mean them.

The work is bounded in steps and not in letters: a bracket has all that follows it looked through
for its end, so that a thousand of them cost what a book does otherwise (RX-16).
"""

from types import MappingProxyType
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.utils import EnvType

from actors.text import token_at
from instance.errors import Invalid

STEPS_MAX: Final = 40_000
"""Some 20 ms: 15,000 letters with a mark at every third word, 50,000 of usual prose."""

_NESTING_MAX: Final = 12
# A step is the look at a place that is known; others cost as many as they take times as long.
_LINE_STEPS: Final = 25
_LETTER_STEPS: Final = MappingProxyType({"<": 75, "[": 30, "`": 15, "&": 12})
_ADDRESS_STEPS: Final = 75
_OTHER_STEPS: Final = 3
_RUN_STEPS: Final = MappingProxyType(dict.fromkeys("*_~", 12))  # many in a row are one place
# What would vanish (`---`), or turn a line above it into a heading, stays what was typed.
_UNUSED: Final = ["html_block", "html_inline", "image", "reference", "hr", "lheading"]
_BEGINS: Final = "hH@#＃"  # noqa: RUF001 - people type it
_LABEL_ENDS: Final = "]("
_LEFT: Final = "steps"
_TOO_MUCH: Final = (
    "This has more Markdown than a post can have. Use fewer marks, or post it as plain text."
)


def to_html(source: str) -> str:
    """Return the HTML of a text. Links and names in it are words: who cleans it, links them.

    Raises `Invalid` when it would cost more than `STEPS_MAX`.
    """
    env = {_LEFT: STEPS_MAX}
    _spend(env, sum(source.count(mark) * steps for mark, steps in _RUN_STEPS.items()))
    html: str = _markdown.render(source, env)
    return html


class _Inline(ParserInline):
    """The parser of what stands within a block, counting how often a bracket looks ahead."""

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - named by markdown-it
        """Step over what stands at a place, as `link` does on its way to the end of a label."""
        _spend(state.env, 1)
        super().skipToken(state)


def _spend(env: EnvType, steps: int) -> None:
    env[_LEFT] -= steps
    if env[_LEFT] < 0:
        raise Invalid(_TOO_MUCH, fields={"text": _TOO_MUCH})


def _line(state: StateBlock, *_: Any) -> bool:
    """Take nothing: stands before all rules, and counts the lines at which they are tried."""
    _spend(state.env, _LINE_STEPS)
    return False


def _place(state: StateInline, *_: Any) -> bool:
    """Take nothing, as `_line`, of the places within lines."""
    _spend(state.env, _LETTER_STEPS.get(state.src[state.pos], _OTHER_STEPS))
    return False


def _address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - called by markdown-it
    """Take a link, mention or hashtag as it is: what looks like Markdown inside is part of it."""
    src, start = state.src, state.pos
    if src[start] not in _BEGINS:
        return False
    if src.startswith("://", start + 4) or src.startswith("://", start + 5):
        _spend(state.env, _ADDRESS_STEPS)
    if (found := token_at(src, start)) is None:
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
    made = MarkdownIt()
    made.inline = _Inline()
    made.configure("commonmark", {"html": False, "maxNesting": _NESTING_MAX})
    made.inline.ruler.before("text", "place", _place)
    made.block.ruler.before("code", "line", _line, {"alt": ["paragraph", "blockquote", "list"]})
    made.enable("strikethrough").disable(_UNUSED)
    made.inline.ruler.before("text", "address", _address)
    for letter in _BEGINS:  # so that `text` stops where an address may begin
        made.inline.add_terminator_char(letter)
    made.add_render_rule("softbreak", _line_end)
    made.add_render_rule("hardbreak", _line_end)
    return made


_markdown: Final = _made()
