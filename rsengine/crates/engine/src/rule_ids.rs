//! Ids of the rules, as engines write them into what they decide.
//!
//! Generated from golden/rules.toml by `python -m fillproof.conformance.lints.generated`.

/// Times carry a zone.
pub const T1_AWARE: &str = "T1.aware";
/// There are bars.
pub const T2_EMPTY: &str = "T2.empty";
/// Both sides have as many bars.
pub const T2_LENGTHS: &str = "T2.lengths";
/// Both sides of a bar have one time.
pub const T2_SAME_TIME: &str = "T2.same_time";
/// Times ascend strictly.
pub const T2_ASCENDING: &str = "T2.ascending";
/// Prices are finite.
pub const T2_FINITE: &str = "T2.finite";
/// Prices are above zero.
pub const T2_POSITIVE: &str = "T2.positive";
/// The high is the highest.
pub const T2_HIGH: &str = "T2.high";
/// The low is the lowest.
pub const T2_LOW: &str = "T2.low";
/// Crossed bars are counted or refused.
pub const T2_CROSSED: &str = "T2.crossed";
/// A candle has the fields of one.
pub const T2_CANDLE_TYPE: &str = "T2.candle_type";
/// Order of the checks before a run.
pub const T4_CHECK_ORDER: &str = "T4.check_order";
/// A run says where it starts.
pub const L1_START_MISSING: &str = "L1.start_missing";
/// A run starts at one of its bars.
pub const L1_START_NOT_FOUND: &str = "L1.start_not_found";
/// Bars before the start only warm up.
pub const L1_WARMUP: &str = "L1.warmup";
/// The phases of a bar.
pub const L2_PHASES: &str = "L2.phases";
/// Where the manager is found.
pub const L3_MANAGER: &str = "L3.manager";
/// Where a run of several symbols starts.
pub const L4_START: &str = "L4.start";
/// Keys ascend.
pub const L4_KEYS: &str = "L4.keys";
/// Keys are of one type.
pub const L4_KEY_TYPE: &str = "L4.key_type";
/// A clock is needed for what counts time.
pub const L4_CLOCK: &str = "L4.clock";
/// Keys that are not times count by their place.
pub const L4_ORDINAL: &str = "L4.ordinal";
/// The phases of a key.
pub const L5_PHASES: &str = "L5.phases";
/// A symbol without a bar.
pub const L5_HOLE: &str = "L5.hole";
/// Every symbol has every key, on request.
pub const L5_COVERAGE: &str = "L5.coverage";
/// Every key has a bar.
pub const L5_EMPTY_KEY: &str = "L5.empty_key";
/// A candle stands at its time.
pub const L5_KEY_TIME: &str = "L5.key_time";
/// Commands for a symbol in a hole.
pub const L8_HOLE: &str = "L8.hole";
/// Attributes are looked up when used.
pub const L6_LATE_LOOKUP: &str = "L6.late_lookup";
/// A callback's exception leaves unchanged.
pub const L6_EXCEPTION: &str = "L6.exception";
/// Numbers of orders.
pub const L7_ORDER_ID: &str = "L7.order_id";
/// A level written in ENTRY takes effect in CLOSE.
pub const L8_QUEUED_WRITE: &str = "L8.queued_write";
/// A write to a position that has gone.
pub const L8_DROPPED: &str = "L8.dropped";
/// A write that breaks S3.
pub const L8_REFUSED: &str = "L8.refused";
/// A level written in MANAGE takes effect at once.
pub const L8_MANAGE_WRITE: &str = "L8.manage_write";
/// A close or cancel ordered in ENTRY waits.
pub const L8_QUEUED_COMMAND: &str = "L8.queued_command";
/// An order is cancelled.
pub const L8_CANCELLED: &str = "L8.cancelled";
/// A run goes on from a state.
pub const L9_RESTORE: &str = "L9.restore";
/// A signal is processed.
pub const S1_SIGNAL: &str = "S1.signal";
/// A missing entry price.
pub const S1_ENTRY_DEFAULT: &str = "S1.entry_default";
/// Directions.
pub const S1_DIRECTION: &str = "S1.direction";
/// Order types.
pub const S1_TYPE: &str = "S1.type";
/// An entry price is finite.
pub const S1_ENTRY: &str = "S1.entry";
/// What a strategy may return.
pub const S1_RUBBISH: &str = "S1.rubbish";
/// Notes on a signal.
pub const S1_META: &str = "S1.meta";
/// Options of an order.
pub const S1_ORDER_OPTIONS: &str = "S1.order_options";
/// What the wrapper calls.
pub const S2_WRAPPER: &str = "S2.wrapper";
/// The moment of a decision.
pub const S2_DECISION_TIME: &str = "S2.decision_time";
/// Within a cooldown the strategy is not called.
pub const S2_COOLDOWN: &str = "S2.cooldown";
/// Nothing is opened without equity.
pub const S3_EQUITY: &str = "S3.equity";
/// The symbol is known.
pub const S3_UNKNOWN_SYMBOL: &str = "S3.unknown_symbol";
/// The symbol has a bar now.
pub const S3_NO_BAR: &str = "S3.no_bar";
/// Levels are finite.
pub const S3_NOT_FINITE: &str = "S3.not_finite";
/// Stop and target are on their sides.
pub const S3_SIDES: &str = "S3.sides";
/// Stop and target of a waiting order.
pub const S3_SIDES_WAITING: &str = "S3.sides_waiting";
/// Levels keep their distance.
pub const S3_DISTANCE: &str = "S3.distance";
/// An order that would fill at once is refused on request.
pub const S3_MARKETABLE: &str = "S3.marketable";
/// So many positions at most.
pub const S3_MAX_POSITIONS: &str = "S3.max_positions";
/// So many positions of a symbol at most.
pub const S3_MAX_POSITIONS_SYMBOL: &str = "S3.max_positions_symbol";
/// The rate is known.
pub const S3_RATE: &str = "S3.rate";
/// Risk sizing needs a stop.
pub const S3_RISK_WITHOUT_STOP: &str = "S3.risk_without_stop";
/// The raw size is finite.
pub const S3_SIZE_NOT_FINITE: &str = "S3.size_not_finite";
/// Fixed lots lie on the grid.
pub const S3_VOLUME: &str = "S3.volume";
/// Risk too small for the smallest size.
pub const S3_BELOW_MIN: &str = "S3.below_min";
/// There is margin.
pub const S3_MARGIN: &str = "S3.margin";
/// Hours without entries.
pub const S3_NO_ENTRY: &str = "S3.no_entry";
/// Strict runs stop at a rejection.
pub const S3_STRICT: &str = "S3.strict";
/// The first reason decides.
pub const S3_CHECK_ORDER: &str = "S3.check_order";
/// Signals that share a name cancel each other.
pub const S4_OCO_GROUP: &str = "S4.oco_group";
/// Cancelled with its group.
pub const S4_OCO_CANCELLED: &str = "S4.oco_cancelled";
/// One of a group fills at the open.
pub const S4_OCO_OPEN: &str = "S4.oco_open";
/// Several of a group at the open.
pub const S4_OCO_OPENS: &str = "S4.oco_opens";
/// The path decides within a group.
pub const S4_OCO_PATH: &str = "S4.oco_path";
/// The first accepted of a group.
pub const S4_OCO_FIRST: &str = "S4.oco_first";
/// A group over several symbols.
pub const S4_OCO_ACROSS: &str = "S4.oco_across";
/// Market orders fill at the close.
pub const E1_CLOSE: &str = "E1.close";
/// Market orders fill at the price of the signal.
pub const E1_SIGNAL: &str = "E1.signal";
/// A price of the signal that the bar did not show.
pub const E1_SIGNAL_OUTSIDE: &str = "E1.signal_outside";
/// Market orders fill at the next open.
pub const E1_NEXT_OPEN: &str = "E1.next_open";
/// A gap that invalidates a waiting market order.
pub const E1_NEXT_OPEN_SIDES: &str = "E1.next_open_sides";
/// Active positions are in order of acceptance.
pub const E2_LIST: &str = "E2.list";
/// A limit order fills at the open.
pub const E2_LIMIT_OPEN: &str = "E2.limit_open";
/// A limit order is touched inside a bar.
pub const E2_LIMIT_INSIDE: &str = "E2.limit_inside";
/// A stop order fills at the open.
pub const E2_STOP_OPEN: &str = "E2.stop_open";
/// A stop order is touched inside a bar.
pub const E2_STOP_INSIDE: &str = "E2.stop_inside";
/// A gapped limit order at its level.
pub const E2_LIMIT_LEVEL: &str = "E2.limit_level";
/// A gapped stop order at its level.
pub const E2_STOP_LEVEL: &str = "E2.stop_level";
/// An order expires at its time.
pub const E3_EXPIRED: &str = "E3.expired";
/// An order expires after so many bars.
pub const E3_MAX_BARS: &str = "E3.max_bars";
/// A fill inside the bar in which the order expires.
pub const E3_SPANNED: &str = "E3.spanned";
/// Fixed lots.
pub const E4_FIXED_LOTS: &str = "E4.fixed_lots";
/// Size from a risk amount.
pub const E4_RISK_AMOUNT: &str = "E4.risk_amount";
/// The reference price.
pub const E4_REFERENCE: &str = "E4.reference";
/// Size from a fraction of equity.
pub const E4_RISK_FRACTION: &str = "E4.risk_fraction";
/// Raised to the smallest size.
pub const E4_CLAMPED: &str = "E4.clamped";
/// Size capped at the largest.
pub const E4_CAPPED: &str = "E4.capped";
/// A stop order's target in its entry bar.
pub const E5_STOP_TARGET: &str = "E5.stop_target";
/// A stop order's stop in its entry bar, certain.
pub const E5_STOP_STOP_CERTAIN: &str = "E5.stop_stop_certain";
/// A stop order's stop in its entry bar, ambiguous.
pub const E5_STOP_STOP_AMBIGUOUS: &str = "E5.stop_stop_ambiguous";
/// A stop order's stop touched from the open on.
pub const E5_STOP_STOP_SKIPPED: &str = "E5.stop_stop_skipped";
/// A limit order's stop in its entry bar, certain.
pub const E5_LIMIT_STOP_CERTAIN: &str = "E5.limit_stop_certain";
/// A limit order's stop in its entry bar, ambiguous.
pub const E5_LIMIT_STOP_AMBIGUOUS: &str = "E5.limit_stop_ambiguous";
/// A limit order's target in its entry bar, certain.
pub const E5_LIMIT_TARGET_CERTAIN: &str = "E5.limit_target_certain";
/// A limit order's target in its entry bar, ambiguous.
pub const E5_LIMIT_TARGET_AMBIGUOUS: &str = "E5.limit_target_ambiguous";
/// An entry bar that is crossed.
pub const E5_CROSSED: &str = "E5.crossed";
/// Stop and target both happen in the entry bar.
pub const E5_TIE: &str = "E5.tie";
/// The path decides in the entry bar.
pub const E5_PATH: &str = "E5.path";
/// The mark of an entry bar.
pub const E5_MARK: &str = "E5.mark";
/// One pass over the active positions.
pub const E6_ONE_PASS: &str = "E6.one_pass";
/// The stop is touched.
pub const X1_STOP: &str = "X1.stop";
/// The target is touched.
pub const X1_TARGET: &str = "X1.target";
/// Exits within a buffer.
pub const X1_BUFFER: &str = "X1.buffer";
/// The bar opens at or beyond the stop.
pub const X2_GAP_STOP: &str = "X2.gap_stop";
/// The bar opens at or beyond the target.
pub const X2_GAP_TARGET: &str = "X2.gap_target";
/// A gapped stop at its level.
pub const X2_LEVEL_STOP: &str = "X2.level_stop";
/// A gapped target at its level.
pub const X2_LEVEL_TARGET: &str = "X2.level_target";
/// A stop never fills better than the bar traded.
pub const X2_CAP: &str = "X2.cap";
/// Stop and target touched in one bar.
pub const X3_WORST: &str = "X3.worst";
/// The target in a tie.
pub const X3_BEST: &str = "X3.best";
/// High before low.
pub const X3_OHLC: &str = "X3.ohlc";
/// Low before high.
pub const X3_OLHC: &str = "X3.olhc";
/// The nearer extreme first.
pub const X3_NEAREST_EXTREME: &str = "X3.nearest_extreme";
/// The colour of the candle.
pub const X3_CANDLE_COLOR: &str = "X3.candle_color";
/// What ambiguity could make.
pub const X4_LEDGER: &str = "X4.ledger";
/// Waiting orders end with the data.
pub const X5_EXPIRED_END_OF_DATA: &str = "X5.expired_end_of_data";
/// Positions closed with the last bar.
pub const X5_CLOSE_AT_END: &str = "X5.close_at_end";
/// A position closed by command.
pub const X5_MANUAL: &str = "X5.manual";
/// A position closed by command at the next open.
pub const X5_MANUAL_OPEN: &str = "X5.manual_open";
/// A position closed by its close method.
pub const X5_CLOSED_BY_HAND: &str = "X5.closed_by_hand";
/// What the manager looks at, and when.
pub const M1_ORDER: &str = "M1.order";
/// How far a position has come.
pub const M1_GAINED: &str = "M1.gained";
/// Flat at a time.
pub const M1_FLAT_AT: &str = "M1.flat_at";
/// Held for so many bars.
pub const M1_MAX_BARS: &str = "M1.max_bars";
/// Held for so many minutes.
pub const M1_MAX_MINUTES: &str = "M1.max_minutes";
/// The stop goes to break-even.
pub const M1_BREAK_EVEN: &str = "M1.break_even";
/// The stop trails.
pub const M1_TRAILING: &str = "M1.trailing";
/// A stop on the wrong side of the close.
pub const M1_STOP_REFUSED: &str = "M1.stop_refused";
/// A part is closed.
pub const M1_PARTIAL: &str = "M1.partial";
/// A rest too small closes all.
pub const M1_PARTIAL_ALL: &str = "M1.partial_all";
/// A part too small is skipped.
pub const M1_PARTIAL_SKIPPED: &str = "M1.partial_skipped";
/// The reason of a stop is who set it last.
pub const M1_STOP_REASON: &str = "M1.stop_reason";
/// Managers and positions of the user's own.
pub const M2_FOREIGN: &str = "M2.foreign";
/// Binary64, in the order of the brackets.
pub const N1_BRACKETS: &str = "N1.brackets";
/// Levels are snapped once.
pub const N2_SNAP: &str = "N2.snap";
/// Slipped prices are snapped against the trader.
pub const N2_ADVERSE: &str = "N2.adverse";
/// Random slippage.
pub const N3_RANDOM: &str = "N3.random";
/// Distances in ticks.
pub const N2_TICKS: &str = "N2.ticks";
/// No negative zero.
pub const N4_NO_NEGATIVE_ZERO: &str = "N4.no_negative_zero";
/// None is an absent level.
pub const N4_NONE_ABSENT: &str = "N4.none_absent";
/// Natural logarithm.
pub const N5_LOG: &str = "N5.log";
/// Logarithm to base 10.
pub const N5_LOG_TEN: &str = "N5.log_ten";
/// Exponential function.
pub const N5_EXP: &str = "N5.exp";
/// Square root.
pub const N5_ROOT: &str = "N5.root";
/// The summary.
pub const P1_SUMMARY: &str = "P1.summary";
/// The result of a trade.
pub const P2_RESULT: &str = "P2.result";
/// The result in units of risk.
pub const P2_R_MULTIPLE: &str = "P2.r_multiple";
/// What one unit of price is worth per lot.
pub const P2_UNIT_VALUE: &str = "P2.unit_value";
/// The entry fee leaves cash at the fill.
pub const P3_ENTRY_FEE: &str = "P3.entry_fee";
/// The exit fee leaves cash before the result comes.
pub const P3_EXIT_FEE: &str = "P3.exit_fee";
/// The result comes to cash at the exit.
pub const P3_EXIT_RESULT: &str = "P3.exit_result";
/// One row of equity a bar.
pub const P3_ROW: &str = "P3.row";
/// A row with an old mark.
pub const P3_ROW_STALE: &str = "P3.row_stale";
/// Equity is cash and marks.
pub const P3_EQUITY: &str = "P3.equity";
/// Equity at the worst of the bar.
pub const P3_EQUITY_WORST: &str = "P3.equity_worst";
/// Drawdown.
pub const P3_DRAWDOWN: &str = "P3.drawdown";
/// The same time again replaces the row.
pub const P3_ROW_REPLACED: &str = "P3.row_replaced";
/// A part in the books.
pub const P3_PARTIAL: &str = "P3.partial";
/// Positions of an executor that is not ours.
pub const P3_REALISED_ONLY: &str = "P3.realised_only";
/// The fee of one side.
pub const P4_FEE: &str = "P4.fee";
/// What a unit of price is worth in account currency.
pub const P5_UNIT_VALUE: &str = "P5.unit_value";
/// Which rate is known when.
pub const P5_MOMENT: &str = "P5.moment";
/// Converted directly.
pub const P5_DIRECT: &str = "P5.direct";
/// Converted by the inverse pair.
pub const P5_INVERSE: &str = "P5.inverse";
/// Converted over the hub.
pub const P5_HUB: &str = "P5.hub";
/// A stale rate.
pub const P5_STALE: &str = "P5.stale";
/// A quote currency needs rates.
pub const P5_REQUIRED: &str = "P5.required";
/// What counts ends of bars needs their length.
pub const P5_TIMEFRAME: &str = "P5.timeframe";
/// Rates are rates.
pub const P5_RATES: &str = "P5.rates";
/// When nights are counted.
pub const P6_ROLLOVER: &str = "P6.rollover";
/// Swap is booked.
pub const P6_SWAP: &str = "P6.swap";
/// Margin in use.
pub const A1_USED: &str = "A1.used";
/// No margin at the next open.
pub const A1_NEXT_OPEN: &str = "A1.next_open";
/// No margin at the trigger.
pub const A1_TRIGGER: &str = "A1.trigger";
/// Margin knows the base currency.
pub const A1_CURRENCY: &str = "A1.currency";
/// Nothing opens without equity.
pub const A2_NEXT_OPEN: &str = "A2.next_open";
/// Stop-out.
pub const A3_STOP_OUT: &str = "A3.stop_out";
/// Stop-out at the close.
pub const A3_AT_CLOSE: &str = "A3.at_close";
/// Stop-out and swap need a portfolio that can.
pub const A3_PORTFOLIO: &str = "A3.portfolio";
/// What indicators are made of.
pub const I_SERIES: &str = "I.series";
/// Exponential mean.
pub const I_EMA: &str = "I.ema";
/// Exponential mean over a gap.
pub const I_EMA_GAP: &str = "I.ema_gap";
/// Average true range.
pub const I_ATR: &str = "I.atr";
/// Sums over a window.
pub const I_WINDOW: &str = "I.window";
/// Range of a window.
pub const I_SPAN: &str = "I.span";
/// Mean.
pub const I_SMA: &str = "I.sma";
/// Wilder's smoothing.
pub const I_WILDER: &str = "I.wilder";
/// Relative strength.
pub const I_RSI: &str = "I.rsi";
/// Difference of two exponential means.
pub const I_MACD: &str = "I.macd";
/// Change in percent.
pub const I_ROC: &str = "I.roc";
/// True range.
pub const I_TRUE_RANGE: &str = "I.true_range";
/// Directional movement.
pub const I_DMI: &str = "I.dmi";
/// Bands about the mean.
pub const I_BOLLINGER: &str = "I.bollinger";
/// Choppiness.
pub const I_CHOPPINESS: &str = "I.choppiness";
/// Distance from a mean.
pub const I_ZSCORE: &str = "I.zscore";
/// Kalman mean.
pub const I_KALMAN_MEAN: &str = "I.kalman_mean";
/// Distance from the Kalman mean.
pub const I_KALMAN_ZSCORE: &str = "I.kalman_zscore";
/// GARCH volatility.
pub const I_GARCH_VOLATILITY: &str = "I.garch_volatility";
/// Distance in volatilities.
pub const I_KALMAN_GARCH_ZSCORE: &str = "I.kalman_garch_zscore";
/// Only the last bars.
pub const I_LOCAL: &str = "I.local";
/// Only new candles.
pub const I_STEPWISE: &str = "I.stepwise";
/// Indicators end at the bar of the slice.
pub const I_PINNED: &str = "I.pinned";
/// The built-in EMA cross.
pub const I_EMA_CROSS: &str = "I.ema_cross";
/// What a built-in strategy has seen.
pub const I_TAKEN: &str = "I.taken";
/// The built-in EMA cross with ATR stops.
pub const I_EMA_ATR: &str = "I.ema_atr";
/// The built-in return to the mean.
pub const I_ZSCORE_REVERSION: &str = "I.zscore_reversion";
/// The built-in breakout.
pub const I_BREAKOUT: &str = "I.breakout";
/// The built-in trade of two symbols.
pub const I_PAIR_SPREAD: &str = "I.pair_spread";
/// Signals as columns.
pub const I_COLUMNS: &str = "I.columns";
/// Numbers of expressions.
pub const Q_VALUES: &str = "Q.values";
/// Comparisons of expressions.
pub const Q_COMPARE: &str = "Q.compare";
/// What a cross is.
pub const Q_CROSS: &str = "Q.cross";
/// Values of earlier bars.
pub const Q_SHIFT: &str = "Q.shift";
/// Highest and lowest.
pub const Q_EXTREME: &str = "Q.extreme";
/// Which candles an expression takes in.
pub const Q_NEW: &str = "Q.new";
/// Expressions over several symbols.
pub const Q_SYMBOLS: &str = "Q.symbols";
/// Windows of the clock.
pub const Q_BETWEEN: &str = "Q.between";
/// Days of the week.
pub const Q_WEEKDAY: &str = "Q.weekday";
/// Stops and targets by distance.
pub const Q_DISTANCE: &str = "Q.distance";
/// Targets by multiples of the stop.
pub const Q_R_MULTIPLE: &str = "Q.r_multiple";
/// A signal has all its prices.
pub const Q_PRICES: &str = "Q.prices";
/// Which bars signal.
pub const Q_BOTH: &str = "Q.both";
/// Market orders of the preset.
pub const R1_MARKET: &str = "R1.market";
/// Stop and target are required.
pub const R1_LEVELS_REQUIRED: &str = "R1.levels_required";
/// A market order whose stop is too near.
pub const R1_STOP_TOO_NEAR: &str = "R1.stop_too_near";
/// Waiting orders of the preset.
pub const R1_WAITING: &str = "R1.waiting";
/// Sizes of the preset.
pub const R2_SIZE: &str = "R2.size";
/// Sizes without a specification.
pub const R2_SIZE_WITHOUT_SPEC: &str = "R2.size_without_spec";
/// Exits at the stop.
pub const R3_STOP: &str = "R3.stop";
/// Exits at the target.
pub const R3_TARGET: &str = "R3.target";
/// The pip of the buffer.
pub const R3_BUFFER: &str = "R3.buffer";
/// The stop in the trigger bar.
pub const R3_TRIGGER_STOP: &str = "R3.trigger_stop";
/// The target in the trigger bar.
pub const R3_TRIGGER_TARGET: &str = "R3.trigger_target";
/// Results of the preset.
pub const R4_RESULT: &str = "R4.result";
/// Fees of the preset.
pub const R4_FEE: &str = "R4.fee";
/// Equity of the preset.
pub const R4_EQUITY: &str = "R4.equity";
/// Commands act at once.
pub const R5_AT_ONCE: &str = "R5.at_once";
/// The manager in the preset.
pub const R5_MANAGER: &str = "R5.manager";
/// Options that the preset does not know.
pub const R6_OPTIONS: &str = "R6.options";

