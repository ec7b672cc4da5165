"""A result is of the end of its run, however late its tables are asked for."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from fillproof import run_backtest
from fillproof.conformance.bench.made_bars import made_bars
from fillproof.data import CandleTable
from fillproof.digest import digest
from fillproof.outcome import LONG, _given_later, later
from fillproof.tables import from_columns

from .helpers import wave

NAMES = ("signals", "trades", "fees", "equity", "ambiguous", "refusals", "swaps")


class Mixed:
    """Market and limit orders, some of them refused; a stop to the wrong side now and then."""

    def __init__(self, executor: Any) -> None:
        self.executor = executor

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
        if view.index % 30 == 7:
            for position in self.executor.active_positions:
                position.stop_loss = ask.close + 0.01
        if view.index % 6 == 5:
            below = bid.close - 0.0012
            return {
                "direction": "buy", "type": "limit", "entry": below,
                "sl": below - 0.0006, "tp": below + 0.0009,
            }  # fmt: skip
        if view.index % 10 == 0:
            return {"direction": "buy", "sl": bid.close - 0.0005, "tp": ask.close + 0.0005}
        return None


def executor_of(backend: ModuleType) -> Any:
    return backend.ExecutionSimulator(
        backend.Portfolio(),
        symbol_specs={"EURUSD": backend.SymbolSpec("EURUSD", 0.0001, 5)},
        fee_model=backend.FeeModel(per_lot=3.0),
        policy=backend.ExecutionPolicy(max_positions=12),
    )


def run(backend: ModuleType, name: str, bars: tuple[CandleTable, CandleTable], made: Any) -> Any:
    bid, ask = bars
    return run_backtest(bid, ask, Mixed(made), symbol="EURUSD", executor=made, backend=name)


def test_tables_asked_for_late_are_those_of_the_end(backend: ModuleType, backend_name: str) -> None:
    bid, ask = wave()
    first, second = (bid[:200], ask[:200]), (bid[200:], ask[200:])
    at_once = run(backend, backend_name, first, executor_of(backend))
    expected = {name: at_once.table(name) for name in NAMES}
    assert {"signal", "command"} == set(expected["refusals"]["kind"].to_pylist())
    assert {"open", "closed"} == set(expected["trades"]["status"].to_pylist())
    assert expected["fees"].num_rows

    executor = executor_of(backend)
    late = run(backend, backend_name, first, executor)
    more = run(backend, backend_name, second, executor)
    for name in ("signals", "refusals", "fees", "trades"):
        assert more.table(name).num_rows > expected[name].num_rows
    for name in NAMES:
        assert late.table(name).equals(expected[name]), name


def test_the_lists_of_a_moment_within_a_run(backend: ModuleType, backend_name: str) -> None:
    executor = executor_of(backend)
    kept: dict[str, Any] = {}

    class Keeps(Mixed):
        def on_data(self, slice_map: Any) -> Any:
            if slice_map["EURUSD"].index == 100:
                kept["columns"] = executor.signal_columns()
                kept["later"] = _given_later(executor, "signal_columns")
                for name in ("rejected_signals", "refused_commands"):
                    kept[name] = list(getattr(executor, name)), later(executor, name)
                for name in ("exits", "fees_log", "swaps_log"):
                    kept[name] = (
                        list(getattr(executor.portfolio, name)), later(executor.portfolio, name),
                    )  # fmt: skip
            return super().on_data(slice_map)

    bid, ask = wave()
    run_backtest(
        bid, ask, Keeps(executor), symbol="EURUSD", executor=executor, backend=backend_name
    )
    then, given = kept.pop("columns"), kept.pop("later")
    assert "pending" in then["outcome"]
    now = executor.signal_columns()
    assert now["outcome"][: len(then["outcome"])] != then["outcome"]
    if given is not None:
        assert from_columns("signals", given()).equals(from_columns("signals", then))
    for name, (at_once, made) in kept.items():
        assert list(made()) == at_once, name
    assert (backend_name == "rust") == (given is not None)


def test_a_portfolio_that_begins_anew_does_not_change_a_result(
    backend: ModuleType, backend_name: str
) -> None:
    bars = wave(200)
    expected = run(backend, backend_name, bars, executor_of(backend))
    executor = executor_of(backend)
    late = run(backend, backend_name, bars, executor)
    executor.portfolio.__init__()
    assert late.digest == expected.digest
    assert late.table("refusals").equals(expected.table("refusals"))


def test_a_subclass_has_the_last_word(backend: ModuleType, backend_name: str) -> None:
    class Silent(backend.Portfolio):  # type: ignore[name-defined, misc]
        @property
        def exits(self) -> list[Any]:
            return []

    class Quiet(backend.ExecutionSimulator):  # type: ignore[name-defined, misc]
        @property
        def rejected_signals(self) -> list[Any]:
            return []

    executor = Quiet(
        Silent(), policy=backend.ExecutionPolicy(max_positions=1), sizing=backend.FixedLots(0.1)
    )
    if backend_name != "rust":
        pytest.skip("only Rust's own objects give their lists later")
    late = run(backend, backend_name, wave(100), executor)
    assert "signal" not in late.table("refusals")["kind"].to_pylist()
    assert late.trades.num_rows == len(executor.portfolio.open_positions)


def test_a_digest_column_by_column_is_that_of_the_table(
    backend: ModuleType, backend_name: str
) -> None:
    if backend_name != "rust":
        pytest.skip("only Rust makes a column of equity alone")
    bid, ask = made_bars(LONG + 5_000)
    executor = executor_of(backend)
    strategy = backend.EmaCross("M1")
    options: dict[str, Any] = {"symbol": "EURUSD", "executor": executor, "backend": backend_name}
    first = run_backtest(bid[:3_000], ask[:3_000], strategy, **options)
    late = run_backtest(bid[3_000:], ask[3_000:], strategy, **options)
    assert first.equity.num_rows == 3_000
    # Rows that were written before, and those of the run, which are only noted.
    by_column = late.digest
    assert "equity" not in late._tables
    assert digest(late.tables) == by_column
    assert late.equity.num_rows == LONG + 5_000


@pytest.mark.parametrize("is_native", [True, False])
def test_rows_of_a_moment_within_a_run_leave_those_that_follow(
    backend: ModuleType, backend_name: str, is_native: bool
) -> None:
    if backend_name != "rust":
        pytest.skip("only Rust gives rows of a moment")
    executor = executor_of(backend)
    kept: list[Any] = []

    class Looks:
        every = 500

        def __call__(self, current: int, total: int) -> None:
            if current in {1_000, 1_500}:
                kept.append(executor.portfolio._equity_rows())
            if current == 2_000:
                # Made now, while the run goes on.
                assert len(kept[0].columns()["cash"]) == 1_000

    bid, ask = made_bars(3_000)
    strategy = backend.EmaCross("M1") if is_native else Mixed(executor)
    result = run_backtest(
        bid, ask, strategy, symbol="EURUSD", executor=executor, on_progress=Looks(),
        backend=backend_name,
    )  # fmt: skip
    whole = executor.portfolio.equity_columns()
    assert result.equity.num_rows == len(whole["cash"]) == 3_000
    for rows, count in zip(kept, (1_000, 1_500), strict=True):
        assert len(rows) == count
        for name, column in rows.columns().items():
            assert (column == whole[name][:count]).all()
            assert (rows.column(name) == column).all()
    assert result.equity["equity"].to_numpy().tolist() == whole["equity"].tolist()
