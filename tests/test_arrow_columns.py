"""Arrow arrays made here are what Arrow makes itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fillproof.arrow_columns import numbers_in, to_array

VALUES = {
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): st.text(max_size=5),
    pa.bool_(): st.booleans(),
}


@settings(deadline=None)
@given(data=st.data(), kind=st.sampled_from(list(VALUES)), absent=st.booleans())
def test_sequences(data: Any, kind: pa.DataType, absent: bool) -> None:
    one = st.one_of(VALUES[kind], st.none()) if absent else VALUES[kind]
    values = data.draw(st.lists(one, max_size=20))
    made = to_array(values, kind)
    made.validate(full=True)
    assert made.equals(pa.array(values, kind))
    assert made.null_count == values.count(None)


@settings(deadline=None)
@given(values=st.lists(st.floats(), max_size=20))
def test_numpy_columns_share_their_memory(values: list[float]) -> None:
    column = np.array(values)
    made = to_array(column, pa.float64())
    assert made.equals(pa.array(column, pa.float64(), from_pandas=True))
    assert not len(column) or np.shares_memory(numbers_in(made, "f8"), column)
    assert to_array(column[::2], pa.float64()).to_pylist() == made.to_pylist()[::2]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5], pa.float64()),
        ([1, None], pa.float64()),
        ([np.float64(1.5)], pa.float64()),
        (np.array([1, 2], dtype="i4"), pa.int64()),
        (("a", None), pa.string()),
    ],
)
def test_what_is_not_plain_is_left_to_arrow(values: Any, kind: pa.DataType) -> None:
    assert to_array(values, kind).equals(pa.array(values, kind))


@pytest.mark.parametrize(("values", "kind"), [([2**63], pa.int64()), (["a"], pa.int64())])
def test_what_does_not_fit_is_refused_in_arrows_words(values: Any, kind: pa.DataType) -> None:
    with pytest.raises((pa.ArrowInvalid, OverflowError)):
        to_array(values, kind)
