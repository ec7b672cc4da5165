"""Ids of the rules, as engines write them into what they decide.

Generated from golden/rules.toml by `python -m fillproof.conformance.lints.generated`.
"""

# ruff: noqa: S105

T1_AWARE = "T1.aware"
T2_EMPTY = "T2.empty"
T2_LENGTHS = "T2.lengths"
T2_SAME_TIME = "T2.same_time"
T2_ASCENDING = "T2.ascending"
T2_FINITE = "T2.finite"
T2_POSITIVE = "T2.positive"
T2_HIGH = "T2.high"
T2_LOW = "T2.low"
T2_CROSSED = "T2.crossed"
T2_CANDLE_TYPE = "T2.candle_type"
T4_CHECK_ORDER = "T4.check_order"
L1_START_MISSING = "L1.start_missing"
L1_START_NOT_FOUND = "L1.start_not_found"
L1_WARMUP = "L1.warmup"
L2_PHASES = "L2.phases"
L3_MANAGER = "L3.manager"
L6_LATE_LOOKUP = "L6.late_lookup"
L6_EXCEPTION = "L6.exception"
L7_ORDER_ID = "L7.order_id"
L8_QUEUED_WRITE = "L8.queued_write"
L8_DROPPED = "L8.dropped"
L8_REFUSED = "L8.refused"
L8_MANAGE_WRITE = "L8.manage_write"
S1_SIGNAL = "S1.signal"
S1_ENTRY_DEFAULT = "S1.entry_default"
S1_DIRECTION = "S1.direction"
S1_TYPE = "S1.type"
S1_ENTRY = "S1.entry"
S1_RUBBISH = "S1.rubbish"
S1_META = "S1.meta"
S3_UNKNOWN_SYMBOL = "S3.unknown_symbol"
S3_NO_BAR = "S3.no_bar"
S3_NOT_FINITE = "S3.not_finite"
S3_SIDES = "S3.sides"
S3_DISTANCE = "S3.distance"
S3_RISK_WITHOUT_STOP = "S3.risk_without_stop"
S3_SIZE_NOT_FINITE = "S3.size_not_finite"
S3_VOLUME = "S3.volume"
S3_BELOW_MIN = "S3.below_min"
S3_STRICT = "S3.strict"
S3_CHECK_ORDER = "S3.check_order"
E1_CLOSE = "E1.close"
E1_NEXT_OPEN = "E1.next_open"
E1_NEXT_OPEN_SIDES = "E1.next_open_sides"
E2_LIST = "E2.list"
E4_FIXED_LOTS = "E4.fixed_lots"
E4_RISK_AMOUNT = "E4.risk_amount"
E4_CAPPED = "E4.capped"
E6_ONE_PASS = "E6.one_pass"
X1_STOP = "X1.stop"
X1_TARGET = "X1.target"
X2_GAP_STOP = "X2.gap_stop"
X2_GAP_TARGET = "X2.gap_target"
X3_WORST = "X3.worst"
X5_EXPIRED_END_OF_DATA = "X5.expired_end_of_data"
X5_CLOSE_AT_END = "X5.close_at_end"
X5_CLOSED_BY_HAND = "X5.closed_by_hand"
N1_BRACKETS = "N1.brackets"
N2_SNAP = "N2.snap"
N2_ADVERSE = "N2.adverse"
N2_TICKS = "N2.ticks"
N4_NO_NEGATIVE_ZERO = "N4.no_negative_zero"
N4_NONE_ABSENT = "N4.none_absent"
P1_SUMMARY = "P1.summary"
P2_RESULT = "P2.result"
P2_R_MULTIPLE = "P2.r_multiple"
P2_UNIT_VALUE = "P2.unit_value"
P3_ENTRY_FEE = "P3.entry_fee"
P3_EXIT_FEE = "P3.exit_fee"
P3_EXIT_RESULT = "P3.exit_result"
P3_ROW = "P3.row"
P3_EQUITY = "P3.equity"
P3_EQUITY_WORST = "P3.equity_worst"
P3_DRAWDOWN = "P3.drawdown"
P3_ROW_REPLACED = "P3.row_replaced"
P3_REALISED_ONLY = "P3.realised_only"
P4_FEE = "P4.fee"
I_EMA = "I.ema"
I_EMA_GAP = "I.ema_gap"
I_EMA_CROSS = "I.ema_cross"

ALL_RULES: tuple[str, ...] = (
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
)
