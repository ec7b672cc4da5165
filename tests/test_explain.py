"""Why an order filled and left, in words that are the same on every backend."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import fillproof
from fillproof import BacktestResult, data, golden, run_backtest, wording
from fillproof.errors import ConfigError

from .helpers import Script, quoted

FLAT = (1.1000, 1.1002, 1.0998, 1.1000)
BOTH = (1.1000, 1.1040, 1.0980, 1.1010)
BUY = {"direction": "buy", "sl": 1.0990, "tp": 1.1030}


class Everything:
    """Orders of all types in turn, some of them impossible, some cancelled, moved or closed."""

    def __init__(self) -> None:
        self.executor: Any = None

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        bid, ask = view.latest("H1", "bid").close, view.latest("H1", "ask").close
        turn, active = view.index % 40, self.executor.active_positions
        if turn == 35 and active:
            self.executor.close(active[0].order_id)
            active[-1].stop_loss = None if turn % 2 else 2.0
        if turn in (5, 25):
            for position in active:
                if position.status == "pending":
                    self.executor.cancel(position)
        near = 0.0008
        signals = {
            0: {"direction": "buy", "entry": ask - near, "sl": ask - 0.0016, "tp": ask + 0.0004},
            4: {"direction": "sell", "entry": bid + near, "sl": bid + 0.0016, "tp": bid - 0.0004},
            10: {"direction": "sell", "entry": bid - near, "sl": bid, "tp": bid - 0.0016},
            14: {"direction": "buy", "entry": ask + near, "sl": ask, "tp": ask + 0.0016},
            20: {"direction": "sell", "sl": bid - 0.1},
            22: {"direction": "buy", "sl": bid - 0.0012, "tp": ask + 0.0012},
            30: {"direction": "sell", "entry": bid - near, "sl": bid - 0.0015},
        }
        raw = signals.get(turn)
        if raw is None:
            return None
        kinds = {0: "limit", 4: "limit", 10: "stop", 14: "stop", 30: "stop"}
        meta = {"max_bars": 6} if turn in (0, 14) else {}
        return {**raw, "type": kinds.get(turn, "market"), "meta": meta}


def everything(engine: ModuleType, name: str, **policy: Any) -> BacktestResult:
    """Run over the embedded candles with costs, parts and a trailing stop."""
    pair = data.eurusd_h1_2017()
    strategy = Everything()
    portfolio = engine.Portfolio()
    strategy.executor = engine.ExecutionSimulator(
        portfolio,
        slippage_model=engine.SlippageModel(0.2, 0.5, 3),
        fee_model=engine.FeeModel(per_lot=3.5),
        symbol_specs={"EURUSD": engine.SymbolSpec("EURUSD", 0.0001, 5)},
        policy=engine.ExecutionPolicy(**policy),
        sizing=engine.FixedLots(0.5),
    )
    manager = engine.PositionManager(
        partials=[engine.Partial(0.5, after_r=0.5)],
        break_even=engine.BreakEven(after_r=0.6),
        max_holding_bars=30,
    )
    return run_backtest(
        pair.bid[:2500],
        pair.ask[:2500],
        strategy,
        symbol="EURUSD",
        executor=strategy.executor,
        position_manager=manager,
        backend=name,
    )


@pytest.mark.parametrize(
    "policy",
    [
        {"limit_through_pips": 0.2},
        {"intrabar": "ohlc", "market_fill": "next_open", "gap_fill": "level"},
    ],
    ids=["worst", "ohlc"],
)
def test_the_text_is_the_same_on_every_backend(backends, policy: dict[str, Any]) -> None:
    texts = {}
    for name, engine in backends.items():
        result = everything(engine, name, **policy)
        orders = result.signals["order_id"].to_pylist()
        texts[name] = [result.explain(order_id) for order_id in orders]
    first, *others = texts.values()
    assert all(other == first for other in others)
    told = "\n".join(first)
    assert len(first) > 400
    for word in ("part 1", "in all", "ambiguous", "rejected", "expired", "cancelled", "refused"):
        assert f"\n{word}" in told
    # Every hole of a sentence was filled, and every event has its title.
    assert "{" not in told
    assert not re.search(r"rule \S+: *\n", told)


def test_a_limit_order_and_a_tie_from_start_to_end(backend, backend_name) -> None:
    limit = {"direction": "buy", "type": "limit", "entry": 1.0995, "sl": 1.0985, "tp": 1.1015}
    result = run_backtest(
        *quoted(FLAT, (1.1000, 1.1003, 1.0992, 1.0999), (1.0999, 1.1016, 1.0984, 1.1000)),
        Script(bar0=limit),
        symbol="EURUSD",
        timeframe="M1",
        sizing=backend.FixedLots(1.0),
        slippage_model=backend.SlippageModel(0.5),
        fee_model=backend.FeeModel(per_lot=3.5),
        policy=backend.ExecutionPolicy(limit_through_pips=0.1),
        backend=backend_name,
    )
    tie = "stop and target were both reached, and the bar does not tell which came first"
    other = "out at the target, 1.10150, 200.00 without fees instead of -105.00, 305.00 difference"
    assert result.explain(1).splitlines() == [
        "order      1: long 1 lot of EURUSD, limit order at 1.09950, stop 1.09850, target 1.10150",
        (
            "fill       2020-01-01 00:01 UTC at 1.09950, rule E2.limit_inside: "
            "A limit order is touched inside a bar"
        ),
        "           bid  open 1.10000  high 1.10030  low 1.09920  close 1.09990",
        "           ask  open 1.10020  high 1.10050  low 1.09940  close 1.10010",
        (
            "           the ask's low 1.09940 reached the entry 1.09950 and 0.1 pip beyond it; "
            "filled at the entry"
        ),
        "           no slippage, fee 3.50",
        (
            "exit       2020-01-01 00:02 UTC at 1.09845, rule X3.worst: "
            "Stop and target touched in one bar"
        ),
        "           bid  open 1.09990  high 1.10160  low 1.09840  close 1.10000",
        "           ask  open 1.10010  high 1.10180  low 1.09860  close 1.10020",
        (
            "           the bid's low 1.09840 reached the stop 1.09850 and its high 1.10160 the "
            "target 1.10150; the bar does not tell which came first, the stop is taken (intrabar)"
        ),
        "           slippage 0.5 pips, from 1.09850, fee 3.50",
        (
            "           reason stop_loss, result -105.00, -112.00 less fees, -1.050 R, "
            "1 R being 10 pips from 1.09950 to 1.09850"
        ),
        "ambiguous  2020-01-01 00:02 UTC, rule X3.worst: Stop and target touched in one bar",
        f"           {tie}",
        f"           the other reading: {other}",
    ]


def test_a_rejection_in_words(backend, backend_name) -> None:
    result = run_backtest(
        *quoted(FLAT, FLAT),
        Script(bar0=[{**BUY, "sl": 1.1005}, {"direction": "sell", "tp": 1.0990}, BUY]),
        symbol="EURUSD",
        timeframe="M1",
        backend=backend_name,
    )
    assert result.explain_rejection(1).splitlines() == [
        "order      1: long EURUSD, market order, stop 1.10050, target 1.10300",
        "rejected   2020-01-01 00:00 UTC, rule S3.sides: Stop and target are on their sides",
        "           bid  open 1.10000  high 1.10020  low 1.09980  close 1.10000",
        "           ask  open 1.10020  high 1.10040  low 1.10000  close 1.10020",
        "           the stop is 1.1005; expected below 1.1",
    ]
    assert result.explain(1) == result.explain_rejection(1)
    assert "the stop is missing; expected a stop to size by" in result.explain(2)
    with pytest.raises(ConfigError, match="order_id is 3; expected the number of a signal") as told:
        result.explain_rejection(3)
    assert told.value.code == "ORDER_UNKNOWN"
    for unknown in (4, 0, None):
        with pytest.raises(ConfigError, match=f"order_id is {unknown}"):
            fillproof.explain(result, unknown)


def test_a_level_written_too_late_is_told_as_refused(backend, backend_name) -> None:
    class Late:
        executor: Any = None

        def on_data(self, slice_map: Any) -> Any:
            for position in self.executor.active_positions:
                position.stop_loss = 1.0995
            return None if slice_map["EURUSD"].index else BUY

    strategy = Late()
    strategy.executor = backend.ExecutionSimulator(
        backend.Portfolio(),
        symbol_specs={"EURUSD": backend.SymbolSpec("EURUSD", 0.0001, 5)},
        sizing=backend.FixedLots(1.0),
    )
    result = run_backtest(
        *quoted(FLAT, (1.1000, 1.1001, 1.0989, 1.0998)),
        strategy,
        symbol="EURUSD",
        timeframe="M1",
        executor=strategy.executor,
        backend=backend_name,
    )
    text = result.explain(1)
    assert "at 1.09900, rule X1.stop" in text
    assert "the bid's low 1.09890 reached the stop 1.09900" in text
    assert "the stop, to be 1.0995: it was open no more" in text


def test_a_result_without_its_candles_asks_for_them(backend, backend_name, tmp_path: Path) -> None:
    bid, ask = quoted(FLAT, BOTH, FLAT)
    result = run_backtest(
        bid, ask, Script(bar0=BUY), symbol="EURUSD", timeframe="M1", backend=backend_name
    )
    for bare in (
        BacktestResult.load(result.save(tmp_path / "out")),
        pickle.loads(pickle.dumps(result)),
    ):
        text = bare.explain(1)
        assert text.endswith("bars       not shown: pass bid= and ask=, the candles of the run")
        assert "rule X3.worst" in text
        assert bare.explain(1, bid, ask) == result.explain(1)
        candles = (list(table.to_candles(backend_name)) for table in (bid, ask))
        assert bare.explain(1, *candles) == result.explain(1)
    with pytest.raises(ConfigError, match="one side of the candles is given"):
        result.explain(1, bid)
    with pytest.raises(ConfigError, match="the bid candles have no bar of 2020-01-01 00:00 UTC"):
        result.explain(1, bid[2:], ask[2:])


def test_positions_explain_themselves(backend, backend_name) -> None:
    bid, ask = quoted(FLAT, BOTH, FLAT)
    waiting = {"direction": "buy", "type": "limit", "entry": 1.09, "sl": 1.08}
    portfolio = backend.Portfolio()
    executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(1.0))
    run_backtest(
        bid,
        ask,
        Script(bar0=BUY, bar1=waiting, bar2=BUY),
        symbol="EURUSD",
        timeframe="M1",
        executor=executor,
        backend=backend_name,
    )
    text = fillproof.explain(portfolio.closed_positions[0], bid=bid, ask=ask)
    assert "order      1: long 1 lot of EURUSD, market order, stop 1.099, target 1.103\n" in text
    assert "the bid's low 1.098 reached the stop 1.099 and its high 1.104 the target 1.103" in text
    assert "the other reading: out at the target, 1.103" in text
    assert "still open, stop 1.099, target 1.103" in fillproof.explain(portfolio.open_positions[0])
    told = fillproof.explain(portfolio.expired_orders[0]).splitlines()[1]
    assert told == (
        "expired    unfilled, rule X5.expired_end_of_data: Waiting orders end with the data"
    )


def test_every_rule_that_fills_or_closes_has_its_words() -> None:
    kinds = {rule["id"]: rule["kind"] for rule in golden.rules()}
    assert set(wording.FILLS) | set(wording.EXITS) | set(wording.MARKS) <= set(kinds)
    decisions = {name for name, kind in kinds.items() if kind == "decision"}
    fills = {name for name in decisions if re.match(r"E1\.|E2\.|R1\.(market|waiting)", name)}
    assert set(wording.FILLS) == fills - {"E1.next_open_sides"}
    exits = {name for name in decisions if re.match(r"X[1235]\.|E5\.|R3\.|M1\.", name)}
    # Rules of what stays, and of stops that move.
    left = {
        "X5.expired_end_of_data", "E5.mark", "M1.stop_refused", "M1.partial_skipped",
        "X3.drilldown_open",
    }  # fmt: skip
    assert set(wording.EXITS) == exits - left - {"M1.break_even", "M1.trailing"}
    drilled = {f"X3.drilldown_{level}" for level in ("stop", "target", "open")}
    certain = {"E5.stop_target"} | drilled | {name for name in exits if name.endswith("_certain")}
    marks = {name for name in exits if re.match(r"X3\.|E5\.", name)} - certain - {"E5.path"}
    groups = {"S4.oco_opens", "S4.oco_path", "S4.oco_first"}
    assert set(wording.MARKS) == marks | groups | {"E3.spanned"}
