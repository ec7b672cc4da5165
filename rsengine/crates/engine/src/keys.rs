//! The keys of a run over several symbols: times, or what stands for them (rules L4, L5, T2).
//!
//! All is checked before the first key runs; what is found is laid out along the keys.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use crate::candle_checks::check_prices;
use crate::candles::{Candle, CandleColumns, Column, time_text};
use crate::errors::{EngineError, ErrorCode, Result, float_text};
use crate::fast::cross::Filled;
use crate::quotes::Quote;

/// What errors call the keys of a run.
pub const FIELD: &str = "common_timestamps";

/// One key: a time, or something else that ascends.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// A moment in microseconds since 1970.
    Time(i64),
    /// A text; texts ascend by their characters.
    Text(Arc<str>),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
}

impl Key {
    /// Whether two keys are of one type.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The name of its type on the Python face.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Time(_) => "datetime",
            Self::Text(_) => "str",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
        }
    }
}

impl PartialOrd for Key {
    /// Keys of two types have no order.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Time(a), Self::Time(b)) | (Self::Int(a), Self::Int(b)) => a.partial_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.partial_cmp(b),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            _ => None,
        }
    }
}

/// The candles of one symbol as they are given: each side by key, ascending.
#[derive(Debug, Clone)]
pub struct CandleLookup {
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Bid candles.
    pub bid: Vec<(Key, Candle)>,
    /// Ask candles.
    pub ask: Vec<(Key, Candle)>,
}

/// The candles of one symbol along the keys.
#[derive(Debug, Clone)]
pub struct Sides {
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Bid candles, NaN where there is none.
    pub bid: Arc<CandleColumns>,
    /// Ask candles.
    pub ask: Arc<CandleColumns>,
    /// At which keys there is a bid, an ask candle.
    pub there: [Arc<[bool]>; 2],
    /// At which keys there are both: elsewhere the symbol is in a hole (L5.hole).
    pub covered: Arc<[bool]>,
    /// Both sides without holes, made when somebody sums along them.
    pub(crate) filled: Arc<OnceLock<Arc<Filled>>>,
}

impl Sides {
    /// Joins both sides of a symbol, laid out along the keys.
    #[must_use]
    pub fn new(
        symbol: Arc<str>,
        bid: Arc<CandleColumns>,
        ask: Arc<CandleColumns>,
        there: [Arc<[bool]>; 2],
    ) -> Self {
        let both = there[0].iter().zip(there[1].iter());
        let covered = both.map(|(&bid, &ask)| bid && ask).collect();
        Self {
            symbol,
            bid,
            ask,
            there,
            covered,
            filled: Arc::default(),
        }
    }

    /// The same of a symbol that has both candles at every key; `all` says so of each of them.
    #[must_use]
    pub fn whole(
        symbol: Arc<str>,
        bid: Arc<CandleColumns>,
        ask: Arc<CandleColumns>,
        all: &Arc<[bool]>,
    ) -> Self {
        Self {
            symbol,
            bid,
            ask,
            there: [Arc::clone(all), Arc::clone(all)],
            covered: Arc::clone(all),
            filled: Arc::default(),
        }
    }

    /// At how many keys the symbol is in a hole.
    #[must_use]
    pub fn holes(&self) -> usize {
        if is_full(&self.covered) {
            return 0;
        }
        self.covered.iter().filter(|&&covered| !covered).count()
    }

    /// Both candles at a key, `None` in a hole.
    #[must_use]
    pub fn get(&self, bar: usize) -> Option<(Candle, Candle)> {
        if !*self.covered.get(bar)? {
            return None;
        }
        Some((self.bid.get(bar)?, self.ask.get(bar)?))
    }
}

/// Checks that keys are of one type and ascend; tells whether they are places, not times (L4).
///
/// ```
/// # use fillproof_engine::keys::{Key, check_keys};
/// assert_eq!(check_keys(&[Key::Int(1), Key::Int(4)])?, true);
/// assert_eq!(check_keys(&[Key::Time(0)])?, false);
/// assert!(check_keys(&[Key::Int(1), Key::Float(4.0)]).is_err());
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
///
/// # Errors
/// `KEY_TYPE`, `KEYS_NOT_ASCENDING`.
pub fn check_keys(keys: &[Key]) -> Result<bool> {
    let Some(first) = keys.first() else {
        return Ok(false);
    };
    let mut before = None;
    for (bar, key) in keys.iter().enumerate() {
        check_key(key, first, FIELD, Some(bar))?;
        if let Some(before) = before.replace(key)
            && before.partial_cmp(key) != Some(Ordering::Less)
        {
            return Err(not_ascending(&show_key(key), &show_key(before), bar));
        }
    }
    Ok(!matches!(first, Key::Time(_)))
}

