"""`make fuzz`: hands each target to libFuzzer for some minutes; `python -m tests.fuzz --help`.

A finding is an input for which a target neither returns nor refuses. It is kept in
`data/fuzz/<target>/`, where what was learnt stays for the next time too.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import atheris

# The code under test tells the fuzzer which way it went; the rest is only slower for it.
WATCHED = ["actors", "federation", "instance.errors", "posts"]
FOLDER = Path(__file__).parents[2] / "data" / "fuzz"
INPUT_BYTES_MAX = 16384
INPUT_TIMEOUT_S = 10

with atheris.instrument_imports(include=WATCHED):
    from instance.errors import Failure
    from tests.fuzz import corpus
    from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run the targets one after another; return how many had findings."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the parsers.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=120, help="for each target (120)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        _fuzz(asked.targets[0], asked.seconds)
    broken = [each for each in asked.targets or TARGETS if not _is_sound(each, asked.seconds)]
    sys.stdout.write(f"findings: {', '.join(broken) or 'none'}\n")
    return len(broken)


def _is_sound(target: str, seconds: int) -> bool:
    """Fuzz in a process of its own: libFuzzer ends the one in which it runs."""
    sys.stdout.write(f"{target}: {seconds} s\n")
    sys.stdout.flush()
    here = [sys.executable, "-m", "tests.fuzz", target, "--seconds", str(seconds), "--here"]
    return subprocess.run(here, check=False).returncode == 0


def _fuzz(target: str, seconds: int) -> None:
    folder = FOLDER / target
    seeds = folder / "corpus"
    seeds.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus.of(target)):
        (seeds / f"seed-{number:03}").write_bytes(data)

    def one(data: bytes) -> None:
        try:
            TARGETS[target](data)
        except Failure:
            return

    options = [f"-max_total_time={seconds}", f"-timeout={INPUT_TIMEOUT_S}", "-rss_limit_mb=2048"]
    options += [f"-max_len={INPUT_BYTES_MAX}", f"-artifact_prefix={folder}/", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(seeds)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
