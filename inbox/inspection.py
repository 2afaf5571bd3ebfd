"""What the federation debugger found: steps, each with how it went and a line that says why."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from federation.vocabulary import Document
from instance.errors import Failure


class Level(StrEnum):
    """How a step went; `NOTE` says something that is neither."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: what was looked at, and what it showed, in one line."""

    level: Level
    step: str
    text: str


@dataclass(slots=True)
class Inspection:
    """All findings about what was asked for, and the shapes it was seen in."""

    asked: str
    findings: list[Finding] = field(default_factory=list)
    document: Document | None = None
    understood: Any = None
    record: Any = None

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.level is not Level.BAD for finding in self.findings)

    def good(self, step: str, text: str) -> None:
        """Note a step that went well."""
        self.findings.append(Finding(Level.GOOD, step, text))

    def note(self, step: str, text: str) -> None:
        """Note something worth knowing."""
        self.findings.append(Finding(Level.NOTE, step, text))

    def bad(self, step: str, why: Failure | str) -> None:
        """Note a step that failed."""
        text = why if isinstance(why, str) else why.public
        if isinstance(why, Failure) and why.detail != why.public:
            text = f"{why.public} ({why.detail})"
        self.findings.append(Finding(Level.BAD, step, text))
