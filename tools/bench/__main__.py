"""`make bench`: measures a real server under load and prints what each operation costs.

Counted are user and system time of all processes of the server. The server, the hundred other hosts
and the load generator are processes of their own; rounds go over all databases in turns, so that
what else the machine does shows in the spread and not in one line.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests import services
from tools.bench import page, report, running
from tools.bench.results import Results
from tools.bench.running import Options
from tools.bench.servers import interruptible

QUICK_ROUNDS = 3
FULL_ROUNDS = 5


def main() -> int:
    """Run the bench, or make the pages of what it wrote before."""
    asked = _parser().parse_args()
    if asked.report:
        page.write()
        return 0
    options = Options(
        rounds=asked.rounds or (FULL_ROUNDS if asked.full else QUICK_ROUNDS),
        is_full=asked.full,
        server=asked.server,
        is_postgres=asked.postgres,
        load_s=3600 if asked.hour else asked.load_seconds,
    )
    try:
        results = _run(options)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; everything was stopped.\n")
        return 1
    sys.stdout.write(report.table(results))
    if asked.json is not None:
        Path(asked.json).write_text(json.dumps(results.data(), indent=1) + "\n", encoding="utf-8")
    return 0


def _run(options: Options) -> Results:
    if options.is_postgres:
        services.begin_session()
    try:
        with interruptible(), tempfile.TemporaryDirectory(prefix="kittiwake-bench-") as folder:
            return asyncio.run(running.run(options, Path(folder)))
    finally:
        if options.is_postgres:
            services.end_session()


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    found.add_argument("--rounds", type=int, help="how often each is measured: 3, or 5")
    size = found.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="up to 100,000 posts (the default)")
    size.add_argument("--full", action="store_true", help="up to a million posts")
    found.add_argument("--postgres", action="store_true", help="on PostgreSQL")
    found.add_argument("--server", choices=("hypercorn", "granian"), default="hypercorn")
    found.add_argument("--load-seconds", type=int, default=20, help="how long memory is watched")
    found.add_argument("--hour", action="store_true", help="watch the memory for an hour")
    found.add_argument("--json", metavar="FILE", help="write the results there too")
    found.add_argument("--report", action="store_true", help="only make the pages in docs/ anew")
    return found


if __name__ == "__main__":
    sys.exit(main())
