//! What the candles leave open about a trade, and what the other reading would make of it (X4).

/// How a trade would have gone in the other reading of its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Other {
    /// It left at its stop.
    Stop,
    /// It left at its target.
    Target,
    /// It stayed open over that bar, and is valued at the close.
    Open,
    /// It never filled.
    Unfilled,
}

impl Other {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Target => "target",
            Self::Open => "open",
            Self::Unfilled => "unfilled",
        }
    }
}

/// One thing about a trade that its candles do not tell (X4.ledger).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The rule that left it open.
    pub rule: &'static str,
    /// Open of the bar.
    pub time_us: i64,
    /// The other reading.
    pub other: Other,
    /// The price of the other reading, slippage included; `None`: it never filled.
    pub price: Option<f64>,
    /// The result of the other reading in account currency, without fees.
    pub result: f64,
}
