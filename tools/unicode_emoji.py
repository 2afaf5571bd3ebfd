"""Writes webapp/static/emoji.txt: the emoji of Unicode by groups, with names and search words.

`python -m tools.unicode_emoji emoji-test.txt annotations/en.xml`, both from https://www.unicode.org/
(Public/emoji, and the CLDR). Skin tones are left out: there would be four times as many.
"""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

TARGET = Path(__file__).parent.parent / "webapp" / "static" / "emoji.txt"
WORDS_MAX = 5
_LINE = re.compile(r"([0-9A-F ]+); fully-qualified +# \S+ E[0-9.]+ (.+)")
_TONES = range(0x1F3FB, 0x1F400)
_VARIATION = "\ufe0f"


def search_words(annotations: str) -> dict[str, list[str]]:
    """Return the words of each emoji, as CLDR writes them: without variation selectors."""
    tree = ET.fromstring(annotations)  # noqa: S314 - a file of our own choosing
    found = {}
    for each in tree.iter("annotation"):
        if each.get("type") != "tts" and each.text:
            found[each.get("cp", "")] = [word.strip() for word in each.text.split("|")]
    return found


def written(test_file: str, words: dict[str, list[str]]) -> str:
    """Return groups as `# name`, and emoji as lines of themselves, a name and more words."""
    lines: list[str] = []
    for line in test_file.splitlines():
        if line.startswith("# group: "):
            lines.append(f"# {line.removeprefix('# group: ')}")
        if (match := _LINE.match(line)) is None:
            continue
        points = [int(point, 16) for point in match[1].split()]
        if any(point in _TONES for point in points):
            continue
        emoji, name = "".join(map(chr, points)), match[2]
        known = words.get(emoji) or words.get(emoji.replace(_VARIATION, "")) or []
        more = [word for word in known if word not in name][:WORDS_MAX]
        lines.append("\t".join((emoji, name, " ".join(more))).rstrip("\t"))
    kept = [
        line
        for line, after in zip(lines, [*lines[1:], "# end"], strict=True)
        if not (line.startswith("# ") and after.startswith("# "))
    ]
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    test_file, annotations = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])
    TARGET.write_text(written(test_file, search_words(annotations)), encoding="utf-8")
