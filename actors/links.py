"""Which web addresses we link to and how they are shown; never opens one. Pure.

A link is always shown so that its real host can be read (CVE-2023-36462, OR-33, HX-14).
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

import idna

from federation import origin
from instance.errors import Invalid

SHOWN_LETTERS_MAX = 30

# Marks that hide or turn what stands beside them, and what would end an attribute.
_FORBIDDEN = re.compile(r"[<>\"\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")

# Labels written in one of these sets of letters cannot be mistaken for another host. Cyrillic,
# Greek and mixed labels can (one spells "apple.com"), so they are shown in their ASCII form.
_PLAIN_LABELS = (
    re.compile(r"[a-z0-9_\u00df-\u00f6\u00f8-\u00ff-]+"),
    re.compile(r"[0-9\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3-]+"),
    re.compile(r"[0-9\u0621-\u064a\u0e01-\u0e4e\u05d0-\u05ea\u0904-\u0939-]+"),
)


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link cut in three: what is hidden before and after, and what people read."""

    before: str
    shown: str
    after: str


def web_link(url: str) -> str | None:
    """The address with an ASCII host when it is plain http or https, else None.

    Names and passwords in front of the host, control characters, spaces, backslashes and
    impossible ports are refused: browsers and people read them differently.
    """
    if _FORBIDDEN.search(url):
        return None
    try:
        return str(origin.split(url))
    except Invalid:
        return None


def host_of(url: str) -> str:
    """Host and port of an address that `web_link` accepted; '' when there is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def shown_host(netloc: str) -> str:
    """A host as people read it: in their letters where these cannot deceive, else in ASCII."""
    host, colon, port = netloc.partition(":")
    return ".".join(_shown_label(label) for label in host.split(".")) + colon + port


def shown_link(url: str) -> ShownLink:
    """How a web address stands in a text: without scheme and `www.`, cut, its host never cut."""
    parts = urlsplit(url)
    host = shown_host(parts.netloc)
    hidden = f"{parts.scheme}://"
    if host.startswith("www.") and host.count(".") > 1:
        hidden, host = f"{hidden}www.", host[4:]
    rest = urlunsplit(SplitResult("", "", parts.path, parts.query, parts.fragment))
    if rest == "/":
        rest = ""
    shown_max = max(SHOWN_LETTERS_MAX, len(host))
    whole = host + rest
    return ShownLink(hidden, whole[:shown_max], whole[shown_max:])


def tells_its_host(text: str, url: str) -> bool:
    """Whether a link with this visible text says truly where it leads."""
    netloc = host_of(url)
    said = text.strip().lower()
    for scheme in ("https://", "http://"):
        said = said.removeprefix(scheme)
    said = said.removeprefix("www.")
    for host in (netloc, shown_host(netloc)):
        bare = host.removeprefix("www.")
        if said == bare or said.startswith((f"{bare}/", f"{bare}?", f"{bare}#", f"{bare}…")):
            return True
    return said.endswith(f"[{netloc}]")


def _shown_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        readable = idna.decode(label)
    except idna.IDNAError:
        return label
    return readable if any(plain.fullmatch(readable) for plain in _PLAIN_LABELS) else label
