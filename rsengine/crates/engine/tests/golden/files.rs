//! Where the golden files are, and how numbers stand in them.

use std::fs;
use std::path::{Path, PathBuf};

use fillproof_engine::errors::float_text;
use serde_json::Value as Json;

/// The folder `golden/` of the repository.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../golden");
    assert!(root.is_dir(), "{} is missing", root.display());
    root
}

/// All JSON files below a folder of `golden/`, in order of their paths.
pub fn below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// One file as JSON.
pub fn read(path: &Path) -> Json {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A number that stands as text, so that no JSON parser touches its last bit.
pub fn number(value: &Json) -> f64 {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not a number as text"));
    let found: f64 = text
        .parse()
        .unwrap_or_else(|_| panic!("{text} is not a number"));
    // Errors show numbers as text, which has to read back as the same bits.
    let shown = float_text(found).parse().map(f64::to_bits);
    assert_eq!(shown, Ok(found.to_bits()), "the text of {text}");
    found
}

/// A number as text, or null.
pub fn optional(value: &Json) -> Option<f64> {
    (!value.is_null()).then(|| number(value))
}

/// A whole number.
pub fn whole(value: &Json) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("{value} is not a whole number"))
}

/// A moment such as `2024-01-02T00:00:00Z` or `2024-01-02T02:00:00+02:00` in microseconds since 1970.
pub fn time_us(text: &str) -> i64 {
    let text = text.replace(' ', "T").replace('Z', "+00:00");
    let (date, clock) = text.split_once('T').expect("a time has a T");
    let sign = clock.find(['+', '-']).expect("a time ends with its zone");
    let (clock, zone) = clock.split_at(sign);
    let part = |text: &str| -> i64 { text.parse().expect("a part of a time is a number") };
    let date: Vec<i64> = date.split('-').map(part).collect();
    let (hours, minutes) = zone[1..].split_once(':').expect("a zone has a colon");
    let zone = (part(hours) * 60 + part(minutes)) * if zone.starts_with('-') { -60 } else { 60 };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let clock: Vec<i64> = clock.split(':').map(part).collect();
    let (year, month, day) = (date[0], date[1], date[2]);
    // Years from March on, so that the leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 719_469;
    let seconds = days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2] - zone;
    seconds * 1_000_000 + part(&format!("{fraction:0<6}"))
}
