"""`fillproof audit` as a user calls it: exit codes, what it says, what it writes."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fillproof import EmaCross, data, run_backtest
from fillproof.conformance.commands.audit import audit

FIXTURES = Path(__file__).parent / "fixtures"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    app.command()(audit)

    def call(*arguments: object) -> tuple[int, str]:
        found = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert found.exception is None or isinstance(found.exception, SystemExit)
        return found.exit_code, found.output

    return call


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a run over the embedded candles as `fillproof run --out` does."""
    pair = data.eurusd_h1_2017()
    result = run_backtest(pair.bid, pair.ask, EmaCross("H1"), symbol="EURUSD")
    result.notes.insert(0, pair.note)
    return result.save(tmp_path_factory.mktemp("own") / "result")


def columns_of(folder: Path) -> list[dict[str, Any]]:
    from pyarrow import parquet

    rows: list[dict[str, Any]] = parquet.read_table(folder / "trades.parquet").to_pylist()
    return rows


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def shown(time_us: int, ahead: int = 0) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us, hours=ahead)
    return moment.strftime("%Y.%m.%d %H:%M:%S")


def deals(path: Path, rows: list[dict[str, Any]], ahead: int) -> Path:
    """Write trades as MetaTrader writes deals, on a server's clock."""
    lines = []
    for number, row in enumerate(rows):
        buy = row["direction"] == "long"
        entry = (shown(row["trigger_time_us"], ahead), "buy" if buy else "sell", "in",
                 row["entry_price"], 0, "")  # fmt: skip
        level = row["stop_loss"] if row["reason"] == "stop_loss" else row["take_profit"]
        word = "sl" if row["reason"] == "stop_loss" else "tp"
        exit_ = (shown(row["exit_time_us"], ahead), "sell" if buy else "buy", "out",
                 row["exit_price"], round(row["result"], 2), f"{word} {level}")  # fmt: skip
        for order, (time, side, way, price, profit, comment) in enumerate((entry, exit_)):
            deal = 2 * number + order + 2
            lines.append([time, deal, "EURUSD", side, way, row["size"], price, deal, "0.00",
                          "0.00", profit, "", comment])  # fmt: skip
    head = "Time Deal Symbol Type Direction Volume Price Order Commission Swap Profit Balance"
    lines.sort(key=lambda line: (line[0], line[4] == "in"))
    return write(path, [*head.split(), "Comment"], lines)


def test_own_results_are_clean_without_a_word_more(run: Run, own: Path) -> None:
    code, told = run(own)
    assert code == 0, told
    assert "clean: the candles allow every trade" in told
    assert "159 of 159 could be held against their bars" in told


def test_other_candles_are_not_those_of_the_run(run: Run, own: Path, tmp_path: Path) -> None:
    code, told = run(own, "--bars", "embedded", "--spread", "2", "--json", tmp_path / "a.json")
    assert code == 1
    assert "impossible" in told
    written = json.loads((tmp_path / "a.json").read_text())
    assert written["exit_code"] == 1
    assert written["trades"] == written["judged"] == 159
    assert sum(written["counts"].values()) == len(written["findings"])
    assert written["gained"]["impossible"]["money"] > 0
    money = [one["money"] for one in written["findings"] if one["severity"] == "impossible"]
    assert money == sorted(money, reverse=True)


def test_metatrader_deals_on_a_server_clock(run: Run, own: Path, tmp_path: Path) -> None:
    path = deals(tmp_path / "deals.csv", columns_of(own), ahead=5)
    bars = ("--bars", "embedded")
    code, told = run(path, *bars)
    assert code == 3
    assert f"{path}, row 1, column Time: '2017-01-02 04:00:00'; expected a time zone" in told
    code, told = run(path, *bars, "--zone", "UTC+5")
    assert code == 0, told
    assert "note: the server's clock was read as UTC+5" in told
    # An hour beside it hardly any price is in its bar.
    code, told = run(path, *bars, "--zone", "UTC+4")
    assert code == 1
    code, told = run(path, *bars, "--zone", "guess")
    assert code == 0, told
    assert "GUESSED: the list's clock is UTC+5; 318 of 318 prices lie in their bars so" in told


def test_a_zone_that_cannot_be_guessed_is_an_error(run: Run, own: Path, tmp_path: Path) -> None:
    path = deals(tmp_path / "deals.csv", columns_of(own)[:5], ahead=5)
    code, told = run(path, "--bars", "embedded", "--zone", "guess")
    assert code == 3
    assert "zone cannot be guessed" in told
    assert "10 of 10 prices" in told
    assert "expected --zone with the clock of the list" in told


