//! How orders fill.

use super::*;

/// How orders fill, which way a bar is read, and what happens at the edges of the data.
#[pyclass(frozen, module = "rsengine", name = "ExecutionPolicy")]
pub struct PyExecutionPolicy {
    pub policy: engine::ExecutionPolicy,
}

impl PyExecutionPolicy {
    /// Reads the policy of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<engine::ExecutionPolicy> {
        if let Ok(own) = value.cast::<Self>() {
            return Ok(own.get().policy);
        }
        let given = |name| Ok::<_, PyErr>(Given::value(value.getattr(name)?));
        let own = Self::new(
            given("market_fill")?,
            given("close_at_end")?,
            given("on_crossed")?,
            given("intrabar")?,
            given("gap_fill")?,
            given("on_marketable")?,
            given("limit_through_pips")?,
            given("exit_buffer_pips")?,
            given("below_min")?,
            given("max_positions")?,
            given("max_positions_symbol")?,
            given("preset")?,
        )?;
        Ok(own.policy)
    }
}

/// The largest count that a policy takes.
const COUNT_MOST: u64 = (1 << 31) - 1;

/// Reads one of a few words; the first is the default.
fn word<T: Default>(
    value: &Given<'_>,
    field: &str,
    words: &[&str],
    parse: fn(&str) -> Result<T, EngineError>,
) -> PyResult<T> {
    match value.get() {
        None => Ok(T::default()),
        Some(value) => parse(&option(value, field, &words.join(" or "))?).map_err(raise),
    }
}

fn flag(value: &Given<'_>, field: &str) -> PyResult<bool> {
    let Some(value) = value.get() else {
        return Ok(false);
    };
    let flag = value.cast::<PyBool>().map_err(|_| {
        let code = ErrorCode::OptionUnknown;
        PyErr::from(Fault::new(code, field, value, "True or False"))
    })?;
    Ok(flag.is_true())
}

fn pips(value: &Given<'_>, field: &str) -> PyResult<f64> {
    value.get().map_or(Ok(0.0), |value| setting(value, field))
}

fn count(value: &Given<'_>, field: &str) -> PyResult<Option<u64>> {
    let given = value.get().filter(|value| !value.is_none());
    given
        .map(|value| whole(value, field, 1, COUNT_MOST))
        .transpose()
}

#[pymethods]
impl PyExecutionPolicy {
    #[new]
    #[pyo3(
        signature = (
            market_fill=Given::ABSENT, close_at_end=Given::ABSENT, on_crossed=Given::ABSENT,
            intrabar=Given::ABSENT, gap_fill=Given::ABSENT, on_marketable=Given::ABSENT,
            limit_through_pips=Given::ABSENT, exit_buffer_pips=Given::ABSENT,
            below_min=Given::ABSENT, max_positions=Given::ABSENT,
            max_positions_symbol=Given::ABSENT, preset=Given::ABSENT
        ),
        text_signature = "(market_fill='close', close_at_end=False, on_crossed='warn', \
            intrabar='worst', gap_fill='open', on_marketable='fill', limit_through_pips=0.0, \
            exit_buffer_pips=0.0, below_min='reject', max_positions=None, \
            max_positions_symbol=None, preset='canonical')"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has twelve parameters"
    )]
    fn new(
        market_fill: Given<'_>,
        close_at_end: Given<'_>,
        on_crossed: Given<'_>,
        intrabar: Given<'_>,
        gap_fill: Given<'_>,
        on_marketable: Given<'_>,
        limit_through_pips: Given<'_>,
        exit_buffer_pips: Given<'_>,
        below_min: Given<'_>,
        max_positions: Given<'_>,
        max_positions_symbol: Given<'_>,
        preset: Given<'_>,
    ) -> PyResult<Self> {
        use engine::{BelowMin, GapFill, Intrabar, MarketFill, OnCrossed, OnMarketable, Preset};
        let policy = engine::ExecutionPolicy {
            market_fill: word(
                &market_fill,
                "market_fill",
                MarketFill::WORDS,
                MarketFill::parse,
            )?,
            close_at_end: flag(&close_at_end, "close_at_end")?,
            on_crossed: word(
                &on_crossed,
                "on_crossed",
                OnCrossed::WORDS,
                OnCrossed::parse,
            )?,
            intrabar: word(&intrabar, "intrabar", Intrabar::WORDS, Intrabar::parse)?,
            gap_fill: word(&gap_fill, "gap_fill", GapFill::WORDS, GapFill::parse)?,
            on_marketable: word(
                &on_marketable,
                "on_marketable",
                OnMarketable::WORDS,
                OnMarketable::parse,
            )?,
            limit_through_pips: pips(&limit_through_pips, "limit_through_pips")?,
            exit_buffer_pips: pips(&exit_buffer_pips, "exit_buffer_pips")?,
            below_min: word(&below_min, "below_min", BelowMin::WORDS, BelowMin::parse)?,
            max_positions: count(&max_positions, "max_positions")?,
            max_positions_symbol: count(&max_positions_symbol, "max_positions_symbol")?,
            preset: word(&preset, "preset", Preset::WORDS, Preset::parse)?,
        };
        policy
            .checked()
            .map(|policy| Self { policy })
            .map_err(raise)
    }

    /// Returns the default policy.
    #[staticmethod]
    pub fn canonical() -> Self {
        let policy = engine::ExecutionPolicy::canonical();
        Self { policy }
    }

    /// Returns the policy of the preset parity (R).
    #[staticmethod]
    fn parity() -> Self {
        let policy = engine::ExecutionPolicy::parity();
        Self { policy }
    }

    #[getter]
    fn close_at_end(&self) -> bool {
        self.policy.close_at_end
    }

    #[getter]
    fn limit_through_pips(&self) -> f64 {
        self.policy.limit_through_pips
    }

    #[getter]
    fn exit_buffer_pips(&self) -> f64 {
        self.policy.exit_buffer_pips
    }

    #[getter]
    fn max_positions(&self) -> Option<u64> {
        self.policy.max_positions
    }

    #[getter]
    fn max_positions_symbol(&self) -> Option<u64> {
        self.policy.max_positions_symbol
    }

    #[getter]
    fn market_fill(&self) -> &'static str {
        self.policy.market_fill.as_str()
    }

    #[getter]
    fn on_crossed(&self) -> &'static str {
        self.policy.on_crossed.as_str()
    }

    #[getter]
    fn intrabar(&self) -> &'static str {
        self.policy.intrabar.as_str()
    }

    #[getter]
    fn gap_fill(&self) -> &'static str {
        self.policy.gap_fill.as_str()
    }

    #[getter]
    fn on_marketable(&self) -> &'static str {
        self.policy.on_marketable.as_str()
    }

    #[getter]
    fn below_min(&self) -> &'static str {
        self.policy.below_min.as_str()
    }

    #[getter]
    fn preset(&self) -> &'static str {
        self.policy.preset.as_str()
    }
}

value_methods!(
    PyExecutionPolicy,
    "ExecutionPolicy",
    [
        "market_fill",
        "close_at_end",
        "on_crossed",
        "intrabar",
        "gap_fill",
        "on_marketable",
        "limit_through_pips",
        "exit_buffer_pips",
        "below_min",
        "max_positions",
        "max_positions_symbol",
        "preset"
    ]
);
