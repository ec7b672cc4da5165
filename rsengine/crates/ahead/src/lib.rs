//! Asks the processor for memory that will be read soon, so that the wait for it passes meanwhile.
//!
//! This is the only thing that the engine cannot say in safe Rust, hence a crate of its own.

/// Asks for an element of a slice; does nothing where there is none, or on a processor without the means.
#[inline(always)]
pub fn fetch<T>(slice: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = slice.get(place) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the pointer is that of a live element, and asking for it neither reads nor faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, place);
}

/// Asks for all of the place behind the last element of a vector, which is written next.
#[inline(always)]
pub fn fetch_end<T>(vector: &mut Vec<T>) {
    const LINE: usize = 64;
    #[cfg(target_arch = "x86_64")]
    if let Some(place) = vector.spare_capacity_mut().first() {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(place).cast::<i8>();
        for line in (0..size_of::<T>().next_multiple_of(LINE)).step_by(LINE) {
            // SAFETY: asking for memory neither reads nor faults, wherever the pointer points.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(line)) }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (vector, LINE);
}