/// All of them, in the order of the registry.
pub const ALL_RULES: &[&str] = &[
    T1_AWARE,
    T2_EMPTY,
    T2_LENGTHS,
    T2_SAME_TIME,
    T2_ASCENDING,
    T2_FINITE,
    T2_POSITIVE,
    T2_HIGH,
    T2_LOW,
    T2_CROSSED,
    T2_CANDLE_TYPE,
    T4_CHECK_ORDER,
    L1_START_MISSING,
    L1_START_NOT_FOUND,
    L1_WARMUP,
    L2_PHASES,
    L3_MANAGER,
    L4_START,
    L4_KEYS,
    L4_KEY_TYPE,
    L4_CLOCK,
    L4_ORDINAL,
    L5_PHASES,
    L5_HOLE,
    L5_COVERAGE,
    L5_EMPTY_KEY,
    L5_KEY_TIME,
    L8_HOLE,
    L6_LATE_LOOKUP,
    L6_EXCEPTION,
    L7_ORDER_ID,
    L8_QUEUED_WRITE,
    L8_DROPPED,
    L8_REFUSED,
    L8_MANAGE_WRITE,
    L8_QUEUED_COMMAND,
    L8_CANCELLED,
    L9_RESTORE,
    S1_SIGNAL,
    S1_ENTRY_DEFAULT,
    S1_DIRECTION,
    S1_TYPE,
    S1_ENTRY,
    S1_RUBBISH,
    S1_META,
    S1_ORDER_OPTIONS,
    S2_WRAPPER,
    S2_DECISION_TIME,
    S2_COOLDOWN,
    S3_EQUITY,
    S3_UNKNOWN_SYMBOL,
    S3_NO_BAR,
    S3_NOT_FINITE,
    S3_SIDES,
    S3_SIDES_WAITING,
    S3_DISTANCE,
    S3_MARKETABLE,
    S3_MAX_POSITIONS,
    S3_MAX_POSITIONS_SYMBOL,
    S3_RATE,
    S3_RISK_WITHOUT_STOP,
    S3_SIZE_NOT_FINITE,
    S3_VOLUME,
    S3_BELOW_MIN,
    S3_MARGIN,
    S3_NO_ENTRY,
    S3_STRICT,
    S3_CHECK_ORDER,
    S4_OCO_GROUP,
    S4_OCO_CANCELLED,
    S4_OCO_OPEN,
    S4_OCO_OPENS,
    S4_OCO_PATH,
    S4_OCO_FIRST,
    S4_OCO_ACROSS,
    E1_CLOSE,
    E1_SIGNAL,
    E1_SIGNAL_OUTSIDE,
    E1_NEXT_OPEN,
    E1_NEXT_OPEN_SIDES,
    E2_LIST,
    E2_LIMIT_OPEN,
    E2_LIMIT_INSIDE,
    E2_STOP_OPEN,
    E2_STOP_INSIDE,
    E2_LIMIT_LEVEL,
    E2_STOP_LEVEL,
    E3_EXPIRED,
    E3_MAX_BARS,
    E3_SPANNED,
    E4_FIXED_LOTS,
    E4_RISK_AMOUNT,
    E4_REFERENCE,
    E4_RISK_FRACTION,
    E4_CLAMPED,
    E4_CAPPED,
    E5_STOP_TARGET,
    E5_STOP_STOP_CERTAIN,
    E5_STOP_STOP_AMBIGUOUS,
    E5_STOP_STOP_SKIPPED,
    E5_LIMIT_STOP_CERTAIN,
    E5_LIMIT_STOP_AMBIGUOUS,
    E5_LIMIT_TARGET_CERTAIN,
    E5_LIMIT_TARGET_AMBIGUOUS,
    E5_CROSSED,
    E5_TIE,
    E5_PATH,
    E5_MARK,
    E6_ONE_PASS,
    X1_STOP,
    X1_TARGET,
    X1_BUFFER,
    X2_GAP_STOP,
    X2_GAP_TARGET,
    X2_LEVEL_STOP,
    X2_LEVEL_TARGET,
    X2_CAP,
    X3_WORST,
    X3_BEST,
    X3_OHLC,
    X3_OLHC,
    X3_NEAREST_EXTREME,
    X3_CANDLE_COLOR,
    X4_LEDGER,
    X5_EXPIRED_END_OF_DATA,
    X5_CLOSE_AT_END,
    X5_MANUAL,
    X5_MANUAL_OPEN,
    X5_CLOSED_BY_HAND,
    M1_ORDER,
    M1_GAINED,
    M1_FLAT_AT,
    M1_MAX_BARS,
    M1_MAX_MINUTES,
    M1_BREAK_EVEN,
    M1_TRAILING,
    M1_STOP_REFUSED,
    M1_PARTIAL,
    M1_PARTIAL_ALL,
    M1_PARTIAL_SKIPPED,
    M1_STOP_REASON,
    M2_FOREIGN,
    N1_BRACKETS,
    N2_SNAP,
    N2_ADVERSE,
    N3_RANDOM,
    N2_TICKS,
    N4_NO_NEGATIVE_ZERO,
    N4_NONE_ABSENT,
    N5_LOG,
    N5_LOG_TEN,
    N5_EXP,
    N5_ROOT,
    P1_SUMMARY,
    P2_RESULT,
    P2_R_MULTIPLE,
    P2_UNIT_VALUE,
    P3_ENTRY_FEE,
    P3_EXIT_FEE,
    P3_EXIT_RESULT,
    P3_ROW,
    P3_ROW_STALE,
    P3_EQUITY,
    P3_EQUITY_WORST,
    P3_DRAWDOWN,
    P3_ROW_REPLACED,
    P3_PARTIAL,
    P3_REALISED_ONLY,
    P4_FEE,
    P5_UNIT_VALUE,
    P5_MOMENT,
    P5_DIRECT,
    P5_INVERSE,
    P5_HUB,
    P5_STALE,
    P5_REQUIRED,
    P5_TIMEFRAME,
    P5_RATES,
    P6_ROLLOVER,
    P6_SWAP,
    A1_USED,
    A1_NEXT_OPEN,
    A1_TRIGGER,
    A1_CURRENCY,
    A2_NEXT_OPEN,
    A3_STOP_OUT,
    A3_AT_CLOSE,
    A3_PORTFOLIO,
    I_SERIES,
    I_EMA,
    I_EMA_GAP,
    I_ATR,
    I_WINDOW,
    I_SPAN,
    I_SMA,
    I_WILDER,
    I_RSI,
    I_MACD,
    I_ROC,
    I_TRUE_RANGE,
    I_DMI,
    I_BOLLINGER,
    I_CHOPPINESS,
    I_ZSCORE,
    I_KALMAN_MEAN,
    I_KALMAN_ZSCORE,
    I_GARCH_VOLATILITY,
    I_KALMAN_GARCH_ZSCORE,
    I_LOCAL,
    I_STEPWISE,
    I_PINNED,
    I_EMA_CROSS,
    I_TAKEN,
    I_EMA_ATR,
    I_ZSCORE_REVERSION,
    I_BREAKOUT,
    I_PAIR_SPREAD,
    I_COLUMNS,
    Q_VALUES,
    Q_COMPARE,
    Q_CROSS,
    Q_SHIFT,
    Q_EXTREME,
    Q_NEW,
    Q_SYMBOLS,
    Q_BETWEEN,
    Q_WEEKDAY,
    Q_DISTANCE,
    Q_R_MULTIPLE,
    Q_PRICES,
    Q_BOTH,
    R1_MARKET,
    R1_LEVELS_REQUIRED,
    R1_STOP_TOO_NEAR,
    R1_WAITING,
    R2_SIZE,
    R2_SIZE_WITHOUT_SPEC,
    R3_STOP,
    R3_TARGET,
    R3_BUFFER,
    R3_TRIGGER_STOP,
    R3_TRIGGER_TARGET,
    R4_RESULT,
    R4_FEE,
    R4_EQUITY,
    R5_AT_ONCE,
    R5_MANAGER,
    R6_OPTIONS,
];
