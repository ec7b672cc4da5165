//! Tells the compiled module how it was built.
//!
//! The module reads these with `env!`:
//! - `FILLPROOF_RUSTC`: the first line of `rustc --version`,
//! - `FILLPROOF_PROFILE`: the profile's folder below target, `debug` for a build not to be measured,
//! - `FILLPROOF_OPT_LEVEL`: 0 to 3, s or z,
//! - `FILLPROOF_TARGET`: the platform it was built for,
//! - `FILLPROOF_SOURCE_HASH`: 16 hex digits over the names and bytes of all crates' sources, the
//!   same in a checkout and in a source distribution.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let crates = here.parent().expect("the crate lies in a folder of crates");
    let mut hash = Fnv::new();
    for name in ["ahead/src", "engine/src", "python/src"] {
        let folder = crates.join(name);
        println!("cargo::rerun-if-changed={}", folder.display());
        for file in sources(&folder) {
            let relative = file.strip_prefix(crates).expect("found below this folder");
            let text = fs::read_to_string(&file).expect("a source is readable UTF-8");
            hash.eat(relative.to_string_lossy().replace('\\', "/").as_bytes());
            hash.eat(&crc32(text.replace("\r\n", "\n").as_bytes()).to_le_bytes());
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
    // What differs between the versions of Python is chosen by `cfg`, as in PyO3 itself.
    pyo3_build_config::use_pyo3_cfgs();
    set("FILLPROOF_SOURCE_HASH", &format!("{:016x}", hash.0));
    set("FILLPROOF_RUSTC", &rustc_version());
    set("FILLPROOF_PROFILE", &profile());
    set("FILLPROOF_OPT_LEVEL", &variable("OPT_LEVEL"));
    set("FILLPROOF_TARGET", &variable("TARGET"));
}

fn set(name: &str, value: &str) {
    println!("cargo::rustc-env={name}={value}");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for a build script"))
}

/// Names the profile; cargo's own `PROFILE` only tells debug from release.
fn profile() -> String {
    // .../target/[platform/]<profile>/build/<package>/out
    let out = PathBuf::from(variable("OUT_DIR"));
    let folder = out.ancestors().nth(3).and_then(Path::file_name);
    folder.map_or_else(
        || variable("PROFILE"),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn rustc_version() -> String {
    let output = Command::new(variable("RUSTC")).arg("--version").output();
    let output = output.expect("the compiler that builds this answers --version");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Lists all `.rs` files below a folder in an order that does not depend on the file system.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources is readable") {
            let path = entry.expect("an entry of it is, too").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The sum that Python's zlib makes in no time: fillproof asks for it whenever it starts in a
/// checkout.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
    let add = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), step);
    !bytes.iter().fold(!0, add)
}

/// FNV-1a: tells builds apart, proves nothing.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&(bytes.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
