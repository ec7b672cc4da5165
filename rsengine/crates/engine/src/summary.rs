//! What users read from a portfolio; the figures of a run, rounded for reading (P1.summary).

use crate::holdings::{EquityColumns, EquityRows, ExitNumbers, FeeRow, Holding, SwapRow};
use crate::portfolio::Portfolio;

/// A figure of the summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Figure {
    /// A number of things.
    Count(u64),
    /// A rounded number.
    Number(f64),
}

/// Returns the summary: money to 2 places, R to 3, Winrate in percent; zero is a loss.
#[must_use]
pub fn summarise(portfolio: &Portfolio) -> Vec<(&'static str, Figure)> {
    let mut tally = Tally {
        initial_balance: portfolio.initial_balance,
        cash: portfolio.cash,
        equity: portfolio.equity,
        max_drawdown: portfolio.max_drawdown,
        initial_max_drawdown: portfolio.initial_max_drawdown,
        total_fees: portfolio.total_fees,
        expired: portfolio.expired.len(),
        ..Tally::default()
    };
    for (_, position) in portfolio.exits() {
        if position.part != 0 {
            tally.parts += 1;
            continue;
        }
        tally.trades += 1;
        tally.lots += position.size;
        tally.wins += u32::from(position.result > 0.0);
        if let Some(r_multiple) = position.r_multiple {
            tally.r_sum += r_multiple;
            tally.r_count += 1;
        }
        tally.break_even += u64::from(position.break_even);
    }
    tally.figures()
}

/// What the figures of a run are made of.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) initial_balance: f64,
    pub(crate) cash: f64,
    pub(crate) equity: f64,
    pub(crate) max_drawdown: f64,
    pub(crate) initial_max_drawdown: f64,
    pub(crate) total_fees: f64,
    /// Sums over closed positions, in order of their exits.
    pub(crate) lots: f64,
    pub(crate) r_sum: f64,
    pub(crate) r_count: u32,
    pub(crate) wins: u32,
    pub(crate) break_even: u64,
    pub(crate) trades: usize,
    pub(crate) parts: usize,
    pub(crate) expired: usize,
}

impl Tally {
    pub(crate) fn figures(&self) -> Vec<(&'static str, Figure)> {
        let count = |n: usize| Figure::Count(n as u64);
        let money = |x: f64| Figure::Number(rounded(x, 2));
        let average = if self.r_count > 0 {
            rounded(self.r_sum / f64::from(self.r_count), 3)
        } else {
            0.0
        };
        let winrate = if self.trades > 0 {
            rounded((f64::from(self.wins) / self.trades as f64) * 100.0, 2)
        } else {
            0.0
        };
        vec![
            ("Initial Balance", money(self.initial_balance)),
            ("Final Balance", money(self.cash)),
            ("Equity", money(self.equity)),
            ("Max Drawdown", money(self.max_drawdown)),
            ("Drawdown Initial Balance", money(self.initial_max_drawdown)),
            ("Total Fees", money(self.total_fees)),
            ("Total Lots", money(self.lots)),
            ("Total Trades", count(self.trades)),
            ("Expired Orders", count(self.expired)),
            ("Partial Closed Orders", count(self.parts)),
            (
                "Orders closed at Break Even",
                Figure::Count(self.break_even),
            ),
            ("Avg R-Multiple", Figure::Number(average)),
            ("Winrate", Figure::Number(winrate)),
            ("Wins", Figure::Count(u64::from(self.wins))),
            ("Losses", count(self.trades - self.wins as usize)),
        ]
    }
}

/// Rounds the exact binary value to decimal places, to nearest, never -0.0 (N4).
fn rounded(value: f64, places: usize) -> f64 {
    // Formatting rounds the exact value and ties to even, as Python's round() does.
    format!("{value:.places$}").parse().unwrap_or(value) + 0.0
}

