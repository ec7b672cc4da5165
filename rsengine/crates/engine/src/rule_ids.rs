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
/// The symbol is known.
pub const S3_UNKNOWN_SYMBOL: &str = "S3.unknown_symbol";
/// The symbol has a bar now.
pub const S3_NO_BAR: &str = "S3.no_bar";
/// Levels are finite.
pub const S3_NOT_FINITE: &str = "S3.not_finite";
/// Stop and target are on their sides.
pub const S3_SIDES: &str = "S3.sides";
/// Levels keep their distance.
pub const S3_DISTANCE: &str = "S3.distance";
/// Risk sizing needs a stop.
pub const S3_RISK_WITHOUT_STOP: &str = "S3.risk_without_stop";
/// The raw size is finite.
pub const S3_SIZE_NOT_FINITE: &str = "S3.size_not_finite";
/// Fixed lots lie on the grid.
pub const S3_VOLUME: &str = "S3.volume";
/// Risk too small for the smallest size.
pub const S3_BELOW_MIN: &str = "S3.below_min";
/// Strict runs stop at a rejection.
pub const S3_STRICT: &str = "S3.strict";
/// The first reason decides.
pub const S3_CHECK_ORDER: &str = "S3.check_order";
/// Market orders fill at the close.
pub const E1_CLOSE: &str = "E1.close";
/// Market orders fill at the next open.
pub const E1_NEXT_OPEN: &str = "E1.next_open";
/// A gap that invalidates a waiting market order.
pub const E1_NEXT_OPEN_SIDES: &str = "E1.next_open_sides";
/// Active positions are in order of acceptance.
pub const E2_LIST: &str = "E2.list";
/// Fixed lots.
pub const E4_FIXED_LOTS: &str = "E4.fixed_lots";
/// Size from a risk amount.
pub const E4_RISK_AMOUNT: &str = "E4.risk_amount";
/// Size capped at the largest.
pub const E4_CAPPED: &str = "E4.capped";
/// One pass over the active positions.
pub const E6_ONE_PASS: &str = "E6.one_pass";
/// The stop is touched.
pub const X1_STOP: &str = "X1.stop";
/// The target is touched.
pub const X1_TARGET: &str = "X1.target";
/// The bar opens at or beyond the stop.
pub const X2_GAP_STOP: &str = "X2.gap_stop";
/// The bar opens at or beyond the target.
pub const X2_GAP_TARGET: &str = "X2.gap_target";
/// Stop and target touched in one bar.
pub const X3_WORST: &str = "X3.worst";
/// Waiting orders end with the data.
pub const X5_EXPIRED_END_OF_DATA: &str = "X5.expired_end_of_data";
/// Positions closed with the last bar.
pub const X5_CLOSE_AT_END: &str = "X5.close_at_end";
/// A position closed by its close method.
pub const X5_CLOSED_BY_HAND: &str = "X5.closed_by_hand";
/// Binary64, in the order of the brackets.
pub const N1_BRACKETS: &str = "N1.brackets";
/// Levels are snapped once.
pub const N2_SNAP: &str = "N2.snap";
/// Slipped prices are snapped against the trader.
pub const N2_ADVERSE: &str = "N2.adverse";
/// Distances in ticks.
pub const N2_TICKS: &str = "N2.ticks";
/// No negative zero.
pub const N4_NO_NEGATIVE_ZERO: &str = "N4.no_negative_zero";
/// None is an absent level.
pub const N4_NONE_ABSENT: &str = "N4.none_absent";
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
/// Equity is cash and marks.
pub const P3_EQUITY: &str = "P3.equity";
/// Equity at the worst of the bar.
pub const P3_EQUITY_WORST: &str = "P3.equity_worst";
/// Drawdown.
pub const P3_DRAWDOWN: &str = "P3.drawdown";
/// The same time again replaces the row.
pub const P3_ROW_REPLACED: &str = "P3.row_replaced";
/// Positions of an executor that is not ours.
pub const P3_REALISED_ONLY: &str = "P3.realised_only";
/// The fee of one side.
pub const P4_FEE: &str = "P4.fee";
/// Exponential mean.
pub const I_EMA: &str = "I.ema";
/// Exponential mean over a gap.
pub const I_EMA_GAP: &str = "I.ema_gap";
/// The built-in EMA cross.
pub const I_EMA_CROSS: &str = "I.ema_cross";

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
    L6_LATE_LOOKUP,
    L6_EXCEPTION,
    L7_ORDER_ID,
    L8_QUEUED_WRITE,
    L8_DROPPED,
    L8_REFUSED,
    L8_MANAGE_WRITE,
    S1_SIGNAL,
    S1_ENTRY_DEFAULT,
    S1_DIRECTION,
    S1_TYPE,
    S1_ENTRY,
    S1_RUBBISH,
    S1_META,
    S3_UNKNOWN_SYMBOL,
    S3_NO_BAR,
    S3_NOT_FINITE,
    S3_SIDES,
    S3_DISTANCE,
    S3_RISK_WITHOUT_STOP,
    S3_SIZE_NOT_FINITE,
    S3_VOLUME,
    S3_BELOW_MIN,
    S3_STRICT,
    S3_CHECK_ORDER,
    E1_CLOSE,
    E1_NEXT_OPEN,
    E1_NEXT_OPEN_SIDES,
    E2_LIST,
    E4_FIXED_LOTS,
    E4_RISK_AMOUNT,
    E4_CAPPED,
    E6_ONE_PASS,
    X1_STOP,
    X1_TARGET,
    X2_GAP_STOP,
    X2_GAP_TARGET,
    X3_WORST,
    X5_EXPIRED_END_OF_DATA,
    X5_CLOSE_AT_END,
    X5_CLOSED_BY_HAND,
    N1_BRACKETS,
    N2_SNAP,
    N2_ADVERSE,
    N2_TICKS,
    N4_NO_NEGATIVE_ZERO,
    N4_NONE_ABSENT,
    P1_SUMMARY,
    P2_RESULT,
    P2_R_MULTIPLE,
    P2_UNIT_VALUE,
    P3_ENTRY_FEE,
    P3_EXIT_FEE,
    P3_EXIT_RESULT,
    P3_ROW,
    P3_EQUITY,
    P3_EQUITY_WORST,
    P3_DRAWDOWN,
    P3_ROW_REPLACED,
    P3_REALISED_ONLY,
    P4_FEE,
    I_EMA,
    I_EMA_GAP,
    I_EMA_CROSS,
];
