//! A strategy whose signals are expressions (rules of the chapter Q).

use std::sync::Arc;

use crate::aligned::AlignedCandles;
use crate::candles::Column;
use crate::cross_symbol_engine::MultiStrategy;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::expressions::evaluation::{Evaluation, Signal};
use crate::expressions::sources::Source;
use crate::expressions::tree::{Series, Tree, parse};
use crate::keys::Key;
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::sessions::timeframe_us;
use crate::signals::TradeSignal;
use crate::slices::{MultiCandleData, SymbolDataSlice};
use crate::strategies::columns::{Brackets, ColumnStrategy, Row};
use crate::strategy::Strategy;

/// Buys and sells where conditions are true, with prices that are expressions.
///
/// All expressions are computed from the first bar of the data on, warm-up included, at the first
/// bar of a run; a signal is made at every bar of which a condition is true. Where both are, and
/// where a price of the signal has no value, there is none.
///
/// ```
/// # use fillproof_engine::expressions::strategy::ExpressionStrategy;
/// let price = |side| format!(
///     r#"{{"node": "price", "field": "close", "side": "{side}", "timeframe": null, "symbol": null}}"#
/// );
/// let text = format!(
///     r#"{{"format": "fillproof.strategy", "version": 1, "long": {{"node": "less",
///     "left": {}, "right": {}}}, "short": null, "entry": null, "stop": null, "target": null,
///     "type": "market", "timeframe": null, "symbol": null, "reason": null}}"#,
///     price("bid"), price("ask"),
/// );
/// assert_eq!(ExpressionStrategy::new(&text)?.tree().steps.len(), 3);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Clone)]
pub struct ExpressionStrategy {
    tree: Arc<Tree>,
    computed: Option<Arc<Computed>>,
    /// The signals that were computed.
    columns: Option<ColumnStrategy>,
}

/// What a run computes at its first bar.
struct Computed {
    of: Vec<Arc<MultiCandleData>>,
    times: Column<i64>,
}

impl std::fmt::Debug for ExpressionStrategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExpressionStrategy")
            .field("tree", &self.tree)
            .finish_non_exhaustive()
    }
}

/// Where a series lies in the data of a run.
struct Located<'a> {
    data: &'a Arc<MultiCandleData>,
    candles: &'a AlignedCandles,
}

impl ExpressionStrategy {
    /// Reads a strategy from its JSON document.
    ///
    /// # Errors
    /// `EXPRESSION_INVALID`; `PERIOD_INVALID`, `NUMBER_INVALID` of an indicator's settings.
    pub fn new(text: &str) -> Result<Self> {
        let tree = Arc::new(parse(text)?);
        Evaluation::new(&tree, 0)?;
        Ok(Self {
            tree,
            computed: None,
            columns: None,
        })
    }

