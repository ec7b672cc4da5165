"""The mirror lint sees what differs, and what is allowed without need."""

from __future__ import annotations

from pathlib import Path

import pytest

from fillproof.conformance.lints import mirror

NOTHING = mirror.Allowed({}, {}, {})
PYTHON = '''
class Book:
    """Doc."""

    def __init__(self, size):
        self.size = size

    @property
    def rows(self):
        return 0

    def add(self, price, lots):
        self._sort(price)

    def take(self, price):
        pass

    def _sort(self, price):
        pass


def spread(bid, ask):
    return ask - bid
'''
RUST = """
//! Doc.
pub struct Book { size: f64 }

impl Book {
    pub fn new(size: f64) -> Self { Self { size } }
    pub fn rows(&self) -> usize { 0 }
    pub fn add(&mut self, price: f64, mut lots: f64) { self.sort(price) }
    pub(crate) fn take(&mut self, _price: f64) {}
    fn sort(&self, key: f64) {}
}

impl Default for Book {
    fn default() -> Self { Self::new(1.0) }
}

pub fn spread(bid: f64, ask: f64) -> f64 { ask - bid }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder, name, text in (
        (mirror.PYTHON, "book.py", PYTHON),
        (mirror.RUST, "book.rs", RUST),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    return tmp_path


def edit(root: Path, old: str, new: str) -> list[str]:
    path = root / mirror.RUST / "book.rs"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return list(mirror.check(root, NOTHING))


def test_alike(root: Path) -> None:
    assert list(mirror.check(root, NOTHING)) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("fn take", "fn remove", "book.Book.take: in Python, not in Rust"),
        ("pub fn spread", "pub fn width", "book.spread: in Python, not in Rust"),
        ("bid: f64, ask: f64", "ask: f64, bid: f64", "book.spread: (bid, ask) in Python"),
        ("price: f64, mut lots", "price: f64, mut size", "(price, lots) in Python, (price, size)"),
        ("pub fn spread", "pub fn half(x: f64) {}\npub fn spread", "book.half: in Rust, not in"),
    ],
)
def test_difference_is_told(root: Path, old: str, new: str, told: str) -> None:
    assert any(told in line for line in edit(root, old, new))


def test_other_order_is_told(root: Path) -> None:
    spread = "pub fn spread(bid: f64, ask: f64) -> f64 { ask - bid }"
    path = root / mirror.RUST / "book.rs"
    text = path.read_text(encoding="utf-8").replace(spread, "")
    path.write_text(spread + text, encoding="utf-8")
    assert list(mirror.check(root, NOTHING)) == [
        "book: order: Book.add comes next in Python, spread in Rust"
    ]


def test_module_without_its_twin_is_told_unless_allowed(root: Path) -> None:
    (root / mirror.RUST / "extra.rs").write_text("pub fn one(x: f64) {}", encoding="utf-8")
    (told,) = mirror.check(root, NOTHING)
    assert told.startswith("extra: a module of")
    assert list(mirror.check(root, mirror.Allowed({"extra": "why"}, {}, {}))) == []


def test_allowing_what_does_not_differ_is_told(root: Path) -> None:
    allowed = mirror.Allowed({}, {"book.Book.*": "why"}, {})
    assert list(mirror.check(root, allowed)) == [
        "mirror_allowed.toml: book.Book.* is allowed, and differs no more"
    ]