impl Portfolio {
    /// Returns the figures of the run, rounded for reading (P1.summary).
    #[must_use]
    pub fn get_summary(&self) -> Vec<(&'static str, Figure)> {
        summarise(self)
    }

    /// Balance at the start.
    #[must_use]
    pub fn initial_balance(&self) -> f64 {
        self.initial_balance
    }

    /// Balance: fees and results booked so far.
    #[must_use]
    pub fn cash(&self) -> f64 {
        self.cash
    }

    /// Equity of the last update row, the initial balance before the first.
    #[must_use]
    pub fn equity(&self) -> f64 {
        self.equity
    }

    /// Highest equity of any row, at least the initial balance.
    #[must_use]
    pub fn max_equity(&self) -> f64 {
        self.max_equity
    }

    /// Largest fall of equity from its maximum, account currency.
    #[must_use]
    pub fn max_drawdown(&self) -> f64 {
        self.max_drawdown
    }

    /// The same, with each bar's worst equity.
    #[must_use]
    pub fn max_drawdown_worst(&self) -> f64 {
        self.max_drawdown_worst
    }

    /// Largest fall of equity below the initial balance, at least 0.
    #[must_use]
    pub fn initial_max_drawdown(&self) -> f64 {
        self.initial_max_drawdown
    }

    /// All swap booked; positive gains.
    #[must_use]
    pub fn total_swap(&self) -> f64 {
        self.total_swap
    }

    /// Swaps in the order in which they were booked.
    #[must_use]
    pub fn swaps_log(&self) -> &[SwapRow] {
        &self.swaps
    }

    /// Rows in which an open position was marked with an old candle or rate (P3.row_stale).
    #[must_use]
    pub fn stale_rows(&self) -> u64 {
        self.stale_rows
    }

    /// All fees booked.
    #[must_use]
    pub fn total_fees(&self) -> f64 {
        self.total_fees
    }

    /// Sum of the results booked.
    #[must_use]
    pub fn realised(&self) -> f64 {
        self.realised
    }

    /// Whether equity leaves out open positions of a foreign executor (P3.realised_only).
    #[must_use]
    pub fn realised_only(&self) -> bool {
        self.realised_only
    }

    /// Moment of the latest exit, of a whole position or a part.
    #[must_use]
    pub fn last_exit_us(&self) -> Option<i64> {
        self.last_exit_us
    }

    /// Closed positions and parts together, in order of their exits.
    #[must_use]
    pub fn exits(&self) -> &[(Holding, ExitNumbers)] {
        self.closed.as_slice()
    }

    /// Closed positions in order of their exits, parts left out.
    pub fn closed_positions(&self) -> impl Iterator<Item = Holding> + '_ {
        self.left(false)
    }

    /// Parts of positions closed on their own, in order of their exits (P3.partial).
    pub fn partial_closed_positions(&self) -> impl Iterator<Item = Holding> + '_ {
        self.left(true)
    }

    fn left(&self, parts: bool) -> impl Iterator<Item = Holding> + '_ {
        let of_kind = move |(_, numbers): &&(Holding, ExitNumbers)| (numbers.part != 0) == parts;
        self.closed
            .iter()
            .filter(of_kind)
            .map(|(holding, _)| *holding)
    }

    /// Waiting orders that never filled: expired or cancelled.
    #[must_use]
    pub fn expired_orders(&self) -> &[Holding] {
        &self.expired
    }

    /// Fees in the order of their booking.
    #[must_use]
    pub fn fees_log(&self) -> &[FeeRow] {
        self.fees.as_slice()
    }

    /// The equity rows as columns, made at the first look at them.
    #[must_use]
    pub fn equity_columns(&self) -> &EquityColumns {
        self.rows.columns()
    }

    /// The equity rows as they are now, for columns that are made later.
    #[must_use]
    pub fn equity_rows(&self) -> EquityRows {
        self.rows.clone()
    }
}
