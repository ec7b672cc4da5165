"""The ledger of ambiguous trades: what each mark comes to, the list of trades held fixed (X4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fillproof import BacktestResult, report, run_backtest
from fillproof.digest import digest

from .helpers import MINUTE_US, START_US, Script, quoted

FLAT = (1.1000, 1.1002, 1.0998, 1.1000)
BOTH = (1.1000, 1.1040, 1.0980, 1.1010)
BUY = {"direction": "buy", "sl": 1.0990, "tp": 1.1030}


def run(backend: Any, backend_name: str, *bars: Any, signal: Any = BUY, **options: Any) -> Any:
    options.setdefault("policy", backend.ExecutionPolicy())
    return run_backtest(
        *quoted(FLAT, *bars),
        Script(bar0=signal),
        symbol="EURUSD",
        timeframe="M1",
        sizing=backend.FixedLots(1.0),
        backend=backend_name,
        **options,
    )


def rows(result: Any) -> list[dict[str, Any]]:
    """Round the amounts, which have the noise of binary prices."""
    return [
        {key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()}
        for row in result.ambiguous.to_pylist()
    ]


@pytest.mark.parametrize(
    ("intrabar", "rule", "other", "price", "other_result", "result"),
    [
        ("worst", "X3.worst", "target", 1.1030, 280.0, -120.0),
        ("best", "X3.best", "stop", 1.0990, -120.0, 280.0),
    ],
)
def test_a_tie_has_the_other_level(
    backend, backend_name, intrabar, rule, other, price, other_result, result
) -> None:
    made = run(backend, backend_name, FLAT, BOTH, policy=backend.ExecutionPolicy(intrabar=intrabar))
    assert rows(made) == [
        {
            "order_id": 1,
            "time_us": START_US + 2 * MINUTE_US,
            "rule": rule,
            "other": other,
            "price": price,
            "other_result": other_result,
            "result": result,
            "difference": other_result - result,
        }
    ]
    assert made.trades["ambiguous"].to_pylist() == [True]


def test_there_is_no_result_while_the_trade_is_open(backend, backend_name) -> None:
    # The ask comes down to 1.0995 and the bid was at 1.1032 in that bar, before or after it.
    limit = {"direction": "buy", "type": "limit", "entry": 1.0995, "sl": 1.0970, "tp": 1.1030}
    entry_bar = (1.1000, 1.1032, 1.0990, 1.1000)
    made = run(backend, backend_name, entry_bar, FLAT, signal=limit)
    (row,) = rows(made)
    assert row["rule"] == "E5.limit_target_ambiguous"
    assert (row["other"], row["price"], row["other_result"]) == ("target", 1.1030, 350.0)
    assert row["result"] is None
    assert row["difference"] is None
    assert made.trades["status"].to_pylist() == ["open"]


class Halve:
    """Closes half of what is open, once, at the first close above the fill."""

    done = False

    def __init__(self, portfolio: Any) -> None:
        self.portfolio = portfolio

    def manage_positions(self, *, open_positions: Any, bid_candle: Any, **_: Any) -> None:
        for position in open_positions:
            if not self.done and bid_candle.close > position.entry_price:
                part = position.close_part(bid_candle.timestamp, bid_candle.close, 0.5)
                self.portfolio.register_exit(part)
                self.done = True


def test_parts_count_from_the_bar_of_the_mark_on(backend, backend_name) -> None:
    limit = {"direction": "buy", "type": "limit", "entry": 1.0995, "sl": 1.0970, "tp": 1.1030}
    entry_bar = (1.1000, 1.1032, 1.0990, 1.1005)
    tie = (1.1005, 1.1031, 1.0969, 1.1000)
    portfolio = backend.Portfolio()
    made = run(
        backend,
        backend_name,
        entry_bar,
        tie,
        signal=limit,
        portfolio=portfolio,
        position_manager=Halve(portfolio),
    )
    trades = made.trades.to_pylist()
    assert [(row["order_id"], row["size"], row["reason"]) for row in trades] == [
        (1, 0.5, "partial_exit"),
        (1, 0.5, "stop_loss"),
    ]
    assert made.summary["Total Trades"] == 1
    # The part came to 50, the rest to -125. The entry bar's mark is about both, the tie about the
    # rest alone.
    told = [(row["rule"], row["other_result"], row["result"]) for row in rows(made)]
    assert told == [
        ("E5.limit_target_ambiguous", 350.0, -75.0),
        ("X3.worst", 175.0, -125.0),
    ]


def test_order_numbers_of_two_executors_are_kept_apart(backend, backend_name) -> None:
    portfolio = backend.Portfolio()
    for _ in range(2):
        made = run(backend, backend_name, FLAT, BOTH, portfolio=portfolio)
    assert [row["result"] for row in rows(made)] == [-120.0, -120.0]


def test_the_ledger_is_saved_and_counts_in_no_digest(backend, backend_name, tmp_path: Path) -> None:
    made = run(backend, backend_name, FLAT, BOTH)
    again = BacktestResult.load(made.save(tmp_path / "out"))
    assert again.ambiguous.equals(made.ambiguous)
    assert again.ambiguous.num_rows == 1
    assert made.digest == digest(made.tables) == again.digest


def test_the_report_counts_trades_and_says_what_is_held_fixed(backend, backend_name) -> None:
    made = run(backend, backend_name, FLAT, BOTH)
    told = "differences of the other readings +400.00 in sum (trade list held fixed)"
    assert report.ambiguity(made) == f"trades 1, marks 1, {told}"
    assert report.ambiguity(run(backend, backend_name, FLAT)) == "trades 0"
    parity = run(backend, backend_name, BOTH, policy=backend.ExecutionPolicy.parity())
    assert parity.trades.num_rows == 1
    assert report.ambiguity(parity) == "not told: the preset parity marks nothing"


def test_refusals_tell_signals_and_commands(backend, backend_name) -> None:
    class Late:
        """Orders the close of what has just been rejected, and of what is open twice."""

        def __init__(self, executor: Any) -> None:
            self.executor = executor

        def on_data(self, slice_map: Any) -> Any:
            index = slice_map["EURUSD"].index
            if index == 0:
                return [{**BUY, "sl": 1.2}, BUY]
            for _ in range(2):
                self.executor.close(2)
            return None

    executor = backend.ExecutionSimulator(
        backend.Portfolio(),
        symbol_specs={"EURUSD": backend.SymbolSpec("EURUSD", 0.0001, 5)},
        sizing=backend.FixedLots(1.0),
    )
    made = run_backtest(
        *quoted(FLAT, FLAT),
        Late(executor),
        symbol="EURUSD",
        timeframe="M1",
        executor=executor,
        backend=backend_name,
    )
    told = [
        tuple(row[name] for name in ("kind", "order_id", "rule", "field", "value"))
        for row in made.refusals.to_pylist()
    ]
    assert told == [
        ("signal", 1, "S3.sides", "stop_loss", "1.2"),
        ("command", 2, "L8.dropped", "close", None),
    ]
