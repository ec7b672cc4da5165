"""The indicators that expressions know: settings, defaults and lines, as `IndicatorCache` has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fillproof.expressions.checks import number, refuse, whole

__all__ = ["INDICATORS", "Kind", "Setting", "check_setting"]

# How the settings of an indicator may be given.
PERIOD, COUNT, POSITIVE, NOT_NEGATIVE, REAL, OPTIONAL, FLAG, MEAN = (
    "period", "count", "positive", "not_negative", "real", "optional", "flag", "mean",
)  # fmt: skip
# A default that is none: the setting has to be given.
REQUIRED = object()


@dataclass(frozen=True)
class Setting:
    """One setting of an indicator: its name, what it takes, and its default."""

    name: str
    takes: str
    default: Any = REQUIRED


@dataclass(frozen=True)
class Kind:
    """One indicator: its settings in order, and the names of its lines where it has several."""

    settings: tuple[Setting, ...]
    lines: tuple[str, ...] = ()


def _period(name: str = "period", default: Any = 14) -> Setting:
    return Setting(name, PERIOD, default)


_KALMAN = (Setting("R", POSITIVE, 0.01), Setting("Q", NOT_NEGATIVE, 1.0))
_GARCH = (
    Setting("alpha", NOT_NEGATIVE, 0.05),
    Setting("beta", NOT_NEGATIVE, 0.90),
    Setting("omega", OPTIONAL, None),
    Setting("use_log_returns", FLAG, True),
    Setting("scale", POSITIVE, 100.0),
    Setting("min_periods", COUNT, 50),
    Setting("sigma_floor", NOT_NEGATIVE, 1e-6),
)

INDICATORS: dict[str, Kind] = {
    "ema": Kind((_period(default=REQUIRED),)),
    "sma": Kind((_period(default=REQUIRED),)),
    "rsi": Kind((_period(),)),
    "macd": Kind(
        (_period("fast_period", 12), _period("slow_period", 26), _period("signal_period", 9)),
        ("line", "signal"),
    ),
    "roc": Kind((_period(),)),
    "dmi": Kind((_period(),), ("plus_di", "minus_di", "adx")),
    "bollinger": Kind(
        (_period(default=20), Setting("std_factor", NOT_NEGATIVE, 2.0)), ("upper", "mid", "lower")
    ),
    "atr": Kind((_period(),)),
    "choppiness": Kind((_period(),)),
    "zscore": Kind(
        (
            _period("window", 100),
            Setting("mean_source", MEAN, "rolling"),
            Setting("ema_period", "optional_period", None),
        )
    ),
    "kalman_mean": Kind(_KALMAN),
    "kalman_zscore": Kind((_period("window", 100), *_KALMAN)),
    "garch_volatility": Kind(_GARCH),
    "kalman_garch_zscore": Kind((*_KALMAN, *_GARCH)),
}


def check_setting(setting: Setting, value: Any, path: str) -> Any:
    """Read the value of a setting, if the indicator takes it."""
    takes = setting.takes
    if takes in {OPTIONAL, "optional_period"} and value is None:
        return None
    if takes in {PERIOD, "optional_period"}:
        return whole(value, path, 1)
    if takes == COUNT:
        return whole(value, path, 0)
    if takes == FLAG:
        if not isinstance(value, bool):
            refuse(path, value, "True or False")
        return value
    if takes == MEAN:
        if value not in ("rolling", "ema"):
            refuse(path, value, "'rolling' or 'ema'")
        return value
    expected = "a finite number > 0" if takes == POSITIVE else "a finite number >= 0"
    read = number(value, path, expected)
    if read < 0.0 or (takes == POSITIVE and read == 0.0):
        refuse(path, value, expected)
    return read
