"""Codes of the errors, their classes in fillproof.errors, and their messages.

Generated from golden/errors.toml by `python -m fillproof.conformance.lints.generated`.
"""

TIME_NAIVE = "TIME_NAIVE"
TIME_TYPE = "TIME_TYPE"
CANDLE_TYPE = "CANDLE_TYPE"
NO_BARS = "NO_BARS"
LENGTHS_DIFFER = "LENGTHS_DIFFER"
TIMES_DIFFER = "TIMES_DIFFER"
BARS_NOT_ASCENDING = "BARS_NOT_ASCENDING"
PRICE_NOT_FINITE = "PRICE_NOT_FINITE"
PRICE_NOT_POSITIVE = "PRICE_NOT_POSITIVE"
HIGH_TOO_LOW = "HIGH_TOO_LOW"
LOW_TOO_HIGH = "LOW_TOO_HIGH"
BARS_CROSSED = "BARS_CROSSED"
START_MISSING = "START_MISSING"
START_NOT_FOUND = "START_NOT_FOUND"
DIRECTION_UNKNOWN = "DIRECTION_UNKNOWN"
TYPE_UNKNOWN = "TYPE_UNKNOWN"
ENTRY_NOT_FINITE = "ENTRY_NOT_FINITE"
SIGNAL_NOT_UNDERSTOOD = "SIGNAL_NOT_UNDERSTOOD"
META_INVALID = "META_INVALID"
SIGNAL_REJECTED = "SIGNAL_REJECTED"
LEVEL_NOT_FINITE = "LEVEL_NOT_FINITE"
LEVEL_TYPE = "LEVEL_TYPE"
CLOSE_IN_ENTRY = "CLOSE_IN_ENTRY"
ALREADY_CLOSED = "ALREADY_CLOSED"
REASON_UNKNOWN = "REASON_UNKNOWN"
LOOK_AHEAD = "LOOK_AHEAD"
INDEX_OUT_OF_RANGE = "INDEX_OUT_OF_RANGE"
TIMEFRAME_UNKNOWN = "TIMEFRAME_UNKNOWN"
SIDE_UNKNOWN = "SIDE_UNKNOWN"
SPEC_REQUIRED = "SPEC_REQUIRED"
ORDER_UNKNOWN = "ORDER_UNKNOWN"
STATE_INVALID = "STATE_INVALID"
EXECUTOR_USED = "EXECUTOR_USED"
TIMEFRAME_INVALID = "TIMEFRAME_INVALID"
SESSION_INVALID = "SESSION_INVALID"
PRESET_OPTION = "PRESET_OPTION"
SPEC_INVALID = "SPEC_INVALID"
OPTION_UNKNOWN = "OPTION_UNKNOWN"
NUMBER_INVALID = "NUMBER_INVALID"
PERIOD_INVALID = "PERIOD_INVALID"
COLUMNS_MISSING = "COLUMNS_MISSING"
FILE_EMPTY = "FILE_EMPTY"
FILE_UNREADABLE = "FILE_UNREADABLE"
CELL_INVALID = "CELL_INVALID"
NEGATIVE_ZERO = "NEGATIVE_ZERO"
BACKEND_UNAVAILABLE = "BACKEND_UNAVAILABLE"
BACKEND_UNKNOWN = "BACKEND_UNKNOWN"
BACKEND_CHOSEN = "BACKEND_CHOSEN"
SYMBOL_REQUIRED = "SYMBOL_REQUIRED"
STRATEGY_INVALID = "STRATEGY_INVALID"
ENGINE_PANIC = "ENGINE_PANIC"
KEYS_NOT_ASCENDING = "KEYS_NOT_ASCENDING"
KEY_TYPE = "KEY_TYPE"
CLOCK_REQUIRED = "CLOCK_REQUIRED"
COVERAGE_MISSING = "COVERAGE_MISSING"
KEY_EMPTY = "KEY_EMPTY"
RATES_REQUIRED = "RATES_REQUIRED"
TIMEFRAME_REQUIRED = "TIMEFRAME_REQUIRED"
RATES_INVALID = "RATES_INVALID"
CURRENCY_REQUIRED = "CURRENCY_REQUIRED"
PORTFOLIO_INVALID = "PORTFOLIO_INVALID"
SYMBOL_UNKNOWN = "SYMBOL_UNKNOWN"
KEY_UNKNOWN = "KEY_UNKNOWN"
META_NOT_JSON = "META_NOT_JSON"
EXPRESSION_INVALID = "EXPRESSION_INVALID"

