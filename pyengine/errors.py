"""Builds the shared exceptions from the table of error codes."""

from __future__ import annotations

from fillproof import errors as shared

from .error_table import TABLE


def shown(value: object) -> str:
    """Write a refused value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def make_error(
    code: str,
    *,
    bar: int | None = None,
    symbol: str | None = None,
    field: str | None = None,
    value: object = None,
    expected: str | None = None,
) -> shared.FillproofError:
    """Build the exception of a code, ready to be raised.

    >>> error = make_error("HIGH_TOO_LOW", bar=2, field="bid.high", value=1.0, expected=">= 1.1")
    >>> type(error).__name__, error.bar, error.field
    ('CandleError', 2, 'bid.high')
    """
    class_name, template = TABLE[code]
    message = template.format(
        bar=bar, symbol=symbol, field=field, value=shown(value), expected=expected
    )
    error: shared.FillproofError = getattr(shared, class_name)(
        message, code=code, bar=bar, symbol=symbol, field=field, value=value, expected=expected
    )
    return error
