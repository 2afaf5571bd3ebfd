"""Runs a program within limits of memory, time and written bytes: what it does, it does alone.

`python -m media.limited MEMORY_BYTES CPU_S FILE_BYTES PROGRAM [ARGUMENT …]` becomes the program.
"""

import os
import resource
import sys


def main() -> None:
    """Set the limits and become the program."""
    memory_bytes, cpu_s, file_bytes = (int(each) for each in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    program = sys.argv[4:]
    os.nice(10)
    os.execve(program[0], program, {})  # noqa: S606 - no shell; named by the operator's setting


if __name__ == "__main__":
    main()