    /// What it computes.
    #[must_use]
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// Whether it was computed for some data of each series.
    fn is_for<'a>(&self, mut data: impl Iterator<Item = &'a Arc<MultiCandleData>>) -> bool {
        let Some(computed) = &self.computed else {
            return false;
        };
        computed
            .of
            .iter()
            .all(|of| data.next().is_some_and(|data| Arc::ptr_eq(of, data)))
    }

    /// Computes all bars at once.
    fn compute(
        &mut self,
        timeframe: &str,
        located: &[Located<'_>],
        is_ordinal: bool,
    ) -> Result<()> {
        let length_us = match self.tree.has_sessions() {
            true => timeframe_us(timeframe, "timeframe")?,
            false => 0,
        };
        let length = located.first().map_or(0, |first| first.candles.len());
        for (series, located) in self.tree.series.iter().zip(located) {
            if located.candles.len() < length {
                let name = series.timeframe.as_deref().unwrap_or(timeframe);
                return Err(EngineError::new(ErrorCode::LengthsDiffer)
                    .in_field(&format!("{name}.{}", series.side))
                    .with_value(located.candles.len())
                    .expecting(format!("{length}, a candle for each bar")));
            }
        }
        let source = |(place, located): (usize, &Located<'_>)| {
            let is_counted = self.tree.counts(place);
            Source::new(located.candles, length, is_counted, is_ordinal)
        };
        let sources: Vec<Source> = located.iter().enumerate().map(source).collect();
        let rows: Vec<_> = sources.iter().map(|source| source.rows(length)).collect();
        let mut evaluation = Evaluation::new(&self.tree, length_us)?;
        let columns = match (evaluation.look_ahead(&rows), sources.as_slice()) {
            (Some(found), [bid, ask, ..]) => {
                let brackets = Brackets {
                    directions: found.directions,
                    bid_close: bid.closes(),
                    ask_close: ask.closes(),
                    distances: found.distances,
                };
                ColumnStrategy::of_brackets(length, found.rows.into(), brackets)
            }
            _ => self.columns_of(length, &evaluation.of_all(&rows)),
        };
        self.computed = Some(Arc::new(Computed {
            of: located
                .iter()
                .map(|located| Arc::clone(located.data))
                .collect(),
            times: sources[0].times(),
        }));
        self.columns = Some(columns.with_reason(self.tree.reason.clone()));
        Ok(())
    }

    fn columns_of(&self, length: usize, signals: &[Signal]) -> ColumnStrategy {
        let rows = signals.iter().map(|signal| signal.row).collect();
        let signals = signals.iter().map(|found| Row {
            direction: found.direction,
            order_type: self.tree.order_type,
            entry: Some(found.entry),
            stop: found.stop,
            target: found.target,
        });
        ColumnStrategy::of_signals(length, rows, signals.collect())
    }

    fn begin(&mut self, slice: &SymbolDataSlice) -> Result<()> {
        let tree = Arc::clone(&self.tree);
        let (data, symbol) = (slice.data(), slice.symbol());
        let symbols = tree.series.iter().map(|series| series.symbol.as_deref());
        for named in symbols.chain([tree.symbol.as_deref()]).flatten() {
            if named != &**symbol {
                return Err(unknown_symbol(named, symbol));
            }
        }
        let first = data.series.first().map_or("", |series| &*series.timeframe);
        let timeframe = tree.timeframe.as_deref().unwrap_or(first);
        let mut located = Vec::with_capacity(tree.series.len());
        for series in &tree.series {
            let name = series.timeframe.as_deref().unwrap_or(timeframe);
            let place = data.find(name, series.side, symbol)?;
            let candles = &data.series[place].candles;
            located.push(Located { data, candles });
        }
        self.compute(timeframe, &located, false)
    }

    fn begin_several(&mut self, multi_slice: &MultiSymbolSlice) -> Result<()> {
        let tree = Arc::clone(&self.tree);
        let symbol = self.traded(multi_slice)?;
        let is_ordinal = !matches!(multi_slice.timestamp(), Some(Key::Time(_)));
        let primary_tf = Arc::clone(multi_slice.primary_tf());
        let timeframe = tree.timeframe.as_deref().unwrap_or(&primary_tf);
        let mut located = Vec::with_capacity(tree.series.len());
        for series in &tree.series {
            let view = multi_slice.view(series.symbol.as_deref().unwrap_or(&symbol))?;
            let data = view.slice().data();
            let name = series.timeframe.as_deref().unwrap_or(timeframe);
            let place = data.find(name, series.side, view.symbol())?;
            let candles = &data.series[place].candles;
            located.push(Located { data, candles });
        }
        self.compute(timeframe, &located, is_ordinal)
    }

    /// Whether it was computed for the data of some views.
    fn is_for_all(&self, multi_slice: &MultiSymbolSlice) -> Result<bool> {
        if self.computed.is_none() {
            return Ok(false);
        }
        let symbol = self.traded(multi_slice)?;
        let named = |series: &Series| series.symbol.as_deref().unwrap_or(&symbol).to_owned();
        let views = self
            .tree
            .series
            .iter()
            .map(|series| multi_slice.view(&named(series)));
        let views = views.collect::<Result<Vec<_>>>()?;
        Ok(self.is_for(views.into_iter().map(|view| view.slice().data())))
    }

    /// The symbol that is traded.
    fn traded(&self, multi_slice: &MultiSymbolSlice) -> Result<Arc<str>> {
        match (&self.tree.symbol, multi_slice.values()) {
            (Some(symbol), _) => Ok((&**symbol).into()),
            (None, [only]) => Ok(Arc::clone(only.symbol())),
            (None, views) => {
                let known: Vec<&str> = views.iter().map(|view| &**view.symbol()).collect();
                Err(EngineError::new(ErrorCode::SymbolUnknown)
                    .in_field("symbol")
                    .expecting(format!("one of {}", known.join(", "))))
            }
        }
    }

    /// Adds the signal of a bar, if there is one.
    fn signal(
        &mut self,
        bar: usize,
        symbol: &Arc<str>,
        time_us: Option<i64>,
        signals: &mut Vec<TradeSignal>,
    ) {
        let (Some(computed), Some(columns)) = (&self.computed, &mut self.columns) else {
            return;
        };
        let time_us = time_us.or_else(|| computed.times.as_slice().get(bar).copied());
        signals.extend(time_us.and_then(|time_us| columns.next_signal(bar, symbol, time_us)));
    }
}

impl Tree {
    /// The signal of a row as an executor takes it.
    #[must_use]
    pub fn to_signal(&self, found: &Signal, symbol: &Arc<str>, time_us: i64) -> TradeSignal {
        TradeSignal {
            entry_price: Some(found.entry),
            order_type: self.order_type,
            reason: self.reason.clone(),
            ..TradeSignal::market(found.direction, found.stop, found.target, symbol, time_us)
        }
    }
}

/// The error of a symbol that a run of one symbol does not have.
fn unknown_symbol(named: &str, symbol: &str) -> EngineError {
    EngineError::new(ErrorCode::SymbolUnknown)
        .in_field("symbol")
        .with_value(named)
        .expecting(format!("one of {symbol}"))
}

impl Strategy for ExpressionStrategy {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        if !self.is_for(std::iter::repeat(slice.data())) {
            self.begin(slice)?;
        }
        let time_us = slice.bid().map(|bid| bid.time_us);
        self.signal(index, slice.symbol(), time_us, signals);
        Ok(())
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        if !self.is_for(std::iter::repeat(slice.data())) {
            return Ok(from);
        }
        let columns = self.columns.as_mut();
        Ok(columns.map_or(from, |columns| columns.next_row(from, to)))
    }

    fn columns(&mut self, slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        let is_it = self.is_for(std::iter::repeat(slice.data()));
        self.columns.as_mut().filter(|_| is_it)
    }
}

impl MultiStrategy for ExpressionStrategy {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        if !self.is_for_all(multi_slice)? {
            self.begin_several(multi_slice)?;
        }
        let symbol = self.traded(multi_slice)?;
        self.signal(index, &symbol, Some(multi_slice.time_us()), signals);
        Ok(())
    }
}
