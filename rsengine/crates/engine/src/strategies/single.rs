//! What the built-in strategies of one symbol share: candles in, one bar after the other.

use std::sync::Arc;

use crate::candles::{Candle, CandleColumns, CandleView};
use crate::errors::Result;
use crate::signals::{Direction, TradeSignal};
use crate::slices::{MultiCandleData, SymbolDataSlice};
use crate::strategies::columns::ColumnStrategy;
use crate::strategy::Strategy;

/// No bar has this index, so that the next one begins anew.
const NOWHERE: usize = usize::MAX;

/// Takes in the candles of one timeframe, and decides at each (I.taken).
///
/// On a timeframe that is carried forward over shorter bars a candle counts once, at the bar where
/// it first stands.
///
/// What it decides is its rules' affair; [`EmaCross`](super::ema_cross::EmaCross) is one of them.
#[derive(Debug, Clone)]
pub struct SingleSymbol<R> {
    timeframe: Box<str>,
    next_index: usize,
    // What was taken in of the next bar before it is decided (Strategy::skip).
    taken: Option<Taken>,
    // Times of the last candles taken in, bid and ask.
    last: [Option<i64>; 2],
    found: Option<Found>,
    known: Option<Known>,
    pub(crate) rules: R,
}

/// Whether a bar brought a new candle, bid and ask.
type Taken = [bool; 2];

/// What a strategy does with candles.
pub trait Rules {
    /// Forgets every candle.
    fn restart(&mut self);

    /// Takes in a candle of the bid.
    fn take_bid(&mut self, bid: &Candle);

    /// Takes in a candle of the ask; most strategies look at the bid alone.
    fn take_ask(&mut self, ask: &Candle) {
        let _ = ask;
    }

    /// Whether a bar whose candles were taken in gives no signal; if not, it may or may not.
    fn is_quiet(&self, index: usize) -> bool;

    /// Takes in candles of both sides, bar by bar from an index on, as long as they give no signal;
    /// returns how many bars came before one that may, whose candles are taken in, too.
    fn pass_quiet(&mut self, bids: &CandleView<'_>, asks: &CandleView<'_>, index: usize) -> usize {
        for place in 0..bids.close.len() {
            let (Some(bid), Some(ask)) = (bids.get(place), asks.get(place)) else {
                return place;
            };
            self.take_bid(&bid);
            self.take_ask(&ask);
            if !self.is_quiet(index + place) {
                return place;
            }
        }
        bids.close.len()
    }

    /// All signals over candles that are taken in from the first on, if they can be told at once.
    ///
    /// The candles have passed the checks of a run, so that no price is missing.
    fn known(&self, bids: &CandleColumns, asks: &CandleColumns) -> Option<ColumnStrategy> {
        let _ = (bids, asks);
        None
    }

    /// Decides at a bar whose candles were taken in.
    fn decide(&mut self, bar: &Bar<'_>, signals: &mut Vec<TradeSignal>);
}

/// A bar at which a strategy decides.
#[derive(Debug, Clone, Copy)]
pub struct Bar<'a> {
    /// Absolute index.
    pub index: usize,
    /// Trading symbol.
    pub symbol: &'a Arc<str>,
    /// Candle of the bid.
    pub bid: &'a Candle,
    /// Candle of the ask.
    pub ask: &'a Candle,
}

/// Places of the two series in the data they were found in.
#[derive(Debug, Clone)]
struct Found {
    data: Arc<MultiCandleData>,
    bid: usize,
    ask: usize,
}

/// All signals over some data, `None` where they cannot be told at once.
#[derive(Debug, Clone)]
struct Known {
    data: Arc<MultiCandleData>,
    columns: Option<ColumnStrategy>,
}

impl<R: Rules> SingleSymbol<R> {
    /// A strategy that has seen no bar.
    #[must_use]
    pub fn over(timeframe: &str, rules: R) -> Self {
        Self {
            timeframe: timeframe.into(),
            next_index: 0,
            taken: None,
            last: [None, None],
            found: None,
            known: None,
            rules,
        }
    }

    /// Key of the candles it reads.
    #[must_use]
    pub fn timeframe(&self) -> &str {
        &self.timeframe
    }

    /// Whether a bar is the one after the last it saw; if not, it has to begin anew.
    #[must_use]
    pub fn follows(&self, index: usize) -> bool {
        index == self.next_index
    }

