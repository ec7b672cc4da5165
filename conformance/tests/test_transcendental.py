"""exp, log and log10 of the reference against decimals of 60 digits (rules N5.exp, N5.log, ...).

The Rust engine's own test makes the same numbers and the same digests (N5.log_ten, N5.root).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from types import ModuleType

import pytest

from fillproof.conformance.lints.sums import splitmix

VALUES = 100_000
EXACT = Context(prec=60, Emax=999_999, Emin=-999_999)
FNV_START, FNV_FACTOR, WORD = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
EDGES = (
    5e-324, 2.2250738585072014e-308, 1e-300, 0.5, 0.7071067811865475, 0.7071067811865476,
    1.0 - 2**-53, 1.0, 1.0 + 2**-52, 1.414213562373095, 1.4142135623730951, 2.0, math.e, 10.0,
    1.7976931348623157e308,
)  # fmt: skip
EXP_EDGES = (
    -745.1332191019411, -745.0, -708.3964185322641, -708.0, -1.0, -0.34657359027997264,
    -0.3465735902799727, -1e-17, 0.0, 1e-17, 0.34657359027997264, 0.3465735902799727, 1.0, 709.0,
    709.782712893384,
)  # fmt: skip
# What both engines make of the numbers below.
DIGESTS = {
    "exp": 0x371E2E7C77393814,
    "log": 0x8A9115E0027B9733,
    "log10": 0xAB3B569713909515,
}


def positives() -> Iterator[float]:
    """Every second one anywhere among the numbers above 0, the others from 0.5 to 2."""
    for place in range(VALUES):
        unit = float(splitmix(1, place, 0, 0))
        if place % 2:
            yield 0.5 + (1.5 * unit)
        else:
            bits = int(unit * float(0x7FF0000000000000))
            yield struct.unpack("<d", struct.pack("<Q", max(bits, 1)))[0]


def exponents() -> Iterator[float]:
    """Every second one anywhere where exp is finite and above 0, the others from -1 to 1."""
    for place in range(VALUES):
        unit = float(splitmix(2, place, 0, 0)) - 0.5
        yield unit * (2.0 if place % 2 else 1419.0)


def off(found: float, exact: Decimal) -> Decimal:
    """How far a result is from the exact one, in ulp."""
    distance = EXACT.subtract(Decimal(found), exact)
    return abs(EXACT.divide(distance, Decimal(math.ulp(found))))


@pytest.mark.parametrize(
    ("name", "exact", "numbers", "edges", "bound"),
    [
        ("log", EXACT.ln, positives, EDGES, "0.55"),
        ("log10", EXACT.log10, positives, EDGES, "0.55"),
        ("exp", EXACT.exp, exponents, EXP_EDGES, "0.75"),
    ],
)
def test_within_an_ulp_of_the_exact_value(
    name: str,
    exact: Callable[[Decimal], Decimal],
    numbers: Callable[[], Iterator[float]],
    edges: tuple[float, ...],
    bound: str,
) -> None:
    from pyengine import transcendental

    function = getattr(transcendental, name)
    digest = FNV_START
    worst = Decimal(0)
    for x in numbers():
        found = function(x)
        digest = ((digest ^ struct.unpack("<Q", struct.pack("<d", found))[0]) * FNV_FACTOR) & WORD
        worst = max(worst, off(found, exact(Decimal(x))))
    for x in edges:
        worst = max(worst, off(function(x), exact(Decimal(x))))
    assert worst < Decimal(bound), worst
    assert digest == DIGESTS[name], hex(digest)


def test_compiled_reference_gives_the_same(engine: ModuleType) -> None:
    if engine.__name__ != "pyengine._compiled":
        pytest.skip("functions of the module are shown by the reference alone")
    from pyengine import transcendental
    from pyengine._compiled import transcendental as compiled

    for x in [*positives(), *EDGES]:
        assert compiled.log(x) == transcendental.log(x)
        assert compiled.log10(x) == transcendental.log10(x)
    for x in [*exponents(), *EXP_EDGES]:
        assert compiled.exp(x) == transcendental.exp(x)


def test_powers_of_ten_and_the_ends() -> None:
    from pyengine.transcendental import exp, log, log10

    for power in range(-307, 309):
        assert log10(float(f"1e{power}")) == power
    nan, inf = math.nan, math.inf
    assert [log(0.0), log(-0.0), log(inf), log10(0.0), log10(inf)] == [-inf, -inf, inf, -inf, inf]
    assert all(math.isnan(f(x)) for f in (log, log10) for x in (-1.0, -5e-324, -inf, nan))
    assert [exp(inf), exp(-inf), exp(709.79), exp(-745.2)] == [inf, 0.0, inf, 0.0]
    assert math.isnan(exp(nan))
    for zero in (log(1.0), log10(1.0)):
        assert math.copysign(1.0, zero) == 1.0
