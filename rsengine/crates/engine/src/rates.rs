//! Rates of exchange: from which currency to which, and since when they are known (rule P5).

use std::sync::Arc;

use crate::errors::{EngineError, ErrorCode, Result, Value};
pub use crate::rate_series::RateSeries;
use crate::sessions::MINUTE_US;
use crate::settings::{is_currency, number};

/// The rate of a pair.
#[derive(Debug, Clone, PartialEq)]
pub enum Rate {
    /// One that is known always.
    Fixed(f64),
    /// One that changes.
    Series(RateSeries),
}

/// How an amount was converted (P5.direct, P5.inverse, P5.hub).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// By the pair FROM/TO.
    Direct,
    /// By the pair TO/FROM.
    Inverse,
    /// By two pairs with the hub.
    Hub,
}

impl Route {
    /// Its name in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Inverse => "inverse",
            Self::Hub => "hub",
        }
    }
}

/// What a conversion came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// In the currency wanted.
    pub amount: f64,
    /// How.
    pub route: Route,
    /// Of the rate, of the older one by the hub; `None` where all are fixed numbers.
    pub age_us: Option<i64>,
    /// Whether it is older than `max_age_minutes`.
    pub stale: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Pair {
    name: Arc<str>,
    base: Arc<str>,
    quote: Arc<str>,
    rate: Rate,
}

/// The account's currency, and rates to convert others into it (P5).
///
/// ```
/// # use fillproof_engine::rates::{Rate, Rates};
/// let rates = Rates::new("USD", [("USD/JPY", Rate::Fixed(160.0))], None, 5760.0)?;
/// assert_eq!(rates.find(100_000.0, "JPY", "USD", 0).unwrap().amount, 625.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    account: Arc<str>,
    pairs: Vec<Pair>,
    hub: Option<Arc<str>>,
    max_age_minutes: f64,
    max_age_us: f64,
}

/// What the name of a currency is expected to be.
pub const CURRENCY_EXPECTED: &str = "a name without a slash, such as USD";

fn invalid(field: &str, value: impl Into<Value>, expected: &str) -> EngineError {
    EngineError::new(ErrorCode::RatesInvalid)
        .in_field(field)
        .with_value(value)
        .expecting(expected)
}

impl Rates {
    /// Rates by pair, each FROM/TO such as EUR/USD; of two of one name the later one counts.
    ///
    /// # Errors
    /// `RATES_INVALID`, `NUMBER_INVALID`.
    pub fn new<'a>(
        account: &str,
        pairs: impl IntoIterator<Item = (&'a str, Rate)>,
        hub: Option<&str>,
        max_age_minutes: f64,
    ) -> Result<Self> {
        for (field, currency) in [("account", Some(account)), ("hub", hub)] {
            if let Some(currency) = currency.filter(|currency| !is_currency(currency)) {
                return Err(invalid(field, currency, CURRENCY_EXPECTED));
            }
        }
        let max_age_minutes = number(max_age_minutes, "max_age_minutes", 0.0, false)?;
        let mut read: Vec<Pair> = Vec::new();
        for (name, rate) in pairs {
            let pair = read_pair(name, rate)?;
            match read.iter_mut().find(|known| known.name == pair.name) {
                Some(known) => *known = pair,
                None => read.push(pair),
            }
        }
        Ok(Self {
            account: account.into(),
            pairs: read,
            hub: hub.map(Into::into),
            max_age_minutes,
            max_age_us: max_age_minutes * MINUTE_US as f64,
        })
    }

    /// Currency of the account.
    #[must_use]
    pub fn account(&self) -> &Arc<str> {
        &self.account
    }