    /// Begins anew at a bar: takes in all candles before it, the warm-up (L1) or those of a new run.
    pub fn begin(
        &mut self,
        index: usize,
        bids: impl IntoIterator<Item = Candle>,
        asks: impl IntoIterator<Item = Candle>,
    ) {
        self.next_index = index;
        self.taken = None;
        self.last = [None, None];
        self.rules.restart();
        for bid in bids {
            self.take_bid(Some(&bid));
        }
        for ask in asks {
            self.take_ask(Some(&ask));
        }
    }

    /// Takes in the candles of the next bar and decides, if it brings new ones of both sides.
    #[inline]
    pub fn step(
        &mut self,
        symbol: &Arc<str>,
        bid: Option<&Candle>,
        ask: Option<&Candle>,
        signals: &mut Vec<TradeSignal>,
    ) {
        let taken = self.take(bid, ask);
        let index = self.next_index;
        self.pass();
        if let ([true, true], Some(bid), Some(ask)) = (taken, bid, ask) {
            let bar = Bar {
                index,
                symbol,
                bid,
                ask,
            };
            self.rules.decide(&bar, signals);
        }
    }

    #[inline]
    fn take(&mut self, bid: Option<&Candle>, ask: Option<&Candle>) -> Taken {
        if let Some(taken) = self.taken {
            return taken;
        }
        let taken = [self.take_bid(bid), self.take_ask(ask)];
        self.taken = Some(taken);
        taken
    }

    #[inline]
    fn take_bid(&mut self, bid: Option<&Candle>) -> bool {
        let new = bid.filter(|bid| self.last[0] != Some(bid.time_us));
        if let Some(bid) = new {
            self.last[0] = Some(bid.time_us);
            self.rules.take_bid(bid);
        }
        new.is_some()
    }

    #[inline]
    fn take_ask(&mut self, ask: Option<&Candle>) -> bool {
        let new = ask.filter(|ask| self.last[1] != Some(ask.time_us));
        if let Some(ask) = new {
            self.last[1] = Some(ask.time_us);
            self.rules.take_ask(ask);
        }
        new.is_some()
    }

    #[inline]
    fn pass(&mut self) {
        self.next_index += 1;
        self.taken = None;
    }

    /// Looks the two series up once for each set of data.
    #[inline]
    fn places(&mut self, view: &SymbolDataSlice) -> Result<(usize, usize)> {
        match &self.found {
            Some(found) if Arc::ptr_eq(&found.data, view.data()) => Ok((found.bid, found.ask)),
            _ => {
                let data = view.data();
                let bid = data.find(&self.timeframe, "bid", view.symbol())?;
                view.check_within(&data.series[bid])?;
                let ask = data.find(&self.timeframe, "ask", view.symbol())?;
                self.found = Some(Found {
                    data: Arc::clone(data),
                    bid,
                    ask,
                });
                Ok((bid, ask))
            }
        }
    }

    /// All signals over the data of a slice, if they were told at once.
    #[inline]
    fn known(&mut self, view: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        let known = self.known.as_mut()?;
        let is_it = Arc::ptr_eq(&known.data, view.data());
        known.columns.as_mut().filter(|_| is_it)
    }

    /// Tells all signals over the data of a slice at once, if that is possible.
    fn get_known(&mut self, view: &SymbolDataSlice) -> Result<()> {
        let data = view.data();
        if self
            .known
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(&known.data, data))
        {
            return Ok(());
        }
        let (bid, ask) = self.places(view)?;
        let sides = (
            data.series[bid].candles.whole(),
            data.series[ask].candles.whole(),
        );
        let columns = match sides {
            (Some(bid), Some(ask)) if bid.memo.checked_with(&ask.memo).is_some() => {
                self.rules.known(bid, ask)
            }
            _ => None,
        };
        if columns.is_some() {
            // What was taken in so far is not kept up any more.
            self.next_index = NOWHERE;
        }
        self.known = Some(Known {
            data: Arc::clone(data),
            columns,
        });
        Ok(())
    }

    fn catch_up(&mut self, view: &SymbolDataSlice) -> Result<()> {
        let (index, data) = (view.index(), Arc::clone(view.data()));
        self.next_index = NOWHERE;
        let (bid, ask) = self.places(view)?;
        let before = |place: usize| {
            let series = &data.series[place];
            view.check_within(series)?;
            Ok((0..index).filter_map(|bar| series.candles.get(bar)))
        };
        let (bids, asks) = (before(bid)?, before(ask)?);
        self.begin(index, bids, asks);
        Ok(())
    }
}

