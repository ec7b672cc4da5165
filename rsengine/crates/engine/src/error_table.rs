//! Codes of the errors, their classes on the Python face, and their messages.
//!
//! Generated from golden/errors.toml by `python -m fillproof.conformance.lints.generated`.

/// Code of an error; the same word on every backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// `TIME_NAIVE`.
    TimeNaive,
    /// `TIME_TYPE`.
    TimeType,
    /// `CANDLE_TYPE`.
    CandleType,
    /// `NO_BARS`.
    NoBars,
    /// `LENGTHS_DIFFER`.
    LengthsDiffer,
    /// `TIMES_DIFFER`.
    TimesDiffer,
    /// `BARS_NOT_ASCENDING`.
    BarsNotAscending,
    /// `PRICE_NOT_FINITE`.
    PriceNotFinite,
    /// `PRICE_NOT_POSITIVE`.
    PriceNotPositive,
    /// `HIGH_TOO_LOW`.
    HighTooLow,
    /// `LOW_TOO_HIGH`.
    LowTooHigh,
    /// `BARS_CROSSED`.
    BarsCrossed,
    /// `START_MISSING`.
    StartMissing,
    /// `START_NOT_FOUND`.
    StartNotFound,
    /// `DIRECTION_UNKNOWN`.
    DirectionUnknown,
    /// `TYPE_UNKNOWN`.
    TypeUnknown,
    /// `ENTRY_NOT_FINITE`.
    EntryNotFinite,
    /// `SIGNAL_NOT_UNDERSTOOD`.
    SignalNotUnderstood,
    /// `META_INVALID`.
    MetaInvalid,
    /// `SIGNAL_REJECTED`.
    SignalRejected,
    /// `LEVEL_NOT_FINITE`.
    LevelNotFinite,
    /// `LEVEL_TYPE`.
    LevelType,
    /// `CLOSE_IN_ENTRY`.
    CloseInEntry,
    /// `ALREADY_CLOSED`.
    AlreadyClosed,
    /// `REASON_UNKNOWN`.
    ReasonUnknown,
    /// `LOOK_AHEAD`.
    LookAhead,
    /// `INDEX_OUT_OF_RANGE`.
    IndexOutOfRange,
    /// `TIMEFRAME_UNKNOWN`.
    TimeframeUnknown,
    /// `SIDE_UNKNOWN`.
    SideUnknown,
    /// `SPEC_REQUIRED`.
    SpecRequired,
    /// `ORDER_UNKNOWN`.
    OrderUnknown,
    /// `STATE_INVALID`.
    StateInvalid,
    /// `EXECUTOR_USED`.
    ExecutorUsed,
    /// `TIMEFRAME_INVALID`.
    TimeframeInvalid,
    /// `SESSION_INVALID`.
    SessionInvalid,
    /// `PRESET_OPTION`.
    PresetOption,
    /// `SPEC_INVALID`.
    SpecInvalid,
    /// `OPTION_UNKNOWN`.
    OptionUnknown,
    /// `NUMBER_INVALID`.
    NumberInvalid,
    /// `PERIOD_INVALID`.
    PeriodInvalid,
    /// `COLUMNS_MISSING`.
    ColumnsMissing,
    /// `FILE_EMPTY`.
    FileEmpty,
    /// `FILE_UNREADABLE`.
    FileUnreadable,
    /// `CELL_INVALID`.
    CellInvalid,
    /// `NEGATIVE_ZERO`.
    NegativeZero,
    /// `BACKEND_UNAVAILABLE`.
    BackendUnavailable,
    /// `BACKEND_UNKNOWN`.
    BackendUnknown,
    /// `BACKEND_CHOSEN`.
    BackendChosen,
    /// `SYMBOL_REQUIRED`.
    SymbolRequired,
    /// `STRATEGY_INVALID`.
    StrategyInvalid,
    /// `ENGINE_PANIC`.
    EnginePanic,
    /// `KEYS_NOT_ASCENDING`.
    KeysNotAscending,
    /// `KEY_TYPE`.
    KeyType,
    /// `CLOCK_REQUIRED`.
    ClockRequired,
    /// `COVERAGE_MISSING`.
    CoverageMissing,
    /// `KEY_EMPTY`.
    KeyEmpty,
    /// `RATES_REQUIRED`.
    RatesRequired,
    /// `TIMEFRAME_REQUIRED`.
    TimeframeRequired,
    /// `RATES_INVALID`.
    RatesInvalid,
    /// `CURRENCY_REQUIRED`.
    CurrencyRequired,
    /// `PORTFOLIO_INVALID`.
    PortfolioInvalid,
    /// `SYMBOL_UNKNOWN`.
    SymbolUnknown,
    /// `KEY_UNKNOWN`.
    KeyUnknown,
    /// `META_NOT_JSON`.
    MetaNotJson,
    /// `EXPRESSION_INVALID`.
    ExpressionInvalid,
}

