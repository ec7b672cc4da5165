//! Asks for memory ahead: the processor for what will be read soon, so that the wait for it passes
//! meanwhile, and the system for large pages where much will be written.
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

/// Asks the system for large pages behind a slice or the room of a vector; does nothing where there are
/// none.
///
/// Fresh memory is then made for 2 MiB at once, and fewer addresses have to be looked up.
pub fn use_large_pages<T>(room: &mut [T]) {
    #[cfg(target_os = "linux")]
    {
        const LARGE: usize = 2 << 20;
        let start = room.as_mut_ptr().addr();
        let (first, end) = (
            start.next_multiple_of(LARGE),
            (start + size_of_val(room)) / LARGE * LARGE,
        );
        if first < end {
            let begin = room.as_mut_ptr().cast::<u8>().wrapping_add(first - start);
            // SAFETY: the pages lie within the slice, and the advice changes no byte of
            // them; that it is refused does no harm.
            unsafe { libc::madvise(begin.cast(), end - first, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = room;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_vectors_hold_what_they_held() {
        for room in [0, 1, 100, 1 << 20, 3 << 20] {
            let mut vector: Vec<u64> = Vec::with_capacity(room);
            vector.extend(0..room.min(50) as u64);
            use_large_pages(vector.spare_capacity_mut());
            fetch_end(&mut vector);
            fetch(&vector, 7);
            vector.resize(room, 9);
            use_large_pages(&mut vector);
            assert!(vector.iter().take(50).copied().eq(0..room.min(50) as u64));
            assert!(vector.iter().skip(50).all(|&value| value == 9));
        }
    }
}