/// Checks that a key is of the type of the first one, and a float finite (L4.key_type).
///
/// # Errors
/// `KEY_TYPE`.
pub fn check_key(key: &Key, first: &Key, field: &str, bar: Option<usize>) -> Result<()> {
    let expected = if !key.is_like(first) {
        format!("a {}, as the first key", first.type_name())
    } else if matches!(key, Key::Float(value) if !value.is_finite()) {
        "a finite float".to_owned()
    } else {
        return Ok(());
    };
    let mut error = EngineError::new(ErrorCode::KeyType)
        .in_field(field)
        .with_value(&*show_key(key))
        .expecting(expected);
    error.bar = bar;
    Err(error)
}

/// The error of a key that is not later than the one before it, both as errors show them.
#[must_use]
pub fn not_ascending(key: &str, before: &str, bar: usize) -> EngineError {
    EngineError::new(ErrorCode::KeysNotAscending)
        .at_bar(bar)
        .in_field(FIELD)
        .with_value(key)
        .expecting(format!("later than {before}"))
}

/// Writes a key as errors show it.
#[must_use]
pub fn show_key(key: &Key) -> String {
    match key {
        Key::Time(time_us) => time_text(*time_us),
        Key::Text(text) => format!("'{text}'"),
        Key::Int(value) => value.to_string(),
        Key::Float(value) => float_text(*value),
    }
}

/// Returns the clock's time of a key: its own, or its place as microseconds (L4.ordinal).
#[must_use]
pub fn clock_us(key: &Key, place: usize) -> i64 {
    match key {
        Key::Time(time_us) => *time_us,
        _ => i64::try_from(place).unwrap_or(i64::MAX),
    }
}

/// Lays the candles of every symbol out along the keys.
#[must_use]
pub fn lay_out(candle_lookups: &[CandleLookup], keys: &[Key]) -> Vec<Sides> {
    let along = |lookup: &CandleLookup| {
        let (bid, bid_there) = side_along(&lookup.bid, keys);
        let (ask, ask_there) = side_along(&lookup.ask, keys);
        let there = [bid_there, ask_there];
        Sides::new(Arc::clone(&lookup.symbol), bid, ask, there)
    };
    candle_lookups.iter().map(along).collect()
}

fn side_along(candles: &[(Key, Candle)], keys: &[Key]) -> (Arc<CandleColumns>, Arc<[bool]>) {
    const NONE: Candle = Candle {
        time_us: i64::MIN,
        open: f64::NAN,
        high: f64::NAN,
        low: f64::NAN,
        close: f64::NAN,
        volume: f64::NAN,
    };
    let mut rest = candles.iter().peekable();
    let mut found = Vec::with_capacity(keys.len());
    let mut there = Vec::with_capacity(keys.len());
    for key in keys {
        while rest.next_if(|(earlier, _)| earlier < key).is_some() {}
        let candle = rest.next_if(|(same, _)| same == key);
        there.push(candle.is_some());
        found.push(candle.map_or(NONE, |(_, candle)| *candle));
    }
    (Arc::new(CandleColumns::from_candles(&found)), there.into())
}

/// What a key lacks: every symbol a bar, or a symbol one of its candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// No symbol has both candles there (L5.empty_key).
    Bar,
    /// A symbol has no candle of a side: place of the symbol, 0 for the bid, 1 for the ask.
    Candle(usize, usize),
}

/// Whether a mask is true everywhere.
#[must_use]
pub fn is_full(mask: &[bool]) -> bool {
    let part_is_full = |part: &[bool]| part.iter().fold(true, |full, there| full & there);
    mask.chunks(256).all(part_is_full)
}

