"""Chapter codes: QR codes, as the page and the picture that lead to somebody's profile (B29)."""

import importlib
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from actors.links import web_link
from storage.records import Actor
from webapp.asking import Answer
from webapp.pages import finding, presenting, views
from webapp.pages.visit import Visit

_MARGIN: Final = 4  # ISO/IEC 18004, section 9.1: the quiet zone
_OK = 200
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" width="{1}" height="{1}">'
    '<path fill="#fff" d="M0 0h{0}v{0}h-{0}z"/>'
    '<path fill="#000" shape-rendering="crispEdges" d="{2}"/></svg>'
)
_PICTURE_PIXELS = 512
_ADDRESS_LETTERS_MAX = 300  # more makes a code that no camera likes


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code as the path of an SVG; `size` is how many modules it has a side."""

    path: str
    size: int


def code(text: str) -> Code:
    """Return a QR code with its margin, dark modules side by side as one stroke.

    The library is loaded when somebody asks for a code: it takes four megabytes.
    """
    matrix = importlib.import_module("segno").make_qr(text, error="m").matrix
    strokes = []
    for y, row in enumerate(matrix, _MARGIN):
        x = _MARGIN
        for is_dark, same in groupby(row):
            length = len(list(same))
            if is_dark:
                strokes.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return Code("".join(strokes), len(matrix) + 2 * _MARGIN)


async def show(visit: Visit, handle: str) -> Answer:
    """GET /@name/code: to be shown to a camera, downloaded or printed."""
    who = await finding.actor_of_page(visit, handle)
    here = "Profile" if visit.viewer is not None and visit.viewer.actor.id == who.id else ""
    address = _address(visit, who)
    return await presenting.page(
        visit,
        "code.html",
        here=here,
        who=views.actor_view(who, presenting.scene(visit)),
        code=code(address),
        address=address,
    )


async def download(visit: Visit, handle: str) -> Answer:
    """GET /@name/code.svg: the code alone, as a file."""
    who = await finding.actor_of_page(visit, handle)
    made = code(_address(visit, who))
    picture = _PICTURE.format(made.size, _PICTURE_PIXELS, made.path)
    headers = [
        ("Content-Type", "image/svg+xml"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),  # MD-7
        ("Content-Disposition", 'attachment; filename="qr-code.svg"'),
        ("Cache-Control", "no-cache"),
    ]
    return Answer(_OK, headers, picture.encode())


def _address(visit: Visit, who: Actor) -> str:
    """Return what the code leads to: the page of somebody on their own server, if it has one."""
    there = web_link(who.url) if who.url and not who.is_local else None
    if there is not None and len(there) <= _ADDRESS_LETTERS_MAX:
        return there
    return f"{visit.instance.addresses.base_url}{views.actor_path(who)}"
