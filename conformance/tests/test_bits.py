"""Equality is of bits and types."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fillproof.conformance.bits import differing_keys, hex_bits, parse_bits, same, ulps
from fillproof.conformance.wire import dumps, loads, plain


@given(st.floats(allow_nan=True))
def test_prop_wire_keeps_every_bit(value: float) -> None:
    back = loads(dumps({"x": value}))["x"]
    assert isinstance(back, float)
    assert struct.pack("<d", back) == struct.pack("<d", value)
    assert same(back, value)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_prop_same_means_zero_ulps_and_equal_bits(left: float, right: float) -> None:
    assert same(left, right) == (hex_bits(left) == hex_bits(right))
    if same(left, right):
        assert ulps(left, right) == 0


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e300, min_value=-1e300))
def test_prop_neighbours_are_one_ulp_apart(value: float) -> None:
    assert ulps(value, math.nextafter(value, math.inf)) == 1
    assert parse_bits(hex_bits(value)) == value


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 1.0), (True, 1), (0.0, -0.0), ("1", 1), (None, 0), ([1], [1, 2]), ({"a": 1}, {"b": 1})],
)
def test_unlike_values_are_not_the_same(left: object, right: object) -> None:
    assert not same(left, right)


def test_differing_keys_sees_absent_ones() -> None:
    assert differing_keys({"a": None}, {}) == ["a"]
    assert differing_keys({}, {"a": None}) == ["a"]


def test_plain_refuses_what_cannot_be_compared() -> None:
    with pytest.raises(TypeError, match="cannot be compared"):
        plain(object())
