"""`capacity`: says what a community needs, as text, as JSON and as a chart.

The model is in `capacity/`. Both are loaded only when the command is
asked for: a server that runs never sees them.
"""

import argparse
import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from capacity import charts
from capacity import machines as planning
from capacity.machines import STEPS, Plan, Prices
from capacity.needs import GIB, Community, Costs, Machines, costs_of
from instance.errors import Invalid, Misconfigured

T = TypeVar("T")

DOCS = Path(__file__).parents[1] / "docs"
SQLITE_FILE, POSTGRES_FILE = "performance.json", "performance-postgres.json"
SIZES = (10, 1000, 100_000, 10_000_000)
"""Without --people the answer is a table of these."""
POINTS = 60
LEAST_SHOWN = 1e-3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Make an argument of each field of the model; `--people` may stand several times."""
    for group in (Community, Machines, Prices):
        section = parser.add_argument_group(group.__doc__)
        for each in dataclasses.fields(group):
            name = each.name.replace("_", "-")
            text = f"{each.metadata['help']} ({each.default:g})"
            action = "append" if each.name == "people" else "store"
            section.add_argument(f"--{name}", type=float, action=action, help=text, metavar="N")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw where each part is full")
    parser.add_argument(
        "--markdown", action="store_true", help="write the table of docs/capacity.md"
    )
    parser.add_argument(
        "--costs", metavar="FOLDER", default=str(DOCS), help="where `make bench` wrote its results"
    )


def answer(given: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Return the text for people and the data for programs; writes the plot where one is asked."""
    machines, prices = _read(Machines, given), _read(Prices, given)
    sqlite, postgres = (_costs(Path(given.costs) / name) for name in (SQLITE_FILE, POSTGRES_FILE))
    community = _read(Community, given)
    people = given.people or SIZES
    communities = [
        dataclasses.replace(community, people=_checked("people", count, Community))
        for count in people
    ]
    plans = {
        each.people: planning.plan(each, machines, prices, sqlite, postgres) for each in communities
    }
    if given.plot:
        Path(given.plot).write_text(plot(community, machines, sqlite, postgres), encoding="utf-8")
    table = "\n".join(_table(plans, is_markdown=given.markdown))
    ends = "\n".join(_ends(community, machines, sqlite, postgres))
    text = f"{table}\n\n```\n{ends}\n```" if given.markdown else f"{table}\n\n{ends}"
    data = {
        "community": dataclasses.asdict(community),
        "machines": dataclasses.asdict(machines),
        "prices": dataclasses.asdict(prices),
        "plans": {f"{size:.0f}": planning.as_data(plan) for size, plan in plans.items()},
        "ends": _ends_data(community, machines, sqlite, postgres),
    }
    return text, data


def _read(group: type[T], given: argparse.Namespace) -> T:
    """Make one of the groups of arguments; raises `Invalid` for what is out of bounds."""
    values = {
        each.name: _checked(each.name, getattr(given, each.name), group)
        for each in dataclasses.fields(group)  # type: ignore[arg-type]  # all are dataclasses
        if each.name != "people" and getattr(given, each.name) is not None
    }
    return group(**values)


def _checked(name: str, value: float, group: type[Any]) -> float:
    found = next(each for each in dataclasses.fields(group) if each.name == name)
    least, most = found.metadata["least"], found.metadata["most"]
    if not (math.isfinite(value) and least <= value <= most):
        option = f"--{name.replace('_', '-')}"
        raise Invalid(f"{option}: {value:g} is not a number from {least:g} to {most:g}.")
    return value


def _costs(path: Path) -> Costs:
    try:
        return costs_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        database = "--postgres " if path.name == POSTGRES_FILE else ""
        raise Misconfigured(
            f"The measured costs in {path} cannot be read ({error}). This writes them: "
            f'make bench OPTIONS="{database}--json docs/{path.name}".'
        ) from error


# ---------------------------------------------------------------- for people


def _table(plans: Mapping[float, Plan], *, is_markdown: bool) -> Iterator[str]:
    head = ["", *(f"{charts.short(size)} people" for size in plans)]
    rows = [[name, *(show(size, plan) for size, plan in plans.items())] for name, show in _LINES]
    if is_markdown:
        yield "| " + " | ".join(head) + " |"
        yield "|---" + "|--:" * len(plans) + "|"
        yield from ("| " + " | ".join(row) + " |" for row in rows)
        return
    for row in [head, *rows]:
        yield f"{row[0]:<37}" + "".join(f"{cell:>22}" for cell in row[1:])


def _n(value: float) -> str:
    return charts.short(value)


def _part(name: str) -> Any:
    return lambda _, plan: _n(plan.need.app_cores[name])


