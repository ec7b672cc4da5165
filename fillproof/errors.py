"""Every exception that Fillproof raises, the same classes on every backend.

Both engines build these from one table of codes (``golden/errors.toml``), so that one
``except`` names one class whatever the backend. This module imports nothing.
"""

from __future__ import annotations


class FillproofError(Exception):
    """Root of all errors raised by Fillproof itself.

    A strategy's own exception is never wrapped in it.

    Parameters
    ----------
    message : str
        What was wrong, the value, what was expected, where.
    code : str
        Stable name of the error, listed in ``golden/errors.toml``.
    bar : int, optional
        Absolute bar index, 0-based.
    symbol : str, optional
        Trading symbol.
    field : str, optional
        Name of the field, argument or column.
    value : object, optional
        The value that was refused.
    expected : str, optional
        What would have been accepted.

    Examples
    --------
    >>> error = FillproofError("high is 1.0, below 1.1", code="HIGH_TOO_LOW", bar=3, field="high")
    >>> error.code, str(error)
    ('HIGH_TOO_LOW', 'bar 3: high is 1.0, below 1.1')
    """

    # What the number in `bar` counts, for the text.
    _place = "bar"

    def __init__(
        self,
        message: str,
        *,
        code: str,
        bar: int | None = None,
        symbol: str | None = None,
        field: str | None = None,
        value: object = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.bar = bar
        self.symbol = symbol
        self.field = field
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        """Put the bar before the message; the loop may have added it after the error was made."""
        message = str(self.args[0])
        return message if self.bar is None else f"{self._place} {self.bar}: {message}"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by keyword, so that an error survives a process boundary whole."""
        return _restore, (
            type(self),
            self.args[0],
            {
                "code": self.code,
                "bar": self.bar,
                "symbol": self.symbol,
                "field": self.field,
                "value": self.value,
                "expected": self.expected,
            },
        )


def _restore(cls: type[FillproofError], message: str, fields: dict[str, object]) -> FillproofError:
    """Build an error again from its pickled parts."""
    return cls(message, **fields)  # type: ignore[arg-type]


class CandleError(FillproofError, ValueError):
    """Candles that break a rule of T, or a start that cannot be found (L1)."""


class CandleTypeError(FillproofError, TypeError):
    """A candle or a timestamp of the wrong type."""


class SignalError(FillproofError, ValueError):
    """A signal that cannot be understood (S1)."""


class SignalRejected(FillproofError, ValueError):
    """A signal that breaks a rule of the market, raised under ``strict=True`` (S3)."""


class ConfigError(FillproofError, ValueError):
    """A setting, model or symbol specification that makes no sense."""


class LevelError(FillproofError, ValueError):
    """A stop or target that is not a finite price."""


class LevelTypeError(FillproofError, TypeError):
    """A stop or target that is neither a number nor None."""


class PhaseError(FillproofError, RuntimeError):
    """Something asked for in a phase of the bar in which it is not allowed (L8)."""


class LookAheadError(FillproofError, RuntimeError):
    """A bar asked for that the loop has not reached."""


class SliceError(FillproofError, ValueError):
    """A timeframe, side or index that a slice does not hold."""


class DataError(FillproofError, ValueError):
    """A file or table of candles that cannot be read."""

    _place = "row"


class DigestError(FillproofError, ValueError):
    """A value that must never stand in a result."""

    _place = "row"


class BackendUnavailable(FillproofError, RuntimeError):
    """A backend that is absent, stale or of another version, with the cure."""


class BackendChosen(FillproofError, RuntimeError):
    """The backend was changed after a class of it had been handed out."""


class EnginePanic(FillproofError, RuntimeError):
    """A defect of the Rust engine, caught at the boundary."""


class CrossedBarsWarning(UserWarning):
    """Some bars have an ask below the bid (T2); the message counts them."""


class ExitBufferWarning(UserWarning):
    """Stops and targets are touched before their level (X1.buffer); the message says how far."""


class LookAheadWarning(UserWarning):
    """Candles of ``multi_candle_data`` are seen before they close; the message has the first."""


class ShadowWarning(UserWarning):
    """A run played again on a second backend is not the same; the message has the first place."""
