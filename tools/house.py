"""Writes the list of files in ARCHITECTURE.md from the first sentence of every module.

`python tools/house.py` writes it, `make docs` calls it, and a tidy test fails when it is stale.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- files: written by `make docs` -->", "<!-- end of files -->"

# From the ground up, as one reads the ladder.
FOLDERS = (
    ".",
    "commands",
    "capacity",
    "instance",
    "storage",
    "federation",
    "moderation",
    "media",
    "actors",
    "users",
    "posts",
    "feeds",
    "outbox",
    "inbox",
    "inbox/handlers",
    "transfers",
    "webapp",
    "webapp/activitypub",
    "webapp/oauth",
    "webapp/mastodon",
    "webapp/pages",
    "webapp/streaming",
)


def first_sentence(module: Path) -> str:
    """Return the first paragraph of a module's docstring on one line."""
    text = ast.get_docstring(ast.parse(module.read_text())) or ""
    return " ".join(text.split("\n\n")[0].split())


def lines() -> Iterator[str]:
    """Yield the Markdown of the list, a heading a folder and a line a module."""
    for folder in FOLDERS:
        yield f"\n**{'root' if folder == '.' else folder + '/'}**\n"
        for module in sorted((ROOT / folder).glob("*.py")):
            if module.name != "__init__.py":
                yield f"- `{module.name}` - {first_sentence(module)}"


def written(page: str) -> str:
    """Return the page with its list as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(lines()) + f"\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
