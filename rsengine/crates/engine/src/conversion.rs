//! Unit values and margin in the account's currency, at the moment they are needed (P5, A1).

use std::sync::Arc;

use crate::account::{margin_in_base, margin_of, used_margin};
use crate::account_checks::margin_text;
use crate::desk::{DEFAULT_CONTRACT, ExecutionSimulator};
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::ledger::Ledger;
use crate::orders::Breach;
use crate::positions::{FillAt, Position, Positions};
use crate::rates::{Found, Rates, Route};
use crate::rule_ids::{A1_USED, P5_DIRECT, P5_HUB, P5_INVERSE, P5_STALE, S3_RATE};
use crate::symbols::SymbolSpec;
use crate::trace::{EventKind, Phase, Use};

/// What a conversion is told with.
#[derive(Debug, Clone, Copy)]
struct Told<'a> {
    order_id: u64,
    symbol: &'a Arc<str>,
    purpose: Use,
    from: &'a Arc<str>,
    amount: f64,
}

impl ExecutionSimulator {
    /// How many conversions used a rate older than `max_age_minutes` (P5.stale).
    #[must_use]
    pub fn stale_rates(&self) -> u64 {
        self.stale_rates
    }

    /// Returns the moment up to which rates are known in this phase (P5.moment).
    fn moment_us(&self) -> i64 {
        let time_us = self.blotter.time_us.unwrap_or(0);
        match self.blotter.phase {
            Some(Phase::Open | Phase::Exits) => time_us.max(self.ended_us),
            _ => time_us + self.length_us,
        }
    }

    /// The rates, the specification and the currency that results of a symbol are converted from;
    /// `None` where they are in the account's.
    pub(crate) fn converted(&self, symbol: &str) -> Option<(&Rates, &SymbolSpec, &Arc<str>)> {
        let (rates, spec) = (self.config.rates.as_ref()?, self.spec(symbol)?);
        let currency = spec.quote_currency.as_ref()?;
        (**currency != **rates.account()).then_some((rates, spec, currency))
    }

    /// Counts a stale conversion, and traces any (P5).
    fn tell_rate(&mut self, found: Found, told: Told<'_>) {
        self.stale_rates += u64::from(found.stale);
        let Some(rates) = self.config.rates.as_ref() else {
            return;
        };
        let rule = match (found.stale, found.route) {
            (true, _) => P5_STALE,
            (false, Route::Direct) => P5_DIRECT,
            (false, Route::Inverse) => P5_INVERSE,
            (false, Route::Hub) => P5_HUB,
        };
        self.blotter.tracer.emit(rule, || EventKind::Rate {
            order_id: told.order_id,
            symbol: Arc::clone(told.symbol),
            purpose: told.purpose,
            from: Arc::clone(told.from),
            to: Arc::clone(rates.account()),
            route: found.route,
            amount: told.amount,
            converted: found.amount,
            age_us: found.age_us,
            stale: found.stale,
        });
    }

    /// Returns what a unit of price is worth to a new order, or that no rate is known (S3.rate).
    pub(crate) fn unit_at_acceptance(
        &mut self,
        order_id: u64,
        symbol: &Arc<str>,
    ) -> std::result::Result<f64, Breach> {
        let Some(spec) = self.spec(symbol) else {
            return Ok(DEFAULT_CONTRACT);
        };
        let base_currency = spec.base_currency.clone();
        let contract_size = spec.contract_size;
        let mut unit = match spec.quote_currency {
            Some(_) => contract_size,
            None => spec.unit_value(),
        };
        let kept = self.kept_units.iter().find(|(known, _)| known == symbol);
        if let Some(&(_, known)) = kept {
            unit = known;
        } else if let Some((rates, _, currency)) = self.converted(symbol) {
            let currency = Arc::clone(currency);
            let found = fresh(rates, contract_size, &currency, self.moment_us())?;
            let told = Told {
                order_id,
                symbol,
                purpose: Use::Acceptance,
                from: &currency,
                amount: contract_size,
            };
            self.tell_rate(found, told);
            unit = found.amount;
            if self.is_parity() {
                self.kept_units.push((Arc::clone(symbol), unit));
            }
        }
        if let (Some(rates), true, Some(currency)) = (
            &self.config.rates,
            self.config.margin.is_some(),
            base_currency,
        ) && *currency != **rates.account()
        {
            fresh(rates, contract_size, &currency, self.moment_us())?;
        }
        Ok(unit)
    }

    /// Brings the unit value of a position's gains up to this moment (P5.unit_value).
    ///
    /// Without a purpose it is only looked up, and nothing is told.
    pub(crate) fn refresh_unit(&mut self, position: &mut Position, purpose: Option<Use>) {
        if !self.converts || position.parity {
            return;
        }
        let moment_us = self.moment_us();
        let Some((rates, spec, currency)) = self.converted(&position.symbol) else {
            return;
        };
        let amount = spec.contract_size;
        let Some(found) = rates.find(amount, currency, rates.account(), moment_us) else {
            return;
        };
        position.now_unit = found.amount;
        position.fee_unit = found.amount;
        position.stale_unit = found.stale;
        if let Some(purpose) = purpose {
            let currency = Arc::clone(currency);
            let symbol = Arc::clone(&position.symbol);
            let told = Told {
                order_id: position.order_id,
                symbol: &symbol,
                purpose,
                from: &currency,
                amount,
            };
            self.tell_rate(found, told);
        }
    }

    /// Brings all open positions, or those of a symbol, up to this moment; the portfolio, too.
    #[inline]
    pub(crate) fn refresh_units(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        symbol: Option<usize>,
    ) {
        if self.converts && !self.blotter.active.is_empty() {
            self.look_up_units(positions, ledger, symbol);
        }
    }

