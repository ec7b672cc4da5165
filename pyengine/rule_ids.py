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
L4_START = "L4.start"
L4_KEYS = "L4.keys"
L4_KEY_TYPE = "L4.key_type"
L4_CLOCK = "L4.clock"
L4_ORDINAL = "L4.ordinal"
L5_PHASES = "L5.phases"
L5_HOLE = "L5.hole"
L5_COVERAGE = "L5.coverage"
L5_EMPTY_KEY = "L5.empty_key"
L5_KEY_TIME = "L5.key_time"
L8_HOLE = "L8.hole"
L6_LATE_LOOKUP = "L6.late_lookup"
L6_EXCEPTION = "L6.exception"
L7_ORDER_ID = "L7.order_id"
L8_QUEUED_WRITE = "L8.queued_write"
L8_DROPPED = "L8.dropped"
L8_REFUSED = "L8.refused"
L8_MANAGE_WRITE = "L8.manage_write"
L8_QUEUED_COMMAND = "L8.queued_command"
L8_CANCELLED = "L8.cancelled"
L9_RESTORE = "L9.restore"
S1_SIGNAL = "S1.signal"
S1_ENTRY_DEFAULT = "S1.entry_default"
S1_DIRECTION = "S1.direction"
S1_TYPE = "S1.type"
S1_ENTRY = "S1.entry"
S1_RUBBISH = "S1.rubbish"
S1_META = "S1.meta"
S1_ORDER_OPTIONS = "S1.order_options"
S2_WRAPPER = "S2.wrapper"
S2_DECISION_TIME = "S2.decision_time"
S2_COOLDOWN = "S2.cooldown"
S3_EQUITY = "S3.equity"
S3_UNKNOWN_SYMBOL = "S3.unknown_symbol"
S3_NO_BAR = "S3.no_bar"
S3_NOT_FINITE = "S3.not_finite"
S3_SIDES = "S3.sides"
S3_SIDES_WAITING = "S3.sides_waiting"
S3_DISTANCE = "S3.distance"
S3_MARKETABLE = "S3.marketable"
S3_MAX_POSITIONS = "S3.max_positions"
S3_MAX_POSITIONS_SYMBOL = "S3.max_positions_symbol"
S3_RATE = "S3.rate"
S3_RISK_WITHOUT_STOP = "S3.risk_without_stop"
S3_SIZE_NOT_FINITE = "S3.size_not_finite"
S3_VOLUME = "S3.volume"
S3_BELOW_MIN = "S3.below_min"
S3_MARGIN = "S3.margin"
S3_NO_ENTRY = "S3.no_entry"
S3_STRICT = "S3.strict"
S3_CHECK_ORDER = "S3.check_order"
S4_OCO_GROUP = "S4.oco_group"
S4_OCO_CANCELLED = "S4.oco_cancelled"
S4_OCO_OPEN = "S4.oco_open"
S4_OCO_OPENS = "S4.oco_opens"
S4_OCO_PATH = "S4.oco_path"
S4_OCO_FIRST = "S4.oco_first"
S4_OCO_ACROSS = "S4.oco_across"
E1_CLOSE = "E1.close"
E1_SIGNAL = "E1.signal"
E1_SIGNAL_OUTSIDE = "E1.signal_outside"
E1_NEXT_OPEN = "E1.next_open"
E1_NEXT_OPEN_SIDES = "E1.next_open_sides"
E2_LIST = "E2.list"
E2_LIMIT_OPEN = "E2.limit_open"
E2_LIMIT_INSIDE = "E2.limit_inside"
E2_STOP_OPEN = "E2.stop_open"
E2_STOP_INSIDE = "E2.stop_inside"
E2_LIMIT_LEVEL = "E2.limit_level"
E2_STOP_LEVEL = "E2.stop_level"
E3_EXPIRED = "E3.expired"
E3_MAX_BARS = "E3.max_bars"
E3_SPANNED = "E3.spanned"
E4_FIXED_LOTS = "E4.fixed_lots"
E4_RISK_AMOUNT = "E4.risk_amount"
E4_REFERENCE = "E4.reference"
E4_RISK_FRACTION = "E4.risk_fraction"
E4_CLAMPED = "E4.clamped"
E4_CAPPED = "E4.capped"
E5_STOP_TARGET = "E5.stop_target"
E5_STOP_STOP_CERTAIN = "E5.stop_stop_certain"
E5_STOP_STOP_AMBIGUOUS = "E5.stop_stop_ambiguous"
E5_STOP_STOP_SKIPPED = "E5.stop_stop_skipped"
E5_LIMIT_STOP_CERTAIN = "E5.limit_stop_certain"
E5_LIMIT_STOP_AMBIGUOUS = "E5.limit_stop_ambiguous"
E5_LIMIT_TARGET_CERTAIN = "E5.limit_target_certain"
E5_LIMIT_TARGET_AMBIGUOUS = "E5.limit_target_ambiguous"
E5_CROSSED = "E5.crossed"
E5_TIE = "E5.tie"
E5_PATH = "E5.path"
E5_MARK = "E5.mark"
E6_ONE_PASS = "E6.one_pass"
X1_STOP = "X1.stop"
X1_TARGET = "X1.target"
X1_BUFFER = "X1.buffer"
X2_GAP_STOP = "X2.gap_stop"
X2_GAP_TARGET = "X2.gap_target"
X2_LEVEL_STOP = "X2.level_stop"
X2_LEVEL_TARGET = "X2.level_target"
X2_CAP = "X2.cap"
X3_WORST = "X3.worst"
X3_BEST = "X3.best"
X3_OHLC = "X3.ohlc"
X3_OLHC = "X3.olhc"
X3_NEAREST_EXTREME = "X3.nearest_extreme"
X3_CANDLE_COLOR = "X3.candle_color"
X4_LEDGER = "X4.ledger"
X5_EXPIRED_END_OF_DATA = "X5.expired_end_of_data"
X5_CLOSE_AT_END = "X5.close_at_end"
X5_MANUAL = "X5.manual"
X5_MANUAL_OPEN = "X5.manual_open"
X5_CLOSED_BY_HAND = "X5.closed_by_hand"
M1_ORDER = "M1.order"
M1_GAINED = "M1.gained"
M1_FLAT_AT = "M1.flat_at"
M1_MAX_BARS = "M1.max_bars"
M1_MAX_MINUTES = "M1.max_minutes"
M1_BREAK_EVEN = "M1.break_even"
M1_TRAILING = "M1.trailing"
M1_STOP_REFUSED = "M1.stop_refused"
M1_PARTIAL = "M1.partial"
M1_PARTIAL_ALL = "M1.partial_all"
M1_PARTIAL_SKIPPED = "M1.partial_skipped"
M1_STOP_REASON = "M1.stop_reason"
M2_FOREIGN = "M2.foreign"
N1_BRACKETS = "N1.brackets"
N2_SNAP = "N2.snap"
N2_ADVERSE = "N2.adverse"
N3_RANDOM = "N3.random"
N2_TICKS = "N2.ticks"
N4_NO_NEGATIVE_ZERO = "N4.no_negative_zero"
N4_NONE_ABSENT = "N4.none_absent"
N5_LOG = "N5.log"
N5_LOG_TEN = "N5.log_ten"
N5_EXP = "N5.exp"
N5_ROOT = "N5.root"
P1_SUMMARY = "P1.summary"
P2_RESULT = "P2.result"
P2_R_MULTIPLE = "P2.r_multiple"
P2_UNIT_VALUE = "P2.unit_value"
P3_ENTRY_FEE = "P3.entry_fee"
P3_EXIT_FEE = "P3.exit_fee"
P3_EXIT_RESULT = "P3.exit_result"
P3_ROW = "P3.row"
P3_ROW_STALE = "P3.row_stale"
P3_EQUITY = "P3.equity"
P3_EQUITY_WORST = "P3.equity_worst"
P3_DRAWDOWN = "P3.drawdown"
P3_ROW_REPLACED = "P3.row_replaced"
P3_PARTIAL = "P3.partial"
P3_REALISED_ONLY = "P3.realised_only"
P4_FEE = "P4.fee"
P5_UNIT_VALUE = "P5.unit_value"
P5_MOMENT = "P5.moment"
P5_DIRECT = "P5.direct"
P5_INVERSE = "P5.inverse"
P5_HUB = "P5.hub"
P5_STALE = "P5.stale"
P5_REQUIRED = "P5.required"
P5_TIMEFRAME = "P5.timeframe"
P5_RATES = "P5.rates"
P6_ROLLOVER = "P6.rollover"
P6_SWAP = "P6.swap"
A1_USED = "A1.used"
A1_NEXT_OPEN = "A1.next_open"
A1_TRIGGER = "A1.trigger"
A1_CURRENCY = "A1.currency"
A2_NEXT_OPEN = "A2.next_open"
A3_STOP_OUT = "A3.stop_out"
A3_AT_CLOSE = "A3.at_close"
A3_PORTFOLIO = "A3.portfolio"
I_SERIES = "I.series"
I_EMA = "I.ema"
I_EMA_GAP = "I.ema_gap"
I_ATR = "I.atr"
I_WINDOW = "I.window"
I_SPAN = "I.span"
I_SMA = "I.sma"
I_WILDER = "I.wilder"
I_RSI = "I.rsi"
I_MACD = "I.macd"
I_ROC = "I.roc"
I_TRUE_RANGE = "I.true_range"
I_DMI = "I.dmi"
I_BOLLINGER = "I.bollinger"
I_CHOPPINESS = "I.choppiness"
I_ZSCORE = "I.zscore"
I_KALMAN_MEAN = "I.kalman_mean"
I_KALMAN_ZSCORE = "I.kalman_zscore"
I_GARCH_VOLATILITY = "I.garch_volatility"
I_KALMAN_GARCH_ZSCORE = "I.kalman_garch_zscore"
I_LOCAL = "I.local"
I_STEPWISE = "I.stepwise"
I_PINNED = "I.pinned"
I_EMA_CROSS = "I.ema_cross"
I_TAKEN = "I.taken"
I_EMA_ATR = "I.ema_atr"
I_ZSCORE_REVERSION = "I.zscore_reversion"
I_BREAKOUT = "I.breakout"
I_PAIR_SPREAD = "I.pair_spread"
I_COLUMNS = "I.columns"
Q_VALUES = "Q.values"
Q_COMPARE = "Q.compare"
Q_CROSS = "Q.cross"
Q_SHIFT = "Q.shift"
Q_EXTREME = "Q.extreme"
Q_NEW = "Q.new"
Q_SYMBOLS = "Q.symbols"
Q_BETWEEN = "Q.between"
Q_WEEKDAY = "Q.weekday"
Q_DISTANCE = "Q.distance"
Q_R_MULTIPLE = "Q.r_multiple"
Q_PRICES = "Q.prices"
Q_BOTH = "Q.both"
R1_MARKET = "R1.market"
R1_LEVELS_REQUIRED = "R1.levels_required"
R1_STOP_TOO_NEAR = "R1.stop_too_near"
R1_WAITING = "R1.waiting"
R2_SIZE = "R2.size"
R2_SIZE_WITHOUT_SPEC = "R2.size_without_spec"
R3_STOP = "R3.stop"
R3_TARGET = "R3.target"
R3_BUFFER = "R3.buffer"
R3_TRIGGER_STOP = "R3.trigger_stop"
R3_TRIGGER_TARGET = "R3.trigger_target"
R4_RESULT = "R4.result"
R4_FEE = "R4.fee"
R4_EQUITY = "R4.equity"
R5_AT_ONCE = "R5.at_once"
R5_MANAGER = "R5.manager"
R6_OPTIONS = "R6.options"

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
)
