//! Tells an object that is being made from one that is whole.

/// False in memory that is still zero.
///
/// An instance of a class with a `__dict__` is tracked by the garbage collector before its Rust
/// half is written (CPython 3.11 makes the dict in between, and making it may start a collection).
/// So `__traverse__` of such a class looks here first and visits nothing of a half-made object.
pub struct Made(bool);

impl Made {
    /// Whether the Rust half has been written.
    pub fn is_whole(&self) -> bool {
        self.0
    }
}

impl Default for Made {
    fn default() -> Self {
        Self(true)
    }
}