def _writes_per_read(_: float, plan: Plan) -> str:
    now = plan.now
    return _n((now.posts + now.reactions + now.incoming + now.feed_rows) / now.reads)


_LINES: tuple[tuple[str, Any], ...] = (
    ("step of docs/scaling.md", lambda _, plan: str(plan.step)),
    ("fullest part", lambda _, plan: plan.limits[0].part),
    ("  how full at the busiest time", lambda _, plan: f"{plan.limits[0].used:.1%}"),
    ("pages read /s", lambda _, plan: _n(plan.now.reads)),
    ("posts and boosts /s", lambda _, plan: _n(plan.now.posts)),
    ("activities from elsewhere /s", lambda _, plan: _n(plan.now.incoming)),
    ("deliveries /s", lambda _, plan: _n(plan.now.deliveries)),
    ("feed rows written /s", lambda _, plan: _n(plan.now.feed_rows)),
    ("  rows written per page read", _writes_per_read),
    ("followers of the most followed", lambda _, plan: _n(plan.now.top_followers)),
    ("  share of local fan-out pulled", lambda _, plan: f"{plan.now.pulled_share:.1%}"),
    ("cores at peak: reads", _part("reads")),
    ("cores at peak: posts", _part("posts")),
    ("cores at peak: inbox", _part("inbox")),
    ("cores at peak: feeds", _part("feeds")),
    ("cores at peak: deliveries", _part("deliveries")),
    ("cores at peak: documents", _part("documents")),
    (
        "cores at peak: PostgreSQL",
        lambda _, plan: _n(plan.need.database_read_cores + plan.need.database_write_cores),
    ),
    ("processes of Kittiwake", lambda _, plan: _n(plan.processes)),
    ("memory, GiB", lambda _, plan: _n(plan.memory_gib)),
    ("database after these years, GiB", lambda _, plan: _n(plan.need.database_bytes / GIB)),
    ("pictures after these years, GiB", lambda _, plan: _n(plan.need.media_bytes / GIB)),
    ("written to disk at peak, MiB/s", lambda _, plan: _n(plan.need.written_mib_s)),
    ("sent at peak, Mbit/s", lambda _, plan: _n(plan.need.sent_mbit_s)),
    ("sent a month, GiB", lambda _, plan: _n(plan.need.sent_bytes_per_month / GIB)),
    ("machines (of them for the database)", lambda _, plan: _machines(plan)),
    ("money a month", lambda _, plan: _n(plan.money_per_month)),
    ("money per person and month", lambda _, plan: f"{plan.money_per_person:.4f}"),
)


def _machines(plan: Plan) -> str:
    return f"{_n(plan.machines)} ({_n(plan.database_machines)})"


def _ends_data(
    who: Community, machines: Machines, sqlite: Costs, postgres: Costs
) -> list[dict[str, Any]]:
    return [
        {
            "step": each.step,
            "part": each.part,
            "people": round(planning.people_at(each, who, machines, sqlite, postgres)),
        }
        for each in planning.limits(who, machines, sqlite, postgres)
    ]


def _ends(who: Community, machines: Machines, sqlite: Costs, postgres: Costs) -> Iterator[str]:
    """Say at how many people each part of each step is full."""
    yield "With these habits each part is full at so many people:"
    found = _ends_data(who, machines, sqlite, postgres)
    for number, step in enumerate(STEPS, start=1):
        parts = sorted((e for e in found if e["step"] == number), key=lambda e: e["people"])
        if parts:
            yield f"  step {step}"
        for each in parts:
            yield f"    {each['part']:<28} {_people(each['people'])}"


def _people(count: float) -> str:
    return "never" if count > planning.PEOPLE_MOST / 2 else f"{charts.short(count):>6}"


def plot(who: Community, machines: Machines, sqlite: Costs, postgres: Costs) -> str:
    """Draw how full each part of each step is, by people."""
    x = charts.Axis("people", 1, 1e8, is_log=True)
    sizes = [10 ** (8 * number / POINTS) for number in range(POINTS + 1)]
    points: dict[str, list[tuple[float, float]]] = {}
    for size in sizes:
        community = dataclasses.replace(who, people=size)
        for each in planning.limits(community, machines, sqlite, postgres):
            if LEAST_SHOWN <= each.used <= 1 / LEAST_SHOWN:
                points.setdefault(f"{each.step}: {each.part}", []).append((size, each.used))
    return charts.lines(
        "How full each part of each step is; above 1 the next step begins",
        [charts.Series(name, points[name], int(name[0]) - 1) for name in sorted(points)],
        x,
        charts.Axis("used / there", LEAST_SHOWN, 1 / LEAST_SHOWN, is_log=True),
        limit=1,
    )
