"""What files take up: uploads of people here, copies from elsewhere; how long there is room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from instance.resources import Instance
from storage import media, remote_files
from storage.remote_files import HostUsage

LATELY: Final = timedelta(days=7)
HOSTS_MAX: Final = 12
_THOUSAND: Final = 1000
_TEN: Final = 10
_YEAR_DAYS: Final = 365.25
_CENTURY_DAYS: Final = 100 * _YEAR_DAYS


@dataclass(frozen=True, slots=True)
class MediaUsage:
    """Bytes and files; `hosts` are those with most copies here, the largest first (P1)."""

    local_bytes: int
    remote_bytes: int
    budget_bytes: int
    files: int
    failed: int
    lately_bytes: int
    hosts: Sequence[HostUsage]

    @property
    def bytes_a_day(self) -> float:
        """How much came lately, on average."""
        return self.lately_bytes / LATELY.days

    @property
    def full_in_days(self) -> float | None:
        """When there is no room left at this pace; None where nothing comes."""
        left = max(0, self.budget_bytes - self.remote_bytes)
        return left / self.bytes_a_day if self.lately_bytes else None

    @property
    def kept_for_days(self) -> float | None:
        """How long after its last use a copy stays, once there is no room left."""
        return self.budget_bytes / self.bytes_a_day if self.lately_bytes else None


async def usage(instance: Instance) -> MediaUsage:
    """Return what files take up now."""
    found = await remote_files.usage(instance.now() - LATELY)
    return MediaUsage(
        local_bytes=await media.total_bytes(),
        remote_bytes=found.size_bytes,
        budget_bytes=instance.settings.media.remote_budget_bytes,
        files=found.files,
        failed=found.failed,
        lately_bytes=found.bytes_since,
        hosts=await remote_files.usage_by_host(HOSTS_MAX),
    )


def in_words(size_bytes: float) -> str:
    """Return a number of bytes as people read it."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < _THOUSAND or unit == "GB":
            break
        size /= _THOUSAND
    is_small = size < _TEN and unit != "bytes"
    return f"{size:.1f} {unit}" if is_small else f"{size:.0f} {unit}"


def forecast(found: MediaUsage) -> str:
    """Return in a sentence how long the room lasts; '' where nothing comes."""
    if found.full_in_days is None or found.kept_for_days is None:
        return ""
    if found.full_in_days > _CENTURY_DAYS:
        return "At this pace the room lasts for more than a hundred years."
    return (
        f"At this pace the room is full in {_span(found.full_in_days)}; from then on a copy stays"
        f" about {_span(found.kept_for_days)} after it was used last."
    )


def _span(days: float) -> str:
    for unit, length in (("year", _YEAR_DAYS), ("month", _YEAR_DAYS / 12)):
        if days >= 2 * length:
            return f"{days / length:.0f} {unit}s"
    return "1 day" if round(days) == 1 else f"{days:.0f} days"
