//! What a step of an expression is.

use crate::expressions::streams::Indicator;
use crate::sessions::Window;

/// Place of a step among the steps.
pub type Place = usize;

/// A column of candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Volume.
    Volume,
}

pub(super) const FIELDS: [(&str, Field); 5] = [
    ("open", Field::Open),
    ("high", Field::High),
    ("low", Field::Low),
    ("close", Field::Close),
    ("volume", Field::Volume),
];

/// A number made of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
}

pub(super) const NUMBERS: [(&str, Arithmetic); 6] = [
    ("add", Arithmetic::Add),
    ("subtract", Arithmetic::Subtract),
    ("multiply", Arithmetic::Multiply),
    ("divide", Arithmetic::Divide),
    ("minimum", Arithmetic::Minimum),
    ("maximum", Arithmetic::Maximum),
];

/// A condition made of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    CrossesAbove,
    CrossesBelow,
    Crosses,
}

pub(super) const COMPARISONS: [(&str, Comparison); 9] = [
    ("less", Comparison::Less),
    ("less_equal", Comparison::LessEqual),
    ("greater", Comparison::Greater),
    ("greater_equal", Comparison::GreaterEqual),
    ("equal", Comparison::Equal),
    ("not_equal", Comparison::NotEqual),
    ("crosses_above", Comparison::CrossesAbove),
    ("crosses_below", Comparison::CrossesBelow),
    ("crosses", Comparison::Crosses),
];

impl Comparison {
    /// Whether it looks at the bar before, too.
    #[must_use]
    pub fn crosses(self) -> bool {
        matches!(
            self,
            Self::CrossesAbove | Self::CrossesBelow | Self::Crosses
        )
    }
}

/// One thing to compute, from the steps at some places.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The same number at each bar.
    Constant(f64),
    /// A column of a series.
    Price(usize, Field),
    /// An indicator of a series.
    Indicator(usize, Indicator),
    /// One line of an indicator that has several.
    Line(Place, usize),
    /// The number with the other sign.
    Negative(Place),
    /// The number without its sign.
    Absolute(Place),
    /// Two numbers joined.
    Number(Arithmetic, Place, Place),
    /// Two numbers compared.
    Compare(Comparison, Place, Place),
    /// Both of two conditions.
    And(Place, Place),
    /// Either of two conditions.
    Or(Place, Place),
    /// The opposite of a condition.
    Not(Place),
    /// The number of so many bars before.
    ShiftNumber(Place, usize),
    /// The condition of so many bars before.
    ShiftCondition(Place, usize),
    /// The highest of so many last numbers.
    Highest(Place, i64),
    /// The lowest of so many last numbers.
    Lowest(Place, i64),
    /// A number where a condition is true, another where it is not.
    Where(Place, Place, Place),
    /// Whether the end of the bar lies in a window.
    Between(Window),
    /// Whether the bar ends on one of some days, 0 for Monday.
    Weekday(Vec<i64>),
}

impl Step {
    /// Whether it is true or false, not a number.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::Compare(..)
                | Self::And(..)
                | Self::Or(..)
                | Self::Not(_)
                | Self::ShiftCondition(..)
                | Self::Between(_)
                | Self::Weekday(_)
        )
    }

    /// The steps that it is computed from.
    pub(super) fn reads(&self) -> impl Iterator<Item = Place> {
        let places = match *self {
            Self::Constant(_)
            | Self::Price(..)
            | Self::Indicator(..)
            | Self::Between(_)
            | Self::Weekday(_) => [None; 3],
            Self::Line(of, _)
            | Self::Negative(of)
            | Self::Absolute(of)
            | Self::Not(of)
            | Self::ShiftNumber(of, _)
            | Self::ShiftCondition(of, _)
            | Self::Highest(of, _)
            | Self::Lowest(of, _) => [Some(of), None, None],
            Self::Number(_, left, right)
            | Self::Compare(_, left, right)
            | Self::And(left, right)
            | Self::Or(left, right) => [Some(left), Some(right), None],
            Self::Where(condition, then, otherwise) => {
                [Some(condition), Some(then), Some(otherwise)]
            }
        };
        places.into_iter().flatten()
    }
}
