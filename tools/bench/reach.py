"""The section of docs/performance.md on streams and search: who hears and finds a post; pure.

Of what `make streams` and `python -m tools.searching` wrote with `--json`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capacity import charts
from tools.bench.report import number

HEADING = "### Streams and search"
NEVER = "not within 20 s"


def section(streams: Mapping[str, Any], searches: Mapping[str, Any]) -> Iterator[str]:
    """Write both, each by the name of its server or database."""
    yield HEADING
    yield ""
    yield from _streams(streams)
    yield ""
    yield from _searches(searches)
    yield ""
    yield "![How long a search takes](pictures/performance-search.svg)"


def _streams(runs: Mapping[str, Any]) -> Iterator[str]:
    first = next(iter(runs.values()))
    yield (
        f"{first['connections']:,} apps hear `{first['stream']}` by WebSockets of one process, "
        f"and their people all follow the author ({_machine(runs)})."
    )
    yield ""
    yield from _table(
        "streams",
        runs,
        {
            "opening one": lambda run: f"{number(run['opening_cpu_ms'])} ms CPU",
            "memory of one": lambda run: f"{number(run['each_kib'])} KiB",
            "memory of the process, before and with all": _memory,
            "all of them, while nobody posts": lambda run: f"{run['idle_share']:.1%} of a core",
            "a post, until its author is answered": lambda run: f"{_last(run, 'answered_ms')} ms",
            "a post, until all have heard it": lambda run: f"{_last(run, 'heard_s')} s",
            "telling one of them": lambda run: f"{_last(run, 'cpu_us_each')} µs CPU",
            "an orderly stop while all listen": _stop,
        },
    )


def _machine(runs: Mapping[str, Any]) -> str:
    """Which one it was, and what else it did: that makes all times longer."""
    processor = next(iter(runs.values()))["processor"]
    loads = ", ".join(f"{run['load_average']} {name}" for name, run in runs.items())
    return f"{processor}; load average: {loads}"


def _last(run: Mapping[str, Any], name: str) -> str:
    return number(run["posts"][-1][name])


def _memory(run: Mapping[str, Any]) -> str:
    return f"{run['memory_mib']['before']} and {run['memory_mib']['opened']} MiB"


def _stop(run: Mapping[str, Any]) -> str:
    return NEVER if run["stopping_s"] is None else f"{number(run['stopping_s'])} s"


def _searches(runs: Mapping[str, Any]) -> Iterator[str]:
    first = next(iter(runs.values()))
    yield (
        f"A search among {first['posts']:,} posts of {first['words']} words each, by somebody who "
        "follows a hundred people: median and 95th percentile in ms, from the words to the posts, "
        f"who may find what included ({_machine(runs)})."
    )
    yield ""
    yield from _table(
        "search",
        runs,
        {
            kind: lambda run, kind=kind: "{p50_ms:.1f} ({p95_ms:.1f})".format(**run["rows"][kind])
            for kind in first["rows"]
        }
        | {
            "*indexing a post*": lambda run: f"{number(run['index_us'])} µs CPU",
            "*its words in the index*": lambda run: f"{run['index_bytes']} bytes",
        },
    )


def _table(title: str, runs: Mapping[str, Any], rows: Mapping[str, Any]) -> Iterator[str]:
    yield f"| {title} | {' | '.join(runs)} |"
    yield f"|---|{'--:|' * len(runs)}"
    for name, cell in rows.items():
        yield f"| {name} | {' | '.join(cell(run) for run in runs.values())} |"


def chart(searches: Mapping[str, Any]) -> str:
    """Draw the medians: SQLite as bars, PostgreSQL as stripes below them."""
    ours, other = (searches[name]["rows"] for name in ("SQLite", "PostgreSQL"))
    rows: Sequence[charts.Bar] = [
        charts.Bar(kind, row["p50_ms"], peer=(0, other[kind]["p50_ms"]))
        for kind, row in ours.items()
    ]
    posts = f"{searches['SQLite']['posts']:,}"
    title = f"A search among {posts} posts, median: SQLite (blue), PostgreSQL (green)"
    return charts.bars(title, rows, charts.Axis("ms", 0.1, 1000, is_log=True))
