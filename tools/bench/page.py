"""Writes docs/performance.md, its pictures, and the generated part of docs/capacity.md.

`python -m tools.bench --report` makes them anew from the results in docs/; nothing is measured.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import commands.capacity
from capacity import charts
from main import parser
from tools.bench import reach
from tools.bench.budgets import BUDGETS, Budget
from tools.bench.report import number
from tools.bench.results import Results, from_data

DOCS = Path(__file__).parents[2] / "docs"
RUNS = {
    "Hypercorn": "performance.json",
    "Granian": "performance-granian.json",
    "PostgreSQL": "performance-postgres.json",
}
STREAMS = {
    "Hypercorn": "performance-streams.json",
    "Granian": "performance-streams-granian.json",
}
SEARCHES = {"SQLite": "performance-search.json", "PostgreSQL": "performance-search-postgres.json"}
BEGIN, END = "<!-- made by `make report` -->", "<!-- end of what is made -->"
MIB_SHOWN_MAX = 256
MEMORY_BUDGET_MIB = 200


def write() -> None:
    """Make the pages and pictures anew."""
    runs = {
        name: from_data(json.loads((DOCS / file).read_text(encoding="utf-8")))
        for name, file in RUNS.items()
        if (DOCS / file).exists()
    }
    first = runs["Hypercorn"]
    pictures = DOCS / "pictures"
    for name, picture in (
        ("performance-costs.svg", _costs(first)),
        ("performance-growth.svg", _growth(first)),
        ("performance-memory.svg", _memory(runs)),
    ):
        (pictures / name).write_text(picture, encoding="utf-8")
    streams, searches = (
        {name: read(file) for name, file in files.items()} for files in (STREAMS, SEARCHES)
    )
    (pictures / "performance-search.svg").write_text(reach.chart(searches), encoding="utf-8")
    parts = [*_tables(runs), "", *reach.section(streams, searches)]
    _fill(DOCS / "performance.md", "\n".join(parts))
    table = pictures / "capacity.svg"
    given = parser(["capacity"]).parse_args(["capacity", "--markdown", "--plot", str(table)])
    _fill(DOCS / "capacity.md", commands.capacity.answer(given)[0])


def read(file: str) -> Any:
    """Read what a measurement wrote to docs/."""
    return json.loads((DOCS / file).read_text(encoding="utf-8"))


def _fill(path: Path, made: str) -> None:
    """Put text between the two marks of a page; what stands around it is written by hand."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")


# ---------------------------------------------------------------- the tables


def _tables(runs: Mapping[str, Results]) -> Iterator[str]:
    yield from _abouts(runs)
    yield ""
    yield "![CPU per operation](pictures/performance-costs.svg)"
    yield ""
    yield from _table(runs)
    yield ""
    yield "![Cost against posts and people](pictures/performance-growth.svg)"
    yield ""
    yield "![Memory under load](pictures/performance-memory.svg)"
    yield ""
    yield from _loads(runs)


def _abouts(runs: Mapping[str, Results]) -> Iterator[str]:
    for name, run in runs.items():
        about = run.about
        yield (
            f"- **{name}**: commit {about['commit']}, {about['database']}, {about['processor']}, "
            f"Python {about['python']}, {about['rounds']} rounds, up to {about['posts']:,} posts, "
            f"load average before {about['load_average']}, {about['made_at']}"
        )


def _table(runs: Mapping[str, Results]) -> Iterator[str]:
    heads = [f"{name}" for name in runs]
    yield f"| operation | unit | {' | '.join(heads)} | budget | met | GoToSocial |"
    yield f"|---|---|{'--:|' * len(heads)}--:|---|--:|"
    for budget in BUDGETS:
        if budget.id in runs["Hypercorn"].samples:
            yield _row(budget, runs)


def _row(budget: Budget, runs: Mapping[str, Results]) -> str:
    cells = [_cell(budget, run) for run in runs.values()]
    sign = "≥" if budget.is_least else "≤"
    limits = list(dict.fromkeys(number(budget.of(server)) for server in ("hypercorn", "granian")))
    met = ", ".join(_met(budget, run) for run in runs.values())
    ours = " | ".join(cells)
    peer = "" if budget.peer is None else "-".join(dict.fromkeys(map(number, budget.peer)))
    shown = " / ".join(limits) if "Granian" in runs else limits[0]
    return f"| {budget.title} | {budget.unit} | {ours} | {sign} {shown} | {met} | {peer} |"


def _cell(budget: Budget, run: Results) -> str:
    values = run.samples.get(budget.id)
    if not values:
        return ""
    text = f"**{number(median(values))}**"
    if len(values) > 1:
        text += f" ({number(min(values))}-{number(max(values))})"
    if budget.id in run.database:
        text += f" + {number(median(run.database[budget.id]))}"
    return text


def _met(budget: Budget, run: Results) -> str:
    values = run.samples.get(budget.id)
    if not values:
        return "-"
    return "yes" if budget.is_met(median(values), str(run.about["server"])) else "**no**"


def _loads(runs: Mapping[str, Results]) -> Iterator[str]:
    for name, run in runs.items():
        done = run.load
        most = max((mib for _, mib in run.memory), default=0.0)
        yield (
            f"- {name}: {done['operations']:,.0f} operations in {done['seconds']:,.0f} s, "
            f"{done['cpu_s']:,.0f} s of CPU, at most {number(most)} MiB"
        )


# ---------------------------------------------------------------- the pictures


def _costs(run: Results) -> str:
    rows = [
        charts.Bar(budget.title, median(run.samples[budget.id]), budget.hypercorn, budget.peer)
        for budget in BUDGETS
        if budget.unit == "ms CPU" and budget.id in run.samples
    ]
    title = "CPU per operation: ours (blue, or orange above its budget |), GoToSocial (green)"
    return charts.bars(title, rows, charts.Axis("ms CPU", 0.01, 1000, is_log=True))


def _growth(run: Results) -> str:
    series = []
    for name, title in (("home", "home page"), ("inbox", "inbox Create"), ("post", "POST status")):
        points = [
            (posts, median(run.samples[f"{name}{suffix}"]))
            for posts, suffix in ((10_000, ""), (100_000, "@posts"), (1_000_000, "@million"))
            if f"{name}{suffix}" in run.samples
        ]
        series.append(charts.Series(title, points))
    highest = max(cost for each in series for _, cost in each.points)
    return charts.lines(
        "CPU per operation against the number of stored posts",
        series,
        charts.Axis("stored posts", 10_000, 1_000_000, is_log=True),
        charts.Axis("ms CPU", 0, highest * 1.3),
    )


def _memory(runs: Mapping[str, Results]) -> str:
    series = [
        charts.Series(name, [(at / 60, mib) for at, mib in run.memory])
        for name, run in runs.items()
    ]
    longest = max(at for each in series for at, _ in each.points)
    return charts.lines(
        "Memory (RSS) of all processes of the server under load; the budget is dashed",
        series,
        charts.Axis("minutes", 0, longest),
        charts.Axis("MiB", 0, MIB_SHOWN_MAX),
        limit=MEMORY_BUDGET_MIB,
    )
