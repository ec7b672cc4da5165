"""What rates, margin and swap need of an executor's other settings (rules P5, A1, A3, L4, R6)."""

# ruff: noqa: SLF001 - the modules of one engine share the settings of an executor

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .errors import make_error

if TYPE_CHECKING:
    from .desk import Desk


def check_account(desk: Desk) -> None:
    """Check an executor's rates, margin and swaps against its specs, portfolio and preset.

    Errors
    ------
    PRESET_OPTION, RATES_REQUIRED, CURRENCY_REQUIRED, TIMEFRAME_REQUIRED, PORTFOLIO_INVALID
    """
    _check_parity(desk)
    for symbol, spec in desk._symbol_specs.items():
        if spec.quote_currency is not None and desk._rates is None:
            raise make_error(
                "RATES_REQUIRED", symbol=symbol, field="quote_currency",
                value=spec.quote_currency, expected="rates beside it, or None",
            )  # fmt: skip
    if desk._margin is not None:
        if desk._rates is None:
            raise make_error(
                "RATES_REQUIRED", field="margin", value=desk._margin, expected="rates beside it"
            )
        for symbol, spec in desk._symbol_specs.items():
            if spec.base_currency is None:
                raise make_error(
                    "CURRENCY_REQUIRED", symbol=symbol, field="base_currency", value=None,
                    expected="the currency in which margin is counted",
                )  # fmt: skip
    _check_clock(desk)
    _check_portfolio(desk)


def refuse_ordinals(desk: Desk, lower: Mapping[str, object]) -> None:
    """Refuse what needs a clock where keys are not times (L4.clock).

    Errors
    ------
    CLOCK_REQUIRED
    """
    if desk._session is not None:
        raise clock_error("session", desk._session)
    if lower:
        raise clock_error("lower_candles", ", ".join(lower))
    for symbol, spec in desk._symbol_specs.items():
        field = spec.swap_field()
        if field is not None:
            raise clock_error(field, getattr(spec, field), symbol)
    if desk._rates is not None and desk._rates.has_series:
        raise clock_error("rates", desk._rates)


def clock_error(field: str, value: object, symbol: str | None = None) -> Exception:
    """Make the error of something that counts time in a run without a clock (L4.clock)."""
    return make_error(
        "CLOCK_REQUIRED", symbol=symbol, field=field, value=value,
        expected="keys that are times",
    )  # fmt: skip


def _check_parity(desk: Desk) -> None:
    """Refuse what the preset parity does not know (R6.options)."""
    if not desk._parity:
        return
    if desk._margin is not None:
        raise make_error("PRESET_OPTION", field="margin", value=desk._margin, expected="None")
    for symbol, spec in desk._symbol_specs.items():
        field = spec.swap_field()
        if field is not None:
            raise make_error(
                "PRESET_OPTION", symbol=symbol, field=field, value=getattr(spec, field),
                expected="0.0",
            )  # fmt: skip


def _check_clock(desk: Desk) -> None:
    """Ask for the length of the bars where ends of bars count (P5.timeframe)."""
    if desk._timeframe is not None:
        return
    expected = "timeframe=, the length of the run's bars"
    if desk._rates is not None and desk._rates.has_series:
        raise make_error(
            "TIMEFRAME_REQUIRED", field="rates", value="no timeframe", expected=expected
        )
    for symbol, spec in desk._symbol_specs.items():
        field = spec.swap_field()
        if field is not None:
            raise make_error(
                "TIMEFRAME_REQUIRED", symbol=symbol, field=field, value="no timeframe",
                expected=expected,
            )  # fmt: skip


def _check_portfolio(desk: Desk) -> None:
    """Ask of the portfolio what swap and stop-out call (A3.portfolio)."""
    wanted = []
    if desk._swaps:
        wanted.append("register_swap")
    if desk._margin is not None and desk._margin.stop_out is not None:
        wanted.append("appraise")
    for name in wanted:
        if not hasattr(desk._portfolio, name):
            raise make_error(
                "PORTFOLIO_INVALID", field="portfolio", value=desk._portfolio,
                expected=f"a portfolio with {name}",
            )  # fmt: skip
