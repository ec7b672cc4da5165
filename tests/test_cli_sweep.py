"""``fillproof sweep`` as a user meets it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from fillproof import SweepResult, data, sweep
from fillproof.cli_sweep import read_grid
from fillproof.errors import ConfigError

STRATEGY = """
class Every:
    def __init__(self, every=10, pips=5.0):
        self.every, self.pips = every, pips

    def on_data(self, slice_map):
        view = slice_map["EURUSD"]
        if view.index % self.every:
            return None
        close = view.latest("H1", "ask").close
        away = self.pips * 0.0001
        return {"direction": "buy", "sl": close - away, "tp": close + away}
"""


def command(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fillproof", "sweep", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "COLUMNS": "120"},
    )


def test_the_best_are_shown_and_all_are_kept(backend_name: str, tmp_path: Path) -> None:
    pair = data.eurusd_h1_2017()
    for side in ("bid", "ask"):
        table = getattr(pair, side)[:600]
        columns = {name: getattr(table, name) for name in ("open", "high", "low", "close")}
        times = pa.array(table.time_us, pa.timestamp("us", "UTC"))
        parquet.write_table(pa.table({"timestamp": times, **columns}), tmp_path / f"{side}.parquet")
    arguments = [
        "--backend", backend_name, "--bid", "bid.parquet", "--ask", "ask.parquet",
        "--symbol", "EURUSD", "--grid", "fast=5:15:5", "--grid", "slow=20,50", "--top", "2",
        "--out", "rows",
    ]  # fmt: skip
    done = command(*arguments, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    alone = sweep(
        pair.bid[:600], pair.ask[:600], "ema-cross", symbol="EURUSD", backend=backend_name,
        grid={"fast": [5, 10, 15], "slow": [20, 50]},
    )  # fmt: skip
    kept = SweepResult.load(tmp_path / "rows")
    assert kept == alone
    best = alone.top(2).to_pylist()
    rows = [line.split() for line in done.stdout.splitlines() if re.match(r"\s+\d+\s+\d+\s", line)]
    assert [row[:3] for row in rows] == [
        [str(row["fast"]), str(row["slow"]), f"{row['equity']:,.2f}"] for row in best
    ]
    assert "6 of 6 runs, 600 bars" in done.stdout
    assert done.stderr == ""


def test_a_strategy_of_ones_own_and_a_file_of_settings(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY)
    (tmp_path / "run.toml").write_text(
        '[strategy]\nname = "mine.py:Every"\npips = 8.0\n\n[fees]\nper_lot = 3.0\n'
    )
    done = command(
        "--config", "run.toml", "--backend", "cython", "--grid", "every=50,100", "--by",
        "total_fees", "--smallest", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "best 2 by total_fees, smallest first" in done.stdout
    assert re.search(r"^\s+100\s.*\n\s+50\s", done.stdout, re.MULTILINE)


def test_an_interrupt_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STRATEGY)
    arguments = [
        sys.executable, "-m", "fillproof", "sweep", "--backend", "python", "--strategy",
        "mine.py:Every", "--grid", "every=5:300", "--out", "rows",
    ]  # fmt: skip
    process = subprocess.Popen(
        arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    file = tmp_path / "rows" / "sweep.json"
    for _ in range(400):
        if file.exists():
            break
        time.sleep(0.05)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "interrupted; the same command goes on" in errors
    kept = SweepResult.load(tmp_path / "rows")
    assert 0 < len(kept) < 296
    assert f"{len(kept)} of 296 runs" in shown


@pytest.mark.parametrize(
    "wrong",
    ["fast", "=5", "fast=", "fast=1:2:3:4", "fast=5:1", "fast=1:5:0", "fast=a:b", "fast=1:nan"],
)
def test_grids_that_are_none(wrong: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_grid([wrong])
    assert caught.value.code == "OPTION_UNKNOWN"


def test_grids() -> None:
    read: dict[str, list[Any]] = read_grid(["a=1:3", "b=1:2:0.5", "c=x,1,2.5,true,None"])
    assert read == {"a": [1, 2, 3], "b": [1.0, 1.5, 2.0], "c": ["x", 1, 2.5, True, None]}
    with pytest.raises(ConfigError):
        read_grid(["a=1", "a=2"])


def test_what_is_wrong_is_told_in_a_line(tmp_path: Path) -> None:
    done = command("--backend", "python", "--grid", "fats=1,2", folder=tmp_path)
    assert done.returncode == 2
    assert "OPTION_UNKNOWN" in done.stderr
    assert "fats" in done.stderr
    assert "Traceback" not in done.stderr