def test_files_of_candles_in_three_forms(run: Run, own: Path, tmp_path: Path) -> None:
    pair = data.eurusd_h1_2017()
    for name, side in (("bid", pair.bid), ("ask", pair.ask)):
        rows = zip(side.time_us, side.open, side.high, side.low, side.close, strict=True)
        lines = [[shown(int(t)).replace(".", "-") + "Z", *map(float, rest)] for t, *rest in rows]
        write(tmp_path / f"{name}.csv", ["timestamp", "open", "high", "low", "close"], lines)
    bid, ask = tmp_path / "bid.csv", tmp_path / "ask.csv"
    # Told by their names, so that the order does not matter.
    for files in ((bid, ask), (ask, bid)):
        code, told = run(own, "--bars", files[0], "--bars", files[1])
        assert code == 0, told
        assert f"bid from {bid}, ask from {ask}" in told.replace("\n", "")
    assert run(own, "--bars", bid, ask)[0] == 0
    assert run(own, "--bars", ask, "--side", "ask", "--spread", "0.8")[0] == 0
    both = []
    for bars in zip(*(path.read_text().splitlines() for path in (bid, ask)), strict=True):
        first, second = (line.split(",") for line in bars)
        both.append([*first, *second[1:]])
    names = [f"{side}_{name}" for side in ("bid", "ask") for name in both[0][1:5]]
    one = write(tmp_path / "both.csv", ["timestamp", *names], both[1:])
    assert run(own, "--bars", one)[0] == 0
    code, told = run(own, "--bars", bid)
    assert code == 3
    assert "spread is None; expected the spread in pips" in told
    first, second = tmp_path / "x.csv", tmp_path / "y.csv"
    first.write_bytes(ask.read_bytes())
    second.write_bytes(bid.read_bytes())
    code, told = run(own, "--bars", first, second)
    assert code == 3
    assert "ask below bid in 100% of the bars" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing.csv"], "nothing.csv: 'No such file or directory'; expected a trade list"),
        ([FIXTURES / "audit-vectorbt.csv", "--bars", "embedded"], "--symbol, since the list names"),
        ([FIXTURES / "audit-vectorbt.csv", "--symbol", "EURUSD"], "expected --bars with the"),
        (
            [FIXTURES / "audit-vectorbt.csv", "--symbol", "EURUSD", "--bars", "gone.csv"],
            "spread is None; expected",
        ),
        (
            [FIXTURES / "audit-vectorbt.csv", "--symbol", "EURUSD", "--bars", "no", "gone"],
            "no such file",
        ),
        (
            [FIXTURES / "audit-nautilus.csv", "--bars", "embedded", "--symbol", "USDJPY"],
            "symbol is 'USDJPY'; expected one of the list's: EURUSD",
        ),
        ([FIXTURES / "audit-nautilus.csv", "--format", "mt6"], "format is 'mt6'; expected one of"),
        (
            [FIXTURES / "audit-nautilus.csv", "--bars", "embedded", "--timeframe", "soon"],
            "timeframe is 'soon'; expected M1",
        ),
        (
            [FIXTURES / "audit-nautilus.csv", "--bars", "embedded", "--volume-step", "0"],
            "volume-step is 0.0; expected a number of lots above 0",
        ),
        ([FIXTURES / "audit-nautilus.csv", "--zone", "Atlantis/Port"], "time zone is 'Atlantis"),
    ],
)
def test_errors_are_one_line_and_exit_code_3(run: Run, arguments: list[Any], told: str) -> None:
    code, text = run(*arguments)
    assert code == 3
    assert told in text
    assert text.startswith("error: ")
    assert len(text.strip().splitlines()) == 1


def test_trades_outside_of_the_candles_are_not_judged(run: Run, own: Path, tmp_path: Path) -> None:
    rows = columns_of(own)
    for row in rows:
        row["trigger_time_us"] += 2 * 365 * 86_400_000_000
        row["exit_time_us"] += 2 * 365 * 86_400_000_000
    path = deals(tmp_path / "deals.csv", rows[:20], ahead=0)
    code, told = run(path, "--bars", "embedded", "--zone", "UTC")
    assert code == 2
    assert "could not be judged" in told
    assert "0 of 20 could be held against their bars" in told


# What the auditor found in lists of other systems; docs/audit.md tells why.
PEERS = [
    (
        "backtesting-py",
        {"exit missed": 2, "wrong side": 5, "spread not paid": 16},
        "one price series: no spread is paid, and stops of shorts are seen too late",
    ),
    (
        "vectorbt",
        {"exit missed": 8, "wrong side": 4, "spread not paid": 19},
        "the same, and levels that are touched in the bar of the fill are passed over",
    ),
    ("nautilus", {"stop touched too": 1}, "bid and ask: one tie taken as the best"),
]


@pytest.mark.parametrize(("name", "kinds", "why"), PEERS)
def test_lists_of_other_systems(
    run: Run, tmp_path: Path, name: str, kinds: dict[str, int], why: str
) -> None:
    path, out = FIXTURES / f"audit-{name}.csv", tmp_path / "found.json"
    options = ("--symbol", "EURUSD", "--bars", "embedded", "--fixed-levels")
    code, _ = run(path, *options, "--json", out)
    found = json.loads(out.read_text())
    counted: dict[str, int] = {}
    for one in found["findings"]:
        counted[one["kind"]] = counted.get(one["kind"], 0) + 1
    assert (code, counted) == (1, kinds), why
    assert (found["trades"], found["judged"]) == (40, 40)


def test_one_price_series_is_enough_for_backtesting_py(run: Run, tmp_path: Path) -> None:
    pair = data.eurusd_h1_2017()
    rows = zip(*(getattr(pair.bid, n) for n in ("time_us", "open", "high", "low", "close")),
               strict=True)  # fmt: skip
    lines = [[shown(int(t)).replace(".", "-") + "Z", *map(float, rest)] for t, *rest in rows]
    bid = write(tmp_path / "b.csv", ["timestamp", "open", "high", "low", "close"], lines)
    options = ("--symbol", "EURUSD", "--fixed-levels", "--bars", bid, "--spread", "0")
    # In the candles that it had, each trade of it is right.
    code, told = run(FIXTURES / "audit-backtesting-py.csv", *options)
    assert code == 0, told


def test_no_engine_is_loaded(own: Path) -> None:
    script = (
        "import sys\n"
        "from fillproof.conformance.commands.audit import audit\n"
        "import typer\n"
        "try:\n"
        f"    audit([{str(own)!r}])\n"
        "except typer.Exit as end:\n"
        "    assert end.exit_code == 0\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('pyengine', 'rsengine')]\n"
        "print(bad)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "[]"
