//! Strategies of expressions: [`tree`] reads them, [`evaluation`] computes, [`strategy`] acts.

pub mod evaluation;
pub mod sources;
pub mod strategy;
mod streams;
pub mod tree;