    #[inline(never)]
    fn look_up_units(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        symbol: Option<usize>,
    ) {
        let symbol = symbol.map(|place| Arc::clone(&self.quotes[place].symbol));
        for at in 0..self.blotter.active.len() {
            let slot = self.blotter.active[at];
            let position = &mut positions[slot as usize];
            let is_meant = symbol
                .as_ref()
                .is_none_or(|name| **name == *position.symbol);
            if is_meant && position.is_open() {
                self.refresh_unit(position, None);
            }
        }
        ledger.revalue(positions);
    }

    /// Sums the margin of open positions in the order in which they opened (A1.used).
    ///
    /// Those filled at the close of the bar of `before_us` came later and are left out.
    pub(crate) fn used_margin(&self, positions: &Positions, before_us: Option<i64>) -> f64 {
        let came_later = |position: &Position| {
            let fill = position.fill();
            fill.is_some_and(|fill| fill.at == FillAt::Close && Some(fill.time_us) == before_us)
        };
        let held = self.held.iter();
        let held = held.filter_map(|&slot| positions.get(slot as usize));
        used_margin(held.filter(|held| held.is_open() && !came_later(held)))
    }

    /// Returns the margin an order needs, in account currency, at this moment (A1.used).
    ///
    /// A rate that was known at acceptance is known still, so no order is refused for want of one.
    fn need(&mut self, position: &Position) -> Result<std::result::Result<f64, Breach>> {
        self.require_margin_spec(&position.symbol)?;
        let moment_us = self.moment_us();
        let (Some(margin), Some(rates), Some(spec)) = (
            &self.config.margin,
            &self.config.rates,
            self.spec(&position.symbol),
        ) else {
            return Ok(Ok(0.0));
        };
        let amount = margin_in_base(margin, spec, position.size);
        let Some(currency) = spec.base_currency.clone() else {
            return Ok(Ok(amount));
        };
        if *currency == **rates.account() {
            return Ok(Ok(amount));
        }
        let Some(found) = rates.find(amount, &currency, rates.account(), moment_us) else {
            debug_assert!(false, "Invariant: the rate was known at acceptance");
            return Ok(Err(rate_missing(rates, &currency)));
        };
        let told = Told {
            order_id: position.order_id,
            symbol: &position.symbol,
            purpose: Use::Margin,
            from: &currency,
            amount,
        };
        self.tell_rate(found, told);
        Ok(Ok(found.amount))
    }

    /// Refuses margin for a symbol without a specification.
    ///
    /// # Errors
    /// `SPEC_REQUIRED`.
    pub(crate) fn require_margin_spec(&self, symbol: &str) -> Result<()> {
        match &self.config.margin {
            Some(margin) if self.spec(symbol).is_none() => {
                Err(EngineError::new(ErrorCode::SpecRequired)
                    .for_symbol(symbol)
                    .in_field("margin")
                    .with_value(margin_text(margin).as_str())
                    .expecting("a SymbolSpec for the symbol: its contract and base currency"))
            }
            _ => Ok(()),
        }
    }

    /// Checks that an order's margin is free, and returns what it needs (A1).
    ///
    /// `rule` is that of the rejection; `before_us` as in [`ExecutionSimulator::used_margin`].
    ///
    /// # Errors
    /// `NUMBER_INVALID` where the portfolio has no equity.
    pub(crate) fn check_margin(
        &mut self,
        positions: &Positions,
        position: &Position,
        equity: Option<f64>,
        rule: &'static str,
        before_us: Option<i64>,
    ) -> Result<std::result::Result<f64, Breach>> {
        if self.config.margin.is_none() {
            return Ok(Ok(0.0));
        }
        let need = match self.need(position)? {
            Ok(need) => need,
            Err(breach) => return Ok(Err(Breach { rule, ..breach })),
        };
        let equity = equity.ok_or_else(|| {
            EngineError::new(ErrorCode::NumberInvalid)
                .in_field("equity")
                .expecting("the equity of the portfolio")
        })?;
        let free = equity - self.used_margin(positions, before_us);
        if need <= free {
            return Ok(Ok(need));
        }
        Ok(Err(Breach {
            rule,
            field: "margin",
            value: Some(Value::Float(need)),
            expected: format!("<= {}", float_text(free)),
        }))
    }

    /// Traces what a fill ties up (A1.used).
    ///
    /// `used` is the margin in use before it.
    pub(crate) fn tell_margin(&self, position: &Position, used: f64, equity: Option<f64>) {
        self.blotter.tracer.emit(A1_USED, || EventKind::Margin {
            order_id: position.order_id,
            symbol: Arc::clone(&position.symbol),
            margin: position.margin,
            used: used + margin_of(position),
            equity,
        });
    }

    /// Tells whether the portfolio's last row has no equity left (S3.equity, A2).
    pub(crate) fn is_without_equity(equity: Option<f64>) -> bool {
        equity.is_some_and(|equity| equity.is_nan() || equity <= 0.0)
    }
}

/// Converts by a rate that is known and fresh, or says which is missing (S3.rate).
fn fresh(
    rates: &Rates,
    amount: f64,
    currency: &str,
    moment_us: i64,
) -> std::result::Result<Found, Breach> {
    let found = rates.find(amount, currency, rates.account(), moment_us);
    let found = found.filter(|found| !found.stale);
    found.ok_or_else(|| rate_missing(rates, currency))
}

fn rate_missing(rates: &Rates, currency: &str) -> Breach {
    let minutes = float_text(rates.max_age_minutes());
    Breach {
        rule: S3_RATE,
        field: "rate",
        value: Some(Value::from(&*format!("{currency}/{}", rates.account()))),
        expected: format!("a rate not older than {minutes} minutes"),
    }
}