/// Finds the first key without a bar, or where strict without a candle of every symbol.
///
/// `there` tells for each symbol at which keys it has a bid, an ask candle.
#[must_use]
pub fn find_lack(there: &[[Arc<[bool]>; 2]], keys: usize, strict: bool) -> Option<(usize, Lack)> {
    let is_there = |mask: &Arc<[bool]>, bar: usize| mask.get(bar).copied().unwrap_or(false);
    let mut whole = there.iter().map(|sides| {
        let mut masks = sides.iter();
        masks.all(|mask| mask.get(..keys).is_some_and(is_full))
    });
    // Most symbols are whole, and then no key has to be looked at.
    if (strict && whole.all(|whole| whole)) || (!strict && whole.any(|whole| whole)) {
        return None;
    }
    (0..keys).find_map(|bar| {
        let mut covered = false;
        for (place, sides) in there.iter().enumerate() {
            let missing = sides.iter().position(|mask| !is_there(mask, bar));
            match missing {
                Some(side) if strict => return Some((bar, Lack::Candle(place, side))),
                Some(_) => {}
                None => covered = true,
            }
        }
        (!covered).then_some((bar, Lack::Bar))
    })
}

/// The error of a key that lacks something, of its symbol and with the key as errors show it.
#[must_use]
pub fn lack_error(symbol: &str, bar: usize, lack: Lack, key: &str) -> EngineError {
    match lack {
        Lack::Bar => EngineError::new(ErrorCode::KeyEmpty)
            .at_bar(bar)
            .in_field(FIELD)
            .with_value(key)
            .expecting("a candle of both sides of at least one symbol"),
        Lack::Candle(_, side) => EngineError::new(ErrorCode::CoverageMissing)
            .at_bar(bar)
            .for_symbol(symbol)
            .in_field(if side == 0 { "bid" } else { "ask" })
            .with_value(key)
            .expecting("a candle at every key"),
    }
}

/// Checks that every key has a bar, or every symbol at every key (L5.empty_key, L5.coverage).
///
/// # Errors
/// `KEY_EMPTY`, `COVERAGE_MISSING`.
pub fn check_coverage(symbols: &[Sides], keys: &[Key], strict: bool) -> Result<()> {
    let there: Vec<_> = symbols.iter().map(|sides| sides.there.clone()).collect();
    let Some((bar, lack)) = find_lack(&there, keys.len(), strict) else {
        return Ok(());
    };
    let symbol = match lack {
        Lack::Candle(place, _) => &*symbols[place].symbol,
        Lack::Bar => "",
    };
    Err(lack_error(symbol, bar, lack, &show_key(&keys[bar])))
}

/// Checks times and prices of a symbol; returns its holes, crossed bars and the first of them.
///
/// # Errors
/// `TIMES_DIFFER`, `PRICE_NOT_FINITE`, `PRICE_NOT_POSITIVE`, `HIGH_TOO_LOW`, `LOW_TOO_HIGH`.
pub fn check_symbol(
    sides: &Sides,
    keys: &[Key],
    ordinal: bool,
) -> Result<(usize, usize, Option<usize>)> {
    let symbol = &*sides.symbol;
    let (mut crossed, mut first) = (0, None);
    for (bar, key) in keys.iter().enumerate() {
        let Some((bid, ask)) = sides.get(bar) else {
            continue;
        };
        for (side, candle) in [("bid", &bid), ("ask", &ask)] {
            if !ordinal && candle.time_us != clock_us(key, bar) {
                return Err(time_error(
                    symbol,
                    side,
                    candle.time_us,
                    &show_key(key),
                    bar,
                ));
            }
        }
        check_prices(&bid, "bid", bar, symbol)?;
        check_prices(&ask, "ask", bar, symbol)?;
        if Quote::new(&bid, &ask).is_crossed() {
            crossed += 1;
            first = first.or(Some(bar));
        }
    }
    Ok((sides.holes(), crossed, first))
}

/// The error of a candle that does not stand at its key (L5.key_time).
#[must_use]
pub fn time_error(symbol: &str, side: &str, time_us: i64, key: &str, bar: usize) -> EngineError {
    EngineError::new(ErrorCode::TimesDiffer)
        .at_bar(bar)
        .for_symbol(symbol)
        .in_field(&format!("{side}.timestamp"))
        .with_value(&*time_text(time_us))
        .expecting(format!("{key}, its key"))
}

