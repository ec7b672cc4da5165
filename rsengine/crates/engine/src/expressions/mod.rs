//! Strategies of expressions: [`tree`] reads them, [`evaluation`] computes, [`strategy`] acts.

pub mod evaluation;
pub mod sources;
mod steps;
pub mod strategy;
mod streams;
pub mod tree;
