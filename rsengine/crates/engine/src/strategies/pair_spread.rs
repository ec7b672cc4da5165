//! Built-in strategy of two symbols: back to the mean of what lies between them (I.pair_spread).

use std::sync::Arc;

use crate::candles::Candle;
use crate::cross_symbol_engine::MultiStrategy;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::indicators::atr::Atr;
use crate::indicators::moving::Sma;
use crate::indicators::window::Window;
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::settings::{number, period as to_period};
use crate::signals::{Direction, TradeSignal};
use crate::strategies::single::bracket;
use crate::strategies::zscore_reversion::Excursion;
use crate::symbol_view::SymbolView;

/// The candles of both symbols at a key: bid and ask of a, bid and ask of b.
pub type Quotes = [Candle; 4];

/// Trades two symbols against each other when their spread leaves its band, for a way back.
///
/// The spread is `mid_a - (hedge * mid_b)` of the closes. When its z-score falls below -entry, it
/// buys a and sells b, when it rises above entry it sells a and buys b, in one key. Each leg has a
/// stop and a target in its own average true ranges, counted from its opening side's close; how
/// large a leg is, is the sizing's affair. Keys where a candle of the four is missing are left out.
/// It starts at the first key of the data, warm-up included, and begins anew when the keys do not
/// follow each other, as in a second run.
///
/// ```
/// # use fillproof_engine::strategies::pair_spread::PairSpread;
/// let pair = PairSpread::new("EURUSD", "GBPUSD", 0.8, 100, 2.0, 14, 2.0, 2.0, 10)?;
/// assert_eq!(pair.hedge(), 0.8);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PairSpread {
    symbol_a: Arc<str>,
    symbol_b: Arc<str>,
    hedge: f64,
    window: i64,
    mean: Sma,
    excursion: Excursion,
    atr_a: Atr,
    atr_b: Atr,
    stop_atr: f64,
    target_atr: f64,
    rest: i64,
    wait: i64,
    next_index: usize,
    reason: Arc<str>,
    /// Signals of a key that was looked at before its turn.
    found: Option<(usize, Vec<TradeSignal>)>,
}

impl PairSpread {
    /// A strategy that has seen no key.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`, `PERIOD_INVALID`, `NUMBER_INVALID`.
    #[expect(clippy::too_many_arguments, reason = "it has nine settings")]
    pub fn new(
        symbol_a: &str,
        symbol_b: &str,
        hedge: f64,
        window: i64,
        entry: f64,
        period: i64,
        stop_atr: f64,
        target_atr: f64,
        rest: i64,
    ) -> Result<Self> {
        check_symbols(symbol_a, symbol_b)?;
        let hedge = number(hedge, "hedge", 0.0, true)?;
        let window = to_period(window, "window")?;
        let entry = number(entry, "entry", 0.0, true)?;
        let period = to_period(period, "period")?;
        Ok(Self {
            symbol_a: symbol_a.into(),
            symbol_b: symbol_b.into(),
            hedge,
            window,
            mean: Sma::new(window)?,
            excursion: Excursion::new(Window::new(window)?, entry),
            atr_a: Atr::new(period)?,
            atr_b: Atr::new(period)?,
            stop_atr: number(stop_atr, "stop_atr", 0.0, true)?,
            target_atr: number(target_atr, "target_atr", 0.0, true)?,
            rest: to_period(rest, "rest")?,
            wait: 0,
            next_index: 0,
            reason: "pair_spread".into(),
            found: None,
        })
    }

    /// The symbol that is bought when the spread is low.
    #[must_use]
    pub fn symbol_a(&self) -> &Arc<str> {
        &self.symbol_a
    }

    /// The symbol that is sold when the spread is low.
    #[must_use]
    pub fn symbol_b(&self) -> &Arc<str> {
        &self.symbol_b
    }

    /// Units of b's price against one of a's.
    #[must_use]
    pub fn hedge(&self) -> f64 {
        self.hedge
    }

    /// Keys of the mean and of the deviation.
    #[must_use]
    pub fn window(&self) -> i64 {
        self.window
    }

    /// Deviations from the mean.
    #[must_use]
    pub fn entry(&self) -> f64 {
        self.excursion.entry
    }

    /// Keys of both average true ranges.
    #[must_use]
    pub fn period(&self) -> i64 {
        self.atr_a.period()
    }

    /// Distance of the stops in average true ranges.
    #[must_use]
    pub fn stop_atr(&self) -> f64 {
        self.stop_atr
    }

    /// Distance of the targets in average true ranges.
    #[must_use]
    pub fn target_atr(&self) -> f64 {
        self.target_atr
    }

    /// Keys from a pair of signals to the next at the earliest.
    #[must_use]
    pub fn rest(&self) -> i64 {
        self.rest
    }

    /// Whether a key is the one after the last it saw; if not, it has to begin anew.
    #[must_use]
    pub fn follows(&self, index: usize) -> bool {
        index == self.next_index
    }

    /// Begins anew at a key: takes in the keys before it at which all candles are there.
    pub fn begin(&mut self, index: usize, before: impl IntoIterator<Item = Quotes>) {
        self.next_index = index;
        self.found = None;
        self.mean.restart();
        self.excursion.restart();
        self.atr_a.restart();
        self.atr_b.restart();
        self.wait = 0;
        before.into_iter().for_each(|quotes| self.take(&quotes));
    }

