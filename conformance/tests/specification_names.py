"""What the interface specification has, heading by heading: the rows that its map must have.

The list is kept apart from the map on purpose: a row that is lost there is missed here. A name that
is asked for twice, such as `direction` of a raw signal and of a table, stands under both headings.
"""

from __future__ import annotations

#: Part of the map -> names of its rows, in their order.
NAMES = {
    "loops": "EventEngine CrossSymbolEventEngine coordinates dependency_injection rust_over_pyo3",
    "single_input": "boundary bid_candles ask_candles multi_candle_data symbol original_start_dt",
    "multi_input": "boundary candle_lookups common_timestamps primary_tf",
    "types": (
        "boundary CandleLookups CommonTimestamps Symbol PriceType TimestampKey Candle "
        "MultiCandleData"
    ),
    "injected": (
        "boundary StrategyWrapper StrategyWrapper.evaluate ExecutionSimulator "
        "ExecutionSimulator.process_signal ExecutionSimulator.evaluate_exits Portfolio "
        "Portfolio.update Portfolio.register_entry Portfolio.register_exit on_progress"
    ),
    "event_engine": (
        "__init__ boundary bid_candles ask_candles strategy executor portfolio multi_candle_data "
        "symbol on_progress original_start_dt"
    ),
    "event_engine_constraints": "equal_lengths start_is_set in_order_of_time",
    "run": (
        "run boundary raises_without_start raises_without_start_index changes_active_positions "
        "changes_portfolio_by_entry changes_portfolio_by_exit changes_portfolio_by_fee "
        "changes_strategy_state"
    ),
    "phases": (
        "ENTRY ENTRY.process_signal EXITS EXITS.stop_and_target MANAGE MANAGE.trailing "
        "MANAGE.break_even PORTFOLIO PORTFOLIO.equity PORTFOLIO.drawdown PROGRESS"
    ),
    "machine": (
        "START LOOP END entry_exits_manage entry_to_process_signal manage_portfolio_progress "
        "next_bar"
    ),
    "cross_engine": (
        "__init__ boundary candle_lookups common_timestamps strategy executor portfolio "
        "primary_tf on_progress original_start_dt"
    ),
    "cross_constraints": "all_symbols_covered",
    "cross_run": (
        "run boundary set_timestamp evaluate evaluate_exits manage update on_progress order"
    ),
    "cross_differences": "MultiSymbolSlice exits_per_symbol management_per_symbol",
    "evaluate": (
        "evaluate boundary index slice_map slice_map.one_symbol slice_map.several_symbols "
        "returns_none returns_one returns_list returns_else"
    ),
    "progress": "on_progress boundary current_step total_steps",
    "raw_signal": (
        "boundary TradeSignalDict direction entry sl tp symbol type reason tags scenario meta "
        "metadata RawSignalDirection OrderType"
    ),
    "signal": (
        "TradeSignal direction entry_price stop_loss take_profit symbol timestamp type reason "
        "tags scenario meta normalised_by_wrapper"
    ),
    "arrow": (
        "SIGNAL_SCHEMA direction entry_price stop_loss take_profit symbol timestamp type reason "
        "scenario meta"
    ),
    "slice": (
        "SymbolDataSliceProtocol boundary index indicators IndicatorCacheProtocol CandleLike "
        "set_index latest history"
    ),
    "set_index": "index",
    "latest": "timeframe price_type",
    "history": "timeframe price_type length",
    "complexity": (
        "loop strategy.evaluate executor.process_signal executor.evaluate_exits portfolio.update"
    ),
    "shares": (
        "loop_overhead strategy_evaluate execution_simulator portfolio_update progress_callback "
        "targets"
    ),
    "option_a": "run_backtest Strategy advantage drawback",
    "option_b": (
        "run_backtest_hybrid strategy_callback signals_in_rust arrow_candles advantage drawback"
    ),
    "option_c": "precompute_indicators IndicatorBatch python_loop recommendation",
    "invariants": "bars_ascend warm_up entry_before_exit manager_after_exits portfolio_is_current",
    "modules": (
        "event_engine execution_simulator portfolio symbol_data_slicer multi_symbol_slice "
        "strategy_wrapper protocols types indicator_cache"
    ),
}

#: Signatures of constructors and methods in the order of their parameters.
IN_ORDER = {
    "event_engine": (
        "bid_candles ask_candles strategy executor portfolio multi_candle_data symbol on_progress "
        "original_start_dt"
    ),
    "cross_engine": (
        "candle_lookups common_timestamps strategy executor portfolio primary_tf on_progress "
        "original_start_dt"
    ),
    "evaluate": "index slice_map",
    "set_index": "index",
    "latest": "timeframe price_type",
    "history": "timeframe price_type length",
}

#: Rows that say what is not there, or not shown.
OPEN = "complexity.executor.process_signal complexity.portfolio.update".split()
