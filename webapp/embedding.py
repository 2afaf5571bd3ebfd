"""The code with which other sites show a post of this server (B132, B87). Pure."""

from typing import Final

from markupsafe import escape

WIDTH: Final = 400
HEIGHT: Final = 360


def code(page_url: str, name: str, *, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Return HTML with a frame for the post at this page, by somebody of this name."""
    title = escape(f"Post by {name}")
    return (
        f'<iframe src="{escape(page_url)}/embed" title="{title}" '
        f'width="{width}" height="{height}" loading="lazy" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox" '
        'style="max-width:100%;border:0"></iframe>'
    )
