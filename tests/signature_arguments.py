"""Legal arguments by name, none of them a default, for the calls of `signature_calls.py`."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir
from typing import Any

from fillproof.expressions import Plan, close, ema

from .helpers import moment

RISES = close() > ema(9)
SAVED = Path(gettempdir()) / "fillproof_rises.json"

# Bar after which the executor of the bench stands.
AT = 120


class Quiet:
    """A strategy without signals."""

    def evaluate(self, index: int, slice_map: Any) -> None:
        return None


class Often:
    """A strategy of `on_data` that gives a signal at every seventh bar."""

    def on_data(self, slice_map: Any) -> Any:
        view = next(iter(slice_map.values()))
        bid = view.latest("M1")
        if view.index % 7 or bid is None:
            return None
        raw = {"direction": "buy", "sl": bid.close - 0.0005, "tp": bid.close + 0.0005}
        return {**raw, "symbol": view.symbol}


def told(current: int, total: int) -> None:
    return None


def common(bench: Any) -> dict[str, Any]:
    """Return arguments that mean the same wherever a parameter has their name."""
    bid, ask = bench.sides
    return {
        "bid_candles": bid, "ask_candles": ask, "strategy": bench.wrapper,
        "executor": bench.executor, "portfolio": bench.e.Portfolio,
        "multi_candle_data": bench.data, "symbol": "EURUSD", "on_progress": told,
        "original_start_dt": moment(4), "tracer": bench.e.Tracer,
        "candle_lookups": bench.lookups, "common_timestamps": bench.keys, "primary_tf": "M1",
        "index": 7, "slice_map": lambda: {"EURUSD": bench.slice()}, "multi_slice": bench.multi,
        "timeframe": "M1", "price_type": "ask", "length": 3, "tf": "M1",
        "bid": bid[AT + 1], "ask": ask[AT + 1], "timestamp": bid[AT + 1].timestamp,
        "signal": bench.signal, "time": moment(AT + 1), "amount": 1.5, "kind": "swap",
        "price": 1.12, "size": 0.04, "reason": "timeout", "period": 9, "x": 1.2345,
        "high": 1.3, "low": 1.2, "close": 1.25, "open": 1.22, "value": bid[5],
        "session": lambda: bench.e.Session("M1", flat_at=["12:00"]), "window": 17,
        "R": 0.5, "Q": 0.25, "alpha": 0.1, "beta": 0.7, "omega": 1e-7, "scale": 10.0,
        "use_log_returns": False, "min_periods": 5, "sigma_floor": 0.001, "idx": 100,
        "lookback": 50, "pip_size": 0.001, "fast": 4, "slow": 8, "account": "EUR",
        "symbol_specs": bench.specs, "entry": 1.1, "stop_atr": 1.0, "target_atr": 2.5,
        "rest": 3, "values": bid.close, "candles": bid, "direction": "short",
    }  # fmt: skip


def special(bench: Any) -> dict[str, dict[str, Any]]:
    """Return arguments that mean something else in a class, or are known there alone."""
    e, (bid, ask) = bench.e, bench.sides
    garch = {"min_periods": 150, "sigma_floor": 50.0}
    return {
        "CrossSymbolEventEngine": {
            "strategy": Quiet, "coverage": "strict", "original_start_dt": bench.keys[4],
        },
        "StrategyWrapper": {
            "strategy": Often, "cooldown_candles": 3, "cooldown_minutes": 2.5,
            "cooldown_minutes_trade": 1.5, "entry_timestamp_mode": "close",
        },
        "ExecutionSimulator": {
            "risk_per_trade": 50.0, "slippage_model": lambda: e.SlippageModel(0.3),
            "fee_model": lambda: e.FeeModel(1.0), "strict": True,
            "policy": lambda: e.ExecutionPolicy(close_at_end=True),
            "sizing": lambda: e.FixedLots(0.2), "margin": lambda: e.Margin(30.0),
            "rates": lambda: e.Rates("USD", {"EUR/USD": 1.1}), "last": True,
            "ExecutionSimulator.open_bar.symbol": "GBPUSD",
            "ExecutionSimulator.evaluate_exits.symbol": "GBPUSD", "position": 1,
            "ExecutionSimulator.cancel.position": 2, "sl": 1.0, "tp": 1.5,
            "ExecutionSimulator.modify.position": 2, "expires_at": moment(500),
            # Refused, since the one that is asked has traded; test_restore has the rest.
            "state": lambda: bench.executor().state(),
        },
        "Portfolio": {
            "initial_balance": 500.0, "position": bench.position, "bid": bid[9], "ask": ask[9],
            "Portfolio.register_exit.position": bench.closed, "symbol": "GBPUSD",
        },
        "PositionManager": {
            "max_holding_bars": 3, "max_holding_minutes": 5.0,
            "break_even": lambda: e.BreakEven(after_r=1.0),
            "trailing": lambda: e.Trailing(pips=5.0),
            "partials": lambda: [e.Partial(0.5, after_r=1.0)],
            "open_positions": list, "symbol_slice": bench.slice, "bid_candle": bid[AT],
            "ask_candle": ask[AT], "all_positions": tuple,
        },
        "MultiSymbolSlice": {
            "timestamp": bench.keys[8], "symbol": "GBPUSD", "default": 3,
            "MultiSymbolSlice.get.symbol": "nowhere",
        },
        "SymbolDataSlice": {"SymbolDataSlice.index": 7},
        "SeriesView": {"start": 6, "stop": 2},
        "Candles": {
            "time_us": bid.time_us, "open": bid.open, "high": bid.high, "low": bid.low,
            "close": bid.close, "volume": bid.high, "start": 6, "stop": 2,
            "candles": list(bid),
        },
        "AlignedCandles": {"places": bench.places, "start": 7, "stop": 2},
        "Candle": {"timestamp": moment(1), "volume": 7.0, "low": 1.1},
        "PortfolioPosition": {
            "entry_time": moment(0), "entry_price": 1.1, "stop_loss": 1.12,
            "take_profit": 1.08, "risk_per_trade": 50.0, "initial_stop_loss": 1.13,
            "initial_take_profit": 1.07, "order_type": "limit", "status": "pending",
            "entry_fee": 2.0, "metadata": lambda: {"a": 1},
        },
        "TradeSignal": {
            "entry_price": 1.1, "stop_loss": 1.12, "take_profit": 1.0, "type": "limit",
            "reason": "r", "tags": ("t",), "scenario": "s", "meta": lambda: {"a": 1},
        },
        "Rejection": {
            "order_id": 1, "time_us": 2, "rule": "S3.sides", "field": "stop_loss",
            "value": 1.0, "expected": "< 1",
        },
        "Mark": {"rule": "X3", "time_us": 0, "other": "target", "result": 5.0},
        "Tracer": {"bar": 3, "time_us": 4, "phase": "ENTRY", "kind": "note", "rule": ""},
        "SymbolSpec": {
            "digits": 4, "contract_size": 10.0, "volume_min": 0.1, "volume_step": 0.1,
            "volume_max": 7.0, "base_currency": "EUR", "quote_currency": "USD",
            "tick_size": 0.1, "tick_value": 2.0, "min_stop_distance": 0.1, "swap_long": 1.0,
            "swap_short": -1.0, "swap_triple": "Fri", "leverage": 5.0,
        },
        "ExecutionPolicy": {
            "market_fill": "next_open", "close_at_end": True, "on_crossed": "error",
            "intrabar": "best", "gap_fill": "level", "on_marketable": "reject",
            "limit_through_pips": 0.5, "exit_buffer_pips": 0.5, "below_min": "clamp",
            "max_positions": 3, "max_positions_symbol": 2, "preset": "parity",
        },
        "FixedLots": {"lots": 0.2},
        "RiskAmount": {"amount": 70.0},
        "RiskFraction": {"fraction": 0.02},
        "SlippageModel": {"fixed_pips": 0.5, "random_pips": 0.25, "seed": 9},
        "FeeModel": {"per_lot": 1.0, "per_million": 2.0, "percent": 0.5, "minimum": 0.1},
        "Session": {
            "no_entry": lambda: [("01:00", "02:00")], "flat_at": lambda: ["12:00"],
        },
        "Rates": {
            "pairs": lambda: {"EUR/USD": 1.1}, "hub": "USD", "max_age_minutes": 7.0,
        },
        "RateSeries": {
            "end_us": bid.time_us, "rates": bid.close, "bid": bid, "ask": ask,
        },
        "Margin": {"leverage": 30.0, "stop_out": 0.3, "stop_out_price": "close"},
        "BreakEven": {"after_r": 2.0, "after_pips": 5.0, "buffer_pips": 1.0},
        "Trailing": {"pips": 5.0, "r": 2.0, "atr": 1.5},
        "Partial": {"fraction": 0.5, "after_r": 2.0, "after_pips": 5.0},
        "EmaCross": {"stop_pips": 5.0, "target_pips": 6.0},
        "Breakout": {
            "length": 9, "max_bars": 3, "stop": 1.0, "target": 2.0, "unit": "pips",
        },
        "PairSpread": {
            "symbol_a": "EURUSD", "symbol_b": "GBPUSD", "hedge": 0.5, "entry": 1.5,
        },
        "ColumnStrategy": {
            "direction": lambda: [0, 1], "entry": [1.0, 1.0], "stop": [1.0, 1.0],
            "target": [1.0, 1.0], "type": "limit", "reason": "by hand", "start": 0, "total": 2,
        },
        "CrossColumnStrategy": {
            "columns": lambda: {"EURUSD": e.ColumnStrategy([0, 1])}, "start": 0, "total": 2,
        },
        "ExpressionStrategy": {
            "long": RISES, "short": ~RISES, "plan": lambda: Plan(RISES),
            "text": Plan(RISES).to_json(), "path": lambda: Plan(RISES).save(SAVED),
            "stop": 1.0, "target": 1.3, "type": "limit", "entry": 1.1,
        },
        "IndicatorCache": {
            "series": bid.close, "fast_period": 3, "slow_period": 7, "signal_period": 4,
            "std_factor": 3.0, "mean_source": "ema", "ema_period": 4, "feature": "garch",
            "atr_length": 3, "garch_lookback": 50, "garch_alpha": 0.1, "garch_beta": 0.7,
            "garch_omega": 1e-7, "garch_use_log_returns": False, "garch_scale": 10.0,
            "garch_min_periods": 5, "garch_sigma_floor": 50.0, **garch,
        },
        "Bollinger": {"std_factor": 3.0},
        "Macd": {"fast_period": 3, "slow_period": 7, "signal_period": 4},
        "Zscore": {"mean_source": "ema", "ema_period": 4},
        "precompute_indicators": {"wanted": lambda: {"mean": ("sma", 3)}},
    }  # fmt: skip