    /// Takes in the candles of the next key, if all are there, and decides.
    #[inline]
    pub fn step(
        &mut self,
        quotes: Option<&Quotes>,
        timestamp_us: i64,
        signals: &mut Vec<TradeSignal>,
    ) {
        self.next_index += 1;
        if let Some(quotes) = quotes {
            self.take(quotes);
            self.decide(quotes, timestamp_us, signals);
        }
    }

    #[inline]
    fn take(&mut self, quotes: &Quotes) {
        let [bid_a, ask_a, bid_b, ask_b] = quotes;
        let mid_a = (bid_a.close + ask_a.close) / 2.0;
        let mid_b = (bid_b.close + ask_b.close) / 2.0;
        let spread = mid_a - (self.hedge * mid_b);
        let mean = self.mean.update(spread);
        self.excursion.update(spread, mean);
        self.atr_a.update(bid_a.high, bid_a.low, bid_a.close);
        self.atr_b.update(bid_b.high, bid_b.low, bid_b.close);
        if self.wait > 0 {
            self.wait -= 1;
        }
    }

    fn decide(&mut self, quotes: &Quotes, timestamp_us: i64, signals: &mut Vec<TradeSignal>) {
        let (atr_a, atr_b) = (self.atr_a.value(), self.atr_b.value());
        let free = self.wait == 0 && atr_a > 0.0 && atr_b > 0.0;
        let Some(direction) = self.excursion.direction().filter(|_| free) else {
            return;
        };
        self.wait = self.rest;
        let opposite = if direction.is_long() {
            Direction::Short
        } else {
            Direction::Long
        };
        let [bid_a, ask_a, bid_b, ask_b] = quotes;
        for (symbol, way, bid, ask, atr) in [
            (&self.symbol_a, direction, bid_a, ask_a, atr_a),
            (&self.symbol_b, opposite, bid_b, ask_b, atr_b),
        ] {
            let distances = (self.stop_atr * atr, self.target_atr * atr);
            let reason = &self.reason;
            signals.push(bracket(
                way,
                bid,
                ask,
                distances,
                symbol,
                timestamp_us,
                reason,
            ));
        }
    }
}

/// Refuses a pair of one symbol.
///
/// # Errors
/// `OPTION_UNKNOWN`.
pub fn check_symbols(symbol_a: &str, symbol_b: &str) -> Result<()> {
    if symbol_a == symbol_b {
        return Err(EngineError::new(ErrorCode::OptionUnknown)
            .in_field("symbol_b")
            .with_value(symbol_b)
            .expecting("another symbol"));
    }
    Ok(())
}

impl MultiStrategy for PairSpread {
    fn evaluate(
        &mut self,
        _index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let index = multi_slice.index();
        if let Some((_, found)) = self.found.take_if(|(key, _)| *key == index) {
            signals.extend(found);
            return Ok(());
        }
        let a = multi_slice.view(&self.symbol_a)?;
        let b = multi_slice.view(&self.symbol_b)?;
        if !self.follows(index) {
            self.begin(index, (0..index).filter_map(|key| quotes(a, b, key)));
        }
        let quotes = a.quote().zip(b.quote());
        let quotes = quotes.map(|((bid_a, ask_a), (bid_b, ask_b))| [bid_a, ask_a, bid_b, ask_b]);
        self.step(quotes.as_ref(), multi_slice.time_us(), signals);
        Ok(())
    }

    fn skip(&mut self, multi_slice: &MultiSymbolSlice, from: usize, to: usize) -> Result<usize> {
        let views = [&self.symbol_a, &self.symbol_b].map(|symbol| multi_slice.get(symbol));
        let ([Some(a), Some(b)], true) = (views, self.follows(from)) else {
            return Ok(from);
        };
        let (a, b) = (a.sides(), b.sides());
        let columns = [&a.bid, &a.ask, &b.bid, &b.ask].map(|side| side.view());
        let both = a.covered.iter().zip(b.covered.iter());
        let mut found = Vec::new();
        for (key, (&in_a, &in_b)) in both.enumerate().take(to).skip(from) {
            let candles = columns.each_ref().map(|side| side.get(key));
            let quotes = match candles {
                [Some(bid_a), Some(ask_a), Some(bid_b), Some(ask_b)] if in_a && in_b => {
                    Some([bid_a, ask_a, bid_b, ask_b])
                }
                _ => None,
            };
            self.step(quotes.as_ref(), multi_slice.time_us_at(key), &mut found);
            if !found.is_empty() {
                self.found = Some((key, found));
                return Ok(key);
            }
        }
        Ok(to)
    }

    fn use_bars(&mut self, _start: usize, _total: usize) -> Result<()> {
        self.found = None;
        Ok(())
    }
}

/// The candles of a key, if all are there.
fn quotes(a: &SymbolView, b: &SymbolView, key: usize) -> Option<Quotes> {
    let side =
        |view: &SymbolView, place: usize| view.slice().data().series.get(place)?.candles.get(key);
    Some([side(a, 0)?, side(a, 1)?, side(b, 0)?, side(b, 1)?])
}
