"""A bar in the terminal for work that takes long; one line per tenth where nobody looks."""

import sys
import time
from typing import TextIO

WIDTH = 30
EVERY_S = 0.1
_STEPS = 10


class Progress:
    """Shows how far something is, on standard error: answers go to standard output."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._text = ""
        self._step = -1
        self._shown_at = 0.0

    def __call__(self, text: str, done: int, total: int) -> None:
        """Show that `done` of `total` are done of what `text` names; both may be 0."""
        share = min(done / total, 1.0) if total else 1.0
        if self._is_terminal:
            self._draw(text, done, total, share)
        else:
            self._tell(text, done, total, share)

    def end(self) -> None:
        """Leave the last bar where it is and go on below it."""
        if self._is_terminal and self._text:
            self._stream.write("\n")
            self._stream.flush()
        self._text = ""

    def _draw(self, text: str, done: int, total: int, share: float) -> None:
        now = time.monotonic()
        if text != self._text:
            self.end()
        elif share < 1 and now - self._shown_at < EVERY_S:
            return
        self._text, self._shown_at = text, now
        full = int(share * WIDTH)
        bar = "█" * full + "·" * (WIDTH - full)
        self._stream.write(f"\r{text:<34} {bar} {done:,} of {total:,}\x1b[K")
        self._stream.flush()

    def _tell(self, text: str, done: int, total: int, share: float) -> None:
        step = int(share * _STEPS)
        if text == self._text and step == self._step:
            return
        self._text, self._step = text, step
        self._stream.write(f"{text}: {done} of {total}\n")
        self._stream.flush()
