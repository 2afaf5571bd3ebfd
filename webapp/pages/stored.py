"""Chapter files: what they take up on this server, for who runs it (P1)."""

from dataclasses import dataclass

from media.usage import LATELY, MediaUsage, forecast, in_words, usage
from webapp.asking import Answer
from webapp.pages import admin
from webapp.pages.visit import Visit

_ALL = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a chart: its words, and how much of its width is filled, from 0 to 100."""

    name: str
    words: str
    percent: int


async def show(visit: Visit) -> Answer:
    """GET /admin/files: the budget, what is used, how long it lasts, and whose copies they are."""
    found = await usage(visit.instance)
    return await admin.panel(
        visit,
        "admin_files.html",
        "Files",
        room=_room(found),
        forecast=forecast(found),
        facts=(
            ("Uploads of people here", in_words(found.local_bytes)),
            ("Copies from other servers", in_words(found.remote_bytes)),
            ("Files among them", str(found.files)),
            (f"Came in the last {LATELY.days} days", in_words(found.lately_bytes)),
            ("Could not be had", f"{found.failed} files"),
        ),
        hosts=_hosts(found),
    )


def _room(found: MediaUsage) -> Bar:
    used = _percent(found.remote_bytes, found.budget_bytes)
    budget = in_words(found.budget_bytes)
    return Bar(f"{used} % used", f"{in_words(found.remote_bytes)} of {budget}", used)


def _hosts(found: MediaUsage) -> list[Bar]:
    most = max((each.size_bytes for each in found.hosts), default=0)
    return [
        Bar(
            each.host,
            f"{in_words(each.size_bytes)}, {each.files} {'file' if each.files == 1 else 'files'}",
            _percent(each.size_bytes, most),
        )
        for each in found.hosts
    ]


def _percent(part: int, whole: int) -> int:
    return min(_ALL, round(_ALL * part / whole)) if whole else 0
