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
    let mut lots = 0.0;
    let mut r_sum = 0.0;
    let (mut r_count, mut wins, mut break_even) = (0_u32, 0_u32, 0_u64);
    let (mut trades, mut parts) = (0_usize, 0_usize);
    for (_, position) in portfolio.exits() {
        if position.part != 0 {
            parts += 1;
            continue;
        }
        trades += 1;
        lots += position.size;
        wins += u32::from(position.result > 0.0);
        if let Some(r_multiple) = position.r_multiple {
            r_sum += r_multiple;
            r_count += 1;
        }
        break_even += u64::from(position.break_even);
    }
    let count = |n: usize| Figure::Count(n as u64);
    let money = |x: f64| Figure::Number(rounded(x, 2));
    let average = if r_count > 0 {
        rounded(r_sum / f64::from(r_count), 3)
    } else {
        0.0
    };
    let winrate = if trades > 0 {
        rounded((f64::from(wins) / trades as f64) * 100.0, 2)
    } else {
        0.0
    };
    vec![
        ("Initial Balance", money(portfolio.initial_balance)),
        ("Final Balance", money(portfolio.cash)),
        ("Equity", money(portfolio.equity)),
        ("Max Drawdown", money(portfolio.max_drawdown)),
        (
            "Drawdown Initial Balance",
            money(portfolio.initial_max_drawdown),
        ),
        ("Total Fees", money(portfolio.total_fees)),
        ("Total Lots", money(lots)),
        ("Total Trades", count(trades)),
        ("Expired Orders", count(portfolio.expired.len())),
        ("Partial Closed Orders", count(parts)),
        ("Orders closed at Break Even", Figure::Count(break_even)),
        ("Avg R-Multiple", Figure::Number(average)),
        ("Winrate", Figure::Number(winrate)),
        ("Wins", Figure::Count(u64::from(wins))),
        ("Losses", count(trades - wins as usize)),
    ]
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
        &self.closed
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
        &self.fees
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