    /// Rates by pair, in the order given.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &Rate)> {
        self.pairs.iter().map(|pair| (&*pair.name, &pair.rate))
    }

    /// Currency over which two others are converted where no pair joins them.
    #[must_use]
    pub fn hub(&self) -> Option<&str> {
        self.hub.as_deref()
    }

    /// An order is rejected where its rate is older (S3.rate); afterwards it is only flagged.
    #[must_use]
    pub fn max_age_minutes(&self) -> f64 {
        self.max_age_minutes
    }

    /// Whether a pair is a series, for which moments have to be known.
    #[must_use]
    pub fn has_series(&self) -> bool {
        let mut pairs = self.pairs.iter();
        pairs.any(|pair| matches!(pair.rate, Rate::Series(_)))
    }

    /// Converts an amount at a moment: direct, inverse or hub, fresh before stale (P5.stale).
    ///
    /// `base` and `quote` are two currencies that differ; `None` where no rate is known yet.
    #[must_use]
    pub fn find(&self, amount: f64, base: &str, quote: &str, moment_us: i64) -> Option<Found> {
        let mut stale = None;
        for route in [Route::Direct, Route::Inverse, Route::Hub] {
            let found = if route == Route::Hub {
                self.over_hub(amount, base, quote, moment_us)
            } else {
                self.leg(amount, base, quote, moment_us, route)
            };
            if found.is_some_and(|found| !found.stale) {
                return found;
            }
            stale = stale.or(found);
        }
        stale
    }

    /// Converts by one pair (P5.direct, P5.inverse).
    fn leg(
        &self,
        amount: f64,
        base: &str,
        quote: &str,
        moment_us: i64,
        route: Route,
    ) -> Option<Found> {
        let (from, to) = if route == Route::Direct {
            (base, quote)
        } else {
            (quote, base)
        };
        let mut pairs = self.pairs.iter();
        let pair = pairs.find(|pair| *pair.base == *from && *pair.quote == *to)?;
        let (rate, age_us) = match &pair.rate {
            Rate::Fixed(rate) => (*rate, None),
            Rate::Series(series) => {
                let (rate, age_us) = series.last(moment_us)?;
                (rate, Some(age_us))
            }
        };
        Some(Found {
            amount: if route == Route::Direct {
                amount * rate
            } else {
                amount / rate
            },
            route,
            age_us,
            stale: age_us.is_some_and(|age_us| age_us as f64 > self.max_age_us),
        })
    }

    /// Converts by two pairs (P5.hub).
    fn over_hub(&self, amount: f64, base: &str, quote: &str, moment_us: i64) -> Option<Found> {
        let hub = self.hub.as_deref();
        let hub = hub.filter(|&hub| hub != base && hub != quote)?;
        let first = self.best_leg(amount, base, hub, moment_us)?;
        let second = self.best_leg(first.amount, hub, quote, moment_us)?;
        Some(Found {
            amount: second.amount,
            route: Route::Hub,
            // No age comes before any.
            age_us: first.age_us.max(second.age_us),
            stale: first.stale || second.stale,
        })
    }

    fn best_leg(&self, amount: f64, base: &str, quote: &str, moment_us: i64) -> Option<Found> {
        let leg = |route| self.leg(amount, base, quote, moment_us, route);
        let direct = leg(Route::Direct);
        if direct.is_some_and(|found| !found.stale) {
            return direct;
        }
        let inverse = leg(Route::Inverse);
        if inverse.is_some_and(|found| !found.stale) {
            return inverse;
        }
        direct.or(inverse)
    }
}

/// Reads a pair and its rate (P5.rates).
fn read_pair(name: &str, rate: Rate) -> Result<Pair> {
    let wrong = || invalid("pairs", name, "FROM/TO, such as EUR/USD");
    let (base, quote) = name.split_once('/').ok_or_else(wrong)?;
    if base == quote || !is_currency(base) || !is_currency(quote) {
        return Err(wrong());
    }
    if let Rate::Fixed(value) = rate
        && (!value.is_finite() || value <= 0.0)
    {
        return Err(invalid(name, value, "a finite number > 0 or a RateSeries"));
    }
    Ok(Pair {
        name: name.into(),
        base: base.into(),
        quote: quote.into(),
        rate,
    })
}

#[cfg(test)]
mod tests;