impl ErrorCode {
    /// All of them, in the order of the registry.
    pub const ALL: &'static [Self] = &[
        Self::TimeNaive,
        Self::TimeType,
        Self::CandleType,
        Self::NoBars,
        Self::LengthsDiffer,
        Self::TimesDiffer,
        Self::BarsNotAscending,
        Self::PriceNotFinite,
        Self::PriceNotPositive,
        Self::HighTooLow,
        Self::LowTooHigh,
        Self::BarsCrossed,
        Self::StartMissing,
        Self::StartNotFound,
        Self::DirectionUnknown,
        Self::TypeUnknown,
        Self::EntryNotFinite,
        Self::SignalNotUnderstood,
        Self::MetaInvalid,
        Self::SignalRejected,
        Self::LevelNotFinite,
        Self::LevelType,
        Self::CloseInEntry,
        Self::AlreadyClosed,
        Self::ReasonUnknown,
        Self::LookAhead,
        Self::IndexOutOfRange,
        Self::TimeframeUnknown,
        Self::SideUnknown,
        Self::SpecRequired,
        Self::OrderUnknown,
        Self::StateInvalid,
        Self::ExecutorUsed,
        Self::TimeframeInvalid,
        Self::SessionInvalid,
        Self::PresetOption,
        Self::SpecInvalid,
        Self::OptionUnknown,
        Self::NumberInvalid,
        Self::PeriodInvalid,
        Self::ColumnsMissing,
        Self::FileEmpty,
        Self::FileUnreadable,
        Self::CellInvalid,
        Self::NegativeZero,
        Self::BackendUnavailable,
        Self::BackendUnknown,
        Self::BackendChosen,
        Self::SymbolRequired,
        Self::StrategyInvalid,
        Self::EnginePanic,
        Self::KeysNotAscending,
        Self::KeyType,
        Self::ClockRequired,
        Self::CoverageMissing,
        Self::KeyEmpty,
        Self::RatesRequired,
        Self::TimeframeRequired,
        Self::RatesInvalid,
        Self::CurrencyRequired,
        Self::PortfolioInvalid,
        Self::SymbolUnknown,
        Self::KeyUnknown,
        Self::MetaNotJson,
        Self::ExpressionInvalid,
    ];

    /// The code as it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TimeNaive => "TIME_NAIVE",
            Self::TimeType => "TIME_TYPE",
            Self::CandleType => "CANDLE_TYPE",
            Self::NoBars => "NO_BARS",
            Self::LengthsDiffer => "LENGTHS_DIFFER",
            Self::TimesDiffer => "TIMES_DIFFER",
            Self::BarsNotAscending => "BARS_NOT_ASCENDING",
            Self::PriceNotFinite => "PRICE_NOT_FINITE",
            Self::PriceNotPositive => "PRICE_NOT_POSITIVE",
            Self::HighTooLow => "HIGH_TOO_LOW",
            Self::LowTooHigh => "LOW_TOO_HIGH",
            Self::BarsCrossed => "BARS_CROSSED",
            Self::StartMissing => "START_MISSING",
            Self::StartNotFound => "START_NOT_FOUND",
            Self::DirectionUnknown => "DIRECTION_UNKNOWN",
            Self::TypeUnknown => "TYPE_UNKNOWN",
            Self::EntryNotFinite => "ENTRY_NOT_FINITE",
            Self::SignalNotUnderstood => "SIGNAL_NOT_UNDERSTOOD",
            Self::MetaInvalid => "META_INVALID",
            Self::SignalRejected => "SIGNAL_REJECTED",
            Self::LevelNotFinite => "LEVEL_NOT_FINITE",
            Self::LevelType => "LEVEL_TYPE",
            Self::CloseInEntry => "CLOSE_IN_ENTRY",
            Self::AlreadyClosed => "ALREADY_CLOSED",
            Self::ReasonUnknown => "REASON_UNKNOWN",
            Self::LookAhead => "LOOK_AHEAD",
            Self::IndexOutOfRange => "INDEX_OUT_OF_RANGE",
            Self::TimeframeUnknown => "TIMEFRAME_UNKNOWN",
            Self::SideUnknown => "SIDE_UNKNOWN",
            Self::SpecRequired => "SPEC_REQUIRED",
            Self::OrderUnknown => "ORDER_UNKNOWN",
            Self::StateInvalid => "STATE_INVALID",
            Self::ExecutorUsed => "EXECUTOR_USED",
            Self::TimeframeInvalid => "TIMEFRAME_INVALID",
            Self::SessionInvalid => "SESSION_INVALID",
            Self::PresetOption => "PRESET_OPTION",
            Self::SpecInvalid => "SPEC_INVALID",
            Self::OptionUnknown => "OPTION_UNKNOWN",
            Self::NumberInvalid => "NUMBER_INVALID",
            Self::PeriodInvalid => "PERIOD_INVALID",
            Self::ColumnsMissing => "COLUMNS_MISSING",
            Self::FileEmpty => "FILE_EMPTY",
            Self::FileUnreadable => "FILE_UNREADABLE",
            Self::CellInvalid => "CELL_INVALID",
            Self::NegativeZero => "NEGATIVE_ZERO",
            Self::BackendUnavailable => "BACKEND_UNAVAILABLE",
            Self::BackendUnknown => "BACKEND_UNKNOWN",
            Self::BackendChosen => "BACKEND_CHOSEN",
            Self::SymbolRequired => "SYMBOL_REQUIRED",
            Self::StrategyInvalid => "STRATEGY_INVALID",
            Self::EnginePanic => "ENGINE_PANIC",
            Self::KeysNotAscending => "KEYS_NOT_ASCENDING",
            Self::KeyType => "KEY_TYPE",
            Self::ClockRequired => "CLOCK_REQUIRED",
            Self::CoverageMissing => "COVERAGE_MISSING",
            Self::KeyEmpty => "KEY_EMPTY",
            Self::RatesRequired => "RATES_REQUIRED",
            Self::TimeframeRequired => "TIMEFRAME_REQUIRED",
            Self::RatesInvalid => "RATES_INVALID",
            Self::CurrencyRequired => "CURRENCY_REQUIRED",
            Self::PortfolioInvalid => "PORTFOLIO_INVALID",
            Self::SymbolUnknown => "SYMBOL_UNKNOWN",
            Self::KeyUnknown => "KEY_UNKNOWN",
            Self::MetaNotJson => "META_NOT_JSON",
            Self::ExpressionInvalid => "EXPRESSION_INVALID",
        }
    }

    /// Name of the class in `fillproof.errors`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::TimeNaive => "CandleError",
            Self::TimeType => "CandleTypeError",
            Self::CandleType => "CandleTypeError",
            Self::NoBars => "CandleError",
            Self::LengthsDiffer => "CandleError",
            Self::TimesDiffer => "CandleError",
            Self::BarsNotAscending => "CandleError",
            Self::PriceNotFinite => "CandleError",
            Self::PriceNotPositive => "CandleError",
            Self::HighTooLow => "CandleError",
            Self::LowTooHigh => "CandleError",
            Self::BarsCrossed => "CandleError",
            Self::StartMissing => "CandleError",
            Self::StartNotFound => "CandleError",
            Self::DirectionUnknown => "SignalError",
            Self::TypeUnknown => "SignalError",
            Self::EntryNotFinite => "SignalError",
            Self::SignalNotUnderstood => "SignalError",
            Self::MetaInvalid => "SignalError",
            Self::SignalRejected => "SignalRejected",
            Self::LevelNotFinite => "LevelError",
            Self::LevelType => "LevelTypeError",
            Self::CloseInEntry => "PhaseError",
            Self::AlreadyClosed => "PhaseError",
            Self::ReasonUnknown => "ConfigError",
            Self::LookAhead => "LookAheadError",
            Self::IndexOutOfRange => "SliceError",
            Self::TimeframeUnknown => "SliceError",
            Self::SideUnknown => "SliceError",
            Self::SpecRequired => "ConfigError",
            Self::OrderUnknown => "ConfigError",
            Self::StateInvalid => "ConfigError",
            Self::ExecutorUsed => "ConfigError",
            Self::TimeframeInvalid => "ConfigError",
            Self::SessionInvalid => "ConfigError",
            Self::PresetOption => "ConfigError",
            Self::SpecInvalid => "ConfigError",
            Self::OptionUnknown => "ConfigError",
            Self::NumberInvalid => "ConfigError",
            Self::PeriodInvalid => "ConfigError",
            Self::ColumnsMissing => "DataError",
            Self::FileEmpty => "DataError",
            Self::FileUnreadable => "DataError",
            Self::CellInvalid => "DataError",
            Self::NegativeZero => "DigestError",
            Self::BackendUnavailable => "BackendUnavailable",
            Self::BackendUnknown => "ConfigError",
            Self::BackendChosen => "BackendChosen",
            Self::SymbolRequired => "ConfigError",
            Self::StrategyInvalid => "SignalError",
            Self::EnginePanic => "EnginePanic",
            Self::KeysNotAscending => "CandleError",
            Self::KeyType => "CandleTypeError",
            Self::ClockRequired => "ConfigError",
            Self::CoverageMissing => "CandleError",
            Self::KeyEmpty => "CandleError",
            Self::RatesRequired => "ConfigError",
            Self::TimeframeRequired => "ConfigError",
            Self::RatesInvalid => "ConfigError",
            Self::CurrencyRequired => "ConfigError",
            Self::PortfolioInvalid => "ConfigError",
            Self::SymbolUnknown => "SliceError",
            Self::KeyUnknown => "SliceError",
            Self::MetaNotJson => "SignalError",
            Self::ExpressionInvalid => "ConfigError",
        }
    }

    /// Message over `{bar} {symbol} {field} {value} {expected}`.
    pub const fn template(self) -> &'static str {
        match self {
            Self::TimeNaive => "{field} is {value}, without a time zone; expected {expected}",
            Self::TimeType => "{field} is {value}; expected {expected}",
            Self::CandleType => "{field} is {value}; expected {expected}",
            Self::NoBars => "{field} holds {value} bars; expected {expected}",
            Self::LengthsDiffer => "{field} has the length {value}; expected {expected}",
            Self::TimesDiffer => "{field} is {value}; expected {expected}",
            Self::BarsNotAscending => "{field} is {value}; expected {expected}",
            Self::PriceNotFinite => "{field} is {value}; expected {expected}",
            Self::PriceNotPositive => "{field} is {value}; expected {expected}",
            Self::HighTooLow => "{field} is {value}; expected {expected}",
            Self::LowTooHigh => "{field} is {value}; expected {expected}",
            Self::BarsCrossed => "{field} is {value}, below the bid; expected {expected}",
            Self::StartMissing => "{field} is {value}; expected {expected}",
            Self::StartNotFound => "{field} is {value}, after the last bar; expected {expected}",
            Self::DirectionUnknown => "a signal's {field} is {value}; expected {expected}",
            Self::TypeUnknown => "a signal's {field} is {value}; expected {expected}",
            Self::EntryNotFinite => "a signal's {field} is {value}; expected {expected}",
            Self::SignalNotUnderstood => {
                "not understood as a signal: {field} is {value}; expected {expected}"
            }
            Self::MetaInvalid => "{field} of a signal is {value}; expected {expected}",
            Self::SignalRejected => {
                "signal for {symbol} rejected: {field} is {value}; expected {expected}"
            }
            Self::LevelNotFinite => "{field} is {value}; expected {expected}",
            Self::LevelType => "{field} is {value}; expected {expected}",
            Self::CloseInEntry => {
                "a position cannot be closed in ENTRY, when its bar is already known; expected {expected}"
            }
            Self::AlreadyClosed => "the position's {field} is {value}; expected {expected}",
            Self::ReasonUnknown => "{field} is {value}; expected {expected}",
            Self::LookAhead => {
                "{field} is {value}, a bar that the loop has not reached; expected {expected}"
            }
            Self::IndexOutOfRange => "{field} is {value}; expected {expected}",
            Self::TimeframeUnknown => "{field} is {value}; expected {expected}",
            Self::SideUnknown => "{field} is {value}; expected {expected}",
            Self::SpecRequired => "symbol {symbol} has no SymbolSpec; {expected}",
            Self::OrderUnknown => "{field} is {value}; expected {expected}",
            Self::StateInvalid => "the state's {field} is {value}; expected {expected}",
            Self::ExecutorUsed => {
                "a state is not taken over: the {field} has {value} behind it; expected {expected}"
            }
            Self::TimeframeInvalid => "{field} is {value}; expected {expected}",
            Self::SessionInvalid => "{field} of a session is {value}; expected {expected}",
            Self::PresetOption => {
                "{field} is {value}, which the preset parity does not know; expected {expected}"
            }
            Self::SpecInvalid => "SymbolSpec of {symbol}: {field} is {value}; expected {expected}",
            Self::OptionUnknown => "{field} is {value}; expected {expected}",
            Self::NumberInvalid => "{field} is {value}; expected {expected}",
            Self::PeriodInvalid => "{field} is {value}; expected {expected}",
            Self::ColumnsMissing => "{field} has the columns {value}; expected {expected}",
            Self::FileEmpty => "{field} holds no bars; expected {expected}",
            Self::FileUnreadable => "{field} cannot be read: {value}; expected {expected}",
            Self::CellInvalid => "column {field}: {value}; expected {expected}",
            Self::NegativeZero => {
                "column {field} is {value}; expected no negative zero and no NaN in a result"
            }
            Self::BackendUnavailable => "backend {value} cannot be used; {expected}",
            Self::BackendUnknown => "{field} is {value}; expected {expected}",
            Self::BackendChosen => {
                "{field} cannot become {value}: classes of {expected} have been handed out already; choose the backend before the first of them"
            }
            Self::SymbolRequired => "{field} is {value}; expected {expected}",
            Self::StrategyInvalid => "{field} is {value}; expected {expected}",
            Self::EnginePanic => {
                "a defect of the engine stopped the run: {value}; expected {expected}"
            }
            Self::KeysNotAscending => "{field} is {value}; expected {expected}",
            Self::KeyType => "{field} is {value}; expected {expected}",
            Self::ClockRequired => "{field} is {value}; expected {expected}",
            Self::CoverageMissing => {
                "{symbol} has no {field} candle at key {value}; expected {expected}"
            }
            Self::KeyEmpty => "{field} is {value}; expected {expected}",
            Self::RatesRequired => "{field} is {value}; expected {expected}",
            Self::TimeframeRequired => "{field} is {value}; expected {expected}",
            Self::RatesInvalid => "{field} is {value}; expected {expected}",
            Self::CurrencyRequired => "{field} is {value}; expected {expected}",
            Self::PortfolioInvalid => "{field} is {value}; expected {expected}",
            Self::SymbolUnknown => "{field} is {value}; expected {expected}",
            Self::KeyUnknown => "{field} is {value}; expected {expected}",
            Self::MetaNotJson => "{field} is {value}, which JSON cannot hold; expected {expected}",
            Self::ExpressionInvalid => "{field} is {value}; expected {expected}",
        }
    }
}