/// Returns a symbol's candles with the times of the clock, for runs by places (L4.ordinal).
#[must_use]
pub fn restamped(sides: &Sides, clock: &Column<i64>) -> Sides {
    let stamp = |side: &CandleColumns| {
        Arc::new(CandleColumns {
            time_us: Arc::clone(clock),
            memo: Arc::default(),
            ..side.clone()
        })
    };
    Sides {
        bid: stamp(&sides.bid),
        ask: stamp(&sides.ask),
        filled: Arc::default(),
        ..sides.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(time_us: i64, price: f64) -> Candle {
        Candle {
            time_us,
            open: price,
            high: price + 1.0,
            low: price - 1.0,
            close: price,
            volume: 0.0,
        }
    }

    fn lookup(symbol: &str, bids: &[i64], asks: &[i64]) -> CandleLookup {
        let side = |times: &[i64], price: f64| {
            let candles = times
                .iter()
                .map(|&time| (Key::Time(time), bar(time, price)));
            candles.collect()
        };
        CandleLookup {
            symbol: symbol.into(),
            bid: side(bids, 8.0),
            ask: side(asks, 8.5),
        }
    }

    fn times(times: &[i64]) -> Vec<Key> {
        times.iter().copied().map(Key::Time).collect()
    }

    #[test]
    fn keys_are_of_one_type_and_ascend() {
        let words = |words: &[&str]| {
            words
                .iter()
                .map(|&w| Key::Text(w.into()))
                .collect::<Vec<_>>()
        };
        assert_eq!(check_keys(&words(&["a", "b"])), Ok(true));
        let error = check_keys(&words(&["a", "a"])).unwrap_err();
        assert_eq!(
            (error.code, error.bar),
            (ErrorCode::KeysNotAscending, Some(1))
        );
        assert_eq!(error.expected.as_deref(), Some("later than 'a'"));
        let error = check_keys(&[Key::Int(1), Key::Time(2)]).unwrap_err();
        assert_eq!(error.expected.as_deref(), Some("a int, as the first key"));
        let error = check_keys(&[Key::Float(1.0), Key::Float(f64::NAN)]).unwrap_err();
        assert_eq!((error.code, error.bar), (ErrorCode::KeyType, Some(1)));
    }

    #[test]
    fn a_symbol_is_in_a_hole_where_one_side_is_missing() {
        let keys = times(&[0, 10, 20, 30]);
        let laid = lay_out(
            &[
                lookup("A", &[0, 5, 10, 30], &[0, 20, 30]),
                lookup("B", &[10, 20], &[10, 20]),
            ],
            &keys,
        );
        assert_eq!(*laid[0].covered, [true, false, false, true]);
        assert_eq!((laid[0].holes(), laid[1].holes()), (2, 2));
        assert_eq!(laid[0].get(3), Some((bar(30, 8.0), bar(30, 8.5))));
        assert_eq!(laid[0].get(1), None);
        assert_eq!(check_coverage(&laid, &keys, false), Ok(()));
        let error = check_coverage(&laid, &keys, true).unwrap_err();
        assert_eq!(error.code, ErrorCode::CoverageMissing);
        assert_eq!((error.bar, error.symbol.as_deref()), (Some(0), Some("B")));
        let error = check_coverage(&laid[..1], &keys, false).unwrap_err();
        assert_eq!((error.code, error.bar), (ErrorCode::KeyEmpty, Some(1)));
    }

    #[test]
    fn a_candle_stands_at_its_key_unless_keys_are_places() {
        let mut given = lookup("A", &[0, 10], &[0, 10]);
        given.ask[1].1.time_us = 11;
        let keys = times(&[0, 10]);
        let laid = lay_out(&[given], &keys);
        let error = check_symbol(&laid[0], &keys, false).unwrap_err();
        assert_eq!((error.code, error.bar), (ErrorCode::TimesDiffer, Some(1)));
        assert_eq!(error.field.as_deref(), Some("ask.timestamp"));
        assert_eq!(check_symbol(&laid[0], &keys, true), Ok((0, 0, None)));
        let clock: Column<i64> = Arc::new(vec![0, 1]);
        let stamped = restamped(&laid[0], &clock);
        assert_eq!(stamped.get(1).map(|(_, ask)| ask.time_us), Some(1));
    }

    #[test]
    fn crossed_bars_are_counted_and_bad_prices_refused() {
        let mut given = lookup("A", &[0, 10, 20], &[0, 20]);
        given.bid[2].1 = bar(20, 9.0);
        let keys = times(&[0, 10, 20]);
        let laid = lay_out(&[given.clone()], &keys);
        assert_eq!(check_symbol(&laid[0], &keys, false), Ok((1, 1, Some(2))));
        given.bid[0].1.low = 8.5;
        let laid = lay_out(&[given], &keys);
        let error = check_symbol(&laid[0], &keys, false).unwrap_err();
        assert_eq!((error.code, error.bar), (ErrorCode::LowTooHigh, Some(0)));
    }
}
