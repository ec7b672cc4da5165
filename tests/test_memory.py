"""What a whole job holds of its bars: about its columns, once."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest
from pyarrow import csv

from fillproof.conformance.bench.made_bars import made_bars

from .helpers import python

if not sys.platform.startswith("linux"):
    pytest.skip("the largest memory of a process is read from /proc", allow_module_level=True)

FEW, MANY = 2_000, 300_000
#: Eight columns of prices and the times, once.
COLUMNS = 9 * 8
#: A column of equity while it is hashed, the records and rows of signals (29 in 1,000 bars), the
#: extremes of blocks of bars.
BESIDE = 16
#: MB that another allocator may need.
FIXED = 3.0

# The largest memory that the process had since it began; getrusage counts the one that forked it.
PEAK = """
with open("/proc/self/status") as status:
    print([int(line.split()[1]) for line in status if line.startswith("VmHWM")][0] / 1024)
"""

COMMAND = """
import contextlib, io, sys
from fillproof import cli

sys.argv = ["fillproof", "run", "--quiet", "--backend", "rust", "--symbol", "EURUSD",
            "--bid", {bid!r}, "--ask", {ask!r}]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:
    cli.main()
assert len(out.getvalue().strip()) == 64, out.getvalue()
"""

CALL = """
from fillproof import data, run_backtest
from fillproof.rust import EmaCross, ExecutionPolicy, FixedLots

bid, ask = (data.read_csv(path) for path in ({bid!r}, {ask!r}))
result = run_backtest(bid, ask, EmaCross("M1"), symbol="EURUSD", sizing=FixedLots(0.1),
                      policy=ExecutionPolicy(max_positions=1), backend="rust")
assert result.summary["Total Trades"] > 5 and len(result.digest) == 64
assert result.equity.num_rows == {bars}
"""


def peaks(code: str, folder: Path) -> tuple[float, float]:
    """Return the largest memory of a job over few and over many bars, in MB."""
    found = []
    for bars in (FEW, MANY):
        paths = {side: str(folder / f"{side}{bars}.csv") for side in ("bid", "ask")}
        for path, side in zip(paths.values(), made_bars(bars), strict=True):
            if not Path(path).exists():
                table = pa.table(side).drop_columns(["volume"])
                csv.write_csv(table, path)
        done = python(code.format(**paths, bars=bars) + PEAK)
        assert done.returncode == 0, done.stderr
        found.append(float(done.stdout))
    return found[0], found[1]


def bound(bytes_a_bar: int) -> float:
    return FIXED + (MANY - FEW) * bytes_a_bar / (1 << 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bars")


def test_the_command_holds_the_columns_once(backends: dict[str, ModuleType], folder: Path) -> None:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    few, many = peaks(COMMAND, folder)
    assert (MANY - FEW) * COLUMNS / (1 << 20) < many - few < bound(COLUMNS + BESIDE), (few, many)


def test_a_call_holds_the_columns_and_those_of_equity_once(
    backends: dict[str, ModuleType], folder: Path
) -> None:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    few, many = peaks(CALL, folder)
    # The table of equity has five columns.
    assert (MANY - FEW) * COLUMNS / (1 << 20) < many - few < bound(COLUMNS + BESIDE + 5 * 8)
