"""What `make bench` makes of its samples: medians, growth, the table, whether a budget is met."""

import json
from typing import Any

import pytest

from tools.bench import hosts, page, reach, report
from tools.bench.budgets import BUDGETS
from tools.bench.results import Results, from_data

pytestmark = pytest.mark.pure

ABOUT: dict[str, Any] = {
    "commit": "abc",
    "server": "hypercorn",
    "database": "SQLite",
    "processor": "a processor",
    "python": "3.11",
    "rounds": 3,
    "posts": 100_000,
    "load_average": "0.1",
    "made_at": "2026-11-23",
}


def results() -> Results:
    made = Results(ABOUT, sizes={"page": 1.0})
    measured: dict[str, list[float]] = {
        "webfinger": [0.1, 0.3, 0.15],
        "home": [0.4, 0.5, 0.6],
        "home@posts": [0.4, 1.0, 0.6],
        "slow_hosts": [900, 700, 1000],
    }
    for name, values in measured.items():
        for value in values:
            made.add(name, value)
    made.growth("home_posts", "home", "home@posts")
    made.growth("home_million", "home", "home@million")
    made.memory = [(0.0, 100.0), (60.0, 150.0)]
    made.load = {"operations": 10, "seconds": 60, "cpu_s": 1}
    return made


def test_the_table_says_what_is_met() -> None:
    lines = report.table(results()).splitlines()
    found = {line.split("  ")[0]: line for line in lines}
    assert found["WebFinger"].endswith("yes")
    assert "0.15" in found["WebFinger"]
    assert "(0.10 to 0.30)" in found["WebFinger"]
    assert found["home page (HTML), 20 posts"].endswith("NO")
    assert found["the same, answered after 100 ms"].endswith("yes"), "there more is better"
    assert found["home: growth with 10 times the posts"].endswith("yes")
    assert not any("100 times" in name for name in found), "what was not measured is no line"


def test_results_survive_a_file() -> None:
    data = json.loads(json.dumps(results().data()))
    assert from_data(data) == results()
    row = data["rows"]["home"]
    assert (row["median"], row["low"], row["high"]) == (0.5, 0.4, 0.6)
    assert (row["budget"], row["met"]) == (0.35, False)
    assert data["rows"]["home_posts"]["median"] == pytest.approx(1.0)


def test_the_page_has_a_line_for_each_budget_that_was_measured() -> None:
    runs = {"Hypercorn": results(), "Granian": results()}
    lines = list(page._tables(runs))
    rows = [line for line in lines if line.startswith("| ") and "ms CPU" in line]
    assert len(rows) == 2
    assert "**no**, **no**" in rows[1]


def test_the_section_of_streams_and_search_is_made_of_their_results() -> None:
    streams = {"Hypercorn": page.read("performance-streams.json")}
    streams["Granian"] = {**streams["Hypercorn"], "stopping_s": None}
    searches = {name: page.read(file) for name, file in page.SEARCHES.items()}
    text = "\n".join(reach.section(streams, searches))
    stopped = report.number(streams["Hypercorn"]["stopping_s"])
    assert f"| an orderly stop while all listen | {stopped} s | {reach.NEVER} |" in text
    for kind, row in searches["SQLite"]["rows"].items():
        assert f"| {kind} | {row['p50_ms']:.1f} ({row['p95_ms']:.1f}) | " in text
        assert kind in reach.chart(searches)


def test_budgets_have_names_of_their_own() -> None:
    assert len({each.id for each in BUDGETS}) == len({each.title for each in BUDGETS})
    assert len({each.id for each in BUDGETS}) == len(BUDGETS)


def test_other_hosts_answer_and_count() -> None:
    there = hosts.Hosts({"127.1.0.1:443": "a key"})
    get = there.answer("GET /users/3 HTTP/1.1\r\nHost: 127.1.0.1:443")
    assert b'"publicKeyPem": "a key"' in get
    assert there.answer("GET / HTTP/1.1\r\nHost: 127.1.0.1:443").startswith(b"HTTP/1.1 404")
    assert there.answer("POST /users/3/inbox HTTP/1.1").startswith(b"HTTP/1.1 202")
    assert there.obey("report")["posts"] == 1
    assert there.obey("forget") == {"posts": 0, "span_s": 0.0}
    there.obey("delay 0.5")
    assert there.delay_s == 0.5
