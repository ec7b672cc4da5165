"""Lower candles decide what a bar leaves open: the face of it, as users give and read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fillproof import SweepResult, data, run_backtest, run_cross_backtest
from fillproof.errors import CandleError, ConfigError, CrossedBarsWarning
from fillproof.timeframes import resample

MINUTE = 60_000_000
LEVELS = {"stop_loss": 1.0990, "take_profit": 1.1030}
# The bar of an entry at 1.1002, one that touches both levels, and its quarters: the target first.
BARS = [(1.1, 1.1004, 1.0996, 1.1), (1.1, 1.1032, 1.0990, 1.1010)]
QUARTERS = [
    (1.1, 1.1029, 1.0995, 1.1028), (1.1031, 1.1032, 1.1, 1.1010), (1.1010, 1.1011, 1.0990, 1.1010)
]  # fmt: skip


def table(rows: list[tuple[float, ...]], first_us: int, step_us: int, wide: float = 0.0) -> Any:
    """Make the candles of one side."""
    columns = np.array(rows).T + wide
    return data.CandleTable(first_us + step_us * np.arange(len(rows)), *columns)


def sides(rows: list[tuple[float, ...]], first_us: int, step_us: int) -> dict[str, Any]:
    return {
        "bid": table(rows, first_us, step_us),
        "ask": table(rows, first_us, step_us, 0.0002),
    }


def once(engine: Any, symbol: str = "EURUSD") -> Any:
    """Return a strategy that buys at the close of the first bar."""

    def buy(index: int, shown: Any) -> Any:
        if index:
            return None
        view = shown[symbol]
        time = view.latest("M1", "bid").timestamp
        return engine.TradeSignal("long", None, symbol=symbol, timestamp=time, **LEVELS)

    return buy


def tie(engine: Any, name: str, lower: Any = None, **options: Any) -> Any:
    market = sides(BARS, 0, MINUTE)
    policy = engine.ExecutionPolicy(intrabar="worst" if lower is None else "drilldown")
    # Two runs need two strategies.
    buy = (lambda: once(engine)) if "bounds" in options else once(engine)
    return run_backtest(
        market["bid"],
        market["ask"],
        buy,
        symbol="EURUSD",
        timeframe="M1",
        lower_candles=lower,
        backend=name,
        **{"policy": policy, "sizing": engine.FixedLots(0.1), **options},
    )


@pytest.mark.parametrize(
    "form", [dict, lambda both: (both["bid"], both["ask"]), lambda both: {"EURUSD": both}]
)
def test_the_bar_by_hand_of_the_page(backend, backend_name, form) -> None:
    result = tie(backend, backend_name, form(sides(QUARTERS, MINUTE, MINUTE // 4)))
    (trade,) = result.trades.to_pylist()
    assert (trade["exit_rule"], trade["exit_price"], trade["ambiguous"]) == (
        "X3.drilldown_target", 1.1031, False,
    )  # fmt: skip
    assert round(trade["result"], 9) == 29.0
    assert result.ambiguous.num_rows == 0
    note = "lower bars decided 1 of 1 bars that left a trade open to two readings (X3.drilldown)"
    assert result.notes[-1] == note
    assert "the lower bars lead to the target 1.10300 (intrabar)" in result.explain(1)
    assert result.config["lower_candles"]["EURUSD"]["bars"] == 3


def test_without_lower_bars_of_the_bar_it_is_worst_and_says_so(backend, backend_name) -> None:
    plain = tie(backend, backend_name)
    result = tie(backend, backend_name, sides(QUARTERS, 10 * MINUTE, MINUTE // 4))
    (trade,), (before,) = result.trades.to_pylist(), plain.trades.to_pylist()
    assert (trade["exit_rule"], before["exit_rule"]) == ("X3.drilldown_none", "X3.worst")
    assert trade["result"] == before["result"]
    assert trade["ambiguous"]
    assert result.notes[-1].endswith("; 1 had no lower bars")
    assert "no lower bar decides what this bar leaves open" in result.explain(1)


def test_on_real_candles_the_same_on_every_backend(backends) -> None:
    hours = data.eurusd_h1_2017()
    bid, ask = resample(hours.bid[:2000], hours.ask[:2000], "H1", "H4")
    digests = set()
    for name, engine in backends.items():

        def orders(index: int, shown: Any, engine: Any = engine) -> list[Any]:
            view = shown["EURUSD"]
            low, high = (view.latest("H4", side) for side in ("bid", "ask"))
            up, down = high.close + 0.0010, low.close - 0.0010
            more = {"timestamp": low.timestamp, "symbol": "EURUSD", "type": "stop",
                    "meta": {"oco": str(index), "max_bars": 2}}  # fmt: skip
            return [
                engine.TradeSignal("long", up, up - 0.0020, up + 0.0020, **more),
                engine.TradeSignal("short", down, down + 0.0020, down - 0.0020, **more),
            ]

        result = run_backtest(
            bid, ask, orders, symbol="EURUSD", timeframe="H4", sizing=engine.FixedLots(0.1),
            policy=engine.ExecutionPolicy(intrabar="drilldown"), lower_candles=hours, backend=name,
        )  # fmt: skip
        digests.add((result.digest, tuple(result.notes)))
        rules = set(result.trades["exit_rule"].to_pylist())
        assert {"X3.drilldown_stop", "X3.drilldown_target", "X3.drilldown_tie"} <= rules
    assert len(digests) == 1


def test_several_symbols_each_with_its_own(backend, backend_name) -> None:
    market, lower = sides(BARS, 0, MINUTE), sides(QUARTERS, MINUTE, MINUTE // 4)

    def run(given: Any) -> Any:
        def buy(index: int, market: Any) -> Any:
            if index:
                return None
            return [
                backend.TradeSignal("long", None, symbol=symbol, timestamp=market.time, **LEVELS)
                for symbol in market
            ]

        return run_cross_backtest(
            {"EURUSD": dict(market), "GBPUSD": dict(market)}, buy, sizing=backend.FixedLots(0.1),
            policy=backend.ExecutionPolicy(intrabar="drilldown"), lower_candles=given,
            backend=backend_name, timeframe="M1",
        )  # fmt: skip

    late = sides(QUARTERS[:1], MINUTE, MINUTE // 4)
    result = run({"EURUSD": lower, "GBPUSD": late})
    rules = dict(
        zip(*(result.trades[name].to_pylist() for name in ("symbol", "exit_rule")), strict=True)
    )
    assert rules == {"EURUSD": "X3.drilldown_target", "GBPUSD": "X3.drilldown_none"}
    with pytest.raises(ConfigError) as raised:
        run({"EURUSD": lower})
    assert (raised.value.code, raised.value.symbol) == ("LOWER_REQUIRED", "GBPUSD")


def test_bounds_and_a_shadow(backend, backend_name, backends) -> None:
    lower = sides(QUARTERS, MINUTE, MINUTE // 4)
    both = tie(backend, backend_name, lower, bounds="both")
    taken = [run.trades["exit_rule"].to_pylist() for run in (both.worst, both.best)]
    assert taken == [["X3.worst"], ["X3.best"]]
    other = next((name for name in backends if name != backend_name), None)
    if other is not None:
        result = tie(backend, backend_name, lower, shadow=other)
        assert result.shadow.verdict == "same", str(result.shadow)


def test_faults_of_lower_bars_name_side_and_bar(backend, backend_name) -> None:
    broken = sides(QUARTERS, MINUTE, MINUTE // 4)
    broken["ask"] = table([QUARTERS[0], (1.1, 1.0, 1.0, 1.1), QUARTERS[2]], MINUTE, MINUTE // 4)
    with pytest.raises(CandleError) as raised:
        tie(backend, backend_name, broken)
    error = raised.value
    assert (error.code, error.field, error.bar) == (
        "HIGH_TOO_LOW", "lower_candles.ask.high", 1,
    )  # fmt: skip
    assert str(error).startswith("bar 1: lower_candles.ask.high is 1.0;")
    with pytest.raises(ConfigError) as raised:
        tie(backend, backend_name, policy=backend.ExecutionPolicy(intrabar="drilldown"))
    assert raised.value.code == "LOWER_REQUIRED"
    across = sides(QUARTERS, MINUTE - 10_000_000, MINUTE // 4)
    with pytest.raises(CandleError) as raised:
        tie(backend, backend_name, across)
    assert (raised.value.code, raised.value.bar) == ("LOWER_TIMES", 0)


def test_crossed_lower_bars_are_told(backend, backend_name) -> None:
    crossed = sides(QUARTERS, MINUTE, MINUTE // 4)
    crossed["ask"] = table(QUARTERS, MINUTE, MINUTE // 4, -0.0001)
    with pytest.warns(CrossedBarsWarning, match="3 of 3 lower bars of EURUSD are crossed"):
        tie(backend, backend_name, crossed)


def test_the_command_takes_files(tmp_path: Path, backend_name) -> None:
    from fillproof.cli import app

    hours = data.eurusd_h1_2017()
    bid, ask = resample(hours.bid[:2000], hours.ask[:2000], "H1", "H4")
    files = {"bid": bid, "ask": ask, "lower-bid": hours.bid[:2000], "lower-ask": hours.ask[:2000]}
    named: list[str] = []
    for name, candles in files.items():
        path = tmp_path / f"{name}.csv"
        times = np.datetime_as_string(candles.time_us.astype("datetime64[us]")).tolist()
        prices = (getattr(candles, field).tolist() for field in ("open", "high", "low", "close"))
        lines = [
            ",".join([f"{time}Z", *map(repr, row)])
            for time, *row in zip(times, *prices, strict=True)
        ]
        path.write_text("\n".join(["timestamp,open,high,low,close", *lines]))
        named += [f"--{name}", str(path)]
    more = ["run", "--symbol", "EURUSD", "--timeframe", "H4", "--backend", backend_name]
    ran = CliRunner().invoke(app, [*more, *named])
    assert ran.exit_code == 0, ran.output
    assert "intrabar   drilldown: lower bars decide what a bar leaves open" in ran.stdout
    assert "note       lower bars decided" in ran.stdout
    # A sweep takes them from a file of settings.
    lower = "\n".join(f'{name} = "{tmp_path / file}"' for name, file in (
        ("lower_bid", "lower-bid.csv"), ("lower_ask", "lower-ask.csv"),
    ))  # fmt: skip
    (tmp_path / "settings.toml").write_text(f"[data]\n{lower}\n")
    given = ["sweep", *more[1:], *named[:4], "--grid", "fast=5,10", "--out", str(tmp_path / "rows")]
    swept = CliRunner().invoke(app, [*given, "--config", str(tmp_path / "settings.toml")])
    assert swept.exit_code == 0, swept.output
    config = SweepResult.load(tmp_path / "rows").config
    assert config["options"]["lower_candles"]["EURUSD"]["bars"] == 2000
    alone = CliRunner().invoke(app, [*more, *named[:-2]])
    assert "lower_bid with lower_ask" in str(alone.exception)
