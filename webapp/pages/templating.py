"""Jinja2: the one environment, and the macros of posts without a page around them."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.ext import Extension
from markupsafe import Markup

from federation.addresses import still_address
from webapp import files, languages
from webapp.pages.attached import PollView
from webapp.pages.quoted import More
from webapp.pages.views import PostView

# What a macro ends with besides: its call stands on a line of its own.
_INDENT = re.compile(r"^[ \t]+|\n[ \t]*(?={% endmacro)", re.MULTILINE)


class _WithoutIndents(Extension):
    """Leaves the indents of templates out of pages; what is put into templates stays as it is."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        del name, filename
        return _INDENT.sub("", source)


@cache
def environment() -> jinja2.Environment:
    """Return the environment: everything that is not `Markup` is escaped, no name may be missing.

    Templates stay as they were when the server started.
    """
    folder = Path(__file__).parents[1] / "templates"
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        extensions=[_WithoutIndents],
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    made.globals.update(
        static=files.url,
        still=still_address,
        languages=languages.ALL,
        language_codes=languages.CODES,
    )
    return made


def render(template: str, context: dict[str, Any]) -> Markup:
    """Return a page."""
    return Markup(environment().get_template(template).render(context))  # noqa: S704 - by Jinja


def article(view: PostView, more: More, *, heading: str, is_member: bool) -> Markup:
    """Return a post as it stands among others; its buttons send the form of the page."""
    macros = _macros(is_member=is_member)
    if view.is_glimpse:
        return Markup(macros.glimpse(view, more))  # type: ignore[attr-defined]  # noqa: S704 - by Jinja
    return Markup(macros.post(view, heading, more))  # type: ignore[attr-defined]  # noqa: S704 - by Jinja


def fold(icon: str, said: str, show: str) -> tuple[Markup, Markup]:
    """Return what stands before and behind something that is folded; they go into holes."""
    macros = _macros(is_member=True)
    start = Markup(macros.fold_start(icon, said, show))  # type: ignore[attr-defined]  # noqa: S704 - by Jinja
    return start, Markup(macros.fold_end())  # type: ignore[attr-defined]  # noqa: S704 - by Jinja


def poll(view: PostView, poll_view: PollView, *, is_form: bool) -> Markup:
    """Return the poll of a post, to vote in or as it stands; it goes into a hole of the post."""
    macros = _macros(is_member=True)
    macro = getattr(macros, "poll_form" if is_form else "poll_bars")
    return Markup(macro(view, poll_view))  # noqa: S704 - by Jinja


@cache
def _macros(*, is_member: bool) -> object:
    context = {"me": is_member}
    return environment().get_template("macros.html").make_module(context)