impl<R: Rules> Strategy for SingleSymbol<R> {
    #[inline]
    fn evaluate(
        &mut self,
        _index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let index = slice.index();
        if self.known(slice).is_some() {
            let (bid, ask) = self.places(slice)?;
            slice.check_within(&slice.data().series[bid])?;
            slice.check_within(&slice.data().series[ask])?;
            let bid = slice.data().series[bid].candles.get(index);
            if let (Some(bid), Some(columns)) = (bid, self.known(slice)) {
                signals.extend(columns.next_signal(index, slice.symbol(), bid.time_us));
            }
            return Ok(());
        }
        if !self.follows(index) {
            self.catch_up(slice)?;
        }
        let (bid, ask) = self.places(slice)?;
        let (bid, ask) = (&slice.data().series[bid], &slice.data().series[ask]);
        slice.check_within(bid)?;
        slice.check_within(ask)?;
        let (bid, ask) = (bid.candles.get(index), ask.candles.get(index));
        self.step(slice.symbol(), bid.as_ref(), ask.as_ref(), signals);
        Ok(())
    }

    fn columns(&mut self, slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        self.known(slice)
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        self.get_known(slice)?;
        if let Some(columns) = self.known(slice) {
            let to = to.min(columns.len().max(from));
            return Ok(columns.next_row(from, to));
        }
        if !self.follows(from) {
            return Ok(from);
        }
        let (bid, ask) = self.places(slice)?;
        let (bid, ask) = (&slice.data().series[bid], &slice.data().series[ask]);
        let (Some(bid), Some(ask)) = (bid.candles.whole(), ask.candles.whole()) else {
            return Ok(from);
        };
        let mut bar = from;
        if self.taken.is_some() {
            if self.taken == Some([true, true]) && !self.rules.is_quiet(bar) {
                return Ok(bar);
            }
            self.pass();
            bar += 1;
        }
        let (all_new, bids, asks) = (bid.ascends() && ask.ascends(), bid.view(), ask.view());
        if all_new && let (Some(bids), Some(asks)) = (bids.part(bar, to), asks.part(bar, to)) {
            // Each candle is a new one, so nobody has to look at their times.
            let passed = self.rules.pass_quiet(&bids, &asks, bar);
            self.next_index = bar + passed;
            let last = passed.min(bids.time_us.len().saturating_sub(1));
            if let (Some(&bid_us), Some(&ask_us)) = (bids.time_us.get(last), asks.time_us.get(last))
            {
                self.last = [Some(bid_us), Some(ask_us)];
            }
            self.taken = (bar + passed < to).then_some([true, true]);
            return Ok(bar + passed);
        }
        for bar in bar..to {
            let (Some(bid), Some(ask)) = (bids.get(bar), asks.get(bar)) else {
                return Ok(bar);
            };
            let taken = self.take(Some(&bid), Some(&ask));
            if taken == [true, true] && !self.rules.is_quiet(bar) {
                return Ok(bar);
            }
            self.pass();
        }
        Ok(to)
    }
}

/// Makes a market order with stop and target so far from the opening side's close.
#[must_use]
pub fn bracket(
    direction: Direction,
    bid: &Candle,
    ask: &Candle,
    distances: (f64, f64),
    symbol: &Arc<str>,
    timestamp_us: i64,
    reason: &Arc<str>,
) -> TradeSignal {
    let close = if direction.is_long() {
        ask.close
    } else {
        bid.close
    };
    let (stop, target) = bracket_of(direction, close, distances);
    TradeSignal {
        entry_price: Some(close),
        reason: Some(Arc::clone(reason)),
        ..TradeSignal::market(direction, Some(stop), Some(target), symbol, timestamp_us)
    }
}

/// Stop and target so far from a price.
#[inline]
pub(crate) fn bracket_of(direction: Direction, price: f64, distances: (f64, f64)) -> (f64, f64) {
    let sign = direction.sign();
    (price - (sign * distances.0), price + (sign * distances.1))
}
