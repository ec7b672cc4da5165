"""A defect of the Rust engine becomes an ordinary error at the one guard, in run()."""

from __future__ import annotations

from typing import Any

import pytest

from .market import SYMBOL, Market, Trader


@pytest.fixture
def rust(backends: Any) -> Any:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    return backends["rust"]


@pytest.mark.parametrize("generic", [False, True])
def test_a_panic_becomes_an_error(rust: Any, generic: bool, capfd: Any) -> None:
    from rsengine._rsengine import _panic

    class Failing(Trader):
        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index == 42:
                _panic("made for this test")
            return super().evaluate(index, slice_map)

    class Executor(rust.ExecutionSimulator):
        pass

    market = Market(rust, 60)
    portfolio = market.portfolio()
    executor = market.executor(portfolio, Executor if generic else None)
    strategy = Failing()
    strategy.attach(rust, executor, portfolio)
    with pytest.raises(RuntimeError, match="made for this test") as info:
        market.engine(strategy, executor, portfolio).run()
    assert info.value.code == "ENGINE_PANIC"
    assert len(portfolio.equity_columns()["cash"]) == 42, "the state stays readable"
    assert executor.active_positions
    again = Market(rust, 60)
    again.run(Trader())
    assert again.data["M1"]["bid"] is again.bid
    assert SYMBOL in executor.symbol_specs
    assert "made for this test" in capfd.readouterr().err
