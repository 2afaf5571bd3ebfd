"""A real ffmpeg for tests: out of a wheel, or the one on the PATH."""

import importlib.util
import shutil
from pathlib import Path

import pytest


def ffmpeg() -> str:
    """Return the program; without one the test is skipped, and says so."""
    found = importlib.util.find_spec("imageio_ffmpeg")
    folder = Path(found.origin).parent / "binaries" if found and found.origin else None
    programs = [str(path) for path in folder.glob("ffmpeg-*")] if folder else []
    program = next(iter(programs), None) or shutil.which("ffmpeg")
    if program is None:
        pytest.skip("NOT TESTED: no ffmpeg found (requirements/dev.txt has it)")
    return program
