"""Puts plain cases to Fillproof, on any backend."""

from __future__ import annotations

from typing import Any

from fillproof import backends, run_backtest
from fillproof.candle_table import CandleTable

from .plain import FEE_FIXED, FEE_RATE, UNITS, Case, Row

__all__ = ["answer"]

_LOTS = UNITS / 100_000


class _Scripted:
    """Sends the signals of a case at their bars; the executor tells whether there is a position."""

    def __init__(self, case: Case, engine: Any, executor: Any) -> None:
        self.case, self.engine, self.executor = case, engine, executor
        self.sent: list[int] = []
        self.at: dict[int, list[int]] = {}
        for number, signal in enumerate(case.signals):
            self.at.setdefault(signal.bar, []).append(number)
        self.commanded = {bar for signal in case.signals for bar, _ in signal.moves}
        self.commanded |= {signal.close_at for signal in case.signals if signal.close_at}

    def evaluate(self, index: int, slice_map: Any) -> list[Any]:
        due = self.at.get(index, [])
        if self.case.gate != "several" and self.executor.active_positions:
            due = []
        if index in self.commanded:
            self._command(index)
        self.sent += due
        return [self._signal(number, slice_map) for number in due]

    def _command(self, index: int) -> None:
        for position in self.executor.active_positions:
            signal = self.case.signals[self.sent[position.order_id - 1]]
            if position.status != "open":
                continue
            for bar, stop in signal.moves:
                if bar == index and position.order_id % 2:
                    position.stop_loss = stop
                elif bar == index:
                    self.executor.modify(position, sl=stop)
            if signal.close_at == index:
                self.executor.close(position)

    def _signal(self, number: int, slice_map: Any) -> Any:
        symbol, signal = self.case.symbol, self.case.signals[number]
        return self.engine.TradeSignal(
            "long" if signal.long else "short",
            signal.entry,
            signal.stop,
            signal.target,
            symbol,
            slice_map[symbol].bid.timestamp,
            signal.type,
            meta=None if signal.max_bars is None else {"max_bars": signal.max_bars},
        )


def answer(case: Case, backend: str, **policy: Any) -> tuple[list[Row], list[float]]:
    """Run one case.

    Parameters
    ----------
    case
        What is run.
    backend
        Which engine runs it.
    **policy
        Further options of `ExecutionPolicy`, to see that a wrong one is noticed.

    Returns
    -------
    rows, equity
        What became of each signal; the equity after each bar, less the balance at the start.
    """
    engine: Any = backends.resolve(backend)[1]
    columns = case.candles
    candles = CandleTable(*columns)
    executor = engine.ExecutionSimulator(
        engine.Portfolio(),
        symbol_specs=_specs(case.symbol, backend),
        policy=engine.ExecutionPolicy(market_fill=case.fill, **policy),
        sizing=engine.FixedLots(_LOTS),
        fee_model=_fees(engine) if case.fees else None,
    )
    strategy = _Scripted(case, engine, executor)
    result = run_backtest(
        candles,
        candles,
        strategy,
        symbol=case.symbol,
        executor=executor,
        backend=backend,
    )
    rows = [Row("skipped")] * len(case.signals)
    for number, signal in zip(strategy.sent, result.signals.to_pylist(), strict=True):
        rows[number] = _without_trade(signal)
    bar_at = {time: bar for bar, time in enumerate(columns.time_us)}
    for trade in result.trades.to_pylist():
        number = strategy.sent[trade["order_id"] - 1]
        if case.signals[number].long != (trade["direction"] == "long"):
            raise ValueError(f"signal {number} became a {trade['direction']} position")
        closed = trade["status"] == "closed"
        rows[number] = Row(
            trade["status"],
            bar_at[trade["trigger_time_us"]],
            trade["entry_price"],
            bar_at[trade["exit_time_us"]] if closed else None,
            trade["exit_price"] if closed else None,
            trade["net_result"] if closed else None,
        )
    start = result.exact["initial_balance"]
    return rows, [value - start for value in result.equity["equity"].to_pylist()]


def _without_trade(signal: dict[str, Any]) -> Row:
    if signal["outcome"] == "rejected":
        return Row("rejected" if signal["rule"] == "E1.next_open_sides" else "refused")
    return Row("expired" if signal["rule"] == "E3.max_bars" else "waiting")


def _fees(engine: Any) -> Any:
    return engine.FeeModel(per_million=0.0, per_lot=FEE_FIXED / _LOTS, percent=FEE_RATE * 100)


def _specs(symbol: str, backend: str) -> dict[str, Any] | None:
    from fillproof.data import default_spec
    from fillproof.specs import is_forex

    return {symbol: default_spec(symbol, backend)} if is_forex(symbol) else None
