"""`main.py capacity`: what it prints and draws, what it refuses, and that no server loads it."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import main
from tests.tidy.source import ROOT

SIZES = ("10 people", "1k people", "100k people", "10M people")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_four_sizes_without_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["capacity"]) == 0
    out = capsys.readouterr().out
    assert all(size in out.splitlines()[0] for size in SIZES)
    for line in ("fullest part", "deliveries /s", "money per person and month", "step 3"):
        assert line in out


def test_json_and_a_plot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["capacity", "--people", "5000", "--follows", "300", "--plot", "full.svg", "--json"]
    assert main.main(words) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["community"]["follows"] == 300
    assert list(data["plans"]) == ["5000"]
    assert data["plans"]["5000"]["step"] in {1, 2, 3, 4}
    assert {each["step"] for each in data["ends"]} == {1, 2, 3}
    picture = ET.parse(tmp_path / "full.svg").getroot()  # noqa: S314 - we wrote it
    lines = picture.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) >= 5


def test_prices_are_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    def money(price: str) -> float:
        assert main.main(["capacity", "--people", "1e5", "--price-core", price, "--json"]) == 0
        plan = json.loads(capsys.readouterr().out)["plans"]["100000"]
        return float(plan["money_per_month"])

    assert money("20") > money("10") > money("0") > 0


@pytest.mark.parametrize(
    "words",
    [["--people", "0"], ["--people", "nan"], ["--remote-share", "1.5"], ["--peak", "-1"]],
)
def test_what_is_out_of_bounds_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["capacity", *words]) == 1
    assert f"{words[0]}: " in capsys.readouterr().err


def test_without_measured_costs_it_says_what_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["capacity", "--costs", str(tmp_path)]) == 1
    assert "make bench" in capsys.readouterr().err


def test_a_server_never_loads_the_model() -> None:
    script = (
        "import sys, main; main.parser(['serve']); "
        "sys.exit(any(name.startswith(('capacity', 'commands.capacity')) for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=240, check=False)
    assert done.returncode == 0
