"""What the operating system says of running programs: CPU time, memory, bytes written (Linux)."""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_MIB = 1024 * 1024
# Fields of /proc/PID/stat after the name in parentheses (proc_pid_stat(5)).
_PARENT, _TIMES = 1, slice(11, 15)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program and all its children used until now; memory: what they hold now."""

    cpu_s: float
    written_bytes: int
    memory_bytes: int

    @property
    def memory_mib(self) -> float:
        """The memory in MiB."""
        return self.memory_bytes / _MIB


def usage(pid: int) -> Usage:
    """Return what a process and all that descend from it used; zeros when it is gone."""
    pids = _tree(pid)
    return Usage(
        sum(map(_cpu_s, pids)), sum(map(_written_bytes, pids)), sum(map(_memory_bytes, pids))
    )


def cpu_s(pid: int) -> float:
    """Return user and system seconds of a process and its children, dead ones too."""
    return sum(map(_cpu_s, _tree(pid)))


def processor() -> str:
    """Return the name of the processor and how many of them there are."""
    for line in _read(_PROC / "cpuinfo").splitlines():
        if line.startswith("model name"):
            return f"{line.partition(':')[2].strip()}, {os.cpu_count()} cores"
    return f"{os.cpu_count()} cores"


def _tree(root: int) -> list[int]:
    children = defaultdict(list)
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children[int(fields[_PARENT])].append(int(folder.name))
    found = [root]
    for pid in found:  # grows while we walk: breadth first
        found.extend(children[pid])
    return found


def _cpu_s(pid: int) -> float:
    """Of dead children too: whoever waited for one inherits its times."""
    return sum(map(int, _stat(pid)[_TIMES])) / _TICKS_PER_S


def _stat(pid: int) -> list[str]:
    return _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()


def _memory_bytes(pid: int) -> int:
    return _kilobytes(_read(_PROC / str(pid) / "status"), "VmRSS:") * 1024


def _kilobytes(text: str, name: str) -> int:
    found = [line.split()[1] for line in text.splitlines() if line.startswith(name)]
    return int(found[0]) if found else 0


def _written_bytes(pid: int) -> int:
    """What went to the storage layer; pages that are overwritten before they go count once."""
    text = _read(_PROC / str(pid) / "io")
    found = [line.split()[1] for line in text.splitlines() if line.startswith("write_bytes:")]
    return int(found[0]) if found else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""  # it ended meanwhile
