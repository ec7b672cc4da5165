//! The golden cases and runs, read at run time and compared bit for bit, without Python.

mod across;
mod arithmetic;
mod columns;
mod commands;
mod compare;
mod files;
mod indicators;
mod market;
mod outcome;
mod play;
mod settings;
mod several;
mod strategies;
mod streams;
mod whole;

use serde_json::Value as Json;

/// Runs every case below a folder of `golden/` and returns how many ran.
fn run_cases(folder: &str) -> usize {
    let mut failures = Vec::new();
    let (mut ran, mut skipped) = (0, 0);
    for path in files::below(folder) {
        let file = files::read(&path);
        let cases = file["cases"].as_array().expect("a file has cases");
        assert_eq!(
            Some(cases.len() as u64),
            file["number_of_cases"].as_u64(),
            "{}: number_of_cases",
            path.display()
        );
        for case in cases {
            let id = case["id"].as_str().expect("a case has an id");
            if case["face"] == Json::Bool(true) {
                // Asks about types that only Python's face can be given.
                skipped += 1;
                continue;
            }
            if case["config"].get("portfolio").is_some() || !settings::has_rates(case) {
                // A portfolio or a rate that only Python's face can be given.
                skipped += 1;
                continue;
            }
            if case.get("symbols").is_some() && !several::is_playable(case) {
                skipped += 1;
                continue;
            }
            let outcome = match case["kind"].as_str() {
                Some("run") => play::check(case),
                Some("arithmetic") => arithmetic::check(case),
                other => Err(format!("unknown kind {other:?}")),
            };
            ran += 1;
            if let Err(difference) = outcome {
                failures.push(format!("{id}: {difference}"));
            }
        }
    }
    println!("golden/{folder}: {ran} cases run, {skipped} of Python's face left out");
    assert!(ran > 0, "no case below golden/{folder}");
    assert!(
        failures.is_empty(),
        "{} of {ran} cases differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    ran
}

#[test]
fn cases_agree() {
    assert!(run_cases("cases") >= 2000);
}

#[test]
fn invalid_input_is_refused() {
    assert!(run_cases("invalid") >= 150);
}

#[test]
fn runs_agree() {
    let paths = files::below("runs");
    for path in &paths {
        whole::check(&files::read(path));
    }
    println!("golden/runs: {} runs", paths.len());
    assert!(!paths.is_empty(), "no run below golden/runs");
}