# code -> (class, message over {bar} {symbol} {field} {value} {expected})
TABLE: dict[str, tuple[str, str]] = {
    TIME_NAIVE: (
        "CandleError",
        "{field} is {value}, without a time zone; expected {expected}",
    ),
    TIME_TYPE: (
        "CandleTypeError",
        "{field} is {value}; expected {expected}",
    ),
    CANDLE_TYPE: (
        "CandleTypeError",
        "{field} is {value}; expected {expected}",
    ),
    NO_BARS: (
        "CandleError",
        "{field} holds {value} bars; expected {expected}",
    ),
    LENGTHS_DIFFER: (
        "CandleError",
        "{field} has the length {value}; expected {expected}",
    ),
    TIMES_DIFFER: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    BARS_NOT_ASCENDING: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    PRICE_NOT_FINITE: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    PRICE_NOT_POSITIVE: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    HIGH_TOO_LOW: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    LOW_TOO_HIGH: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    BARS_CROSSED: (
        "CandleError",
        "{field} is {value}, below the bid; expected {expected}",
    ),
    START_MISSING: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    START_NOT_FOUND: (
        "CandleError",
        "{field} is {value}, after the last bar; expected {expected}",
    ),
    DIRECTION_UNKNOWN: (
        "SignalError",
        "a signal's {field} is {value}; expected {expected}",
    ),
    TYPE_UNKNOWN: (
        "SignalError",
        "a signal's {field} is {value}; expected {expected}",
    ),
    ENTRY_NOT_FINITE: (
        "SignalError",
        "a signal's {field} is {value}; expected {expected}",
    ),
    SIGNAL_NOT_UNDERSTOOD: (
        "SignalError",
        "not understood as a signal: {field} is {value}; expected {expected}",
    ),
    META_INVALID: (
        "SignalError",
        "{field} of a signal is {value}; expected {expected}",
    ),
    SIGNAL_REJECTED: (
        "SignalRejected",
        "signal for {symbol} rejected: {field} is {value}; expected {expected}",
    ),
    LEVEL_NOT_FINITE: (
        "LevelError",
        "{field} is {value}; expected {expected}",
    ),
    LEVEL_TYPE: (
        "LevelTypeError",
        "{field} is {value}; expected {expected}",
    ),
    CLOSE_IN_ENTRY: (
        "PhaseError",
        "a position cannot be closed in ENTRY, when its bar is already known; expected {expected}",
    ),
    ALREADY_CLOSED: (
        "PhaseError",
        "the position's {field} is {value}; expected {expected}",
    ),
    REASON_UNKNOWN: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    LOOK_AHEAD: (
        "LookAheadError",
        "{field} is {value}, a bar that the loop has not reached; expected {expected}",
    ),
    INDEX_OUT_OF_RANGE: (
        "SliceError",
        "{field} is {value}; expected {expected}",
    ),
    TIMEFRAME_UNKNOWN: (
        "SliceError",
        "{field} is {value}; expected {expected}",
    ),
    SIDE_UNKNOWN: (
        "SliceError",
        "{field} is {value}; expected {expected}",
    ),
    SPEC_REQUIRED: (
        "ConfigError",
        "symbol {symbol} has no SymbolSpec; {expected}",
    ),
    ORDER_UNKNOWN: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    STATE_INVALID: (
        "ConfigError",
        "the state's {field} is {value}; expected {expected}",
    ),
    EXECUTOR_USED: (
        "ConfigError",
        "a state is not taken over: the {field} has {value} behind it; expected {expected}",
    ),
    TIMEFRAME_INVALID: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    SESSION_INVALID: (
        "ConfigError",
        "{field} of a session is {value}; expected {expected}",
    ),
    PRESET_OPTION: (
        "ConfigError",
        "{field} is {value}, which the preset parity does not know; expected {expected}",
    ),
    SPEC_INVALID: (
        "ConfigError",
        "SymbolSpec of {symbol}: {field} is {value}; expected {expected}",
    ),
    OPTION_UNKNOWN: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    NUMBER_INVALID: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    PERIOD_INVALID: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    COLUMNS_MISSING: (
        "DataError",
        "{field} has the columns {value}; expected {expected}",
    ),
    FILE_EMPTY: (
        "DataError",
        "{field} holds no bars; expected {expected}",
    ),
    FILE_UNREADABLE: (
        "DataError",
        "{field} cannot be read: {value}; expected {expected}",
    ),
    CELL_INVALID: (
        "DataError",
        "column {field}: {value}; expected {expected}",
    ),
    NEGATIVE_ZERO: (
        "DigestError",
        "column {field} is {value}; expected no negative zero and no NaN in a result",
    ),
    BACKEND_UNAVAILABLE: (
        "BackendUnavailable",
        "backend {value} cannot be used; {expected}",
    ),
    BACKEND_UNKNOWN: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    BACKEND_CHOSEN: (
        "BackendChosen",
        "{field} cannot become {value}: classes of {expected} have been handed out already; choose the backend before the first of them",  # noqa: E501
    ),
    SYMBOL_REQUIRED: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    STRATEGY_INVALID: (
        "SignalError",
        "{field} is {value}; expected {expected}",
    ),
    ENGINE_PANIC: (
        "EnginePanic",
        "a defect of the engine stopped the run: {value}; expected {expected}",
    ),
    KEYS_NOT_ASCENDING: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    KEY_TYPE: (
        "CandleTypeError",
        "{field} is {value}; expected {expected}",
    ),
    CLOCK_REQUIRED: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    COVERAGE_MISSING: (
        "CandleError",
        "{symbol} has no {field} candle at key {value}; expected {expected}",
    ),
    KEY_EMPTY: (
        "CandleError",
        "{field} is {value}; expected {expected}",
    ),
    RATES_REQUIRED: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    TIMEFRAME_REQUIRED: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    RATES_INVALID: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    CURRENCY_REQUIRED: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    PORTFOLIO_INVALID: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
    SYMBOL_UNKNOWN: (
        "SliceError",
        "{field} is {value}; expected {expected}",
    ),
    KEY_UNKNOWN: (
        "SliceError",
        "{field} is {value}; expected {expected}",
    ),
    META_NOT_JSON: (
        "SignalError",
        "{field} is {value}, which JSON cannot hold; expected {expected}",
    ),
    EXPRESSION_INVALID: (
        "ConfigError",
        "{field} is {value}; expected {expected}",
    ),
}
